"""Which packages a contract's types may name, and which APIs a main package imports."""

from collections import Counter
from collections.abc import Sequence

from pluginkit.backends.go.building.packages import Closure


def nameable(apis: Sequence[str], path: str, closure: Closure) -> dict[str, str]:
    """Return what types of a contract may name: the APIs, the packages that they import, then a plugin's own.

    Behind an alias there may be a type of a package that nobody imports: of all that the plugin needs, those are
    there whose name is theirs alone.
    """
    own = closure.packages[path]
    found: dict[str, str] = {}
    for name in [*apis, *(name for api in apis for name in closure.packages[api].imports), *own.imports]:
        package = closure.packages.get(name)
        if package and name not in ("unsafe", "C"):
            found.setdefault(package.name, name)
    needed = [closure.packages[name] for name in own.deps if name in closure.packages]
    named = Counter(package.name for package in needed)
    for package in needed:
        if named[package.name] == 1 and not {"internal", "vendor"} & set(package.path.split("/")):
            found.setdefault(package.name, package.path)
    return found


def imported_by(path: str, apis: Sequence[str], closure: Closure) -> set[str]:
    """Return the APIs that a main package imports itself or by way of packages that are not APIs."""
    seen, ahead = {path}, [path]
    while ahead:
        package = closure.packages.get(ahead.pop())
        for name in package.imports if package and not package.standard else ():
            if name not in seen:
                seen.add(name)
                ahead += [] if name in apis else [name]
    return seen.intersection(apis)
