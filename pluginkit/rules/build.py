"""PK4: plugin and host were built for, and from, things that go together."""

from collections.abc import Iterable, Sequence

from pluginkit.core.names import normalize
from pluginkit.core.stamp import Stamp
from pluginkit.core.verdict import Host
from pluginkit.rules.rule import Case, Problem, rule
from pluginkit.rules.versions import admits, disjoint, requirement, specifier, wanted

_SYSTEMS = ("linux", "macosx", "win", "android", "ios", "emscripten", "pyodide")


@rule("PK401", "toolchain")
def toolchain(case: Case) -> Iterable[Problem]:
    """Warn of a plugin that another version of the host's build backend has built.

    **What.** For Python a warning: wheels of two versions of one backend do work together. Different backends in one
    workspace are normal and not reported.

    **Why.** A release is reproducible when one lock names what builds it. A backend that differs says that the plugin
    comes from another build environment.

    **Example.**

        PK401 filter-1.0.0-py3-none-any.whl: warning: built with hatchling 1.27.0, the host with hatchling 1.33.0
          hint: rebuild it in the host's workspace: `pluginkit build filter`

    **Fix.** Rebuild with the lock of the host, or leave it: a warning refuses nothing.
    """
    if not (case.host and case.is_plugin and case.evidence.stamp):
        return
    mine, theirs = case.evidence.stamp.toolchain.get("backend", ""), case.host.toolchain.get("backend", "")
    if mine != theirs and mine.partition(" ")[0] == theirs.partition(" ")[0]:
        yield Problem(
            f"built with {mine}, the host with {theirs}",
            f"rebuild it in the host's workspace: {case.rebuild}",
            {"found": mine, "expected": theirs},
            "warning",
        )


@rule("PK403", "platform")
def platform(case: Case) -> Iterable[Problem]:
    """Refuse a plugin that does not run on the host's Python, or on its platform.

    **What.** Its `requires-python` excludes the host's interpreter (where only a range is known: shares no version with
    the host's range), or none of its wheel tags is one the host accepts.

    **Why.** An installer refuses such a wheel, but a directory of plugins has no installer, and an extension module for
    another interpreter fails at import, or worse.

    **Example.**

        PK403 filter-1.0.0-py3-none-any.whl: requires Python >=3.13, the host runs 3.11.7
          found     >=3.13   expected  3.11.7
          hint: widen requires-python and rebuild it, or run the host on a Python it admits

    **Fix.** Declare the range you test; build extension modules for the host's platform.
    """
    if not (case.host and case.is_plugin):
        return
    mine, exact, theirs = case.evidence.requires_python, case.host.python, case.host.requires_python
    if mine and specifier(mine) is None:
        yield Problem(f"requires-python {mine!r} is no version specifier", "write it as in `>=3.11`", {"found": mine})
    elif mine and (not admits(mine, exact) if exact else bool(theirs) and disjoint(mine, theirs)):
        yield Problem(
            f"requires Python {mine}, the host runs {exact or theirs}",
            "widen requires-python and rebuild it, or run the host on a Python it admits",
            {"found": mine, "expected": exact or theirs},
        )
    if not _tags_fit(case.evidence.tags, case.host.tags):
        yield Problem(
            "built for another interpreter or platform than the host's",
            "build it where the host runs, or as pure Python",
            {"found": ", ".join(case.evidence.tags[:5]), "expected": ", ".join(case.host.tags[:5])},
        )


@rule("PK404", "dependency")
def dependency(case: Case) -> Iterable[Problem]:
    """Refuse a plugin that requires what the host's release does not have.

    **What.** Each requirement, with its marker, is held against the versions that the host's release pins: a package
    that is absent, or pinned to a version outside the range. Requirements of extras are left out.

    **Why.** All plugins live in the host's one environment. To satisfy such a plugin an installer would change the
    host's dependencies, or leave the plugin to fail at import.

    **Example.**

        PK404 greeter-1.0.0-py3-none-any.whl: requires rich>=14, the host's release has rich 13.9.4
          found     rich>=14   expected  rich 13.9.4
          hint: widen the requirement and rebuild it, or raise rich in the host's workspace: `pluginkit lock --upgrade`

    **Fix.** Agree on one version in the workspace; `pluginkit lock` finds it, or names both who disagree.
    """
    if not (case.host and case.is_plugin and case.host.pins is not None):
        return
    for text in case.evidence.requires:
        parsed = requirement(text)
        if parsed is None:
            yield Problem(f"{text!r} is no requirement", "write it as PEP 508 wants it", {"found": text})
            continue
        if not wanted(text, case.host.python):
            continue
        name = normalize(parsed.name)
        pinned = case.host.pins.get(name)
        if pinned is None and name not in (normalize(case.host.name), normalize(case.evidence.name)):
            yield _absent(text, name)
        elif pinned is not None and parsed.specifier and not admits(str(parsed.specifier), pinned):
            yield _outside(text, name, pinned)


@rule("PK406", "other-lock")
def other_lock(case: Case) -> Iterable[Problem]:
    """Warn of a plugin that was built under another lock than the host.

    **What.** The digests of `pluginkit.lock` in the two stamps differ: a warning, an error with `same-lock = true`.
    The warning is left out where the API differs too: the lock seals it, so that is the cause.

    **Why.** Authors outside the monorepo have a lock of their own, and what matters of it is checked one by one (PK3,
    PK401, PK404). A closed monorepo that ships everything from one commit can ask for more.

    **Example.**

        PK406 filter-1.0.0-py3-none-any.whl: warning: built under another lock than the host
          found     sha256:77ab...   expected  sha256:1c02...
          hint: rebuild host and plugins from one commit: `pluginkit build --locked`

    **Fix.** Build the whole release from one commit.
    """
    if not (case.host and case.is_plugin and case.evidence.stamp and case.host.lock):
        return
    strict = case.contract.same_lock
    if case.evidence.stamp.lock != case.host.lock and (strict or _same_apis(case.evidence.stamp, case.host)):
        yield Problem(
            "built under another lock than the host",
            "rebuild host and plugins from one commit: `pluginkit build --locked`",
            {"found": case.evidence.stamp.lock, "expected": case.host.lock},
            "error" if strict else "warning",
        )


def _same_apis(stamp: Stamp, host: Host) -> bool:
    digests = {api.name: api.digest for api in host.apis}
    return all(digests.get(api.name) == api.digest for api in stamp.apis)


def _absent(text: str, name: str) -> Problem:
    return Problem(
        f"requires {text}, the host's release has no {name}",
        f"add {name} to the dependencies of the host or of a plugin of its workspace, then `pluginkit lock`",
        {"found": text, "expected": "absent"},
    )


def _outside(text: str, name: str, pinned: str) -> Problem:
    return Problem(
        f"requires {text}, the host's release has {name} {pinned}",
        f"widen the requirement and rebuild it, or raise {name} in the host's workspace: `pluginkit lock --upgrade`",
        {"found": text, "expected": f"{name} {pinned}"},
    )


def _tags_fit(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """Tell whether one tag fits. Tags of a pure host say nothing; those of a compiled one only its system."""
    if not mine or not theirs or "py3-none-any" in mine or not set(mine).isdisjoint(theirs):
        return True
    if all(tag.endswith("-none-any") for tag in theirs):
        return True
    if any(tag.endswith("-none-any") for tag in theirs):
        return False  # the exact set of an interpreter, and none of ours is in it
    return any(tag.endswith("-any") for tag in mine) or bool(_systems(mine) & _systems(theirs))


def _systems(tags: Sequence[str]) -> set[str]:
    return {system for tag in tags for system in _SYSTEMS if system in tag.rpartition("-")[2]}
