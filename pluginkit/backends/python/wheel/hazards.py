"""Which files of a wheel would act by merely being installed, and what to do instead of shipping them."""

from __future__ import annotations

import re

from pluginkit.backends.python.file_names import STAMP_FILE
from pluginkit.backends.python.wheel.layout import data_directory, installed, is_metadata
from pluginkit.backends.python.wheel.paths import check_paths
from pluginkit.core.verdict import Defect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

SCRIPT_GROUPS = ("console_scripts", "gui_scripts")
"""Groups of entry points that installers make scripts of."""
_SCHEMES = ("purelib", "platlib", "headers", "scripts", "data")
_STARTUP = ("sitecustomize", "usercustomize")
_INTERPRETER = r"(?i)(python|pythonw|pypy)[0-9.]*(\.exe)?"
_STARTS = (".pth", ".start")
"""Files at the import root that `site` obeys at every start; `.start` since Python 3.15 (PEP 829)."""
_SUSPICIOUS = r"(?i)\.data|\.py[co]|\.pth|\.start|customize"
"""In nearly no wheel; found in one, every name of it is looked at closely."""

_PLACE = "move the file into the package, or beneath `share/NAME`, and rebuild it: {rebuild}"
_SCRIPT = "give the script another name, and rebuild it: {rebuild}"
_BYTECODE = "delete `__pycache__` from its sources, exclude `*.pyc` from the wheel, and rebuild it: {rebuild}"
_SOURCELESS = "ship the module's source instead, and rebuild it: {rebuild}"
_NAMESPACE = (
    "remove `namespace_packages` from setup.py or setup.cfg and the `__init__.py` of the namespace, which Python no "
    "longer needs (PEP 420), and rebuild it: {rebuild}"
)
_EDITABLE = "build a wheel that is not editable: {rebuild}"
_AT_START = "do at the first import of the package what it does at every start, leave it out, and rebuild it: {rebuild}"
_SHADOW = "move the module into the package, and rebuild it: {rebuild}"


def hazards(names: Iterable[str], dist_info: str) -> Iterator[Defect]:
    """Yield what would run, or replace what runs, by merely being installed (PK102).

    Bytecode is refused wherever it lies: installers compile their own, and nobody reviews it.
    """
    names = list(names)
    if not re.search(_SUSPICIOUS, "\n".join(names)):
        return
    data = data_directory(dist_info)
    for name in names:
        top, _, rest = name.partition("/")
        if top.lower().endswith(".data") and not _known_scheme(top, rest, data):
            yield _hazard(f"{name!a} is outside the known schemes of {data!a}")
        elif name.lower().endswith((".pyc", ".pyo")):
            yield _bytecode(name)
        elif top == data and rest.startswith("data/") and _reaches_python(rest):
            yield _hazard(f"{name!a} would be installed into the interpreter's own directories", _PLACE)
        elif top == data and rest.startswith("scripts/") and re.fullmatch(_INTERPRETER, rest.partition("/")[2]):
            yield _hazard(f"{name!a} would replace the interpreter", _SCRIPT)
    for path, name in installed(names, dist_info):
        first, _, rest = path.partition("/")
        if not rest and first.lower().endswith(_STARTS):
            yield _startup_file(name)
        elif path != name and first.lower().endswith(".data"):  # uv looks there once more, and makes scripts of it
            yield _hazard(f"{name!a} would be installed into a .data directory, of which installers make scripts")
        elif first.partition(".")[0].lower() in _STARTUP:
            yield _hazard(f"{name!a} is imported at every start of the interpreter", _SHADOW)


def collisions(names: Collection[str], dist_info: str) -> Iterator[Defect]:
    """Yield where installing the `.data` of a wheel would write metadata (PK105, PK204), or one file over another."""
    moved_from = f"{data_directory(dist_info)}/"
    if not any(name.startswith(moved_from) for name in names):
        return
    places = installed(names, dist_info)
    moved = [(path, name) for path, name in places if path != name]
    for path, name in moved:
        if is_metadata(path):
            what = "stamp" if path.rpartition("/")[2].lower() == STAMP_FILE else "metadata"
            code = "PK204" if what == "stamp" else "PK105"
            yield Defect(code, f"{name!a} would be installed as {what}", found=ascii(path))
    if moved and (refusal := check_paths([path for path, _ in places if not is_metadata(path)])):
        yield _hazard(f"once installed, {refusal}")


def script_hazards(points: Iterable[tuple[str, str, str]]) -> Iterator[Defect]:
    """Yield what is wrong (PK102) with the names of scripts among entry points, given as (group, name, reference)."""
    for group, script, _ in points:
        if group not in SCRIPT_GROUPS:
            continue
        if re.search(r"[/\\:\0-\x1f]", script) or script in (".", ".."):
            yield _hazard(f"the script name {script[:80]!a} leaves the directory of scripts", _SCRIPT)
        elif re.search(r"\s", script):  # pip takes the last word for it
            yield _hazard(
                f"the script name {script[:80]!a} has a space, and installers make different scripts of it", _SCRIPT
            )
        elif re.fullmatch(_INTERPRETER, script):
            yield _hazard(f"the script {script!a} would replace the interpreter", _SCRIPT)


def _hazard(message: str, hint: str = "") -> Defect:
    return Defect("PK102", message, hint=hint)


def _bytecode(name: str) -> Defect:
    if "__pycache__" in name.split("/"):
        return _hazard(f"{name!a} is bytecode, which nobody can review and installers compile themselves", _BYTECODE)
    return _hazard(f"{name!a} is bytecode, which nobody can review", _SOURCELESS)


def _startup_file(name: str) -> Defect:
    """Say what a `.pth` or `.start` file at the import root does: `site` runs code for it, plugins loaded or not."""
    acts = f"{name!a} acts at every start of the interpreter"
    if name.lower().endswith("-nspkg.pth"):
        return _hazard(f"{acts}: setuptools writes it for `namespace_packages`", _NAMESPACE)
    if "__editable__" in name.lower():
        return _hazard(f"{acts}: it belongs to an editable install", _EDITABLE)
    return _hazard(acts, _AT_START)


def _known_scheme(top: str, rest: str, data: str) -> bool:
    scheme, _, path = rest.partition("/")
    return top == data and scheme in _SCHEMES and bool(path)


def _reaches_python(path: str) -> bool:
    parts = path.lower().split("/")[1:]
    standard = parts[0].startswith("lib") and len(parts) > 2 and re.fullmatch(r"python[0-9.]*t?", parts[1])
    inside = "site-packages" in parts or "dist-packages" in parts or bool(standard)
    return inside or parts[-1] == "pyvenv.cfg"
