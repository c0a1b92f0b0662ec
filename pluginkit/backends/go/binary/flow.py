"""Whether a function can return, by the ways through its machine code."""

from collections.abc import Callable

from pluginkit.backends.go.binary import amd64, arm64
from pluginkit.backends.go.binary.amd64 import BRANCH, CALL, JUMP, RETURN, SLOT, STOP, UNKNOWN
from pluginkit.backends.go.binary.elf import AMD64

_MOST_STEPS = 1 << 17


class Flow:
    """Follows code; one budget of instructions for all functions of an object."""

    def __init__(self, machine: int) -> None:
        self._step = amd64.step if machine == AMD64 else arm64.step
        self._left = _MOST_STEPS

    def returns(self, code: bytes, address: int, ends: Callable[[int, bool], bool]) -> bool:
        """Return whether some way through the function at `address` leads to a return, or out of `code`.

        `ends(target, by pointer)` says which calls never come back. True in every doubt.
        """
        seen: set[int] = set()
        waiting = [0]
        while waiting:
            at = waiting.pop()
            while at not in seen and at < len(code):
                seen.add(at)
                self._left -= 1
                following, what, target = self._step(code, at)
                if what in (RETURN, UNKNOWN) or self._left < 0:
                    return True
                if what in (JUMP, BRANCH):
                    if not 0 <= target < len(code):
                        return True
                    waiting.append(target)
                if what in (JUMP, STOP) or (what in (CALL, SLOT) and ends(address + target, what == SLOT)):
                    break
                at = following
        return False
