"""An upgrade in words, as every format for people spells it."""

from __future__ import annotations

from collections.abc import Iterator

from pluginkit.report.safe import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.upgrade import Takes, Upgrade, UpgradeBreak, UpgradePlugin
    from pluginkit.core.verdict import Finding

TITLES: dict[Takes, str] = {
    "edit": "needs an edit",
    "unknown": "may need an edit",
    "host": "kept out by the next host",
    "rebuild": "needs only a rebuild",
    "newer": "another release fits",
    "keeps": "keeps working",
    "unused": "not in use",
}
"""What people read, in the order in which they should."""
_BY_API = ("PK301", "PK302", "PK303")
"""What these refuse is told by the changes of the API, where there are any."""


def title(found: Upgrade) -> str:
    """Return the two hosts, each with its name where the places do not say it."""
    now, following = found.fleet.hosts
    return safe(f"{now.label} -> {following.label}")


def apis(found: Upgrade) -> Iterator[str]:
    """Yield each API with its two versions."""
    for one in found.apis:
        versions = one.now if one.now == one.next else f"{one.now or 'none'} -> {one.next or 'none'}"
        yield safe(f"{one.name} {versions}".rstrip())


def headline(found: Upgrade, plugin: UpgradePlugin) -> str:
    """Return a plugin with its releases: the one in use, and the one to install where that is another."""
    now, following = found.release(plugin.now), found.release(plugin.next)
    if now is None:
        return safe(plugin.name)
    if following is None or plugin.takes == "keeps":
        return safe(f"{plugin.name} {now.version}".rstrip())
    if now.version and following.version and now.version != following.version:
        return safe(f"{plugin.name} {now.version} -> {following.version}")
    return safe(f"{plugin.name} {following.version}".rstrip() + f" -> {following.subject}")


def why_other(plugin: UpgradePlugin) -> str:
    """Return which release fits in place of the one in use; rows are the newest first."""
    if plugin.now is None or plugin.next is None or plugin.now == plugin.next:
        return ""
    return "a newer release fits" if plugin.next < plugin.now else "only an older release fits"


def causes(plugin: UpgradePlugin) -> list[Finding]:
    """Return the findings to show: what the API's changes explain is not said twice."""
    told = [one for one in plugin.causes if not (plugin.breaks and one.code in _BY_API)]
    return list({(one.code, one.message): one for one in told}.values())


def because(found: Upgrade, one: UpgradeBreak) -> str:
    """Return one change in words, with its API where there are several."""
    api = f"{one.api}: " if len(found.apis) > 1 else ""
    reason = f" ({one.reason})" if one.reason else ""
    return safe(f"{api}{one.change}{reason}") + (" (cannot be told by reading)" if one.unknown else "")


def total(found: Upgrade) -> str:
    """Return in one sentence what the upgrade comes to."""
    required, broken = len(found.required), len(found.broken)
    plugins = f"{required} plugin{'s' if required > 1 else ''}"
    if not broken:
        newer = len(found.of("newer"))
        return f"{plugins} will work with the next host" + (f", {newer} in another release" if newer else "")
    parts = [
        (found.of("edit"), "an edit"),
        (found.of("unknown"), "perhaps an edit"),
        (found.of("rebuild"), "a rebuild"),
        (found.of("host"), "another host"),
    ]
    needs = ", ".join(f"{len(some)} {'needs' if len(some) == 1 else 'need'} {what}" for some, what in parts if some)
    return f"{broken} of {plugins} will not work with the next host: {needs}"
