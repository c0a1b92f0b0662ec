// Host loads its plugins, those that are linked into it and those of a directory, and runs one request through them.
package main

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"

	"acme/internal/loader"
	"acme/pluginapi"
)

func main() {
	log.SetFlags(0)
	os.Exit(run(loader.Probe()))
}

func run(probe loader.Option) int {
	probing := flag.Bool("probe", false, "open each plugin in a child process first, and skip one that ends it or hangs")
	flag.DurationVar(&loader.Timeout, "timeout", loader.Timeout, "skip a plugin that takes longer to open or start")
	report := flag.String("report", "", "write what became of each plugin to this `file`, as JSON")
	strict := flag.Bool("strict", false, "exit with 1 when a plugin was not loaded, or is never asked")
	request := flag.String("request", "hello, plugins", "the `text` to run through the plugins")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: host [flags] [DIRECTORY]")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 1 || flag.NArg() == 0 && len(loader.Linked()) == 0 {
		flag.Usage()
		return 2
	}
	var options []loader.Option
	if *probing {
		options = append(options, probe)
	}
	plugins, loaded, err := loader.Load(flag.Arg(0), PluginkitStamp, environment{}, options...)
	if err != nil {
		log.Print(err)
		return 2
	}
	defer loader.Close(plugins)
	loaded.Idle = idle(plugins)
	if *report != "" {
		if err := write(*report, loaded); err != nil {
			log.Print(err)
			return 2
		}
	}
	if *strict && !(loaded.Complete() && len(loaded.Idle) == 0) {
		return 1
	}
	return handle(plugins, &pluginapi.Request{ID: "1", Body: []byte(*request)})
}

// asked are the capabilities that this host asks plugins for, in this order.
var asked = []string{"filter", "transform"}

// idle logs and returns the plugins that this host loaded and never asks.
func idle(plugins []loader.Plugin) (names []string) {
	for _, plugin := range plugins {
		isAsked := func(capability string) bool { return slices.Contains(plugin.Capabilities, capability) }
		if !slices.ContainsFunc(asked, isAsked) {
			offered := cmp.Or(strings.Join(plugin.Capabilities, ", "), "no capability")
			wanted := strings.Join(asked, ", ")
			log.Printf("%s is loaded and never asked: it offers %s, this host asks for %s", plugin.Name, offered, wanted)
			names = append(names, plugin.Name)
		}
	}
	return names
}

// handle runs a request through the filters, then through what transforms it; a plugin is only asked what it can do.
func handle(plugins []loader.Plugin, req *pluginapi.Request) int {
	for _, capability := range asked {
		for _, plugin := range plugins {
			if !slices.Contains(plugin.Capabilities, capability) {
				continue
			}
			response, err := plugin.Instance.Handle(req)
			if err != nil {
				log.Printf("%s failed: %v", plugin.Name, err)
				return 1
			}
			fmt.Printf("%-12s %d %s\n", plugin.Name, response.Status, response.Body)
			if response.Status >= 400 {
				return 1
			}
			req = &pluginapi.Request{ID: req.ID, Body: response.Body}
		}
	}
	return 0
}

func write(path string, report loader.Report) error {
	data, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// environment takes the plugins' settings from variables: filter.maximum is FILTER_MAXIMUM.
type environment struct{}

func (environment) Logf(format string, args ...any) { log.Printf(format, args...) }

func (environment) Setting(name string) string {
	return os.Getenv(strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(name)))
}
