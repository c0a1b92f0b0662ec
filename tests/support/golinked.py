"""A tiny loader as the template generates it, for workspaces whose plugins are not all shared objects."""

from pathlib import Path

from gorepo import go_monorepo

TYPES = """\
package loader

import "time"

type linkedPlugin struct {
	name, version string
	capabilities  []string
	symbols       map[string]any
	api           string
}

type limits struct {
	timeout  time.Duration
	memory   int64
	restarts int
	files    []string
}

type session interface {
	Lookup(name string) (any, error)
	Started()
	Close() error
}

type runner func(string, []byte, limits, func(code, message string, running bool)) (session, error)

// Open calls see with each plugin: those that are part of this program, then those at the paths.
func Open(paths []string, see func(name string, look func(string) any)) {
	for _, one := range linkedPlugins {
		see(one.name, func(name string) any { return one.symbols[name] })
	}
	for _, path := range paths {
		see(path, open(path))
	}
	for range runners {
		println(len(limitsOf))
	}
}

var open = func(path string) func(string) any { panic("this host opens no plugins") }
"""
HOOK = """\
package loader

var linkedPlugins []linkedPlugin

var runners = map[string]runner{}

var limitsOf = map[string]limits{}
"""
DYNAMIC = """\
package loader

import "plugin"

func init() {
	open = func(path string) func(string) any {
		opened, err := plugin.Open(path)
		if err != nil {
			panic(err)
		}
		return func(name string) any {
			found, _ := opened.Lookup(name)
			return found
		}
	}
}
"""
HOST = """\
package main

import (
	"fmt"
	"os"

	"acme/internal/loader"
	"acme/pluginapi"
)

func main() {
	loader.Open(os.Args[1:], func(name string, look func(string) any) {
		made := look("New").(func() pluginapi.Plugin)()
		fmt.Println(made.Name(), *look("APIVersion").(*string), look("Capabilities").(func() []string)())
		if counter, ok := look("Counter").(*int); ok {
			*counter++
			fmt.Println("counter", *counter, look("Count").(func() int)())
		}
	})
}
"""
LOADER = {
    "internal/loader/loader.go": TYPES,
    "internal/loader/pluginkit_modes.go": HOOK,
    "internal/loader/dynamic.go": DYNAMIC,
    "cmd/host/main.go": HOST,
}


def linked_monorepo(root: Path, *, more: str = '\n[go]\nmode = "linked"\n', **files: str) -> Path:
    """Write the Go monorepo `acme` with a host that has a loader; by default its plugins are part of the host."""
    return go_monorepo(root, more=more, **{**LOADER, **files})
