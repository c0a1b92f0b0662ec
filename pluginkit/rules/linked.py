"""How two Go binaries fit: what `plugin.Open` will compare, and which cause explains what differs."""

from collections.abc import Iterable, Mapping

from pluginkit.core.frozen import EMPTY, record
from pluginkit.core.gobinary import GoBinary, GoModule
from pluginkit.core.verdict import Evidence
from pluginkit.rules.rule import Case, Linked, Problem, Process

FLAGS = (
    "-trimpath", "-tags", "-compiler", "-race", "-msan", "-asan", "-cover", "-gcflags", "-asmflags", "-pgo",
    "CGO_ENABLED", "CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_LDFLAGS", "GOEXPERIMENT", "GOFIPS140",
    "GOAMD64", "GOARM64", "GOARM", "GO386",
)  # fmt: skip
"""Build settings that can change what the compiler writes; `-ldflags` and `-buildmode` cannot."""

_TELLING = (
    "-race",
    "-msan",
    "-asan",
    "-trimpath",
    "GOAMD64",
    "GOARM64",
    "GOEXPERIMENT",
    "-gcflags",
    "-compiler",
    "-cover",
)
"""Flags that change every package: when one differs, nothing else has to be wrong."""


@record
class Linkage:
    """What differs between a plugin and the process it would be opened in."""

    packages: tuple[str, ...] = ()
    """Import paths of every shared package of another build, sorted."""
    beside: Mapping[str, str] = EMPTY
    """Those of them that only another plugin has, with that plugin's subject."""
    go: tuple[str, str] | None = None
    """Go versions (plugin, host), where they are the cause."""
    flags: Mapping[str, tuple[str, str]] = EMPTY
    """Build settings (plugin, host) that are a cause."""
    modules: Mapping[str, tuple[str, str]] = EMPTY
    """Module path to what is used for it (plugin, host), where that is a cause."""

    @property
    def global_cause(self) -> bool:
        """True when Go's version or the flags explain all of it."""
        return self.go is not None or any(name in _TELLING for name in self.flags)

    def of_modules(self) -> tuple[str, ...]:
        """Return the packages that the differing modules explain."""
        return tuple(path for path in self.packages if _owner(path, self.modules))


def linkage(case: Case) -> Linkage | None:
    """Compare a Go plugin with its host and the plugins loaded before it; None where either is not known.

    This is runtime.lastmoduleinit's comparison, of every package and not until the first that differs.
    """
    mine, host = case.evidence.binary, case.host.binary if case.host else None
    if mine is None or host is None or mine.kind != "plugin":
        return None
    beside: dict[str, str] = {}
    differing: list[str] = []
    opened = case.process.packages if case.process else {}
    for path, digest in mine.packages.items():
        theirs = host.packages.get(path)
        if theirs is None and path in opened and path != mine.plugin_path:
            theirs = opened[path].digest
            if theirs != digest:
                beside[path] = opened[path].subject
        if theirs is not None and theirs != digest:
            differing.append(path)
    if not differing:
        return Linkage()
    return _explained(mine, host, tuple(sorted(differing)), beside)


def go_versions(case: Case) -> tuple[str, str] | None:
    """Return the Go versions (plugin, host) where they are the cause: by the binaries, else by stamp and lock."""
    found = linkage(case)
    if found is not None:
        return found.go
    mine = case.evidence.binary
    theirs = case.host.toolchain.get("go", "") if case.host and not case.host.binary else ""
    return (mine.go_version, theirs) if mine and theirs and mine.go_version != theirs else None


def flags(case: Case) -> Mapping[str, tuple[str, str]]:
    """Return the build settings (plugin, host) that are a cause: by the binaries, else by one and the lock."""
    found = linkage(case)
    if found is not None:
        return found.flags
    mine = case.evidence.binary
    if mine is None or case.host is None or case.host.binary or not case.host.toolchain:
        return {}
    lock = case.host.toolchain
    wanted = {"-trimpath": "true", "-tags": lock.get("tags", ""), "GOAMD64": lock.get("goamd64", "")}
    pairs = {name: (mine.settings.get(name, ""), value) for name, value in wanted.items()}
    return {name: pair for name, pair in pairs.items() if _meant(name, pair[0]) != _meant(name, pair[1])}


def packages_fact(case: Case) -> dict[str, tuple[str, ...]]:
    """Return the packages that differ as a fact of a finding."""
    found = linkage(case)
    return {"packages": found.packages} if found else {}


def module_problems(case: Case) -> Iterable[Problem]:
    """Yield what PK404 says of each module that is a cause."""
    found = linkage(case)
    if found is None or found.global_cause:
        return
    explained = found.of_modules()
    for path, (used, offered) in found.modules.items():
        yield Problem(
            f"built with {path} {used}, the host with {offered}",
            _require(path, used, offered),
            {
                "found": f"{path} {used}",
                "expected": f"{path} {offered}",
                "packages": tuple(one for one in explained if one == path or one.startswith(f"{path}/")),
            },
        )


def one_checkout(case: Case) -> str:
    """Return how packages that differ for no cause in the flags come to agree."""
    binaries = (case.evidence.binary, case.host.binary if case.host else None)
    if not any(one and one.settings.get("-trimpath") == "true" for one in binaries):
        return "build both with -trimpath: without it the directory of the checkout is part of every package"
    return f"rebuild it from the host's checkout: {case.rebuild}"


def open_plugin(process: Process, evidence: Evidence) -> None:
    """Add to `process` what opening an accepted plugin adds: dlopen makes its symbols global."""
    binary = evidence.binary
    if binary is None or binary.kind != "plugin":
        return
    for path, digest in binary.packages.items():
        process.packages.setdefault(path, Linked(digest, evidence.subject))
    for name in (evidence.name, binary.plugin_path):
        process.plugins.setdefault(name, evidence.subject)


def _explained(mine: GoBinary, host: GoBinary, packages: tuple[str, ...], beside: Mapping[str, str]) -> Linkage:
    with_host = [path for path in packages if path not in beside]
    if not with_host:
        return Linkage(packages, beside)
    go = (mine.go_version, host.go_version) if mine.go_version != host.go_version else None
    settings = {name: (mine.settings.get(name, ""), host.settings.get(name, "")) for name in FLAGS}
    flags = {name: pair for name, pair in settings.items() if _meant(name, pair[0]) != _meant(name, pair[1])}
    used, offered = _modules(mine), _modules(host)
    differing = {
        path: (used[path], offered[path]) for path in used.keys() & offered.keys() if used[path] != offered[path]
    }
    guilty = {owner for owner in (_owner(path, differing) for path in with_host) if owner}
    return Linkage(packages, beside, go, flags, {path: differing[path] for path in sorted(guilty)})


def _meant(name: str, value: str) -> str:
    """Return a setting without the difference between unset and its default."""
    defaults = {
        "-trimpath": "false",
        "-race": "false",
        "-msan": "false",
        "-asan": "false",
        "GOAMD64": "v1",
        "GOARM64": "v8.0",
    }
    if name == "-tags":
        return ",".join(sorted(filter(None, value.split(","))))
    return value or defaults.get(name, "")


def _modules(binary: GoBinary) -> dict[str, str]:
    return {module.path: _used(module) for module in binary.modules}


def _used(module: GoModule) -> str:
    return f"=> {module.replaced_by}" if module.replaced_by else module.version or "(devel)"


def _owner(path: str, modules: Iterable[str]) -> str:
    """Return the module among `modules` that a package belongs to, or nothing."""
    inside = [module for module in modules if path == module or path.startswith(f"{module}/")]
    return max(inside, key=len, default="")


def _require(path: str, used: str, offered: str) -> str:
    if "(devel)" in (used, offered):
        return f"build both in one checkout of {path}, or move the shared packages to a module that both require"
    if offered.startswith("=>"):
        return f"in the plugin's module: go mod edit -replace '{path}={offered.removeprefix('=> ').replace(' ', '@')}'"
    if used.startswith("=>"):
        return f"in the plugin's module: go mod edit -dropreplace {path} && go get {path}@{offered}"
    return f"in the plugin's module: go get {path}@{offered}, then rebuild it"
