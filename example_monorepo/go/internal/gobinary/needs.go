package gobinary

import (
	"bytes"
	"slices"
	"strings"
)

// Linking is what stands in the program headers and PT_DYNAMIC for the dynamic loader.
type Linking struct {
	Interpreter    string      // path of a program's dynamic loader
	Needed         []string    // names of libraries, in their order
	Rpath, Runpath string      //
	Versions       [][2]string // library, and a version of symbols that it has to define
	Undefined      [][2]string // name and version of each symbol that another object has to define; weak ones are left out
	StaticTLS      uint64      // bytes of thread-local storage that must lie in the static block
}

const (
	mostLibraries = 1 << 8
	mostVersions  = 1 << 12
	goTLS         = 8 // bytes that each plugin has, and that the host's definition takes the place of
)

// needed is a version that symbols name by an index.
type neededVersion struct {
	index         uint16
	library, name string
	weak          bool
}

// linking reads what an object asks of the dynamic loader.
func (r *reading) linking() Linking {
	found := Linking{Needed: []string{}, Versions: [][2]string{}, Undefined: [][2]string{}}
	start, size := r.object.interpreter[0], r.object.interpreter[1]
	if size > longestPath {
		fail("the path of its dynamic loader is too long")
	}
	if end := uint64(len(r.object.data)); start < end {
		text, _, _ := bytes.Cut(r.object.data[start:min(start+size, end)], []byte{0})
		found.Interpreter = string(text)
	}
	if len(r.symbols.strings) == 0 {
		return found
	}
	if len(r.object.needed) > mostLibraries {
		fail("needs %d libraries", len(r.object.needed))
	}
	for _, at := range r.object.needed {
		found.Needed = append(found.Needed, r.symbols.text(at))
	}
	if r.object.has(tagRpath) {
		found.Rpath = r.symbols.text(r.object.dynamic[tagRpath])
	}
	if r.object.has(tagRunpath) {
		found.Runpath = r.symbols.text(r.object.dynamic[tagRunpath])
	}
	needs := r.neededVersions()
	for _, one := range needs {
		if pair := [2]string{one.library, one.name}; !one.weak && !slices.Contains(found.Versions, pair) {
			found.Versions = append(found.Versions, pair)
		}
	}
	if !r.object.isProgram() {
		found.Undefined = r.undefined(needs)
	}
	found.StaticTLS = r.staticTLS()
	return found
}

// neededVersions reads DT_VERNEED.
func (r *reading) neededVersions() (found []neededVersion) {
	if !r.object.has(tagVerneed) {
		return nil
	}
	at, count := r.object.dynamic[tagVerneed], 0
	for range min(r.object.dynamic[tagVerneedNum], mostLibraries) {
		head := r.object.bytesAt(at, 16)
		entries, library := int(little.Uint16(head[2:])), r.symbols.text(uint64(little.Uint32(head[4:])))
		one := at + uint64(little.Uint32(head[8:]))
		if count += entries; count > mostVersions {
			fail("needs too many versions of symbols")
		}
		for range entries {
			entry := r.object.bytesAt(one, 16)
			index, weak := little.Uint16(entry[6:])&0x7fff, little.Uint16(entry[4:])&2 != 0
			name := r.symbols.text(uint64(little.Uint32(entry[8:])))
			found = replacing(found, neededVersion{index, library, name, weak})
			step := uint64(little.Uint32(entry[12:]))
			if step == 0 {
				break
			}
			one += step
		}
		following := uint64(little.Uint32(head[12:]))
		if following == 0 {
			break
		}
		at += following
	}
	return found
}

// replacing adds a version, in the place of an earlier one of its index.
func replacing(found []neededVersion, one neededVersion) []neededVersion {
	for i := range found {
		if found[i].index == one.index {
			found[i] = one
			return found
		}
	}
	return append(found, one)
}

func (r *reading) undefined(needs []neededVersion) [][2]string {
	const weak = 2
	found, versions := [][2]string{}, map[uint16]string{}
	for _, one := range needs {
		versions[one.index] = one.name
	}
	count := len(r.symbols.entries())
	var indexes []byte
	if len(versions) > 0 && r.object.has(tagVersym) {
		indexes = r.object.bytesAt(r.object.dynamic[tagVersym], uint64(count)*2)
	}
	for at := 1; at < count; at++ { // the first entry is not a symbol
		entry := r.symbols.table[at*symbolSize:]
		if little.Uint16(entry[6:]) != 0 || entry[4]>>4 == weak {
			continue
		}
		var index uint16
		if len(indexes) > 0 {
			index = little.Uint16(indexes[at*2:]) & 0x7fff
		}
		found = append(found, [2]string{r.symbols.name(uint64(at)), versions[index]})
	}
	return found
}

// staticTLS returns the bytes of thread-local storage of an object that reaches some of it by the thread's pointer: by
// R_X86_64_TPOFF64 or R_AARCH64_TLS_TPREL64 without a symbol.
func (r *reading) staticTLS() uint64 {
	if r.object.threadLocal <= goTLS {
		return 0
	}
	kind := uint64(18)
	if r.object.machine == arm64Machine {
		kind = 1030
	}
	table, wanted := r.object.table(tagRela, tagRelaSz), little.AppendUint64(nil, kind)
	for at := indexFrom(table, wanted, 0); at >= 0; at = indexFrom(table, wanted, at+1) {
		if at%relocationSize == 8 {
			return r.object.threadLocal
		}
	}
	return 0
}

// searchPath returns where libraries are looked for, if that is a relative path.
func (r *reading) searchPath() string {
	for _, tag := range []uint64{tagRpath, tagRunpath} {
		if !r.object.has(tag) {
			continue
		}
		value := r.symbols.text(r.object.dynamic[tag])
		for part := range strings.SplitSeq(value, ":") {
			if !strings.HasPrefix(part, "/") && !strings.HasPrefix(part, "$ORIGIN") && !strings.HasPrefix(part, "${ORIGIN}") {
				return value
			}
		}
	}
	return ""
}
