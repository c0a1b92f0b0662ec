"""What was signed of an installed distribution, compared with what lies on the disk: its wheel's payload, made anew.

RECORD, which installers write, is signed by nobody: who can edit a file can edit its row.
"""

from __future__ import annotations

import os
from hashlib import sha256

from pluginkit.backends.python.file_names import ENTRY_POINTS, SIGNATURE_FILE, STAMP_FILE
from pluginkit.backends.python.installed_record import rows
from pluginkit.backends.python.regular_file import read_file
from pluginkit.backends.python.wheel.distinfo import DistInfoError, read_entry_points
from pluginkit.backends.python.wheel.layout import data_directory, payload_digest
from pluginkit.backends.python.wheel.signed import OVERSIZED
from pluginkit.core.names import normalize
from pluginkit.core.signatures import Signed
from pluginkit.core.stamp import MAX_SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from pluginkit.backends.python.installed_files import Metadata

REINSTALL = "install it again from the wheel that was signed"
_ADDED = (
    "INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "provenance_url.json", "uv_build.json", "uv_cache.json",
)  # fmt: skip
"""What installers add to a `.dist-info` directory."""
_SCRIPTS = ("bin", "Scripts")
_ENV = b"#!/usr/bin/env "


def read_signed(metadata: Metadata) -> Signed | None:
    """Return the stamp and its envelope; None where the stamp is missing or cannot be read."""
    place = metadata.root + metadata.name
    try:
        if os.stat(f"{place}/{STAMP_FILE}").st_size > MAX_SIZE:
            return None
        stamp = metadata.read(STAMP_FILE)
        size = os.stat(f"{place}/{SIGNATURE_FILE}").st_size
    except FileNotFoundError as error:
        return Signed(stamp) if str(error.filename).endswith(SIGNATURE_FILE) else None
    except (OSError, ValueError):
        return None
    try:
        return Signed(stamp, OVERSIZED if size >= len(OVERSIZED) else metadata.read(SIGNATURE_FILE))
    except OSError:
        return Signed(stamp, b"")


def payload_of(metadata: Metadata, hashes: Mapping[str, str], expected: str) -> str:
    """Return the payload that the wheel of a distribution had, if what is installed is what was in it.

    `hashes` has the sha256 of the importable files as they are on the disk, in hexadecimal. Files that were installed
    elsewhere count by their place, scripts with the first line that their wheel had. Where a wheel has its packages in
    its `.data` cannot be seen any more, so that is tried, if another payload than `expected` comes out. Raises OSError
    and ValueError.
    """
    listed = [path for path, *_ in rows(metadata.read("RECORD"))]
    packages = {path: hashes[path] for path in listed if path in hashes}
    others = dict(_others(metadata, [path for path in listed if path not in hashes]))
    found = payload_digest(packages | others, metadata.name)
    for scheme in ("purelib", "platlib"):
        beneath = f"{data_directory(metadata.name)}/{scheme}"
        moved = {f"{beneath}/{path}": digest for path, digest in packages.items()}
        if found != expected and payload_digest(moved | others, metadata.name) == expected:
            return expected
    return found


def _others(metadata: Metadata, listed: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the name in a wheel, and the sha256, of each file that was in it and cannot be imported."""
    own, made = f"{metadata.name}/", _generated(metadata)
    for path in listed:
        parts = path.split("/")
        if path.startswith(own):
            if path[len(own) :] not in (*_ADDED, STAMP_FILE, SIGNATURE_FILE):
                yield path, sha256(metadata.read(path[len(own) :])).hexdigest()
        elif "__pycache__" not in parts and not _is_generated(parts, made):
            yield _moved(metadata, path)


def _generated(metadata: Metadata) -> Collection[str]:
    """Return the names of scripts that installers make of entry points."""
    try:
        points = list(read_entry_points(metadata.read(ENTRY_POINTS)))
    except (OSError, DistInfoError):
        return ()
    return {name for group, name, _ in points if group in ("console_scripts", "gui_scripts")}


def _is_generated(parts: list[str], made: Collection[str]) -> bool:
    file = parts[-1].removesuffix(".exe").removesuffix("-script.py").removesuffix("-script.pyw")
    return len(parts) > 1 and parts[0] in ("..", "") and parts[-2] in _SCRIPTS and file in made


def _moved(metadata: Metadata, path: str) -> tuple[str, str]:
    """Return under which name a wheel has a file that is installed outside of the import root, and its sha256."""
    data = read_file(os.path.join(metadata.root, path))
    scheme, _, rest = path.replace("../", "").partition("/")
    beneath = data_directory(metadata.name)
    if scheme in _SCRIPTS:
        first, newline, rest_of_it = data.partition(b"\n")
        if first.startswith(b"#!/") and b"python" in first and not first.startswith(_ENV):
            data = b"#!python" + newline + rest_of_it
        return f"{beneath}/scripts/{rest}", sha256(data).hexdigest()
    if scheme == "include":
        own, parts = normalize(metadata.name.partition("-")[0]), rest.split("/")
        above = next((number for number, part in enumerate(parts, 1) if normalize(part) == own), 0)
        return f"{beneath}/headers/{'/'.join(parts[above:])}", sha256(data).hexdigest()
    return f"{beneath}/data/{scheme}/{rest}", sha256(data).hexdigest()
