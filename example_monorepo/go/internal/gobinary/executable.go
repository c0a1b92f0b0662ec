package gobinary

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// Programs that no plugin is opened by: ELF for processors without plugins, PE (Microsoft's PE/COFF specification) and
// Mach-O (Apple's mach-o/loader.h). What is not needed for the segments is not read.

const (
	peMagic    = "MZ"
	machoMagic = "\xcf\xfa\xed\xfe"
	mostParts  = 512
)

// processor is how an ELF object says for which processor it is.
type processor struct {
	machine     uint16
	bits, order byte // 1: 32 bits, little-endian; 2: 64 bits, big-endian
}

var (
	processors = map[processor]string{
		{3, 1, 1}: "386", {40, 1, 1}: "arm", {8, 1, 2}: "mips", {8, 1, 1}: "mipsle", {8, 2, 2}: "mips64", {8, 2, 1}: "mips64le",
		{21, 2, 1}: "ppc64le", {21, 2, 2}: "ppc64", {22, 2, 2}: "s390x", {243, 2, 1}: "riscv64", {258, 2, 1}: "loong64",
	}
	peMachines      = map[uint16]string{0x8664: "amd64", 0xaa64: "arm64", 0x14c: "386"}
	machoProcessors = map[uint32]string{0x01000007: "amd64", 0x0100000c: "arm64"}
)

// IsProgram returns whether bytes begin as those of a program, or of an object that programs open, in any format that is
// read.
func IsProgram(data []byte) bool {
	return IsObject(data) || len(data) >= 64 && bytes.HasPrefix(data, []byte(peMagic)) ||
		len(data) >= 32 && bytes.HasPrefix(data, []byte(machoMagic)) || IsModule(data)
}

// readProgram reads a program of another format than that of plugins, or for another processor; nil for anything else.
func readProgram(data []byte) *Binary {
	o := &object{data: data}
	platform := ""
	switch {
	case IsModule(data):
		return readModule(data)
	case IsObject(data):
		platform = o.readELF()
	case bytes.HasPrefix(data, []byte(peMagic)):
		platform = "windows/" + o.readPE()
	case bytes.HasPrefix(data, []byte(machoMagic)):
		platform = "darwin/" + o.readMachO()
	}
	if platform == "" {
		return nil
	}
	o.refuseOverlaps()
	info := readBuildInfo(o)
	if platform[0] == '/' {
		platform = cmp.Or(info.settings["GOOS"], "linux") + platform
	}
	return &Binary{
		Kind: Executable, GoVersion: info.goVersion, Experiments: info.experiments, Main: info.main,
		MainModule: info.mainModule, Settings: info.settings, Modules: info.modules, Platform: platform,
	}
}

// header returns a part of the file that says where others lie.
func (o *object) header(at uint64, size int) []byte {
	if end := uint64(len(o.data)); at > end || uint64(size) > end-at {
		fail("its headers reach past the end of the file: truncated?")
	}
	return o.data[at : at+uint64(size)]
}

// hold adds a segment, of which size bytes lie in the file.
func (o *object) hold(one segment) {
	if end := uint64(len(o.data)); one.size > 0 && (one.offset > end || one.size > end-one.offset) {
		fail("a segment reaches past the end of the file: truncated?")
	}
	o.segments = append(o.segments, one)
}

// readELF reads the segments of a program, and returns for what it is, without a system where its build information says
// it; empty for a library, and for what plugins are read for.
func (o *object) readELF() string {
	var order binary.ByteOrder = little
	which := processor{bits: o.data[4], order: 1}
	if o.data[5] == 2 {
		order, which.order = binary.BigEndian, 2
	}
	which.machine = order.Uint16(o.data[18:])
	name, known := processors[which]
	if !known || order.Uint16(o.data[16:]) != executable {
		return ""
	}
	start, sizes, entry := uint64(order.Uint32(o.data[28:])), o.data[42:], 32
	if o.data[4] == 2 {
		start, sizes, entry = order.Uint64(o.data[32:]), o.data[54:], 56
	}
	count := int(order.Uint16(sizes[2:]))
	if int(order.Uint16(sizes)) != entry || count == 0 || count > mostParts {
		fail("its program headers do not lie in the file")
	}
	for header := range slices.Chunk(o.header(start, entry*count), entry) {
		o.readSegment(header, order)
	}
	if o.data[7] == 9 {
		return "freebsd/" + name
	}
	return "/" + name
}

func (o *object) readSegment(header []byte, order binary.ByteOrder) {
	var flags uint32
	var one segment
	if len(header) == 56 {
		flags = order.Uint32(header[4:])
		one = segment{0, order.Uint64(header[8:]), order.Uint64(header[16:]), order.Uint64(header[32:]), order.Uint64(header[40:])}
	} else {
		word := func(at int) uint64 { return uint64(order.Uint32(header[at:])) }
		flags, one = order.Uint32(header[24:]), segment{0, word(4), word(8), word(16), word(20)}
	}
	if one.kind = min(int(flags&3), data); order.Uint32(header) == 1 {
		o.hold(one)
	}
}

// readPE reads the sections of a program for Windows, and returns its processor.
func (o *object) readPE() string {
	start := uint64(little.Uint32(o.header(0x3c, 4)))
	head := o.header(start, 24)
	if !bytes.HasPrefix(head, []byte("PE\x00\x00")) {
		fail("a program of DOS, or a damaged one of Windows")
	}
	name, known := peMachines[little.Uint16(head[4:])]
	if !known {
		panic(&Error{"PK403", "a program of Windows for an unknown processor"})
	}
	if little.Uint16(head[22:])&0x2000 != 0 {
		fail("a library of Windows, not a program")
	}
	count, sections := uint64(little.Uint16(head[6:])), start+24+uint64(little.Uint16(head[20:]))
	if count > mostParts {
		fail("claims %d sections", count)
	}
	for index := range count {
		header := o.header(sections+index*40, 40)
		word := func(at int) uint64 { return uint64(little.Uint32(header[at:])) }
		o.hold(segment{kindOf(word(36), 0x80000000, 0x20000000), word(20), word(12), word(16), word(8)})
	}
	return name
}

// readMachO reads the segments of a program for macOS, and returns its processor.
func (o *object) readMachO() string {
	head := o.header(0, 32)
	name, known := machoProcessors[little.Uint32(head[4:])]
	if !known {
		panic(&Error{"PK403", "a Mach-O file for an unknown processor"})
	}
	if little.Uint32(head[12:]) != 2 {
		fail("a Mach-O file that is not a program")
	}
	count, at := little.Uint32(head[16:]), uint64(32)
	end := at + uint64(little.Uint32(head[20:]))
	if count > mostParts || end > uint64(len(o.data)) {
		fail("its load commands do not lie in the file")
	}
	for range count {
		length := uint64(little.Uint32(o.header(at, 8)[4:]))
		if length < 8 || at+length > end {
			fail("a load command has an impossible size")
		}
		if little.Uint32(o.data[at:]) == 0x19 {
			header := o.header(at, 64)
			word := func(at int) uint64 { return little.Uint64(header[at:]) }
			o.hold(segment{kindOf(uint64(little.Uint32(header[60:])), 2, 4), word(40), word(24), word(48), word(32)})
		}
		at += length
	}
	return name
}

func kindOf(flags, writable, runs uint64) int {
	switch {
	case flags&writable != 0:
		return data
	case flags&runs != 0:
		return code
	}
	return constants
}
