"""AArch64 machine code, one instruction at a time: where control goes from it (Arm ARM, C4.1)."""

from pluginkit.backends.go.binary.amd64 import BRANCH, CALL, FALL, JUMP, RETURN, STOP, UNKNOWN, Step

_NOP = 0xD503201F


def step(code: bytes, at: int) -> Step:
    """Return what the instruction at an offset does."""
    end = at + 4
    if end > len(code):
        return len(code), UNKNOWN, 0
    word = int.from_bytes(code[at:end], "little")
    if word & 0xFFFFFC1F == 0xD65F0000:
        return end, RETURN, 0
    if word & 0x7C000000 == 0x14000000:
        return end, CALL if word >> 31 else JUMP, at + _signed(word, 0, 26)
    if word & 0xFF000000 == 0x54000000 or word & 0x7E000000 == 0x34000000:  # B.cond, CBZ, CBNZ
        return end, BRANCH, at + _signed(word, 5, 19)
    if word & 0x7E000000 == 0x36000000:  # TBZ, TBNZ
        return end, BRANCH, at + _signed(word, 5, 14)
    if word & 0xFFFFFC1F == 0xD61F0000:  # BR: a table, or out of the function
        return end, UNKNOWN, 0
    if word == 0 or word & 0xFFE0001F == 0xD4200000:  # UDF, BRK
        return end, STOP, 0
    return end, FALL, 0


def page_address(word: int, at: int) -> int | None:
    """Return the address that an ADRP at address `at` makes; None for another instruction."""
    if word & 0x9F000000 != 0x90000000:
        return None
    return (at & ~0xFFF) + (_immediate(word) << 12)


def first_address(code: bytes, at: int) -> int | None:
    """Return the address that a function at `at` puts into X0 before it does anything but jump or call.

    Linkers write ADRP and ADD, or, of what is near, NOP and ADR.
    """
    if len(code) < 12:
        return None
    first, second, third = (int.from_bytes(code[place : place + 4], "little") for place in (0, 4, 8))
    if third & 0x7C000000 != 0x14000000:
        return None
    page = page_address(first, at)
    if page is not None and not first & 31 and second & 0xFFC003FF == 0x91000000:
        return page + (second >> 10 & 0xFFF)
    for place, word, other in ((0, first, second), (4, second, first)):
        if word & 0x9F00001F == 0x10000000 and other == _NOP:
            return at + place + _immediate(word)
    return None


def _immediate(word: int) -> int:
    """Return the distance in an ADR, or of pages in an ADRP."""
    value = (word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3
    return (value ^ 0x100000) - 0x100000


def _signed(word: int, low: int, bits: int) -> int:
    value = word >> low & (1 << bits) - 1
    return ((value ^ 1 << bits - 1) - (1 << bits - 1)) * 4
