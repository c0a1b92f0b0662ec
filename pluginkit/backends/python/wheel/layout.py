"""Where the files of a wheel come to lie once installed, and what they are there."""

from __future__ import annotations

from binascii import Error as NotBase64Error
from binascii import a2b_base64, b2a_base64

from pluginkit.backends.python.file_names import SIGNATURE_FILE, STAMP_FILE
from pluginkit.core.digest import fields_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

SIGNATURES = ("RECORD.jws", "RECORD.p7s")
_LIBRARIES = ("purelib/", "platlib/")
_METADATA = (".dist-info", ".egg-info")
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


def placed(names: Iterable[str], dist_info: str, scripts: Collection[str] = ()) -> tuple[str, ...]:
    """Return the paths in an environment of what is installed beside import packages and metadata, sorted.

    That are data files, headers, and scripts, `bin/NAME`: those in the wheel, and the names of entry points `scripts`.
    """
    data = data_directory(dist_info) + "/"
    parts = [name[len(data) :].partition("/") for name in names if name.startswith(data)]
    if not (parts or scripts):
        return ()
    schemes = {"data": "", "scripts": "bin/", "headers": f"include/{dist_info.partition('-')[0]}/"}
    moved = (schemes[scheme] + path for scheme, _, path in parts if scheme in schemes)
    return tuple(sorted({*moved, *(f"bin/{script}" for script in scripts)}))


def data_directory(dist_info: str) -> str:
    """Return the `.data` directory that goes with a `.dist-info` directory."""
    return dist_info.removesuffix(".dist-info") + ".data"


def is_metadata(path: str) -> bool:
    """Return whether a path beneath the import root lies in a metadata directory."""
    return path.partition("/")[0].lower().endswith(_METADATA)


def payload_digest(hashes: Mapping[str, str], dist_info: str) -> str:
    """Return the digest of a wheel without stamp, envelope and RECORD: over (name, sha256 hex) of every other entry.

    `hashes` maps entry names to sha256 in hexadecimal; `dist_info` is the metadata directory's name.
    """
    left_out = [f"{dist_info}/{name}" for name in ("RECORD", STAMP_FILE, SIGNATURE_FILE)]
    fields = (part.encode() for name in sorted(hashes) if name not in left_out for part in (name, hashes[name]))
    return fields_digest("pluginkit payload v1", fields)


def content_files(hashes: Mapping[str, str], dist_info: str) -> list[tuple[str, str]]:
    """Return (path, sha256 hex) of the importable files, sorted: what an API's content digest covers."""
    return content_of(import_paths(hashes, dist_info), hashes)


def content_of(paths: Mapping[str, str], hashes: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the same of the import paths `paths`, each with its entry."""
    return sorted((path, hashes[name]) for path, name in paths.items() if "__pycache__" not in path.split("/"))


def encode(digest: str) -> str:
    """Return a hexadecimal digest as RECORD spells it: urlsafe base64 without padding."""
    return b2a_base64(bytes.fromhex(digest), newline=False).translate(_URLSAFE, b"=").decode("ascii")


def encode_hash(sha256: bytes) -> str:
    """Return a sha256 as a row of RECORD has it, with the name of the algorithm."""
    return "sha256=" + b2a_base64(sha256, newline=False).translate(_URLSAFE, b"=").decode("ascii")


def decode_hash(recorded: str) -> str:
    """Return the sha256 in hexadecimal that a row of RECORD has; nothing where it has none."""
    algorithm, _, text = recorded.partition("=")
    try:
        found = a2b_base64(f"{text}=".translate({45: "+", 95: "/"}))
    except (NotBase64Error, ValueError):
        return ""
    return found.hex() if algorithm == "sha256" and len(found) == 32 else ""
