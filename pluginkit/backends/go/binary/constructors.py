"""What of a Go plugin's C code runs while it is opened: constructors, beside those that every plugin has."""

import struct
from collections.abc import Iterator

from pluginkit.backends.go.binary.elf import AMD64, Elf, ElfError
from pluginkit.backends.go.binary.relocations import Relocations
from pluginkit.backends.go.binary.symbols import Symbols

_INIT, _INIT_ARRAY, _INIT_ARRAYSZ = 12, 25, 27
_EXITS = ("exit", "_exit", "_Exit", "quick_exit", "kill", "raise", "syscall")
_ENDS = frozenset(("abort", "exit", "_exit", "_Exit", "quick_exit", "__assert_fail", "__stack_chk_fail"))
_MOST, _LONGEST = 1 << 12, 1 << 12
_ENDBR, _JUMP, _LEA_RDI = b"\xf3\x0f\x1e\xfa", b"\xe9", b"\x48\x8d\x3d"
_INIT_AMD64 = (b"\x48\x83\xec\x08\x48\x8b\x05", b"\x48\x85\xc0\x74\x02\xff\xd0\x48\x83\xc4\x08\xc3")
_INIT_ARM64 = (b"\xfd\x7b\xbf\xa9\xfd\x03\0\x91", b"\xfd\x7b\xc1\xa8")
"""_init of glibc's crti, before and after the four bytes that lead to __gmon_start__."""
_LANDINGS_ARM64 = (b"\x5f\x24\x03\xd5", b"\x3f\x23\x03\xd5")
"""BTI C and PACIASP."""


class Constructors:
    """Looks at DT_INIT and DT_INIT_ARRAY of one plugin."""

    def __init__(self, elf: Elf, symbols: Symbols, relocations: Relocations) -> None:
        self._elf, self._symbols, self._relocations = elf, symbols, relocations

    def fatal(self, module_data: int) -> Iterator[str]:
        """Yield why constructors would end the process that opens the plugin."""
        own = [*self._own(module_data)]
        if not own:
            return
        from pluginkit.backends.go.binary.flow import Flow

        flow = Flow(self._elf.machine)
        for address in own:
            code = self._elf.bytes_from(address, _LONGEST)
            if code and not flow.returns(code, address, self._ends):
                yield "a constructor of its C code never returns: it aborts or exits"
                return
        places = {at: name.encode() for name in _EXITS for at in self._symbols.places(name.encode())}
        can = sorted(name.decode() for name, symbol in self._symbols.named(places).items() if not symbol.defined)
        if can:
            yield f"a constructor of its C code runs while it is opened, and the object can call {', '.join(can)}"

    def _own(self, module_data: int) -> Iterator[int]:
        """Yield the constructors beside those of Go and of the C runtime."""
        dynamic = self._elf.dynamic
        if _INIT in dynamic and not self._is_crt_init(dynamic[_INIT]):
            yield dynamic[_INIT]
        count = dynamic.get(_INIT_ARRAYSZ, 0) // 8 if _INIT_ARRAY in dynamic else 0
        if count > _MOST:
            raise ElfError(f"has {count} constructors")
        for entry in self._relocations.words(dynamic[_INIT_ARRAY], count) if count else ():
            if not (self._is_go(entry, module_data) or self._is_frame_dummy(entry)):
                yield entry

    def _is_go(self, address: int, module_data: int) -> bool:
        """Return whether a constructor hands moduledata to the runtime, and does nothing before."""
        code = self._elf.bytes_from(address, 16)
        if self._elf.machine == AMD64:
            return (
                code.startswith(_LEA_RDI)
                and len(code) > 11
                and code[7] in (0xE8, 0xE9)
                and (address + 7 + int(struct.unpack_from("<i", code, 3)[0]) == module_data)
            )
        from pluginkit.backends.go.binary import arm64

        return arm64.first_address(code, address) == module_data

    def _is_frame_dummy(self, address: int) -> bool:
        """Return whether a constructor is crtbegin's: a jump to register_tm_clones, which begins with an address."""
        start, code = self._landed(address)
        if self._elf.machine == AMD64:
            if not code.startswith(_JUMP) or len(code) < 5:
                return False
            return self._elf.bytes_from(start + 5 + int(struct.unpack_from("<i", code, 1)[0]), 3) == _LEA_RDI
        from pluginkit.backends.go.binary import amd64, arm64

        _, what, distance = arm64.step(code, 0)
        there = self._elf.bytes_from(start + distance, 4)
        return (
            what == amd64.JUMP
            and len(there) == 4
            and arm64.page_address(int.from_bytes(there, "little"), 0) is not None
        )

    def _is_crt_init(self, address: int) -> bool:
        before, after = _INIT_AMD64 if self._elf.machine == AMD64 else _INIT_ARM64
        _, code = self._landed(address)
        return code.startswith(before) and code.startswith(after, len(before) + 4)

    def _landed(self, address: int) -> tuple[int, bytes]:
        """Return the code at an address behind the mark for indirect calls, and where that begins."""
        code = self._elf.bytes_from(address, 32)
        marked = code[:4] == _ENDBR if self._elf.machine == AMD64 else code[:4] in _LANDINGS_ARM64
        return (address + 4, code[4:]) if marked else (address, code)

    def _ends(self, target: int, by_pointer: bool) -> bool:
        index = self._relocations.symbol_of(target if by_pointer else self._slot(target))
        return bool(index) and self._symbols.name(index) in _ENDS

    def _slot(self, address: int) -> int:
        """Return the slot that the stub at an address of the procedure linkage table jumps to; 0 for other code."""
        address, code = self._landed(address)
        if self._elf.machine == AMD64:
            at = 1 if code[:1] == b"\xf2" else 0  # BND
            if code[at : at + 2] != b"\xff\x25" or len(code) < at + 6:
                return 0
            return address + at + 6 + int(struct.unpack_from("<i", code, at + 2)[0])
        if len(code) < 8:
            return 0
        first, second = struct.unpack_from("<II", code)
        from pluginkit.backends.go.binary import arm64

        page = arm64.page_address(first, address)
        return page + (second >> 10 & 0xFFF) * 8 if page is not None and second & 0xFFC00000 == 0xF9400000 else 0
