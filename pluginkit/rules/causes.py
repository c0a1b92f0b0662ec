"""Why packages that two Go binaries share differ: what is proven to be a cause, and what only differs beside it.

Go's linker hashes the export data of a package: its exported declarations with their positions, what these refer to,
and the bodies that can be inlined; not how it was compiled. So a flag is a cause only where packages differ that it
changes, and each of the flags that change everything has a package of the standard library that shows it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from pluginkit.core.frozen import EMPTY, record
from pluginkit.core.gobinary import GoBinary, GoModule

WITNESSES = {
    "-trimpath": "internal/goarch",
    "-race": "internal/race",
    "-msan": "internal/msan",
    "-asan": "internal/asan",
    "GOEXPERIMENT": "internal/goexperiment",
}
"""Flags that show in one package of the runtime whenever they differ: where it agrees, they explain nothing."""
SELECTING = ("-tags", "-gcflags", "-cover", "-pgo", "-compiler", "CGO_ENABLED")
"""Flags that change some packages: a cause where these differ, and nothing else explains it."""
HARMLESS = (
    "GOAMD64", "GOARM64", "GOARM", "GO386", "GOFIPS140",
    "-asmflags", "CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_LDFLAGS",
)  # fmt: skip
"""Flags that change machine code alone: they are mentioned, and never a cause."""
DEFAULTS = {
    "-trimpath": "false",
    "-race": "false",
    "-msan": "false",
    "-asan": "false",
    "GOAMD64": "v1",
    "GOARM64": "v8.0",
}
"""What an unset flag stands for."""

Pair = tuple[str, str]
"""What the plugin has, and what the host has."""


@record
class Causes:
    """Why the packages of a plugin differ from its host's."""

    go: Pair | None = None
    """Go versions, where they are a cause."""
    flags: Mapping[str, Pair] = EMPTY
    """Build settings that are a cause."""
    modules: Mapping[str, Pair] = EMPTY
    """Module path to what is used for it, where that is a cause."""
    packages: Mapping[str, tuple[str, ...]] = EMPTY
    """The packages that each of these modules explains."""
    rest: tuple[str, ...] = ()
    """Packages that differ for no cause that is known."""
    everything: bool = False
    """Go's version or the flags explain all packages, but for those of modules of another version."""
    beside: Mapping[str, Pair] = EMPTY
    """Go versions (`go`) and build settings that differ too, and explain nothing."""


def causes(mine: GoBinary, host: GoBinary, differing: Sequence[str]) -> Causes:
    """Return why the packages `differing`, in the order of their paths, are other builds in a plugin than in its host.

    What builds all packages explains all of them, but for modules of another version: positions name the version, so
    these differ in any case. Else a package of another module differs for that module, one whose source is known to be
    the same for a module that it imports or for a flag, and of any other package nothing is known.
    """
    settings, modules = differing_settings(mine, host), differing_modules(mine, host)
    go, flags = _of_everything(mine, host, differing, settings)
    everything = bool(go or flags)
    if everything:
        modules = {path: pair for path, pair in modules.items() if _are_versions(pair)}
    owners = {path: owner(path, _modules(mine)) for path in differing}
    packages = {one: tuple(path for path in differing if owners[path] == one) for one in modules}
    modules = {path: pair for path, pair in modules.items() if packages[path]}
    rest: list[str] = []
    if not everything:
        left = [path for path in differing if owners[path] not in modules]
        flags, rest = _of_some(mine, host, left, settings, explained=bool(modules))
    return Causes(go, flags, modules, packages, tuple(rest), everything, _beside(mine, host, settings, go, flags))


def differing_settings(mine: GoBinary, host: GoBinary) -> dict[str, Pair]:
    """Return the build settings that are not the same on both sides, unset and its default being one."""
    names = (*WITNESSES, *SELECTING, *HARMLESS)
    pairs = {name: (mine.settings.get(name, ""), host.settings.get(name, "")) for name in names}
    pairs["GOEXPERIMENT"] = (mine.experiments, host.experiments)
    return {name: pair for name, pair in pairs.items() if meant(name, pair[0]) != meant(name, pair[1])}


def equal_modules(mine: GoBinary, host: GoBinary) -> dict[str, Pair]:
    """Return the modules of different versions whose shared packages have the same hashes all the same, by path.

    Go's own release is one of them, by the name `go`, for the standard library.
    """
    pairs = differing_modules(mine, host)
    if mine.go_version != host.go_version:
        pairs["go"] = (mine.go_version, host.go_version)
    if not pairs:
        return {}
    modules = (*_modules(mine), *_modules(host))
    owners: dict[str, list[str]] = {}
    for path in mine.packages.keys() & host.packages.keys():
        owners.setdefault("go" if _is_standard(path, modules) else owner(path, _modules(mine)), []).append(path)
    return {
        name: pair
        for name, pair in pairs.items()
        if owners.get(name) and all(mine.packages[path] == host.packages[path] for path in owners[name])
    }


def differing_modules(mine: GoBinary, host: GoBinary) -> dict[str, Pair]:
    """Return the modules that both use and for which they use different things, by path."""
    used, offered = _modules(mine), _modules(host)
    both = sorted(used.keys() & offered.keys())
    pairs = {path: (spelled(used[path]), spelled(offered[path])) for path in both}
    return {path: pair for path, pair in pairs.items() if pair[0] != pair[1]}


def meant(name: str, value: str) -> str:
    """Return a setting without the difference between unset and its default, and tags in one order."""
    if name == "-tags":
        return ",".join(sorted(filter(None, value.split(","))))
    if name == "-gcflags" and not _pattern(value):
        return ""  # those of the main package alone, which is never shared
    return value or DEFAULTS.get(name, "")


def spelled(module: GoModule) -> str:
    """Return what a binary uses for a module: a version, `=> REPLACEMENT` or `(devel)`."""
    return f"=> {module.replaced_by}" if module.replaced_by else module.version or "(devel)"


def released(replacement: str) -> str:
    """Return the version of what replaces a module; empty for a directory, of which go writes `DIR (devel)`."""
    version = replacement.partition(" ")[2]
    return "" if version == "(devel)" else version


def owner(path: str, modules: Iterable[str]) -> str:
    """Return the module among `modules` that a package belongs to, or nothing."""
    inside = [module for module in modules if path == module or path.startswith(f"{module}/")]
    return max(inside, key=len, default="")


def is_vendored(binary: GoBinary) -> bool:
    """Return whether a binary was built from a vendor directory: then go writes no sum of any module."""
    required = [one for one in binary.modules if not one.replaced_by and one.version not in ("", "(devel)")]
    return bool(required) and not any(one.sum for one in required)


def _of_everything(
    mine: GoBinary, host: GoBinary, differing: Collection[str], settings: Mapping[str, Pair]
) -> tuple[Pair | None, dict[str, Pair]]:
    """Return the Go versions and the flags that explain why packages of the standard library differ."""
    modules = (*_modules(mine), *_modules(host))
    standard = [path for path in differing if _is_standard(path, modules)]
    if not standard:
        return None, {}
    go = (mine.go_version, host.go_version) if mine.go_version != host.go_version else None
    shared = mine.packages.keys() & host.packages.keys()
    flags = {
        name: settings[name]
        for name, witness in WITNESSES.items()
        if name in settings and (witness in differing or witness not in shared)
    }
    if not go and not flags:
        flags = _selecting(settings, standard, mine)
    return go, flags


def _of_some(
    mine: GoBinary, host: GoBinary, left: Iterable[str], settings: Mapping[str, Pair], *, explained: bool
) -> tuple[dict[str, Pair], list[str]]:
    """Return the flags that explain packages, and the packages that are not explained.

    Where modules of other versions are a cause (`explained`), a package of the same source differs by what it imports.
    """
    same = _same_sources(mine, host)
    devel = {module.path for module in (*mine.modules, *host.modules) if spelled(module) == "(devel)"}
    flags: dict[str, Pair] = {}
    rest: list[str] = []
    for path in left:
        module = owner(path, _modules(mine))
        if explained and module in same:
            continue
        possible = module in same or (module in devel and _is_trimmed(mine, host))
        found = _selecting(settings, [path], mine) if possible and not explained else {}
        flags.update(found)
        if not found or module not in same:
            rest.append(path)
    return flags, rest


def _selecting(settings: Mapping[str, Pair], paths: Iterable[str], binary: GoBinary) -> dict[str, Pair]:
    """Return the flags that explain packages: `-gcflags` where it is for one of them, else what may select files."""
    mine, theirs = settings.get("-gcflags", ("", ""))
    if any(_flags_for(mine, path, binary) != _flags_for(theirs, path, binary) for path in paths):
        return {"-gcflags": (mine, theirs)}
    return {name: settings[name] for name in SELECTING if name in settings and name != "-gcflags"}


def _flags_for(value: str, path: str, binary: GoBinary) -> str:
    """Return what `-gcflags=PATTERN=FLAGS` gives a package (`go help build`)."""
    import re

    pattern = _pattern(value)
    if pattern.startswith("."):
        matches = owner(path, [binary.main_module]) != ""
    elif pattern == "std":
        matches = _is_standard(path, _modules(binary))
    else:
        matches = pattern == "all" or re.fullmatch(re.escape(pattern).replace(r"\.\.\.", ".*"), path) is not None
    return value.partition("=")[2] if matches else ""


def _pattern(value: str) -> str:
    return "" if value.startswith("-") or "=" not in value else value.partition("=")[0]


def _same_sources(mine: GoBinary, host: GoBinary) -> set[str]:
    """Return the modules of which both were certainly built from the same files, which go by the same names."""
    if not _is_trimmed(mine, host) or is_vendored(mine) or is_vendored(host):
        return set()
    used, offered = _modules(mine), _modules(host)
    both = [path for path in used.keys() & offered.keys() if _is_released(used[path])]
    return {path for path in both if _source(used[path]) == _source(offered[path])}


def _is_released(module: GoModule) -> bool:
    return bool(released(module.replaced_by)) if module.replaced_by else bool(module.sum)


def _source(module: GoModule) -> tuple[str, str, str]:
    return module.version, module.replaced_by, module.sum


def _is_trimmed(mine: GoBinary, host: GoBinary) -> bool:
    return all(one.settings.get("-trimpath") == "true" for one in (mine, host))


def _is_standard(path: str, modules: Iterable[str]) -> bool:
    return "." not in path.partition("/")[0] and not owner(path, modules)


def _are_versions(pair: Pair) -> bool:
    return not any(one.startswith(("=>", "(")) for one in pair)


def _beside(
    mine: GoBinary, host: GoBinary, settings: Mapping[str, Pair], go: Pair | None, flags: Mapping[str, Pair]
) -> dict[str, Pair]:
    found = {name: pair for name, pair in settings.items() if name not in flags}
    if mine.go_version != host.go_version and go is None:
        found = {"go": (mine.go_version, host.go_version), **found}
    return found


def _modules(binary: GoBinary) -> dict[str, GoModule]:
    return {module.path: module for module in binary.modules}
