// Counter keeps a ledger between calls, and breaks when it is asked to.
package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"acme/pluginapi"
)

var ledger struct {
	sync.Mutex
	entries []pluginapi.Entry
	stored  []byte
	handled int64
}

// New returns the plugin.
func New() pluginapi.Plugin { return counter{} }

type counter struct{}

func (counter) Name() string { return "counter" }

// Handle counts; a body "break: HOW" breaks this plugin.
func (counter) Handle(req *pluginapi.Request) (*pluginapi.Response, error) {
	if how, ok := bytes.CutPrefix(req.Body, []byte("break: ")); ok {
		breakDown(string(how))
	}
	ledger.Lock()
	defer ledger.Unlock()
	ledger.handled++
	return &pluginapi.Response{Status: 200, Body: fmt.Appendf(nil, "%d %s", ledger.handled, req.Body)}, nil
}

// Reset sets the count of what was handled.
func (counter) Reset(to int64) int64 {
	ledger.Lock()
	defer ledger.Unlock()
	before := ledger.handled
	ledger.handled = to
	return before
}

var sink [][]byte

func breakDown(how string) {
	switch how {
	case "panic":
		panic("counter breaks")
	case "panic elsewhere":
		go panic("counter breaks in a goroutine")
		time.Sleep(time.Minute)
	case "exit":
		os.Exit(3)
	case "loop":
		for {
			sink = sink[:0]
		}
	case "allocate":
		for range 16 { // 1 GiB
			block := make([]byte, 64<<20)
			for at := 0; at < len(block); at += 4096 {
				block[at] = 1
			}
			sink = append(sink, block)
		}
		time.Sleep(time.Minute)
	}
}

// NewLedger returns the ledger; there is one.
func NewLedger() pluginapi.Ledger { return book{} }

type book struct{}

func (book) Add(entry pluginapi.Entry) (total int64) {
	ledger.Lock()
	defer ledger.Unlock()
	ledger.entries = append(ledger.entries, entry)
	for _, one := range ledger.entries {
		if one.Key == entry.Key {
			total += one.Amount
		}
	}
	return total
}

func (book) Totals() map[string]int64 {
	ledger.Lock()
	defer ledger.Unlock()
	var totals map[string]int64 // nil where there is nothing
	for _, one := range ledger.entries {
		if totals == nil {
			totals = map[string]int64{}
		}
		totals[one.Key] += one.Amount
	}
	return totals
}

func (book) Entries(prefix string) []pluginapi.Entry {
	ledger.Lock()
	defer ledger.Unlock()
	var found []pluginapi.Entry
	for _, one := range ledger.entries {
		if strings.HasPrefix(one.Key, prefix) {
			found = append(found, one)
		}
	}
	return found
}

func (book) Last() *pluginapi.Entry {
	ledger.Lock()
	defer ledger.Unlock()
	if len(ledger.entries) == 0 {
		return nil
	}
	return &ledger.entries[len(ledger.entries)-1]
}

func (b book) Walk(prefix string) (pluginapi.Cursor, error) {
	found := b.Entries(prefix)
	if len(found) == 0 {
		return nil, fmt.Errorf("walk %q: %w", prefix, pluginapi.ErrUnknown)
	}
	return &cursor{found}, nil
}

func (book) Store(data []byte) int {
	ledger.Lock()
	defer ledger.Unlock()
	ledger.stored = slices.Clone(data) // nil stays nil
	return len(data)
}

func (book) Load() []byte {
	ledger.Lock()
	defer ledger.Unlock()
	return ledger.stored
}

func (book) Sum(numbers [4]uint16, factor float32, z complex128) (uint64, float64, complex128) {
	var sum uint64
	for _, number := range numbers {
		sum += uint64(number)
	}
	return sum, float64(factor) * 2, z * 1i
}

type cursor struct{ left []pluginapi.Entry }

func (c *cursor) Next() (pluginapi.Entry, bool) {
	if len(c.left) == 0 {
		return pluginapi.Entry{}, false
	}
	first := c.left[0]
	c.left = c.left[1:]
	return first, true
}

func (c *cursor) Close() error {
	if c.left == nil {
		return pluginapi.ErrRefused // it is closed
	}
	c.left = nil
	return nil
}

func main() {} // nobody calls that of a plugin; `go build ./...` and editors want it to be there
