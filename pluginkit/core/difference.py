"""Where two builds of one artifact are not the same. Plain, frozen, no I/O."""

from __future__ import annotations

from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


@record
class Difference:
    """The first place at which an artifact that was built again is another one."""

    inside: str
    """The member of a wheel or the section of a binary; empty where it is the file as a whole."""
    at: str
    """Where in that: `line 3`, `byte 0x40`, or what of it is meant: `its mode`."""
    released: str
    """What the release has there."""
    rebuilt: str
    """What the new build has there."""
    cause: str = ""
    """What the bytes themselves prove: `line endings` or `C compiler`. Empty where they prove nothing."""
    derived: bool = False
    """Only what follows from the inputs differs, as the stamp does: what is shipped is the same."""
    others: tuple[str, ...] = ()
    """What else differs inside it, but for what follows from the rest."""
    packages: tuple[str, ...] = ()
    """Go: import paths of the packages that were compiled to something else."""


def first_difference(inside: str, released: bytes, rebuilt: bytes) -> Difference:
    """Return where two texts or two runs of bytes, which are not equal, begin to differ."""
    old, new = _text(released), _text(rebuilt)
    if old is None or new is None:
        return _of_bytes(inside, released, rebuilt)
    if old.replace("\r\n", "\n") == new.replace("\r\n", "\n"):
        ends = [r"\r\n" if "\r\n" in text else r"\n" for text in (old, new)]
        return Difference(inside, "its line endings", ends[0], ends[1], cause="line endings")
    lines = old.split("\n"), new.split("\n")
    number = _common(lines[0], lines[1])
    at = [one[number] if number < len(one) else "" for one in lines]
    column = max(_common(at[0], at[1]) - _BEFORE, 0)
    shown = [("..." if column else "") + text[column : column + _MOST] for text in at]
    return Difference(inside, f"line {number + 1}", shown[0], shown[1])


_BEFORE, _MOST = 40, 120
"""Characters of a line that are shown before what differs, and in all."""
_BYTES = 16


def _text(data: bytes) -> str | None:
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _of_bytes(inside: str, released: bytes, rebuilt: bytes) -> Difference:
    at = _common_length(released, rebuilt)
    shown = [data[at : at + _BYTES].hex(" ") or "nothing: it ends there" for data in (released, rebuilt)]
    return Difference(inside, f"byte {at:#x}", shown[0], shown[1])


def _common_length(one: bytes, other: bytes) -> int:
    """Return how many bytes two byte strings have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many items two sequences have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))
