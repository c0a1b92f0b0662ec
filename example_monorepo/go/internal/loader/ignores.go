package loader

import (
	"log"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"acme/internal/stamp"
)

var (
	// firm are the codes that are never ignored: other rules rest on the first two, and Go's runtime refuses what the last
	// finds.
	firm = []string{"PK1", "PK2", "PK4"}
	// named are the names of the rules, which may stand in an ignore instead of the code.
	named = map[string]string{
		"other-api": "PK301", "api-version": "PK302", "api-digest": "PK303", "factory-missing": "PK501",
		"factory-signature": "PK502", "capability-missing": "PK504", "duplicate-plugin": "PK505", "fatal-load": "PK507",
	}
)

// today is an ISO 8601 date.
func today() string { return time.Now().Format(time.DateOnly) }

// ignores returns what the host's stamp lives with today. A date is the last day.
func (l *loading) ignores() (found []stamp.Ignore) {
	if l.stamp == nil {
		return nil
	}
	for _, one := range l.stamp.Ignores {
		if one.Until == "" || today() <= one.Until {
			found = append(found, one)
		} else {
			log.Printf("PK702 no longer ignored since %s: %s (mend what it hid, or agree on another date)", one.Until, one.Rule)
		}
	}
	return found
}

// sift leaves out what the host lives with.
func (c *candidate) sift(findings []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(finding Finding) bool {
		return !isFirm(finding.Code) && slices.ContainsFunc(c.ignored, func(one stamp.Ignore) bool { return c.matches(one, finding) })
	})
}

func isFirm(code string) bool {
	return slices.ContainsFunc(firm, func(start string) bool { return strings.HasPrefix(code, start) })
}

func (c *candidate) matches(one stamp.Ignore, finding Finding) bool {
	if one.Rule != finding.Code && named[one.Rule] != finding.Code {
		return false
	}
	names := []string{c.name, filepath.Base(c.path)}
	return one.Plugin == "" || slices.ContainsFunc(names, func(name string) bool { return match(one.Plugin, name) })
}

// match returns whether a name is one that a glob stands for, as Python's fnmatch reads it: `*` is anything, slashes too.
func match(pattern, name string) bool {
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
