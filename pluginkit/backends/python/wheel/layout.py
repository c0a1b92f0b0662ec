"""Where the files of a wheel come to lie once installed, and what they are there."""

from __future__ import annotations

from binascii import b2a_base64

from pluginkit.backends.python.file_names import STAMP_FILE
from pluginkit.core.digest import fields_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

SIGNATURES = ("RECORD.jws", "RECORD.p7s")
_LIBRARIES = ("purelib/", "platlib/")
_METADATA = (".dist-info", ".egg-info")
_EXTENSIONS = (".so", ".pyd")
_URLSAFE = bytes.maketrans(b"+/", b"-_")


def metadata_directories(names: Iterable[str]) -> list[str]:
    """Return the top-level names that installers or importlib.metadata may take for a distribution's metadata."""
    tops = {name.partition("/")[0] for name in names}
    return sorted(top for top in tops if top.lower().endswith(_METADATA))


def import_paths(names: Iterable[str], dist_info: str) -> dict[str, str]:
    """Map each path beneath the import root to its entry, metadata left out.

    Where two entries would be installed as one file, the first stands.
    """
    return {path: name for path, name in reversed(installed(names, dist_info)) if not is_metadata(path)}


def installed(names: Iterable[str], dist_info: str) -> list[tuple[str, str]]:
    """Return (path beneath the import root, entry), metadata included, those at the root of the archive first."""
    data = data_directory(dist_info) + "/"
    placed, moved = [], []
    for name in names:
        if not name.startswith(data):
            placed.append((name, name))
        elif name[len(data) :].startswith(_LIBRARIES):
            moved.append((name.split("/", 2)[2], name))
    return placed + moved


def data_directory(dist_info: str) -> str:
    """Return the `.data` directory that goes with a `.dist-info` directory."""
    return dist_info.removesuffix(".dist-info") + ".data"


def is_metadata(path: str) -> bool:
    """Return whether a path beneath the import root lies in a metadata directory."""
    return path.partition("/")[0].lower().endswith(_METADATA)


def payload_digest(hashes: Mapping[str, str], dist_info: str) -> str:
    """Return the digest of a wheel without its stamp: over (name, sha256 hex) of every entry but RECORD and the stamp.

    `hashes` maps entry names to sha256 in hexadecimal; `dist_info` is the metadata directory's name.
    """
    left_out = (f"{dist_info}/RECORD", f"{dist_info}/{STAMP_FILE}")
    fields = (part.encode() for name in sorted(hashes) if name not in left_out for part in (name, hashes[name]))
    return fields_digest("pluginkit payload v1", fields)


def content_files(hashes: Mapping[str, str], dist_info: str) -> list[tuple[str, str]]:
    """Return (path, sha256 hex) of the importable files, sorted: what an API's content digest covers."""
    paths = import_paths(hashes, dist_info)
    return sorted((path, hashes[name]) for path, name in paths.items() if "__pycache__" not in path.split("/"))


def encode(digest: str) -> str:
    """Return a hexadecimal digest as RECORD spells it: urlsafe base64 without padding."""
    return b2a_base64(bytes.fromhex(digest), newline=False).translate(_URLSAFE, b"=").decode("ascii")


def encode_hash(sha256: bytes) -> str:
    """Return a sha256 as a row of RECORD has it, with the name of the algorithm."""
    return "sha256=" + b2a_base64(sha256, newline=False).translate(_URLSAFE, b"=").decode("ascii")


def modules(files: Iterable[str]) -> tuple[str, ...]:
    """Return the dotted import packages that these import paths own, sorted.

    A directory with an `__init__` (source or extension module) is one package; one without is a namespace
    (PEP 420), of which only the parts inside are owned. A module outside a package is owned itself.
    """
    found = {(path.rpartition("/")[0], module) for path in files if (module := module_name(path.rpartition("/")[2]))}
    packages = {directory for directory, module in found if module == "__init__"}
    outermost = {directory: _package(directory, packages) for directory, _ in found}
    owned = (outermost[directory] or _outside(directory, module) for directory, module in found)
    parts = {path: path.split("/") for path in owned if path}
    return tuple(sorted(".".join(names) for names in parts.values() if all(map(str.isidentifier, names))))


def _outside(directory: str, module: str) -> str:
    if module == "__init__":
        return ""
    return f"{directory}/{module}" if directory else module


def _package(directory: str, packages: Collection[str]) -> str:
    """Return the outermost package that a directory lies in."""
    parts = directory.split("/")
    above = ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    return next((one for one in above if one in packages), "")


def module_name(file: str) -> str:
    """Return the module that a file (no directory) holds, `__init__` for a package's; empty where it holds none."""
    stem, _, suffix = file.partition(".")
    holds = suffix == "py" or f".{suffix}".endswith(_EXTENSIONS)
    return stem if holds and stem.isidentifier() else ""
