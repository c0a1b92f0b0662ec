package crossing

import (
	"reflect"
	"testing"
)

func TestAMethodOfAnInterfaceWithoutANameIsNamedAlone(t *testing.T) {
	for _, one := range []struct {
		of   reflect.Type
		want string
	}{
		{reflect.TypeFor[error](), "error.Wait"},
		{reflect.TypeFor[Carrier](), "crossing.Carrier.Wait"},
		{reflect.TypeFor[interface{ Wait() error }](), "Wait"},
	} {
		if got := (&interfaceKind{goType: one.of}).called("Wait"); got != one.want {
			t.Errorf("got %q, want %q", got, one.want)
		}
	}
}
