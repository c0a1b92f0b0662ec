"""What initialisers register in the registries of a process: PK514, against two plugins that are really opened."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from gofixtures import GoTools
from golibraries import HOST, MAIN
from monorepo import write

from pluginkit.operations.verify import verify

pytestmark = pytest.mark.matrix

# ruff: noqa: E501

PLUGIN = """\
package main

import (
	IMPORT

	"acme/pluginapi"
)

type impl struct{}

func (impl) Name() string { return "NAME" }

func New() pluginapi.Plugin { return impl{} }

BODY
"""
HANDLER = "\n\nfunc serve(http.ResponseWriter, *http.Request) {}"
DRIVER = "\n\ntype own struct{}\n\nfunc (own) Open(string) (driver.Conn, error) { return nil, nil }"
KINDS = {
    "http.HandleFunc": ('"net/http"', 'func init() { http.HandleFunc("X", serve) }' + HANDLER),
    "http.Handle in a helper": ('"net/http"', 'func init() { add() }\n\n//go:noinline\nfunc add() '
                                '{ http.Handle("X", http.HandlerFunc(serve)) }' + HANDLER),
    "a method of the default mux": ('"net/http"', 'func init() { http.DefaultServeMux.HandleFunc("X", serve) }' + HANDLER),
    "a variable of expvar": ('"expvar"', 'var Count = expvar.NewInt("X")'),
    "expvar.Publish": ('"expvar"', 'func init() { expvar.Publish("X", new(expvar.Int)) }'),
    "a profile": ('"runtime/pprof"', 'var Profile = pprof.NewProfile("X")'),
    "a pattern with a wildcard": ('"net/http"', 'func init() { http.HandleFunc("GET X/{NAME}", serve) }' + HANDLER),
    "a driver": ('"database/sql"\n\t"database/sql/driver"', 'func init() { sql.Register("X", own{}) }' + DRIVER),
    "a flag": ('"flag"', 'var Level = flag.Int("X", 3, "how much")'),
    "a flag's variable": ('"flag"', 'var level string\n\nfunc init() { flag.StringVar(&level, "X", "", "how much") }'),
}  # fmt: skip
HARMLESS = {
    "a mux of its own": ('"net/http"', 'var Mux = http.NewServeMux()\n\nfunc init() { Mux.HandleFunc("X", serve) }' + HANDLER),
    "flags of its own": ('"flag"', 'var Set = flag.NewFlagSet("p", 0)\n\nvar Level = Set.Int("X", 3, "how much")'),
    "later": ('"expvar"', 'func Init() { expvar.Publish("X", new(expvar.Int)) }'),
}  # fmt: skip


@pytest.fixture(scope="module")
def build(go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str, str, str], Path]:
    """Return a function (plugin, imports, body, name) -> the plugin; the host lies beside them."""
    root = tmp_path_factory.mktemp("registries")
    files = {
        "go.mod": "module acme\n\ngo 1.24\n",
        "pluginapi/api.go": "package pluginapi\n\ntype Plugin interface{ Name() string }\n",
        "cmd/host/main.go": HOST.replace('"plugin"', '"plugin"\n\t_ "database/sql"\n\t_ "expvar"\n\t_ "flag"') + MAIN,
    }
    write(root, files)
    go.build(root, "./cmd/host", root / "host")

    def made(plugin: str, imports: str, body: str, name: str) -> Path:
        text = (
            PLUGIN.replace("IMPORT", imports)
            .replace("BODY", body)
            .replace("NAME", plugin)
            .replace('"X', f'"{name}')
            .replace("GET X", f"GET {name}")
        )
        write(root, {f"plugins/{plugin}/main.go": text})
        return go.plugin(root, f"./plugins/{plugin}", root / f"{plugin}.so")

    return made


@pytest.mark.parametrize("kind", KINDS)
def test_the_second_plugin_that_registers_a_name_is_warned_of_and_panics(
    build: Callable[[str, str, str, str], Path], kind: str
) -> None:
    first, second = (build(name, *KINDS[kind], "/same") for name in ("one", "two"))
    other = build("three", *KINDS[kind], "/another")
    assert _codes(first, second, other) == ["PK514"]
    assert "panic" in _stderr(first, second)
    assert _stderr(first, other) == ""


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_registers_nothing_in_the_process_is_not_warned_of(
    build: Callable[[str, str, str, str], Path], kind: str
) -> None:
    both = [build(name, *HARMLESS[kind], "/same") for name in ("one", "two")]
    assert _codes(*both) == []
    assert _stderr(*both) == ""


def _codes(*plugins: Path) -> list[str]:
    (verdict,) = verify(plugins, [plugins[0].parent / "host"], unstamped=True)
    assert verdict.accepted
    return [one.code for one in verdict.findings]


def _stderr(*plugins: Path) -> str:
    done = subprocess.run(
        [plugins[0].parent / "host", *plugins], capture_output=True, text=True, check=False, timeout=60
    )
    return done.stderr
