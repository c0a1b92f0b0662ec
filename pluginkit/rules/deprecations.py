"""PK3: what the API will not have for ever."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from pluginkit.rules.rule import Case, Problem, rule, shortened
from pluginkit.surface.marks import declares_deprecated


@rule("PK307", "deprecated-api")
def deprecated_api(case: Case) -> Iterable[Problem]:
    """Warn of what a plugin uses of the API that the host's copy declares deprecated.

    **What.** The plugin's stamp says what it uses. Among that is a function, class, method, property or field that the
    API marks: Python by `warnings.deprecated` or `typing_extensions.deprecated`, Go by a paragraph `Deprecated:`. Not
    named are uses for which the plugin has another way (`try: ... except ImportError: ...`), and functions of which
    only some overloads are marked. Where the artifact contains its sources, the report says on which lines.

    **Why.** It works today. A later release of the API may remove it, and then refuses the plugin, or breaks it.

    **Example.**

        PK307 greeter-1.0.0-py3-none-any.whl: warning: uses acme_api.greet, which acme-api 3.1.0 declares deprecated
          uses      acme_api.greet
          at        acme_greeter/__init__.py:12
          hint: the API says: use acme_api.welcome

    **Fix.** Use what the API recommends instead, before it is removed.
    """
    stamp = case.evidence.stamp
    if not (case.host and stamp and stamp.uses):
        return
    for used in case.used:
        offered = case.host.api(used.name)
        if offered is None or not _declares_deprecated(offered.surface):
            continue
        from pluginkit.surface.deprecation import deprecated_uses  # few APIs have anything deprecated

        for one in deprecated_uses(offered.surface, stamp.uses):
            yield Problem(
                f"uses {one.name}, which {offered.label} declares deprecated",
                f"the API says: {one.message}" if one.message else f"use what {offered.name} recommends instead of it",
                {"uses": shortened(list(one.mentions))},
                "warning",
            )


@lru_cache(maxsize=16)
def _declares_deprecated(surface: tuple[str, ...]) -> bool:
    return declares_deprecated(surface)
