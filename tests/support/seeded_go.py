"""A Go workspace with six plugins and their tests, and ten changes of its API."""

from seeded_changes import Repository, Seeded

_API = """\
// Package pluginapi is what host and plugins share.
package pluginapi

import (
	"errors"
	"sort"
	"strings"
)

const APIVersion = "v1.0.0"

// Limit is how many items a page has at most.
const Limit = 4

// Plugin is what each plugin makes.
type Plugin interface{ Name() string }

// Options say how something is shown.
type Options struct {
	Width int
	Unit  string
}

// Defaults returns the options that nobody set.
func Defaults() Options { return Options{Width: 8 * 10, Unit: "px"} }

// Sorted returns numbers, the least first.
func Sorted(items []int) []int {
	found := append([]int(nil), items...)
	sort.Ints(found)
	return found
}

// Round returns the nearest whole number; a half is rounded up.
func Round(value float64) int { return int(value + 0.5) }

// Parse returns the length of a word. An empty one is an error.
func Parse(word string) (int, error) {
	if word == "" {
		return 0, errors.New("empty")
	}
	return len(word), nil
}

// Clamp returns a number that is not beyond high.
func Clamp(value, high int) int {
	if value > high {
		return high
	}
	return value
}

// Trim returns text without blanks around it.
func Trim(text string) string { return strings.TrimSpace(text) }

// Store keeps words.
type Store struct{ words []string }

// Put adds a word.
func (s *Store) Put(word string) { s.words = append(s.words, word) }

// Has returns whether a word was put.
func (s *Store) Has(word string) bool {
	for _, one := range s.words {
		if one == word {
			return true
		}
	}
	return false
}

// Words returns all words in the order of the alphabet.
func (s *Store) Words() []string {
	found := append([]string(nil), s.words...)
	sort.Strings(found)
	return found
}
"""
_HOST = """\
package main

import (
	"os"
	"plugin"

	"acme/pluginapi"
)

func main() {
	opened, err := plugin.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	made, _ := opened.Lookup("New")
	println(made.(func() pluginapi.Plugin)().Name())
}
"""
_CONFIG = """\
language = "go"
api = "pluginapi"
hosts = ["cmd/host"]
plugins = ["plugins/*"]

[contract]
factory = "New"

[contract.symbols]
New = "func() pluginapi.Plugin"
"""
_HEAD = """\
package main

import "acme/pluginapi"

type made struct{}

func (made) Name() string { return "NAME" }

func New() pluginapi.Plugin { return made{} }

"""
_CODE = {
    "sorter": """\
func Least(items ...int) int { return pluginapi.Sorted(items)[0] }
""",
    "pager": """\
func Page(items []int) []int { return items[:pluginapi.Clamp(len(items), pluginapi.Limit)] }
""",
    "rounder": """\
func Price(value float64) int { return pluginapi.Round(value) }

func Columns() int { return pluginapi.Defaults().Width / 10 }
""",
    "reader": """\
func Length(word string) (int, error) { return pluginapi.Parse(word) }
""",
    "keeper": """\
func Kept(words ...string) (bool, []string) {
	store := pluginapi.Store{}
	for _, word := range words {
		store.Put(word)
	}
	return store.Has(words[0]), store.Words()
}
""",
    "legacy": """\
func Short(text string) int { return pluginapi.Clamp(len(pluginapi.Trim(text)), 3) }
""",
}
_TESTS = {
    "sorter": """\
func TestLeast(t *testing.T) { equal(t, Least(3, 1, 2), 1) }

func TestSingle(t *testing.T) { equal(t, Least(7), 7) }
""",
    "pager": """\
func TestPage(t *testing.T) {
	t.Run("short", func(t *testing.T) { equal(t, len(Page([]int{1, 2})), 2) })
	t.Run("long", func(t *testing.T) { equal(t, len(Page([]int{1, 2, 3, 4, 5, 6})), 4) })
}
""",
    "rounder": """\
func TestHalf(t *testing.T) { equal(t, Price(2.5), 3) }

func TestWhole(t *testing.T) { equal(t, Price(2), 2) }

func TestColumns(t *testing.T) { equal(t, Columns(), 8) }
""",
    "reader": """\
func TestWord(t *testing.T) { found, _ := Length("abc"); equal(t, found, 3) }

func TestEmpty(t *testing.T) { _, err := Length(""); equal(t, err != nil, true) }
""",
    "keeper": """\
func TestKept(t *testing.T) { found, _ := Kept("b", "a"); equal(t, found, true) }

func TestOrder(t *testing.T) { _, words := Kept("b", "a"); equal(t, words[0], "a") }
""",
    "legacy": """\
func TestOld(t *testing.T) { equal(t, Short(" a "), 2) }

func TestShort(t *testing.T) { equal(t, Short(" ab "), 2) }

func TestLong(t *testing.T) { equal(t, Short("abcdef"), 3) }
""",
}
_EQUAL = """\
package main

import "testing"

func equal[T comparable](t *testing.T, found, wanted T) {
	t.Helper()
	if found != wanted {
		t.Fatalf("got %v, want %v", found, wanted)
	}
}

"""


def _plugins() -> dict[str, str]:
    files = {}
    for name, code in _CODE.items():
        files[f"plugins/{name}/{name}.go"] = _HEAD.replace("NAME", name) + code
        files[f"plugins/{name}/{name}_test.go"] = _EQUAL + _TESTS[name]
    return files


def _named(**tests: str) -> dict[str, tuple[str, ...]]:
    return {name: tuple(f"acme/plugins/{name} {one}" for one in said.split()) for name, said in tests.items()}


GO = Repository(
    language="go",
    files={
        "go.mod": "module acme\n\ngo 1.24\n",
        "pluginkit.toml": _CONFIG,
        "pluginapi/api.go": _API,
        "cmd/host/main.go": _HOST,
        **_plugins(),
    },
    api="pluginapi",
    source="api.go",
    failing=_named(legacy="TestOld"),
    changes=(
        Seeded("a method renamed", ") Has(word", ") Contains(word", breaks={"keeper": "plugins/keeper/keeper.go:16"}),
        Seeded("a constant removed", "const Limit = 4", "", breaks={"pager": "plugins/pager/pager.go:11"}),
        Seeded(
            "a parameter added",
            "func Round(value float64) int { return",
            "func Round(value float64, places int) int { return",
            breaks={"rounder": "plugins/rounder/rounder.go:11"},
        ),
        Seeded(
            "a result of another type",
            "func Sorted(items []int) []int {\n\tfound := append([]int(nil), items...)\n\tsort.Ints(found)\n",
            "func Sorted(items []int) []int64 {\n\tfound := make([]int64, len(items))\n",
            breaks={"sorter": "plugins/sorter/sorter.go:11"},
        ),
        Seeded(
            "a field renamed",
            "\tWidth int\n\tUnit  string\n}\n\n// Defaults returns the options that nobody set.\n"
            "func Defaults() Options { return Options{Width:",
            "\tColumns int\n\tUnit  string\n}\n\n// Defaults returns the options that nobody set.\n"
            "func Defaults() Options { return Options{Columns:",
            breaks={"rounder": "plugins/rounder/rounder.go:13"},
        ),
        Seeded("a default computed otherwise", "Width: 8 * 10", "Width: 12 * 10", _named(rounder="TestColumns")),
        Seeded(
            "results in another order",
            "\tsort.Strings(found)\n",
            "\tsort.Strings(found[:0])\n",
            _named(keeper="TestOrder"),
        ),
        Seeded("a half rounded down", "int(value + 0.5)", "int(value + 0.49)", _named(rounder="TestHalf")),
        Seeded("an error no longer returned", 'errors.New("empty")', "errors.Join()", _named(reader="TestEmpty")),
        Seeded(
            "off by one", "\t\treturn high\n", "\t\treturn high - 1\n", _named(pager="TestPage/long", legacy="TestLong")
        ),
    ),
)
