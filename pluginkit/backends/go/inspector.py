"""The Inspector for Go: hosts and plugins as files, read and never loaded."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pluginkit.backends.go.binary.content import Content, read_file
from pluginkit.backends.go.binary.elf import ElfError
from pluginkit.backends.go.binary.formats import ELF, begins_program, format_of
from pluginkit.core.api import Contract
from pluginkit.core.frozen import replace
from pluginkit.core.gobinary import GoBinary
from pluginkit.core.modes import PLUGIN, SUBPROCESS, SUFFIXES, WASM, mode_of_file
from pluginkit.core.signatures import Signed, is_withheld
from pluginkit.core.stamp import Stamp, parse_stamp
from pluginkit.core.stamp_members import StampError
from pluginkit.core.target import targets_in
from pluginkit.core.trust import Trust
from pluginkit.core.verdict import Defect, Evidence, Host

_KINDS = {SUBPROCESS: "executable", WASM: "wasm"}
"""What binary the file of a plugin is, by its mode; in the mode `plugin` anything else."""
_SPELLED = {"executable": "an executable", "wasm": "a WebAssembly module", "plugin": "a plugin"}
_MANY = 4
"""Files that are no longer hashed by a thread of their own each: a process for every processor does better."""


class GoInspector:
    """Implements `backends.protocol.Inspector`."""

    def artifacts(self, place: Path) -> Sequence[Path]:
        """Return the plugins in a directory; of a release hosts in `bin` and plugins in `plugins`, of each target."""
        return [file for directory in (place, *targets_in(place)) for file in _in(directory)]

    def inspect(self, files: Sequence[tuple[Path, str]], trust: Trust | None = None) -> Sequence[Evidence]:
        """Read hosts and plugins."""
        beside = len(files) < _MANY
        contents = (read_file(path, beside=beside) for path, _ in files)
        begun = tuple(contents) if beside else contents  # all are hashed while the first is read
        return [_evidence(path, subject, one, trust) for (path, subject), one in zip(files, begun, strict=True)]

    def installed(self, place: Path, trust: Trust | None = None) -> Sequence[Evidence]:
        """Return nothing: Go's plugins are files in a directory, not installed distributions."""
        return ()

    def hosts(self, place: Path, evidences: Sequence[Evidence]) -> Iterable[Host]:
        """Return the hosts among `evidences`; a program that is called as plugins are is not meant as one."""
        for one in evidences:
            program = one.binary and one.binary.kind == "executable" and one.mode == PLUGIN
            if program and not one.subject.endswith(SUFFIXES[PLUGIN]):
                yield _host(one, place)


def _in(place: Path) -> Sequence[Path]:
    there = [path for directory in (place, place / "plugins") for path in directory.glob("*")]
    plugins = sorted(path for path in there if path.name.endswith(tuple(SUFFIXES.values())))
    return [*sorted(path for path in (place / "bin").glob("*") if is_program(path)), *plugins]


def _evidence(path: Path, subject: str, content: Content | ElfError | OSError, trust: Trust | None) -> Evidence:
    mode = mode_of_file(path.name)
    name = path.name.removesuffix(SUFFIXES.get(mode, ""))
    unread = Evidence(subject, language="go", name=name, mode=mode or PLUGIN)
    if isinstance(content, OSError):
        reason = content.strerror or str(content)
        return replace(unread, defects=(Defect("PK101", f"cannot be read: {reason}"),))
    if isinstance(content, ElfError):
        return replace(unread, defects=(Defect(content.code, str(content)),))
    unread = replace(unread, signed=_signed(content), defects=tuple(_not_one(content)))
    form = format_of(content.data)
    if form and is_withheld(unread.signed, trust):
        return replace(unread, withheld=True)
    try:
        binary = (form or ELF).read(content.data, str(path))
    except ElfError as error:
        others = unread.defects if form else ()
        return replace(unread, defects=(Defect(error.code, str(error)), *others))
    return _read(unread, content, binary, mode)


def _read(unread: Evidence, content: Content, binary: GoBinary, named: str) -> Evidence:
    """Return the evidence of a file whose bytes were read; `named` is the mode whose files have such names, if any."""
    stamp, defects = _stamp(content)
    mode = named or _mode(binary, stamp)
    if stamp:
        defects += _contradictions(stamp, binary, mode)
        if (payload := content.payload()) != stamp.payload:
            defects.append(Defect("PK104", "its bytes are not those that were stamped", payload, stamp.payload))
    if named and (found := _another_kind(binary.kind, named)):
        defects = [found]
    if binary.search_path:
        defects.append(Defect("PK102", "searches libraries in a relative path", binary.search_path, "an absolute one"))
    return replace(
        unread,
        name=stamp.name if stamp else unread.name,
        version=stamp.version if stamp else "",
        defects=tuple(defects),
        stamp=stamp,
        payload=content.payload() if stamp else "",
        binary=binary,
        mode=mode,
    )


def _mode(binary: GoBinary, stamp: Stamp | None) -> str:
    """Return the mode of the plugin that a binary is, whatever its file is called; of any other the first."""
    says_so = stamp is not None and stamp.kind == "plugin" and _KINDS.get(stamp.mode) == binary.kind
    return stamp.mode if stamp and says_so else WASM if binary.kind == _KINDS[WASM] else PLUGIN


def _another_kind(kind: str, mode: str) -> Defect | None:
    """Return what is wrong with a binary of some kind whose file is named like those of a mode."""
    wanted = _KINDS.get(mode, "plugin")
    if kind == wanted or (mode == PLUGIN and kind not in _KINDS.values()):
        return None
    found = _SPELLED[kind] if kind in _KINDS.values() else "a shared object"
    return Defect("PK101", f"{found}, not {_SPELLED[wanted]}", kind, wanted)


def is_program(path: Path) -> bool:
    """Return whether a regular file begins as programs do, whatever it is called: a host has no suffix of its own."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return begins_program(file.read(4))
    except OSError:
        return False


def _host(evidence: Evidence, place: Path) -> Host:
    stamp = evidence.stamp
    if stamp is None:
        return Host(str(place), evidence.name, (), Contract(), language="go", binary=evidence.binary)
    return Host(
        label=str(place),
        name=stamp.name,
        language="go",
        apis=stamp.apis,
        contract=stamp.contract,
        lock=stamp.lock,
        toolchain=stamp.toolchain,
        binary=evidence.binary,
        ignores=stamp.ignores,
        linked=tuple(one.name for one in stamp.linked),
        trust=stamp.trust,
    )


def _signed(content: Content) -> Signed | None:
    """Return what a signature is made over, and the envelope: nothing where there is not just one stamp."""
    if len(content.stamps) != 1:
        return None
    return Signed(content.data[slice(*content.stamps[0])], content.envelope)


def _stamp(content: Content) -> tuple[Stamp | None, list[Defect]]:
    if defects := list(_not_one(content)):
        return None, defects
    try:
        return parse_stamp(content.data[slice(*content.stamps[0])]), []
    except StampError as error:
        return None, [Defect(error.code, str(error))]


def _not_one(content: Content) -> Iterable[Defect]:
    """Yield what is wrong where there is not just one stamp."""
    count = len(content.stamps)
    if count > 1:
        yield Defect("PK204", f"{count} stamps", str(count), "1")
    if not count:
        yield Defect("PK201", "no stamp: nothing says which API it was built against")


def _contradictions(stamp: Stamp, binary: GoBinary, mode: str) -> Iterable[Defect]:
    """Yield where stamp and build information tell different things of an artifact, which is a plugin of that mode."""
    kinds = {"plugin": "plugin", "wasm": "plugin", "executable": "plugin" if mode == SUBPROCESS else "host"}
    said = {
        "language": (stamp.language, "go"),
        "kind": (stamp.kind, kinds.get(binary.kind, binary.kind)),
        "Go version": (stamp.toolchain.get("go", ""), binary.go_version),
        "tags": (stamp.toolchain.get("tags", ""), binary.settings.get("-tags", "")),
    }
    if stamp.kind == "plugin":
        said["mode"] = (stamp.mode, mode)
    for what, (stamped, found) in said.items():
        if stamped != found:
            yield Defect("PK105", f"the stamp names another {what} than the binary", stamped, found)
