"""What a checkout has otherwise than what an artifact was built from: told by its stamp, and by what differs inside."""

from __future__ import annotations

from collections.abc import Mapping

from pluginkit.core.difference import Difference
from pluginkit.core.frozen import record
from pluginkit.core.model import BuildStep
from pluginkit.core.stamp import BUILDER, Stamp
from pluginkit.operations.rebuild.reason import OF_BYTES

Facts = Mapping[str, str | tuple[str, ...]]
CHECK_OUT = "check out the commit that the release was built from, with its pluginkit.lock"
_UNSHIPPED = "a file that the build reads and does not ship: all that is shipped is the same"
_TOOLS = "build with the tools that the release was built with"


@record
class Cause:
    """What the checkout has another one of."""

    what: str
    """As in `other sources`."""
    hint: str
    facts: Facts


def cause(stamp: Stamp | None, step: BuildStep | None, difference: Difference) -> Cause:
    """Return why an artifact of other inputs was not built from what the checkout has, the most specific cause first.

    `stamp` is that of the artifact in the release, `step` how the checkout builds it.
    """
    if stamp is None or step is None:
        return Cause("other sources", CHECK_OUT, {})
    if stamp.builder != BUILDER:
        return Cause("another pluginkit", _TOOLS, {"released": stamp.builder, "rebuilt": BUILDER})
    apis = tuple(one.label for one in stamp.apis if one.digest not in {api.digest for api in step.apis})
    if apis:
        return Cause(f"another copy of {', '.join(apis)}", CHECK_OUT, {})
    if old := _told(stamp.toolchain, step.toolchain):
        return Cause("other tools", _TOOLS, {"released": old, "rebuilt": _told(step.toolchain, stamp.toolchain)})
    if stamp.lock != step.sealed:
        return Cause("another pluginkit.lock", CHECK_OUT, {})
    if stamp.kind == "plugin" and stamp.mode != step.member.mode:
        return Cause(f"another configuration: mode {step.member.mode}, not {stamp.mode}", CHECK_OUT, {})
    if (stamp.capabilities, stamp.contract) != (step.member.capabilities, step.contract or stamp.contract):
        return Cause("another configuration", CHECK_OUT, {})
    return _sources(step, difference)


def _sources(step: BuildStep, difference: Difference) -> Cause:
    known = OF_BYTES.get(difference.cause)
    facts: dict[str, str | tuple[str, ...]] = {}
    if difference.cause == "C compiler" and known:
        return Cause(known.name, known.hint, {"released": difference.released, "rebuilt": difference.rebuilt})
    if difference.derived and not difference.packages:
        return Cause("other sources", CHECK_OUT, {"changed": _UNSHIPPED})
    changed = [_source(step, name) for name in (difference.inside, *difference.others) if name]
    if difference.packages:
        changed = list(difference.packages)
    if changed:
        facts["changed"] = tuple(dict.fromkeys(changed))
    if difference.at:
        facts |= {"at": f"{difference.inside}, {difference.at}".removeprefix(", ")}
        facts |= {"released": difference.released.strip(), "rebuilt": difference.rebuilt.strip()}
    if known:
        return Cause(f"sources with other {known.name}", known.hint, facts)
    return Cause("other sources", CHECK_OUT, facts)


def _told(toolchain: Mapping[str, str], other: Mapping[str, str]) -> str:
    """Return what one toolchain has otherwise than another one."""
    return ", ".join(f"{name} {value}" for name, value in toolchain.items() if other.get(name) != value)


def _source(step: BuildStep, path: str) -> str:
    """Return the source of a member that its wheel has at a path; the path itself where that is not plain."""
    found = [name for name in step.sources if name == path or name.endswith(f"/{path}")]
    return f"{step.member.path}/{found[0]}" if len(found) == 1 else path
