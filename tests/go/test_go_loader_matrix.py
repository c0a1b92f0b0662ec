"""What the verifier says of what the dynamic loader does, against what happens when real hosts open real plugins.

Each row builds a host and plugins, asks for the verdict, and lets the host open them in a process of its own.
"""

import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from gofixtures import GoTools
from golibraries import C, Libraries, Recipe, musl_root, run_host

from pluginkit.core.api import Contract
from pluginkit.core.frozen import replace
from pluginkit.stages.verify import hosts_among, read_artifacts, verify, with_loaders

pytestmark = [
    pytest.mark.matrix,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the C code and the loaders of the rows are x86-64's"),
]

# ruff: noqa: E501

MUSL, MUSL_HOST = "-target x86_64-linux-musl", "-target x86_64-linux-musl -dynamic"
NEEDS = C("extern int foo(void);\nint call(void) { return foo(); }", "-L{v1} -l:libfoo.so.1")
NEEDS_NEW = C("extern int foo2(void);\nint call(void) { return foo2(); }", "-L{v2} -l:libfoo.so.1")
NEEDS_CHAIN = C(NEEDS.code, "-L{chain} -l:libfoo.so.1 -Wl,--allow-shlib-undefined")
NEEDS_UNRESOLVED = C(NEEDS.code, "-L{unresolved} -l:libfoo.so.1 -Wl,--allow-shlib-undefined")
UNDEFINED = C(NEEDS.code)
WEAK = C("extern int foo(void) __attribute__((weak));\nint call(void) { return foo ? foo() : 0; }")
DEFINES = C("int foo(void) { return 3; }")


def searching(place: str, *, old: bool = False) -> tuple[str, ...]:
    """Return flags that write a search path, as RPATH or RUNPATH, into what is linked."""
    tags = "disable" if old else "enable"
    return (f"-ldflags=-extldflags=-Wl,--{tags}-new-dtags,-rpath,{place}",)


def storage(size: int, name: str = "tls", model: str = "initial-exec") -> Recipe:
    code = f'static __thread char big[{size}] __attribute__((tls_model("{model}")));\nint call(int i) {{ return big[i]++; }}'
    return Recipe(name, C(code))


PLAIN = Recipe("plain")
HOST = Recipe("host", kind="host")
MUSL_PLUGIN, MUSL_PROGRAM = (
    Recipe("plain", cc=MUSL),
    Recipe("host", kind="host", cc=MUSL_HOST, flags=("-ldflags=-linkmode=external",)),
)
FINDS = Recipe("finds", NEEDS, searching("{v1}"))
HAS_FOO = Recipe("host", NEEDS, searching("{v1}"), kind="host")


@dataclass(frozen=True)
class Row:
    """One process of the matrix."""

    name: str
    plugins: tuple[Recipe, ...]
    opens: tuple[bool, ...]
    """What is expected of each plugin, so that a row whose premise breaks is noticed."""
    codes: tuple[str, ...] = ()
    host: Recipe = HOST
    env: Mapping[str, str] = field(default_factory=dict)


def yes(name: str, *plugins: Recipe, host: Recipe = HOST, **env: str) -> Row:
    return Row(name, plugins, (True,) * len(plugins), (), host, env)


def no(name: str, code: str, *plugins: Recipe, host: Recipe = HOST, **env: str) -> Row:
    """Refuse the last of the plugins."""
    return Row(name, plugins, (True,) * (len(plugins) - 1) + (False,), tuple(code.split()), host, env)


GLIBC = [
    yes("nothing but the C library", PLAIN),
    no("a library that is nowhere", "PK407", Recipe("needs", NEEDS)),
    yes("a library by RUNPATH", FINDS),
    yes("a library by RPATH", Recipe("needs", NEEDS, searching("{v1}", old=True))),
    yes("a library beside the plugin", Recipe("needs", NEEDS, searching("$ORIGIN/../v1"))),
    no("a library not beside the plugin", "PK407", Recipe("needs", NEEDS, searching("$ORIGIN/../empty"))),
    yes("a library by the host's RPATH", Recipe("needs", NEEDS), host=Recipe("host", None, searching("{v1}", old=True), kind="host")),
    no("a library by the host's RUNPATH, which counts for itself", "PK407", Recipe("needs", NEEDS),
       host=Recipe("host", None, searching("{v1}"), kind="host")),
    no("the host's RPATH where the plugin has a RUNPATH", "PK407", Recipe("needs", NEEDS, searching("{empty}")),
       host=Recipe("host", None, searching("{v1}", old=True), kind="host")),
    yes("a library by LD_LIBRARY_PATH", Recipe("needs", NEEDS), LD_LIBRARY_PATH="{empty}:{v1}"),
    yes("a library that the host has", Recipe("needs", NEEDS), host=HAS_FOO),
    yes("a library that a plugin before it brought", FINDS, Recipe("needs", NEEDS)),
    Row("a library that a plugin after it brings", (Recipe("needs", NEEDS), FINDS), (False, True), ("PK407",)),
    no("a library whose own library is nowhere", "PK407", Recipe("needs", NEEDS_CHAIN, searching("{chain}"))),
    no("a linker script in place of the library", "PK407", Recipe("needs", NEEDS, searching("{script}"))),
    no("a library for another processor", "PK407", Recipe("needs", NEEDS, searching("{arm}"))),
    yes("one for another processor comes first", Recipe("needs", NEEDS, searching("{arm}:{v1}"))),
    yes("a library of the machine's cache", Recipe("needs", C("", "-Wl,--no-as-needed -l:libgcc_s.so.1"))),
    no("a version that the library does not define", "PK408", Recipe("needs", NEEDS_NEW, searching("{v1}"))),
    yes("a version that a newer library defines", Recipe("needs", NEEDS, searching("{v2}"))),
    no("a version that the host's library does not define", "PK408", Recipe("needs", NEEDS_NEW, searching("{v2}")), host=HAS_FOO),
    no("a version that the library of a plugin before it does not define", "PK408", FINDS,
       Recipe("needs", NEEDS_NEW, searching("{v2}"))),
    yes("an older glibc", Recipe("plain", cc="-target x86_64-linux-gnu.2.17")),
    no("a symbol that nothing defines", "PK409", Recipe("undefined", UNDEFINED)),
    yes("a weak symbol that nothing defines", Recipe("weak", WEAK)),
    yes("a symbol of the host's C code", Recipe("undefined", UNDEFINED), host=Recipe("host", DEFINES, kind="host")),
    yes("a symbol of the host's library", Recipe("undefined", UNDEFINED), host=HAS_FOO),
    yes("a symbol of a plugin before it", Recipe("defines", DEFINES), Recipe("undefined", UNDEFINED)),
    Row("a symbol of a plugin after it", (Recipe("undefined", UNDEFINED), Recipe("defines", DEFINES)), (False, True), ("PK409",)),
    yes("a symbol of the library of a plugin before it", FINDS, Recipe("undefined", UNDEFINED)),
    no("a symbol that the library lacks", "PK409", Recipe("needs", NEEDS_UNRESOLVED, searching("{unresolved}"))),
    yes("thread-local storage anywhere", storage(8000, model="global-dynamic")),
    yes("a little in the static block", storage(200)),
    no("too much in the static block", "PK410", storage(4000)),
    no("too much in the static block with that of another", "PK410", storage(1000), storage(1001, "more")),
    no("a plugin path of its own", "PK411", Recipe("plain", flags=("-ldflags=-pluginpath=other",))),
    yes("the host is stripped", PLAIN, host=Recipe("host", flags=("-ldflags=-s -w",), kind="host")),
    yes("the host is position-independent", PLAIN, host=Recipe("host", flags=("-buildmode=pie",), kind="host")),
    no("the host is static", "PK412", PLAIN, host=Recipe("host", flags=("-ldflags=-linkmode=external -extldflags=-static",), kind="host")),
    no("the host is static and stripped", "PK412", PLAIN,
       host=Recipe("host", flags=("-ldflags=-s -w -linkmode=external -extldflags=-static",), kind="host")),
    no("the host is static and position-independent", "PK412", PLAIN,
       host=Recipe("host", flags=("-buildmode=pie", "-ldflags=-linkmode=external -extldflags=-static-pie"), kind="host")),
    no("Go's own linker linked the host", "PK412", PLAIN, host=Recipe("host", flags=("-ldflags=-linkmode=internal",), kind="host")),
    no("the host has no cgo", "PK402", PLAIN, host=Recipe("host", env={"CGO_ENABLED": "0"}, kind="host")),
    yes("the test binary of a package that it does not share", PLAIN, host=Recipe("host.test", kind="./cmd/host")),
    no("the test binary of a package that it shares", "PK412", PLAIN, host=Recipe("api.test", kind="./pluginapi")),
    no("linked with musl", "PK407", MUSL_PLUGIN),
]  # fmt: skip
BOTH_MUSL = [
    yes("both with musl", MUSL_PLUGIN, host=MUSL_PROGRAM),
    yes("glibc's functions that musl has too", PLAIN, host=MUSL_PROGRAM),
    no("a function that musl does not have", "PK409", Recipe("undefined", C(
        "#include <gnu/libc-version.h>\nconst char *call(void) { return gnu_get_libc_version(); }")), host=MUSL_PROGRAM),
    no("glibc's own loader", "PK407", storage(8000, model="global-dynamic"), host=MUSL_PROGRAM),
    no("a library that is nowhere", "PK407", Recipe("needs", NEEDS, cc=MUSL), host=MUSL_PROGRAM),
    yes("a library by a search path", Recipe("needs", NEEDS, searching("{musl}"), cc=MUSL), host=MUSL_PROGRAM),
    yes("a library by the host's search path", Recipe("needs", NEEDS, cc=MUSL), host=Recipe(
        "host", None, ("-ldflags=-linkmode=external -extldflags=-Wl,-rpath,{musl}",), MUSL_HOST, kind="host")),
    no("a symbol that nothing defines", "PK409", Recipe("undefined", UNDEFINED, cc=MUSL), host=MUSL_PROGRAM),
    yes("a weak symbol that nothing defines", Recipe("weak", WEAK, cc=MUSL), host=MUSL_PROGRAM),
    yes("thread-local storage anywhere", Recipe("tls", storage(8000, model="global-dynamic").c, cc=MUSL), host=MUSL_PROGRAM),
    no("a little in the static block", "PK410", Recipe("tls", storage(200).c, cc=MUSL), host=MUSL_PROGRAM),
]  # fmt: skip
TALLY: dict[str, list[str]] = {"pairs": [], "false accepts": [], "false refusals": []}


@pytest.fixture(scope="module")
def libraries(go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> Libraries:
    return Libraries(go, tmp_path_factory.mktemp("loader"))


@pytest.fixture(scope="module")
def musl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = musl_root(tmp_path_factory.mktemp("musl") / "root")
    if found is None:
        pytest.skip("no dynamic loader of musl here")
    return found


@pytest.mark.parametrize("row", GLIBC, ids=[row.name for row in GLIBC])
def test_verdict_and_load_agree(libraries: Libraries, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    env = {name: value.format(**libraries.places) for name, value in row.env.items()}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    _compare(libraries, row, None, (), env)


@pytest.mark.parametrize("row", BOTH_MUSL, ids=[row.name for row in BOTH_MUSL])
def test_verdict_and_load_agree_where_the_host_has_musl(libraries: Libraries, musl: Path, row: Row) -> None:
    _compare(libraries, row, musl, (str(musl / "lib/ld-musl-x86_64.so.1"),), {})


def test_the_matrix_has_no_disagreement() -> None:
    print("\n" + ", ".join(f"{len(found)} {name}" for name, found in TALLY.items()))
    assert not TALLY["false accepts"]
    assert not TALLY["false refusals"]


def _compare(libraries: Libraries, row: Row, root: Path | None, loader: Sequence[str], env: Mapping[str, str]) -> None:
    host = libraries.build(row.host)
    plugins = [libraries.build(recipe) for recipe in row.plugins]
    predicted, codes = _predicted(host, plugins, root)
    said = run_host(host, plugins, loader, **env)
    outcomes = {one["Path"]: one["Error"] for one in _lines(said["stdout"])}
    opened = [outcomes.get(str(path), "dead") == "" for path in plugins]
    print(row.name, outcomes, said["stderr"][:200])
    for path, foreseen, seen in zip(plugins, predicted, opened, strict=True):
        TALLY["pairs"].append(f"{row.name}: {path.name}")
        if foreseen != seen:
            TALLY["false accepts" if foreseen else "false refusals"].append(f"{row.name}: {path.name}")
    assert opened == list(row.opens), f"the row is not what it says: {said}"
    assert predicted == opened
    assert codes == list(row.codes)


def _lines(text: str) -> Iterator[dict[str, str]]:
    for line in text.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def _predicted(host: Path, plugins: Sequence[Path], root: Path | None) -> tuple[list[bool], list[str]]:
    read = [one for path in plugins for one in read_artifacts(path, unstamped=True)]
    contract = Contract(factory="New", symbols=(("New", "func() pluginapi.Plugin"),))
    sides = [
        type(side)(replace(side.host, contract=contract), side.evidences)
        for side in hosts_among(host, read_artifacts(host, unstamped=True), unstamped=True)
    ]
    (verdict,) = verify(read, with_loaders(sides, root))
    return [str(path) not in verdict.refused for path in plugins], [finding.code for finding in verdict.findings]
