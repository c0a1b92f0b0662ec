"""What host and plugins agree on: a copy of the API, and what the host asks of a plugin."""

from __future__ import annotations

from pluginkit.core.frozen import record

KINDS = ("factory", "class", "attribute", "module", "hooks")
"""What entry points may be to a host: called by it, a class, any object, a module, or something with hooks (pluggy)."""


@record
class Api:
    """One copy of a shared API: what a stamp names and a verifier compares."""

    name: str
    version: str
    digest: str
    """Content digest, `h1:...`, over the importable files its distribution ships."""
    modules: tuple[str, ...] = ()
    """Dotted import packages it ships; for a namespace package the parts that it owns."""
    surface: tuple[str, ...] = ()
    """Its public surface, one declaration a line, sorted."""

    @property
    def label(self) -> str:
        """`name version`, as messages print it."""
        return f"{self.name} {self.version}"


@record
class Contract:
    """What a host asks of its plugins."""

    factory: str = ""
    """Name of the factory in a plugin's module, `New` in generated workspaces; empty: not checked."""
    symbols: tuple[tuple[str, str], ...] = ()
    """Go: (exported name, its type as reflect prints it) of what every plugin must export, sorted."""
    group: str = ""
    """Python: the entry-point group under which the host looks for plugins."""
    known: tuple[str, ...] = ()
    """Capabilities a plugin may declare; empty: any."""
    required: tuple[str, ...] = ()
    """Capabilities every plugin must declare."""
    policy: str = "exact"
    """`exact` (same version, same digest) or `compatible` (Python: nothing a plugin uses broke)."""
    same_lock: bool = False
    """Refuse a plugin built under another lock, instead of warning."""
    kind: str = ""
    """Python: what an entry point is, one of KINDS; empty: a factory where one is named, else anything."""
    arguments: tuple[str, ...] | None = None
    """Python: what the host calls factories with, in order: `name` by position, `name=` by keyword; None: not said."""
    implements: str | None = None
    """Python: the API's class, dotted, that plugins are, or of its hooks; None: what the API shows; empty: none."""
    may_install: tuple[str, ...] = ()
    """Python: globs of paths in an environment where its plugins may install files that are not their own place."""
    api: str = ""
    """Name of the API whose plugins are asked this; empty where a host asks the same of all plugins."""
    apis: tuple[Contract, ...] = ()
    """Of a host that serves several versions of its API: the contracts of those that have one of their own."""

    def of(self, api: str) -> Contract:
        """Return what is asked of plugins for the API of that name: its own contract, else this one."""
        return next((one for one in self.apis if one.api == api), self)

    @property
    def is_called(self) -> bool:
        """Whether the host calls what an entry point names, and takes the result for the plugin."""
        return self.kind in ("", "factory") and bool(self.kind or self.factory or self.arguments is not None)

    @property
    def groups(self) -> tuple[str, ...]:
        """The entry-point groups of all these contracts, each once."""
        return tuple(dict.fromkeys(one.group for one in (self, *self.apis) if one.group))


@record
class Ignore:
    """One entry of `[verify] ignore`."""

    rule: str
    """Code or name of a rule."""
    reason: str
    plugin: str = ""
    """Glob over names of distributions, plugins or files; empty: all of them."""
    until: str = ""
    """Last day on which it holds (ISO 8601); empty: for ever."""
    where: str = ""
    """The file it stands in, where that is known."""
