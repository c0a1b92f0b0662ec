package gobinary

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	mostConstructors   = 1 << 12
	longestConstructor = 1 << 12
)

var (
	exitCalls = []string{"exit", "_exit", "_Exit", "quick_exit", "kill", "raise", "syscall"}
	endCalls  = []string{"abort", "exit", "_exit", "_Exit", "quick_exit", "__assert_fail", "__stack_chk_fail"}

	endbr  = []byte("\xf3\x0f\x1e\xfa")
	leaRDI = []byte("\x48\x8d\x3d")
	// crtInit are _init of glibc's crti, before and after the four bytes that lead to __gmon_start__.
	crtInit = map[uint16][2][]byte{
		amd64Machine: {[]byte("\x48\x83\xec\x08\x48\x8b\x05"), []byte("\x48\x85\xc0\x74\x02\xff\xd0\x48\x83\xc4\x08\xc3")},
		arm64Machine: {[]byte("\xfd\x7b\xbf\xa9\xfd\x03\x00\x91"), []byte("\xfd\x7b\xc1\xa8")},
	}
	landingsARM64 = [][]byte{[]byte("\x5f\x24\x03\xd5"), []byte("\x3f\x23\x03\xd5")} // BTI C and PACIASP
)

// constructors looks at what of a plugin's C code runs while it is opened, beside what every plugin has: DT_INIT and
// DT_INIT_ARRAY.
type constructors struct {
	object      *object
	symbols     *symbols
	relocations *relocations
}

// fatal returns why constructors would end the process that opens the plugin, or nothing.
func (c *constructors) fatal(moduleData uint64) string {
	own := c.own(moduleData)
	if len(own) == 0 {
		return ""
	}
	follow := newFlow(c.object.machine)
	for _, address := range own {
		text := c.object.bytesFrom(address, longestConstructor)
		if len(text) > 0 && !follow.returns(text, address, c.ends) {
			return "a constructor of its C code never returns: it aborts or exits"
		}
	}
	places := map[int]string{}
	for _, name := range exitCalls {
		for at := range c.symbols.places(name) {
			places[at] = name
		}
	}
	named := c.symbols.named(places)
	can := slices.DeleteFunc(slices.Sorted(maps.Keys(named)), func(name string) bool { return named[name].defined })
	if len(can) == 0 {
		return ""
	}
	reason := "a constructor of its C code runs while it is opened, and the object can call %s"
	return fmt.Sprintf(reason, strings.Join(can, ", "))
}

// own returns the constructors beside those of Go and of the C runtime.
func (c *constructors) own(moduleData uint64) []uint64 {
	var found []uint64
	dynamic := c.object.dynamic
	if c.object.has(tagInit) && !c.isCrtInit(dynamic[tagInit]) {
		found = append(found, dynamic[tagInit])
	}
	if !c.object.has(tagInitArray) {
		return found
	}
	count := dynamic[tagInitArraySz] / 8
	if count > mostConstructors {
		fail("has %d constructors", count)
	}
	if count == 0 {
		return found
	}
	for _, entry := range c.relocations.words(dynamic[tagInitArray], count) {
		if !c.isGo(entry, moduleData) && !c.isFrameDummy(entry) {
			found = append(found, entry)
		}
	}
	return found
}

// isGo returns whether a constructor hands moduledata to the runtime, and does nothing before.
func (c *constructors) isGo(address, moduleData uint64) bool {
	text := c.object.bytesFrom(address, 16)
	if c.object.machine != amd64Machine {
		first, ok := firstAddress(text, address)
		return ok && first == moduleData
	}
	return bytes.HasPrefix(text, leaRDI) && len(text) > 11 && (text[7] == 0xe8 || text[7] == 0xe9) &&
		address+7+signed(text[3:]) == moduleData
}

// isFrameDummy returns whether a constructor is crtbegin's: a jump to register_tm_clones, which begins with an address.
func (c *constructors) isFrameDummy(address uint64) bool {
	start, text := c.landed(address)
	if c.object.machine == amd64Machine {
		return len(text) >= 5 && text[0] == 0xe9 &&
			bytes.Equal(c.object.bytesFrom(start+5+signed(text[1:]), 3), leaRDI)
	}
	found := stepARM64(text, 0)
	there := c.object.bytesFrom(start+uint64(found.target), 4)
	if found.effect != jumps || len(there) != 4 {
		return false
	}
	_, ok := pageAddress(little.Uint32(there), 0)
	return ok
}

func (c *constructors) isCrtInit(address uint64) bool {
	parts := crtInit[c.object.machine]
	_, text := c.landed(address)
	return bytes.HasPrefix(text, parts[0]) && len(text) >= len(parts[0])+4 &&
		bytes.HasPrefix(text[len(parts[0])+4:], parts[1])
}

// landed returns the code at an address behind the mark for indirect calls, and where that begins.
func (c *constructors) landed(address uint64) (uint64, []byte) {
	text := c.object.bytesFrom(address, 32)
	marked := bytes.HasPrefix(text, endbr)
	if c.object.machine != amd64Machine {
		marked = bytes.HasPrefix(text, landingsARM64[0]) || bytes.HasPrefix(text, landingsARM64[1])
	}
	if marked {
		return address + 4, text[4:]
	}
	return address, text
}

func (c *constructors) ends(target uint64, byPointer bool) bool {
	if !byPointer {
		target = c.slot(target)
	}
	index := c.relocations.symbolOf(target)
	return index != 0 && slices.Contains(endCalls, c.symbols.name(index))
}

// slot returns the slot that the stub at an address of the procedure linkage table jumps to; 0 for other code.
func (c *constructors) slot(address uint64) uint64 {
	address, text := c.landed(address)
	if c.object.machine == amd64Machine {
		at := one(len(text) > 0 && text[0] == 0xf2) // BND
		if len(text) < at+6 || text[at] != 0xff || text[at+1] != 0x25 {
			return 0
		}
		return address + uint64(at) + 6 + signed(text[at+2:])
	}
	if len(text) < 8 {
		return 0
	}
	first, second := little.Uint32(text), little.Uint32(text[4:])
	page, ok := pageAddress(first, address)
	if !ok || second&0xffc00000 != 0xf9400000 {
		return 0
	}
	return page + uint64(second>>10&0xfff)*8
}
