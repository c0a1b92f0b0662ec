"""PK520: what an artifact's own code imports is there when it is loaded."""

from collections.abc import Iterable

from pluginkit.core.verdict import Import
from pluginkit.rules.rule import Case, Problem, rule, shortened


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
