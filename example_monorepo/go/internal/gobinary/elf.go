package gobinary

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
)

// Error is why bytes are not an object that is read here; Code is the rule that refuses them.
type Error struct{ Code, Message string }

func (e *Error) Error() string { return e.Message }

// fail ends reading: inside this package an Error travels as a panic, until attempt stops it.
func fail(format string, arguments ...any) {
	panic(&Error{"PK101", fmt.Sprintf(format, arguments...)})
}

// attempt runs what may fail.
func attempt(run func()) (err *Error) {
	defer func() {
		switch caught := recover().(type) {
		case nil:
		case *Error:
			err = caught
		default:
			panic(caught)
		}
	}()
	run()
	return nil
}

const (
	amd64Machine = 62
	arm64Machine = 183
	executable   = 2
	shared       = 3
	page         = 4096
	mostSegments = 256
	mostTags     = 4096
	mostFound    = 64
)

// Kinds of segments: neither executable nor writable, executable, writable.
const (
	constants = iota
	code
	data
)

// Tags of PT_DYNAMIC.
const (
	tagPltRelSz, tagHash, tagStrTab, tagSymTab, tagRela, tagRelaSz, tagRelaEnt = 2, 4, 5, 6, 7, 8, 9

	tagStrSz, tagSymEnt, tagInit, tagRpath, tagJmpRel, tagInitArray, tagInitArraySz = 10, 11, 12, 15, 23, 25, 27

	tagRunpath, tagRelr, tagGnuHash, tagFlags1 = 29, 36, 0x6ffffef5, 0x6ffffffb

	tagNeeded, tagVersym, tagVerneed, tagVerneedNum = 1, 0x6ffffff0, 0x6ffffffe, 0x6fffffff
)

var (
	little   = binary.LittleEndian
	machines = map[uint16]string{amd64Machine: "amd64", arm64Machine: "arm64"}
	others   = map[uint16]string{
		3: "386", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 243: "riscv64", 258: "loong64",
	}
)

// segment is one PT_LOAD: size bytes of the file, and zeros up to memory.
type segment struct {
	kind                          int
	offset, address, size, memory uint64
}

// object is an ELF object by its program headers and PT_DYNAMIC, as the dynamic loader sees it. Section headers are never
// read: they can be missing, or lie.
type object struct {
	data          []byte
	kind, machine uint16
	segments      []segment
	dynamic       map[uint64]uint64
	interpreted   bool
	interpreter   [2]uint64 // where in the file the path of the dynamic loader lies, and its size
	threadLocal   uint64    // bytes of thread-local storage
	needed        []uint64  // where in the string table the names of the libraries begin that it needs
}

// IsObject returns whether bytes begin as ELF objects do.
func IsObject(data []byte) bool {
	return len(data) >= 64 && bytes.HasPrefix(data, []byte("\x7fELF"))
}

func newObject(data []byte) *object {
	if !IsObject(data) {
		fail("not an ELF object")
	}
	found := &object{data: data, dynamic: map[uint64]uint64{}}
	found.identify()
	found.readHeaders()
	return found
}

// identify refuses a platform that is not read.
func (o *object) identify() {
	var order binary.ByteOrder = binary.BigEndian
	bits, ending := 64, "big"
	if o.data[5] == 1 {
		order, ending = little, "little"
	}
	if o.data[4] == 1 {
		bits = 32
	}
	o.kind, o.machine = order.Uint16(o.data[16:]), order.Uint16(o.data[18:])
	known := machines[o.machine]
	if o.data[4] != 2 || o.data[5] != 1 || known == "" {
		if known == "" {
			known = cmp.Or(others[o.machine], fmt.Sprintf("ELF machine %d", o.machine))
		}
		message := "built for %s (%d-bit, %s-endian); read are linux/amd64 and linux/arm64"
		panic(&Error{"PK403", fmt.Sprintf(message, known, bits, ending)})
	}
	if o.kind != executable && o.kind != shared {
		fail("ELF type %d: neither an executable nor a shared object", o.kind)
	}
}

func (o *object) readHeaders() {
	const load, dynamic, interpreter, threadLocal, entry = 1, 2, 3, 7, 56
	offset, end := little.Uint64(o.data[32:]), uint64(len(o.data))
	size, count := little.Uint16(o.data[54:]), uint64(little.Uint16(o.data[56:]))
	if size != entry || count == 0 || count > mostSegments || offset > end || entry*count > end-offset {
		fail("its program headers do not lie in the file")
	}
	var tables [][2]uint64
	for header := range slices.Chunk(o.data[offset:offset+entry*count], entry) {
		flags := int(little.Uint32(header[4:]) & 3)
		start, address := little.Uint64(header[8:]), little.Uint64(header[16:])
		held, memory := little.Uint64(header[32:]), little.Uint64(header[40:])
		switch little.Uint32(header) {
		case load:
			o.add(segment{min(flags, data), start, address, held, memory})
		case dynamic:
			tables = append(tables, [2]uint64{address, held})
		case interpreter:
			o.interpreted, o.interpreter = true, [2]uint64{start, held}
		case threadLocal:
			o.threadLocal = memory
		}
	}
	o.refuseOverlaps()
	if len(tables) > 0 {
		last := tables[len(tables)-1]
		o.readDynamic(last[0], last[1])
	}
}

func (o *object) add(one segment) {
	if end := uint64(len(o.data)); one.offset > end || one.size > end-one.offset {
		fail("a segment reaches past the end of the file: truncated?")
	}
	if one.memory < one.size || one.memory > 1<<63 || one.address > 1<<63-one.memory {
		fail("a segment has impossible sizes")
	}
	if (one.address-one.offset)%page != 0 {
		fail("a segment is not aligned to pages")
	}
	if count := len(o.segments); count > 0 {
		if before := o.segments[count-1]; one.address/page*page < before.address+before.memory {
			fail("its segments overlap, or are out of order")
		}
	}
	o.segments = append(o.segments, one)
}

func (o *object) refuseOverlaps() {
	held := slices.DeleteFunc(slices.Clone(o.segments), func(one segment) bool { return one.size == 0 })
	slices.SortFunc(held, func(a, b segment) int { return cmp.Compare(a.offset, b.offset) })
	for i := 1; i < len(held); i++ {
		if held[i-1].offset+held[i-1].size > held[i].offset {
			fail("its segments overlap in the file")
		}
	}
}

func (o *object) readDynamic(address, size uint64) {
	table := o.bytesAt(address, size)
	for index := range min(size/16, mostTags) {
		tag, value := little.Uint64(table[index*16:]), little.Uint64(table[index*16+8:])
		if tag == 0 {
			return
		}
		if tag == tagNeeded {
			o.needed = append(o.needed, value)
		}
		o.dynamic[tag] = value
	}
	fail("its dynamic section has no end")
}

// isProgram returns whether the object is started, not loaded.
func (o *object) isProgram() bool {
	const positionIndependent = 0x08000000
	return o.kind == executable || o.interpreted || o.dynamic[tagFlags1]&positionIndependent != 0
}

func (o *object) has(tag uint64) bool {
	_, ok := o.dynamic[tag]
	return ok
}

// bytesAt returns size bytes at a virtual address.
func (o *object) bytesAt(address, size uint64) []byte {
	for _, one := range o.segments {
		if one.address <= address && size <= one.size && address-one.address <= one.size-size {
			start := one.offset + address - one.address
			return o.data[start : start+size : start+size]
		}
	}
	fail("an address (%#x) lies outside its segments", address)
	return nil
}

// bytesFrom returns the bytes from a virtual address to the end of its segment, but at most so many; or none.
func (o *object) bytesFrom(address, most uint64) []byte {
	for _, one := range o.segments {
		if one.address <= address && address-one.address < one.size {
			start := one.offset + address - one.address
			end := start + min(most, one.offset+one.size-start)
			return o.data[start:end:end]
		}
	}
	return nil
}

// table returns the table that two tags, its address and its size, name; none where one is missing.
func (o *object) table(address, size uint64) []byte {
	if !o.has(address) {
		return nil
	}
	return o.bytesAt(o.dynamic[address], o.dynamic[size])
}

// find yields the addresses, multiples of step, at which needle lies, by kinds of segments in their order.
func (o *object) find(needle []byte, step uint64, kinds ...int) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for _, kind := range kinds {
			for _, one := range slices.Backward(o.segments) { // tables of the dynamic linker fill the first of them
				if one.kind == kind && !o.findIn(one, needle, step, yield) {
					return
				}
			}
		}
	}
}

func (o *object) findIn(one segment, needle []byte, step uint64, yield func(uint64) bool) bool {
	held := o.data[one.offset : one.offset+one.size]
	for at, tries := indexFrom(held, needle, 0), 0; at >= 0 && tries < mostFound; tries++ {
		if address := one.address + uint64(at); address%step == 0 && !yield(address) {
			return false
		}
		at = indexFrom(held, needle, at+1)
	}
	return true
}

// indexFrom is bytes.Index from a place on.
func indexFrom(text, needle []byte, start int) int {
	if start > len(text) {
		return -1
	}
	at := bytes.Index(text[start:], needle)
	if at < 0 {
		return -1
	}
	return start + at
}
