"""What an installer put into an environment, compared with the RECORD of each distribution."""

from collections.abc import Iterator
from pathlib import Path

from pluginkit.backends.python.installed_record import rows
from pluginkit.backends.python.roots import site_packages
from pluginkit.backends.python.wheel.layout import encode
from pluginkit.core import files


def differing(place: Path) -> dict[str, str]:
    """Return the distributions in the environment at `place` with files that are not what RECORD says.

    By name; with each goes the first such file.
    """
    site = site_packages(place)
    found = ((record, next(_wrong(site, record), "")) for record in site.glob("*.dist-info/RECORD")) if site else ()
    return {record.parent.name.partition("-")[0]: path for record, path in found if path}


_INSTALLERS = frozenset(("INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"))
"""What an installer adds to the metadata, which tells of the installation."""


def recorded(place: Path) -> Iterator[Path]:
    """Yield the files that wheels brought into the environment at `place`, relative to it."""
    site = site_packages(place)
    for record in sorted(site.glob("*.dist-info/RECORD")) if site else ():
        for path, told, *_ in rows(record.read_bytes()):
            if site and told and path.rpartition("/")[2] not in _INSTALLERS:
                found = (site / path).resolve()
                if found.is_relative_to(place.resolve()):
                    yield found.relative_to(place.resolve())


def _wrong(site: Path, record: Path) -> Iterator[str]:
    """Yield the files of one distribution that are damaged; those without a hash are the installer's own."""
    try:
        listed = rows(record.read_bytes())
    except (OSError, ValueError):
        yield str(record.relative_to(site))
        return
    for path, told, *_ in listed:
        algorithm, _, digest = told.partition("=")
        if algorithm == "sha256" and _hash(site / path) != digest:
            yield path


def _hash(path: Path) -> str:
    try:
        return encode(files.digest(path))
    except (OSError, ValueError):
        return ""
