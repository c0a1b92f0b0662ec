"""The Inspector of the toy language: an artifact is a line with the stamp, and the payload behind it."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pluginkit.core.digest import sha256
from pluginkit.core.stamp import parse_stamp
from pluginkit.core.stamp_members import StampError
from pluginkit.core.trust import Trust
from pluginkit.core.verdict import Defect, Evidence, Host


def artifact(stamp: bytes, payload: bytes) -> bytes:
    return stamp + b"\n" + payload


class ToyInspector:
    def artifacts(self, place: Path) -> Sequence[Path]:
        return sorted(place.glob("*.toy"))

    def inspect(self, files: Sequence[tuple[Path, str]], trust: Trust | None = None) -> Sequence[Evidence]:
        return [_evidence(path, subject) for path, subject in files]

    def installed(self, place: Path, trust: Trust | None = None) -> Sequence[Evidence]:
        return ()

    def hosts(self, place: Path, evidences: Sequence[Evidence]) -> Iterable[Host]:
        for stamp in (one.stamp for one in evidences if one.stamp and one.stamp.kind == "host"):
            yield Host(
                label=str(place),
                name=stamp.name,
                language="toy",
                apis=stamp.apis,
                contract=stamp.contract,
                lock=stamp.lock,
                toolchain=stamp.toolchain,
                ignores=stamp.ignores,
            )


def _evidence(path: Path, subject: str) -> Evidence:
    try:
        head, _, payload = path.read_bytes().partition(b"\n")
    except OSError as error:
        return Evidence(subject, language="toy", defects=(Defect("PK101", f"cannot be read: {error.strerror}"),))
    if not head.startswith(b"{"):
        return Evidence(subject, language="toy", name=path.stem, defects=(Defect("PK201", "no stamp"),))
    try:
        stamp = parse_stamp(head)
    except StampError as error:
        return Evidence(subject, language="toy", name=path.stem, defects=(Defect(error.code, str(error)),))
    found = sha256(payload)
    edited = Defect("PK104", "its text is not what was stamped", found, stamp.payload)
    return Evidence(
        subject,
        language="toy",
        name=stamp.name,
        version=stamp.version,
        stamp=stamp,
        payload=found,
        defects=() if found == stamp.payload else (edited,),
    )
