"""What is generated from an API carries calls both ways, between two sides that share nothing but bytes."""

from pathlib import Path

import pytest
from gocode import go_module
from gocrossing import LOADER, Shape, adapter_of, crossing_workspace, install
from gocrossing_random import random_types
from monorepo import write

from pluginkit.backends.go.building.modes import adapter as adapters
from pluginkit.backends.go.building.packages import list_packages
from pluginkit.core.api import Contract
from pluginkit.core.model import Member, Workspace

DATA = Path(__file__).parents[1] / "support" / "data" / "crossing_run"
STAMP = """\
package talks

import "acme/pluginapi"

var APIVersion = string(pluginapi.APIVersion)

func Capabilities() []string { return []string{"talk"} }
"""
HOST = """\
package main

import (
	_ "acme/internal/loader"
	"acme/pluginapi"
)

type counting struct {
	count func(map[string]int, ...string) (int, []string)
	never func() chan int
}

func find[T any](name string) (found T) { return found }

func main() {
	_ = find[func(parts ...string) string]("Broken")
	_ = find[func(pluginapi.Host) error]("Init")
	_, _ = any(nil).(func() []string)
	go func(unused int16) {}(0)
}
"""
EXPECTED = """\
v1.2.3 talks [talk]
Counter is a variable (int): host and plugin do not share memory in mode wasm
log: greeting "greeting set" true
log: it is 1970
<nil>
1 [x y]
failed: Broken: panic: it broke
Unknown is a func(int16), which the host's sources do not mention
talks true false
log: handling one 1
one: body at 06:08
one: closed
one! true true true true
true
for you: empty true
true 7 true <nil>
[a b c] <nil>
10 20
3 <nil>
4 empty
1048576 <nil> <nil>
1048579END <nil>
1048579END EOF
it talks 3 false true true
log: closed
true
"""


@pytest.mark.slow
def test_calls_cross_both_ways(tmp_path: Path) -> None:
    sources = {path: (DATA / name).read_text() for path, name in SOURCES.items()}
    go = go_module(tmp_path, {**LOADER, **sources, "cmd/host/main.go": HOST})
    plugin = Member("talks", "plugin", "plugins/talks", mode="wasm")
    workspace = Workspace(
        tmp_path,
        "go",
        ("acme/pluginapi",),
        (Member("host", "host", "cmd/host"), plugin),
        contract=Contract("New", symbols=(("New", "func() pluginapi.Plugin"),)),
    )
    closure = list_packages(go, workspace)
    host, own = adapters.host_adapter(go, closure, workspace), adapters.adapter(go, closure, workspace, [plugin])
    install(go, host, "adapter")
    install(go, own, "pluginadapter")
    exported = own.exporting("talks", "acme/plugins/talks").replace(adapters.CROSSING, "acme/crossing")
    importable = sources["plugins/talks/talks.go"].replace("package main", "package talks")
    write(tmp_path, {"plugins/talks/talks.go": importable, "plugins/talks/stamp.go": STAMP})
    write(tmp_path, {"exports/exports.go": exported, "cmd/run/main.go": (DATA / "run.go.txt").read_text()})
    assert go.run("vet", "./adapter", "./pluginadapter", "./exports").stderr == ""
    assert "int16" not in host.source
    assert "chan" not in host.source
    ran = go.run("run", "./cmd/run")
    assert ran.stderr == ""
    assert ran.stdout == EXPECTED


SOURCES = {"pluginapi/api.go": "api.go.txt", "plugins/talks/talks.go": "plugin.go.txt"}


DECIDES = """\
package crossing

import "reflect"

// Obstacle returns why values of a type do not cross.
func Obstacle(table *Table, t reflect.Type) string { return table.compiled().obstacle(t, map[reflect.Type]bool{}) }
"""
ASKS = """\
package main

import (
	"fmt"
	"reflect"

	"acme/adapter"
	api "acme/apis/random"
	"acme/crossing"
)

func main() {
%s}
"""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_what_is_said_of_types_before_a_build_is_what_they_do(tmp_path: Path, seed: int) -> None:
    count = 300
    shape = Shape("random", "random", random_types(seed, count))
    go, workspace = crossing_workspace(tmp_path, [shape])
    adapter = adapter_of(go, workspace)
    install(go, adapter)
    asks = "".join(
        f"\tfmt.Println(crossing.Obstacle(adapter.Table, reflect.TypeFor[api.T{number}]()))\n"
        for number in range(count)
    )
    write(tmp_path, {"crossing/decides.go": DECIDES, "cmd/asks/main.go": ASKS % asks})
    ran = go.run("run", "./cmd/asks")
    assert ran.stderr == ""
    obstacles = {f"acme/apis/random.I{number}": said for number, said in enumerate(ran.stdout.splitlines())}
    left = {name: reason for name, reason in adapter.left_out.items() if name in obstacles}
    assert 30 < len(left) < 270
    assert {name: (said, left.get(name)) for name, said in obstacles.items() if bool(said) != (name in left)} == {}
