package crossing_test

import (
	"testing"

	"pluginkit/running/crossing"
)

func TestCallsGoBothWays(t *testing.T) {
	hostSide, _, _ := pair(t, crossing.Options{OnFailure: func(err error) { t.Error(err) }})
	if got := *look[*string](t, hostSide, "APIVersion"); got != "v1.2.3" {
		t.Errorf("APIVersion is %q", got)
	}
	own := &host{}
	if err := look[func(Host) error](t, hostSide, "Init")(own); err != nil || len(own.lines) != 1 || own.lines[0] != "init set:name" {
		t.Errorf("got %v, %q", err, own.lines)
	}
	plugin := look[func() Plugin](t, hostSide, "New")()
	got, err := plugin.Handle(&Request{ID: "1", Body: []byte("hello")})
	if err != nil || got.Status != 200 || string(got.Body) != "hello" || plugin.Name() != "echo" {
		t.Errorf("got %+v, %v from %q", got, err, plugin.Name())
	}
}

func BenchmarkCall(b *testing.B) {
	hostSide, _, _ := pair(b, crossing.Options{})
	plugin := look[func() Plugin](b, hostSide, "New")()
	request := &Request{ID: "4711", Body: make([]byte, 100)}
	b.ReportAllocs()
	for b.Loop() {
		if got, err := plugin.Handle(request); err != nil || got.Status != 200 {
			b.Fatal(got, err)
		}
	}
}
