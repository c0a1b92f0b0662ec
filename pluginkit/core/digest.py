"""Digests: of bytes, of trees in Go's dirhash form, and of lists of fields."""

import hashlib
from collections.abc import Iterable

_HEX = "0123456789abcdef"
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def is_sha256(text: str) -> bool:
    """Return whether a text is `sha256:` and 64 hex digits."""
    return len(text) == 71 and text.startswith("sha256:") and not text[7:].strip(_HEX)


def is_content_digest(text: str) -> bool:
    """Return whether a text is `h1:` and a sha256 in base64."""
    return len(text) == 47 and text.startswith("h1:") and text.endswith("=") and not text[3:-1].strip(_BASE64)


def sha256(data: bytes) -> str:
    """Return `sha256:<64 hex digits>` of `data`."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def content_digest(prefix: str, files: Iterable[tuple[str, str]]) -> str:
    r"""Return the `h1:` digest of files, each given as (POSIX path, sha256 in hex).

    The form is Go's dirhash Hash1 (golang.org/x/mod/sumdb/dirhash): sha256 over the lines
    `<hex>  <prefix>/<path>\n`, sorted by path, in base64. `prefix` is `<name>@<version>`.
    Raises ValueError for a path that is absolute, climbs, holds a newline or a backslash, is not in
    Unicode normal form C, or equals another one but for case.
    """
    from binascii import b2a_base64

    files = sorted(files)
    seen: dict[str, str] = {}
    total = hashlib.sha256()
    for path, digest in files:
        _refuse_ambiguous(path)
        twin = seen.setdefault(path.casefold(), path)
        if twin != path or len(digest) != 64:
            raise ValueError(f"{path!r} and {twin!r} differ only in case")
        total.update(f"{digest}  {prefix}/{path}\n".encode())
    return "h1:" + b2a_base64(total.digest(), newline=False).decode("ascii")


def _refuse_ambiguous(path: str) -> None:
    if "\n" in path or "\\" in path or path.startswith("/") or not path:
        raise ValueError(f"{path!r} has no portable spelling")
    if any(part in ("", ".", "..") for part in path.split("/")):
        raise ValueError(f"{path!r} leaves its directory")
    if path.isascii():
        return
    import unicodedata

    if unicodedata.normalize("NFC", path) != path:
        raise ValueError(f"{path!r} is not in Unicode normal form C")


def fields_digest(domain: str, fields: Iterable[bytes]) -> str:
    """Return `sha256:` over `domain` and `fields`, each preceded by its length in bytes.

    No two lists of fields collide by concatenation (after DSSE's pre-authentication encoding).
    """
    total = hashlib.sha256()
    for field in (domain.encode(), *fields):
        total.update(f"{len(field)} ".encode() + field)
    return "sha256:" + total.hexdigest()
