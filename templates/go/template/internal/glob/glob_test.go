package glob

import "testing"

func TestGlobsAreReadAsPythonReadsThem(t *testing.T) {
	for _, test := range []struct {
		pattern, name string
		fits          bool
	}{
		{"old-*", "old-filter", true},
		{"*.so", "plugins/a.so", true},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"[a-c]x", "bx", true},
		{"[!a-c]x", "bx", false},
		{"[]x", "[]x", true},
		{"[]]x", "]x", true},
		{"[a-]", "-", true},
		{"*a*b", "xaxxb", true},
		{"*a*b", "xaxxbc", false},
		{"", "", true},
		{"*", "", true},
		{"A", "a", false},
	} {
		if Match(test.pattern, test.name) != test.fits {
			t.Errorf("%q matches %q: want %v", test.pattern, test.name, test.fits)
		}
	}
}
