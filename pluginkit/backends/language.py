"""What the tool knows of each language, in one record; whatever it names is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection

from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import record
from pluginkit.core.modes import SUFFIXES
from pluginkit.core.names import nearest
from pluginkit.core.target import targets_among

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@record
class Language:
    """Everything that a language brings. What starts a toolchain is named here, never imported."""

    name: str
    """As the configuration and stamps spell it."""
    suffixes: tuple[str, ...]
    """How the file names of its plugins end, with the dot."""
    holds_artifacts: Callable[[Collection[str]], bool]
    """Whether a directory with entries of these names may be a release, a plugin directory or an environment of it."""
    members: str
    """Object reference of its `Members` (see `backends.protocol`): how members and their pins are read."""
    inspector: str
    """Object reference of its `Inspector` class."""
    builder: str
    """Object reference of its `Builder` class."""
    draft: str
    """Object reference of a function (root, progress) -> `Draft`: what `pluginkit init` proposes for a tree."""
    starter: str = ""
    """Object reference of a function (workspace, directory, drafts) -> files by name: a new plugin for the workspace as
    it is, the first draft that fits or another one. Without it, `pluginkit add` takes what the template makes."""
    sources: str = ""
    """Object reference of its `SourceReader`, where `pluginkit diff` reads sources of it."""
    publications: str = ""
    """Object reference of its `Publications`, where its artifacts contain their sources."""
    root_files: tuple[str, ...] = ()
    """One of these in its root makes a tree this language's; the language without any takes what is left."""
    manifest: str = ""
    """File in the root with a `[tool.pluginkit]` table, where the language has such a file."""
    prewarm: str = ""
    """Object reference of a function (name, artifacts, jobs) -> end, which begins what `Builder.prewarms` named."""
    targets: str = ""
    """Object reference of a function (lock, platforms) -> names of targets to build, where a lock may have several."""
    vendored: str = ""
    """Object reference of a function (plan) -> `Vendored`s: what a release holds beside what is built for it."""
    aligner: str = ""
    """Object reference of its `Aligner` (see `backends.alignment`): how a plugin is brought in step with a host."""
    tester: str = ""
    """Object reference of its `Tester` (see `backends.testing`): how the tests of its plugins are run."""
    left_out: str = ""
    """Object reference of a function (root, member, evidence, names) -> evidence: what its sources tell beyond it."""
    signatures: str = ""
    """Object reference of its `Signatures` (see `backends.signatures`), where its artifacts can be signed."""
    loader: str = ""
    """Object reference of a function (binary of a host, sysroot) -> `Loader`, where a system's loader opens plugins."""
    compare: str = ""
    """Object reference of a function (bytes, bytes) -> `Difference`: where two builds of an artifact part."""
    neighbours: str = ""
    """Object reference of a function (root) -> paths, relative to it, of directories that sources are taken from."""
    has_bare_hosts: bool = False
    """Its hosts are executables, whose file names have no ending."""
    has_modes: bool = False
    """Hosts run its plugins in several ways (see `core.modes`)."""
    installs: bool = False
    """Its artifacts are installed as distributions, each with the third-party packages it requires."""
    install_list: str = ""
    """Object reference of a function (artifacts, host, plugins, file) -> `InstallPlan`: what `fleet --plan` writes,
    where its installers have a format for that."""
    job_size: int = 10
    """Artifacts that take about as long to build as a job of CI takes to begin."""


def _holds_go(names: Collection[str]) -> bool:
    places = "plugins" in names or "bin" in names or bool(targets_among(names))
    return not _is_environment(names) and (places or _any_ends(names, tuple(SUFFIXES.values())))


def _holds_python(names: Collection[str]) -> bool:
    return _is_environment(names) or "lib" in names or "lib64" in names or _any_ends(names, ".whl")


def _is_environment(names: Collection[str]) -> bool:
    return "pyvenv.cfg" in names or "site-packages" in names or _any_ends(names, ".dist-info")


def _any_ends(names: Collection[str], endings: str | tuple[str, ...]) -> bool:
    return any(name.endswith(endings) for name in names)


LANGUAGES: dict[str, Language] = {
    "go": Language(
        name="go",
        suffixes=tuple(SUFFIXES.values()),
        holds_artifacts=_holds_go,
        members="pluginkit.backends.go.project",
        inspector="pluginkit.backends.go.inspector:GoInspector",
        builder="pluginkit.backends.go.building.builder:GoBuilder",
        draft="pluginkit.backends.go.building.adoption.draft:draft",
        starter="pluginkit.backends.go.building.starter:starter",
        sources="pluginkit.backends.go.building.sources",
        aligner="pluginkit.backends.go.aligning.align:align",
        root_files=("go.mod", "go.work"),
        signatures="pluginkit.backends.go.signatures",
        loader="pluginkit.backends.go.loading.loader:system_loader",
        targets="pluginkit.backends.go.building.targets:choose",
        compare="pluginkit.backends.go.binary.comparing:compare",
        tester="pluginkit.backends.go.testing.tester:GoTester",
        neighbours="pluginkit.backends.go.project:directories",
        has_bare_hosts=True,
        has_modes=True,
        job_size=4,
    ),
    "python": Language(
        name="python",
        suffixes=(".whl",),
        holds_artifacts=_holds_python,
        members="pluginkit.backends.python.members",
        inspector="pluginkit.backends.python.inspector:PythonInspector",
        builder="pluginkit.backends.python.building.builder:PythonBuilder",
        draft="pluginkit.backends.python.adoption.draft:draft",
        sources="pluginkit.backends.python.apis.sources",
        publications="pluginkit.backends.python.apis.publications",
        manifest="pyproject.toml",
        aligner="pluginkit.backends.python.aligning.align:align",
        tester="pluginkit.backends.python.testing.tester:PythonTester",
        prewarm="pluginkit.backends.python.building.process_pool:prewarm",
        vendored="pluginkit.backends.python.building.vendored:vendored",
        signatures="pluginkit.backends.python.signatures",
        left_out="pluginkit.backends.python.left_out:with_left_out",
        compare="pluginkit.backends.python.wheel.comparing:compare",
        neighbours="pluginkit.backends.python.local_wheels:directories",
        installs=True,
        install_list="pluginkit.backends.python.install_list:install_list",
        job_size=100,
    ),
}
"""By name. A new language is one more entry."""


def language(name: str, where: str = "") -> Language:
    """Return the record of a language. Raises PluginkitError for an unknown one; `where` says who named it."""
    found = LANGUAGES.get(name)
    if found is None:
        known = " or ".join(repr(one) for one in sorted(LANGUAGES))
        named = f"{where}: " if where else ""
        raise PluginkitError(f"{named}unknown language {name!r}{nearest(name, LANGUAGES)}", hint=f"use {known}")
    return found


def resolve(reference: str) -> Any:
    """Import what an object reference names, `module` or `module:attribute` (as in entry points)."""
    from importlib import import_module

    module, _, attribute = reference.partition(":")
    found = import_module(module)
    return getattr(found, attribute) if attribute else found
