package crossing

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"
)

// deepest is how many pointers, slices and maps a value may have inside each other. More is a ring, or an attack.
const deepest = 1000

// encoder writes a message for the other side of a link. What cannot cross panics with an *Error; see guarded.
type encoder struct {
	bytes    []byte
	link     *link
	depth    int
	exported []uint64   // own objects in the message, to be taken back when the rest of it cannot cross
	returned []*binding // objects of the other side in the message
}

// decoder reads a message of the other side, which may be hostile: a length is compared with what is left before it is believed.
type decoder struct {
	rest    []byte
	link    *link
	depth   int
	record  bool
	objects []*Object // those of the other side in the message, in order, where record is set
}

var encoders, decoders = sync.Pool{New: func() any { return new(encoder) }}, sync.Pool{New: func() any { return new(decoder) }}

// newEncoder returns one to be given back with done. It has room for about size bytes, if these are not many: the next message may be a
// short one.
func newEncoder(l *link, size int64) *encoder {
	e := encoders.Get().(*encoder)
	e.link, e.bytes = l, make([]byte, 0, min(size, 4096)+16)
	return e
}

// done gives the encoder back. Its bytes belong to who took them.
func (e *encoder) done() {
	clear(e.returned)
	*e = encoder{exported: e.exported[:0], returned: e.returned[:0]}
	encoders.Put(e)
}

// newDecoder returns one to be given back with done.
func newDecoder(l *link, message []byte) *decoder {
	d := decoders.Get().(*decoder)
	d.link, d.rest = l, message
	return d
}

func (d *decoder) done() {
	*d = decoder{}
	decoders.Put(d)
}

func cannotCross(format string, arguments ...any) *Error {
	return &Error{Code: CannotCross, Message: fmt.Sprintf(format, arguments...)}
}

// guarded returns what do panics with as an error: an *Error of ours, or what a marshaler of the API panicked with. Its message begins
// with what was done, where that is not "".
func guarded(what string, do func()) (failure *Error) {
	defer func() {
		switch reason := recover().(type) {
		case nil:
		case *Error:
			failure = reason.in(what)
		default:
			failure = cannotCross("panic: %s", text(reason)).in(what)
		}
	}()
	do()
	return nil
}

func (e *encoder) byte(b byte)     { e.bytes = append(e.bytes, b) }
func (e *encoder) uint(n uint64)   { e.bytes = binary.AppendUvarint(e.bytes, n) }
func (e *encoder) int(n int64)     { e.bytes = binary.AppendVarint(e.bytes, n) }
func (e *encoder) fixed(n uint64)  { e.bytes = binary.LittleEndian.AppendUint64(e.bytes, n) }
func (e *encoder) float(f float64) { e.fixed(math.Float64bits(f)) }

func (e *encoder) string(s string) {
	e.uint(uint64(len(s)))
	e.bytes = append(e.bytes, s...)
}

func (e *encoder) bool(b bool) {
	if b {
		e.byte(1)
	} else {
		e.byte(0)
	}
}

func (e *encoder) enter() {
	if e.depth++; e.depth > deepest {
		panic(cannotCross("a value is nested more than %d deep; does it contain itself?", deepest))
	}
}

func (e *encoder) leave() { e.depth-- }

func (d *decoder) byte() byte {
	if len(d.rest) == 0 {
		panic(cannotCross("the message ends early"))
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

func (d *decoder) bool() bool {
	switch d.byte() {
	case 0:
		return false
	case 1:
		return true
	}
	panic(cannotCross("neither true nor false"))
}

func (d *decoder) uint() uint64 {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 {
		panic(cannotCross("not a number"))
	}
	d.rest = d.rest[size:]
	return n
}

func (d *decoder) int() int64 {
	n, size := binary.Varint(d.rest)
	if size <= 0 {
		panic(cannotCross("not a number"))
	}
	d.rest = d.rest[size:]
	return n
}

func (d *decoder) fixed() uint64 {
	return binary.LittleEndian.Uint64(d.take(8))
}

func (d *decoder) float() float64 { return math.Float64frombits(d.fixed()) }

// count reads how many elements follow, each of which takes at least so many bytes.
func (d *decoder) count(least int) int {
	n := d.uint()
	d.check(n, least)
	return int(n)
}

func (d *decoder) check(n uint64, least int) {
	if n > uint64(len(d.rest)/max(least, 1)) {
		panic(cannotCross("a length of %d in a message of which %d bytes are left", n, len(d.rest)))
	}
}

// take returns the next n bytes, which belong to the message.
func (d *decoder) take(n int) []byte {
	if n > len(d.rest) {
		panic(cannotCross("the message ends early"))
	}
	taken := d.rest[:n]
	d.rest = d.rest[n:]
	return taken
}

func (d *decoder) string() string { return string(d.take(d.count(1))) }

func (d *decoder) enter() {
	if d.depth++; d.depth > deepest {
		panic(cannotCross("a value is nested more than %d deep", deepest))
	}
}

func (d *decoder) leave() { d.depth-- }

func (d *decoder) end() {
	if len(d.rest) > 0 {
		panic(cannotCross("%d bytes too many", len(d.rest)))
	}
}
