"""What the acme host and its plugins share: the one package that both sides import.

A plugin is stamped with the digest of the copy it was built against, and the host refuses a plugin that was
built against another one. So each change here needs a new version, below and in `pyproject.toml`.
"""

from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

__all__ = ["API_VERSION", "Host", "NeedsHost", "Plugin", "Request", "Response"]

API_VERSION: Final = "1.0.0"


@dataclass(frozen=True, slots=True)
class Request:
    """What a plugin is asked to handle."""

    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """What a plugin made of a request."""

    status: int
    """By the numbers of HTTP: from 400 on, the request was refused."""
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the request was handled, and the next plugin may go on with the body."""
        return self.status < 400


class Host(Protocol):
    """What a plugin may ask of the host."""

    @property
    def max_body(self) -> int:
        """Size of the largest body to accept, in bytes."""


@runtime_checkable
class Plugin(Protocol):
    """What every plugin is; the factory `New` of its module returns one."""

    @property
    def name(self) -> str:
        """How the host calls it in its messages."""

    def handle(self, request: Request) -> Response:
        """Answer one request; an exception is answered for the plugin, with status 500."""


@runtime_checkable
class NeedsHost(Protocol):
    """A plugin that wants the host before its first request. Importing it must do no work of its own."""

    def init(self, host: Host) -> None:
        """Prepare; an exception here makes the host skip the plugin."""
