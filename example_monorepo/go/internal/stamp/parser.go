package stamp

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// parser keeps the first thing that is wrong.
type parser struct {
	err     *Error
	first   bool // schema 1
	lenient bool // of a newer minor version
}

func (p *parser) fail(format string, arguments ...any) {
	if p.err == nil {
		p.err = malformed(format, arguments...)
	}
}

func (p *parser) refuseUnknown(value object, known []string) {
	if !p.lenient {
		p.refuseOthers(value, known)
	}
}

func (p *parser) refuseOthers(value object, known []string) {
	for _, name := range sortedKeys(value) {
		if !slices.Contains(known, name) {
			p.fail("has an unknown member: %.80q", name)
		}
	}
}

func (p *parser) text(value object, name string) string {
	found, ok := value[name].(string)
	if !ok {
		p.fail("has no string %q", name)
	}
	return found
}

func (p *parser) number(value object, name string, least int64) int64 {
	spelled, _ := value[name].(integer)
	found, err := strconv.ParseInt(string(spelled), 10, 64)
	if err != nil || found < least {
		p.fail("has a %q that is not an integer from %d on", name, least)
	}
	return found
}

func (p *parser) matching(value object, name string, form *regexp.Regexp) string {
	found := p.text(value, name)
	if !form.MatchString(found) {
		p.fail("has a %q that is not as it should be: %.80q", name, found)
	}
	return found
}

func (p *parser) oneOf(value object, name string, allowed []string) string {
	found := p.text(value, name)
	if !slices.Contains(allowed, found) {
		p.fail("has a %q that is not one of %s: %.80q", name, strings.Join(allowed, ", "), found)
	}
	return found
}

func (p *parser) table(value object, name string) object {
	found, ok := value[name].(object)
	if !ok {
		p.fail("has no object %q", name)
	}
	return found
}

func (p *parser) texts(value object, name string) map[string]string {
	table, found := p.table(value, name), map[string]string{}
	for key := range table {
		found[key] = p.text(table, key)
	}
	return found
}

func (p *parser) list(value object, name string) []string {
	return items[string](p, value, name)
}

func (p *parser) objects(value object, name string) []object {
	return items[object](p, value, name)
}

// items reads an array whose items are all of one type.
func items[T any](p *parser, value object, name string) []T {
	held, ok := value[name].(array)
	if !ok {
		p.fail("has no array %q", name)
	}
	found := make([]T, 0, len(held))
	for _, one := range held {
		item, ok := one.(T)
		if !ok {
			p.fail("has an array %q with other items than it should have", name)
		}
		found = append(found, item)
	}
	return found
}
