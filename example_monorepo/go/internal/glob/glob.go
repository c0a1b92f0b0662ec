// Package glob matches names with patterns as Python's fnmatch does.
package glob

import "slices"

// Match returns whether a name is one that a glob stands for, as Python's fnmatch reads it: `*` is anything, slashes too.
func Match(pattern, name string) bool {
	return matchRunes([]rune(pattern), []rune(name))
}

func matchRunes(pattern, name []rune) bool {
	restart, retry := -1, 0 // behind the last star, and the name's part that it has not taken
	at, in := 0, 0
	for in < len(name) || at < len(pattern) {
		if at < len(pattern) && pattern[at] == '*' {
			at++
			restart, retry = at, in
			continue
		}
		if at < len(pattern) && in < len(name) {
			if fits, next := matchOne(pattern, at, name[in]); fits {
				at, in = next, in+1
				continue
			}
		}
		if restart < 0 || retry >= len(name) {
			return false
		}
		retry++
		at, in = restart, retry
	}
	return true
}

// matchOne matches one rune with the part of a pattern that begins at a place, and returns where that part ends.
func matchOne(pattern []rune, at int, one rune) (bool, int) {
	switch pattern[at] {
	case '?':
		return true, at + 1
	case '[':
		start := at + 1
		inverted := start < len(pattern) && pattern[start] == '!'
		if inverted {
			start++
		}
		if start >= len(pattern) {
			break
		}
		if end := slices.Index(pattern[start+1:], ']'); end >= 0 {
			end += start + 1
			return inSet(pattern[start:end], one) != inverted, end + 1
		}
	}
	return pattern[at] == one, at + 1
}

// inSet returns whether a rune is in what stands between brackets.
func inSet(set []rune, one rune) bool {
	for at := 0; at < len(set); at++ {
		low, high := set[at], set[at]
		if at+2 < len(set) && set[at+1] == '-' {
			high = set[at+2]
			at += 2
		}
		if low <= one && one <= high {
			return true
		}
	}
	return false
}
