"""The command line: every command, argument and option, with its help."""

import argparse
from pathlib import Path
from typing import TypeAlias

_DESCRIPTION = """Keep a host and its in-process plugins in step: build them together from one lock, stamp what each
was built against, and refuse a stranger before any of its code runs."""

_EXIT = "exit status: 0 done, or all accepted; 1 something was refused; 2 could not do it"


def parser() -> argparse.ArgumentParser:
    """Return the parser; each command's function name stands in `args.command`."""
    top = argparse.ArgumentParser(prog="pluginkit", description=_DESCRIPTION, epilog=_EXIT, allow_abbrev=False)
    top.add_argument("-V", "--version", action="store_true", help="print the version and exit")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _scaffolding(commands)
    _building(commands)
    _verifying(commands)
    return top


_Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _command(commands: _Commands, name: str, summary: str, detail: str = "") -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        description=detail or f"{summary[0].upper()}{summary[1:]}.",
        epilog=_EXIT,
        allow_abbrev=False,
    )


def _scaffolding(commands: _Commands) -> None:
    new = _command(commands, "new", "make a new monorepo: a shared API, a host, plugins, tests and CI")
    new.add_argument("name", metavar="NAME", help="name of the project; distributions are called NAME-host and so on")
    new.add_argument("--language", default="python", choices=["python", "go"], help="language of host and plugins")
    new.add_argument("--plugin", action="append", metavar="NAME", help="a plugin to start with; may be repeated")
    new.add_argument("--directory", type=Path, metavar="DIR", help="where to make it (default: ./NAME)")
    add = _command(commands, "add", "add a plugin to a monorepo that `pluginkit new` made")
    add.add_argument("name", metavar="NAME", help="name of the plugin")
    init = _command(commands, "init", "adopt an existing monorepo: find its members, propose and write a configuration")
    init.add_argument("directory", nargs="?", type=Path, default=Path(), metavar="DIR", help="root of the monorepo")
    init.add_argument("--yes", action="store_true", help="write the proposal without asking")


def _building(commands: _Commands) -> None:
    lock = _command(commands, "lock", "resolve and seal every pin of the workspace in pluginkit.lock")
    lock.add_argument("directory", nargs="?", type=Path, default=Path(), metavar="DIR", help="the workspace")
    lock.add_argument("--check", action="store_true", help="write nothing; fail when the lock is out of date")
    lock.add_argument("--upgrade", action="store_true", help="let go of the versions locked before")
    lock.add_argument(
        "--allow-same-version",
        action="store_true",
        help="accept other bytes of an API under the version it was locked with (work in progress; never in CI)",
    )
    build = _command(
        commands,
        "build",
        "build host and plugins together, as one release in dist",
        "Build host and plugins together from one lock. dist becomes the new release in one step, or stays as it is.",
    )
    build.add_argument("targets", nargs="*", metavar="DIR | NAME", help="the workspace, and members to build anew")
    build.add_argument("--locked", action="store_true", help="fail when the lock is out of date, instead of writing it")
    build.add_argument("-j", "--jobs", type=_positive, metavar="N", help="build processes (default: one a core)")


def _verifying(commands: _Commands) -> None:
    verify = _command(
        commands,
        "verify",
        "tell which plugins fit a host, reading only",
        "Hold artifacts against a host. Nothing of them is executed or imported; every mismatch is reported.",
    )
    verify.add_argument(
        "artifacts",
        nargs="*",
        type=Path,
        metavar="ARTIFACT",
        help="a wheel, a .so, a directory of them, a release, an environment or a workspace (default: this workspace)",
    )
    verify.add_argument(
        "--host",
        action="append",
        type=Path,
        metavar="HOST",
        help="a host's wheel or binary, a release, an environment or a workspace; several give a matrix",
    )
    verify.add_argument(
        "--unstamped", action="store_true", help="Go: accept binaries that pluginkit did not build, by Go's facts alone"
    )
    verify.add_argument("--output-format", default="text", choices=["text", "json"], help="default: text")
    inspect = _command(commands, "inspect", "print what artifacts say of themselves")
    inspect.add_argument(
        "artifacts", nargs="+", type=Path, metavar="ARTIFACT", help="a wheel, a .so or a host's binary"
    )
    inspect.add_argument("--output-format", default="text", choices=["text", "json"], help="default: text")
    explain = _command(commands, "explain", "print what a rule refuses, why, and how to mend it")
    explain.add_argument("rule", nargs="?", metavar="CODE", help="such as PK303 or api-digest; none: list all rules")


def _positive(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes")
    return int(text)
