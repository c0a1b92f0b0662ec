// Package serving is the plugin's side of a process of its own.
package serving

import (
	"errors"
	"fmt"
	"net/rpc"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"

	"pluginkit/running/crossing"
	"pluginkit/running/subprocess/exchange"
)

// Serve answers the host that started this process, and ends it when the host asks for that. Export offers what the plugin exports.
//
// Where the host ends, in whatever way, this process ends with it, and so does what it started in its group.
func Serve(table *crossing.Table, export func(*crossing.Peer)) {
	if os.Getenv(exchange.Config.MagicCookieKey) != exchange.Config.MagicCookieValue {
		fmt.Fprintf(os.Stderr, "%s is a plugin: only its host can start it\n", os.Args[0])
		os.Exit(2)
	}
	go endWithHost()
	stdout, stderr := os.Stdout, os.Stderr
	syscall.CloseOnExec(exchange.Handshake)
	os.Stdout = os.NewFile(exchange.Handshake, "handshake")
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: exchange.Config,
		Plugins: plugin.PluginSet{
			exchange.Name: &served{table: table, export: export, stdout: stdout, stderr: stderr},
		},
		Logger: hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: stderr}),
	})
}

// endWithHost ends this process, and those that it started, when the host has ended.
func endWithHost() {
	syscall.CloseOnExec(exchange.Lifeline)
	os.NewFile(exchange.Lifeline, "lifeline").Read(make([]byte, 1))
	syscall.Kill(-os.Getpid(), syscall.SIGKILL)
	os.Exit(1)
}

// served is the plugin in the words of go-plugin. It only has the host connect; what crosses does so on a stream of its own.
type served struct {
	table          *crossing.Table
	export         func(*crossing.Peer)
	stdout, stderr *os.File
	connected      atomic.Bool
}

// Server returns what the host calls by net/rpc. The host is connected by then, and nothing of the plugin was called yet.
func (s *served) Server(broker *plugin.MuxBroker) (any, error) {
	// go-plugin would send what is printed by its connection; what is printed last would be lost with the process.
	os.Stdout, os.Stderr = s.stdout, s.stderr
	for _, name := range exchange.Variables {
		os.Unsetenv(name) // the plugin may start processes of its own
	}
	return &Connector{served: s, broker: broker}, nil
}

// Client is the host's affair.
func (*served) Client(*plugin.MuxBroker, *rpc.Client) (any, error) {
	return nil, errors.New("this is the plugin")
}

// Connector is what the host calls by net/rpc.
type Connector struct {
	served *served
	broker *plugin.MuxBroker
}

// Connect returns the number of the stream that the host is to open. There is one for the life of the process.
func (c *Connector) Connect(_ struct{}, number *uint32) error {
	if c.served.connected.Swap(true) {
		return errors.New("connected already")
	}
	*number = c.broker.NextId()
	go func(number uint32) {
		stream, err := c.broker.Accept(number)
		if err != nil {
			fmt.Fprintln(os.Stderr, "the host did not connect:", err)
			os.Exit(1)
		}
		end := exchange.New(stream)
		peer := crossing.NewPeer(c.served.table, end, crossing.Options{})
		c.served.export(peer)
		end.Run(peer.Serve)
		os.Exit(0) // the host is done with it, or gone
	}(*number)
	return nil
}
