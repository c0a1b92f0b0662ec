// Guest is a plugin that behaves, and one that does not.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"pluginkit/running/crossing"
	"pluginkit/running/wasm/serving"
	"pluginkit/running/wasm/testdata/api"
)

var (
	host    api.Host
	counter int
	held    [][]byte
	lock    sync.Mutex
)

func init() {
	fmt.Println("init runs")
	serving.Serve(api.Table(), func(peer *crossing.Peer) {
		peer.Export("New", New)
		peer.Export("Init", Init)
	})
}

func main() {}

func New() api.Plugin { return &plugin{} }

func Init(given api.Host) error {
	host = given
	answer, err := host.Ask(context.Background(), "ready")
	host.Logf("init: %v %v", answer, err)
	return nil
}

type plugin struct{}

func (*plugin) Count() int { counter++; return counter }

func (*plugin) Do(what string, body []byte) ([]byte, error) {
	what, argument, _ := strings.Cut(what, " ")
	if bad, ok := ends[what]; ok {
		bad()
		return nil, errors.New("it goes on")
	}
	if does, ok := works[what]; ok {
		said, err := does(argument)
		return []byte(said), err
	}
	return bytes.Clone(body), nil
}

func (*plugin) Wait(ctx context.Context, what string) (string, error) {
	switch what {
	case "done":
		<-ctx.Done()
		return "waited: " + ctx.Err().Error(), nil
	case "poll":
		for ctx.Err() == nil {
			runtime.Gosched() // nothing else interrupts a module
		}
		return "polled: " + ctx.Err().Error(), nil
	case "ignore":
		time.Sleep(time.Hour)
	case "loop":
		for {
		}
	}
	return host.Ask(ctx, what)
}

var works = map[string]func(string) (string, error){
	"ask": func(question string) (string, error) { return host.Ask(context.Background(), question) },
	"log": func(text string) (string, error) { host.Logf("%s %d", text, 3); return "", nil },
	"locked": func(question string) (string, error) {
		lock.Lock()
		defer lock.Unlock()
		return host.Ask(context.Background(), question)
	},
	"print": func(text string) (string, error) {
		fmt.Println(text)
		fmt.Fprint(os.Stderr, "no end")
		return "", nil
	},
	"sleep": func(text string) (string, error) {
		duration, _ := time.ParseDuration(text)
		start := time.Now()
		time.Sleep(duration)
		return time.Since(start).String(), nil
	},
	"now":    func(string) (string, error) { return time.Now().UTC().Format(time.RFC3339), nil },
	"random": func(string) (string, error) { return rand.Text(), nil },
	"world": func(string) (string, error) {
		return fmt.Sprintf("%d %d %s", len(os.Args), len(os.Environ()), runtime.GOOS), nil
	},
	"read": func(path string) (string, error) { data, err := os.ReadFile(path); return string(data), err },
	"list": func(path string) (string, error) {
		found, err := os.ReadDir(path)
		return fmt.Sprint(found), err
	},
	"write":   func(path string) (string, error) { return "", os.WriteFile(path, []byte("written"), 0o644) },
	"symlink": func(path string) (string, error) { return "", os.Symlink("/etc", path) },
	"link":    func(path string) (string, error) { return "", os.Link(path, path+".link") },
	"rename":  func(path string) (string, error) { return "", os.Rename(path, path+"/../../out") },
	"remove":  func(path string) (string, error) { return "", os.Remove(path) },
	"dial": func(address string) (string, error) {
		_, err := net.Dial("tcp", address)
		return "", err
	},
	"stdin":    func(string) (string, error) { n, err := os.Stdin.Read(make([]byte, 1)); return fmt.Sprint(n), err },
	"allocate": func(string) (string, error) { return fmt.Sprint(len(make([]byte, 32<<20))), nil },
	"panic":    func(text string) (string, error) { panic(text) },
	"fail":     func(text string) (string, error) { return "", fmt.Errorf("failed: %s", text) },
}

var ends = map[string]func(){
	"exit": func() { os.Exit(3) },
	"loop": func() {
		for {
		}
	},
	"deadlock": func() { select {} },
	"goexit":   func() { go func() { panic("elsewhere") }(); time.Sleep(time.Second) },
	"grow": func() {
		for range 1024 {
			held = append(held, make([]byte, 1<<20))
		}
	},
	"recurse": func() { recurse(0) },
	"nil":     func() { var p *plugin; *(*int)(nil) = p.Count() },
	"sleep1h": func() { time.Sleep(time.Hour) },
	"relock": func() {
		lock.Lock()
		lock.Lock()
	},
}

func recurse(depth int) int { return recurse(depth+1) + 1 }
