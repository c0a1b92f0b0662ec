"""A cache that machines share: records by action key, blobs by digest, as bazel-remote lays them out over HTTP.

`ac/<64 hex>` holds what an action made, `cas/<64 hex>` the bytes of that sha256. It may be slow, wrong or away: what
comes from it has an end in time and size, is checked against its digest, and after the first trouble the cache is left
alone for the rest of the command.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from pluginkit.core import files
from pluginkit.core.errors import PluginkitError
from pluginkit.core.extras import from_extra
from pluginkit.core.safe import safe
from pluginkit.core.urls import without_credentials
from pluginkit.store import action_result
from pluginkit.store.action_result import Output
from pluginkit.store.patience import LIMITS, Limits, Patience

if TYPE_CHECKING:
    from asyncio import Timeout

SCHEMES = ("s3", "gs", "az", "http", "https", "file")
MAX_RECORD = 1 << 20
"""Bytes; what an action made is told in fewer."""

_CREDENTIALS = re.compile(r"//[^/@\s]{0,1000}@")
"""As libraries spell them in messages that name a URL."""
_HEX = re.compile(r"[0-9a-f]{64}")
_CLIENT = {"timeout": "2h", "connect_timeout": "3s"}
"""What is slower than that is given up by `Patience`; the client's own default is half a minute."""
_RETRIES = {"max_retries": 1}
_PIECE = 256 << 10
"""Bytes that are written at once."""
_MAX_TROUBLE = 300
"""Characters: stores quote what servers answer."""

_PRESENT = ("AlreadyExistsError", "FileExistsError", "PreconditionError")
"""What obstore, or Python, calls that something is there already."""

T = TypeVar("T")


class _LieError(Exception):
    """An answer that cannot be right."""


class RemoteCache:
    """One shared cache. No trouble that it has raises: `trouble` says what went wrong first."""

    def __init__(self, store: Any, url: str, *, read_only: bool, limits: Limits = LIMITS) -> None:
        self._store, self.url, self.read_only = store, url, read_only
        self._patience = Patience(limits)
        self.trouble = ""
        """Why it is left alone; empty as long as it works."""

    def read(self, key: str) -> bytes | None:
        """Return the record of an action key (64 hex digits)."""
        path, data = f"ac/{_checked(key)}", bytearray()
        if not self._asked(path, lambda limit: self._stream(limit, path, data.extend, MAX_RECORD)):
            return None
        found = action_result.decode(bytes(data))
        if found is None:
            self.distrust(f"{_shown(path)} is not an action result")
        return found

    def write(self, key: str, record: bytes, outputs: Sequence[Output] = ()) -> None:
        """Keep a record, and say which blobs it needs; what is there already stays."""
        self._put(f"ac/{_checked(key)}", action_result.encode(record, outputs))

    def get(self, digest: str, target: Path, *, mode: int, size: int | None = None) -> bool:
        """Write the bytes with that sha256 to `target`, which must not exist; others are trouble.

        So is another number of bytes than `size`, and more than there is room for. Raises OSError when `target` fails.
        """
        path, found = f"cas/{_checked(digest)}", hashlib.sha256()
        room = min(self._patience.limits.most, shutil.disk_usage(target.parent).free)
        failed: list[OSError] = []
        with files.new(target, mode=mode) as write:

            def keep(chunk: bytes) -> None:
                found.update(chunk)
                try:
                    write(chunk)
                except OSError as error:
                    failed.append(error)
                    raise

            there = self._asked(path, lambda limit: self._stream(limit, path, keep, room, size))
        if there and found.hexdigest() == digest:
            return True
        files.discard(target)
        if failed:
            raise failed[0]
        if there:
            self.distrust(f"{_shown(path)} has other bytes than its name says")
        return False

    def put(self, digest: str, source: Path | bytes) -> None:
        """Keep bytes whose sha256 that is, unless they are there."""
        self._put(f"cas/{_checked(digest)}", source)

    def distrust(self, trouble: str) -> None:
        """Leave the cache alone from now on, because of what it answered."""
        self.trouble = self.trouble or safe(_CREDENTIALS.sub("//", trouble.partition("\n")[0]), _MAX_TROUBLE)

    def _put(self, path: str, data: bytes | Path) -> None:
        if not self.read_only:
            size = len(data) if isinstance(data, bytes) else data.stat().st_size
            self._asked(path, lambda _: self._create(path, data), size)

    async def _create(self, path: str, data: bytes | Path) -> None:
        try:
            await self._store.put_async(path, data, mode="create")
        except NotImplementedError:  # plain HTTP knows no such condition
            try:
                await self._store.head_async(path)
            except FileNotFoundError:
                await self._store.put_async(path, data)
        except Exception as error:
            if type(error).__name__ not in _PRESENT:
                raise

    async def _stream(
        self, limit: Timeout, path: str, keep: Callable[[bytes], object], most: int, size: int | None = None
    ) -> bool:
        """Pass on what is there by that name; it has just `size` bytes, where that is known, and at most so many."""
        answer = await self._store.get_async(path)
        announced = answer.meta["size"]
        if size not in (None, announced):
            raise _LieError(f"{_shown(path)} has {announced} bytes, and its record says {size}")
        if announced > most:
            raise _LieError(f"{_shown(path)} has {announced} bytes, at most {most} are taken")
        moved = 0
        async for chunk in answer.stream(min_chunk_size=_PIECE):
            moved += len(chunk)
            if moved > announced:
                raise _LieError(f"{_shown(path)} has more bytes than the {announced} announced")
            limit.reschedule((limit.when() or 0.0) + self._patience.received(len(chunk)))
            keep(chunk)
        return True

    def _asked(self, path: str, request: Callable[[Timeout], Awaitable[T]], size: int = 0) -> T | None:
        """Return what a request returns; None where there is nothing by that name, or any trouble, or no end to it."""
        if self.trouble:
            return None
        import asyncio

        async def limited() -> T:
            async with asyncio.timeout(seconds) as limit:
                return await request(limit)

        with self._patience.asked(size) as seconds:
            try:
                return asyncio.run(limited())
            except FileNotFoundError:
                return None
            except TimeoutError:
                self.distrust(f"{_shown(path)} was not there in time")
            except Exception as error:  # obstore has a class of its own for every store
                self.distrust(str(error) or type(error).__name__)
        return None


def open_remote(url: str, *, read_only: bool = False, limits: Limits | None = None) -> RemoteCache:
    """Return the cache at a URL (s3, gs, az, http, https or file), within `limits`; nothing is asked of it yet.

    Credentials are those of the environment. Raises PluginkitError for another URL, and without obstore.
    """
    scheme, shown = urlsplit(url).scheme, without_credentials(url)
    if scheme not in SCHEMES:
        known = ", ".join(SCHEMES)
        raise PluginkitError(f"remote cache {shown!r}: unknown scheme", hint=f"it begins with one of {known}")
    stores = from_extra("obstore.store", "a remote cache", "remote")
    options: dict[str, Any] = {} if scheme == "file" else {"client_options": dict(_CLIENT), "retry_config": _RETRIES}
    if scheme == "http":
        options["client_options"]["allow_http"] = True
    try:
        if scheme == "file":
            Path(urlsplit(url).path).mkdir(parents=True, exist_ok=True)  # as the umask has it: others may share it
        return RemoteCache(stores.from_url(url, **options), url, read_only=read_only, limits=limits or LIMITS)
    except Exception as error:
        raise PluginkitError(f"remote cache {shown!r}: {str(error).partition(chr(10))[0]}") from None


def _checked(digest: str) -> str:
    if not _HEX.fullmatch(digest):
        raise ValueError(f"{digest[:80]!r} is not 64 lower-case hex digits")
    return digest


def _shown(path: str) -> str:
    room, _, digest = path.partition("/")
    return f"{room}/{digest[:12]}..."
