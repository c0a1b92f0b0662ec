"""The Inspector for Python: wheels, releases and installed environments, read and never run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pluginkit.backends.python.distributions import Distribution, distributions, in_group, listing, named, pins
from pluginkit.backends.python.host_tags import compiled, environment_tags, release_tags
from pluginkit.backends.python.installed import inspect_api, inspect_distribution
from pluginkit.backends.python.owned import owned
from pluginkit.backends.python.roots import import_roots
from pluginkit.backends.python.wheel.distinfo import DistInfoError, parse_file_name
from pluginkit.backends.python.wheel.reader import inspect_wheel
from pluginkit.backends.python.wheel.vendored import inspect_vendored
from pluginkit.core import release
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace
from pluginkit.core.stamp import Stamp
from pluginkit.core.toolkit import DIRECTORY, other_beside, said
from pluginkit.core.verdict import Defect, Evidence, Host

if TYPE_CHECKING:
    from pluginkit.core.trust import Trust


class PythonInspector:
    """Implements `backends.protocol.Inspector`."""

    def artifacts(self, place: Path) -> Sequence[Path]:
        """Return the wheels in a directory, by name; of a release those of its toolkit too."""
        toolkit = place / DIRECTORY if (place / release.NAME).is_file() else place
        found = {path for directory in (place, toolkit) if directory.is_dir() for path in directory.iterdir()}
        return sorted(path for path in found if path.name.endswith(".whl"))

    def inspect(self, files: Sequence[tuple[Path, str]], trust: "Trust | None" = None) -> Sequence[Evidence]:
        """Read wheels; those that a release only brings along by their hashes alone."""
        places = {_release_of(path) for path, _ in files}
        added = {place / file: digest for place in places for file, digest in release.vendored(place).items()}
        sites = {place: str(place) for place in places if (place / release.NAME).is_file()}
        read = (
            inspect_vendored(path, subject, added[path], trust)
            if path in added
            else inspect_wheel(path, subject, trust)
            for path, subject in files
        )
        if not sites:
            return list(read)
        return [replace(one, site=sites.get(_release_of(path), "")) for one, (path, _) in zip(read, files, strict=True)]

    def installed(self, place: Path, trust: "Trust | None" = None) -> Sequence[Evidence]:
        """Read the stamped distributions of an environment, and plugins and APIs of its hosts that carry no stamp."""
        found = distributions(listing(map(str, import_roots(place))))
        stamped = [inspect_distribution(one, _label(one, place), trust) for one in found if one.has_stamp]
        hosts = [one.stamp for one in stamped if one.stamp and one.stamp.kind == "host"]
        groups = sorted({group for stamp in hosts for group in stamp.contract.groups})
        bare = [one for one in found if not one.has_stamp]
        strangers = [one for one in bare if any(in_group(one, group) is not None for group in groups)]
        read = [*stamped, *(inspect_distribution(one, _label(one, place), trust) for one in strangers)]
        apis = sorted({api.name for stamp in hosts for api in stamp.apis} - {one.name for one in read})
        conflicts = _conflicts(place, [one.metadata for one in found]) if stamped else ()
        return [*read, *(one for name in apis for one in _unstamped_api(name, bare, place)), *conflicts]

    def hosts(self, place: Path, evidences: Sequence[Evidence]) -> Iterable[Host]:
        """Return the hosts among `evidences`, with what is known of the place around them."""
        hosts = [one for one in evidences if one.stamp and one.stamp.kind == "host"]
        if not hosts:
            return
        beside = [one.stamp for one in (*evidences, *_apis_around(place)) if one.stamp]

        def label(one: Evidence) -> str:
            return f"{place}: {one.name}" if len(hosts) > 1 else str(place)

        roots = import_roots(place) if place.is_dir() else ()
        if roots:
            python, tags = environment_tags(place)
            found = distributions(listing(map(str, roots)))
            others = owned(found)
            made = (_host(one, label(one), beside, pins(found), python, tags) for one in hosts)
            yield from (replace(one, owned=others) for one in made)
        else:
            around = _release_pins(place)
            yield from (_host(one, label(one), beside, around, "", release_tags(one, place)) for one in hosts)


def _release_of(path: Path) -> Path:
    """Return the directory of the release that a wheel would be part of."""
    return path.parent.parent if path.parent.name == DIRECTORY else path.parent


def _conflicts(place: Path, directories: Sequence[str]) -> Iterator[Evidence]:
    """Yield what stands for a distribution that takes the import package of pluginkit from it."""
    other = other_beside(directories)
    if other:
        name = other.partition("-")[0]
        yield Evidence(f"{place}: {name}", name=name, defects=(Defect("PK106", said(other)),), vendored=True)


def _label(one: Distribution, place: Path) -> str:
    return f"{place}: {one.metadata.removesuffix('.dist-info')}"


def _unstamped_api(name: str, found: Sequence[Distribution], place: Path) -> Sequence[Evidence]:
    """Read a host's API that carries no stamp, as third-party ones do not; its bytes are compared with the host's."""
    evidences = [inspect_api(one, _label(one, place)) for one in named(found, name)]
    return evidences or [Evidence(f"{place}: {name}", name=name, unverified=True)]


def _apis_around(place: Path) -> Iterable[Evidence]:
    """Read the APIs of the release that a file lies in."""
    directory = place.parent
    if place.is_dir() or not (directory / release.NAME).is_file():
        return ()
    apis = [directory / one.file for one in release.read_release(directory).artifacts if one.kind == "api"]
    return [inspect_wheel(path, str(path)) for path in apis]


def _host(
    evidence: Evidence,
    label: str,
    beside: Iterable[Stamp],
    installed: Mapping[str, str] | None,
    python: str,
    tags: tuple[str, ...],
) -> Host:
    stamp = evidence.stamp
    if stamp is None:
        raise PluginkitError(f"{evidence.subject}: no stamp")
    return Host(
        label=label,
        name=stamp.name,
        apis=stamp.offers(beside),
        contract=stamp.contract,
        lock=stamp.lock,
        toolchain=stamp.toolchain,
        pins=installed,
        requires_python=evidence.requires_python,
        python=python,
        tags=tags or compiled(evidence.tags),
        ignores=stamp.ignores,
        trust=stamp.trust,
    )


def _release_pins(place: Path) -> dict[str, str] | None:
    """Return name to version of all that the release around `place` installs; None where there is no release."""
    directory = place if place.is_dir() else place.parent
    if not (directory / release.NAME).is_file():
        return None
    found = release.read_release(directory)
    packages = {name: version for name, version, marker in found.packages if _applies(marker)}
    try:
        return packages | {
            artifact.name: parse_file_name(artifact.file.rpartition("/")[2]).version for artifact in found.artifacts
        }
    except DistInfoError as error:
        raise PluginkitError(f"{directory / release.NAME}: {error}", hint="build the release again") from None


def _applies(marker: str) -> bool:
    if not marker:
        return True
    from packaging.markers import Marker

    try:
        return Marker(marker).evaluate()
    except ValueError as error:  # InvalidMarker, UndefinedComparison
        raise PluginkitError(
            f"{marker!r} is not an environment marker: {error}", hint="build the release again"
        ) from None
