"""WebAssembly modules, whole and damaged, and what readers of their sections must make of them."""

from pluginkit.backends.go.binary.wasm import HEADER, SIGNATURE, STAMP, custom
from pluginkit.core.dsse import MAX_SIZE

JSON = b'{"payload":""}'
TYPES, CODE, DATA = b"\x01\x04\x01\x60\x00\x00", b"\x0a\x01\x00", b"\x0b\x01\x00"
PADDED = b"\x01\x84\x80\x80\x80\x00\x01\x60\x00\x00"
"""The section as Go's linker writes it: its size takes five bytes."""
PRODUCERS = custom(b"producers", b"\x00")
IMAGE = HEADER + PADDED + CODE + DATA + PRODUCERS
STAMPED = IMAGE + custom(STAMP, JSON)
SIGNED = STAMPED + custom(SIGNATURE, b"{}")
AT = len(STAMPED) - len(JSON)
"""Where the stamp begins."""
BEHIND = "it has a section behind its stamp"

Row = tuple[str, bytes, "list[object] | str"]

MODULES: list[Row] = [
    ("no sections", HEADER, [8, 0, []]),
    ("no stamp", IMAGE, [len(IMAGE), 0, []]),
    ("a stamp", STAMPED, [len(STAMPED), 0, [[AT, len(STAMPED)]]]),
    ("a stamp and an envelope", SIGNED, [len(STAMPED), 2, [[AT, len(STAMPED)]]]),
    ("an envelope and no stamp", IMAGE + custom(SIGNATURE, b"{}"), [len(IMAGE), 2, []]),
    ("two stamps", STAMPED + custom(STAMP, b"{}"),
     [len(STAMPED) + 20, 0, [[AT, len(STAMPED)], [len(STAMPED) + 18, len(STAMPED) + 20]]]),
    ("an empty stamp", IMAGE + custom(STAMP, b""), [len(IMAGE) + 18, 0, [[len(IMAGE) + 18, len(IMAGE) + 18]]]),
    ("the longest envelope", STAMPED + custom(SIGNATURE, b"x" * MAX_SIZE),
     [len(STAMPED), MAX_SIZE, [[AT, len(STAMPED)]]]),
    ("another section with a name like it", IMAGE + custom(STAMP + b"s", b"{}"), [len(IMAGE) + 21, 0, []]),
    ("a name that is no UTF-8", HEADER + custom(b"\xff\xfe", b""), [13, 0, []]),
    ("an empty custom section's name", HEADER + custom(b"", b""), [11, 0, []]),
    ("every kind of section", HEADER + b"".join(
        bytes([kind, 1, 0]) for kind in (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11)), [47, 0, []]),
    ("4096 sections", HEADER + custom(b"", b"") * 4096, [8 + 3 * 4096, 0, []]),
    ("4097 sections", HEADER + custom(b"", b"") * 4097, "it has more than 4096 sections"),
    ("the magic alone", HEADER[:4], "not a WebAssembly module of version 1"),
    ("a component", HEADER[:4] + b"\x0d\0\x01\0", "not a WebAssembly module of version 1"),
    ("version 2", HEADER[:4] + b"\x02\0\0\0", "not a WebAssembly module of version 1"),
    ("a stamp, and a section behind it", STAMPED + PRODUCERS, BEHIND),
    ("a stamp, and code behind it", HEADER + custom(STAMP, JSON) + CODE, BEHIND),
    ("a stamp twice, with a section between", STAMPED + PRODUCERS + custom(STAMP, JSON), BEHIND),
    ("an envelope before the stamp", IMAGE + custom(SIGNATURE, b"{}") + custom(STAMP, JSON),
     "it has a section behind its envelope"),
    ("an envelope, and a section behind it", SIGNED + PRODUCERS, "it has a section behind its envelope"),
    ("two envelopes", SIGNED + custom(SIGNATURE, b"{}"), "it has two envelopes"),
    ("an empty envelope", STAMPED + custom(SIGNATURE, b""), f"its envelope has 0 bytes, expected 1 to {MAX_SIZE}"),
    ("an envelope of a byte too many", STAMPED + custom(SIGNATURE, b"x" * (MAX_SIZE + 1)),
     f"its envelope has {MAX_SIZE + 1} bytes, expected 1 to {MAX_SIZE}"),
    ("the size of a stamp's section padded", IMAGE + b"\0\x92\0\x0f" + STAMP + b"{}",
     "the numbers of its section pluginkit.stamp are not in their shortest form"),
    ("the size of a stamp's name padded", IMAGE + b"\0\x13\x8f\0" + STAMP + b"{}",
     "the numbers of its section pluginkit.stamp are not in their shortest form"),
    ("the size of an envelope's section padded", STAMPED + b"\0\x96\x80\0\x13" + SIGNATURE + b"{}",
     "the numbers of its section pluginkit.signature are not in their shortest form"),
    ("an unknown section", HEADER + b"\x0e\x01\0", "its section at 8 is of the unknown kind 14"),
    ("section 255", HEADER + b"\xff\x01\0", "its section at 8 is of the unknown kind 255"),
    ("a section twice", HEADER + TYPES + TYPES, "its section at 14, of the kind 1, is there twice or out of order"),
    ("sections out of order", HEADER + CODE + TYPES,
     "its section at 11, of the kind 1, is there twice or out of order"),
    ("an identifier alone", HEADER + b"\x01", "the size of its section at 8 is cut off: truncated?"),
    ("half of a size", HEADER + b"\x01\x80\x80", "the size of its section at 8 is cut off: truncated?"),
    ("a size of six bytes", HEADER + b"\x01\x80\x80\x80\x80\x80\x00",
     "the size of its section at 8 is not a number of 32 bits"),
    ("a size of 33 bits", HEADER + b"\x01\xff\xff\xff\xff\x1f",
     "the size of its section at 8 is not a number of 32 bits"),
    ("the largest size", HEADER + b"\x01\xff\xff\xff\xff\x0f",
     "its section at 8 would end at 4294967309, and the file ends at 14: truncated?"),
    ("a section past the end", HEADER + b"\x01\x05\x01\x60\0\0",
     "its section at 8 would end at 15, and the file ends at 14: truncated?"),
    ("a custom section without a name", HEADER + b"\0\0", "the name of its section at 8 is cut off: truncated?"),
    ("a name longer than its section", HEADER + b"\0\x03\x03ab", "its section at 8 is shorter than its name"),
    ("a name of 4 GiB", HEADER + b"\0\x05\xff\xff\xff\xff\x0f", "its section at 8 is shorter than its name"),
    ("a name whose size is cut off", HEADER + b"\0\x02\x80\x80" + CODE,
     "the name of its section at 8 is cut off: truncated?"),
    ("a file that is cut", SIGNED[:-1], f"its section at {len(STAMPED)} would end at {len(SIGNED)}, "
     f"and the file ends at {len(SIGNED) - 1}: truncated?"),
    ("something behind it", SIGNED + b"\n", f"the size of its section at {len(SIGNED)} is cut off: truncated?"),
]  # fmt: skip
"""How long module and envelope are, and where its stamps are; or why both readers refuse it."""


def flips(data: bytes = SIGNED) -> list[bytes]:
    """Return a signed module with each of its bits turned, but for those of its magic, and cut after each byte."""
    turned = [(at, bit) for at in range(4, len(data)) for bit in range(8)]
    found = [data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :] for at, bit in turned]
    return found + [data[:size] for size in range(4, len(data))]
