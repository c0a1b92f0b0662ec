"""Repositories of strangers, in which everything that can name a program names one: each leaves a mark when it runs."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from gitrepo import committed, git
from gorepo import go_monorepo
from monorepo import edit, monorepo, write


class Marks:
    """Where what runs leaves its name."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir()

    def python(self, name: str) -> str:
        """Return a line of Python that leaves a mark."""
        return f"open({str(self.place / name)!r}, 'w').close()\n"

    def script(self, name: str, at: Path | None = None) -> str:
        """Write a program that leaves a mark, and return its path."""
        path = at or self.place.with_name("programs") / name.replace(" ", "-")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch '{self.place / name}'\nexit 1\n")
        path.chmod(0o755)
        return str(path)

    def left(self) -> set[str]:
        """Return the names of what ran, and forget them."""
        found = {path.name for path in self.place.iterdir()}
        for name in found:
            (self.place / name).unlink()
        return found


SETTINGS = {
    "fsmonitor": "core.fsmonitor",
    "pager": "core.pager",
    "ssh": "core.sshCommand",
    "proxy": "core.gitProxy",
    "editor": "core.editor",
    "askpass": "core.askPass",
    "external diff": "diff.external",
    "clean": "filter.x.clean",
    "smudge": "filter.x.smudge",
    "process": "filter.x.process",
    "textconv": "diff.x.textconv",
    "diff driver": "diff.x.command",
    "merge driver": "merge.x.driver",
    "credentials": "credential.helper",
    "upload-pack": "remote.origin.uploadpack",
    "gpg": "gpg.program",
}
"""Settings of git that name a program."""
HOOKS = (
    *("applypatch-msg", "fsmonitor-watchman", "post-checkout", "post-commit", "post-index-change", "pre-auto-gc"),
    *("pre-commit", "reference-transaction"),
)
PROGRAMS = ("git", "go", "gcc", "cc", "clang", "ld", "pkg-config", "uv", "python", "python3", "sh", "hg", "ssh")


def arm_git(root: Path, marks: Marks) -> None:
    """Let the repository at `root`, which has a commit, name programs wherever git takes any."""
    _arm_submodule(root, marks)
    for name, setting in SETTINGS.items():
        git(root, "config", setting, marks.script(f"git {name}"))
    for name in ("ls-files", "cat-file", "ls-tree", "rev-parse"):
        git(root, "config", f"alias.{name}", f"!{marks.script('git alias')}")
    write(root, {".gitattributes": "* filter=x diff=x merge=x\n", ".git/info/attributes": "* filter=x diff=x\n"})
    included = write(root, {"included": f"[core]\n\tfsmonitor = {marks.script('git include')}\n"}) / "included"
    git(root, "config", "include.path", str(included))
    git(root, "config", f"includeIf.gitdir:{root}/.path", str(included))
    for hook in HOOKS:
        marks.script(f"git hook {hook}", root / ".git/hooks" / hook)
    for name, value in {
        "extensions.worktreeConfig": "true",
        "core.untrackedCache": "true",
        "submodule.recurse": "true",
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
        "remote.origin.url": f"ext::{marks.script('git transport')}",
        "remote.origin.promisor": "true",
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
    }.items():
        git(root, "config", name, value)
    write(root, {".git/config.worktree": f"[core]\n\tfsmonitor = {marks.script('git worktree config')}\n"})


def _arm_submodule(root: Path, marks: Marks) -> None:
    """Put a repository in the repository, as a submodule that is checked out, with settings of its own."""
    inner = committed(write(root / "inner", {"file": "1"}))
    git(root, "add", "--force", "inner")
    write(root, {".gitmodules": '[submodule "inner"]\n\tpath = inner\n\turl = ./inner\n\tupdate = !false\n'})
    git(root, "config", "submodule.inner.active", "true")
    git(root, "config", "submodule.inner.update", f"!{marks.script('git submodule')}")
    git(inner, "config", "core.fsmonitor", marks.script("git fsmonitor of a submodule"))


def arm_tree(root: Path, marks: Marks) -> None:
    """Put files everywhere whose names make some tool run them."""
    places = ["", *(str(path.parent.relative_to(root)) for path in root.rglob("pyproject.toml")), "plugins"]
    for place in places:
        for name in ("setup.py", "conftest.py", "sitecustomize.py", "usercustomize.py", "hatch_build.py", "noxfile.py"):
            write(root / place, {name: marks.python(f"{name}")})
        write(root / place, {"evil.pth": f"import os; {marks.python('pth')}"})
    for name in ("argparse", "json", "tomllib", "packaging", "dataclasses", "uv", "rich", "ziglang", "go"):
        write(root, {f"{name}.py": marks.python(f"module {name}")})
    arm_programs(root, marks)
    write(root, {".venv/pyvenv.cfg": f"home = {root / '.venv/bin'}\nversion = 3.11.0\n"})
    write(
        root, {".python-version": "./python\n", "uv.toml": f'keyring-provider = "subprocess"\ncache-dir = "{root}/c"\n'}
    )


def arm_programs(root: Path, marks: Marks) -> None:
    """Put programs called as tools are into the tree."""
    for name in PROGRAMS:
        marks.script(f"program {name}", root / name)
        marks.script(f"program of .venv {name}", root / ".venv/bin" / name)


def python_tree(root: Path, marks: Marks) -> Path:
    """Write a Python workspace, one plugin of which has its build backend in the tree."""
    plugin = "from acme_api import Request\n\nclass New:\n    def handle(self, request: Request): ...\n"
    monorepo(root, plugins={"filter": plugin, "other": plugin})
    backend = f"from hatchling.build import *\n{marks.python('backend')}"
    write(root / "plugins/other", {"own/backend.py": backend})
    edit(root / "plugins/other/pyproject.toml", '"hatchling.build"', '"backend"\nbackend-path = ["own"]')
    return root


CGO = """\
package main

/*
#cgo pkg-config: evil
#cgo CFLAGS: -fplugin=./evil.so -DEVIL
#cgo LDFLAGS: -Wl,-plugin=./evil.so
*/
import "C"

import "acme/pluginapi"

//go:generate sh -c "touch generated"

type other struct{}

func (other) Name() string { return "other" }

func New() pluginapi.Plugin { return other{} }
"""


def arm_go(root: Path, marks: Marks) -> None:
    """Add a plugin that needs a C compiler to a Go workspace, and what the go command might take for settings."""
    write(root / "plugins/other", {"other.go": CGO})
    write(root, {
        "go.mod": "module acme\n\ngo 1.24\n\ntoolchain go1.99.0\n\ntool acme/tools/evil\n",
        "tools/evil/main.go": "package main\n\nfunc main() {}\n",
        "go.env": f"GOFLAGS=-toolexec={marks.script('go toolexec')}\nCC={marks.script('go cc')}\n",
        ".config/go/env": f"GOFLAGS=-toolexec={marks.script('go toolexec')}\n",
        "evil.pc": "Name: evil\nCflags: `false`\n",
        "vendor/README": "not a list of modules\n",
    })  # fmt: skip


def environments() -> Iterator[Mapping[str, str]]:
    """Yield our variables, and the same with the working directory first on PATH, as some people have it."""
    plain = {**os.environ, "NO_COLOR": "1"}
    yield plain
    yield plain | {"PATH": os.pathsep.join((".", "", "./.venv/bin", plain["PATH"]))}


def ran(command: list[str], root: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command in a tree."""
    return subprocess.run(
        command, cwd=root, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120
    )


def go_tree(root: Path, marks: Marks) -> Path:
    """Write a Go workspace."""
    return go_monorepo(root)
