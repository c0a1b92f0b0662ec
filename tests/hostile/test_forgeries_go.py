"""What a forger who has no key makes of signed Go plugins: none is accepted, by `verify` or by the generated host."""

import json
import subprocess
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from forgedmodules import MODULES
from go_bench import Bench, build_bench, edited, stamped
from go_bench_of_modes import module, with_runners
from goedits import appended, cut, put, with_payload
from gofixtures import GoTools
from gosigning import Sign, by, changed, edit_stamp, framed, respelled, signature_of, stamp_of, then, wrong
from signing import PRIVATE, PUBLIC, envelope, key, trust_toml

from pluginkit.backends.go.binary.content import read_signed
from pluginkit.backends.go.binary.stamps import BEGIN, END, UNKNOWN, find_stamps, payload_at
from pluginkit.backends.go.binary.trailer import MARK
from pluginkit.core.dsse import MAX_SIZE, STAMP, STATEMENT, Envelope, Signature, key_id, pre_authentication
from pluginkit.core.modes import LINKED, PLUGIN, SUFFIXES, WASM
from pluginkit.core.trust import Trust
from pluginkit.operations.verify import verify

ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the group in which Ed25519 counts."""
YESTERDAY = (date.today() - timedelta(days=1)).isoformat()
TRUST = Trust((key("ci", "filter", "transform", "acme-*"), key("release", "host")))
CI = key_id(PUBLIC["ci"])


def put_in(name: str, value: object, at: int = 0) -> Callable[[Any], None]:
    """Set a member of a signature."""
    return lambda said: said["signatures"][at].update({name: value})


def with_sig(change: Callable[[bytes], bytes]) -> Sign:
    """Change the 64 bytes of the signature."""

    def edit(said: Any) -> None:
        value = b64decode(said["signatures"][0]["sig"])
        said["signatures"][0]["sig"] = b64encode(change(value)).decode()

    return changed(edit)


def malleable(value: bytes) -> bytes:
    """Add the order of the group to S, which makes another signature of the same (RFC 8032, section 5.1.7)."""
    return value[:32] + (int.from_bytes(value[32:], "little") + ORDER).to_bytes(32, "little")


def over(make: Callable[[bytes], bytes]) -> Sign:
    """Sign something else than the pre-authentication encoding of the stamp."""

    def sign(image: bytes) -> bytes:
        payload = stamp_of(image)
        made = Signature(CI, PRIVATE["ci"].sign(make(payload)))
        return framed(image, Envelope(STAMP, payload, (made,)).to_bytes())

    return sign


def another_length(payload: bytes) -> bytes:
    return pre_authentication(STAMP, payload).replace(b" %d " % len(payload), b" 0%d " % len(payload))


def unstamped(image: bytes) -> bytes:
    """Return the stamp as it was before its payload was known."""
    data = bytearray(image)
    span = payload_at(data, *find_stamps(data)[0])
    assert span
    data[slice(*span)] = UNKNOWN.encode()
    return stamp_of(bytes(data))


def of_member(**members: Any) -> Callable[[bytes], bytes]:
    """Return what makes a stamp that says something else."""
    return lambda image: json.dumps(
        json.loads(stamp_of(image)) | members, separators=(",", ":"), sort_keys=True
    ).encode()


def instead(edit: Callable[[dict[str, Any]], object], sign: Sign) -> Sign:
    """Sign it, and let the stamp in the image say something else then, with the payload that fits."""

    def edited(image: bytes) -> bytes:
        file = sign(image)
        data = bytearray(image)
        stamped(edit)(data)
        with_payload(data)
        return bytes(data) + file[len(image) :]

    return edited


def in_the_image(image: bytes) -> bytes:
    """Put the envelope, frame and all, where strings of the program are."""
    data = bytearray(image)
    signed = by("ci")(image)[len(image) :]
    start, end = find_stamps(data)[0]
    at = data.index(b'"builder":"x', start, end) + 32
    data[at : at + 1000] = signed[:1000]
    return bytes(data)


def nested(depth: int) -> Sign:
    return lambda image: framed(image, b'{"payload":' + b"[" * depth + b"]" * depth + b"}")


TEXT = b64encode
EDITS: dict[str, Sign] = {
    "nothing": lambda image: image,
    "an envelope without a frame": lambda image: image + envelope(stamp_of(image), "ci"),
    "the frame of no envelope": lambda image: image + bytes(8) + MARK,
    "the mark alone": lambda image: image + MARK,
    "the frame in another order": lambda image: image + MARK + by("ci")(image)[len(image) : -16],
    "two envelopes": lambda image: by("ci")(image) + by("stranger")(image)[len(image) :],
    "a good envelope behind a bad one": lambda image: by("stranger")(image) + by("ci")(image)[len(image) :],
    "the envelope twice": lambda image: by("ci")(image) + by("ci")(image)[len(image) :],
    "an envelope, and something behind it": then(by("ci"), appended(b"\0")),
    "an envelope, and a stamp behind it": then(by("ci"), appended(BEGIN + b"{}" + END)),
    "something before the envelope": lambda image: image + b"\0" + by("ci")(image)[len(image) :],
    "a stamp before the envelope": lambda image: image + BEGIN + b"{}" + END + by("ci")(image)[len(image) :],
    "an envelope in the image": in_the_image,
    "an envelope that is cut": then(by("ci"), lambda data: cut(len(data) - 1)(data)),
    "an envelope of 10 MB": lambda image: image + b"x" * (10 << 20) + (10 << 20).to_bytes(8, "little") + MARK,
    "an envelope of 3 MB": lambda image: framed(image, b"x" * MAX_SIZE),
    "an envelope nested deep": nested(100_000),
    "the type of a release": by("ci", payload_type=STATEMENT),
    "the type of JSON": by("ci", payload_type="application/json"),
    "the type in upper case": by("ci", payload_type=STAMP.upper()),
    "the type with a blank": by("ci", payload_type=f"{STAMP} "),
    "no type": by("ci", payload_type=""),
    "the type changed afterwards": changed(lambda said: said.update(payloadType=STATEMENT)),
    "a release's signature, and the type changed": lambda image: framed(
        image, envelope(stamp_of(image), "ci", payload_type=STATEMENT).replace(STATEMENT.encode(), STAMP.encode())
    ),
    "an envelope of another stamp": by("ci", of=of_member(version="v9.9.9")),
    "an envelope of the same stamp in another spelling": by("ci", of=lambda image: stamp_of(image) + b"\n"),
    "an envelope of the stamp before its payload was known": by("ci", of=unstamped),
    "an envelope of nothing": by("ci", of=lambda image: b""),
    "an envelope of the image": by("ci", of=lambda image: image[: 1 << 20]),
    "the payload changed afterwards": changed(lambda said: said.update(payload=TEXT(b"{}").decode())),
    "a signature over the stamp alone": over(lambda payload: payload),
    "a signature over the stamp in base64": over(TEXT),
    "a signature over another length": over(lambda payload: another_length(payload)),
    "a signature over the type alone": over(lambda payload: pre_authentication(STAMP, b"")),
    "a signature of another stamp": signature_of("ci", of_member(version="v9.9.9")),
    "a stranger's signature": by("stranger"),
    "a stranger's signature under a trusted key": changed(put_in("keyid", CI), "stranger"),
    "a trusted signature under a stranger's key": changed(put_in("keyid", key_id(PUBLIC["stranger"]))),
    "a trusted signature under another trusted key": changed(put_in("keyid", key_id(PUBLIC["release"]))),
    "a key by its name": changed(put_in("keyid", "ci")),
    "a key by its bytes": changed(put_in("keyid", PUBLIC["ci"].hex())),
    "a key in upper case": changed(put_in("keyid", CI.upper())),
    "no key": changed(put_in("keyid", "")),
    "two signatures of one key": changed(lambda said: said["signatures"].append(said["signatures"][0])),
    "two of one key, of which one is wrong": changed(lambda said: said["signatures"].append(
        {"keyid": CI, "sig": TEXT(bytes(64)).decode()})),
    "a good signature beside a wrong one": changed(wrong, "ci", "release"),
    "a stranger's and one of a key for hosts": by("release", "stranger"),
    "a key for hosts": by("release"),
    "a signature with one bit turned": changed(wrong),
    "a signature whose S is too large": with_sig(malleable),
    "a signature of zeros": with_sig(lambda value: bytes(64)),
    "a signature with R of the neutral element": with_sig(lambda value: b"\x01" + bytes(31) + bytes(32)),
    "half of a signature": with_sig(lambda value: value[:32]),
    "a signature and more": with_sig(lambda value: value + b"\0"),
    "R and S in another order": with_sig(lambda value: value[32:] + value[:32]),
    "no signatures": changed(lambda said: said["signatures"].clear()),
    "17 signatures": changed(lambda said: said["signatures"].extend(
        {"keyid": f"{number:064x}", "sig": TEXT(bytes(64)).decode()} for number in range(16))),
    "signatures in another order": respelled(
        lambda data: json.dumps(json.loads(data) | {"signatures": json.loads(data)["signatures"][::-1]},
                                separators=(",", ":")).encode(), "ci", "stranger"),
    "a member more": changed(lambda said: said.update(more=1)),
    "a member of the signature more": changed(put_in("cert", "")),
    "a payload twice": respelled(lambda data: data.replace(b'{"payload":', b'{"payload":"","payload":', 1)),
    "a blank": respelled(lambda data: data.replace(b":", b": ", 1)),
    "a newline": respelled(lambda data: data + b"\n"),
    "base64 for URLs": changed(
        lambda said: said.update(payload=urlsafe_b64encode(b64decode(said["payload"]) + b"\xff\xff").decode())),
    "base64 without padding": changed(put_in("sig", TEXT(bytes(64)).decode().rstrip("="))),
    "base64 with a newline": changed(lambda said: said.update(payload=said["payload"] + "\n")),
    "a stamp edited afterwards": then(by("ci"), edit_stamp),
    "another version": instead(lambda said: said.update(version="v9.9.9"), by("ci")),
    "another name": instead(lambda said: said.update(name="transform"), by("ci")),
    "a later release": instead(lambda said: said.update(release=9), by("ci")),
    "another copy of the API": instead(lambda said: said["apis"][0].update(version="v2.0.0"), by("ci")),
    "more capabilities": instead(lambda said: said["capabilities"].append("admin"), by("ci")),
    "code edited afterwards": then(by("ci"), put(4096, "<B", 0x90)),
    "a header edited afterwards": then(by("ci"), put(9, "<B", 1)),
}  # fmt: skip
"""What is made of `filter`, in any mode; the host trusts the keys `ci`, for plugins, and `release`, for itself."""


def said(**members: Any) -> Callable[[bytearray], None]:
    return lambda data: stamped(lambda stamp: stamp.update(members))(data)


@dataclass(frozen=True)
class Host:
    """Another host, and plugins that are signed as they were built."""

    trust: Trust
    plugins: Mapping[str, tuple[Sign, dict[str, Any]]]
    """By what is wrong with each: who signed it, and what else its stamp says."""


BOTH = (key("ci"), key("release"))
OTHERS = [
    Host(Trust((key("ci", until=YESTERDAY), key("release", "host"))), {"a key that counts no longer": (by("ci"), {})}),
    Host(Trust(BOTH, (("filter", 2), ("acme-*", 2), ("h*", 1))), {
        "one of two": (by("ci"), {}),
        "one of two, and a stranger": (by("ci", "stranger"), {}),
        "one of two, by a pattern": (by("ci"), {"name": "acme-pay"}),
        "one of two, by a pattern and another spelling": (by("release"), {"name": "ACME_pay"}),
    }),
    Host(Trust(BOTH, (), 4), {
        "an older release": (by("ci"), {"release": 3}),
        "no number of a release": (by("ci"), {}),
        "the first release": (by("ci"), {"release": 1}),
    }),
    Host(Trust((key("ci", "acme-pay", "f?lter-*"), key("release", "host"))), {
        "a key for other names": (by("ci"), {"name": "filter"}),
        "a name that begins like it": (by("ci"), {"name": "acme-payroll"}),
        "a name that ends like it": (by("ci"), {"name": "x-acme-pay"}),
        "a name with a letter that looks alike": (by("ci"), {"name": "\u0430cme-pay"}),
        "a name with a newline": (by("ci"), {"name": "acme-pay\n"}),
        "no name": (by("ci"), {"name": ""}),
        "a key for hosts, of a plugin called so": (by("release"), {"name": "plugin"}),
    }),
    Host(Trust((key("release"),)), {"a key that another host trusts": (by("ci"), {})}),
]  # fmt: skip


@pytest.fixture(scope="module")
def bench(go: GoTools, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    root = tmp_path_factory.mktemp("forgeries")
    return build_bench(go, root, ("filter", "transform"), prepare=with_runners)


def release(
    bench: Bench, place: Path, trust: Trust, plugins: Mapping[str, bytes], suffix: str = SUFFIXES[PLUGIN]
) -> Path:
    """Write a host with that trust, which it is signed by, and plugins by what is said of each."""
    for name in ("bin", "plugins"):
        (place / name).mkdir(parents=True)
    asking = stamped(lambda stamp: stamp.update(trust=trust.to_json(), minor=3, release=9))
    image = bench.host_of(repr(trust), (asking,)).read_bytes()
    (place / "bin/host").write_bytes(by("ci", "release")(image))
    (place / "bin/host").chmod(0o755)
    for name, data in plugins.items():
        (place / "plugins" / f"{name}{suffix}").write_bytes(data)
    return place


def refused_by_host(place: Path) -> dict[str, list[str]]:
    """Return the codes that the host has for each plugin; those that it loaded have none."""
    report = place / "report.json"
    command = [place / "bin/host", "-report", report, place / "plugins"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert report.exists(), done.stderr
    found = json.loads(report.read_text())["plugins"]
    assert all((one["status"] == "refused") == bool(one["findings"]) for one in found)
    return {
        Path(one["path"]).stem: [finding["code"] for finding in one["findings"]]
        for one in found
        if one["mode"] != LINKED
    }


def refused_by_verify(place: Path, trust: Path | None = None) -> dict[str, list[str]]:
    (verdict,) = verify([place / "plugins"], [place / "bin/host"], trust=trust)
    found: dict[str, list[str]] = {path.stem: [] for path in (place / "plugins").iterdir()}
    for one in verdict.findings:
        found[Path(one.subject).stem].append(one.code)
    return found


def check(place: Path, count: int, trust: Path | None = None) -> None:
    """Refuse each, for its signature, its stamp or its bytes, and for the same reason everywhere."""
    by_host = refused_by_host(place)
    assert len(by_host) == count
    assert {name for name, codes in by_host.items() if not codes} == set()
    assert {name for name, codes in by_host.items() if not codes[-1].startswith(("PK6", "PK101", "PK104"))} == set()
    assert refused_by_verify(place) == by_host
    if trust:
        assert refused_by_verify(place, trust) == by_host


def test_no_forgery_is_accepted(bench: Bench, tmp_path: Path) -> None:
    image = bench.plugin("filter", ())
    plugins = {name: sign(image) for name, sign in EDITS.items()}
    plugins["the envelope of another plugin"] = (
        image + by("ci")(bench.plugin("transform", ()))[len(bench.plugin("transform", ())) :]
    )
    place = release(bench, tmp_path / "release", TRUST, plugins)
    assert len({*plugins.values()}) == len(plugins) >= 60
    may_sign = 'may-sign = ["filter", "transform", "acme-*"]'
    (tmp_path / "trust.toml").write_text(trust_toml(ci=[may_sign], release=['may-sign = "host"']))
    check(place, len(plugins), tmp_path / "trust.toml")


def test_no_forgery_of_a_module_is_accepted(bench: Bench, tmp_path: Path, go: GoTools) -> None:
    image = edited(module(go), ())
    plugins = {name: sign(image) for name, sign in {**EDITS, **MODULES}.items()}
    place = release(bench, tmp_path / "release", TRUST, plugins, SUFFIXES[WASM])
    assert len({*plugins.values()}) == len(plugins) >= 70
    may_sign = 'may-sign = ["filter", "transform", "acme-*"]'
    (tmp_path / "trust.toml").write_text(trust_toml(ci=[may_sign], release=['may-sign = "host"']))
    check(place, len(plugins), tmp_path / "trust.toml")


@pytest.mark.parametrize("host", OTHERS, ids=[next(iter(one.plugins)) for one in OTHERS])
def test_a_good_signature_is_not_enough(bench: Bench, tmp_path: Path, host: Host) -> None:
    plugins = {name: sign(bench.plugin("filter", (said(**more),))) for name, (sign, more) in host.plugins.items()}
    check(release(bench, tmp_path / "release", host.trust, plugins), len(plugins))


def test_what_is_signed_as_the_host_asks_is_loaded(bench: Bench, tmp_path: Path, go: GoTools) -> None:
    plugins = {
        "a": by("ci")(bench.plugin("filter", ())),
        "b": by("stranger", "ci")(bench.plugin("transform", ())),
    }
    place = release(bench, tmp_path / "release", TRUST, plugins)
    renamed = edited(module(go, "acme-pay"), ())
    (place / "plugins/c.wasm").write_bytes(by("ci")(renamed))
    assert refused_by_host(place) == refused_by_verify(place) == {"a": [], "b": [], "c": []}


@pytest.mark.parametrize("sign", ["nothing", "a stranger's signature", "a header edited afterwards"])
def test_a_host_needs_a_signature_too(bench: Bench, tmp_path: Path, sign: str) -> None:
    place = release(bench, tmp_path / "release", TRUST, {"a": by("ci")(bench.plugin("filter", ()))})
    image, _ = read_signed(place / "bin/host")
    (tmp_path / "host").write_bytes(EDITS[sign](bytes(image[:])))
    (tmp_path / "trust.toml").write_text(trust_toml("ci", "release"))
    for trust in (None, tmp_path / "trust.toml"):
        (verdict,) = verify([place / "plugins"], [tmp_path / "host"], trust=trust)
        assert "host" in {Path(one.subject).name for one in verdict.findings if one.severity == "error"}
