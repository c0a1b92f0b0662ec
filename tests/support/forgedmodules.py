"""Envelopes of WebAssembly modules where a forger would put them."""

from goedits import appended
from gosigning import Sign, by, stamp_of, then
from signing import envelope

from pluginkit.backends.go.binary import wasm
from pluginkit.backends.go.binary.stamps import find_stamps
from pluginkit.backends.go.binary.trailer import frame


def early(image: bytes) -> bytes:
    """Put the envelope before the stamp."""
    start, _ = find_stamps(image)[0]
    at = image.rindex(bytes([len(wasm.STAMP)]) + wasm.STAMP, 0, start) - 3
    return image[:at] + by("ci")(image)[len(image) :] + image[at:]


def padded(image: bytes) -> bytes:
    """Write the size of the envelope's section in one byte more than it takes."""
    section = bytearray(by("ci")(image)[len(image) :])
    last = next(at for at in range(1, 6) if section[at] < 128)
    section[last] |= 128
    return image + bytes(section[: last + 1]) + b"\0" + bytes(section[last + 1 :])


def called(name: bytes) -> Sign:
    """Give the envelope's section another name."""
    return lambda image: image + wasm.custom(name, envelope(stamp_of(image), "ci"))


MODULES: dict[str, Sign] = {
    "an envelope before the stamp": early,
    "a size that is padded": padded,
    "a name in upper case": called(wasm.SIGNATURE.upper()),
    "a name that goes on": called(wasm.SIGNATURE + b"\0"),
    "the name of the stamp": called(wasm.STAMP),
    "an empty section behind the envelope": then(by("ci"), appended(wasm.custom(b"", b""))),
    "code behind the envelope": then(by("ci"), appended(b"\x0a\x01\x00")),
    "an empty envelope": lambda image: image + wasm.custom(wasm.SIGNATURE, b""),
    "the frame of an ELF object": lambda image: image + frame(envelope(stamp_of(image), "ci")),
    "another stamp, of the same": then(by("ci"), appended(wasm.custom(wasm.STAMP, b"{}"))),
}
"""What is made of a module beside that."""
