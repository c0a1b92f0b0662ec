"""What of a Go plugin runs, or is called first, and never comes back: initialisers and factories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pluginkit.backends.go.binary.elf import AMD64, Elf
from pluginkit.backends.go.binary.symbols import Symbol, Symbols

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.backends.go.binary.flow import Flow

_EXITS = ("os.Exit", "syscall.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln")
_ENDS = (*_EXITS, "runtime.gopanic", "runtime.block", "runtime.throw", "runtime.fatal", "runtime.exit")
_RECOVERED = "runtime.deferreturn"
_FUNCTION = 2
_LONGEST, _MOST = 1 << 16, 1 << 22
"""Bytes of code looked at: of one function, and of all; what is beyond may return."""
_CALL = b"\xe8"
_RETURNS = {62: (b"\x5d\xc3", b"\x5d\x90\xc3"), 183: (b"\xc0\x03\x5f\xd6",)}
"""How functions that call others return: POP RBP, maybe NOP, and RET; or RET."""


class Initialising:
    """Looks at the functions of one plugin."""

    def __init__(self, elf: Elf, symbols: Symbols) -> None:
        self._elf, self._symbols = elf, symbols
        self._flow: Flow | None = None
        self._exits = self._addresses(_EXITS)
        self._ends: Mapping[int, str] | None = None
        self._left = _MOST

    def _addresses(self, names: tuple[str, ...]) -> dict[int, str]:
        found = ((name, self._symbols.lookup(name.encode())) for name in names)
        return {symbol.address: name for name, symbol in found if symbol}

    def ending(self, function: Symbol) -> str:
        """Say how a function ends the process or waits for ever, on every way through it; nothing if it may return.

        A function that calls exit on some ways only may return.
        """
        if function.kind != _FUNCTION or not 0 < function.size <= min(_LONGEST, self._left):
            return ""
        self._left -= function.size
        code = self._elf.bytes_at(function.address, function.size)
        exits = next(self._calls(code, function.address, self._exits), "")
        machine = self._elf.machine
        if not exits and (any(one in code for one in _RETURNS[machine]) or _is_leaf(machine, code)):
            return ""
        from pluginkit.backends.go.binary.flow import Flow  # a decoder that hardly any plugin needs

        self._flow = self._flow or Flow(machine)
        if self._ends is None:
            self._ends = self._addresses((*_ENDS, _RECOVERED))
        recovers = _RECOVERED in self._calls(code, function.address, self._ends)
        ends = self._exits if recovers else {at: name for at, name in self._ends.items() if name != _RECOVERED}
        if self._flow.returns(code, function.address, lambda target, by_pointer: not by_pointer and target in ends):
            return ""
        return f"calls {exits}" if exits else "never returns: it panics, exits or waits for ever"

    def _calls(self, code: bytes, address: int, targets: Mapping[int, str]) -> Iterator[str]:
        """Yield the names of those `targets` that seem to be called directly."""
        if self._elf.machine != AMD64:
            for at in range(0, len(code) - 3, 4):
                if code[at + 3] & 0xFC == 0x94:  # BL
                    distance = ((int.from_bytes(code[at : at + 4], "little") & 0x3FFFFFF) ^ 0x2000000) - 0x2000000
                    if address + at + distance * 4 in targets:
                        yield targets[address + at + distance * 4]
            return
        at, end = code.find(_CALL), address + 5
        while 0 <= at <= len(code) - 5:
            target = end + at + int.from_bytes(code[at + 1 : at + 5], "little", signed=True)
            if target in targets:
                yield targets[target]
            at = code.find(_CALL, at + 1)


def _is_leaf(machine: int, code: bytes) -> bool:
    """Return whether a function of x86-64 calls nothing near, not even a panic, and holds what looks like a return."""
    if machine != AMD64 or b"\xc3" not in code:
        return False
    at = code.find(_CALL)
    while 0 <= at <= len(code) - 5 and code[at + 4] not in (0x00, 0xFF):  # not within 16 MB
        at = code.find(_CALL, at + 1)
    return not 0 <= at <= len(code) - 5
