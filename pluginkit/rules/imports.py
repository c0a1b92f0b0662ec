"""PK510, PK511 and PK520: what an artifact's own code imports is there when it is loaded."""

from __future__ import annotations

from collections.abc import Iterable

from pluginkit.core.names import normalize, requirement_name
from pluginkit.core.verdict import Evidence, Import
from pluginkit.rules.rule import Case, Problem, rule, shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.rules.suffixes import Unfit


@rule("PK510", "undeclared-import")
def undeclared_import(case: Case) -> Iterable[Problem]:
    """Warn of a plugin that imports a package which none of its requirements brings.

    **What.** `pluginkit build` reads the modules that a plugin's entry points reach. What they import at their top
    level must be the plugin's own, of the standard library, of the host or an API, or brought by a requirement. It is
    named where that is certain: the plugin requires nothing, directly or not, but artifacts of this build, and none of
    those that it requires has the package. Imports in `try`, `if` and functions are left out.

    **Why.** In the monorepo another member's requirement brings the package, and all works. Elsewhere, or once that
    member drops it, the import fails.

    **Example.**

        PK510 acme_filter-1.0.0-py3-none-any.whl: warning: it imports click, which none of its requirements brings
          at        acme_filter/__init__.py:3
          hint: add the distribution that has click to `dependencies` in its pyproject.toml, then `pluginkit lock`

    **Fix.** Declare what you import.
    """
    if not (case.is_plugin and case.evidence.foreign):
        return
    reached, unknown = _closure(case)
    if unknown:
        return
    for one in case.evidence.foreign:
        having = [name for name, other in case.around.items() if _has(other, one.module)]
        if any(name in reached for name in having):
            continue
        what = having[0] if having else f"the distribution that has {one.module}"
        yield Problem(
            f"it imports {one.module}, which none of its requirements brings",
            f"add {what} to `dependencies` in its pyproject.toml, then `pluginkit lock`",
            {"at": f"{one.file}:{one.line}"},
            "warning",
        )


def _closure(case: Case) -> tuple[set[str], bool]:
    """Return the artifacts that are there for a plugin, and whether it requires anything that is none of them.

    The host is there for each; what it requires is its own affair.
    """
    stamp = case.evidence.stamp
    hosts = {name for name, one in case.around.items() if one.stamp and one.stamp.kind == "host"}
    waiting = [normalize(api.name) for api in stamp.apis] if stamp else []
    waiting += map(requirement_name, case.evidence.requires)
    reached = {normalize(case.evidence.name)}
    unknown = False
    while waiting:
        name = waiting.pop()
        other = case.around.get(name)
        if other is None or other.vendored or other.stamp is None:
            unknown = True
        elif name not in reached:
            reached.add(name)
            waiting += map(requirement_name, other.requires)
    return reached | hosts, unknown


def _has(one: Evidence, module: str) -> bool:
    return any(path.startswith((f"{module}/", f"{module}.")) for path in one.files)


@rule("PK520", "missing-module")
def missing_module(case: Case) -> Iterable[Problem]:
    """Refuse an artifact that lacks a module which importing it is certain to import.

    **What.** Python: from the modules of a plugin's entry points on, and from the packages of a host or an API, the
    imports at the top level of each module are followed, absolute and relative ones. What they name inside of the
    artifact's own packages must be among its files. Nothing is said of imports in `try`, `if` or functions, of
    packages that extend their `__path__`, of names that `__getattr__` or an extension module may provide, of modules
    put into `sys.modules`, and of namespace packages, to which other distributions add.

    **Why.** The checkout has the file, so everything works there; the wheel doesn't, and the import fails where it is
    installed. Mostly the build backend left a package out: hatchling what a `.gitignore` names, in any directory above,
    setuptools what its list of packages does not name.

    **Example.**

        PK520 acme_filter-1.0.0-py3-none-any.whl: it lacks the module acme_filter.lib, which acme_filter imports
          at        acme_filter/__init__.py:3
          left out  plugins/filter/src/acme_filter/lib/__init__.py
          hint: .gitignore ignores it by 'lib/', and hatchling leaves out what is ignored: correct that, or add

    **Fix.** Let the build backend take the file along: `pluginkit build` says which one was left out, and by what.
    """
    absent = [one for one in case.evidence.absent if not _beside(case, one)]
    if not absent:
        return
    first = absent[0]
    importer = first.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".") + " imports"
    if not first.line:
        importer = "an entry point of it names"
    more = f" (and {len(absent) - 1} more)" if len(absent) > 1 else ""
    facts: dict[str, str | tuple[str, ...]] = {"at": f"{first.file}:{first.line}" if first.line else first.file}
    left_out = case.evidence.left_out.get(first.module)
    if left_out:
        facts["left out"] = left_out.source
    if more:
        facts["all"] = shortened([one.module for one in absent])
    yield Problem(
        f"it lacks the module {first.module}, which {importer}{more}",
        left_out.hint if left_out else "add the module to the package and build it again, or remove the import",
        facts,
    )


def _beside(case: Case, one: Import) -> bool:
    """Return whether another artifact brings a module, into the directory that both share once installed."""
    base = one.module.replace(".", "/")
    start = (f"{base}.", f"{base}/")
    return any(path.startswith(start) for other in case.around.values() for path in other.files)


@rule("PK511", "extension-suffix")
def extension_suffix(case: Case) -> Iterable[Problem]:
    """Refuse an extension module that the interpreters of the artifact's tags cannot import.

    **What.** The file name of a compiled module says what it is for: `.cpython-311-x86_64-linux-gnu.so`,
    `.cp311-win_amd64.pyd`, `.abi3.so`. The interpreters of each of the artifact's compatibility tags must be able to
    import one of the files that a module has, Python source included. It is a warning where a tag promises any Python
    3 or any platform. Names that say nothing, `.so` and `.pyd` alone, fit everywhere.

    **Why.** Python passes over a file with another suffix, and the import fails as if it was not there. It happens when
    a build directory holds what another Python compiled, a wheel was renamed, `abi3` is claimed for what was not built
    with the limited API, or a build hook compiles and the tag stays `py3-none-any`.

    **Example.**

        PK511 greeter-1.0.0-cp312-cp312-linux_x86_64.whl: greeter._fast was compiled for another Python than its tag's
          found     greeter/_fast.cpython-311-x86_64-linux-gnu.so   expected  cp312-cp312-linux_x86_64
          hint: delete what earlier builds compiled, and build it with the Python of its tag: `pluginkit build greeter`

    **Fix.** Build it from a clean directory with the Python that the tag names; with hatchling, let the build hook set
    `build_data["infer_tag"] = True`.
    """
    if not any(path.endswith((".so", ".pyd")) for path in case.evidence.files):
        return
    from pluginkit.rules.suffixes import unfit_extensions

    found = list(unfit_extensions(case.evidence.files, case.evidence.tags))
    if not found:
        return
    first = next((one for one in found if not one.is_general), found[0])
    module = first.path.partition(".")[0].replace("/", ".")
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    which = "one interpreter or platform, and its tag promises any" if first.is_general else _differing(first)
    yield Problem(
        f"{module} was compiled for {which}{more}",
        _compile_again(case, first),
        {"found": first.path, "expected": first.tag}
        | ({"all": shortened([one.path for one in found])} if more else {}),
        "warning" if first.is_general else "error",
    )


def _differing(one: Unfit) -> str:
    return f"another {'platform' if one.runs else 'Python'} than its tag's"


def _compile_again(case: Case, one: Unfit) -> str:
    if one.is_general:
        return "let the build say what it compiles for; a build hook of hatchling sets `infer_tag` in its build data"
    return f"delete what earlier builds compiled, and build it with the Python of its tag: {case.rebuild}"
