// Host loads the plugins and does what its standard input says, a line a command; it answers each by lines, and "." at
// the end. What plugins log is part of the answer, in its order.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"strings"

	"acme/internal/loader"
	"acme/pluginapi"
)

func main() {
	log.SetFlags(0)
	var directory string
	if len(os.Args) > 1 {
		directory = os.Args[1]
	}
	said := &transcript{}
	plugins, report, err := loader.Load(directory, PluginkitStamp, said)
	if err != nil {
		log.Fatal(err)
	}
	defer loader.Close(plugins)
	for _, result := range report.Plugins {
		for _, finding := range result.Findings {
			said.add("%s: %s %s", result.Name, finding.Code, finding.Message)
		}
		said.add("%s is %s after %d ms", result.Name, result.Status, result.Milliseconds)
	}
	h := &host{said: said, plugins: map[string]loader.Plugin{}}
	for _, plugin := range plugins {
		h.plugins[plugin.Name] = plugin
	}
	said.end()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		h.do(strings.Fields(lines.Text()))
		said.end()
	}
}

// host answers commands.
type host struct {
	said    *transcript
	plugins map[string]loader.Plugin
}

func (h *host) do(words []string) {
	commands := map[string]func(words []string){
		"ask": h.ask, "run": h.run, "time": h.time, "look": h.look, "state": h.state,
	}
	commands[words[0]](words[1:])
}

// ask takes the name of a plugin and a body.
func (h *host) ask(words []string) {
	plugin, ok := h.plugins[words[0]]
	if !ok {
		h.said.add("%s is not there", words[0])
		return
	}
	response, err := plugin.Instance.Handle(&pluginapi.Request{ID: "asked", Body: []byte(strings.Join(words[1:], " "))})
	h.said.add("%s: %s, %s", words[0], answer(response), failure(err))
}

// look takes the name of a plugin and of what it exports.
func (h *host) look(words []string) {
	symbol, err := h.plugins[words[0]].Symbols.Lookup(words[1])
	h.said.add("%T, %v", symbol, err)
}

// state says the host's open files and its children.
func (h *host) state([]string) {
	files, _ := os.ReadDir("/proc/self/fd")
	h.said.add("%d files, goroutines %d", len(files), goroutines())
}

func answer(response *pluginapi.Response) string {
	if response == nil {
		return "nil"
	}
	return fmt.Sprintf("%d %s", response.Status, data(response.Body))
}
