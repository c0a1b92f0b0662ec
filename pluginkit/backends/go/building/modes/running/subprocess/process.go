package subprocess

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/rpc"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"

	"pluginkit/running/crossing"
	"pluginkit/running/subprocess/exchange"
)

// grace is how long a process may take to end when it was asked to.
const grace = 2 * time.Second

// process is one that runs the plugin and is connected. It implements [supervision.Run].
type process struct {
	options Options
	config  *plugin.ClientConfig
	child   *child
	conn    *exchange.Conn
}

// start runs the executable, and returns when it is connected. No file of it is left then.
func start(kept *image, options Options) (_ *process, err error) {
	room, err := os.MkdirTemp(temporary(), "plugin-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(room)
	path, err := kept.place(room, base(options.Name))
	if err != nil {
		return nil, err
	}
	p := &process{options: options}
	p.config = &plugin.ClientConfig{
		HandshakeConfig:  exchange.Config,
		Plugins:          plugin.PluginSet{exchange.Name: connecting{}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolNetRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     options.StartTimeout,
		Logger:           hclog.NewNullLogger(),
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: room},
		RunnerFunc: func(_ hclog.Logger, command *exec.Cmd, _ string) (runner.Runner, error) {
			p.child = newChild(path, command.Env, options)
			return p.child, nil
		},
	}
	if err = p.connect(); err != nil {
		return nil, p.failed(err)
	}
	return p, nil
}

// connect starts the process and opens the stream to it.
func (p *process) connect() error {
	address, err := plugin.NewClient(p.config).Start()
	if err != nil {
		return err
	}
	// go-plugin limits the time until the handshake; what comes then would wait for a process that stands still.
	late := time.AfterFunc(p.options.StartTimeout, func() { p.Kill(p.late()) })
	defer late.Stop()
	connected, err := net.Dial(address.Network(), address.String())
	if err != nil {
		return err
	}
	secured := quiet{tls.Client(connected, p.config.TLSConfig)}
	client, err := plugin.NewRPCClient(secured, p.config.Plugins)
	if err != nil {
		secured.Close()
		return err
	}
	dispensed, err := client.Dispense(exchange.Name)
	if err != nil {
		return err
	}
	p.conn = exchange.New(dispensed.(net.Conn))
	return nil
}

func (p *process) late() string {
	return fmt.Sprintf("it is not ready within %v", p.options.StartTimeout)
}

// failed ends a process that did not start, and returns why it did not: what it printed says more than that it is gone.
func (p *process) failed(err error) error {
	if p.child == nil || p.child.command.Process == nil {
		return &found{err.Error(), err}
	}
	if strings.Contains(err.Error(), "timeout") {
		p.Kill(p.late())
	}
	select {
	case <-p.child.exited:
		err = &found{p.child.ending(), err}
	case <-time.After(100 * time.Millisecond): // it runs, and does not what it should
		err = &found{err.Error(), err}
	}
	p.child.stop("")
	<-p.child.exited
	return err
}

// Carry takes a request to the process and returns its answer. A process that does not answer in time, where the caller has set no deadline
// of its own, is killed: nothing else ends what it does.
func (p *process) Carry(ctx context.Context, request []byte) ([]byte, error) {
	answer, err := p.conn.Carry(ctx, request)
	var timeout *crossing.Error
	switch {
	case errors.Is(err, exchange.ErrEnded):
		select {
		case <-p.child.exited:
		case <-time.After(grace):
		}
		return nil, p.failure(crossing.Ended, "ended: "+p.child.ending(), err)
	case err != nil && errors.As(context.Cause(ctx), &timeout) && timeout.Code == crossing.TimedOut:
		reason := fmt.Sprintf("a call took longer than %v", p.options.Timeout)
		p.Kill(reason)
		return nil, p.failure(crossing.TimedOut, reason, context.DeadlineExceeded)
	}
	return answer, err
}

// failure is what a caller gets of a process that is gone.
func (p *process) failure(code crossing.Code, message string, cause error) error {
	return &crossing.Error{Code: code, Message: p.options.Name + ": " + message, Cause: &found{message, cause}}
}

// run answers the process's own requests until it ends.
func (p *process) run(serve func(context.Context, []byte) []byte) {
	p.conn.Run(serve)
	select {
	case <-p.child.exited:
	case <-time.After(grace):
		p.Kill("it closed its connection")
	}
}

// Wait returns why the process ended, when it has. All that go-plugin has of it ends by itself then: its Kill would only send a farewell on a
// connection that is gone, and complain.
func (p *process) Wait() string {
	<-p.child.exited
	return p.child.ending()
}

// Kill kills the process, for a reason.
func (p *process) Kill(reason string) { p.child.stop(reason) }

// Quit asks the process to end, and kills it where it does not. go-plugin would end it, too, and complain of the connection that it closes
// itself.
func (p *process) Quit() {
	p.child.output.quiet.Store(true)
	late := time.AfterFunc(grace, func() { p.Kill("") })
	defer late.Stop()
	p.conn.Leave()
	<-p.child.exited
}

// temporary returns a directory for a while. The path of a socket may have about 100 bytes.
func temporary() string {
	if directory := os.TempDir(); len(directory) <= 48 {
		return directory
	}
	return "/tmp"
}

// base returns a file name for what is called so.
func base(name string) string {
	return strings.Map(func(char rune) rune {
		if char == '/' || char < ' ' {
			return '_'
		}
		return char
	}, name) + ".plugin"
}

// connecting is the host's side in the words of go-plugin.
type connecting struct{}

// Server is the plugin's affair.
func (connecting) Server(*plugin.MuxBroker) (any, error) {
	return nil, errors.New("this is the host")
}

// Client opens a stream to the plugin.
func (connecting) Client(broker *plugin.MuxBroker, client *rpc.Client) (any, error) {
	defer client.Close()
	var number uint32
	if err := client.Call("Plugin.Connect", struct{}{}, &number); err != nil {
		return nil, err
	}
	return broker.Dial(number)
}

// quiet is a connection that just ends where its other end does. yamux, which go-plugin uses, would write of each failure to the standard error
// of the host, and who waits for an answer gets to know it anyway.
type quiet struct{ net.Conn }

// Read returns io.EOF for any error.
func (q quiet) Read(data []byte) (int, error) {
	n, err := q.Conn.Read(data)
	if err != nil {
		err = io.EOF
	}
	return n, err
}

// Write drops what cannot be written any more: Read is about to return io.EOF.
func (q quiet) Write(data []byte) (int, error) {
	q.Conn.Write(data)
	return len(data), nil
}
