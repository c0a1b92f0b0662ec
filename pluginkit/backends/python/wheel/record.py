"""RECORD, the list of a wheel's files with their hashes (PEP 376, PEP 427), held against the files."""

from collections.abc import Iterator, Mapping

from pluginkit.backends.python.wheel.archive import Archive, Entry
from pluginkit.backends.python.wheel.layout import SIGNATURES, encode
from pluginkit.core.verdict import Defect

MAX_DEFECTS = 20
"""Of one RECORD; the rest is counted."""
_MAX_SIZE, _MAX_ROWS = 24 << 20, 100_000
"""Twice as many as an archive may have entries."""
_MAX_FIELD = 64 << 10
"""Bytes of one field, the longest name a zip entry can have."""
_URLSAFE = str.maketrans("+/", "-_")
_LARGE, _WORTH_THREADS = 1 << 20, 64 << 20
"""Bytes of one file, and of all such files of a wheel."""
_STRONGER = ("sha384", "sha512")


class RecordError(ValueError):
    """Bytes that are no RECORD at all."""


def hash_files(archive: Archive) -> dict[str, str]:
    """Return the sha256 (hexadecimal) of every file, computed from the bytes; raises ArchiveError."""
    large = [entry for entry in archive.entries.values() if entry.size > _LARGE]
    found = _hash_large(archive, large) if sum(entry.size for entry in large) > _WORTH_THREADS else {}
    return {name: found.get(name) or archive.hash(name) for name in archive.entries}


def _hash_large(archive: Archive, entries: list[Entry]) -> dict[str, str]:
    """Hash in as many threads as there are processors: neither inflating nor hashing holds the interpreter's lock."""
    from concurrent.futures import ThreadPoolExecutor

    from pluginkit.backends.fork_map import processors

    names = [entry.name for entry in sorted(entries, key=lambda entry: entry.size, reverse=True)]
    with ThreadPoolExecutor(processors()) as pool:
        futures = {name: pool.submit(archive.hash, name) for name in names}
        try:
            return {name: future.result() for name, future in futures.items()}
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def check_record(archive: Archive, hashes: Mapping[str, str], dist_info: str) -> list[Defect]:
    """Hold `<dist_info>/RECORD` against the files and return what differs, as PK103.

    Every file but RECORD itself (and its signatures, RECORD.jws and RECORD.p7s) must be listed exactly once,
    with its sha256, sha384 or sha512 in unpadded urlsafe base64, and with its size where one is given.
    """
    name = f"{dist_info}/RECORD"
    if name not in archive.entries:
        return [Defect("PK103", f"there is no {name}")]
    if archive.entries[name].size > _MAX_SIZE:
        return [Defect("PK103", f"RECORD has more than {_MAX_SIZE >> 20} MiB")]
    try:
        rows = rows_of(archive.read(name))
    except RecordError as error:
        return [Defect("PK103", f"RECORD {error}")]
    defects = list(_compare(rows, archive, hashes, dist_info))
    if len(defects) > MAX_DEFECTS:
        more = len(defects) - MAX_DEFECTS
        defects[MAX_DEFECTS:] = [Defect("PK103", f"RECORD has {more} more mismatches")]
    return defects


def rows_of(data: bytes) -> list[list[str]]:
    """Split RECORD into rows of three fields; without quotes, as nearly always, by hand."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise RecordError("is not UTF-8") from None
    text = text.replace("\r\n", "\n")
    if "\r" in text or "\0" in text:
        raise RecordError("has a lone carriage return or a NUL")
    if text.count("\n") > _MAX_ROWS:
        raise RecordError(f"has more than {_MAX_ROWS} rows")
    rows = [line.split(",", 3) for line in text.split("\n") if line] if '"' not in text else _quoted(text)
    for number, row in enumerate(rows, 1):
        if len(row) != 3:
            raise RecordError(
                f"row {number} has {len(row) if len(row) < 4 else 'more than 3'} fields, expected path, hash and size"
            )
        if max(map(len, row)) > _MAX_FIELD:
            raise RecordError(f"row {number} has a field of more than {_MAX_FIELD >> 10} KiB")
    return rows


def _quoted(text: str) -> list[list[str]]:
    import csv
    from io import StringIO

    try:
        return [row[:4] for row in csv.reader(StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise RecordError(f"is not CSV: {error}") from None


def _compare(rows: list[list[str]], archive: Archive, hashes: Mapping[str, str], dist_info: str) -> Iterator[Defect]:
    own = f"{dist_info}/RECORD"
    unlisted = hashes.keys() - {own, *(f"{dist_info}/{signature}" for signature in SIGNATURES)}
    seen = set()
    for path, digest, size in rows:
        if path in seen:
            yield Defect("PK103", f"RECORD lists {_shown(path)} twice")
        elif path not in hashes:
            where = "a path outside the wheel" if _climbs(path) else "a file that is not in the wheel"
            yield Defect("PK103", f"RECORD lists {_shown(path)}, {where}")
        elif path == own:
            if digest or size:
                yield Defect("PK103", "RECORD gives a hash or a size for itself")
        else:
            yield from _compare_file(archive, path, hashes[path], digest, size)
        seen.add(path)
    yield from (Defect("PK103", f"{_shown(path)} is not listed in RECORD") for path in sorted(unlisted - seen))


def _compare_file(archive: Archive, path: str, sha256: str, digest: str, size: str) -> Iterator[Defect]:
    algorithm, _, _ = digest.partition("=")
    if algorithm == "sha256":
        actual = sha256
    elif algorithm in _STRONGER:
        actual = archive.hash(path, algorithm)
    else:
        found = f"has no hash for {_shown(path)}" if not digest else f"has a weak or unknown hash for {_shown(path)}"
        yield Defect("PK103", f"RECORD {found}", found=digest[:80], expected="sha256=...")
        return
    expected = f"{algorithm}={encode(actual)}"
    if digest != expected:
        what = f"RECORD spells the hash of {_shown(path)} otherwise than in urlsafe base64 without padding"
        if not _same_hash(digest.partition("=")[2], actual):
            what = f"{_shown(path)} is not the file that RECORD lists"
        yield Defect("PK103", what, found=expected, expected=digest[:160])
    if size and size != str(archive.entries[path].size):
        found = str(archive.entries[path].size)
        yield Defect("PK103", f"{_shown(path)} has not the size that RECORD lists", found=found, expected=size[:80])


def _same_hash(written: str, actual: str) -> bool:
    """Return whether a hash is the right one, in hexadecimal, or in the base64 of elsewhere."""
    return written == actual or written.rstrip("=").translate(_URLSAFE) == encode(actual)


def _climbs(path: str) -> bool:
    return path.startswith(("/", "\\")) or ".." in path.replace("\\", "/").split("/")


def _shown(path: str) -> str:
    return ascii(path) if len(path) <= 120 else f"{path[:120]!a}..."
