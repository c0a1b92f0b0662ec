"""What `backends.protocol.Members` asks of Python: this module implements it."""

import keyword
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from pluginkit.backends.python.project import is_project, read_member
from pluginkit.core.errors import PluginkitError
from pluginkit.core.lock import Lock
from pluginkit.core.model import Member
from pluginkit.core.names import normalize, refuse_reserved
from pluginkit.core.stated_version import StatedVersions
from pluginkit.core.toml import Table

__all__ = [
    "check_plugin_name",
    "dependency_name",
    "described",
    "is_project",
    "projects",
    "read_member",
    "read_pins",
    "read_settings",
    "stated_versions",
    "template_answers",
]


def check_plugin_name(name: str) -> None:
    """Raise PluginkitError for a name that is a keyword, or that a module of the standard library has."""
    _check_name("plugin name", name)


def template_answers(name: str, module: str, mode: str = "") -> Mapping[str, str]:
    """Return nothing: distributions and packages are named after the workspace. Raises as `check_plugin_name` does."""
    if module:
        raise PluginkitError(f"a Python workspace has no module path such as {module!r}", hint="add `--language go`")
    if mode:
        raise PluginkitError(f"a Python host imports its plugins: {mode!r} is for Go", hint="add `--language go`")
    _check_name("workspace name", name)
    return {}


def _check_name(what: str, name: str) -> None:
    module = name.replace("-", "_")
    standard = module in sys.stdlib_module_names
    reason = "Python's standard library has a module of that name" if standard else ""
    refuse_reserved(what, name, "it is a keyword of Python" if keyword.iskeyword(module) else reason)


def dependency_name(name: str) -> str:
    """Return the normal form of a distribution's name (PEP 503)."""
    return normalize(name)


def read_settings(table: Table) -> Mapping[str, str]:
    """Return `[python]`: `published`, names and globs of what is taken from an index wherever uv's sources have it."""
    python = table.table("python")
    published = python.strings("published", ())
    for name in published:
        if not re.fullmatch(r"[A-Za-z0-9._*?-]+", name):
            raise PluginkitError(
                f"{python.where}: {name!r} is not the name of a distribution",
                hint='write them as in published = ["one", "acme-*"]',
            )
    python.done()
    return {"published": " ".join(sorted(set(map(normalize, published))))}


def read_pins(root: Path) -> Mapping[str, str]:
    """Return nothing: `pluginkit.lock` itself pins what Python members need."""
    return {}


def projects(root: Path) -> Mapping[str, str]:
    """Return the name and directory of every Python project beneath `root`."""
    from pluginkit.backends.python.survey import directories  # only a new lock asks

    return directories(root)


def stated_versions(root: Path, member: Member) -> StatedVersions:
    """Return where `pyproject.toml`, the file that it names, and `API_VERSION` state the version of a member."""
    from pluginkit.backends.python import stated_versions as finder  # only a new lock asks, and `bump`

    return finder.stated_versions(root, member)


def described(lock: Lock) -> str:
    """Return how many third-party packages and build environments a lock pins."""
    packages, environments = len(lock.packages), len(lock.environments)
    return (
        f"{packages} third-party package{'s' * (packages != 1)}, "
        f"{environments} build environment{'s' * (environments != 1)}"
    )
