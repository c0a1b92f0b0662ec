"""What the initialisers of a Go binary register, by a constant name, in registries that the whole process shares.

Read from calls in x86-64's code: Go's compiler loads a constant string right before the call, its address by LEA and
its length by MOV, into the registers of Go's internal ABI (cmd/compile/abi-internal.md).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from pluginkit.backends.go.binary.amd64 import CALL, SLOT, step
from pluginkit.backends.go.binary.elf import AMD64, Elf, ElfError
from pluginkit.backends.go.binary.relocations import Relocations
from pluginkit.backends.go.binary.symbols import Symbol, Symbols
from pluginkit.core.gobinary import Registration

_MUX, _FLAGS = "net/http.DefaultServeMux", "flag.CommandLine"
_KINDS = ("Bool", "Int", "Int64", "Uint", "Uint64", "String", "Float64", "Duration")


_Registry = tuple[str, int, str]
"""As messages call it, which word of the arguments is the address of the name, and the variable that a method is of.

A tuple, since to make a class and all of these with it takes longer than to read most binaries.
"""
_REGISTRIES: Mapping[str, _Registry] = {
    "net/http.Handle": ("net/http.Handle", 0, ""),
    "net/http.HandleFunc": ("net/http.Handle", 0, ""),
    "net/http.(*ServeMux).Handle": ("net/http.Handle", 1, _MUX),
    "net/http.(*ServeMux).HandleFunc": ("net/http.Handle", 1, _MUX),
    "database/sql.Register": ("database/sql.Register", 0, ""),
    "encoding/gob.RegisterName": ("encoding/gob.RegisterName", 0, ""),
    "runtime/pprof.NewProfile": ("runtime/pprof.NewProfile", 0, ""),
    **{f"expvar.{name}": ("expvar.Publish", 0, "")
       for name in ("Publish", "NewInt", "NewFloat", "NewMap", "NewString")},
    **{f"flag.{name}": ("flag", 0, "") for name in (*_KINDS, "Func", "BoolFunc")},
    **{f"flag.{name}Var": ("flag", 1, "") for name in (*_KINDS, "Text")},
    "flag.Var": ("flag", 2, ""),
    **{f"flag.(*FlagSet).{name}": ("flag", 1, _FLAGS) for name in (*_KINDS, "Func", "BoolFunc")},
    **{f"flag.(*FlagSet).{name}Var": ("flag", 2, _FLAGS) for name in (*_KINDS, "Text")},
    "flag.(*FlagSet).Var": ("flag", 3, _FLAGS),
}  # fmt: skip
_LEA = (b"\x48\x8d\x05", b"\x48\x8d\x1d", b"\x48\x8d\x0d", b"\x48\x8d\x3d", b"\x48\x8d\x35")
"""LEA of an address near the next instruction into RAX, RBX, RCX, RDI, RSI: the words of arguments in their order."""
_MOV = (b"\xb8", b"\xbb", b"\xb9", b"\xbf", b"\xbe")
"""MOV of 32 bits into these."""
_SLOT = rb"(?s)[\x48\x4c]\x8b[\x05\x0d\x15\x1d\x25\x2d\x35\x3d](....)"
"""MOV from memory near the next instruction."""
_LONGEST_NAME, _LONGEST, _MOST, _MOST_SEARCHED = 256, 1 << 14, 1 << 18, 1 << 28
"""Bytes: of a name, of one function, of all functions, of the string table for all packages."""


def registrations(elf: Elf, symbols: Symbols, packages: Callable[[], Mapping[str, str]]) -> Iterator[Registration]:
    """Yield what functions that run by themselves, and those that they call, register; each once.

    `packages` returns those to look at, by their names as symbols spell them. Nothing is found on other processors.
    """
    if elf.machine != AMD64:
        return
    targets = {one.address: known for name, known in _REGISTRIES.items() if (one := symbols.lookup(name.encode()))}
    if targets:
        yield from dict.fromkeys(_Walk(elf, symbols, targets).found(_functions(symbols, packages())))


def _functions(symbols: Symbols, packages: Mapping[str, str]) -> Iterator[tuple[str, str, Symbol]]:
    """Yield (package, name, symbol) of the functions of packages."""
    places: dict[int, bytes] = {}
    owners: dict[bytes, str] = {}
    strings = symbols.strings
    for spelled, package in list(packages.items())[: _MOST_SEARCHED // max(len(strings), 1)]:
        prefix = b"\0" + spelled.encode() + b"."
        at = strings.find(prefix)
        while at >= 0:
            end = strings.find(b"\0", at + 1)
            name = strings[at + 1 : end]
            if b"/" not in name[len(prefix) - 1 :]:
                places[at + 1], owners[name] = name, package
            at = strings.find(prefix, end)
    for name, symbol in symbols.named(places).items():
        if symbol.defined and symbol.kind == 2:
            yield owners[name], name.decode("utf-8", "replace"), symbol


def _runs_by_itself(name: str) -> bool:
    """Return whether a function is an initialiser, `P.init` or `P.init.N`, or the one that a program begins with."""
    owner, _, last = name.rpartition(".")
    return name == "main.main" or last == "init" or (last.isdigit() and owner.endswith(".init"))


class _Walk:
    """Goes from function to function by their calls."""

    def __init__(self, elf: Elf, symbols: Symbols, targets: Mapping[int, _Registry]) -> None:
        self._elf, self._symbols, self._targets = elf, symbols, targets
        self._relocations = Relocations(elf)
        self._left = _MOST

    def found(self, functions: Iterator[tuple[str, str, Symbol]]) -> Iterator[Registration]:
        known = {symbol.address: (package, name, symbol) for package, name, symbol in functions}
        waiting = [address for address, (_, name, _) in known.items() if _runs_by_itself(name)]
        seen = set(waiting)
        while waiting and self._left > 0:
            package, _, symbol = known[waiting.pop(0)]
            size = min(symbol.size, _LONGEST)
            self._left -= size
            code = self._elf.bytes_from(symbol.address, size)
            for steps, target in _calls(code, symbol.address):
                registry = self._targets.get(target)
                if registry:
                    yield from self._registered(package, registry, code, symbol.address, steps)
                elif target in known and target not in seen:
                    seen.add(target)
                    waiting.append(target)

    def _registered(
        self, package: str, registry: _Registry, code: bytes, address: int, steps: Sequence[int]
    ) -> Iterator[Registration]:
        """Yield what a call registers, by the instructions between the call before it and itself."""
        called, word, receiver = registry
        lea = next((at for at in reversed(steps) if code.startswith(_LEA[word], at)), -1)
        mov = next((at for at in reversed(steps) if code.startswith(_MOV[word + 1], at)), -1)
        if lea < 0 or mov < 0:
            return
        (distance,), (size,) = struct.unpack_from("<i", code, lea + 3), struct.unpack_from("<I", code, mov + 1)
        if not 0 < size <= _LONGEST_NAME or (receiver and receiver not in self._read(code, address, steps)):
            return
        try:
            name = self._elf.bytes_at(address + lea + 7 + distance, size).decode("utf-8")
        except (ElfError, UnicodeDecodeError):
            return
        if name.isprintable():
            yield Registration(package, called, name)

    def _read(self, code: bytes, address: int, steps: Sequence[int]) -> Collection[str]:
        """Return the variables of other packages that instructions read, by the slots of the global offset table."""
        slot = re.compile(_SLOT)
        found = (slot.match(code, at) for at in steps)
        slots = (address + one.end() + int(struct.unpack("<i", one[1])[0]) for one in found if one)
        indexes = filter(None, map(self._relocations.symbol_of, slots))
        return {self._symbols.name(index) for index in indexes}


def _calls(code: bytes, address: int) -> Iterator[tuple[Sequence[int], int]]:
    """Yield of each direct call where the instructions before it begin, back to another call, and what it calls."""
    steps: list[int] = []
    at = 0
    while at < len(code):
        following, what, target = step(code, at)
        if what == CALL:
            yield steps, address + target
        if what in (CALL, SLOT):
            steps = []
        else:
            steps.append(at)
        if following <= at:
            return
        at = following
