package gobinary

const mostSteps = 1 << 17

// flow follows code; one budget of instructions for all functions of an object.
type flow struct {
	step func(text []byte, at int) step
	left int
}

func newFlow(machine uint16) *flow {
	if machine == amd64Machine {
		return &flow{stepAMD64, mostSteps}
	}
	return &flow{stepARM64, mostSteps}
}

// returns reports whether some way through the function at an address leads to a return, or out of its code; ends says
// which calls never come back. True in every doubt.
func (f *flow) returns(text []byte, address uint64, ends func(target uint64, byPointer bool) bool) bool {
	seen := map[int]bool{}
	waiting := []int{0}
	for len(waiting) > 0 {
		at := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		for at < len(text) && !seen[at] {
			seen[at] = true
			f.left--
			found := f.step(text, at)
			if found.effect == returns || found.effect == unknown || f.left < 0 {
				return true
			}
			if found.effect == jumps || found.effect == branches {
				if found.target < 0 || found.target >= len(text) {
					return true
				}
				waiting = append(waiting, found.target)
			}
			if found.effect == jumps || found.effect == stops {
				break
			}
			called := found.effect == calls || found.effect == slots
			if called && ends(address+uint64(found.target), found.effect == slots) {
				break
			}
			at = found.next
		}
	}
	return false
}
