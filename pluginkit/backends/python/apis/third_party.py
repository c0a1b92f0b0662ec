"""Hosts that pluginkit did not build, and plugins without a stamp: what their own files say, read and never run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pluginkit.backends.python.apis.artifact_files import files, installed_hashes, wheel_surface
from pluginkit.backends.python.distributions import Distribution, distributions, listing, named, pins
from pluginkit.backends.python.file_names import ENTRY_POINTS
from pluginkit.backends.python.group_names import SCRIPTS, called_after
from pluginkit.backends.python.host_tags import environment_tags
from pluginkit.backends.python.owned import owned
from pluginkit.backends.python.roots import import_roots
from pluginkit.backends.python.wheel.code import Sources
from pluginkit.backends.python.wheel.distinfo import DistInfoError, parse_file_name, read_entry_points
from pluginkit.backends.python.wheel.factories import read_factories
from pluginkit.backends.python.wheel.stamper import wheel_facts
from pluginkit.core.api import Api, Contract
from pluginkit.core.digest import content_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace
from pluginkit.core.names import requirement_name
from pluginkit.core.verdict import Evidence, Host

Points = Sequence[tuple[str, str, str]]
"""(group, name, object reference)."""


def host(place: Path, plugins: Mapping[Path, Sequence[Evidence]]) -> Host | None:
    """Return what a wheel or an environment without a stamped host offers of the APIs that plugins are for.

    `plugins` are by the place at which they were read. A stamp names the APIs; without one that is the distribution
    which an entry-point group of the plugin is called after. Digest and surface are those of the files in `place`. What
    they require and is not installed is not missing: it comes with them, unless they were read in `place` itself.
    None where `place` is neither of them, or has none of these APIs.
    """
    asked = _Asked(plugins)
    if not place.is_dir():
        return _of_wheel(place, asked) if place.suffix == ".whl" and place.is_file() else None
    roots = import_roots(place)
    found = distributions(listing(map(str, roots)))
    apis = [_installed_api(one, asked.sealed) for name in asked.names for one in list(named(found, name))[:1]]
    if not apis:
        return None
    python, tags = environment_tags(place)
    installed = {**asked.required(but=place), **pins(found)}
    return Host(
        str(place),
        _names(apis),
        tuple(apis),
        asked.contract(apis),
        pins=installed,
        python=python,
        tags=tags,
        owned=owned(found),
    )


def bounds(place: Path) -> Host | None:
    """Return the pins, Python and tags of an environment, as a host without APIs; None where `place` is none."""
    roots = import_roots(place) if place.is_dir() else ()
    if not roots:
        return None
    python, tags = environment_tags(place)
    installed = pins(distributions(listing(map(str, roots))))
    return Host(str(place), place.name, (), Contract(), pins=installed, python=python, tags=tags)


def unstamped(place: Path, evidence: Evidence, contract: Contract) -> Evidence:
    """Return the evidence of a plugin without a stamp, read at `place`, with its entry points in the host's group."""
    if not contract.group:
        return evidence
    mine = [(name, reference) for group, name, reference in _points(place, evidence) if group == contract.group]
    code = files(place, evidence)
    sources = Sources({path: path for path in code}, code.__getitem__, evidence.requires_python)
    return replace(evidence, factories=read_factories(mine, contract.factory, sources))


class _Asked:
    """What plugins ask of a host."""

    def __init__(self, plugins: Mapping[Path, Sequence[Evidence]]) -> None:
        self._plugins = plugins
        every = [(place, one) for place, found in plugins.items() for one in found if one.readable and not one.vendored]
        self._stamps = [one.stamp for _, one in every if one.stamp and one.stamp.kind == "plugin"]
        self._groups = dict.fromkeys(
            (group, called_after(group, set(map(requirement_name, one.requires))))
            for place, one in every
            if one.stamp is None
            for group, _, _ in _points(place, one)
            if not group.startswith(SCRIPTS)
        )
        self.sealed = {api.digest: api for stamp in self._stamps for api in stamp.apis}
        """The copies that stamps name, by digest."""
        stamped = [api.name for stamp in self._stamps for api in stamp.apis]
        self.names = tuple(dict.fromkeys((*stamped, *(name for _, name in self._groups if name))))

    def contract(self, apis: Iterable[Api]) -> Contract:
        """Return what all the stamps say that the host asks; without one only its group is known.

        Where plugins may install files is not for them to say.
        """
        said = list(dict.fromkeys(replace(stamp.contract, may_install=()) for stamp in self._stamps))
        if said:
            return said[0] if len(said) == 1 else Contract()
        offered = {api.name for api in apis}
        return Contract(group=next((group for group, name in self._groups if name in offered), ""))

    def required(self, but: Path) -> Mapping[str, str]:
        """Return the names that plugins require which were not read at `but`, each with no version."""
        elsewhere = [one for place, found in self._plugins.items() if place != but for one in found]
        return {requirement_name(line): "" for one in elsewhere for line in one.requires}


def _of_wheel(path: Path, asked: _Asked) -> Host | None:
    facts = wheel_facts(path, path.name)
    if facts.name not in asked.names:
        return None
    same = asked.sealed.get(facts.content)
    found = same or Api(facts.name, facts.version, facts.content, facts.modules, wheel_surface(facts))
    try:
        tags = parse_file_name(path.name).tags
    except DistInfoError as error:
        raise PluginkitError(f"{path}: {error}", hint="give the file the name that it was published with") from None
    return Host(
        label=str(path),
        name=facts.name,
        apis=(found,),
        contract=asked.contract([found]),
        pins={**asked.required(but=path), facts.name: facts.version},
        requires_python=facts.requires_python,
        tags=tuple(tag for tag in tags if not tag.endswith("-none-any")),
    )


def _installed_api(one: Distribution, sealed: Mapping[str, Api]) -> Api:
    """Read an API that is installed. Its surface is only read where no stamp knows these very files."""
    from pluginkit.surface.python.reader import surface

    hashes, names = installed_hashes(one)
    digest = content_digest(f"{one.name}@{one.version}", hashes.items())
    return sealed.get(digest) or Api(one.name, one.version, digest, names, surface(Path(one.root), names))


def _names(apis: Iterable[Api]) -> str:
    return ", ".join(api.name for api in apis)


def _points(place: Path, evidence: Evidence) -> Points:
    """Return the entry points of a wheel or of an installed distribution; none where they cannot be read."""
    try:
        if place.is_dir() and import_roots(place):
            return [point for one in _at(place, evidence) for point in read_entry_points(one.read(ENTRY_POINTS))]
        return wheel_facts(Path(evidence.subject), evidence.subject).entry_points
    except (DistInfoError, PluginkitError, OSError, ValueError):
        return ()


def _at(place: Path, evidence: Evidence) -> Iterator[Distribution]:
    return named(distributions(listing(map(str, import_roots(place)))), evidence.name)
