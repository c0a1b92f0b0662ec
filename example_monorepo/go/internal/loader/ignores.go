package loader

import (
	"log"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"acme/internal/glob"
	"acme/internal/stamp"
)

var (
	// firm are the codes that are never ignored: other rules rest on the first two, Go's runtime refuses what the third
	// finds, and who signed nothing has no say.
	firm = []string{"PK1", "PK2", "PK4", "PK6"}
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
	return one.Plugin == "" || slices.ContainsFunc(names, func(name string) bool { return glob.Match(one.Plugin, name) })
}
