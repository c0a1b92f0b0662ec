"""The Inspector for Go: hosts and plugins as files, read and never loaded."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pluginkit.backends.go.binary.content import Content, read_file
from pluginkit.backends.go.binary.elf import ElfError, is_object
from pluginkit.backends.go.binary.reader import read_binary
from pluginkit.core.api import Contract
from pluginkit.core.frozen import replace
from pluginkit.core.gobinary import GoBinary
from pluginkit.core.signatures import Signed, is_withheld
from pluginkit.core.stamp import Stamp, parse_stamp
from pluginkit.core.stamp_members import StampError
from pluginkit.core.target import targets_in
from pluginkit.core.trust import Trust
from pluginkit.core.verdict import Defect, Evidence, Host

SUFFIX = ".so"
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
            if one.binary and one.binary.kind == "executable" and not one.subject.endswith(SUFFIX):
                yield _host(one, place)


def _in(place: Path) -> Sequence[Path]:
    plugins = sorted([*place.glob(f"*{SUFFIX}"), *(place / "plugins").glob(f"*{SUFFIX}")])
    return [*sorted(path for path in (place / "bin").glob("*") if is_elf(path)), *plugins]


def _evidence(path: Path, subject: str, content: Content | ElfError | OSError, trust: Trust | None) -> Evidence:
    name = path.name.removesuffix(SUFFIX)
    if isinstance(content, OSError):
        reason = content.strerror or str(content)
        return Evidence(subject, language="go", name=name, defects=(Defect("PK101", f"cannot be read: {reason}"),))
    if isinstance(content, ElfError):
        return Evidence(subject, language="go", name=name, defects=(Defect(content.code, str(content)),))
    signed = _signed(content)
    unread = Evidence(subject, language="go", name=name, signed=signed, defects=tuple(_not_one(content)))
    if is_object(content.data) and is_withheld(signed, trust):
        return replace(unread, withheld=True)
    try:
        binary = read_binary(content.data, str(path))
    except ElfError as error:
        others = unread.defects if is_object(content.data) else ()
        return replace(unread, defects=(Defect(error.code, str(error)), *others))
    stamp, defects = _stamp(content, binary)
    if path.name.endswith(SUFFIX) and binary.kind == "executable":
        defects = [Defect("PK101", "an executable, not a plugin", "executable", "plugin")]
    if binary.search_path:
        defects.append(Defect("PK102", "searches libraries in a relative path", binary.search_path, "an absolute one"))
    return Evidence(
        subject,
        language="go",
        name=stamp.name if stamp else name,
        version=stamp.version if stamp else "",
        defects=tuple(defects),
        stamp=stamp,
        payload=content.payload() if stamp else "",
        binary=binary,
        signed=signed,
    )


def is_elf(path: Path) -> bool:
    """Return whether a regular file begins as ELF objects do, as a host without any suffix."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(4) == b"\x7fELF"
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
        trust=stamp.trust,
    )


def _signed(content: Content) -> Signed | None:
    """Return what a signature is made over, and the envelope: nothing where there is not just one stamp."""
    if len(content.stamps) != 1:
        return None
    return Signed(content.data[slice(*content.stamps[0])], content.envelope)


def _stamp(content: Content, binary: GoBinary) -> tuple[Stamp | None, list[Defect]]:
    if defects := list(_not_one(content)):
        return None, defects
    start, end = content.stamps[0]
    try:
        stamp = parse_stamp(content.data[start:end])
    except StampError as error:
        return None, [Defect(error.code, str(error))]
    defects = list(_contradictions(stamp, binary))
    payload = content.payload()
    if payload != stamp.payload:
        defects.append(Defect("PK104", "its bytes are not those that were stamped", payload, stamp.payload))
    return stamp, defects


def _not_one(content: Content) -> Iterable[Defect]:
    """Yield what is wrong where there is not just one stamp."""
    count = len(content.stamps)
    if count > 1:
        yield Defect("PK204", f"{count} stamps", str(count), "1")
    if not count:
        yield Defect("PK201", "no stamp: nothing says which API it was built against")


def _contradictions(stamp: Stamp, binary: GoBinary) -> Iterable[Defect]:
    """Yield where stamp and build information tell different things of one artifact."""
    kind = {"plugin": "plugin", "executable": "host"}.get(binary.kind, binary.kind)
    said = {
        "language": (stamp.language, "go"),
        "kind": (stamp.kind, kind),
        "Go version": (stamp.toolchain.get("go", ""), binary.go_version),
        "tags": (stamp.toolchain.get("tags", ""), binary.settings.get("-tags", "")),
    }
    for what, (stamped, found) in said.items():
        if stamped != found:
            yield Defect("PK105", f"the stamp names another {what} than the binary", stamped, found)
