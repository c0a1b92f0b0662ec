"""Envelopes behind images of Go plugins: honest ones, and what a forger would put there."""

import json
from collections.abc import Callable
from typing import Any

from goedits import Edit
from signing import envelope

from pluginkit.backends.go.binary import wasm
from pluginkit.backends.go.binary.stamps import find_stamps
from pluginkit.backends.go.binary.trailer import frame
from pluginkit.core.canonical import canonical_json

Sign = Callable[[bytes], bytes]
"""From an image, with its stamp, to the file with an envelope behind it."""


def stamp_of(image: bytes) -> bytes:
    ((start, end),) = find_stamps(image)
    return image[start:end]


def framed(image: bytes, envelope: bytes) -> bytes:
    """Put an envelope where an image of its format has it."""
    return image + (wasm.custom(wasm.SIGNATURE, envelope) if wasm.is_module(image) else frame(envelope))


def by(*signers: str, of: Callable[[bytes], bytes] = stamp_of, **more: Any) -> Sign:
    """Sign the stamp, or what `of` makes of the image."""
    return lambda image: framed(image, envelope(of(image), *signers, **more))


def changed(change: Callable[[Any], object], *signers: str) -> Sign:
    """Sign it, and change what the envelope says as JSON."""

    def sign(image: bytes) -> bytes:
        value = json.loads(envelope(stamp_of(image), *(signers or ("ci",))))
        change(value)
        return framed(image, canonical_json(value))

    return sign


def respelled(change: Callable[[bytes], bytes], *signers: str) -> Sign:
    """Sign it, and change the bytes of the envelope."""
    return lambda image: framed(image, change(envelope(stamp_of(image), *(signers or ("ci",)))))


def then(sign: Sign, edit: Edit) -> Sign:
    """Edit the file once it is signed."""

    def edited(image: bytes) -> bytes:
        data = bytearray(sign(image))
        edit(data)
        return bytes(data)

    return edited


def signature_of(name: str, payload: Callable[[bytes], bytes]) -> Sign:
    """Give the signature of `ci` the value that another key, or the same, made of something else."""

    def sign(image: bytes) -> bytes:
        value = json.loads(envelope(stamp_of(image), "ci"))
        value["signatures"][0]["sig"] = json.loads(envelope(payload(image), name))["signatures"][0]["sig"]
        return framed(image, canonical_json(value))

    return sign


def wrong(value: Any) -> None:
    """Turn one bit of the last signature."""
    sig = value["signatures"][-1]["sig"]
    value["signatures"][-1]["sig"] = ("B" if sig[0] == "A" else "A") + sig[1:]


def edit_stamp(data: bytearray) -> None:
    """Change a letter of what nothing reads."""
    start, end = find_stamps(data)[0]
    at = data.index(b'"builder":"x', start, end) + len(b'"builder":"')
    data[at] = ord("y")
