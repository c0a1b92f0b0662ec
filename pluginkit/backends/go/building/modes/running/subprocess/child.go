package subprocess

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"pluginkit/running/subprocess/exchange"
)

// child is the process in the words of go-plugin: its runner.Runner.
type child struct {
	command   *exec.Cmd
	memory    int64
	output    *output
	lifeline  *os.File // our end: that of the child is at its end when the host closes this one, by dying too
	handshake *os.File
	printed   *os.File
	exited    chan struct{} // closed when the process is gone

	mutex  sync.Mutex
	reason string // why the host killed it; empty where it did not
}

// newChild returns a process that does not run yet. Environment is what go-plugin adds to the host's.
func newChild(path string, environment []string, options Options) *child {
	name := options.Name
	command := &exec.Cmd{Path: path, Args: []string{name}, Env: inherited(environment, options.Memory)}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return &child{command: command, memory: options.Memory, output: newOutput(options.Log), exited: make(chan struct{})}
}

// inherited returns the host's environment without what a go-plugin around the host has there, and what is added to it.
func inherited(added []string, memory int64) []string {
	own := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(exchange.Variables, name)
	})
	if memory > 0 && os.Getenv("GOMEMLIMIT") == "" {
		own = append(own, "GOMEMLIMIT="+strconv.FormatInt(memory/10*9, 10))
	}
	return append(own, added...)
}

// Start starts the process.
func (c *child) Start(context.Context) error {
	theirs, err := c.pipes()
	defer func() {
		for _, file := range theirs {
			file.Close()
		}
	}()
	if err == nil {
		err = c.execute()
	}
	if err != nil {
		c.closeFiles()
		close(c.exited)
		return err
	}
	if err := confine(c.command.Process.Pid, theirs[0], c.memory); err != nil {
		c.stop(err.Error())
	}
	go c.output.copy(c.printed)
	go c.wait()
	if c.memory > 0 {
		go c.watch()
	}
	return nil
}

// pipes makes the pipes to the process, and returns their ends that are the process's.
func (c *child) pipes() (theirs []*os.File, err error) {
	lifeline, ours, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	theirs, c.lifeline = append(theirs, lifeline), ours
	for _, reading := range []**os.File{&c.handshake, &c.printed} {
		ours, writing, err := os.Pipe()
		if err != nil {
			return theirs, err
		}
		theirs, *reading = append(theirs, writing), ours
	}
	c.command.ExtraFiles = theirs[:2]
	c.command.Stdout, c.command.Stderr = theirs[2], theirs[2]
	return theirs, nil
}

// execute starts the command. A file that was just written is busy for a moment where another goroutine starts a process at the same time:
// until its exec, that has the file open for writing (golang/go#22315).
func (c *child) execute() error {
	again := *c.command
	for pause := time.Millisecond; ; pause *= 2 {
		err := c.command.Start()
		if !errors.Is(err, syscall.ETXTBSY) || pause > time.Second {
			return err
		}
		time.Sleep(pause)
		fresh := again
		c.command = &fresh
	}
}

// wait waits for the end of the process, and ends what it leaves running in its group.
func (c *child) wait() {
	c.command.Wait()
	syscall.Kill(-c.command.Process.Pid, syscall.SIGKILL)
	c.output.wait(c.printed)
	c.closeFiles()
	close(c.exited)
}

func (c *child) closeFiles() {
	for _, file := range []*os.File{c.lifeline, c.handshake, c.printed} {
		if file != nil {
			file.Close()
		}
	}
}

// stop kills the process, and what it started in its group, for a reason.
func (c *child) stop(reason string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.reason == "" {
		c.reason = reason // the first
	}
	select {
	case <-c.exited:
	default:
		if c.command.Process != nil {
			syscall.Kill(-c.command.Process.Pid, syscall.SIGKILL)
		}
	}
}

// ending says why the process ended.
func (c *child) ending() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.reason != "" {
		return c.reason
	}
	ending := c.command.ProcessState.String()
	said := c.output.reason()
	if said == "" {
		return ending
	}
	if c.memory > 0 && !strings.HasPrefix(said, "panic: ") { // Go's runtime has several ways to end where the system refuses it memory
		said += "; its memory is limited to " + mebibytes(c.memory)
	}
	return ending + " (" + said + ")"
}

// watch kills the process when it has taken more memory than it may.
func (c *child) watch() {
	for ticks := time.NewTicker(100 * time.Millisecond); ; {
		select {
		case <-c.exited:
			ticks.Stop()
			return
		case <-ticks.C:
			adjust(c.command.Process.Pid, c.memory)
			if resident(c.command.Process.Pid) > c.memory {
				c.stop("it took more memory than its " + mebibytes(c.memory))
			}
		}
	}
}

func mebibytes(size int64) string { return strconv.FormatInt(size>>20, 10) + " MiB" }

// Wait returns when the process is gone.
func (c *child) Wait(context.Context) error {
	<-c.exited
	return nil
}

// Kill kills the process.
func (c *child) Kill(context.Context) error {
	c.stop("")
	return nil
}

// Stdout is where the handshake comes from.
func (c *child) Stdout() io.ReadCloser { return c.handshake }

// Stderr has nothing: what the process prints is ours to log.
func (c *child) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name returns the plugin's name.
func (c *child) Name() string { return c.command.Args[0] }

// ID returns something, so that go-plugin removes its files also where the process did not start.
func (c *child) ID() string {
	if c.command.Process == nil {
		return "none"
	}
	return strconv.Itoa(c.command.Process.Pid)
}

// Diagnose adds nothing.
func (c *child) Diagnose(context.Context) string { return "" }

// PluginToHost returns an address as it is: both are on one machine.
func (c *child) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

// HostToPlugin returns an address as it is.
func (c *child) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
