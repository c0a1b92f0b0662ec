package crossing

import (
	"context"
	"reflect"
)

// plan is how values of a type cross. Of an interface type, encode takes the interface or the value in it.
type plan struct {
	encode func(*encoder, reflect.Value)
	decode func(*decoder, reflect.Value) // into a value that can be set
	least  int                           // bytes that a value takes on the wire
	reason string                        // why values of the type cannot cross, or ""
}

var (
	errorType   = reflect.TypeFor[error]()
	anyType     = reflect.TypeFor[any]()
	contextType = reflect.TypeFor[context.Context]()
	objectType  = reflect.TypeFor[*Object]()
)

// plan returns the plan of a type. Plans are made when a table is first used, under its lock; calls do not look for any.
func (c *compiled) plan(t reflect.Type) *plan {
	if found, ok := c.plans[t]; ok {
		return found
	}
	made := &plan{least: 1}
	c.plans[t] = made // before its parts: a type may contain itself
	if made.reason = c.obstacle(t, map[reflect.Type]bool{}); made.reason != "" {
		made.encode = func(*encoder, reflect.Value) { panic(cannotCross("%s", made.reason)) }
		made.decode = func(*decoder, reflect.Value) { panic(cannotCross("%s", made.reason)) }
		return made
	}
	c.fill(made, t)
	return made
}

func (c *compiled) fill(made *plan, t reflect.Type) {
	switch t.Kind() {
	case reflect.Interface:
		c.interfacePlan(made, t)
	case reflect.Pointer:
		c.pointerPlan(made, t)
	case reflect.Slice:
		c.slicePlan(made, t)
	case reflect.Array:
		c.arrayPlan(made, t)
	case reflect.Map:
		c.mapPlan(made, t)
	case reflect.Struct:
		c.structPlan(made, t)
	default:
		basicPlan(made, t.Kind())
	}
}

func (c *compiled) interfacePlan(made *plan, t reflect.Type) {
	switch of := c.interfaces[t]; {
	case of != nil:
		made.encode, made.decode = of.encode, of.decode
	case t == errorType:
		made.encode, made.decode = c.encodeError, c.decodeError
	default:
		made.encode, made.decode = encodeAny, decodeAny
	}
}

// obstacle returns why values of a type cannot cross, or "". A type within itself is not looked at twice.
func (c *compiled) obstacle(t reflect.Type, outer map[reflect.Type]bool) string {
	if outer[t] {
		return ""
	}
	outer[t] = true
	defer delete(outer, t)
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return t.String() + " cannot cross"
	case reflect.Interface:
		if c.interfaces[t] == nil && t != errorType && t.NumMethod() > 0 {
			return "the interface " + t.String() + " is not one of the API's"
		}
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return c.obstacle(t.Elem(), outer)
	case reflect.Map:
		if reason := c.obstacle(t.Key(), outer); reason != "" {
			return reason
		}
		return c.obstacle(t.Elem(), outer)
	case reflect.Struct:
		if reason := c.obstacleInFields(t, outer); reason != "" && marshalled(t) == nil {
			return reason
		}
	}
	return ""
}

func (c *compiled) obstacleInFields(t reflect.Type, outer map[reflect.Type]bool) string {
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		if field.Name == "_" {
			continue
		}
		if !field.IsExported() {
			return "the field " + field.Name + " of " + t.String() + " is not exported"
		}
		if reason := c.obstacle(field.Type, outer); reason != "" {
			return "field " + field.Name + " of " + t.String() + ": " + reason
		}
	}
	return ""
}
