package loader

import (
	"errors"
	"testing"
)

func TestWhatTheDynamicLoaderSaysIsNamed(t *testing.T) {
	for says, want := range map[string]string{
		"libfoo.so.1: cannot open shared object file: No such file or directory":               "PK407",
		"/usr/lib/libc.so: invalid ELF header":                                                 "PK407",
		"Error loading shared library libfoo.so.1: No such file or directory (needed by p.so)": "PK407",
		"/lib/libc.so.6: version `GLIBC_2.38' not found (required by p.so)":                    "PK408",
		"p.so: undefined symbol: foo, version FOO_2":                                           "PK409",
		"Error relocating p.so: foo: symbol not found":                                         "PK409",
		"p.so: cannot allocate memory in static TLS block":                                     "PK410",
		"Error relocating p.so: foo: initial-exec TLS resolves to dynamic definition in p.so":  "PK410",
		"could not find symbol New: p.so: undefined symbol: other.New":                         "PK508",
		"plugin was built with a different version of package runtime":                         "PK508",
	} {
		found := unopened(errors.New(`plugin.Open("p"): ` + says))
		if found[0].Code != want || isUnopened(found) != (want != "PK508") {
			t.Errorf("%s: %+v", says, found)
		}
	}
}
