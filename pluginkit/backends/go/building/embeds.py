"""What `//go:embed` names and what is not there: such files are mostly generated, and not in version control."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from pluginkit.core.errors import PluginkitError

_MISSING = re.compile(r"^(?P<file>\S[^:\n]*):(?P<line>\d+):\d+: pattern (?P<pattern>.+): (?:no matching files found"
                      r"|cannot embed directory .*: contains no embeddable files)$", re.MULTILINE)  # fmt: skip
_GENERATE = re.compile(r"^//go:generate[ \t]+(.+)$", re.MULTILINE)


def missing_embed(root: Path, stderr: str) -> PluginkitError | None:
    """Return the error that names what a package embeds and what is missing, if that is what Go complained of.

    `root` is where the go command ran, `stderr` what it said. The error names the directive, its pattern, and
    what seems to make the files: `//go:generate` in the package, or a package.json between it and the pattern.
    """
    found = list(dict.fromkeys((one["file"], one["line"], one["pattern"]) for one in _MISSING.finditer(stderr)))
    if not found:
        return None
    lines = [f"{file}:{line}: //go:embed {pattern} matches no file" for file, line, pattern in found]
    makers = dict.fromkeys(maker for file, _, pattern in found for maker in _makers(root, file, pattern))
    made = [f"  {file}:{line} says `go:generate {command}`" for file, line, command, _ in makers if line]
    made += [f"  {file} has the script `build`" for file, line, _, _ in makers if not line]
    commands = list(dict.fromkeys(command for *_, command in makers))
    return PluginkitError(
        "files that Go packages embed are missing; most projects generate them\n"
        + "\n".join(f"  {line}" for line in lines)
        + "".join(f"\n{line}" for line in made),
        hint=f"`{' && '.join(commands)}`" if commands else "make them first, as the project's own build does",
    )


def _makers(root: Path, file: str, pattern: str) -> Iterator[tuple[str, int, str, str]]:
    """Yield what may generate the files: a file, the line in it, what that says, and the command to type."""
    package = (root / file).parent
    for source in sorted(package.glob("*.go")):
        text = source.read_text(encoding="utf-8", errors="replace")
        for said in _GENERATE.finditer(text):
            shown = _shown(root, source)
            where = _shown(root, package)
            target = "." if where == "." else shlex.quote(f"./{where}")
            yield shown, text.count("\n", 0, said.start()) + 1, said[1].strip(), f"go generate {target}"
    for directory in _directories(package, pattern):
        manifest = directory / "package.json"
        if manifest.is_file() and _builds(manifest):
            tool = "yarn --cwd" if (directory / "yarn.lock").is_file() else "npm --prefix"
            where = shlex.quote(_shown(root, directory))
            run = "run build" if tool.startswith("npm") else "build"
            yield _shown(root, manifest), 0, "", f"{tool} {where} install && {tool} {where} {run}"


def _directories(package: Path, pattern: str) -> Iterator[Path]:
    """Yield the directories from a package to what it embeds, as far as no wildcard comes."""
    yield package
    directory = package
    for part in pattern.removeprefix("all:").split("/"):
        directory = directory / part
        if any(mark in part for mark in "*?[") or not directory.is_dir():
            return
        yield directory


def _builds(manifest: Path) -> bool:
    try:
        scripts = json.loads(manifest.read_bytes()).get("scripts", {})
    except (ValueError, AttributeError):
        return False
    return isinstance(scripts, dict) and "build" in scripts


def _shown(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
