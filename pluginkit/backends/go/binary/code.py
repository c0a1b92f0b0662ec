"""What machine code tells without being run: functions that never return, and constructors of C code."""

import struct
from collections.abc import Iterator, Mapping

from pluginkit.backends.go.binary.elf import INIT_ARRAY, INIT_ARRAYSZ, Elf, ElfError, Symbol

_AMD64 = 62
_RETURN = {62: (b"\xc3", b"\xc2", 1), 183: (b"\xc0\x03\x5f\xd6", b"\xc0\x03\x5f\xd6", 4)}
"""The instructions that return, and their alignment."""
_LONGEST = 1 << 20
_MOST_CONSTRUCTORS = 1 << 12
_LEA_RDI, _ENDBR, _CALL, _JUMP = b"\x48\x8d\x3d", b"\xf3\x0f\x1e\xfa", 0xE8, 0xE9


def never_returns(elf: Elf, function: Symbol) -> bool:
    """Tell whether a function has no instruction that returns: it panics, exits or loops on every way.

    A byte that only looks like one makes this False, so that True is certain: Go ends no function by a jump to another.
    """
    if function.kind != 2 or not 0 < function.size <= _LONGEST:
        return False
    code = elf.bytes_at(function.address, function.size)
    one, other, step = _RETURN[elf.machine]
    return not any(_at_step(code, instruction, step) for instruction in (one, other))


def _at_step(code: bytes, instruction: bytes, step: int) -> bool:
    at = code.find(instruction)
    while at >= 0 and at % step:
        at = code.find(instruction, at + 1)
    return at >= 0


def calls(elf: Elf, function: Symbol, targets: Mapping[int, str]) -> Iterator[str]:
    """Yield the names of those `targets` (by address) that a function calls directly."""
    if not targets or not 0 < function.size <= _LONGEST:
        return
    code = elf.bytes_at(function.address, function.size)
    if elf.machine == _AMD64:
        at = code.find(_CALL)
        while 0 <= at <= len(code) - 5:
            to = function.address + at + 5 + struct.unpack_from("<i", code, at + 1)[0]
            if to in targets:
                yield targets[to]
            at = code.find(_CALL, at + 1)
        return
    for at in range(0, len(code) - 3, 4):  # arm64: BL imm26
        (word,) = struct.unpack_from("<I", code, at)
        if word >> 26 == 0b100101:
            distance = ((word & 0x3FFFFFF) ^ 0x2000000) - 0x2000000
            if function.address + at + distance * 4 in targets:
                yield targets[function.address + at + distance * 4]


def constructors(elf: Elf, module_data: int) -> int:
    """Return how many constructors run on load beside those of Go and of the C runtime."""
    size = elf.dynamic.get(INIT_ARRAYSZ, 0) // 8
    if size > _MOST_CONSTRUCTORS:
        raise ElfError(f"has {size} constructors")
    if elf.machine != _AMD64:  # one of Go, one of crtbegin
        return max(size - 2, 0)
    entries = (elf.pointer(elf.dynamic[INIT_ARRAY] + index * 8) for index in range(size))
    return sum(1 for entry in entries if not (_is_go(elf, entry, module_data) or _is_crt(elf, entry)))


def _is_go(elf: Elf, address: int, module_data: int) -> bool:
    """Tell whether a constructor hands moduledata to the runtime: `lea moduledata(%rip), %rdi`, then a call or jump."""
    code = _code(elf, address, 16)
    at = code.find(_LEA_RDI, 0, 8)
    if at < 0 or len(code) < at + 8:
        return False
    return bool(address + at + 7 + struct.unpack_from("<i", code, at + 3)[0] == module_data)


def _is_crt(elf: Elf, address: int) -> bool:
    """Tell whether a constructor is crtbegin's frame_dummy: a jump to register_tm_clones, which begins with a LEA."""
    code = _code(elf, address, 16).removeprefix(_ENDBR)
    at = address + (16 - len(code))
    if len(code) < 5 or code[0] != _JUMP:
        return False
    return _code(elf, at + 5 + struct.unpack_from("<i", code, 1)[0], 3) == _LEA_RDI


def _code(elf: Elf, address: int, size: int) -> bytes:
    try:
        return elf.bytes_at(address, size)
    except ElfError:
        return b""
