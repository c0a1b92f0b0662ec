"""A cache that machines share: records by action key, blobs by digest, as bazel-remote lays them out over HTTP.

`ac/<64 hex>` holds what an action made, `cas/<64 hex>` the bytes of that sha256. It may be slow, wrong or away: what
comes from it is checked against its digest, and after the first trouble it is left alone for the rest of the command.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pluginkit.core import files
from pluginkit.core.errors import PluginkitError
from pluginkit.core.extras import from_extra
from pluginkit.store import action_result
from pluginkit.store.action_result import Output

SCHEMES = ("s3", "gs", "az", "http", "https", "file")
MAX_RECORD = 1 << 20
"""Bytes; what an action made is told in fewer."""

_HEX = re.compile(r"[0-9a-f]{64}")
_TIMEOUT = {"timeout": "300s", "connect_timeout": "3s"}
_RETRIES = {"max_retries": 1}

_PRESENT = ("AlreadyExistsError", "FileExistsError", "PreconditionError")
"""What obstore, or Python, calls that something is there already."""

T = TypeVar("T")


class RemoteCache:
    """One shared cache. No trouble that it has raises: `trouble` says what went wrong first."""

    def __init__(self, store: Any, url: str, *, read_only: bool) -> None:
        self._store, self.url, self.read_only = store, url, read_only
        self.trouble = ""
        """Why it is left alone; empty as long as it works."""

    def read(self, key: str) -> bytes | None:
        """Return the record of an action key (64 hex digits)."""
        path = f"ac/{_checked(key)}"
        data = self._tried(lambda: bytes(self._store.get(path).bytes()))
        return action_result.decode(data) if data is not None and len(data) <= MAX_RECORD else None

    def write(self, key: str, record: bytes, outputs: Sequence[Output] = ()) -> None:
        """Keep a record, and say which blobs it needs; what is there already stays."""
        self._put(f"ac/{_checked(key)}", action_result.encode(record, outputs))

    def get(self, digest: str, target: Path, *, mode: int) -> bool:
        """Write the bytes with that sha256 to `target`, which must not exist; others are trouble.

        Raises OSError when `target` fails.
        """
        path = f"cas/{_checked(digest)}"
        chunks = self._tried(lambda: self._store.get(path).stream())
        if chunks is None:
            return False
        found = hashlib.sha256()
        with files.new(target, mode=mode) as write:
            while chunk := self._tried(lambda: next(chunks, b"")):
                found.update(chunk)
                write(chunk)
        if not self.trouble and found.hexdigest() == digest:
            return True
        self.trouble = self.trouble or f"cas/{digest[:12]}... has other bytes than its name says"
        files.discard(target)
        return False

    def put(self, digest: str, source: Path | bytes) -> None:
        """Keep bytes whose sha256 that is, unless they are there."""
        self._put(f"cas/{_checked(digest)}", source)

    def _put(self, path: str, data: bytes | Path) -> None:
        if not self.read_only:
            self._tried(lambda: self._create(path, data))

    def _create(self, path: str, data: bytes | Path) -> None:
        try:
            self._store.put(path, data, mode="create")
        except NotImplementedError:  # plain HTTP knows no such condition
            if self._tried(lambda: self._store.head(path)) is None and not self.trouble:
                self._store.put(path, data)
        except Exception as error:
            if type(error).__name__ not in _PRESENT:
                raise

    def _tried(self, call: Callable[[], T]) -> T | None:
        """Return what a request returns; None where there is nothing by that name, or any trouble."""
        if self.trouble:
            return None
        try:
            return call()
        except FileNotFoundError:
            return None
        except Exception as error:  # obstore has a class of its own for every store
            self.trouble = str(error).partition("\n")[0][:300] or type(error).__name__
            return None


def open_remote(url: str, *, read_only: bool = False) -> RemoteCache:
    """Return the cache at a URL (s3, gs, az, http, https or file); nothing is asked of it yet.

    Credentials are those of the environment. Raises PluginkitError for another URL, and without obstore.
    """
    scheme = urlsplit(url).scheme
    if scheme not in SCHEMES:
        known = ", ".join(SCHEMES)
        raise PluginkitError(f"remote cache {url!r}: unknown scheme", hint=f"it begins with one of {known}")
    stores = from_extra("obstore.store", "a remote cache", "remote")
    options: dict[str, Any] = {} if scheme == "file" else {"client_options": dict(_TIMEOUT), "retry_config": _RETRIES}
    if scheme == "http":
        options["client_options"]["allow_http"] = True
    try:
        if scheme == "file":
            Path(urlsplit(url).path).mkdir(parents=True, exist_ok=True)  # as the umask has it: others may share it
        return RemoteCache(stores.from_url(url, **options), url, read_only=read_only)
    except Exception as error:
        raise PluginkitError(f"remote cache {url!r}: {str(error).partition(chr(10))[0]}") from None


def _checked(digest: str) -> str:
    if not _HEX.fullmatch(digest):
        raise ValueError(f"{digest[:80]!r} is not 64 lower-case hex digits")
    return digest
