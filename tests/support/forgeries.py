"""Wheels that nobody should accept though something of a signature is in them, and honest ones beside them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from signing import PRIVATE, PUBLIC, envelope, named_as, trust_toml
from wheels import GROUP, Part, api_of, file_name, pack, record, stamp, stem, wheel, wheel_files

from pluginkit.core.canonical import canonical_json
from pluginkit.core.dsse import STAMP, STATEMENT, key_id, pre_authentication

Files = dict[str, bytes]
Json = dict[str, Any]

INFO = f"{stem()}.dist-info"
STAMP_AT, SIGNATURE_AT = f"{INFO}/pluginkit.json", f"{INFO}/pluginkit.sig.json"
ORDER = 2**252 + 27742317777372353535851937790883648493
API_CODE = b"from typing import Protocol\n\n\nclass Plugin(Protocol):\n    name: str\n"
API_FILES = wheel_files("acme-api", files={"acme_api/__init__.py": API_CODE}, entry_points="")
API = api_of(API_FILES)
CODE = b"class New:\n    name = 'filter'\n"
POINTS = f"[{GROUP}]\nfilter = acme_filter:New\n"


def plugin(name: str = "acme-filter", version: str = "1.0.0", code: bytes = CODE) -> Files:
    """Return a plugin's files without a stamp."""
    sources = {f"{name.replace('-', '_')}/__init__.py": code}
    points = POINTS.replace("acme_filter", name.replace("-", "_"))
    return wheel_files(name, version, files=sources, entry_points=points, requires=["acme-api"])


def trusting(*names: str, more: str = "", **keys: Iterable[str]) -> str:
    """Return a trust file that names these keys, and one for the host's side."""
    return trust_toml(*names, more=more, host=['may-sign = ["acme-host", "acme-api"]'], **keys)


def stamped(files: Mapping[str, bytes] | None = None, **changes: Any) -> Files:
    """Return a plugin's files with a stamp."""
    return stamp(plugin() if files is None else files, **{"apis": (API,), **changes})


def side(kind: str) -> tuple[str, bytes]:
    """Return file name and bytes of the API's or the host's wheel, with which nothing is wrong."""
    files = API_FILES if kind == "api" else wheel_files("acme-host", files={"acme_host.py": b""}, entry_points="")
    files = stamp(files, kind=kind, apis=(API,), release=9)
    info = next(name for name in files if name.endswith("/pluginkit.json"))
    files = {**files, info.replace(".json", ".sig.json"): envelope(files[info], "ci", "release", "host")}
    return file_name(f"acme-{kind}"), wheel(record(files))


Envelope = Callable[[bytes], bytes]
"""From a stamp to what lies beside it."""


def by(*signers: str, payload_type: str = STAMP) -> Envelope:
    return lambda stamp: envelope(stamp, *signers, payload_type=payload_type)


BY_CI = by("ci")


def of(other: Files) -> Envelope:
    """Return the envelope of another artifact's stamp."""
    (made,) = (data for name, data in other.items() if name.endswith("/pluginkit.json"))
    return lambda stamp: envelope(made, "ci")


def changed(change: Callable[[Json], object], *signers: str) -> Envelope:
    """Return what changes a good envelope as JSON, written in canonical form again."""

    def make(stamp: bytes) -> bytes:
        value = json.loads(envelope(stamp, *(signers or ("ci",))))
        change(value)
        return canonical_json(value)

    return make


def spelled(change: Callable[[bytes], bytes], *signers: str) -> Envelope:
    """Return what changes the bytes of a good envelope."""
    return lambda stamp: change(envelope(stamp, *(signers or ("ci",))))


def value(make: Callable[[bytes, bytes], bytes]) -> Envelope:
    """Return an envelope with another signature by the name of `ci`, made of the stamp and the honest one."""

    def change(stamp: bytes) -> bytes:
        found = json.loads(envelope(stamp, "ci"))
        honest = PRIVATE["ci"].sign(pre_authentication(STAMP, stamp))
        found["signatures"][0]["sig"] = _base64(make(stamp, honest))
        return canonical_json(found)

    return change


def _base64(data: bytes) -> str:
    from base64 import b64encode

    return b64encode(data).decode()


def with_s(honest: bytes, more: int) -> bytes:
    """Return a signature with another S, which is the same modulo the order of the group for one that adds it."""
    return honest[:32] + (int.from_bytes(honest[32:], "little") + more).to_bytes(32, "little")


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def copied(number: int) -> Callable[[Json], object]:
    """Return what adds signatures by keys that nobody knows."""

    def change(found: Json) -> None:
        first = found["signatures"][0]
        more = [{**first, "keyid": hashlib.sha256(bytes([one])).hexdigest()} for one in range(number)]
        found["signatures"] = sorted([first, *more], key=lambda one: str(one["keyid"]))

    return change


def signature(**changes: Any) -> Callable[[Json], object]:
    """Return what changes the first signature."""
    return lambda found: found["signatures"][0].update(changes)


def swapped(found: Json) -> None:
    first, second = found["signatures"]
    first["sig"], second["sig"] = second["sig"], first["sig"]


def listed(files: Files, **options: str) -> bytes:
    return wheel(record(files, **options))


@dataclass(frozen=True)
class Case:
    """A plugin's wheel, and the trust it is read with."""

    name: str
    code: str
    """What must be found; empty: it is honest."""
    envelope: Envelope | None = BY_CI
    files: Files = field(default_factory=stamped)
    trust: str = trusting("ci", "release")
    pack: Callable[[Files], bytes] = listed
    file: str = file_name()
    installs: bool = True
    """Once installed it is as bad."""

    @property
    def data(self) -> bytes:
        """The wheel."""
        stamp = self.files.get(STAMP_AT, stamped()[STAMP_AT])
        files = self.files if self.envelope is None else {**self.files, SIGNATURE_AT: self.envelope(stamp)}
        return self.pack(files)


def packed(change: Callable[[list[Part]], list[Part]]) -> Callable[[Files], bytes]:
    """Return what changes the entries of an archive."""
    return lambda files: pack(change([Part(name, data) for name, data in record(files).items()]))


def as_link(one: Part) -> Part:
    return Part(one.name, one.data, 0o120777 << 16) if one.name == SIGNATURE_AT else one


def edited(files: Files, path: str = "acme_filter/__init__.py") -> Files:
    return {**files, path: files[path] + b"\nbad = 1\n"}


def moved(place: str) -> Callable[[Files], bytes]:
    """Return what puts the envelope elsewhere."""
    return lambda files: listed({(place if name == SIGNATURE_AT else name): data for name, data in files.items()})


def without(files: Files, name: str) -> Files:
    return {path: data for path, data in files.items() if path != name}


def row_of(change: Callable[[str], str]) -> Callable[[Files], bytes]:
    """Return what changes the row of the envelope in RECORD."""

    def make(files: Files) -> bytes:
        made = record(files)
        own = f"{INFO}/RECORD"
        rows = [change(row) if row.startswith(SIGNATURE_AT) else row for row in made[own].decode().splitlines()]
        return wheel({**made, own: ("\n".join(rows) + "\n").encode()})

    return make


OLD, TWO = "minimum-release = 5", '[threshold]\n"acme-filter" = 2'
OTHERS = {f"other-1.0.dist-info/{name.rpartition('/')[2]}": data for name, data in stamped().items() if INFO in name}
FORGED = [
    # What was signed
    Case("nobody signed it", "PK601", None),
    Case("a release's payload type", "PK602", by("ci", payload_type=STATEMENT)),
    Case("a payload type with a parameter", "PK602", by("ci", payload_type=f"{STAMP}; v=1")),
    Case("no payload type", "PK602", by("ci", payload_type="")),
    Case("a payload type changed afterwards", "PK602", lambda made: canonical_json(
         json.loads(envelope(made, "ci", payload_type=STATEMENT)) | {"payloadType": STAMP})),
    Case("of another plugin", "PK602", of(stamped(plugin("acme-other")))),
    Case("of another version", "PK602", of(stamped(plugin(version="1.0.1")))),
    Case("of the API", "PK602", of(stamp(API_FILES, kind="api", apis=(API,)))),
    Case("of the same sources, built for another lock", "PK602", of(stamped(lock="sha256:" + "1" * 64))),
    Case("of an empty text", "PK602", lambda made: envelope(b"", "ci")),
    Case("of the wheel, not of the stamp", "PK602", lambda made: envelope(listed(stamped()), "ci")),
    Case("of the stamp in another spelling", "PK602", lambda made: envelope(made.replace(b":", b": ", 1), "ci")),
    Case("the stamp spelled otherwise", "PK602", lambda made: envelope(stamped()[STAMP_AT], "ci"),
         {**stamped(), STAMP_AT: stamped()[STAMP_AT].replace(b":", b": ", 1)}),
    Case("a capability more in the stamp", "PK602", of(stamped()), stamped(capabilities=("admin",))),
    Case("the number of the release edited", "PK602", of(stamped(release=4)), stamped(release=5),
         trusting("ci", more=OLD)),
    Case("an older release", "PK603", by("ci"), stamped(release=4), trusting("ci", more=OLD)),
    Case("no number of a release", "PK603", by("ci"), stamped(), trusting("ci", more=OLD)),
    Case("a file edited", "PK104", by("ci"), edited(stamped())),
    Case("a file edited, and the stamp made anew", "PK602", of(stamped()), stamped(edited(plugin()))),
    Case("a file edited, RECORD as it was", "PK103", by("ci"), installs=False,
         pack=lambda files: wheel(edited(record(files)))),
    Case("a file added", "PK104", by("ci"), {**stamped(), "acme_filter/more.py": b"bad = 1\n"}),
    Case("a file removed", "PK104", by("ci"), without(stamped(), f"{INFO}/entry_points.txt")),
    Case("an entry point added", "PK104", by("ci"), edited(stamped(), f"{INFO}/METADATA")),
    # Who signed it
    Case("a stranger", "PK603", by("stranger")),
    Case("a stranger by the name of a key that is trusted", "PK602",
         lambda made: named_as(envelope(made, "stranger"), "ci")),
    Case("a stranger beside an honest key's name", "PK602",
         lambda made: named_as(envelope(made, "stranger", "release"), "ci")),
    Case("two keys, each by the other's name", "PK602", changed(swapped, "ci", "release")),
    Case("one of two that have to", "PK603", by("ci"), trust=trusting("ci", "release", more=TWO)),
    Case("one of two, and a stranger", "PK603", by("ci", "stranger"), trust=trusting("ci", "release", more=TWO)),
    Case("one of two, by a threshold for all", "PK603", by("ci"),
         trust=trusting("ci", "release", more='[threshold]\n"*" = 2\n"acme-filter" = 1')),
    Case("one of two, its name spelled otherwise", "PK603", by("ci"), stamped(name="Acme.Filter"),
         trust=trusting("ci", "release", more=TWO)),
    Case("two, of which one may not", "PK603", by("ci", "release"),
         trust=trusting("ci", more=TWO, release=['may-sign = "release.json"'])),
    Case("two, of which one counts no longer", "PK603", by("ci", "release"),
         trust=trusting("ci", more=TWO, release=["until = 2020-01-31"])),
    Case("two, of which one is wrong", "PK602", trust=trusting("ci", "release", more=TWO),
         envelope=changed(lambda found: found["signatures"][1].update(sig=found["signatures"][0]["sig"]),
                          "ci", "release")),
    Case("one key twice", "PK602", changed(lambda found: found["signatures"].append(found["signatures"][0])),
         trust=trusting("ci", "release", more=TWO)),
    Case("one key again by a name that nobody has", "PK603", changed(copied(1)),
         trust=trusting("ci", "release", more=TWO)),
    Case("a key's name in capitals", "PK602", changed(signature(keyid=key_id(PUBLIC["ci"]).upper()))),
    Case("a key by what the trust calls it", "PK602", changed(signature(keyid="ci"))),
    Case("a key without a name", "PK602", changed(signature(keyid=""))),
    Case("a key by its public bytes", "PK603", changed(signature(keyid=PUBLIC["ci"].hex()))),
    Case("a key by the hash of its public bytes", "PK603",
         changed(signature(keyid=hashlib.sha256(PUBLIC["ci"]).hexdigest()))),
    Case("a key that counts no longer", "PK603", by("ci"), trust=trusting(ci=["until = 2020-01-31"])),
    Case("a key that is trusted elsewhere", "PK603", by("ci"), trust=trusting("release")),
    Case("a key for other names", "PK603", by("ci"), trust=trusting(ci=['may-sign = "other-*"'])),
    Case("a key for longer names", "PK603", by("ci"), trust=trusting(ci=['may-sign = ["acme-filter-*", "acme"]'])),
    Case("a key for shorter names", "PK603", by("ci"), trust=trusting(ci=['may-sign = "acme-filte"'])),
    Case("a key for releases", "PK603", by("ci"), trust=trusting(ci=['may-sign = "release.json"'])),
    Case("a key for the name in the stamp, which is not that of the metadata", "PK105", by("ci"),
         stamped(name="acme-other"), trusting("release", ci=['may-sign = "acme-other"'])),
    Case("a key for the name of the file", "PK105", by("ci"), stamped(name="acme-other"),
         trusting(ci=['may-sign = "acme-*"'])),
    # The arithmetic
    Case("S and the order of the group", "PK602", value(lambda _, honest: with_s(honest, ORDER))),
    Case("S and twice that", "PK602", value(lambda _, honest: with_s(honest, 2 * ORDER))),
    Case("a signature of zeros", "PK602", value(lambda *_: bytes(64))),
    Case("the neutral point", "PK602", value(lambda *_: b"\x01" + bytes(63))),
    Case("a point of small order", "PK602", value(lambda *_: b"\xec" + b"\xff" * 30 + b"\x7f" + bytes(32))),
    Case("a bit of R", "PK602", value(lambda _, honest: flipped(honest, 0))),
    Case("a bit of S", "PK602", value(lambda _, honest: flipped(honest, 63))),
    Case("the last byte missing", "PK602", value(lambda _, honest: honest[:-1])),
    Case("a byte more", "PK602", value(lambda _, honest: honest + b"\0")),
    Case("no signature in it", "PK602", value(lambda *_: b"")),
    Case("over the stamp alone", "PK602", value(lambda made, _: PRIVATE["ci"].sign(made))),
    Case("over a hash", "PK602", value(lambda made, _: PRIVATE["ci"].sign(hashlib.sha512(made).digest()))),
    Case("over the stamp in base64", "PK602",
         value(lambda made, _: PRIVATE["ci"].sign(pre_authentication(STAMP, _base64(made).encode())))),
    # The envelope
    Case("cut off", "PK602", spelled(lambda data: data[:-20])),
    Case("nothing", "PK602", lambda made: b""),
    Case("a newline behind it", "PK602", spelled(lambda data: data + b"\n")),
    Case("a mark in front of it", "PK602", spelled(lambda data: b"\xef\xbb\xbf" + data)),
    Case("not UTF-8", "PK602", spelled(lambda data: data.replace(b"payload", b"p\xffyload", 1))),
    Case("indented", "PK602", spelled(lambda data: json.dumps(json.loads(data), indent=1).encode())),
    Case("two of them", "PK602", spelled(lambda data: data + data)),
    Case("a list of them", "PK602", spelled(lambda data: b"[" + data + b"]")),
    Case("a member more", "PK602", changed(lambda found: found.update(note="x"))),
    Case("a member twice", "PK602", spelled(lambda data: data.replace(b'{"payload":', b'{"payload":"","payload":', 1))),
    Case("a signature with a member more", "PK602", changed(signature(alg="none"))),
    Case("a signature that is a text", "PK602", changed(lambda found: found.update(signatures=["x"]))),
    Case("signatures by name", "PK602", changed(lambda found: found.update(signatures={}))),
    Case("no signatures", "PK602", changed(lambda found: found.update(signatures=[]))),
    Case("17 signatures", "PK602", changed(copied(16))),
    Case("signatures in another order", "PK602", changed(lambda found: found["signatures"].reverse(), "ci", "release")),
    Case("no payload", "PK602", changed(lambda found: found.update(payload=""))),
    Case("a payload that is a number", "PK602", changed(lambda found: found.update(payload=1))),
    Case("base64 without padding", "PK602", spelled(lambda data: data.replace(b'=="}', b'"}'))),
    Case("base64 in lines", "PK602", changed(lambda found: found.update(payload="\n" + found["payload"]))),
    Case("base64 with spare bits", "PK602", spelled(lambda data: data.replace(b'A=="}', b'B=="}').replace(
         b'Q=="}', b'R=="}').replace(b'g=="}', b'h=="}').replace(b'w=="}', b'x=="}'))),
    Case("nested deeply", "PK602", lambda made: b'{"payload":' + b"[" * 100_000),
    Case("10 MB", "PK602", spelled(lambda data: data + b" " * (10 << 20))),
    # Its place
    Case("in the package", "PK601", pack=moved("acme_filter/pluginkit.sig.json")),
    Case("at the root", "PK601", pack=moved("pluginkit.sig.json"), installs=False),
    Case("in the data of the wheel", "PK601", pack=moved(f"{stem()}.data/purelib/{SIGNATURE_AT}"), installs=False),
    Case("by another name", "PK601", pack=moved(f"{INFO}/RECORD.jws"), installs=False),
    Case("in capitals", "PK601", pack=moved(f"{INFO}/PLUGINKIT.SIG.JSON"), installs=False),
    Case("twice", "PK102", pack=packed(lambda parts: [*parts, *(one for one in parts if one.name == SIGNATURE_AT)]),
         installs=False),
    Case("a link", "PK102", pack=packed(lambda parts: [as_link(one) for one in parts]), installs=False),
    Case("beside a second one of other metadata", "PK105", files={**stamped(), **OTHERS}, installs=False),
    Case("without a stamp", "PK201", files=plugin()),
    Case("beside a stamp of 2 MB", "PK601", files={**stamped(), STAMP_AT: b" " * (2 << 20)}),
    Case("not in RECORD", "PK103", pack=lambda files: listed(files, leave_out=SIGNATURE_AT), installs=False),
    Case("in RECORD with another hash", "PK103", pack=row_of(lambda row: row.replace("=", "=x", 1)), installs=False),
    Case("in RECORD without a hash", "PK103", pack=row_of(lambda row: f"{SIGNATURE_AT},,"), installs=False),
    Case("in RECORD twice", "PK103", pack=row_of(lambda row: f"{row}\n{row}"), installs=False),
]  # fmt: skip
HONEST = [
    Case("signed", ""),
    Case("signed by two", "", by("ci", "release"), trust=trusting("ci", "release", more=TWO)),
    Case("signed by a stranger too", "", by("ci", "stranger")),
    Case("signed by 16", "", changed(copied(15))),
    Case("a key for its name", "", trust=trusting("release", ci=['may-sign = ["x", "acme-f?lt*"]'])),
    Case("its name spelled otherwise", "", files=stamped(name="Acme_Filter"),
         trust=trusting(ci=['may-sign = "acme-filter"'])),
    Case("a key that ends some day", "", trust=trusting(ci=["until = 9999-12-31"])),
    Case("one of two counts no longer", "", by("ci", "release"),
         trust=trusting("ci", release=["until = 2020-01-31"])),
    Case("of the first release that is accepted", "", files=stamped(release=5), trust=trusting("release", "ci")),
]  # fmt: skip
