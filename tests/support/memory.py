"""What hosts remember between two starts, to look into and to bend."""

from pathlib import Path

from pluginkit.store.memory import packed, unpacked


class Memory:
    """The one file of a kind (`plan`, `probe`) in a directory, and the value in it."""

    def __init__(self, directory: Path, kind: str) -> None:
        (self.path,) = directory.glob(f"{kind}-*")
        self._key, self.value = unpacked(self.path.read_bytes())

    def write(self, value: object) -> None:
        """Put another value there, under the same key."""
        self.path.write_bytes(packed(self._key, value))
