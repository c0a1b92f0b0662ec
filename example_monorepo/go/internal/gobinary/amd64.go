package gobinary

// effect is where control goes from one instruction.
type effect int

const (
	falls    effect = iota // goes on
	returns                // returns
	jumps                  // jumps
	branches               // jumps or goes on
	calls                  // calls
	slots                  // calls by a pointer in memory
	stops                  // traps
	unknown                // cannot be told
)

// step is one instruction: the offset of the next one, what it does, and the offset that it jumps to, calls or reads the
// pointer from.
type step struct {
	next   int
	effect effect
	target int
}

type opcodes [256]bool

func set(parts ...[2]int) (found opcodes) {
	for _, part := range parts {
		for one := part[0]; one < part[1]; one++ {
			found[one] = true
		}
	}
	return found
}

func bytesOf(values ...int) (parts [][2]int) {
	for _, one := range values {
		parts = append(parts, [2]int{one, one + 1})
	}
	return parts
}

// every returns spans of a size, 8 apart: arithmetic repeats its opcodes so.
func every(first, size int) (parts [][2]int) {
	for base := first; base < 64; base += 8 {
		parts = append(parts, [2]int{base, base + size})
	}
	return parts
}

func join(lists ...[][2]int) opcodes {
	var all [][2]int
	for _, list := range lists {
		all = append(all, list...)
	}
	return set(all...)
}

// Intel SDM volume 2, appendix A. Enough for what Go's compiler, gcc and clang write; what is not known is unknown.
var (
	prefixes = join(bytesOf(0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3))
	withMod  = join(every(0, 4), bytesOf(0x63, 0x69, 0x6b, 0xc0, 0xc1, 0xc6, 0xc7, 0xf6, 0xf7, 0xfe, 0xff),
		[][2]int{{0x80, 0x90}, {0xd0, 0xd4}, {0xd8, 0xe0}})
	withByte = join(every(4, 1), bytesOf(0x6a, 0x6b, 0x83, 0xa8, 0xc0, 0xc1, 0xc6, 0xcd, 0xeb),
		[][2]int{{0x70, 0x81}, {0xb0, 0xb8}, {0xe0, 0xe8}})
	// withWord have an immediate of 32 bits, of 16 after the prefix 66.
	withWord = join(every(5, 1), bytesOf(0x68, 0x69, 0x81, 0xa9, 0xc7), [][2]int{{0xb8, 0xc0}})
	bad      = join(bytesOf(0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x60, 0x61, 0x82, 0x9a,
		0xc8, 0xce, 0xd4, 0xd5, 0xd6, 0xea))
	lone0f = join(bytesOf(0x0b, 0x0e, 0x77, 0xa8, 0xa9, 0xaa), [][2]int{{5, 10}, {0x30, 0x38}, {0xa0, 0xa3}, {0xc8, 0xd0}})
	byte0f = join(bytesOf(0xa4, 0xac, 0xba, 0xc2, 0xc4, 0xc5, 0xc6, 0x0f), [][2]int{{0x70, 0x74}})
)

// window reads code, zeros past its end; whether an instruction ends inside is looked at afterwards.
type window []byte

func (w window) at(index int) byte {
	if index < len(w) {
		return w[index]
	}
	return 0
}

func (w window) near(index int) int {
	value := uint32(w.at(index)) | uint32(w.at(index+1))<<8 | uint32(w.at(index+2))<<16 | uint32(w.at(index+3))<<24
	return int(int32(value))
}

// stepAMD64 returns what the instruction at an offset does; unknown where it does not end inside the code.
func stepAMD64(text []byte, at int) step {
	found := window(text).step(at)
	if found.next > len(text) {
		return step{len(text), unknown, 0}
	}
	return found
}

func (w window) step(at int) step {
	short, wide := false, false
	for at < len(w) && prefixes[w.at(at)] {
		short = short || w.at(at) == 0x66
		at++
	}
	if w.at(at)&0xf0 == 0x40 {
		wide = w.at(at)&8 != 0
		at++
	}
	opcode := w.at(at)
	at++
	switch {
	case opcode == 0x0f:
		return w.twoBytes(at)
	case opcode == 0xc4 || opcode == 0xc5 || opcode == 0x62:
		return w.vector(at, opcode)
	case bad[opcode]:
		return step{at, unknown, 0}
	}
	return w.control(at, opcode, w.end(at, opcode, short, wide))
}

// end returns where an instruction ends whose opcode ends at an offset.
func (w window) end(at int, opcode byte, short, wide bool) int {
	end := at
	if withMod[opcode] {
		end = w.operand(at)
	}
	switch {
	case withByte[opcode]:
		end++
	case withWord[opcode] || opcode == 0xf7 && w.at(at)&0x30 == 0:
		switch {
		case wide && opcode >= 0xb8 && opcode < 0xc0:
			end += 8
		case short && !wide:
			end += 2
		default:
			end += 4
		}
	case opcode == 0xf6 && w.at(at)&0x30 == 0:
		end++
	case opcode >= 0xa0 && opcode < 0xa4:
		end += 8
	}
	return end
}

func (w window) control(at int, opcode byte, end int) step {
	switch {
	case opcode == 0xc2 || opcode == 0xc3 || opcode == 0xca || opcode == 0xcb || opcode == 0xcf:
		return step{end, returns, 0}
	case opcode == 0xe8:
		return step{at + 4, calls, at + 4 + w.near(at)}
	case opcode == 0xe9:
		return step{at + 4, jumps, at + 4 + w.near(at)}
	case opcode == 0xeb:
		return step{end, jumps, end + int(int8(w.at(at)))}
	case opcode >= 0x70 && opcode < 0x80 || opcode >= 0xe0 && opcode < 0xe4:
		return step{end, branches, end + int(int8(w.at(at)))}
	case opcode == 0xcc || opcode == 0xf4:
		return step{end, stops, 0}
	case opcode == 0xff && w.at(at)&0x30 == 0x20: // an indirect jump: a table, or out of the function
		return step{end, unknown, 0}
	case opcode == 0xff && w.at(at) == 0x15:
		return step{end, slots, end + w.near(at+1)}
	}
	return step{end, falls, 0}
}

func (w window) twoBytes(at int) step {
	opcode := w.at(at)
	at++
	switch {
	case opcode == 0x0b:
		return step{at, stops, 0}
	case opcode >= 0x80 && opcode < 0x90:
		return step{at + 4, branches, at + 4 + w.near(at)}
	case opcode == 0x38:
		return step{w.operand(at + 1), falls, 0}
	case opcode == 0x3a:
		return step{w.operand(at+1) + 1, falls, 0}
	case lone0f[opcode]:
		return step{at, falls, 0}
	}
	return step{w.operand(at) + one(byte0f[opcode]), falls, 0}
}

// vector reads VEX and EVEX.
func (w window) vector(at int, prefix byte) step {
	space, size := 1, 1
	switch prefix {
	case 0xc4:
		space, size = int(w.at(at)&31), 2
	case 0x62:
		space, size = int(w.at(at)&7), 3
	}
	at += size
	opcode := w.at(at)
	at++
	if space == 1 && opcode == 0x77 {
		return step{at, falls, 0}
	}
	return step{w.operand(at) + one(space == 3 || space == 1 && byte0f[opcode]), falls, 0}
}

// operand returns where the operand ends that begins with a ModRM byte.
func (w window) operand(at int) int {
	mode, register := w.at(at)>>6, w.at(at)&7
	at++
	if mode == 3 {
		return at
	}
	if register == 4 {
		register = w.at(at) & 7
		at++
	}
	switch {
	case mode == 0 && register == 5, mode == 2:
		return at + 4
	case mode == 1:
		return at + 1
	}
	return at
}

func one(add bool) int {
	if add {
		return 1
	}
	return 0
}
