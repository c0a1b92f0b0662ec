// Package api is an API, with what an adapter for it is generated as.
package api

import (
	"context"
	"reflect"

	"pluginkit/running/crossing"
)

// Plugin does what it is told.
type Plugin interface {
	Do(what string, body []byte) ([]byte, error)
	Wait(ctx context.Context, what string) (string, error)
	Count() int
}

// Host is what plugins call.
type Host interface {
	Logf(format string, arguments ...any)
	Ask(ctx context.Context, question string) (string, error)
}

// Table is that of the adapter.
func Table() *crossing.Table {
	return &crossing.Table{
		Interfaces: []crossing.Interface{
			{
				Type:    reflect.TypeFor[Plugin](),
				Methods: []crossing.Method{{"Do", Plugin.Do}, {"Wait", Plugin.Wait}, {"Count", Plugin.Count}},
				Proxy:   func(o *crossing.Object) any { return pluginProxy{o} },
			},
			{
				Type:    reflect.TypeFor[Host](),
				Methods: []crossing.Method{{"Logf", Host.Logf}, {"Ask", Host.Ask}},
				Proxy:   func(o *crossing.Object) any { return hostProxy{o} },
			},
		},
		Functions: []crossing.Function{
			{reflect.TypeFor[func() Plugin](), func(s *crossing.Symbol) any {
				return func() (r0 Plugin) {
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
		},
	}
}

type pluginProxy struct{ object *crossing.Object }

func (p pluginProxy) Do(a0 string, a1 []byte) (r0 []byte, r1 error) {
	if err := p.object.Call("Do", []any{&r0, &r1}, a0, a1); err != nil {
		r1 = err
	}
	return r0, r1
}

func (p pluginProxy) Wait(a0 context.Context, a1 string) (r0 string, r1 error) {
	if err := p.object.Call("Wait", []any{&r0, &r1}, a0, a1); err != nil {
		r1 = err
	}
	return r0, r1
}

func (p pluginProxy) Count() (r0 int) {
	p.object.Call("Count", []any{&r0})
	return r0
}

type hostProxy struct{ object *crossing.Object }

func (p hostProxy) Logf(a0 string, a1 ...any) { p.object.Call("Logf", nil, a0, a1) }

func (p hostProxy) Ask(a0 context.Context, a1 string) (r0 string, r1 error) {
	if err := p.object.Call("Ask", []any{&r0, &r1}, a0, a1); err != nil {
		r1 = err
	}
	return r0, r1
}
