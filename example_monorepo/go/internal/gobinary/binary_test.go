package gobinary

import (
	"os"
	"runtime"
	"slices"
	"testing"
)

func TestAProgramIsReadAndWhatIsDamagedIsNot(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found, err := Read(whole)
	if err != nil || found.Kind != Executable || found.GoVersion != runtime.Version() || found.Platform != "linux/"+runtime.GOARCH {
		t.Errorf("got %+v, %v", found, err)
	}
	machine := slices.Clone(whole)
	machine[18] = 243
	for _, test := range []struct {
		name string
		data []byte
		code string
	}{
		{"nothing", nil, "PK101"},
		{"text", []byte("not a plugin, but as long as the header of one is, which takes 64 bytes"), "PK101"},
		{"half", whole[:len(whole)/4], "PK101"},
		{"another machine", machine, "PK403"},
	} {
		_, err := Read(test.data)
		if damage, ok := err.(*Error); !ok || damage.Code != test.code {
			t.Errorf("%s: %v, want %s", test.name, err, test.code)
		}
	}
}
