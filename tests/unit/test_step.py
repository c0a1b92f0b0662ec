"""What a change of a surface asks for."""

import pytest

from pluginkit.core.api import Api, Contract
from pluginkit.surface.roles import roles_between
from pluginkit.surface.step import judge_step, part_to_bump

PYTHON = (
    "class a.Host(Protocol)",
    "class a.NeedsHost(Protocol)",
    "class a.Plugin(Protocol)",
    "@dataclass class a.Request",
    "a.API_VERSION: Final = '1.1.1'",
    "a.LIMIT: int = 3",
    "def a.Host.log(self, text: str) -> None",
    "def a.NeedsHost.init(self, host: Host) -> None",
    "def a.Plugin.handle(self, request: Request) -> bytes",
    "def a.Request.__init__(self, id: str)",
    "def a.helper(x: int) -> int",
    "field a.Request.id: str",
    "module a",
)
GO = (
    'pkg acme/api, const APIVersion untyped string = "v1.1.1"',
    "pkg acme/api, const Max untyped int = 3",
    "pkg acme/api, func Helper(int) int",
    "pkg acme/api, type Host interface { Log(string) }",
    "pkg acme/api, type Host interface, Log(string)",
    "pkg acme/api, type Plugin interface { Name() string }",
    "pkg acme/api, type Plugin interface, Name() string",
    "pkg acme/api, type Request struct { ID }",
    "pkg acme/api, type Request struct, ID string",
)
SYMBOLS = (("Init", "func(api.Host) error"), ("New", "func() api.Plugin"))
CASES = {
    # surface, what to replace, by what, the step, and the severity of the change that asks for it
    "a function removed": (PYTHON, "def a.helper(x: int) -> int", "", "major", "callers"),
    "a function added": (PYTHON, "module a", "def a.more() -> None\nmodule a", "minor", "added"),
    "a method added to what plugins implement": (
        PYTHON, "module a", "def a.Plugin.close(self) -> None\nmodule a", "major", "implementers",
    ),
    "a parameter added to what plugins implement": (
        PYTHON, "self, request: Request", "self, request: Request, more: int = 0", "major", "implementers",
    ),
    "a method added to what the host implements": (
        PYTHON, "module a", "def a.Host.warn(self, text: str) -> None\nmodule a", "minor", "added",
    ),
    "an optional parameter added to what the host implements": (
        PYTHON, "self, text: str", "self, text: str, level: int = 0", "minor", "added",
    ),
    "a parameter added to what the host implements": (
        PYTHON, "self, text: str", "self, text: str, level: int", "major", "callers",
    ),
    "a method removed from what the host implements": (
        PYTHON, "def a.Host.log(self, text: str) -> None", "", "major", "callers",
    ),
    "the value of a constant": (PYTHON, "LIMIT: int = 3", "LIMIT: int = 4", "patch", "implementation"),
    "its own version": (PYTHON, "'1.1.1'", "'2.0.0'", "patch", ""),
    "a module that becomes compiled": (PYTHON, "module a", "module a (compiled)", "major", "unknown"),
    "nothing": (PYTHON, "module a", "module a", "patch", ""),
    "Go: a function removed": (GO, "pkg acme/api, func Helper(int) int", "", "major", "callers"),
    "Go: a function changed": (GO, "Helper(int)", "Helper(string)", "major", "callers"),
    "Go: a function added": (
        GO, "pkg acme/api, func H", "pkg acme/api, func G()\npkg acme/api, func H", "minor", "added",
    ),
    "Go: a field added": (
        GO, "pkg acme/api, type Request struct { ID }",
        "pkg acme/api, type Request struct { ID; More }\npkg acme/api, type Request struct, More int",
        "minor", "added",
    ),
    "Go: a method added to what plugins implement": (
        GO, "pkg acme/api, type Plugin interface, Name",
        "pkg acme/api, type Plugin interface, Close()\npkg acme/api, type Plugin interface, Name",
        "major", "implementers",
    ),
    "Go: a method added to what the host implements": (
        GO, "pkg acme/api, type Host interface, Log",
        "pkg acme/api, type Host interface, Warn()\npkg acme/api, type Host interface, Log", "minor", "added",
    ),
    "Go: the value of a constant": (GO, "int = 3", "int = 4", "major", "callers"),
    "Go: its own version": (GO, "v1.1.1", "v2.0.0", "patch", ""),
}  # fmt: skip


def api(surface: str | tuple[str, ...], version: str) -> Api:
    lines = surface if isinstance(surface, tuple) else tuple(sorted(filter(None, surface.splitlines())))
    is_go = lines[0].startswith("pkg ")
    return Api("acme/api" if is_go else "acme-api", version, "h1:", ("api",) if is_go else ("a",), lines)


@pytest.mark.parametrize(("surface", "old", "new", "size", "severity"), CASES.values(), ids=CASES)
def test_a_change_asks_for_a_step(surface, old, new, size, severity) -> None:
    text = "\n".join(surface)
    assert old in text
    before, after = api(surface, "1.1.1"), api(text.replace(old, new), "1.1.2")
    step = judge_step(before, after, "semver", "", roles_between([before, after], Contract(symbols=SYMBOLS)))
    assert (step.size, {one.severity for one in step.changes} or {""}) == (size, {severity})
    assert step.is_enough is (size == "patch")
    assert step.version == {"major": "2.0.0", "minor": "1.2.0", "patch": "1.1.2"}[size]
    assert [one.severity for one in step.asking] == ([] if size == "patch" else [severity] * len(step.changes))


def test_what_is_compiled_may_have_changed_unseen() -> None:
    opaque = api(("module a (compiled)",), "1.0.0")
    assert judge_step(opaque, opaque, "semver", "").is_hidden
    assert judge_step(api((*PYTHON[:1],), "1.0.0"), Api("acme-api", "1.0.0", "h1:"), "semver", "").is_hidden
    assert not judge_step(api(PYTHON, "1.0.0"), api(PYTHON, "1.0.0"), "semver", "").is_hidden


PARTS = [
    ("1.1.1", "1.1.2", "semver", "major"),
    ("0.1.0", "0.1.1", "semver", "minor"),
    ("1.1.1", "1.1.1", "none", "major"),
    ("1.1.1", "1.0.0", "semver", "major"),
    ("1.1.1", "0.9.0", "semver", ""),
    ("2026.4", "2026.4", "pep440-calver", ""),
]


@pytest.mark.parametrize(("old", "new", "scheme", "part"), PARTS)
def test_the_part_to_move_gives_the_version_asked_for_or_none_is_named(old, new, scheme, part) -> None:
    smaller = tuple(line for line in PYTHON if "helper" not in line)
    step = judge_step(api(PYTHON, old), api(smaller, new), scheme, "2026-04-01")
    assert part_to_bump(step, scheme) == part
