"""PK513: hooks of a plugin are those that the host calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pluginkit.core.names import nearest, normalize, requirement_name
from pluginkit.rules.rule import Case, Problem, rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.api import Api
    from pluginkit.core.verdict import Factory
    from pluginkit.surface.hooks import Implementation, Specs

_MARKERS = ("HookspecMarker(", "HookimplMarker(")
_CHECKED = ("pytest", "tox")
"""Projects that have pluggy refuse what implements a hook that nobody specifies (`check_pending`)."""


@rule("PK513", "hook-mismatch")
def hook_mismatch(case: Case) -> Iterable[Problem]:
    """Refuse an implementation of a hook that pluggy refuses when the host registers the plugin.

    **What.** Python, where the API specifies hooks with a `HookspecMarker` and the contract names no factory: a hook
    takes an argument that its specification does not have, or is marked as a wrapper and never yields. Of a hook that
    the API does not specify, and that is not optional, this is a warning; for pytest, which refuses that too, an error.
    Hooks that another plugin may specify are left alone.

    **Why.** pluggy raises `PluginValidationError` while the host starts. A hook under another name is never called, and
    nobody is told.

    **Example.**

        PK513 llm_greeter-1.0.0-py3-none-any.whl: the hook 'register_models' takes arguments it is not given: registry
          found     registry   expected  def register_models(register, model_aliases)
          hint: take none but those of the specification, or give them defaults

    **Fix.** Take the arguments of the specification, each by its own name; leave out those that are not needed.
    """
    contract = case.contract
    is_asked = contract.kind == "hooks" or (not contract.kind and not contract.is_called)
    if not (is_asked and contract.group and case.is_plugin):
        return
    for factory in case.evidence.factories:
        if factory.lines:
            yield from _problems(case, factory)


def _problems(case: Case, factory: Factory) -> Iterator[Problem]:
    apis = [api for api in _apis(case) if any(marker in line for line in api.surface for marker in _MARKERS)]
    if not apis:
        return
    from pluginkit.surface.hooks import implementations, specs
    from pluginkit.surface.roles import indexed
    from pluginkit.surface.signature import declaration

    lines = [declaration(line) for line in factory.lines]
    for api in apis:
        found = specs(api.surface, case.contract.implements or "")
        if found is None:
            continue
        own = [*implementations(lines, indexed(api.surface), found.project)]
        addhooks = any(one.name.endswith("_addhooks") for one in own)
        known = addhooks or _may_have_others(case, found.project)
        for one in own:
            yield from _problem(one, found, others=known)


def _problem(one: Implementation, found: Specs, *, others: bool) -> Iterator[Problem]:
    if one.name not in found.hooks:
        if not (one.is_optional or others):
            yield _unknown(one, found)
        return
    outside = [name for name in one.taken if name not in found.hooks[one.name]]
    if outside:
        yield Problem(
            f"the hook {one.name!r} takes arguments it is not given: {', '.join(outside)}",
            "take none but those of the specification, or give them defaults",
            {"found": ", ".join(outside), "expected": found.shown[one.name]},
        )
    if one.is_wrapper and one.is_old_wrapper:
        yield Problem(f"the hook {one.name!r} is marked with both wrapper and hookwrapper", "remove `hookwrapper=True`")
    elif (one.is_wrapper or one.is_old_wrapper) and not one.is_generator:
        yield Problem(
            f"the hook {one.name!r} is marked as a wrapper and does not yield",
            "yield where the other implementations run, or remove the mark",
            {"found": one.function, "expected": "a generator function"},
        )


def _unknown(one: Implementation, found: Specs) -> Problem:
    near = nearest(one.name, sorted(found.hooks))
    return Problem(
        f"{found.project} has no hook {one.name!r}{near}",
        "correct its name, or mark it with `optionalhook=True` if another plugin specifies it",
        {"found": one.name},
        "error" if found.project in _CHECKED else "warning",
    )


def _apis(case: Case) -> tuple[Api, ...]:
    if case.host:
        return case.host.apis
    return case.evidence.stamp.apis if case.evidence.stamp else ()


def _may_have_others(case: Case, project: str) -> bool:
    """Return whether the plugin requires one that may specify hooks: they are named after the project."""
    own = {*(api.name for api in _apis(case)), project}
    names = (normalize(requirement_name(line)) for line in case.evidence.requires)
    return any(normalize(project) in name for name in names if name not in own)
