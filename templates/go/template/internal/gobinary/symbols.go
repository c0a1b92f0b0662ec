package gobinary

import (
	"bytes"
	"iter"
	"strings"
)

const (
	symbolSize   = 24
	function     = 2 // STT_FUNC
	mostSymbols  = 1 << 22
	longestChain = 1 << 10
	longestName  = 1 << 12
)

// symbol is one entry of the dynamic symbol table.
type symbol struct {
	kind          byte
	defined       bool
	address, size uint64
}

// symbols is DT_SYMTAB with DT_STRTAB; of DT_GNU_HASH and DT_HASH the one that the loader uses.
type symbols struct {
	object  *object
	strings []byte // empty, or ending in a NUL
	read    bool
	table   []byte
	starts  []uint32 // where the names begin
}

func newSymbols(o *object) *symbols {
	found := &symbols{object: o, strings: o.table(tagStrTab, tagStrSz)}
	if size := len(found.strings); size > 0 && found.strings[size-1] != 0 {
		fail("its string table has no end")
	}
	return found
}

// entries reads the table, once.
func (s *symbols) entries() []uint32 {
	if s.read {
		return s.starts
	}
	if s.object.has(tagSymTab) && len(s.strings) > 0 {
		if size, ok := s.object.dynamic[tagSymEnt]; ok && size != symbolSize {
			fail("its symbols have %d bytes, expected %d", size, symbolSize)
		}
		s.table = s.object.bytesAt(s.object.dynamic[tagSymTab], s.count()*symbolSize)
	}
	s.starts = make([]uint32, 0, len(s.table)/symbolSize)
	pages := len(s.strings) >> 16
	for at := 0; at < len(s.table); at += symbolSize {
		start := little.Uint32(s.table[at:])
		if int(start>>16) > pages || pages > 0xff && int(start) >= len(s.strings) { // a loader that reads it can crash
			fail("a name lies outside its string table")
		}
		s.starts = append(s.starts, start)
	}
	s.read = true
	return s.starts
}

// count returns the number of symbols, which only the hash tables know.
func (s *symbols) count() uint64 {
	if address, ok := s.object.dynamic[tagGnuHash]; ok {
		return s.countOfGnuHash(address)
	}
	if address, ok := s.object.dynamic[tagHash]; ok {
		count := little.Uint32(s.object.bytesAt(address, 8)[4:])
		if count > mostSymbols {
			fail("its hash table names %d symbols", count)
		}
		return uint64(count)
	}
	fail("its symbols have no hash table")
	return 0
}

// gnuHash returns the number of buckets, the first symbol, and where the buckets begin.
func (s *symbols) gnuHash(address uint64) (buckets, first, at uint64) {
	head := s.object.bytesAt(address, 16)
	buckets, first = uint64(little.Uint32(head)), uint64(little.Uint32(head[4:]))
	words := uint64(little.Uint32(head[8:]))
	if max(buckets, first, words) > mostSymbols {
		fail("its hash table has impossible sizes")
	}
	return buckets, first, address + 16 + words*8
}

func (s *symbols) countOfGnuHash(address uint64) uint64 {
	buckets, first, at := s.gnuHash(address)
	var last uint64
	heads := s.object.bytesAt(at, buckets*4)
	for i := 0; i < len(heads); i += 4 {
		last = max(last, uint64(little.Uint32(heads[i:])))
	}
	if last > mostSymbols {
		fail("its hash table names symbol %d", last)
	}
	if last < first {
		return first
	}
	chain := at + (buckets+last-first)*4
	links := s.object.bytesFrom(chain, mostSymbols*4)
	for i := 0; i < len(links); i += 4 {
		if links[i]&1 == 0 {
			continue
		}
		if s.isInside(address, chain+uint64(i)) {
			break
		}
		return last + uint64(i)/4 + 1
	}
	fail("a chain of its hash table has no end")
	return 0
}

// isInside returns whether the symbols, or their names, begin between two addresses.
func (s *symbols) isInside(first, last uint64) bool {
	for _, tag := range []uint64{tagSymTab, tagStrTab} {
		if at := s.object.dynamic[tag]; first < at && at <= last {
			return true
		}
	}
	return false
}

// text returns one string of the string table.
func (s *symbols) text(offset uint64) string {
	if offset >= uint64(len(s.strings)) {
		fail("a name lies outside its string table")
	}
	found, _, _ := bytes.Cut(s.strings[offset:], []byte{0})
	return strings.ToValidUTF8(string(found), "\ufffd")
}

// places yields where in the string table a symbol of that name can have its name: strings share their endings.
func (s *symbols) places(name string) iter.Seq[int] {
	wanted := append([]byte(name), 0)
	return func(yield func(int) bool) {
		for at := indexFrom(s.strings, wanted, 0); at >= 0 && yield(at); {
			at = indexFrom(s.strings, wanted, at+1)
		}
	}
}

// named returns the symbols whose names stand at the given offsets of the string table, by these names.
func (s *symbols) named(names map[int]string) map[string]symbol {
	found := map[string]symbol{}
	for index, start := range s.entries() {
		name, ok := names[int(start)]
		if !ok {
			continue
		}
		one := s.at(index)
		before, twice := found[name]
		if one.defined && twice && before.defined {
			fail("defines %s twice", name)
		}
		if one.defined || !twice {
			found[name] = one
		}
	}
	return found
}

// lookup returns the symbol that the dynamic linker finds by that name, by way of DT_GNU_HASH.
func (s *symbols) lookup(name string) (symbol, bool) {
	address, ok := s.object.dynamic[tagGnuHash]
	if !ok {
		names := map[int]string{}
		for at := range s.places(name) {
			names[at] = name
		}
		one := s.named(names)[name]
		return one, one.defined
	}
	head := s.object.bytesAt(address, 16)
	buckets, first := uint64(little.Uint32(head)), uint64(little.Uint32(head[4:]))
	if buckets == 0 {
		return symbol{}, false
	}
	wanted := uint32(5381)
	for i := range len(name) {
		wanted = wanted*33 + uint32(name[i])
	}
	heads := address + 16 + uint64(little.Uint32(head[8:]))*8
	index := uint64(little.Uint32(s.object.bytesAt(heads+uint64(wanted)%buckets*4, 4)))
	if index < first || index >= uint64(len(s.entries())) {
		return symbol{}, false
	}
	chain := s.object.bytesFrom(heads+(buckets+index-first)*4, longestChain*4)
	for ; len(chain) >= 4; chain, index = chain[4:], index+1 {
		hashed := little.Uint32(chain)
		if hashed|1 == wanted|1 && s.is(int(index), name) {
			return s.at(int(index)), true
		}
		if hashed&1 != 0 {
			break
		}
	}
	return symbol{}, false
}

func (s *symbols) is(index int, name string) bool {
	starts := s.entries()
	return index < len(starts) && int(starts[index]) <= len(s.strings) &&
		bytes.HasPrefix(s.strings[starts[index]:], append([]byte(name), 0))
}

// name returns the name of one symbol; of an overlong one the beginning.
func (s *symbols) name(index uint64) string {
	starts := s.entries()
	if index >= uint64(len(starts)) {
		fail("names symbol %d, and has %d", index, len(starts))
	}
	start := min(int(starts[index]), len(s.strings))
	found, _, _ := bytes.Cut(s.strings[start:min(start+longestName, len(s.strings))], []byte{0})
	return string(found)
}

func (s *symbols) at(index int) symbol {
	entry := s.table[index*symbolSize:]
	return symbol{entry[4] & 15, little.Uint16(entry[6:]) != 0, little.Uint64(entry[8:]), little.Uint64(entry[16:])}
}
