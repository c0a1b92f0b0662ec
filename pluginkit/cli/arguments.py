"""The command line: every command, argument and option, with its help."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pluginkit.backends.language import LANGUAGES
from pluginkit.cli import align_arguments, fleet_arguments, rebuild, test_arguments
from pluginkit.cli.build_arguments import add_build, add_plan, add_report
from pluginkit.cli.signing_arguments import KEYGEN, KEYGEN_DETAIL, SIGN, SIGN_DETAIL, add_keygen, add_sign
from pluginkit.core.frozen import record
from pluginkit.core.modes import MODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DESCRIPTION = """Keep a host and its in-process plugins in step: build them together from one lock, stamp what each
was built against, and refuse a stranger before any of its code runs."""

_EXIT = "exit status: 0 done, or all accepted; 1 something was refused; 2 could not do it"


class _Formatter(argparse.HelpFormatter):
    """The plain formatter, told the width: it would import `shutil` to find it, and with that zlib, bz2 and lzma."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=max(columns() - 2, 20))


def columns() -> int:
    """Return the width of the terminal."""
    try:
        return int(os.environ.get("COLUMNS") or os.get_terminal_size(sys.__stdout__.fileno()).columns)  # type: ignore[union-attr]
    except (AttributeError, OSError, ValueError):
        return 80


@record
class Command:
    """What the command line knows of one command."""

    summary: str
    arguments: Callable[[argparse.ArgumentParser], None]
    """Adds its arguments to a parser."""
    detail: str = ""
    """Said instead of the summary in its own help."""


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse one command line; the command's name stands in `command`. Exits as argparse does.

    Making the parsers of all commands takes longer than comparing a plugin with its host, so only the one that is
    called for is made.
    """
    name = argv[0] if argv else ""
    if name not in COMMANDS:
        return parser().parse_args(argv)
    one = argparse.ArgumentParser(**_described(name), prog=f"pluginkit {name}")
    COMMANDS[name].arguments(one)
    return one.parse_args(argv[1:], argparse.Namespace(command=name))


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(prog="pluginkit", description=_DESCRIPTION, epilog=_EXIT, allow_abbrev=False)
    top.add_argument("-V", "--version", action="store_true", help="print the version and exit")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        command.arguments(commands.add_parser(name, help=command.summary, **_described(name)))
    return top


def _described(name: str) -> dict[str, Any]:
    command = COMMANDS[name]
    detail = command.detail or f"{command.summary[0].upper()}{command.summary[1:]}."
    return {"description": detail, "epilog": _EXIT, "allow_abbrev": False, "formatter_class": _Formatter}


def _new(new: argparse.ArgumentParser) -> None:
    new.add_argument("name", metavar="NAME", help="name of the project; distributions are called NAME-host and so on")
    new.add_argument("--language", default="python", choices=sorted(LANGUAGES), help="language of host and plugins")
    new.add_argument("--module", default="", metavar="PATH", help="Go: path of the module (default: NAME)")
    new.add_argument("--mode", default="", choices=MODES, help="Go: how the host runs its plugins (default: plugin)")
    new.add_argument("--plugin", action="append", metavar="NAME", help="a plugin to start with; may be repeated")
    new.add_argument("--directory", type=Path, metavar="DIR", help="where to make it (default: ./NAME)")


def _add(add: argparse.ArgumentParser) -> None:
    add.add_argument("name", metavar="NAME", help="name of the plugin")


def _init(init: argparse.ArgumentParser) -> None:
    init.add_argument("directory", nargs="?", type=Path, default=Path(), metavar="DIR", help="root of the monorepo")
    init.add_argument("--yes", action="store_true", help="write the proposal without asking")


def _lock(lock: argparse.ArgumentParser) -> None:
    lock.add_argument("directory", nargs="?", type=Path, default=Path(), metavar="DIR", help="the workspace")
    what = lock.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="write nothing; fail when the lock is out of date")
    what.add_argument(
        "--no-build",
        action="store_true",
        help="run no build backend and build no sdist, as for a stranger's repository; fail where only that would tell",
    )
    lock.add_argument("--upgrade", action="store_true", help="let go of the versions locked before")
    lock.add_argument(
        "--allow-same-version",
        action="store_true",
        help="accept a changed API whose version is the same, or too small a step (work in progress; never in CI)",
    )


def _bump(bump: argparse.ArgumentParser) -> None:
    bump.add_argument(
        "words",
        nargs="*",
        metavar="major | minor | patch | API | DIR",
        help="the part to move (default: as the changes since the lock ask for), an API by its name or directory "
        "(default: the only one), and the workspace",
    )


def _cache(cache: argparse.ArgumentParser) -> None:
    cache.add_argument("what", choices=["info", "verify", "prune"], help="what to do with it")
    cache.add_argument(
        "directory",
        nargs="?",
        type=Path,
        metavar="DIR",
        help="verify: the workspace whose artifacts are built again from its sources, to be compared; this runs its "
        "build backends (default: the one around the working directory, if any)",
    )
    cache.add_argument(
        "--max-size", default="0", metavar="SIZE", help="prune: what may stay, as in 500M or 2G (default: 0)"
    )


def _verify(verify: argparse.ArgumentParser) -> None:
    verify.add_argument(
        "artifacts",
        nargs="*",
        type=Path,
        metavar="ARTIFACT",
        help="a wheel, a Go plugin, a directory of them, a release, an environment or a workspace "
        "(default: this workspace)",
    )
    verify.add_argument(
        "--host",
        action="append",
        type=Path,
        metavar="HOST",
        help="a host's wheel or binary, a release, an environment or a workspace; several give a matrix. Of a Python "
        "host that pluginkit did not build, the files of the API are compared",
    )
    verify.add_argument(
        "--unstamped",
        action="store_true",
        help="accept artifacts that pluginkit did not build, by Go's facts alone, or by metadata and files of wheels",
    )
    verify.add_argument(
        "--sysroot",
        type=Path,
        metavar="DIR",
        help="the file system that a Go host runs in, such as an unpacked container image, to look for the shared "
        "libraries of plugins there (default: this machine)",
    )
    verify.add_argument(
        "--trust",
        type=Path,
        metavar="FILE",
        help="a trust.toml: whose signatures artifacts, hosts and releases need (default: what each host asks for)",
    )
    verify.add_argument(
        "--baseline", type=Path, metavar="FILE", help="report only what an earlier report in JSON does not have"
    )
    add_report(verify)


def _diff(diff: argparse.ArgumentParser) -> None:
    forms = (
        "a directory of sources, a wheel, a Go plugin, a release, an environment, pluginkit.lock, git:REV, "
        "git:REV:PATH or NAME==VERSION"
    )
    diff.add_argument("old", nargs="?", default="", metavar="OLD", help=f"{forms} (default: this workspace's lock)")
    diff.add_argument("new", nargs="?", default="", metavar="NEW", help="likewise (default: this workspace's files)")
    diff.add_argument(
        "--plugins",
        nargs="*",
        metavar="PLACE",
        help="artifacts or sources of plugins to look through; without a PLACE, the plugins of the workspace that OLD "
        "is, or else of this one",
    )
    diff.add_argument(
        "--fail-on",
        choices=["breaking", "minor"],
        help="exit with 1 not only when a plugin breaks, but whenever the API breaks something, or also when it grew",
    )
    formats = ["text", "json", "github", "sarif", "markdown"]
    diff.add_argument("--output-format", default="text", choices=formats, help="default: text")
    diff.add_argument("--output-file", type=Path, metavar="FILE", help="write it there, whole or not at all")


def _inspect(inspect: argparse.ArgumentParser) -> None:
    inspect.add_argument(
        "artifacts", nargs="+", type=Path, metavar="ARTIFACT", help="a wheel, a Go plugin or a host's binary"
    )
    inspect.add_argument(
        "--trust", type=Path, metavar="FILE", help="a trust.toml, whose names for keys say who signed it"
    )
    inspect.add_argument("--output-format", default="text", choices=["text", "json"], help="default: text")


def _ci(ci: argparse.ArgumentParser) -> None:
    ci.add_argument("provider", choices=["github", "gitlab"], help="whose workflow to write")
    ci.add_argument("directory", nargs="?", type=Path, default=Path(), metavar="DIR", help="the workspace")


def _explain(explain: argparse.ArgumentParser) -> None:
    explain.add_argument("rule", nargs="?", metavar="CODE", help="such as PK303 or api-digest; none: list all rules")


def _completion(completion: argparse.ArgumentParser) -> None:
    completion.add_argument("shell", choices=["bash", "zsh", "tcsh"], help="the shell that is to complete commands")


COMMANDS = {
    "new": Command("make a new monorepo: a shared API, a host, plugins, tests and CI", _new),
    "add": Command(
        "add a plugin to a monorepo",
        _add,
        "Add a plugin to a monorepo: in Go to any, written for its API as that is now, in Python to one that "
        "`pluginkit new` made.",
    ),
    "init": Command(
        "adopt an existing monorepo: find its members, propose and write a configuration",
        _init,
        "Adopt an existing monorepo: find its members, propose and write a configuration. Nothing of it is run.",
    ),
    "lock": Command(
        "resolve and seal every pin of the workspace in pluginkit.lock",
        _lock,
        "Resolve and seal every pin of the workspace in pluginkit.lock. Python: this runs build backends, for the "
        "bytes of the APIs and for what is dynamic; --check does too.",
    ),
    "bump": Command(
        "give an API its next version, wherever its files state it",
        _bump,
        "Write the next version of an API where its files state it: pyproject.toml or the file that it names, "
        "API_VERSION, and in Go the constant APIVersion. Build backends of APIs run. `pluginkit lock` comes next.",
    ),
    "plan": Command(
        "show what a build would build, and why",
        add_plan,
        "Show what a build would build, and why. Nothing of the workspace is run.",
    ),
    "build": Command(
        "build host and plugins together, as one release in dist",
        add_build,
        "Build host and plugins together from one lock. dist becomes the new release in one step, or stays as it is. "
        "This runs build backends of the members, and compilers.",
    ),
    "keygen": Command(KEYGEN, add_keygen, KEYGEN_DETAIL),
    "sign": Command(SIGN, add_sign, SIGN_DETAIL),
    "cache": Command(
        "look after the artifacts that builds keep for each other",
        _cache,
        "Look after the artifacts and build environments that builds keep for each other. `info` says what there is, "
        "and where it came from; `verify` compares everything with its digest, and in a workspace what was built from "
        "it with what its sources give; `prune` removes what was used least recently.",
    ),
    "verify": Command(
        "report which plugins fit a host, reading only",
        _verify,
        "Compare artifacts with a host. Nothing of them is executed or imported; every mismatch is reported.",
    ),
    "fleet": Command(fleet_arguments.SUMMARY, fleet_arguments.add_fleet, fleet_arguments.DETAIL),
    "test": Command(test_arguments.SUMMARY, test_arguments.add_test, test_arguments.DETAIL),
    "rebuild": Command(rebuild.SUMMARY, rebuild.add_rebuild, rebuild.DETAIL),
    "align": Command(align_arguments.SUMMARY, align_arguments.add_align, align_arguments.DETAIL),
    "diff": Command(
        "compare two copies of an API: what breaks, whom, and which version that asks for",
        _diff,
        "Compare two copies of an API. Nothing of them is built, imported or run. In a workspace the default is to "
        "compare the API as pluginkit.lock seals it with the API as its files are now.",
    ),
    "ci": Command("write a CI workflow that builds, verifies, keeps and attests the release", _ci),
    "inspect": Command("print what artifacts say of themselves", _inspect),
    "explain": Command("print what a rule refuses, why, and how to mend it", _explain),
    "completion": Command(
        "print a script by which a shell completes commands",
        _completion,
        'Print a script by which a shell completes commands and options: `eval "$(pluginkit completion bash)"`.',
    ),
}
