"""What to install for the next host: the releases that fit, as a file which installers follow."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from pluginkit.backends.language import language, resolve
from pluginkit.core.names import normalize
from pluginkit.core.upgrade import Installable, InstallPlan, Upgrade
from pluginkit.core.urls import SERVERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.fleet import Fleet, PluginRelease

_NEXT = 1
"""Column of the next host."""


def install_plan(found: Upgrade, following: str, target: Path) -> InstallPlan:
    """Return what to install for the host `following`, as the file at `target` says it.

    For Python that is a `pylock.toml` (PEP 751) with what the release of the host pins; else a line for each artifact
    as `sha256sum --check` reads it, with paths as the places were named. Raises PluginkitError where the file cannot be
    called so, or the host's pins cannot be read.
    """
    spoken = language(found.fleet.hosts[_NEXT].language)
    chosen: list[Installable] = []
    left_out = [f"{one.name}: {_REASONS[one.takes]}" for one in found.broken]
    schemes = SERVERS if spoken.install_list else ()
    for row in (plugin.next for plugin in found.required if plugin.next is not None):
        files = (_of_file(one, schemes) for one in _alike(found.fleet, row))
        if one := next(filter(None, files), None):
            chosen.append(one)
        else:
            left_out.append(_missing(found.fleet.releases[row]))
    if not spoken.install_list:
        return InstallPlan("".join(map(_line, chosen)), tuple(left_out))
    plugins = {normalize(one.name) for one in found.fleet.plugins}
    plan: InstallPlan = resolve(spoken.install_list)(chosen, following, plugins, target)
    return InstallPlan(plan.text, (*left_out, *plan.left_out))


_REASONS = {
    "edit": "its sources need an edit",
    "rebuild": "it has to be rebuilt",
    "host": "the next host keeps it out",
    "unknown": "no release of it fits",
}


def _missing(one: PluginRelease) -> str:
    name = f"{one.name} {one.version}".rstrip()
    if "://" in one.subject:
        return f"{name}: it has to be fetched first, from {one.subject}"
    return f"{name}: it is only installed: name a place that has its file, too"


def _alike(fleet: Fleet, row: int) -> Iterator[PluginRelease]:
    """Yield a release, and others of its name and version that fit the next host: an installed one has no file."""
    wanted = fleet.releases[row]
    yield wanted
    for one, fits in zip(fleet.releases, fleet.fits, strict=True):
        same = (one.name, one.language, one.version) == (wanted.name, wanted.language, wanted.version)
        if same and one.version and (fit := fits[_NEXT]) and fit.accepted:
            yield one


def _of_file(one: PluginRelease, schemes: tuple[str, ...]) -> Installable | None:
    path = Path(one.subject)
    if path.is_file():
        data = path.read_bytes()
        return Installable(one.name, one.version, one.subject, hashlib.sha256(data).hexdigest(), len(data))
    if one.subject.startswith(schemes) and one.digest:
        return Installable(one.name, one.version, one.subject, one.digest.removeprefix("sha256:"))
    return None


def _line(one: Installable) -> str:
    """Return one line of `sha256sum`: a name with a backslash or line end is escaped, which a backslash says first."""
    escaped = one.place.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{'' if escaped == one.place else chr(92)}{one.sha256}  {escaped}\n"
