package wasm

import (
	"bytes"
	"regexp"
	"strings"
	"sync"
)

const longestLine = 4096

// crash is how Go begins to say why a program ends.
var crash = regexp.MustCompile(`^(panic: |fatal error: |runtime: out of memory)`)

// output logs what a module prints, line by line, and remembers why it says it ends.
type output struct {
	log   func(string)
	mutex sync.Mutex
	line  []byte
	cut   bool
	said  string
}

func newOutput(log func(string)) *output { return &output{log: log} }

// Write takes what was printed.
func (o *output) Write(printed []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	for rest := printed; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		o.add(line)
		if ended {
			o.take()
		}
		rest = after
	}
	return len(printed), nil
}

func (o *output) add(part []byte) {
	left := longestLine - len(o.line)
	o.cut = o.cut || len(part) > left
	o.line = append(o.line, part[:min(len(part), left)]...)
}

// take logs the line.
func (o *output) take() {
	line := strings.TrimSuffix(strings.ToValidUTF8(string(o.line), "?"), "\r")
	if o.cut {
		line += "..."
	}
	o.line, o.cut = o.line[:0], false
	if o.said == "" && crash.MatchString(line) {
		o.said = strings.ToValidUTF8(line[:min(len(line), 200)], "")
	}
	if o.log != nil {
		o.log(line)
	}
}

// flush logs what has no end of a line.
func (o *output) flush() {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if len(o.line) > 0 {
		o.take()
	}
}

func (o *output) reason() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.said
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
