package main

import (
	"bytes"
	"fmt"
	"go/types"
)

// filler is a method whose result is in its argument, the slice of its caller, which the other side has only a copy of.
// It crosses as a method that takes the size and returns the bytes.
type filler struct {
	signature string
	// function takes part in the table in place of the method expression; proxy is its body on the other side.
	function, proxy string
}

// fillers are those of io.Reader and io.ReaderAt, by name.
var fillers = map[string]filler{
	"Read": {
		"([]uint8) (int, error)",
		"func(of %s, size int) ([]byte, error) { return fill(size, of.Read) }",
		` {
	var filled []byte
	if err := p.object.Call("Read", []any{&filled, &r1}, min(len(a0), most)); err != nil {
		r1 = err
	}
	return copy(a0, filled), r1
}
`,
	},
	"ReadAt": {
		"([]uint8, int64) (int, error)",
		`func(of %s, size int, at int64) ([]byte, error) {
	return fill(size, func(into []byte) (int, error) { return of.ReadAt(into, at) })
}`,
		` {
	for {
		var filled []byte
		if err := p.object.Call("ReadAt", []any{&filled, &r1}, min(len(a0)-r0, most), a1+int64(r0)); err != nil {
			return r0, err
		}
		r0 += copy(a0[r0:], filled)
		if r1 != nil || len(filled) == 0 || r0 == len(a0) {
			return r0, r1
		}
	}
}
`,
	},
}

const fill = `
// most is how many bytes a reader on the other side is asked for at once.
const most = 1 << 18

// fill returns what a method puts into the slice of its caller.
func fill(size int, read func([]byte) (int, error)) ([]byte, error) {
	filled := make([]byte, max(0, min(size, most)))
	n, err := read(filled)
	return filled[:n], err
}
`

// fillerOf returns how a method crosses that is one of them.
func fillerOf(method *types.Func) (filler, bool) {
	found, is := fillers[method.Name()]
	return found, is && reflected.signature(method.Type().(*types.Signature)) == found.signature
}

// writeMethod writes the entry of a method in the table.
func (a *adapting) writeMethod(out *bytes.Buffer, of string, method *types.Func) {
	function := of + "." + method.Name()
	if filler, is := fillerOf(method); is {
		a.fills, function = true, fmt.Sprintf(filler.function, of)
	}
	fmt.Fprintf(out, "{Name: %q, Function: %s},\n", method.Name(), function)
}
