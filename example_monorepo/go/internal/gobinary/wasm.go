package gobinary

import (
	"bytes"
	"cmp"
)

const (
	moduleMagic      = "\x00asm"
	moduleHeader     = moduleMagic + "\x01\x00\x00\x00"
	customSection    = 0
	dataSection      = 11
	longestProducers = 1 << 12
)

// Marks around the lines of the build information (cmd/go/internal/modload).
var (
	infoStart = []byte("\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6")
	infoEnd   = []byte("\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2")
)

// IsModule returns whether bytes begin as those of a WebAssembly module do.
func IsModule(data []byte) bool { return bytes.HasPrefix(data, []byte(moduleMagic)) }

// readModule reads a module by its sections (WebAssembly Core Specification 2.0, 5.5). Go's linker writes its version into
// the custom section producers, and of the build information only the lines, among the data.
func readModule(data []byte) *Binary {
	if !bytes.HasPrefix(data, []byte(moduleHeader)) {
		fail("not a WebAssembly module of version 1")
	}
	var producers, memory *cursor
	for all := (&cursor{data[len(moduleHeader):]}); len(all.rest) > 0; {
		kind := all.take(1)[0]
		section := &cursor{all.counted()}
		switch {
		case kind == dataSection && memory == nil:
			memory = section
		case kind == customSection && string(section.counted()) == "producers" && producers == nil:
			producers = section
		}
	}
	info := buildInfo{settings: map[string]string{}}
	if producers != nil && memory != nil {
		info = parseLines(producers.version(), memory.lines())
	}
	return &Binary{
		Kind: WebAssembly, GoVersion: info.goVersion, Experiments: info.experiments, Main: info.main,
		MainModule: info.mainModule, Settings: info.settings, Modules: info.modules,
		Platform: cmp.Or(info.settings["GOOS"], "wasip1") + "/" + cmp.Or(info.settings["GOARCH"], "wasm"),
	}
}

// cursor reads a module from its beginning on.
type cursor struct{ rest []byte }

func (c *cursor) take(count int) []byte {
	if count < 0 || count > len(c.rest) {
		fail("a part of the module is cut off: truncated?")
	}
	taken := c.rest[:count]
	c.rest = c.rest[count:]
	return taken
}

// number reads an unsigned number of 32 bits (LEB128).
func (c *cursor) number() int {
	var value uint64
	for shift := 0; shift < 35; shift += 7 {
		one := c.take(1)[0]
		value |= uint64(one&127) << shift
		if one < 128 && value>>32 == 0 {
			return int(value)
		} else if one < 128 {
			break
		}
	}
	fail("a number of the module has more than 32 bits")
	return 0
}

// counted reads bytes behind a number that counts them.
func (c *cursor) counted() []byte { return c.take(c.number()) }

// version returns the version of Go that the section producers names; nothing where it names another language.
func (c *cursor) version() (found []byte) {
	c.rest = c.rest[:min(len(c.rest), longestProducers)]
	for fields := c.number(); fields > 0; fields-- {
		field := string(c.counted())
		for values := c.number(); values > 0; values-- {
			name, version := string(c.counted()), c.counted()
			if field == "language" && name == "Go" && found == nil {
				return version
			}
		}
	}
	return nil
}

// lines returns the lines of the build information; nothing where the data have none.
func (c *cursor) lines() []byte {
	at := indexFrom(c.rest, infoStart, 0)
	if at < 0 {
		return nil
	}
	text := c.rest[at+len(infoStart):]
	end := indexFrom(text[:min(len(text), longestInfo)], infoEnd, 0)
	if end < 0 {
		fail("its build information has no end")
	}
	return text[:end]
}
