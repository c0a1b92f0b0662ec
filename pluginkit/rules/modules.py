"""PK413: what Go accepts though it may not be the same code."""

from collections.abc import Iterable

from pluginkit.rules.causes import Pair, equal_modules
from pluginkit.rules.rule import Case, Problem, rule
from pluginkit.rules.ways import as_host, module_edit


@rule("PK413", "module-version")
def module_version(case: Case) -> Iterable[Problem]:
    """Warn of a Go plugin that has another version of a shared module than its host, though Go accepts it.

    **What.** A module of which both have packages is of another version, or replaced on one side, and yet the linker's
    hashes of all these packages agree. The same of Go's own release, for the standard library. A warning.

    **Why.** The hash covers what a package exports, what that refers to, and the bodies that can be inlined. The body
    of an `init`, unexported code and assembly can differ beneath one hash. `plugin.Open` accepts such a plugin, and
    then the host's copy of the package runs for both, which is not the one that the plugin was tested with.

    **Example.**

        PK413 plugins/filter.so: warning: built with example.com/driver v1.1.0, the host with v1.0.0, of the same hashes
          found     example.com/driver v1.1.0   expected  example.com/driver v1.0.0
          hint: in the plugin's module: `go get example.com/driver@v1.0.0`, then rebuild it

    **Fix.** Build the plugin with the host's version, or read what changed between the two.
    """
    mine, host = case.evidence.binary, case.host.binary if case.host else None
    if mine is None or host is None or mine.kind != "plugin" or not case.is_plugin:
        return
    pairs = equal_modules(mine, host)
    go = pairs.pop("go", None)
    if go:
        yield _warning("", go, as_host(case, go=go[1]))
    hint = module_edit(case, pairs)
    for path, pair in pairs.items():
        yield _warning(f"{path} ", pair, hint)
        hint = ""


def _warning(name: str, pair: Pair, hint: str) -> Problem:
    used, offered = pair
    return Problem(
        f"built with {name}{used}, the host with {offered}, of the same hashes",
        hint,
        {"found": f"{name}{used}", "expected": f"{name}{offered}"},
        "warning",
    )
