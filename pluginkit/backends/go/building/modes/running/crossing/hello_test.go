package crossing_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"pluginkit/running/crossing"
)

func TestExportsAreNamedWithTheirTypes(t *testing.T) {
	hostSide, _, _ := pair(t, crossing.Options{})
	got, err := hostSide.Exports()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"APIVersion": "*string", "New": "func() crossing_test.Plugin", "NewLab": "func() crossing_test.Lab",
		"Init": "func(crossing_test.Host) error",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestWhatIsNotThereIsSaid(t *testing.T) {
	hostSide, pluginSide, _ := pair(t, crossing.Options{})
	pluginSide.Export("Twice", func(string) string { return "" })
	pluginSide.Export("Settings", &map[string]int{})
	for name, want := range map[string]string{
		"Nothing":  "the plugin does not export Nothing",
		"Counter":  "Counter is a variable: host and plugin do not share memory",
		"Settings": "Settings is a *map[string]int, which cannot cross",
		"Twice":    "Twice is a func(string) string, which the host's sources do not mention",
	} {
		if found, err := hostSide.Lookup(name); found != nil || err == nil || err.Error() != want {
			t.Errorf("%s: got %v, %v", name, found, err)
		}
	}
}

func TestValuesOfBasicTypesAreExported(t *testing.T) {
	hostSide, pluginSide, _ := pair(t, crossing.Options{})
	number, bytes, on := 7, []byte("x"), true
	pluginSide.Export("Number", &number)
	pluginSide.Export("Bytes", &bytes)
	pluginSide.Export("On", &on)
	if *look[*int](t, hostSide, "Number") != 7 || string(*look[*[]byte](t, hostSide, "Bytes")) != "x" || !*look[*bool](t, hostSide, "On") {
		t.Error("they came otherwise")
	}
}

// changed is the test's API with a method more.
type changed interface {
	Plugin
	Close() error
}

func TestSidesOfDifferentCopiesOfTheAPIRefuseEachOther(t *testing.T) {
	other := table()
	other.Interfaces[0].Methods = append(other.Interfaces[0].Methods, crossing.Method{Name: "Close", Function: changed.Close})
	there := &memory{}
	hostSide := crossing.NewPeer(hostTable, there, crossing.Options{})
	there.to = crossing.NewPeer(other, &memory{to: hostSide}, crossing.Options{})
	for range 2 {
		_, err := hostSide.Exports()
		if code(err) != crossing.Mismatched || !strings.HasPrefix(err.Error(), "host and plugin were built from different copies of pluginkit/running/crossing_test.") {
			t.Errorf("got %v", err)
		}
	}
}

func TestAPluginThatKnowsMoreTypesIsFine(t *testing.T) {
	other := table()
	other.Interfaces = append(other.Interfaces, crossing.Interface{
		Type: reflect.TypeFor[changed](), Methods: []crossing.Method{{"Close", changed.Close}},
	})
	there := &memory{}
	hostSide := crossing.NewPeer(hostTable, there, crossing.Options{})
	there.to = crossing.NewPeer(other, &memory{to: hostSide}, crossing.Options{})
	if _, err := hostSide.Exports(); err != nil {
		t.Error(err)
	}
}

func TestAnotherVersionOfTheWireIsRefusedWithTheWay(t *testing.T) {
	through := &tap{}
	hostSide := crossing.NewPeer(hostTable, through, crossing.Options{})
	through.to = plugged(hostSide, crossing.Options{})
	hostSide.Exports()
	hello := string(through.requests[0])
	hello = strings.Replace(hello, "crossing\x01", "crossing\x02", 1)
	through.forged = plugged(hostSide, crossing.Options{}).Serve(context.Background(), []byte(hello))
	_, err := crossing.NewPeer(hostTable, through, crossing.Options{}).Exports()
	if code(err) != crossing.Mismatched || !strings.HasSuffix(err.Error(), "build both with the same pluginkit") {
		t.Errorf("got %v", err)
	}
}

func TestFirstContactThatFailsIsToldAsOften(t *testing.T) {
	hostSide := crossing.NewPeer(hostTable, broken{errors.New("signal: killed")}, crossing.Options{})
	for range 2 {
		if _, err := hostSide.Lookup("New"); code(err) != crossing.Ended {
			t.Errorf("got %v", err)
		}
	}
}
