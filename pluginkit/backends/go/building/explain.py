"""What the go command says against a build, told by the members that are at fault."""

import re
from collections.abc import Iterator

from pluginkit.backends.go.building import overlay
from pluginkit.core.model import BuildStep
from pluginkit.core.modes import WASM, WASM_PLATFORM

_CONTRACT = re.compile(rf"{re.escape(overlay.FILE)}:\d+:\d+: (.*)$", re.MULTILINE)
_PACKAGE = re.compile(r"^# (\S+).*\n", re.MULTILINE)
"""What precedes the errors of each package."""


def explained(step: BuildStep, stderr: str) -> str:
    """Return what failed: the contract, a plugin that is part of a host, or something else, in the compiler's words."""
    return "\n".join(_told(step, stderr))


def _told(step: BuildStep, stderr: str) -> Iterator[str]:
    rest = _PACKAGE.split(stderr)[1:]
    parts = {str(part.listing["ImportPath"]): part for part in step.parts}
    faults = [(parts[path], said) for path, said in zip(rest[::2], rest[1::2], strict=True) if path in parts]
    if not faults:
        target = WASM_PLATFORM if step.member.mode == WASM else step.target
        yield _fault(step, stderr, f"go build{target and f' for {target}'} failed")
    for part, said in faults:
        yield _fault(part, said, f"cannot be linked into {step.member.path}")


def _fault(step: BuildStep, said: str, failed: str) -> str:
    broken = _CONTRACT.findall(said)
    if broken:
        return f"{step.member.path}: does not fulfil [contract.symbols]:\n{_indented(broken)}"
    return f"{step.member.path}: {failed}:\n{_indented(said.strip().splitlines())}"


def _indented(lines: list[str]) -> str:
    return "\n".join(f"  {line}" for line in lines)
