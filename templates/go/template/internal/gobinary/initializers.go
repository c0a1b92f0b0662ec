package gobinary

import (
	"bytes"
	"slices"
)

const (
	recovered       = "runtime.deferreturn"
	longestFunction = 1 << 16 // bytes of code looked at of one function, and of all; what is beyond may return
	mostCode        = 1 << 22
)

var (
	goExits = []string{"os.Exit", "syscall.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln"}
	goEnds  = append([]string{
		"runtime.gopanic", "runtime.block", "runtime.throw", "runtime.fatal", "runtime.exit", recovered,
	}, goExits...)

	// backwards are how functions that call others return: POP RBP, maybe NOP, and RET; or RET.
	backwards = map[uint16][][]byte{
		amd64Machine: {[]byte("\x5d\xc3"), []byte("\x5d\x90\xc3")},
		arm64Machine: {[]byte("\xc0\x03\x5f\xd6")},
	}
)

// initialising looks at what of one plugin runs, or is called first, and never comes back: initialisers and factories.
type initialising struct {
	object *object
	flow   *flow
	exits  map[uint64]string
	ends   map[uint64]string
	left   uint64
}

func newInitialising(o *object, s *symbols) *initialising {
	return &initialising{o, newFlow(o.machine), addresses(s, goExits), addresses(s, goEnds), mostCode}
}

func addresses(s *symbols, names []string) map[uint64]string {
	found := map[uint64]string{}
	for _, name := range names {
		if one, ok := s.lookup(name); ok {
			found[one.address] = name
		}
	}
	return found
}

// ending says how a function ends the process or waits for ever, on every way through it; nothing if it may return.
func (i *initialising) ending(one symbol) string {
	if one.kind != function || one.size == 0 || one.size > min(longestFunction, i.left) {
		return ""
	}
	i.left -= one.size
	text := i.object.bytesAt(one.address, one.size)
	var exit string
	if called := i.calls(text, one.address, i.exits); len(called) > 0 {
		exit = called[0]
	}
	machine := i.object.machine
	goesBack := func(one []byte) bool { return bytes.Contains(text, one) }
	if exit == "" && (slices.ContainsFunc(backwards[machine], goesBack) || isLeaf(machine, text)) {
		return ""
	}
	recovers := false
	for _, name := range i.calls(text, one.address, i.ends) {
		recovers = recovers || name == recovered
	}
	comesBack := func(target uint64, byPointer bool) bool {
		name := i.ends[target]
		if recovers {
			name = i.exits[target]
		}
		return !byPointer && name != "" && name != recovered
	}
	switch {
	case i.flow.returns(text, one.address, comesBack):
		return ""
	case exit != "":
		return "calls " + exit
	}
	return "never returns: it panics, exits or waits for ever"
}

// calls returns the names of those targets that seem to be called directly.
func (i *initialising) calls(text []byte, address uint64, targets map[uint64]string) (found []string) {
	note := func(target uint64) {
		if name, ok := targets[target]; ok {
			found = append(found, name)
		}
	}
	if i.object.machine != amd64Machine {
		for at := 0; at+4 <= len(text); at += 4 {
			if text[at+3]&0xfc == 0x94 { // BL
				note(address + uint64(at+distanceIn(little.Uint32(text[at:]), 0, 26)))
			}
		}
		return found
	}
	for at := bytes.IndexByte(text, 0xe8); at >= 0 && at <= len(text)-5; at = indexFrom(text, []byte{0xe8}, at+1) {
		note(address + 5 + uint64(at) + signed(text[at+1:]))
	}
	return found
}

// isLeaf returns whether a function of x86-64 calls nothing near, not even a panic, and holds what looks like a return.
func isLeaf(machine uint16, text []byte) bool {
	if machine != amd64Machine || bytes.IndexByte(text, 0xc3) < 0 {
		return false
	}
	for at := bytes.IndexByte(text, 0xe8); at >= 0 && at <= len(text)-5; at = indexFrom(text, []byte{0xe8}, at+1) {
		if text[at+4] == 0x00 || text[at+4] == 0xff { // within 16 MB
			return false
		}
	}
	return true
}
