package crossing_test

import (
	"context"
	"reflect"
	"time"

	"pluginkit/running/crossing"
)

// What an adapter for the API is generated as.

func table() *crossing.Table {
	return &crossing.Table{
		Interfaces: []crossing.Interface{
			{
				Type:    reflect.TypeFor[Plugin](),
				Methods: []crossing.Method{{"Name", Plugin.Name}, {"Handle", Plugin.Handle}},
				Proxy:   func(o *crossing.Object) any { return pluginProxy{o} },
			},
			{
				Type:    reflect.TypeFor[Host](),
				Methods: []crossing.Method{{"Logf", Host.Logf}, {"Setting", Host.Setting}},
				Proxy:   func(o *crossing.Object) any { return hostProxy{o} },
			},
			{
				Type: reflect.TypeFor[Lab](),
				Methods: []crossing.Method{
					{"Echo", Lab.Echo}, {"Any", Lab.Any}, {"Fail", Lab.Fail}, {"Wait", Lab.Wait}, {"Back", Lab.Back}, {"Make", Lab.Make},
					{"Same", Lab.Same}, {"Ask", Lab.Ask}, {"Plugins", Lab.Plugins}, {"Sleep", Lab.Sleep}, {"Hand", Lab.Hand},
				},
				Proxy: func(o *crossing.Object) any { return labProxy{o} },
			},
		},
		Functions: []crossing.Function{
			{reflect.TypeFor[func() Plugin](), func(s *crossing.Symbol) any {
				return func() (r0 Plugin) {
					s.Call([]any{&r0})
					return r0
				}
			}},
			{reflect.TypeFor[func() Lab](), func(s *crossing.Symbol) any {
				return func() (r0 Lab) {
					s.Call([]any{&r0})
					return r0
				}
			}},
			{reflect.TypeFor[func(Host) error](), func(s *crossing.Symbol) any {
				return func(a0 Host) (r0 error) {
					if err := s.Call([]any{&r0}, a0); err != nil {
						r0 = err
					}
					return r0
				}
			}},
			{reflect.TypeFor[func(context.Context, Lab) error](), func(s *crossing.Symbol) any {
				return func(a0 context.Context, a1 Lab) (r0 error) {
					if err := s.Call([]any{&r0}, a0, a1); err != nil {
						r0 = err
					}
					return r0
				}
			}},
		},
		Errors:     map[string]error{"acme/api.ErrNotFound": ErrNotFound},
		ErrorTypes: []reflect.Type{reflect.TypeFor[*Refusal](), reflect.TypeFor[Status]()},
	}
}

type pluginProxy struct{ object *crossing.Object }

func (p pluginProxy) Name() (r0 string) {
	p.object.Call("Name", []any{&r0})
	return r0
}

func (p pluginProxy) Handle(a0 *Request) (r0 *Response, r1 error) {
	if err := p.object.Call("Handle", []any{&r0, &r1}, a0); err != nil {
		r1 = err
	}
	return r0, r1
}

type hostProxy struct{ object *crossing.Object }

func (p hostProxy) Logf(a0 string, a1 ...any) { p.object.Call("Logf", nil, a0, a1) }

func (p hostProxy) Setting(a0 string) (r0 string) {
	p.object.Call("Setting", []any{&r0}, a0)
	return r0
}

type labProxy struct{ object *crossing.Object }

func (p labProxy) Echo(a0 Everything) (r0 Everything) {
	p.object.Call("Echo", []any{&r0}, a0)
	return r0
}

func (p labProxy) Any(a0 any) (r0 any) {
	p.object.Call("Any", []any{&r0}, a0)
	return r0
}

func (p labProxy) Fail(a0 string) (r0 error) {
	if err := p.object.Call("Fail", []any{&r0}, a0); err != nil {
		r0 = err
	}
	return r0
}

func (p labProxy) Wait(a0 context.Context) (r0 time.Duration, r1 error) {
	if err := p.object.Call("Wait", []any{&r0, &r1}, a0); err != nil {
		r1 = err
	}
	return r0, r1
}

func (p labProxy) Back(a0 Host) (r0 Host) {
	p.object.Call("Back", []any{&r0}, a0)
	return r0
}

func (p labProxy) Make(a0 string) (r0 Plugin) {
	p.object.Call("Make", []any{&r0}, a0)
	return r0
}

func (p labProxy) Same(a0, a1 Plugin) (r0 bool) {
	p.object.Call("Same", []any{&r0}, a0, a1)
	return r0
}

func (p labProxy) Ask(a0 Lab, a1 int) (r0 int) {
	p.object.Call("Ask", []any{&r0}, a0, a1)
	return r0
}

func (p labProxy) Plugins() (r0 map[string]Plugin) {
	p.object.Call("Plugins", []any{&r0})
	return r0
}

func (p labProxy) Sleep(a0 time.Duration) { p.object.Call("Sleep", nil, a0) }

func (p labProxy) Hand(a0 Host, a1 *Tree) (r0 Host, r1 *Tree) {
	p.object.Call("Hand", []any{&r0, &r1}, a0, a1)
	return r0, r1
}
