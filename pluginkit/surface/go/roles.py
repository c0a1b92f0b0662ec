"""Who implements the interfaces of a Go API: what goes from plugins to the host, and what the other way, says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pluginkit.surface.go.lines import Package, packages
from pluginkit.surface.go.shapes import signature, type_of, underlying
from pluginkit.surface.go.types import Type, parse, with_paths

PLUGINS, HOST = "plugins", "host"
_OTHER = {PLUGINS: HOST, HOST: PLUGINS}


def go_roles(surface: Sequence[str], symbols: Iterable[str], names: Mapping[str, str]) -> Mapping[str, str]:
    """Return `plugins` or `host` for each interface of a surface that is reached, by its dotted name.

    `symbols` are the types of what plugins export, as reflect prints them (`[contract.symbols]`); `names` has the
    import path of each package that they name. A plugin hands over what it exports, what its functions and methods
    return, and what it gives to functions of the API; the host hands over the parameters of those of the plugin, and
    what the API returns. An interface that both hand over is implemented by `plugins`, too. What nobody hands over is
    not in it: anyone may implement it.
    """
    walk = _Walk(packages(surface))
    for text in symbols:
        walk.value(parse(with_paths(text, names)), PLUGINS, "")
    for path, package in walk.packages.items():
        for one in package.tops.values():
            if one.kind == "func" and one.public:
                walk.value(signature(one, package), HOST, path)
            elif one.kind == "var":
                walk.value(type_of(one, package), PLUGINS, path)
                walk.value(type_of(one, package), HOST, path)
    walk.finish()
    return {name: PLUGINS if PLUGINS in sides else HOST for name, sides in sorted(walk.roles.items())}


class _Walk:
    """Follows values from one side to the other."""

    def __init__(self, found: Mapping[str, Package]) -> None:
        self.packages = found
        self.roles: dict[str, set[str]] = {}
        self._ahead: list[tuple[Package, str, str]] = []
        self._seen: set[tuple[str, str, str]] = set()

    def value(self, tree: Type, side: str, path: str) -> None:
        """Note that a side hands over a value of a type, which stands in the package `path`."""
        if tree[0] == "name":
            self._named(str(tree[1]), side, path)
            for one in tree[2]:
                self.value(one, side, path)
        elif tree[0] == "func":
            for one in tree[1]:
                self.value(one, _OTHER[side], path)
            for one in tree[2]:
                self.value(one, side, path)
        elif tree[0] in ("struct", "interface"):
            for _, inner, *_rest in tree[1:] if tree[0] == "struct" else tree[1]:
                self.value(inner, side, path)
        elif tree[0] == "chan<-":
            self.value(tree[1], _OTHER[side], path)
        elif tree[0] != "text":
            for one in tree[1:]:
                self.value(one, side, path)
            if tree[0] == "chan":
                self.value(tree[1], _OTHER[side], path)

    def _named(self, name: str, side: str, path: str) -> None:
        home, _, short = name.rpartition(".")
        package = self.packages.get(home) if home in self.packages else self.packages.get(path)
        own = short if home in self.packages else name
        if package is not None and own in package.tops and (package.path, own, side) not in self._seen:
            self._seen.add((package.path, own, side))
            self._ahead.append((package, own, side))

    def finish(self) -> None:
        """Follow what the named types are made of."""
        while self._ahead:
            package, name, side = self._ahead.pop()
            one = package.tops[name]
            if one.kind == "alias":
                self.value(type_of(one, package), side, package.path)
            elif one.kind == "type":
                self._type(package, name, side)

    def _type(self, package: Package, name: str, side: str) -> None:
        one = package.tops[name]
        base = underlying(one, package)
        if base == ("interface",):
            self.roles.setdefault(one.dotted, set()).add(side)
        elif base != ("struct",):
            self.value(base, side, package.path)
        for member in package.members.get(name, {}).values():
            if member.kind == "method":  # the API has its body, whoever calls it
                self.value(signature(member, package), HOST, package.path)
            elif member.public:
                self.value(type_of(member, package), side, package.path)
