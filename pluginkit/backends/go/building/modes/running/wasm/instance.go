package wasm

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

type instanceKey struct{}

// instance is a module that runs. It implements supervision.Run.
//
// One goroutine runs it. While it waits for the host, in a call of its own, it can be called again by who it called: such a call is nested
// in the other one, and runs where that waits.
type instance struct {
	options Options
	serve   func(ctx context.Context, request []byte) []byte
	output  *output

	context context.Context // the module ends with it
	cancel  context.CancelFunc
	module  api.Module
	run     api.Function // exportCall, of the goroutine that runs the instance
	worker  uint64       // id of that goroutine
	turns   chan *call
	over    chan struct{} // closed when it has ended
	reason  atomic.Pointer[string]

	room, capacity uint32 // of requests, in the module's memory
	last           uint32 // number of a call, or of an answer
	answers        map[uint32][]byte

	mutex    sync.Mutex
	underWay []*call // each nested in the one before
	waiting  []*wait // each for the host, in a call under way
}

// call is one of the plugin.
type call struct {
	context context.Context
	number  uint32
	request []byte
	answer  []byte
	err     error
	done    chan struct{}
}

// newInstance starts a module and runs its init functions.
func newInstance(p *program, serve func(context.Context, []byte) []byte) (*instance, error) {
	i := &instance{
		options: p.options, serve: serve, output: newOutput(p.options.Log),
		turns: make(chan *call), over: make(chan struct{}), answers: map[uint32][]byte{},
	}
	i.context, i.cancel = context.WithCancel(context.WithValue(context.Background(), instanceKey{}, i))
	ready := make(chan error)
	go i.work(p, ready)
	if err := <-ready; err != nil {
		return nil, err
	}
	return i, nil
}

// work runs the module: its init functions, then one call after the other.
func (i *instance) work(p *program, ready chan<- error) {
	defer close(i.over)
	defer i.cancel()
	i.worker = goroutine()
	err := i.start(p)
	if err != nil {
		i.close()
	}
	ready <- err
	for err == nil {
		select {
		case <-i.context.Done():
			err = i.context.Err()
		case one := <-i.turns:
			one.answer, one.err = i.perform(one, i.run)
			err = one.err
			close(one.done)
		}
	}
	i.end(err)
	i.close()
}

func (i *instance) start(p *program) error {
	late := time.AfterFunc(i.options.StartTimeout, func() { i.Kill(fmt.Sprintf("it is not ready within %v", i.options.StartTimeout)) })
	defer late.Stop()
	config, err := p.config(i)
	if err != nil {
		return err
	}
	if i.module, err = p.runtime.InstantiateModule(i.context, p.code, config); err != nil {
		return i.explained(err)
	}
	for _, name := range []string{exportStart, exportRoom, exportCall} {
		if i.module.ExportedFunction(name) == nil || i.module.Memory() == nil {
			return fmt.Errorf("it does not export %s: not built as a plugin of this mode", name)
		}
	}
	if _, err = i.module.ExportedFunction(exportStart).Call(i.context); err != nil {
		return i.explained(err)
	}
	i.run = i.module.ExportedFunction(exportCall)
	return nil
}

// Carry takes a request to the module and returns its answer. A call that is not nested waits for its turn.
func (i *instance) Carry(ctx context.Context, request []byte) ([]byte, error) {
	one := &call{context: ctx, request: request, done: make(chan struct{})}
	within, err := i.within(ctx)
	if err != nil {
		return nil, err
	}
	if within != nil {
		defer within.mutex.Unlock()
		stop := context.AfterFunc(ctx, func() { i.give(one) })
		defer stop()
		defer close(one.done)
		return i.perform(one, i.module.ExportedFunction(exportCall))
	}
	if err := i.turn(one); err != nil {
		return nil, err
	}
	select {
	case <-one.done:
		return one.answer, one.err
	case <-ctx.Done():
		return i.late(one)
	}
}

// perform does one call. An error ends the instance.
func (i *instance) perform(one *call, run api.Function) ([]byte, error) {
	i.mutex.Lock()
	i.last++
	one.number = i.last
	i.underWay = append(i.underWay, one)
	i.mutex.Unlock()
	answer, err := i.invoke(one, run)
	i.mutex.Lock()
	i.underWay = i.underWay[:len(i.underWay)-1]
	i.mutex.Unlock()
	if err != nil {
		err = i.explained(err)
		i.end(err)
	}
	return answer, err
}

func (i *instance) invoke(one *call, run api.Function) ([]byte, error) {
	size := uint32(len(one.request))
	if size > i.capacity {
		found, err := i.module.ExportedFunction(exportRoom).Call(i.context, uint64(size))
		if err != nil {
			return nil, err
		}
		i.room, i.capacity = uint32(found[0]), max(size, leastRoom)
	}
	if !i.module.Memory().Write(i.room, one.request) {
		return nil, errors.New("it has no room for a request")
	}
	if size > smallRoom {
		i.capacity = 0 // that room was for one request
	}
	stack := [2]uint64{uint64(size), uint64(one.number)}
	if err := run.CallWithStack(i.context, stack[:]); err != nil {
		return nil, err
	}
	answer, ok := i.module.Memory().Read(uint32(stack[0]>>32), uint32(stack[0]))
	if !ok {
		return nil, errors.New("its answer lies outside of its memory")
	}
	return append([]byte(nil), answer...), nil
}

// Wait returns when the module has ended, and says why.
func (i *instance) Wait() string {
	<-i.over
	return *i.reason.Load()
}

// Quit ends the module because the session is closed.
func (i *instance) Quit() { i.Kill("closed") }

// Kill ends the module while it runs, for a reason.
func (i *instance) Kill(reason string) {
	i.reason.CompareAndSwap(nil, &reason)
	i.cancel()
}

// end says why the instance has ended.
func (i *instance) end(err error) {
	reason := err.Error()
	i.reason.CompareAndSwap(nil, &reason)
	i.cancel()
}

func (i *instance) close() {
	if i.module != nil {
		i.module.Close(context.Background())
	}
	i.output.flush()
}

// explained returns an error that says why the module ended.
func (i *instance) explained(err error) error {
	if reason := i.reason.Load(); reason != nil {
		return errors.New(*reason)
	}
	i.output.flush()
	said := i.output.reason()
	var exit *sys.ExitError
	switch {
	case errors.As(err, &exit) && said != "":
		return fmt.Errorf("exit status %d (%s)", exit.ExitCode(), said)
	case errors.As(err, &exit):
		return fmt.Errorf("exit status %d", exit.ExitCode())
	case said != "":
		return errors.New(said)
	}
	return errors.New(firstLine(err.Error()))
}

// sleep is that of the module: as long as it runs.
func (i *instance) sleep(nanoseconds int64) {
	timer := time.NewTimer(time.Duration(nanoseconds))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-i.context.Done():
	}
}
