package subprocess

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"pluginkit/running/crossing"
	"pluginkit/running/subprocess/exchange"
	"pluginkit/running/subprocess/serving"
)

// The test's own program is the plugin, too.

type Plugin interface {
	Do(what string) (string, error)
	Wait(ctx context.Context) error
	Name() string
}

type Host interface{ Setting(name string) string }

type pluginProxy struct{ object *crossing.Object }

func (p pluginProxy) Do(what string) (text string, err error) {
	if failure := p.object.Call("Do", []any{&text, &err}, what); failure != nil {
		err = failure
	}
	return
}

func (p pluginProxy) Wait(ctx context.Context) (err error) {
	if failure := p.object.Call("Wait", []any{&err}, ctx); failure != nil {
		err = failure
	}
	return
}

func (p pluginProxy) Name() (text string) {
	p.object.Call("Name", []any{&text})
	return
}

type hostProxy struct{ object *crossing.Object }

func (p hostProxy) Setting(name string) (text string) {
	p.object.Call("Setting", []any{&text}, name)
	return
}

var table = &crossing.Table{
	Interfaces: []crossing.Interface{
		{
			Type: reflect.TypeFor[Plugin](),
			Methods: []crossing.Method{
				{Name: "Do", Function: Plugin.Do}, {Name: "Wait", Function: Plugin.Wait}, {Name: "Name", Function: Plugin.Name},
			},
			Proxy: func(object *crossing.Object) any { return pluginProxy{object} },
		},
		{
			Type:    reflect.TypeFor[Host](),
			Methods: []crossing.Method{{Name: "Setting", Function: Host.Setting}},
			Proxy:   func(object *crossing.Object) any { return hostProxy{object} },
		},
	},
	Functions: []crossing.Function{
		{Type: reflect.TypeFor[func(Host) error](), Make: func(symbol *crossing.Symbol) any {
			return func(host Host) (err error) {
				if failure := symbol.Call([]any{&err}, host); failure != nil {
					err = failure
				}
				return
			}
		}},
		{Type: reflect.TypeFor[func() Plugin](), Make: func(symbol *crossing.Symbol) any {
			return func() (made Plugin) {
				symbol.Call([]any{&made})
				return
			}
		}},
	},
}

var racing bool // with the race detector, which takes much memory and time

const behaviour = "SUBPROCESS_TEST" // the variable that says how the plugin begins

func TestMain(m *testing.M) {
	switch begins := os.Getenv(behaviour); {
	case os.Getenv(exchange.Config.MagicCookieKey) == "":
		if begins == "host" {
			runHost()
		}
		os.Exit(m.Run())
	case begins == "exits":
		os.Exit(3)
	case begins == "panics":
		panic("at once")
	case begins == "hangs":
		time.Sleep(time.Hour)
	case begins == "prints":
		fmt.Println("1|2|3|4")
	}
	serving.Serve(table, export)
}

func export(peer *crossing.Peer) {
	var host Host
	peer.Export("Init", func(given Host) error {
		host = given
		if given.Setting("dies") != "" {
			os.Exit(4)
		}
		return nil
	})
	peer.Export("New", func() Plugin { return &plugged{host: host} })
}

type plugged struct {
	host  Host
	calls int
	kept  []byte
}

func (p *plugged) Name() string { return "plugged" }

func (p *plugged) Wait(ctx context.Context) error {
	<-ctx.Done()
	fmt.Println("waited until", ctx.Err())
	return ctx.Err()
}

func (p *plugged) Do(what string) (string, error) {
	what, argument, _ := strings.Cut(what, " ")
	switch what {
	case "echo":
		return argument, nil
	case "setting":
		return p.host.Setting(argument), nil
	case "count":
		p.calls++
		return fmt.Sprint(p.calls), nil
	case "pid":
		return fmt.Sprint(os.Getpid()), nil
	case "environment":
		return strings.Join(os.Environ(), "\n"), nil
	case "print":
		fmt.Println(argument)
		fmt.Fprintln(os.Stderr, "error of", argument)
	case "exit":
		os.Exit(7)
	case "panic":
		go panic("in a goroutine")
		select {}
	case "loop":
		for {
		}
	case "allocate":
		p.kept = make([]byte, 1<<30)
		for i := range p.kept {
			p.kept[i] = 1
		}
	case "grow":
		for i := 0; i < 300; i++ {
			more := make([]byte, 1<<20)
			for j := range more {
				more[j] = 1
			}
			p.kept = append(p.kept, more...)
			time.Sleep(5 * time.Millisecond)
		}
	case "threads":
		for range 80 {
			go func() {
				runtime.LockOSThread()
				syscall.Pause()
			}()
			time.Sleep(10 * time.Millisecond)
		}
	case "child":
		child := exec.Command("sleep", "1000")
		if err := child.Start(); err != nil {
			return "", err
		}
		return fmt.Sprint(os.Getpid(), " ", child.Process.Pid), nil
	case "stop":
		syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		time.Sleep(time.Second)
	case "fail":
		return "", errors.New(argument)
	}
	return "", nil
}
