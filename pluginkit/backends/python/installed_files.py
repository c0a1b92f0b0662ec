"""The files of an installed distribution: as they are on the disk, and as RECORD says they were installed."""

from __future__ import annotations

import os
from hashlib import sha256

from pluginkit.backends.python.inits import INIT, classify
from pluginkit.backends.python.installed_record import elsewhere, importable, rows
from pluginkit.backends.python.regular_file import hash_file, read_file
from pluginkit.backends.python.wheel.layout import decode_hash, encode_hash
from pluginkit.core.frozen import EMPTY
from pluginkit.core.ownership import SHARED, Init, dotted, is_shared, module_name, modules
from pluginkit.core.verdict import Defect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pluginkit.core.stamp import Stamp


class Metadata:
    """The files of a `.dist-info` directory, read when they are asked for."""

    def __init__(self, directory: str, contents: Mapping[str, bytes] = EMPTY) -> None:
        self.name = directory.replace(os.sep, "/").rpartition("/")[2]
        self.root = directory[: -len(self.name)]
        """The import root, with the separator that follows it."""
        self._contents = contents
        self._read: dict[str, bytes] = {}
        self._recorded: dict[str, str] = {}
        self.placed: tuple[str, ...] = ()
        """What RECORD lists beneath the environment, outside of the import root; known once it was read."""

    def read(self, name: str) -> bytes:
        """Return a file's bytes, the same ones each time. Raises OSError."""
        data = self._read.get(name, self._contents.get(name))
        if data is None:
            data = read_file(f"{self.root}{self.name}/{name}")
        self._read[name] = data
        return data

    def listed(self) -> list[tuple[str, str]]:
        """Return (import path, recorded hash) of the importable files in RECORD. Raises OSError and ValueError."""
        listed = rows(self.read("RECORD"))
        own = f"{self.name}/"
        self.placed = elsewhere(listed)
        self._recorded = {row[0][len(own) :]: row[1] for row in listed if row[0].startswith(own)}
        return importable(listed)

    def changed(self) -> Iterator[Defect]:
        """Yield what is wrong with the files that were read, which RECORD lists as all others; itself it cannot."""
        for name, data in self._read.items():
            if name == "RECORD":
                continue
            found = encode_hash(sha256(data).digest())
            recorded = self._recorded.get(name, "")
            if recorded != found:
                what = "is not the file that was installed" if recorded else "has no hash in RECORD"
                yield Defect("PK103", f"{f'{self.name}/{name}'!a} {what}", found, recorded[:160])


class Files:
    """The importable files of a distribution, as they are on the disk."""

    def __init__(self, metadata: Metadata, defects: list[Defect]) -> None:
        self.hashes: dict[str, str] = {}
        """By import path, what its content is the digest of."""
        self.inits: dict[str, Init] = {}
        self.replaced: dict[str, Defect] = {}
        """What is another distribution's, and would be the same to Python if its own did as little."""
        self._others = _Others(metadata)
        root = metadata.root
        for path, recorded in metadata.listed():
            is_init = path.endswith(f"/{INIT}")
            try:
                data = read_file(root + path) if is_init else b""
                digest = sha256(data) if is_init else hash_file(root + path)
            except OSError:
                defects.append(Defect("PK103", f"{path!a} is listed in RECORD and cannot be read"))
                continue
            self.hashes[path] = digest.hexdigest()
            if is_init:
                self.inits[path[: -len(INIT) - 1]] = classify(data)
            found = encode_hash(digest.digest())
            if recorded == found:
                continue
            defect = Defect("PK103", f"{path!a} is not the file that was installed", found, recorded[:160])
            original = decode_hash(recorded)
            if original and is_init and classify(data) == SHARED and self._others.listed(path, found):
                self.hashes[path], self.replaced[path] = original, defect
            else:
                defects.append(defect)
        for path in _unlisted(root, self.hashes, self.inits):
            if not self._others.listed(path):
                self.hashes[path] = hash_file(root + path).hexdigest()
                defects.append(Defect("PK103", f"{path!a} lies in the package and is not listed in RECORD"))

    def lost(self, stamp: Stamp | None) -> Iterator[Defect]:
        """Yield what is wrong with files that are replaced: not where the stamp says that a package is nobody's own."""
        own = next((api.modules for api in stamp.apis if api.name == stamp.name), None) if stamp else None
        for path, defect in self.replaced.items():
            is_shared = stamp is None or stamp.kind == "plugin" or (own is not None and dotted(path) not in own)
            if not is_shared:
                yield defect


class _Others:
    """What else is installed in the same directory, looked at when there is a file that may be of it."""

    def __init__(self, metadata: Metadata) -> None:
        self._root, self._name = metadata.root, metadata.name
        self._rows: dict[str, set[str]] | None = None

    def listed(self, path: str, digest: str = "") -> bool:
        """Return whether another distribution lists an import path, with that hash if one is given."""
        if self._rows is None:
            self._rows = {}
            for name in os.listdir(self._root):  # noqa: PTH208 - paths of this kind are strings here
                if name.endswith(".dist-info") and name != self._name:
                    for one, recorded in self._read(name):
                        self._rows.setdefault(one, set()).add(recorded)
        found = self._rows.get(path, ())
        return digest in found if digest else bool(found)

    def _read(self, name: str) -> list[tuple[str, str]]:
        try:
            return importable(rows(read_file(f"{self._root}{name}/RECORD")))
        except (OSError, ValueError):
            return []


def _unlisted(root: str, listed: Mapping[str, str], inits: Mapping[str, Init]) -> list[str]:
    """Return what could be imported from the packages of a distribution though it did not come with it."""
    owned = modules(listed, inits)
    found, waiting = [], [module.replace(".", "/") for module in owned if not is_shared(module, owned)]
    while waiting:
        inside = waiting.pop()
        try:
            entries = list(os.scandir(root + inside))
        except OSError:  # a module, not a package
            continue
        for entry in entries:
            path = f"{inside}/{entry.name}"
            if path in listed:
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif module_name(entry.name) and entry.is_file():
                found.append(path)
    return sorted(found)
