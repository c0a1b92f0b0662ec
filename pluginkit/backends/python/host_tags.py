"""Which compatibility tags (PEP 425) a host accepts: known of an environment, else told from what lies around it."""

import os
from pathlib import Path

from pluginkit.backends.python.roots import settings
from pluginkit.backends.python.wheel.distinfo import parse_file_name
from pluginkit.core import release
from pluginkit.core.verdict import Evidence


def environment_tags(place: Path) -> tuple[str, tuple[str, ...]]:
    """Return the version and the compatibility tags of a virtual environment's CPython on this platform."""
    values = settings(place)
    version = values.get("version_info") or values.get("version", "")
    parts = version.split(".")
    if len(parts) < 2 or not all(part.isdecimal() and len(part) < 3 for part in parts[:2]):
        return "", ()
    from packaging import tags

    python = (int(parts[0]), int(parts[1]))
    supported = (*tags.cpython_tags(python), *tags.compatible_tags(python, f"cp{python[0]}{python[1]}"))
    return ".".join(parts[:3]), tuple(map(str, supported))


def release_tags(host: Evidence, place: Path) -> tuple[str, ...]:
    """Return tags that say where a host wheel at `place`, or in the release there, will run.

    Its own, where it is compiled; else those of the first compiled wheel that was built with it; where all are pure
    Python, one of this machine, as for an environment. Raises PluginkitError and DistInfoError for a damaged release.
    """
    return compiled(host.tags) or _of_release(place if place.is_dir() else place.parent) or (_machine(),)


def compiled(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of a wheel's tags that are for a platform."""
    return tuple(tag for tag in tags if not tag.endswith("-any"))


def _of_release(directory: Path) -> tuple[str, ...]:
    if not (directory / release.NAME).is_file():
        return ()
    artifacts = release.read_release(directory).artifacts
    built = sorted((one.kind, one.file.rpartition("/")[2]) for one in artifacts if one.kind not in release.VENDORED)
    return next(filter(None, (compiled(parse_file_name(file).tags) for _, file in built)), ())


def _machine() -> str:
    if hasattr(os, "uname") and os.uname().sysname == "Linux":
        return f"py3-none-linux_{os.uname().machine}"
    from sysconfig import get_platform

    return "py3-none-" + get_platform().replace("-", "_").replace(".", "_")
