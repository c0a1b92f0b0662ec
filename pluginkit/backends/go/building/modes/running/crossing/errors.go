package crossing

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"reflect"
	"slices"
)

// What is first in an error on the wire.
const (
	noError byte = iota
	sentinelError
	typedError
	textError
)

// mostNodes limits how many errors of a tree are looked at.
const mostNodes = 64

type sentinel struct {
	name string
	err  error
}

// standard are the errors of the standard library that keep their identity.
var standard = []*sentinel{
	{"context.Canceled", context.Canceled},
	{"context.DeadlineExceeded", context.DeadlineExceeded},
	{"errors.ErrUnsupported", errors.ErrUnsupported},
	{"io.EOF", io.EOF},
	{"io.ErrUnexpectedEOF", io.ErrUnexpectedEOF},
	{"io/fs.ErrClosed", fs.ErrClosed},
	{"io/fs.ErrExist", fs.ErrExist},
	{"io/fs.ErrInvalid", fs.ErrInvalid},
	{"io/fs.ErrNotExist", fs.ErrNotExist},
	{"io/fs.ErrPermission", fs.ErrPermission},
	{"os.ErrDeadlineExceeded", os.ErrDeadlineExceeded},
}

// carried is an error of the other side that has neither a name nor a type here: its text, and the known ones among those it wraps.
type carried struct {
	text  string
	known []error
}

func (c *carried) Error() string   { return c.text }
func (c *carried) Unwrap() []error { return c.known }

type errorKind struct {
	name   string
	goType reflect.Type
	plan   *plan
	digest uint64
}

func (c *compiled) encodeError(e *encoder, v reflect.Value) {
	if !v.IsValid() || (v.Kind() == reflect.Interface && v.IsNil()) {
		e.byte(noError)
		return
	}
	err := v.Interface().(error)
	if c.encodeKnown(e, err) {
		return
	}
	known := c.knownIn(err)
	e.byte(textError)
	e.string(textOf(err))
	e.uint(uint64(len(known)))
	for _, one := range known {
		c.encodeKnown(e, one)
	}
}

func (c *compiled) encodeKnown(e *encoder, err error) bool {
	if known := c.sentinelOf(err); known != nil {
		e.byte(sentinelError)
		e.string(known.name)
		e.string(textOf(err))
		return true
	}
	if kind := c.errorKinds[reflect.TypeOf(err)]; kind != nil && kind.plan.reason == "" {
		e.byte(typedError)
		e.string(kind.name)
		e.enter()
		kind.plan.encode(e, reflect.ValueOf(err))
		e.leave()
		return true
	}
	return false
}

func (c *compiled) sentinelOf(err error) *sentinel {
	if !reflect.TypeOf(err).Comparable() {
		return nil
	}
	for _, one := range c.sentinels {
		if one.err == err {
			return one
		}
	}
	return nil
}

// knownIn returns the errors with a name or type of their own that err wraps, in the order in which errors.As sees them, and after them
// the named ones that errors.Is finds by a method.
func (c *compiled) knownIn(err error) (known []error) {
	nodes := wrapped(nil, err)
	for _, node := range nodes {
		if kind := c.errorKinds[reflect.TypeOf(node)]; c.sentinelOf(node) != nil || (kind != nil && kind.plan.reason == "") {
			known = append(known, node)
		}
	}
	for _, one := range c.sentinels {
		if !slices.ContainsFunc(nodes, func(node error) bool { return c.sentinelOf(node) == one }) && isByMethod(nodes, one.err) {
			known = append(known, one.err)
		}
	}
	return known
}

// wrapped appends an error and all that it wraps to nodes. It gives up on a tree that is too large, or wraps itself.
func wrapped(nodes []error, err error) []error {
	if err == nil || len(nodes) == mostNodes {
		return nodes
	}
	nodes = append(nodes, err)
	switch wrapping := err.(type) {
	case interface{ Unwrap() error }:
		nodes = wrapped(nodes, wrapping.Unwrap())
	case interface{ Unwrap() []error }:
		for _, one := range wrapping.Unwrap() {
			nodes = wrapped(nodes, one)
		}
	}
	return nodes
}

func isByMethod(nodes []error, target error) bool {
	return slices.ContainsFunc(nodes, func(node error) bool {
		comparing, ok := node.(interface{ Is(error) bool })
		return ok && comparing.Is(target)
	})
}

func (c *compiled) decodeError(d *decoder, v reflect.Value) {
	switch tag := d.byte(); tag {
	case noError:
		v.SetZero()
	case textError:
		err := &carried{text: d.string()}
		for range d.count(3) {
			err.known = append(err.known, c.decodeKnown(d, d.byte()))
		}
		v.Set(reflect.ValueOf(err))
	default:
		v.Set(reflect.ValueOf(c.decodeKnown(d, tag)))
	}
}

func (c *compiled) decodeKnown(d *decoder, tag byte) error {
	name := d.string()
	switch tag {
	case sentinelError:
		said := d.string()
		if known, ok := c.named[name]; ok {
			return known
		}
		return &carried{text: said}
	case typedError:
		if kind := c.errorsByName[name]; kind != nil {
			d.enter()
			value := reflect.New(kind.goType).Elem()
			kind.plan.decode(d, value)
			d.leave()
			return value.Interface().(error)
		}
		panic(cannotCross("the error type %s is not known here", name))
	}
	panic(cannotCross("%d is not a kind of error", tag))
}

// textOf returns what err says. Where its method panics, as of a nil pointer, that says so.
func textOf(err error) (said string) {
	defer func() {
		if recover() != nil {
			said = text(err)
		}
	}()
	return err.Error()
}
