"""Bytes of envelopes, and of files that end with one: what every reader must read, and what it must refuse."""

import json
import struct
from base64 import b64encode
from typing import Any

from pluginkit.backends.go.binary.trailer import MARK, frame
from pluginkit.core.canonical import canonical_json
from pluginkit.core.dsse import MAX_SIZE, STAMP

PAYLOAD = b'{"name":"filter"}'
KEYS = tuple(digit * 64 for digit in "0123456789abcdef")


def base64(data: bytes) -> str:
    return b64encode(data).decode()


def signature(key: str = KEYS[0], size: int = 64, **members: object) -> dict[str, object]:
    return {"keyid": key, "sig": base64(bytes(size))} | members


def good(**members: object) -> dict[str, Any]:
    return {"payload": base64(PAYLOAD), "payloadType": STAMP, "signatures": [signature()]} | members


def spelled(value: object) -> bytes:
    """Return a canonical spelling, also of what has none."""
    try:
        return canonical_json(value)
    except (TypeError, ValueError):
        return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def text(old: str, new: str) -> bytes:
    """Change the text of the good one."""
    data = canonical_json(good()).decode()
    assert data.count(old) == 1, old
    return data.replace(old, new).encode("utf-8", "surrogatepass")


def of(**members: object) -> bytes:
    return spelled(good(**members))


def by(*signatures: object) -> bytes:
    return spelled(good(signatures=list(signatures)))


def sized(size: int) -> bytes:
    """Return one of about so many bytes, three fewer at most."""
    empty = len(of(payload=""))
    return of(payload="A" * ((size - empty) // 4 * 4))


READ = [
    ("good", of()),
    ("another type", of(payloadType="application/vnd.in-toto+json")),
    ("no type", of(payloadType="")),
    ("a type with escapes", of(payloadType='a"\\\n\x7f')),
    ("no payload", of(payload="")),
    ("any payload", of(payload=base64(bytes(range(256))))),
    ("two signatures", by(signature(), signature(KEYS[1]))),
    ("16 signatures", by(*map(signature, KEYS))),
    ("the largest", sized(MAX_SIZE)),
]
REFUSED = [
    ("nothing", b""),
    *((f"not an object: {value!r}", spelled(value)) for value in ("a", 1, True, None, [], {}, 1.5)),
    ("too large", sized(MAX_SIZE + 8)),
    ("deeper than a stack", b"[" * 100_000),
    ("no end", of()[:-1]),
    ("a newline behind it", of() + b"\n"),
    ("a blank before it", b" " + of()),
    ("a blank in it", text('"payload":', '"payload": ')),
    ("not UTF-8", text('"payload":', '"payload\xff":').replace("ÿ".encode(), b"\xff")),
    ("a byte order mark", b"\xef\xbb\xbf" + of()),
    ("an escaped letter", text('"payload":', '"p\\u0061yload":')),
    ("a key twice", text('"payloadType":', '"payload":"","payloadType":')),
    ("the same key twice", text('"payloadType":', f'"payload":"{base64(PAYLOAD)}","payloadType":')),
    ("another order", text('"payload":', '"payloadType":"a","payload":')),
    ("an unknown member", of(more=1)),
    *((f"without {name}", spelled({key: value for key, value in good().items() if key != name})) for name in good()),
    *((f"{name} in another case", text(f'"{name}":', f'"{name.title()}":')) for name in good()),
    *((f"a payload that is {value!r}", of(payload=value)) for value in (1, True, None, [], {}, ["a"])),
    *((f"a type that is {value!r}", of(payloadType=value)) for value in (1, True, None, [], {}, "é", "a\u2028")),
    *((f"signatures that are {value!r}", of(signatures=value)) for value in (1, "a", None, {}, [], [1], [[]], [{}])),
    ("17 signatures", by(*map(signature, KEYS), signature("f" * 63 + "e"))),
    ("two of one key", by(signature(), signature())),
    ("two of one key, and of others", by(*map(signature, KEYS[:3]), signature(KEYS[2]))),
    ("keys in another order", by(signature(KEYS[1]), signature())),
    ("a signature with more", by(signature(more=1))),
    *((f"a signature without {name}", by({key: value for key, value in signature().items() if key != name}))
      for name in signature()),
    *((f"keyid {value!r:.80}", by(signature(keyid=value)))
      for value in (1, None, [], "", "0" * 63, "0" * 65, "A" * 64, "0" * 63 + "g", "0" * 64 + "\n",
                    "0" * 31 + "é" + "0" * 32)),
    *((f"sig {value!r}", by(signature(sig=value))) for value in (1, None, [], {}, "")),
    *((f"a signature of {size} bytes", by(signature(size=size))) for size in (0, 1, 63, 65, 128)),
    *((f"a payload spelled {value!r}", of(payload=value))
      for value in ("eyI", "eyI=\n", "ey I", "eyJ=", "eyI-", "eyI_", "=", "====", "e=I=", "eyIA=", "eyIA====", "\neyIA",
                    "éyIA")),
    ("a signature spelled otherwise", text("AAAA==", "AAAB==")),
    ("a signature with a newline", text('"sig":"AAAA', '"sig":"AAAA\\n')),
    *((f"null, a fraction or a large number: {value!r}", of(signatures=[signature(), value]))
      for value in (None, 0.5, 10**30)),
    ("the envelope of a stamp's own bytes", PAYLOAD),
]  # fmt: skip
ENVELOPES = [*((name, data, True) for name, data in READ), *((name, data, False) for name, data in REFUSED)]

IMAGE = b"\x7fELF" + bytes(60)


def framed(size: int, envelope: bytes = b"{}") -> bytes:
    return envelope + struct.pack("<Q", size) + MARK


FILES = [
    ("nothing", b"", [0, 0]),
    ("an image", IMAGE, [64, 0]),
    ("an image with an envelope", IMAGE + frame(of()), [64, len(of())]),
    ("the shortest envelope", IMAGE + frame(b"x"), [64, 1]),
    ("the longest envelope", IMAGE + frame(b"x" * MAX_SIZE), [64, MAX_SIZE]),
    ("nothing but an envelope", frame(of()), [0, len(of())]),
    ("the mark alone", MARK, [16, 0]),
    ("the mark and too few bytes", b"x" * 7 + MARK, [23, 0]),
    ("half of the mark", IMAGE + frame(of())[:-8], [64 + len(of()) + 16, 0]),
    ("something behind it", IMAGE + frame(of()) + b"\n", [64 + len(of()) + 25, 0]),
    ("an image behind it", IMAGE + frame(b"x") + IMAGE, [64 + 25 + 64, 0]),
    ("something before it", IMAGE + b"junk" + frame(b"x"), [68, 1]),
    ("an envelope around an envelope", IMAGE + frame(frame(b"x")), [64, 25]),
    ("a length of the whole file", IMAGE + framed(len(IMAGE) + 2), [0, 66]),
    ("the mark and a length of nothing", bytes(8) + MARK, None),
    ("two envelopes", IMAGE + frame(of()) + frame(of()), None),
    ("the mark before it", IMAGE + MARK + frame(of()), None),
    ("an empty envelope", IMAGE + framed(0, b""), None),
    ("a length of 0", IMAGE + framed(0), None),
    ("a length past the file", IMAGE + framed(len(IMAGE) + 3), None),
    *((f"the length {size}", IMAGE + framed(size), None)
      for size in (MAX_SIZE, 1 << 31, 1 << 32, (1 << 63) + 2, (1 << 64) - 1)),
    ("one byte too many", IMAGE + framed(MAX_SIZE + 1, b"x" * (MAX_SIZE + 1)), None),
    ("10 MB", IMAGE + framed(10 << 20, b"x" * (10 << 20)), None),
    ("a length in the other order", IMAGE + b"{}" + struct.pack(">Q", 2) + MARK, None),
]  # fmt: skip
"""What ends a file, and how long image and envelope are; None where both refuse it."""
