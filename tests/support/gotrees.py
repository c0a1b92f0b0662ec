"""Three Go plugins with packages of their own, what they embed and what is generic, and two APIs."""

from pathlib import Path

from gorepo import go_monorepo
from monorepo import edit

MOD = "module acme\n\ngo 1.24\n"
API = """\
// Package pluginapi is what host and plugins share.
package pluginapi

import "acme/model"

const APIVersion = "v1.0.0"

type Request struct {
	model.Head
	Body []byte
}

type Named interface{ Name() string }

type Plugin interface{ Named }

type Closer interface{ Close() error }

type Host interface {
	Log(string)
	Box() *Box[int]
}

type Box[T any] struct{ Value T }

func (b *Box[T]) Get() T { return b.Value }

type Pair[K comparable, V Named] struct {
	Key  K
	Named V
}

func First[V Named](all ...V) V { return all[0] }

type hidden struct{ Count int }

func Hidden() *hidden { return nil }

type Short = model.Head
"""
OTHER = """\
// Package other is a second API, which few plugins need.
package other

import "acme/pluginapi"

const APIVersion = "v1.0.0"

type Named interface{ Name() string }

func Take(pluginapi.Named) int { return 0 }
"""
MODEL = 'package model\n\ntype Head struct{ ID string }\n\nfunc (Head) Short() string { return "" }\n'
OWN = """\
package main

import (
	"acme/pluginapi"
	"acme/plugins/own/internal/tools"
)

type plugin struct{ state tools.State }

func (p plugin) Name() string { return tools.Title(p.state.Last()) + pluginapi.Short{}.Short() }

func New() pluginapi.Plugin { return plugin{} }

// Instance fulfils an interface of an API that the plugin does not need.
var Instance = plugin{}
"""
OWN_TOOLS = """\
// Package tools is the plugin's own.
package tools

import "acme/pluginapi"

type State struct{ last *pluginapi.Request }

func (s State) Last() pluginapi.Request { return pluginapi.Request{Body: []byte{}} }

func Title(request pluginapi.Request) string { return request.ID }

var _ = pluginapi.Hidden().Count
"""
EMBEDDED = """\
package main

import (
	"io"

	"acme/pluginapi"
)

type contract interface {
	pluginapi.Plugin
	io.Closer
}

type plugin struct {
	pluginapi.Host
	pluginapi.Request
}

func (plugin) Name() string { return "embedded" }
func (plugin) Close() error { return nil }

var made contract = plugin{}

func New() pluginapi.Plugin { made.(plugin).Log("x"); return made }
"""
GENERIC = """\
package main

import (
	"acme/other"
	"acme/pluginapi"
)

type plugin struct{ pair pluginapi.Pair[string, named] }

type named struct{}

func (named) Name() string { return "generic" }

func get[T any](box *pluginapi.Box[T]) T { return box.Get() }

func (p plugin) Name() string {
	box := pluginapi.Box[int]{Value: 3}
	_ = get(&box) + other.Take(named{})
	return pluginapi.First(p.pair.Named, named{}).Name()
}

func New() pluginapi.Plugin { return plugin{} }
"""
LINES = {
    "own": {
        "implements acme/pluginapi.Plugin",
        "literal acme/pluginapi.Request keyed",
        "use acme/model.Head.ID",
        "use acme/model.Head.Short",
        "use acme/pluginapi.Request.ID",
        "use acme/pluginapi.hidden.Count",
    },
    "embedded": {
        "embeds acme/pluginapi.Host",
        "embeds acme/pluginapi.Request",
        "implements acme/pluginapi.Plugin",
        "use acme/pluginapi.Host.Log",
    },
    "generic": {
        "implements acme/pluginapi.Named",
        "literal acme/pluginapi.Box keyed",
        "use acme/other.Take",
        "use acme/pluginapi.Box.Get",
        "use acme/pluginapi.First",
        "use acme/pluginapi.Pair.Named",
    },
}


def workspace(root: Path) -> Path:
    files = {
        "model/model.go": MODEL,
        "pluginapi/api.go": API,
        "other/other.go": OTHER,
        "plugins/own/main.go": OWN,
        "plugins/own/internal/tools/tools.go": OWN_TOOLS,
        "plugins/embedded/main.go": EMBEDDED,
        "plugins/generic/main.go": GENERIC,
    }
    go_monorepo(root, plugins=(), **files)
    edit(root / "pluginkit.toml", 'api = "pluginapi"', 'api = ["pluginapi", "other"]')
    edit(root / "pluginkit.toml", "[plugin.filter]", "[plugin.own]")
    return root
