"""Workspaces whose builds depend on something that they should not, each on one thing, and releases of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gitrepo import committed
from monorepo import edit, monorepo, write

from pluginkit.backends.process import children_with
from pluginkit.cli import main

BACKEND = '''\
"""Writes a module and goes on as hatchling does."""

import locale, os, socket, time, datetime, getpass, sys, pathlib
from hatchling.build import *
from hatchling import build as _build


def build_wheel(directory, config_settings=None, metadata_directory=None):
    with open("acme_other/built.py", "w") as file:
        file.write(f"VALUE = {str(EXPRESSION)!r}\\n")
    try:
        return _build.build_wheel(directory, config_settings, metadata_directory)
    finally:
        os.unlink("acme_other/built.py")
'''
PLUGIN = "from acme_api import Request\n\nclass New:\n    def handle(self, request: Request): ...\n"
INSIDE = "acme_other/built.py"


def nothing(root: Path) -> None:
    """Change nothing."""


@dataclass(frozen=True)
class Seed:
    """One thing that a build depends on."""

    expression: str
    """What the build backend writes."""
    reason: str
    """How the report begins to say it."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """With which the release is built."""
    before: Callable[[Path], None] = nothing
    """Done to the release's checkout before it is built."""


def with_data(root: Path) -> None:
    write(root / "plugins/other/data", {f"{number}.txt": "" for number in range(40)})


def loosen(root: Path) -> None:
    for path in root.rglob("*"):
        path.chmod(0o775 if path.is_dir() else 0o664)


SEEDS = {
    "time": Seed("time.time_ns()", "the time"),
    "date": Seed("os.environ.get('BUILT') or datetime.date.today()", "the time", {"BUILT": "2020-02-02"}),
    "path": Seed("os.getcwd()", "the path"),
    "locale": Seed("os.environ.get('LC_ALL')", "the locale", {"LC_ALL": "de_DE.UTF-8"}),
    "home": Seed("os.environ.get('BUILT') or os.path.expanduser('~')", "the home directory", {"BUILT": "/home/ci"}),
    "time zone": Seed("time.tzname", "the time zone", {"TZ": "CET-1"}),
    "modes": Seed("oct(os.stat('pyproject.toml').st_mode)", "the modes of files (umask)", before=loosen),
    "hash seed": Seed("list({'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'})", "the hash seed", {"PYTHONHASHSEED": "5"}),
    "user": Seed("os.environ.get('USER')", "the user's name", {"USER": "builder"}),
    "machine": Seed("os.environ.get('BUILT') or socket.gethostname()", "the name of the machine", {"BUILT": "ci"}),
    "order": Seed(
        "os.environ.get('BUILT') or os.listdir('data')", "the order of directories", {"BUILT": "1"}, with_data
    ),
    "chance": Seed("os.urandom(8)", "chance"),
}


def workspace(root: Path, expression: str = "1") -> Path:
    """Write a Python workspace of which one plugin's backend writes the value of an expression into its wheel."""
    monorepo(root, plugins={"filter": PLUGIN, "other": PLUGIN})
    write(root / "plugins/other/own", {"backend.py": BACKEND.replace("EXPRESSION", expression)})
    edit(root / "plugins/other/pyproject.toml", '"hatchling.build"', '"backend"\nbackend-path = ["own"]')
    return root


def released(root: Path, variables: Mapping[str, str] | None = None) -> Path:
    """Build a workspace with variables, and commit it; return its release."""
    committed(write(root, {".gitignore": "dist\n.pluginkit/\n"}))
    with children_with(variables or {}):
        assert main(["build", str(root)]) == 0
    return root / "dist"
