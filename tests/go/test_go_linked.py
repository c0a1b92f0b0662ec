"""Plugins that are part of the host's binary: nothing of their sources is touched, everything comes by an overlay."""

import json
import subprocess
from pathlib import Path

import pytest
from golinked import linked_monorepo
from gorepo import go_monorepo
from monorepo import edit

from pluginkit.backends.go.building.modes.frame import limited
from pluginkit.core.modes import Limits

COUNTING = """\
// Command counting keeps a number.
package main

import "acme/pluginapi"

// Counter is shared with the host.
var Counter = 40

// Count returns it.
func Count() int { return Counter }

// Map is generic, so that no plugin exports it.
func Map[T any](values []T) []T { return values }

type counting struct{ last pluginapi.Request }

func (counting) Name() string { return "counting" }

func New() pluginapi.Plugin { Counter++; return counting{} }

func main() {}
"""
NAMESAKES = {"a-b": "10", "a.b": "20", "a_b": "30"}


@pytest.mark.parametrize(
    ("limits", "fields"),
    [
        (Limits(), ""),
        (Limits(timeout=0.25), "timeout: 250000000"),
        (Limits(memory=1 << 26, restarts=7), "memory: 67108864, restarts: 7"),
        (Limits(restarts=0), "restarts: -1"),
        (Limits(files=("data", 'a"b')), 'files: []string{"data", "a\\"b"}'),
    ],
)
def test_limits_are_told_as_the_loader_takes_them(limits: Limits, fields: str) -> None:
    assert limited(limits) == fields


def run_host(root: Path, *arguments: str) -> list[str]:
    done = subprocess.run([root / "dist/bin/host", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def inspected(pluginkit, root: Path) -> dict[str, dict]:
    ran = pluginkit("inspect", "dist", "--output-format", "json", cwd=root)
    return {one["subject"]: one for one in json.loads(ran.out)["artifacts"]}


def test_a_host_has_its_plugins_in_it_and_runs_them_as_others(tmp_path, pluginkit) -> None:
    linked_monorepo(tmp_path, **{"plugins/counting/counting.go": COUNTING})
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    assert "1 artifact built" in ran.out
    assert [path.name for path in sorted((tmp_path / "dist").resolve().rglob("*")) if path.is_file()] == [
        "host",
        "release.json",
    ]
    linked = run_host(tmp_path)
    assert linked == ["counting v1.0.0 []", "counter 42 42", "filter v1.0.0 [filter]"]
    assert pluginkit("build", "--mode", "plugin").status == 0
    assert run_host(tmp_path, "dist/plugins/counting.so", "dist/plugins/filter.so") == linked


EMBEDDING = """\
package main

// static int twice(int x) { return 2 * x; }
import "C"

import (
	_ "embed"
	"fmt"

	"acme/pluginapi"
	"acme/plugins/filter/internal/words"
)

//go:embed text.txt
var text string

type filter struct{ last pluginapi.Request }

func (filter) Name() string { return fmt.Sprint(text, " ", words.One, " ", C.twice(21)) }

func New() pluginapi.Plugin { return filter{} }

func main() {}
"""
MORE = {
    "plugins/filter/filter.go": EMBEDDING,
    "plugins/filter/text.txt": "embedded",
    "plugins/filter/internal/words/words.go": 'package words\n\nconst One = "one"\n',
    "plugins/filter/filter_test.go": "package main\n\nfunc init() { panic(New()) }\n",
    "plugins/filter/outside_test.go": "package main_test\n",
    "plugins/filter/tool.go": "//go:build ignore\n\npackage main\n",
}


def put(root: Path, **files: str) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def touched(root: Path) -> dict[str, str]:
    return {str(path): path.read_text() for path in sorted((root / "plugins").rglob("*")) if path.is_file()}


@pytest.mark.slow
def test_c_embedded_files_and_internal_packages_are_linked_too_and_no_source_is_touched(tmp_path, pluginkit) -> None:
    linked_monorepo(tmp_path, **MORE)
    before = touched(tmp_path)
    assert pluginkit("build").status == 0
    assert run_host(tmp_path) == ["embedded one 42 v1.0.0 [filter]"]
    assert touched(tmp_path) == before
    data = (tmp_path / "dist/bin/host").read_bytes()
    assert b"pluginkit-go-" not in data
    assert str(tmp_path).encode() not in data


@pytest.mark.slow
def test_an_edit_of_a_linked_plugin_is_another_host_and_no_other_plugin(tmp_path, pluginkit) -> None:
    more = '\n[plugin.counting]\nmode = "linked"\n'
    linked_monorepo(tmp_path, more=more, **{"plugins/counting/counting.go": COUNTING})
    assert "2 artifacts built" in pluginkit("build").out
    assert run_host(tmp_path, "dist/plugins/filter.so") == [
        "counting v1.0.0 []",
        "counter 42 42",
        "filter v1.0.0 [filter]",
    ]
    assert pluginkit("verify").status == 0
    assert "nothing changed, 2 artifacts" in pluginkit("build").out
    edit(tmp_path / "plugins/counting/counting.go", "= 40", "= 50")
    assert "1 artifact built, 1 carried over" in pluginkit("build", "counting").out
    assert run_host(tmp_path)[1] == "counter 52 52"
    edit(tmp_path / "plugins/filter/filter.go", 'return "filter"', 'return "sieve"')
    ran = pluginkit("build")
    assert "built plugins/filter.so" in ran.out
    assert "1 artifact built, 1 carried over" in ran.out
    put(tmp_path, **{"plugins/counting/more.go": "package main\n\nfunc init() { Counter += 100 }\n"})
    assert "built bin/host" in pluginkit("build").out
    assert run_host(tmp_path)[1] == "counter 152 152"
    assert "1 artifact built" in pluginkit("build", "--mode", "linked").out
    assert "2 from the cache" in pluginkit("build").out


UNFIT = [
    # what stands in the plugin instead, and what is said of it
    (
        "func New() string { return filter{}.Name() }",
        "plugins/filter: does not fulfil [contract.symbols]:\n"
        "  cannot use New (value of type func() string) as func() pluginapi.Plugin value in variable declaration",
    ),
    (
        "func New() pluginapi.Plugin { return 5 }",
        "plugins/filter: cannot be linked into cmd/host:\n  plugins/filter/filter.go:9:38: cannot use 5 "
        "(constant of type int) as pluginapi.Plugin value in return statement: int does not implement "
        "pluginapi.Plugin (missing method Name)",
    ),
    ("func New() pluginapi.Plugin { return nothing }", "plugins/filter/filter.go:9:38: undefined: nothing"),
    ("func Other() {}", "plugins/filter: does not fulfil [contract.symbols]:\n  undefined: New"),
]


@pytest.mark.slow
def test_a_plugin_that_does_not_fit_is_named_with_the_compilers_words(tmp_path, pluginkit) -> None:
    linked_monorepo(tmp_path, **{"plugins/counting/counting.go": COUNTING})
    source = tmp_path / "plugins/filter/filter.go"
    fitting = source.read_text()
    for instead, said in UNFIT:
        source.write_text(fitting.replace("func New() pluginapi.Plugin { return filter{} }", instead))
        ran = pluginkit("build")
        assert ran.status == 2
        assert said in ran.err
        assert "plugins/counting" not in ran.err
    put(tmp_path, **{"plugins/counting/more.go": "package main\n\nvar more int = Counter2\n"})
    ran = pluginkit("build")
    assert "plugins/counting/more.go:3:16: undefined: Counter2" in ran.err
    assert "does not fulfil [contract.symbols]:\n  undefined: New" in ran.err


@pytest.mark.slow
def test_what_a_linked_plugin_does_as_the_host_starts_is_warned_of(tmp_path, pluginkit) -> None:
    files = 'package main\n\nimport "os"\n\nvar hosts, _ = os.ReadFile("/etc/hosts")\n'
    linked_monorepo(tmp_path, **{"plugins/filter/more.go": files})
    ran = pluginkit("build")
    assert "PK506 dist/bin/host: warning: as the host starts, os.ReadFile reads or changes files" in ran.out
    assert "plugins/filter/more.go:5" in ran.out


IMPOSSIBLE = [
    # the configuration's end, what is said, and the way
    (
        '\n[go]\nmode = "plugin"\ntargets = ["windows/amd64"]\n',
        "plugins/filter: mode = 'plugin' does not exist on windows/amd64, only on linux/amd64 and linux/arm64",
        'write mode = "linked" in [plugin.filter], or run `pluginkit build --mode linked`',
    ),
    (
        "\n[go]\ncgo = false\n",
        "[go] cgo = false: mode = 'plugin', which plugins/filter has, needs cgo, in the host as well",
        "remove it, or make the plugins part of the host: `pluginkit build --mode linked`",
    ),
    (
        '\n[go]\nmode = "linked"\ntargets = ["linux/amd64", "plan9/arm"]\n',
        "'plan9/arm' is not a target",
        "use some of darwin/amd64, darwin/arm64, ",
    ),
]


@pytest.mark.parametrize(("more", "said", "way"), IMPOSSIBLE)
def test_what_is_impossible_on_a_target_is_refused_with_the_way(tmp_path, pluginkit, more, said, way) -> None:
    linked_monorepo(tmp_path, more=more)
    ran = pluginkit("build")
    assert ran.status == 2
    assert said in ran.err
    assert way in ran.err


def test_a_host_without_the_generated_loader_runs_shared_objects_alone(tmp_path, pluginkit) -> None:
    go_monorepo(tmp_path)
    ran = pluginkit("build", "--mode", "linked")
    assert ran.status == 2
    assert "cmd/host: modes other than 'plugin' need the generated loader, which this host does not import" in ran.err
    assert "`pluginkit new NAME --language go` makes one" in ran.err


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        (
            "cmd/tool/internal/deep",
            COUNTING,
            "cmd/tool/internal/deep: mode = 'linked': acme/internal/loader cannot import what is internal to "
            'acme/cmd/tool\nhint: mend that, or write mode = "plugin" in [plugin.deep]',
        ),
        (
            "plugins/counting",
            COUNTING.replace("// Counter is", 'import _ "acme/internal/loader"\n\n// Counter is'),
            "plugins/counting: mode = 'linked': it imports acme/internal/loader, which would import it",
        ),
    ],
)
def test_what_no_loader_can_import_is_named(tmp_path, pluginkit, path, text, said) -> None:
    linked_monorepo(tmp_path, **{f"{path}/counting.go": text})
    edit(tmp_path / "pluginkit.toml", '"plugins/*"]', f'"plugins/*", "{path}"]')
    ran = pluginkit("build")
    assert ran.status == 2
    assert said in ran.err


def test_a_linked_plugin_needs_a_host(tmp_path, pluginkit) -> None:
    linked_monorepo(tmp_path)
    edit(tmp_path / "pluginkit.toml", 'hosts = ["cmd/host"]\n', "")
    ran = pluginkit("build")
    assert ran.status == 2
    assert "plugins/filter: mode = 'linked', and the workspace has no host that it could be part of" in ran.err


@pytest.mark.slow
def test_without_cgo_a_linked_host_is_static_and_answers_alike(tmp_path, pluginkit) -> None:
    linked_monorepo(tmp_path, **{"plugins/counting/counting.go": COUNTING})
    edit(tmp_path / "pluginkit.toml", 'mode = "linked"\n', 'mode = "linked"\ncgo = false\n')
    assert pluginkit("build").status == 0
    assert run_host(tmp_path) == ["counting v1.0.0 []", "counter 42 42", "filter v1.0.0 [filter]"]
    data = (tmp_path / "dist/bin/host").read_bytes()
    assert b"ld-linux" not in data
    assert b"\0plugin.Open\0" not in data
    assert inspected(pluginkit, tmp_path)["dist/bin/host"]["stamp"]["toolchain"]["cgo"] == "0"


@pytest.mark.slow
def test_plugins_whose_packages_have_one_name_stay_apart(tmp_path, pluginkit) -> None:
    more = {f"plugins/{name}/counting.go": COUNTING.replace("40", count) for name, count in NAMESAKES.items()}
    linked_monorepo(tmp_path, **more)
    ran = pluginkit("build")
    assert ran.status == 0, ran.err
    found = [line for line in run_host(tmp_path) if line.startswith("counter")]
    assert found == ["counter 12 12", "counter 22 22", "counter 32 32"]
