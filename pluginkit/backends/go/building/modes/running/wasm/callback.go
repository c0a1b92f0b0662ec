package wasm

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strconv"
	"sync"

	"pluginkit/running/crossing"
)

const (
	mostNested  = 100 // calls in each other: the host's stack must not overflow by what a plugin does
	mostAnswers = 64  // that a module has not fetched
)

// wait is a call of the host that the module waits for. Calls that are nested in it hold its mutex; once the host has answered there are no
// more.
type wait struct {
	mutex     sync.Mutex
	answered  bool
	goroutine uint64 // that the host's code runs on
}

type waitKey struct{ *instance }

// callHost is called by the module: (request, size, room, size of the room) -> number of the answer, size of the answer.
func (i *instance) callHost(stack []uint64) {
	memory := i.module.Memory()
	request, ok := memory.Read(uint32(stack[0]), uint32(stack[1]))
	if !ok {
		panic("a request lies outside of its memory")
	}
	answer := i.ask(bytes.Clone(request))
	room, size := uint32(stack[2]), uint32(stack[3])
	if len(answer) <= int(size) {
		if !memory.Write(room, answer) {
			panic("the room for an answer lies outside of its memory")
		}
		stack[0] = uint64(len(answer))
		return
	}
	if len(i.answers) >= mostAnswers {
		panic("it leaves answers where they are")
	}
	i.last++
	i.answers[i.last] = answer
	stack[0] = uint64(i.last)<<32 | uint64(len(answer))
}

// answerOfHost is called by the module: (number, where to put that answer).
func (i *instance) answerOfHost(stack []uint64) {
	number := uint32(stack[0])
	if answer, ok := i.answers[number]; !ok || !i.module.Memory().Write(uint32(stack[1]), answer) {
		panic("there is no such answer, or no room for it")
	}
	delete(i.answers, number)
}

// hasEnded is called by the module: (number of a call) -> 1 where its context was cancelled. A deadline crosses with the call: were its end
// told too, the plugin would see a cancelled context where that is first.
func (i *instance) hasEnded(stack []uint64) {
	number := uint32(stack[0])
	stack[0] = 0
	i.mutex.Lock()
	defer i.mutex.Unlock()
	for _, one := range i.underWay {
		if one.number == number && one.context.Err() == context.Canceled {
			stack[0] = 1
		}
	}
}

// ask has the host answer.
func (i *instance) ask(request []byte) []byte {
	one := &wait{goroutine: i.worker}
	i.mutex.Lock()
	ctx := context.Background() // of init functions
	if len(i.underWay) > 1 {
		one.goroutine = goroutine()
	}
	if len(i.underWay) > 0 {
		ctx = i.underWay[len(i.underWay)-1].context
	}
	i.waiting = append(i.waiting, one)
	i.mutex.Unlock()

	answer := i.serve(context.WithValue(ctx, waitKey{i}, one), request)

	one.mutex.Lock()
	one.answered = true
	one.mutex.Unlock()
	i.mutex.Lock()
	i.waiting = i.waiting[:len(i.waiting)-1]
	i.mutex.Unlock()
	return answer
}

// waits returns whether a call under way waits for the host.
func (i *instance) waits() bool {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return len(i.waiting) > 0
}

// within returns the wait that a call is nested in, locked; nil where it is not nested. It is where the host's code calls on the goroutine
// that it was called on, or with the context that it was given.
func (i *instance) within(ctx context.Context) (*wait, error) {
	i.mutex.Lock()
	var top *wait
	count := len(i.waiting)
	if count > 0 {
		top = i.waiting[count-1]
	}
	i.mutex.Unlock()
	if top == nil || ctx.Value(waitKey{i}) != any(top) && goroutine() != top.goroutine {
		return nil, nil
	}
	if count >= mostNested {
		return nil, &crossing.Error{Code: crossing.CannotCross, Message: fmt.Sprintf("%d calls of host and plugin in each other", 2*count)}
	}
	top.mutex.Lock()
	if top.answered {
		top.mutex.Unlock()
		return nil, nil
	}
	return top, nil
}

// goroutine returns the id of this goroutine.
func goroutine() uint64 {
	var text [40]byte
	line := bytes.TrimPrefix(text[:runtime.Stack(text[:], false)], []byte("goroutine "))
	number, _, _ := bytes.Cut(line, []byte(" "))
	id, _ := strconv.ParseUint(string(number), 10, 64)
	return id
}
