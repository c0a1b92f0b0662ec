package main

import "fmt"

// refusal is why a type does not cross. The zero value says that it does.
type refusal struct {
	// what is refused, with its article: `a channel (chan int)`.
	what string
	// tail follows it; empty for what cannot cross at all.
	tail string
	// inside is set where it is a part of what was asked.
	inside bool
	// field is the innermost field that it is about, if it is about one.
	field string
}

func (r refusal) is() bool { return r.what != "" }

func (r refusal) within() refusal {
	r.inside = true
	return r
}

// in says which field it is about, unless that is known.
func (r refusal) in(field string) refusal {
	if r.field == "" {
		r.field = field
		if r.inside {
			r.what = "with " + r.what + " in it"
		}
	}
	return r.within()
}

const unexported = "unexported"

// said returns what is wrong with something that is named so.
func (r refusal) said(name string) string {
	tail := r.tail
	if tail == "" {
		tail = "which cannot cross a process"
	}
	switch {
	case r.what == unexported:
		return fmt.Sprintf("%s has the unexported field %s, %s", name, r.field, tail)
	case r.field != "":
		return fmt.Sprintf("%s has the field %s, %s, %s", name, r.field, r.what, tail)
	case r.inside:
		return fmt.Sprintf("%s contains %s, %s", name, r.what, tail)
	}
	return fmt.Sprintf("%s is %s, %s", name, r.what, tail)
}
