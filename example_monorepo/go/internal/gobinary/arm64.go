package gobinary

const nopARM64 = 0xd503201f

// stepARM64 returns what the instruction at an offset does (Arm ARM, C4.1).
func stepARM64(text []byte, at int) step {
	end := at + 4
	if end > len(text) {
		return step{len(text), unknown, 0}
	}
	word := little.Uint32(text[at:])
	switch {
	case word&0xfffffc1f == 0xd65f0000:
		return step{end, returns, 0}
	case word&0x7c000000 == 0x14000000:
		if word>>31 != 0 {
			return step{end, calls, at + distanceIn(word, 0, 26)}
		}
		return step{end, jumps, at + distanceIn(word, 0, 26)}
	case word&0xff000000 == 0x54000000 || word&0x7e000000 == 0x34000000: // B.cond, CBZ, CBNZ
		return step{end, branches, at + distanceIn(word, 5, 19)}
	case word&0x7e000000 == 0x36000000: // TBZ, TBNZ
		return step{end, branches, at + distanceIn(word, 5, 14)}
	case word&0xfffffc1f == 0xd61f0000: // BR: a table, or out of the function
		return step{end, unknown, 0}
	case word == 0 || word&0xffe0001f == 0xd4200000: // UDF, BRK
		return step{end, stops, 0}
	}
	return step{end, falls, 0}
}

// pageAddress returns the address that an ADRP at an address makes; false for another instruction.
func pageAddress(word uint32, at uint64) (uint64, bool) {
	return at&^0xfff + immediate(word)<<12, word&0x9f000000 == 0x90000000
}

// firstAddress returns the address that a function at an address puts into X0 before it does anything but jump or call.
// Linkers write ADRP and ADD, or, of what is near, NOP and ADR.
func firstAddress(text []byte, at uint64) (uint64, bool) {
	if len(text) < 12 {
		return 0, false
	}
	first, second, third := little.Uint32(text), little.Uint32(text[4:]), little.Uint32(text[8:])
	if third&0x7c000000 != 0x14000000 {
		return 0, false
	}
	if address, ok := pageAddress(first, at); ok && first&31 == 0 && second&0xffc003ff == 0x91000000 {
		return address + uint64(second>>10&0xfff), true
	}
	const adr, mask = 0x10000000, 0x9f00001f
	switch {
	case first&mask == adr && second == nopARM64:
		return at + immediate(first), true
	case second&mask == adr && first == nopARM64:
		return at + 4 + immediate(second), true
	}
	return 0, false
}

// immediate returns the distance in an ADR, or of pages in an ADRP.
func immediate(word uint32) uint64 {
	value := int64(word>>5&0x7ffff)<<2 | int64(word>>29&3)
	return uint64((value ^ 0x100000) - 0x100000)
}

func distanceIn(word uint32, low, bits int) int {
	value := int(word>>low) & (1<<bits - 1)
	return ((value ^ 1<<(bits-1)) - 1<<(bits-1)) * 4
}
