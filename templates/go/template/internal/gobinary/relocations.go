package gobinary

import (
	"bytes"
	"iter"
)

const (
	relocationSize = 24
	mostPointers   = 8
	mostTries      = 1024
)

// relocations is DT_RELA and DT_JMPREL: pointers of a shared object, each as it is when the object is loaded at zero. What
// DT_RELR relocates stands in the file itself.
type relocations struct {
	object *object
	slots  map[uint64]uint64 // of the global offset table, to the index of a symbol
}

// relative is R_X86_64_RELATIVE or R_AARCH64_RELATIVE.
func (r *relocations) relative() uint64 {
	if r.object.machine == amd64Machine {
		return 8
	}
	return 1027
}

func (r *relocations) table() []byte {
	if size, ok := r.object.dynamic[tagRelaEnt]; ok && size != relocationSize {
		fail("its relocations have %d bytes, expected %d", size, relocationSize)
	}
	return r.object.table(tagRela, tagRelaSz)
}

// words returns words of memory, pointers filled in. Linkers sort relocations by address: they are read from that of the
// first word.
func (r *relocations) words(address, count uint64) []uint64 {
	found, table := make([]uint64, count), r.table()
	held := r.object.bytesAt(address, count*8)
	for i := range found {
		found[i] = little.Uint64(held[i*8:])
	}
	at := aligned(table, little.AppendUint64(nil, address), 0, 0)
	for range count {
		if at < 0 || at > len(table)-relocationSize {
			break
		}
		place, info := little.Uint64(table[at:]), little.Uint64(table[at+8:])
		if place < address || place-address >= count*8 {
			break
		}
		if info == r.relative() && place%8 == address%8 {
			found[(place-address)/8] = little.Uint64(table[at+16:])
		}
		at += relocationSize
	}
	return found
}

// pointersTo yields where pointers to an address will stand, a few at most.
func (r *relocations) pointersTo(address uint64) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		table := r.table()
		wanted := little.AppendUint64(little.AppendUint64(nil, r.relative()), address)
		at := aligned(table, wanted, 8, 0)
		for range mostPointers {
			if at < 0 {
				break
			}
			if !yield(little.Uint64(table[at:])) {
				return
			}
			at = aligned(table, wanted, 8, at+relocationSize)
		}
		if !r.object.has(tagRelr) {
			return
		}
		for at := range r.object.find(little.AppendUint64(nil, address), 8, data) {
			if !yield(at) {
				return
			}
		}
	}
}

// symbolOf returns the index of the symbol whose address will stand in a slot of the global offset table, or 0.
func (r *relocations) symbolOf(slot uint64) uint64 {
	if r.slots == nil {
		r.slots = map[uint64]uint64{}
		for _, table := range [][]byte{r.object.table(tagJmpRel, tagPltRelSz), r.table()} {
			for ; len(table) >= relocationSize; table = table[relocationSize:] {
				if index := little.Uint64(table[8:]) >> 32; index != 0 {
					r.slots[little.Uint64(table)] = index
				}
			}
		}
	}
	return r.slots[slot]
}

// aligned returns where the first entry of a table begins that has wanted at a distance inside, or -1.
func aligned(table, wanted []byte, inside, start int) int {
	at := indexFrom(table, wanted, start)
	for range mostTries {
		if at < 0 || at%relocationSize == inside {
			break
		}
		at = indexFrom(table, wanted, at+1)
	}
	if at < 0 || at%relocationSize != inside {
		return -1
	}
	return at - inside
}

// pointedBy returns what a string header, an address and a length, points to; nothing where that is elsewhere or too long.
func (o *object) pointedBy(address, size, most uint64) []byte {
	var found []byte
	if size > 0 && size <= most && attempt(func() { found = o.bytesAt(address, size) }) == nil {
		return bytes.Clone(found)
	}
	return nil
}
