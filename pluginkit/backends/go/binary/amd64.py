"""x86-64 machine code, one instruction at a time: how long it is, and where control goes from it.

Intel SDM volume 2, appendix A. Enough for what Go's compiler, gcc and clang write; what is not known is UNKNOWN.
"""

import struct

FALL, RETURN, JUMP, BRANCH, CALL, SLOT, STOP, UNKNOWN = range(8)
"""Goes on; returns; jumps; jumps or goes on; calls; calls by a pointer in memory; traps; cannot be told."""

Step = tuple[int, int, int]
"""Offset of the next instruction, what this one does, offset that it jumps to, calls or reads the pointer from."""

_PREFIXES = frozenset(b"\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3")


def _set(*parts: int | range) -> frozenset[int]:
    return frozenset(one for part in parts for one in ([part] if isinstance(part, int) else part))


_ALU = [range(base, base + 4) for base in range(0, 64, 8)]
_MODRM = _set(*_ALU, 0x63, 0x69, 0x6B, range(0x80, 0x90), 0xC0, 0xC1, 0xC6, 0xC7, range(0xD0, 0xD4), range(0xD8, 0xE0),
              0xF6, 0xF7, 0xFE, 0xFF)  # fmt: skip
_BYTE = _set(*range(4, 64, 8), 0x6A, 0x6B, range(0x70, 0x81), 0x83, 0xA8, range(0xB0, 0xB8), 0xC0, 0xC1, 0xC6, 0xCD,
             range(0xE0, 0xE8), 0xEB)  # fmt: skip
_WORDS = _set(*range(5, 64, 8), 0x68, 0x69, 0x81, 0xA9, range(0xB8, 0xC0), 0xC7)
"""Opcodes with an immediate of 32 bits, of 16 after the prefix 66."""
_BAD = _set(0x06, 0x07, 0x0E, 0x16, 0x17, 0x1E, 0x1F, 0x27, 0x2F, 0x37, 0x3F, 0x60, 0x61, 0x82, 0x9A, 0xC8, 0xCE, 0xD4,
            0xD5, 0xD6, 0xEA)  # fmt: skip
_LONE_0F = _set(
    range(5, 10), 0x0B, 0x0E, range(0x30, 0x38), 0x77, range(0xA0, 0xA3), 0xA8, 0xA9, 0xAA, range(0xC8, 0xD0)
)
_BYTE_0F = _set(range(0x70, 0x74), 0xA4, 0xAC, 0xBA, 0xC2, 0xC4, 0xC5, 0xC6, 0x0F)


def step(code: bytes, at: int) -> Step:
    """Return what the instruction at an offset does; UNKNOWN where it does not end inside `code`."""
    try:
        found = _step(code, at)
    except (IndexError, struct.error):
        return len(code), UNKNOWN, 0
    return found if found[0] <= len(code) else (len(code), UNKNOWN, 0)


def _step(code: bytes, at: int) -> Step:
    short = False
    while code[at] in _PREFIXES:
        short |= code[at] == 0x66
        at += 1
    wide = False
    if code[at] & 0xF0 == 0x40:
        wide = bool(code[at] & 8)
        at += 1
    opcode, at = code[at], at + 1
    if opcode == 0x0F:
        return _two_bytes(code, at)
    if opcode in (0xC4, 0xC5, 0x62):
        return _vector(code, at, opcode)
    if opcode in _BAD:
        return at, UNKNOWN, 0
    end = _modrm(code, at) if opcode in _MODRM else at
    if opcode in _BYTE:
        end += 1
    elif opcode in _WORDS or (opcode == 0xF7 and code[at] & 0x30 == 0):
        end += 8 if wide and 0xB8 <= opcode < 0xC0 else 2 if short and not wide else 4
    elif opcode == 0xF6 and code[at] & 0x30 == 0:
        end += 1
    elif 0xA0 <= opcode < 0xA4:
        end += 8
    return _control(code, at, opcode, end)


def _control(code: bytes, at: int, opcode: int, end: int) -> Step:
    if opcode in (0xC2, 0xC3, 0xCA, 0xCB, 0xCF):
        return end, RETURN, 0
    if opcode in (0xE8, 0xE9):
        end = at + 4
        return end, CALL if opcode == 0xE8 else JUMP, end + int(struct.unpack_from("<i", code, at)[0])
    if opcode == 0xEB or 0x70 <= opcode < 0x80 or 0xE0 <= opcode < 0xE4:
        return end, JUMP if opcode == 0xEB else BRANCH, end + int(struct.unpack_from("<b", code, at)[0])
    if opcode in (0xCC, 0xF4):
        return end, STOP, 0
    if opcode == 0xFF and code[at] & 0x30 == 0x20:  # an indirect jump: a table, or out of the function
        return end, UNKNOWN, 0
    if opcode == 0xFF and code[at] == 0x15:
        return end, SLOT, end + int(struct.unpack_from("<i", code, at + 1)[0])
    return end, FALL, 0


def _two_bytes(code: bytes, at: int) -> Step:
    opcode, at = code[at], at + 1
    if opcode == 0x0B:
        return at, STOP, 0
    if 0x80 <= opcode < 0x90:
        return at + 4, BRANCH, at + 4 + int(struct.unpack_from("<i", code, at)[0])
    if opcode in (0x38, 0x3A):
        return _modrm(code, at + 1) + (opcode == 0x3A), FALL, 0
    if opcode in _LONE_0F:
        return at, FALL, 0
    return _modrm(code, at) + (opcode in _BYTE_0F), FALL, 0


def _vector(code: bytes, at: int, prefix: int) -> Step:
    """VEX and EVEX."""
    page = 1 if prefix == 0xC5 else code[at] & (31 if prefix == 0xC4 else 7)
    at += {0xC5: 1, 0xC4: 2, 0x62: 3}[prefix]
    opcode, at = code[at], at + 1
    if page == 1 and opcode == 0x77:
        return at, FALL, 0
    return _modrm(code, at) + (page == 3 or (page == 1 and opcode in _BYTE_0F)), FALL, 0


def _modrm(code: bytes, at: int) -> int:
    """Return where the operand ends that begins with a ModRM byte."""
    mode, register = code[at] >> 6, code[at] & 7
    at += 1
    if mode == 3:
        return at
    if register == 4:
        register, at = code[at] & 7, at + 1
    elif mode == 0 and register == 5:
        return at + 4
    if mode == 0:
        return at + 4 if register == 5 else at
    return at + 1 if mode == 1 else at + 4
