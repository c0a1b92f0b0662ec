"""What goes into an artifact, but for its sources and the lock. Plain, frozen, no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Materials:
    """What goes into an artifact beside its sources and the lock, as JSON has it (in-toto's word)."""

    kind: str
    apis: Sequence[Mapping[str, Any]]
    toolchain: Mapping[str, str]
    capabilities: Sequence[str]
    contract: Mapping[str, Any]
    ignores: Sequence[Mapping[str, str]]
    """Of a host: the findings it ignores."""
    builder: str
    language: Mapping[str, Any]
    """What only its language knows of: for Go `package`, `linker` and `modules`, for Python `ignored` files."""

    release: int = 0
    """The number of the release; 0: none is counted."""
    trust: Mapping[str, Any] | None = None
    """Of a host: whose signatures it accepts."""
    mode: str = ""
    """Of a plugin: how hosts run it, where that is not as a shared object."""

    def to_json(self) -> dict[str, Any]:
        """Return them as one object."""
        named = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "language"}
        named = {name: value for name, value in named.items() if value or name not in ("release", "trust", "mode")}
        return {**named, **self.language}
