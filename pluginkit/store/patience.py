"""How long a shared cache may take, and how much it may send, before it is given up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from pluginkit.core.frozen import record


@record
class Limits:
    """What a cache that is slow, or lies, may cost a command."""

    request: float = 30.0
    """Seconds of a request."""
    command: float = 120.0
    """Seconds of all requests of a command; those at the same time count once."""
    rate: int = 1 << 20
    """Bytes that it may take a second more for, each request as well as the command."""
    most: int = 4 << 30
    """Bytes of an artifact, or of a workspace's sources."""


LIMITS = Limits()


class Patience:
    """The time that one command has waited for a cache."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._lock = threading.Lock()
        self._waiting = self._moved = 0
        self._since = self._waited = 0.0

    @contextmanager
    def asked(self, size: int) -> Iterator[float]:
        """Yield how many seconds a request that sends so many bytes may take, and count what it takes."""
        with self._lock:
            now = monotonic()
            if not self._waiting:
                self._since = now
            self._waiting += 1
            left = self.limits.command + self._moved / self.limits.rate - self._waited - (now - self._since)
        try:
            yield max(min(self.limits.request, left), 0.0) + size / self.limits.rate
        finally:
            with self._lock:
                self._waiting -= 1
                self._moved += size
                if not self._waiting:
                    self._waited += monotonic() - self._since

    def received(self, size: int) -> float:
        """Count bytes that came; return how many seconds more their request may take for them."""
        with self._lock:
            self._moved += size
        return size / self.limits.rate
