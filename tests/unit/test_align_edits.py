"""What `align` reads of a host's binary, and the edits that need no toolchain."""

from pathlib import Path

import pytest
from monorepo import write

from pluginkit.backends.go.aligning.configured import set_tags
from pluginkit.backends.go.aligning.facts import HostFacts, Used
from pluginkit.backends.go.aligning.reasons import failures, of_go
from pluginkit.backends.python.aligning.requirements import Excluded, excluded, rewrite, widen
from pluginkit.core.api import Contract
from pluginkit.core.errors import PluginkitError
from pluginkit.core.gobinary import GoBinary, GoModule
from pluginkit.core.verdict import Host

MODULES = (
    GoModule("acme/host", "v1.2.3"),
    GoModule("acme/dep", "v1.0.0", "h1:x"),
    GoModule("acme/dep/sub", "v0.2.0", "", "acme/fork v0.3.0"),
    GoModule("acme/local", "v1.0.0", "", "./local (devel)"),
)


def facts(go: str = "go1.27.3", **settings: str) -> HostFacts:
    binary = GoBinary(
        kind="executable",
        go_version=go,
        main="acme/host",
        main_module="acme/host",
        plugin_path="",
        settings={name.replace("_", "-") if name[0] == "_" else name: value for name, value in settings.items()},
        modules=MODULES,
        platform="linux/amd64",
        packages={"acme/dep": "00"},
        exports={},
    )
    return HostFacts(Host("host", "host", (), Contract(), language="go", binary=binary))


@pytest.mark.parametrize(
    ("settings", "command"),
    [
        ({"_trimpath": "true"}, "CGO_ENABLED=1 go build -buildmode=plugin -trimpath -o x.so ."),
        ({"_tags": "a,b", "_race": "true"}, "CGO_ENABLED=1 go build -buildmode=plugin -race -tags=a,b -o x.so ."),
        ({"_gcflags": "all=-N -l"}, "CGO_ENABLED=1 go build -buildmode=plugin '-gcflags=all=-N -l' -o x.so ."),
        ({"GOAMD64": "v1", "GOFIPS140": "off"}, "CGO_ENABLED=1 go build -buildmode=plugin -o x.so ."),
        ({"GOEXPERIMENT": "arenas"}, "CGO_ENABLED=1 GOEXPERIMENT=arenas go build -buildmode=plugin -o x.so ."),
        ({"CGO_CFLAGS": "-O1", "_ldflags": "-s"}, "CGO_ENABLED=1 go build -buildmode=plugin -o x.so ."),
        ({"_pgo": "/absent/default.pgo"}, "CGO_ENABLED=1 go build -buildmode=plugin -o x.so ."),
    ],
)
def test_the_command_has_what_changes_packages(settings: dict[str, str], command: str) -> None:
    assert facts(**settings).command("go", ".", "x.so", {}) == command


def test_copies_of_modules_are_told_apart() -> None:
    found = facts()
    assert found.used("acme/host") == Used("(devel)"), "a tag of the checkout is no version that can be required"
    assert found.used("acme/dep") == Used("v1.0.0")
    assert found.used("acme/dep/sub") == Used("v0.2.0", "acme/fork v0.3.0")
    assert found.used("acme/local") == Used("v1.0.0", "./local")
    assert [found.owner(path) for path in ("acme/dep/sub/x", "acme/dep/subtle", "fmt")] == [
        "acme/dep/sub",
        "acme/dep",
        "",
    ]


def test_a_host_that_says_nothing_of_itself_cannot_be_followed() -> None:
    with pytest.raises(PluginkitError, match="no build information"):
        facts(go="")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('language = "go"\n', 'language = "go"\n\n[go]\ntags = ["a", "b"]\n'),
        ('[go]\nldflags = "-w"\n', '[go]\ntags = ["a", "b"]\nldflags = "-w"\n'),
        ('[go]\ntags = [\n  "c",  # one\n]\ncgo = true\n', '[go]\ntags = ["a", "b"]\ncgo = true\n'),
        ('[go]\ntags = ["b", "a"]\n', '[go]\ntags = ["b", "a"]\n'),
    ],
)
def test_tags_of_a_configuration_become_the_hosts(tmp_path: Path, before: str, after: str) -> None:
    write(tmp_path, {"pluginkit.toml": before})
    edits = set_tags(tmp_path, facts(_tags="b,a"))
    assert (tmp_path / "pluginkit.toml").read_text() == after
    assert bool(edits) == (before != after)


@pytest.mark.parametrize(
    ("line", "pin", "expected"),
    [
        ("dep>=2", "1.0", "dep>=1.0"),
        ("dep~=2.1", "1.5", "dep>=1.5"),
        ("dep==2.*", "1.5", "dep>=1.5"),
        ("dep<1", "1.5", "dep<=1.5"),
        ("dep>=1,<1.4", "1.5", "dep>=1,<=1.5"),
        ("dep!=1.5", "1.5", "dep"),
        ("dep[x]>=2; python_version >= '3'", "1.0", "dep[x]>=1.0; python_version >= '3'"),
    ],
)
def test_a_requirement_is_widened_no_further_than_to_the_pin(
    tmp_path: Path, line: str, pin: str, expected: str
) -> None:
    manifest = tmp_path / "pyproject.toml"
    manifest.write_text(f'[project]\nname = "x"\ndependencies = ["{line}", "other"]\n')
    (found,) = excluded(manifest, {"dep": pin, "other": "1"}, "")
    assert found == Excluded(manifest, line, "dep", pin)
    assert widen(found) == expected
    assert rewrite(manifest, line, expected)
    assert not list(excluded(manifest, {"dep": pin}, ""))


def test_what_the_go_command_says_is_taken_apart() -> None:
    said = "# acme/plug\n./main.go:3:1: undefined: dep.New\n# acme/dep/x\nx.go:1:1: bad\n"
    assert failures(said) == {"acme/plug": "./main.go:3:1: undefined: dep.New", "acme/dep/x": "x.go:1:1: bad"}
    (unmet,) = of_go("go: acme/new@v1.3.0 requires go >= 1.28 (running go 1.27.3; GOTOOLCHAIN=local)", facts())
    assert (unmet.need, unmet.offered, unmet.askers) == ("go 1.28", "go1.27.3", ("acme/new v1.3.0",))
