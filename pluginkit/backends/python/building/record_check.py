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


def recorded(place: Path) -> Iterator[Path]:
    """Yield the files that wheels brought into the environment at `place`, relative to it."""
    site = site_packages(place)
    for record in sorted(site.glob("*.dist-info/RECORD")) if site else ():
        for path, told, *_ in rows(record.read_bytes()):
            if site and told:
                yield (site / path).resolve().relative_to(place.resolve())


def _wrong(site: Path, record: Path) -> Iterator[str]:
    """Yield the files of one distribution that are damaged; those without a hash are the installer's own."""
    for path, told, *_ in rows(record.read_bytes()):
        algorithm, _, digest = told.partition("=")
        if algorithm == "sha256" and _hash(site / path) != digest:
            yield path


def _hash(path: Path) -> str:
    try:
        return encode(files.digest(path))
    except OSError:
        return ""
