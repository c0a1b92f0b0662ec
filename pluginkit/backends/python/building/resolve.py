"""Pins: every call to uv that resolves or exports, always without URLs and with hashes."""

import re
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pluginkit.backends.process import Completed, run
from pluginkit.backends.python.building.uv import uv, with_settings
from pluginkit.backends.python.building.uv_settings import build_constraints, build_settings
from pluginkit.core.errors import PluginkitError
from pluginkit.core.extras import from_extra
from pluginkit.core.files import refuse_special
from pluginkit.core.lock import Package
from pluginkit.core.model import Member
from pluginkit.core.names import normalize, requirement_name

_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)\s*(?:;\s*(?P<marker>.*?))?\s*(?P<rest>--hash=.*)?")
_LOCAL = re.compile(r"(?:\S+ @ )?\S+\.whl\s*(?:;\s*(?P<marker>.*?))?\s*--hash=sha256:(?P<hash>[0-9a-f]{64})")
_OLDEST = "3.11"
PLAIN = ("--no-header", "--no-annotate", "--quiet")


def python_floor(members: Iterable[Member]) -> str:
    """Return the lowest Python every member runs on, as `3.<minor>`: the workspace is resolved from there up.

    Where no member says on which it runs, that is the oldest that pluginkit itself does.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    ranges = {}
    for member in members:
        try:
            ranges[member.path] = SpecifierSet(member.requires_python)
        except InvalidSpecifier:
            raise PluginkitError(
                f"{member.path}: requires-python {member.requires_python!r} is not a specifier"
            ) from None
    if not any(map(str, ranges.values())):
        return _OLDEST
    for minor in range(7, 40):
        if all(spec.contains(f"3.{minor}.99") or spec.contains(f"3.{minor}") for spec in ranges.values()):
            return f"3.{minor}"
    stated = "; ".join(f"{path} {spec}" for path, spec in ranges.items() if str(spec))
    raise PluginkitError(f"no Python version suits every member: {stated}", hint="mend their requires-python")


@dataclass(frozen=True, slots=True)
class Given:
    """What a resolution is not free to choose."""

    wheels: Mapping[str, Package] = field(default_factory=dict)
    """By name: wheels that lie in the workspace."""
    projects: Sequence[Member] = ()
    """Projects that are built from their sources and are not members."""
    lines: Sequence[str] = ()
    """Constraints in the requirements format."""
    static: bool = False
    """No sdist may be built for what it requires."""


def resolve_members(
    root: Path,
    members: Sequence[Member],
    extra: Sequence[str],
    python: str,
    preferences: Sequence[Package],
    given: Given = Given(),
) -> tuple[Package, ...]:
    """Pin the third-party closure of `members` and of the requirements `extra`, one version of each package.

    Members are given to uv as static stubs, so that a conflict names the members that disagree.
    Raises PluginkitError with uv's explanation when there is no solution.
    """
    _refuse_malformed(members)
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        lines = [*extra, *(_as_stub(member, Path(scratch)) for member in members)]
        constraints = [*given.lines, *(_as_stub(project, Path(scratch)) for project in given.projects)]
        constraints += _places(root, given.wheels)
        return _compile(
            root,
            lines,
            python,
            preferences,
            constraints=constraints,
            wheels=given.wheels.values(),
            static=given.static,
            trouble="the members' requirements cannot be resolved together",
            hint="one process loads them all, so there is one version of everything: change one of those named, "
            "or leave it out: `exclude` in pluginkit's configuration",
        )


def compile_pins(
    root: Path,
    requirements: Sequence[str],
    python: str,
    preferences: Sequence[Package],
    wheels: Mapping[str, Package],
    *,
    static: bool = False,
) -> tuple[Package, ...]:
    """Pin the universal closure of build `requirements`; keep the versions of `preferences` where they still fit.

    `wheels`, by name, lie in the workspace at `root` and are taken for what they are. With `static` no sdist is built
    for what it requires.
    """
    return _compile(
        root,
        requirements,
        python,
        preferences,
        constraints=[*_places(root, wheels), *build_constraints(root)],
        wheels=wheels.values(),
        settings=build_settings(root),
        static=static,
        trouble=f"the build requirements {', '.join(requirements)} cannot be resolved",
        hint="mend [build-system] requires of the members that have them",
    )


def _compile(
    root: Path,
    requirements: Sequence[str],
    python: str,
    preferences: Sequence[Package],
    *,
    trouble: str,
    hint: str,
    constraints: Sequence[str] = (),
    wheels: Iterable[Package] = (),
    settings: bytes | None = None,
    static: bool = False,
) -> tuple[Package, ...]:
    """Pin the closure of `requirements` by the `settings`, a `uv.toml`, or else by those of the project at `root`."""
    if not requirements:
        return ()
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        output, constrained = Path(scratch, "requirements.txt"), Path(scratch, "constraints.txt")
        kept = [package for package in preferences if not package.path]
        output.write_text(requirements_text(kept), encoding="utf-8")
        constrained.write_text("".join(f"{line}\n" for line in constraints), encoding="utf-8")
        command: list[str | Path] = ["pip", "compile", "-", "--universal", "--generate-hashes"]
        command += ["--constraints", constrained] if constraints else []
        command += ["--no-build"] if static else []
        command += [*PLAIN, "--python-version", python, "--python", sys.executable, "--output-file", output]
        lines = "\n".join(requirements) + "\n"
        if settings is None:
            refuse_special(root / "uv.toml")
            done = run([uv(), *command], cwd=root, stdin=lines)
        else:
            done = with_settings(settings, *command, stdin=lines)
        if done.status != 0:
            raise PluginkitError(f"{trouble}\n{cause(done)}", hint=hint)
        return parse_pins(output.read_text(encoding="utf-8"), wheels)


def requirements_text(packages: Iterable[Package], root: Path | None = None) -> str:
    """Return pins in the requirements format, hashes included, for `--require-hashes`.

    Packages whose wheels lie in a workspace are named by their place beneath its `root`.
    """
    lines = []
    for package in packages:
        pin = f"=={package.version}"
        if package.path and root:
            pin = f" @ {(root / package.path).as_uri()}"
        marker = f" ; {package.marker}" if package.marker else ""
        hashes = "".join(f" \\\n    --hash={digest}" for digest in package.hashes)
        lines.append(f"{package.name}{pin}{marker}{hashes}\n")
    return "".join(lines)


def parse_pins(text: str, wheels: Iterable[Package] = ()) -> tuple[Package, ...]:
    """Read the pins of uv's requirements format. Raises PluginkitError where one is not a release of an index."""
    packages, elsewhere = read_pins(text, wheels)
    if elsewhere:
        raise PluginkitError(
            f"cannot be pinned with a hash: {', '.join(elsewhere)}",
            hint="only releases of a package index can be locked; publish it there, or make it a member",
        )
    return packages


def read_pins(text: str, wheels: Iterable[Package] = ()) -> tuple[tuple[Package, ...], tuple[str, ...]]:
    """Read the `name==version ; marker --hash=...` lines of uv's requirements format; local directories are skipped.

    Of files on this machine those are taken that are `wheels`. Returned apart are the lines without a hash: they name
    a repository, or some other place that is not an index.
    """
    packages, elsewhere = [], []
    local = {wheel.hashes[0].removeprefix("sha256:"): wheel for wheel in wheels}
    for line in text.replace("\\\n", " ").splitlines():
        file = _LOCAL.fullmatch(line.strip())
        if file and file["hash"] in local:
            packages.append(replace(local[file["hash"]], marker=(file["marker"] or "").strip()))
            continue
        if not line.strip() or line.startswith(("#", "-", ".", "/")) or " @ file:" in line:
            continue
        pin = _PIN.fullmatch(line.strip())
        if not pin or not pin["rest"]:
            elsewhere.append(line.split("--hash")[0].strip())
            continue
        hashes = sorted(part.removeprefix("--hash=").replace("=", ":", 1) for part in pin["rest"].split())
        packages.append(Package(normalize(pin["name"]), pin["version"], tuple(hashes), (pin["marker"] or "").strip()))
    packages.sort(key=lambda package: (package.name, package.version, package.marker))
    return tuple(packages), tuple(elsewhere)


def _places(root: Path, wheels: Mapping[str, Package]) -> list[str]:
    return [f"{wheel.name} @ {(root / wheel.path).as_uri()}" for wheel in wheels.values()]


def _as_stub(member: Member, scratch: Path) -> str:
    """Write a project that requires what `member` does, and return the requirement that names it."""
    stub = scratch / member.name
    stub.mkdir()
    (stub / "pyproject.toml").write_text(_stub(member), encoding="utf-8")
    return f"{member.name} @ {stub.as_uri()}"


def _stub(member: Member) -> str:
    tomli_w = from_extra("tomli_w", "resolving a lock")
    project = {
        "name": member.name,
        "version": member.version or "0",
        "dependencies": list(member.requires),
        "optional-dependencies": {name: list(lines) for name, lines in member.extras},
    }
    if member.requires_python:
        project["requires-python"] = member.requires_python
    return str(tomli_w.dumps({"project": project}))


def cause(done: Completed) -> str:
    """Return why uv failed, as it says it."""
    return re.sub(r"^error: ", "", done.stderr.strip())


def _refuse_malformed(members: Iterable[Member]) -> None:
    from packaging.requirements import InvalidRequirement, Requirement

    for member in members:
        for line in (*member.requires, *(line for _, lines in member.extras for line in lines)):
            try:
                url = Requirement(line).url or ""
            except InvalidRequirement:
                raise PluginkitError(
                    f"{member.path}: {line!r} is not a requirement (PEP 508)", hint="write it as in `name>=1.2`"
                ) from None
            if url.startswith(("file:", "{", ".", "/")):
                name = requirement_name(line)
                raise PluginkitError(
                    f"{member.path}: {line!r} would put a place of this machine into the wheel",
                    hint=f"require {name} by its name; where your tools should find it in the tree goes into "
                    "[tool.uv.sources], or beside [project] into [tool.poetry.dependencies]",
                )
