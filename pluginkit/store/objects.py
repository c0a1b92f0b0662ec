"""Objects in a store (s3, gs, az): what there is beneath a prefix, and parts of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from pluginkit.core.errors import PluginkitError
from pluginkit.core.extras import from_extra
from pluginkit.core.frozen import record
from pluginkit.core.urls import without_credentials


@record
class StoredObject:
    """One object."""

    path: str
    """Beneath the prefix of its store."""
    size: int
    mark: str
    """Its ETag; empty where the store gives none."""


class Objects:
    """The objects beneath one URL."""

    def __init__(self, url: str, store: Any = None) -> None:
        """Open the store at a URL; credentials are those of the environment. Raises PluginkitError without obstore."""
        self.url = without_credentials(url).rstrip("/")
        stores = from_extra("obstore.store", "reading an object store", "remote")
        self._obstore = from_extra("obstore", "reading an object store", "remote")
        try:
            self._store = store or stores.from_url(url)
        except Exception as error:  # obstore has a class of its own for every store
            raise self._failed(error) from None

    @property
    def name(self) -> str:
        """What comes last in its URL."""
        return urlsplit(self.url).path.rpartition("/")[2]

    def listed(self) -> Iterator[StoredObject]:
        """Yield the objects there are. Raises PluginkitError where the store cannot be asked."""
        try:
            for page in self._store.list():
                for one in page:
                    yield StoredObject(one["path"], one["size"], str(one.get("e_tag") or ""))
        except Exception as error:
            raise self._failed(error) from None

    def part(self, path: str, start: int, stop: int) -> bytes:
        """Return just those bytes of an object. Raises PluginkitError."""
        try:
            return bytes(self._store.get_range(path, start=start, end=stop))
        except Exception as error:
            raise self._failed(error) from None

    def whole(self, path: str) -> bytes:
        """Return an object. Raises PluginkitError."""
        try:
            return bytes(self._store.get(path).bytes())
        except Exception as error:
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> PluginkitError:
        return PluginkitError(
            f"{self.url}: {str(error).partition(chr(10))[0][:300] or type(error).__name__}",
            hint="credentials are those of the environment, as AWS_ACCESS_KEY_ID, GOOGLE_SERVICE_ACCOUNT or "
            "AZURE_STORAGE_ACCOUNT_KEY",
        )
