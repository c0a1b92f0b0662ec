package subprocess

import (
	"bufio"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const longestLine = 4096

// crash is how Go, or the C library, begins to say why a process ends.
var crash = regexp.MustCompile(`^(panic: |fatal error: |SIG[A-Z]+: |runtime: out of memory)`)

// output logs what a process prints, and remembers why it says it ends.
type output struct {
	log    func(string)
	quiet  atomic.Bool
	copied chan struct{}
	mutex  sync.Mutex
	said   string
}

func newOutput(log func(string)) *output { return &output{log: log, copied: make(chan struct{})} }

// copy logs line by line until nobody can print any more.
func (o *output) copy(printed *os.File) {
	defer close(o.copied)
	in := bufio.NewReaderSize(printed, longestLine)
	for {
		line, cut, err := in.ReadLine()
		if err != nil {
			return
		}
		text := strings.ToValidUTF8(string(line), "?")
		for cut && err == nil {
			_, cut, err = in.ReadLine()
			if !cut {
				text += "..."
			}
		}
		o.take(text)
	}
}

func (o *output) take(line string) {
	if crash.MatchString(line) {
		o.mutex.Lock()
		o.said = line[:min(len(line), 200)]
		o.mutex.Unlock()
	}
	if !o.quiet.Load() && o.log != nil {
		o.log(line)
	}
}

// wait returns when all is copied that a process printed, and does not wait long for one that it left behind.
func (o *output) wait(printed *os.File) {
	printed.SetReadDeadline(time.Now().Add(time.Second))
	<-o.copied
}

func (o *output) reason() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return strings.ToValidUTF8(o.said, "")
}
