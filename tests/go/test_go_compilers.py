"""Which C compiler links for a processor, and that none leaves a trace of where it lies."""

import os
import platform
import shlex
from pathlib import Path

import pytest

from pluginkit.backends.go import toolchain
from pluginkit.backends.go.building import compiler
from pluginkit.backends.go.building.command import Go
from pluginkit.backends.go.toolchain import GoToolchain, find_go
from pluginkit.core.errors import PluginkitError

FOREIGN, TRIPLE = ("arm64", "aarch64-linux-gnu") if platform.machine() == "x86_64" else ("amd64", "x86_64-linux-gnu")
ZIG = "/opt/zig"
CASES = [
    # on PATH, zig is installed, processor, CC
    ("gcc", True, "", ""),
    ("gcc clang", True, toolchain.machine(), ""),
    ("clang cc", True, "", "clang"),
    ("cc", True, "", "cc"),
    ("", True, "", f"{ZIG}/zig cc -ffile-prefix-map={ZIG}=/_/zig"),
    (f"gcc {TRIPLE}-gcc", True, FOREIGN, f"{TRIPLE}-gcc"),
    ("gcc clang", True, FOREIGN, f"{ZIG}/zig cc -target {TRIPLE}.2.17 -ffile-prefix-map={ZIG}=/_/zig"),
]


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that puts commands on an otherwise empty PATH, and zig in its place or nowhere."""

    def put(names: str, *, zig: bool) -> None:
        (tmp_path / "bin").mkdir()
        for name in names.split():
            (tmp_path / "bin" / name).touch(mode=0o755)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        found = toolchain.find_spec
        monkeypatch.setattr(toolchain, "find_spec", lambda name: (zig and _Zig) if name == "ziglang" else found(name))

    return put


class _Zig:
    submodule_search_locations = (ZIG,)


@pytest.mark.parametrize(("names", "zig", "goarch", "cc"), CASES)
def test_the_c_compiler_is_one_for_the_processor(tools, names, zig, goarch, cc) -> None:
    tools(names, zig=zig)
    assert find_go(goarch=goarch).cc == cc


@pytest.mark.parametrize(
    ("goarch", "message", "package"),
    [
        ("", "no C compiler found", "gcc"),
        (FOREIGN, f"no C compiler for linux/{FOREIGN} found", f"gcc-{TRIPLE.replace('_', '-')}"),
    ],
)
def test_without_a_c_compiler_it_says_which_to_install(tools, goarch, message, package) -> None:
    tools("", zig=False)
    with pytest.raises(PluginkitError, match=message) as raised:
        find_go(goarch=goarch)
    assert raised.value.hint == f"install {package}, or `pip install ziglang`"


@pytest.mark.parametrize(
    ("names", "zig", "platform", "cc"),
    [
        ("gcc", True, "windows/amd64", f"{ZIG}/zig cc -target x86_64-windows-gnu -ffile-prefix-map={ZIG}=/_/zig"),
        ("gcc x86_64-w64-mingw32-gcc", True, "windows/amd64", "x86_64-w64-mingw32-gcc"),
        ("gcc", True, "linux/386", f"{ZIG}/zig cc -target x86-linux-musl -ffile-prefix-map={ZIG}=/_/zig"),
        ("gcc", True, "darwin/arm64", None),
        ("gcc", False, "windows/amd64", None),
    ],
)
def test_another_system_has_a_c_compiler_where_it_is_asked_for(tools, names, zig, platform, cc) -> None:
    tools(names, zig=zig)
    goos, _, goarch = platform.partition("/")
    assert find_go(goarch=goarch, goos=goos, cgo=False).cc == ""
    if cc is not None:
        assert find_go(goarch=goarch, goos=goos).cc == cc
        return
    with pytest.raises(
        PluginkitError, match=f"no C compiler for {platform} found, which cgo = true asks for"
    ) as raised:
        find_go(goarch=goarch, goos=goos)
    assert raised.value.hint.startswith("remove cgo = true from [go]")


def test_zig_is_known_by_its_release_and_target_and_not_by_its_place(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PLUGINKIT_CACHE_DIR", str(tmp_path / "cache"))
    said = []
    for place in ("one", "two"):
        zig = tmp_path / place / "zig"
        zig.parent.mkdir()
        zig.write_text('#!/bin/sh\ncase "$*" in version) echo 0.17.1;; *--version) echo clang 21; esac\n')
        zig.chmod(0o755)
        cc = [str(zig), "cc", "-target", "aarch64-linux-gnu.2.17", f"-ffile-prefix-map={zig.parent}=/_/zig"]
        said.append(compiler.identity(shlex.join(cc)))
    assert said[0] == said[1]
    assert "zig 0.17.1\naarch64-linux-gnu.2.17" in said[0]
    assert str(tmp_path) not in said[0]


@pytest.mark.parametrize(
    ("cc", "ldflags", "expected"),
    [
        ("", "-s -w", ("-ldflags=-s -w",)),
        ("", "", ()),
        ("/opt/zig cc", "-s -w", ("-ldflags=-s -w -buildid= -extldflags=-Wl,-s",)),
        ("/opt/zig cc", "-s -buildid=x", ("-ldflags=-s -buildid=x -extldflags=-Wl,-s",)),
        ("/opt/zig cc", "-s -extldflags=-lm", ("-ldflags=-s -extldflags=-lm -buildid=",)),
        ("/opt/zig cc", "-w", ("-ldflags=-w",)),
        ("/opt/zig cc", "", ()),
    ],
)
def test_what_is_stripped_is_stripped_with_zig_too(cc, ldflags, expected) -> None:
    made = GoToolchain(Path("go"), Path(), "go1.27.3", cc)
    assert Go(made, Path(os.devnull), {"ldflags": ldflags}).ldflags == expected
