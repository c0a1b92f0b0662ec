"""PK512: what several distributions have modules in can be imported of all of them."""

from __future__ import annotations

from collections.abc import Iterable

from pluginkit.rules.portions import module_file
from pluginkit.rules.rule import Case, Problem, rule, shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.rules.portions import Conflict


@rule("PK512", "namespace-broken")
def namespace_broken(case: Case) -> Iterable[Problem]:
    """Refuse what cannot be imported beside other artifacts, since they disagree on who owns a package.

    **What.** Several distributions have modules in one package, which works where it is a namespace in all of them:
    without an `__init__.py`, or with one that does nothing but extend its `__path__` (`pkgutil.extend_path`,
    `declare_namespace`). Refused is the one whose `__init__.py` hides the others' modules, the one that adds modules to
    a package which is the host's, the API's or that of a plugin it requires, and the one whose `__init__.py` has code
    that is not in the others'. What is installed in one directory of an environment is found in spite of the first two,
    and so they are not findings there. They are warnings about a release, which installers put into one directory and
    `load_plugins(directory)` does not; and where no entry point leads to what is hidden.

    **Why.** Python imports the first package with an `__init__.py` that it finds, and looks nowhere else for its
    modules. The error it gives then, `No module named 'acmeplugins.filter'`, names the plugin that did nothing wrong.

    **Example.**

        PK512 acme_audit-1.0.0-py3-none-any.whl: its acmeplugins/__init__.py hides what others have in acmeplugins
          found     acmeplugins/__init__.py
          hides     acme_filter-1.0.0-py3-none-any.whl
          hint: leave acmeplugins/__init__.py out of the wheel, or let it do nothing but extend its `__path__`

    **Fix.** Leave the `__init__.py` of a shared package out of all wheels, or put what is new into another package.
    """
    for conflict in case.conflicts:
        yield _problem(case, conflict)


def _problem(case: Case, conflict: Conflict) -> Problem:
    package, path = conflict.package, conflict.package.replace(".", "/")
    init = module_file(case.evidence, path) or f"{path}/__init__.py"
    others = shortened(list(conflict.others))
    first = conflict.others[0] + (f" and {len(conflict.others) - 1} more" if len(conflict.others) > 1 else "")
    facts: dict[str, str | tuple[str, ...]] = {"found": init, "also": others}
    alone = f"leave {init} out of the wheel, or let it do nothing but extend its `__path__`"
    if conflict.how == "adds":
        own = [file for file in case.evidence.files if file.startswith(f"{path}/")]
        message = f"adds modules to {package}, a package of {first}"
        facts = {"found": shortened(own), "also": others}
        alone = f"move them into a package of its own, or let the __init__.py of {package} extend its `__path__`"
    elif conflict.how == "hides":
        message = f"its {init} hides what others have in {package}"
        facts = {"found": init, "hides": others}
    else:
        message = f"its {init} is not that of {first}, and Python runs only one of them"
        alone = f"let {init} do nothing but extend its `__path__`: move its code into a module of its own"
        if not _has_code(case, path):
            alone = f"leave {init} out of the wheel: {first} brings it"
    where = "; installed into one directory, all of it can be imported" if conflict.together else ""
    return Problem(message + where, alone, facts, "warning" if conflict.together or not conflict.certain else "error")


def _has_code(case: Case, path: str) -> bool:
    init = case.evidence.inits.get(path)
    return init is None or bool(init.code)
