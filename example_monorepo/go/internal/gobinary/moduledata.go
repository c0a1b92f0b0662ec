package gobinary

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	words         = 80
	wordOfTypes   = 37 // of moduledata: the base of the types
	mostExports   = 1 << 12
	mostPackages  = 1 << 16
	extraStar     = 2
	longestPath   = 1 << 12
	longestText   = 1 << 16
	wordsOfHash   = 5 // of runtime.modulehash: name, hash when it was linked, pointer to the hash when it runs
	longestPrefix = 1 << 10
)

var (
	// pcHeaders are how the table of program counters begins since Go 1.20: magic number, two zeros, size of the
	// smallest instruction, size of a pointer.
	pcHeaders = map[uint16][]byte{
		amd64Machine: []byte("\xf1\xff\xff\xff\x00\x00\x01\x08"), arm64Machine: []byte("\xf1\xff\xff\xff\x00\x00\x04\x08"),
	}
	// pathWords are the words of moduledata at which the plugin's path can stand: of Go 1.26, 1.27, up to 1.25, and of
	// Gos to come.
	pathWords = func() []int {
		found := []int{54, 51, 53}
		for at := 40; at < words-1; at++ {
			found = append(found, at)
		}
		return found
	}()
)

// moduleData is what of runtime.moduledata is needed. No symbol leads there in a stripped plugin. The table of program
// counters begins with a magic number, and moduledata with a pointer to that table. Layouts: runtime/symtab.go and
// internal/abi/type.go of Go 1.21 to 1.27.
type moduleData struct {
	address uint64
	path    string            // as symbols spell it
	types   map[string]string // exported name to type; nil where they could not be read
	hashes  map[string]string // import path to the hash that plugin.Open compares; nil where they could not be read
}

// readModuleData returns moduledata of the plugin whose path is among those given; empty where there is none.
func readModuleData(o *object, r *relocations, paths map[string]string) moduleData {
	for table := range o.find(pcHeaders[o.machine], 8, constants, code, data) { // by linker, and by version of Go
		for address := range r.pointersTo(table) {
			var held []uint64
			if attempt(func() { held = r.words(address, words) }) != nil {
				continue
			}
			for _, at := range pathWords {
				path := string(o.pointedBy(held[at], held[at+1], longestPath))
				if _, ok := paths[path]; !ok {
					continue
				}
				found := moduleData{address: address, path: path}
				found.types = o.exports(held[wordOfTypes], held[at-3], held[at-2])
				found.hashes = o.hashes(r, held[at+2], held[at+3])
				return found
			}
		}
	}
	return moduleData{}
}

// hashes decodes the table of packages that plugin.Open goes through.
func (o *object) hashes(r *relocations, table, count uint64) map[string]string {
	if count == 0 || count > mostPackages {
		return nil
	}
	found := map[string]string{}
	err := attempt(func() {
		held := r.words(table, count*wordsOfHash)
		for i := 0; i < len(held); i += wordsOfHash {
			path, hash := o.pointedBy(held[i], held[i+1], longestPath), o.pointedBy(held[i+2], held[i+3], longestHash)
			if path == nil || !utf8.Valid(path) || hash == nil {
				fail("a package without a name, or without a hash")
			}
			found[string(path)] = string(hash)
		}
	})
	if err != nil {
		return nil
	}
	return found
}

// exports decodes the table of exports, pairs of a name's and a type's distance from the base of the types.
func (o *object) exports(base, table, count uint64) map[string]string {
	if count > mostExports {
		return nil
	}
	found := map[string]string{}
	err := attempt(func() {
		if count == 0 {
			return
		}
		for held := o.bytesAt(table, count*8); len(held) > 0; held = held[8:] {
			name, type_ := o.export(base, signed(held), signed(held[4:]))
			if !isIdentifier(name) || !isPrintable(type_) || type_ == "" {
				fail("no table of exports")
			}
			found[name] = type_
		}
	})
	if err != nil {
		return nil
	}
	return found
}

// export returns name and type of one entry; functions are values, variables are pointers to theirs.
func (o *object) export(base, name, type_ uint64) (string, string) {
	flags := o.bytesAt(base+type_+20, 1)[0]
	spelled := o.abiName(base + signed(o.bytesAt(base+type_+40, 4)))
	if flags&extraStar != 0 {
		_, size := utf8.DecodeRuneInString(spelled)
		spelled = spelled[size:]
	}
	return o.abiName(base + name), spelled
}

// abiName returns an abi.Name: a byte of flags, a varint length, the bytes.
func (o *object) abiName(address uint64) string {
	var size uint64
	at := address + 1
	for place := range 3 {
		one := o.bytesAt(at, 1)[0]
		at++
		size |= uint64(one&127) << (7 * place)
		if one < 128 {
			break
		}
	}
	if size > longestText {
		fail("a name has %d bytes", size)
	}
	name := string(o.bytesAt(at, size))
	if !utf8.ValidString(name) {
		fail("a name is not UTF-8")
	}
	return name
}

// signed returns four bytes as a distance, which wraps around when it is added to an address.
func signed(text []byte) uint64 { return uint64(int64(int32(little.Uint32(text)))) }

func isIdentifier(name string) bool {
	for at, one := range name {
		if one != '_' && !unicode.IsLetter(one) && (at == 0 || !unicode.IsDigit(one)) {
			return false
		}
	}
	return name != ""
}

func isPrintable(text string) bool {
	return strings.IndexFunc(text, func(one rune) bool { return !unicode.IsPrint(one) }) < 0
}
