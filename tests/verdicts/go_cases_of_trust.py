"""Rows of the table about signatures: hosts that ask for them, and plugins that were signed or not.

The host itself is signed by two keys, of which one may sign nothing else unless a row says so.
"""

from envelopes import framed
from go_bench import Edit, rehashed, setting, stamped
from go_rows import NO_STAMP, OTHER_DIGEST, Plugin, Row, api, day, ignoring, said
from goedits import appended, cut, past_the_end, put
from gosigning import Sign, by, changed, edit_stamp, respelled, signature_of, stamp_of, then, wrong
from signing import PUBLIC, envelope, key

from pluginkit.backends.go.binary.stamps import BEGIN, END
from pluginkit.backends.go.binary.trailer import frame
from pluginkit.core.dsse import STATEMENT, key_id
from pluginkit.core.trust import Key, Trust

HOST = key("release", "host")
CI = key("ci", "*")


def asking(*keys: Key, threshold: tuple[tuple[str, int], ...] = (), minimum: int = 0) -> tuple[Edit, ...]:
    """Let the host ask for signatures, which it has itself."""
    trust = Trust(tuple(sorted(keys or (CI, HOST), key=lambda one: one.name)), threshold, minimum)
    return (said(trust=trust.to_json(), minor=3, release=9),)


def signed(
    name: str,
    codes: str,
    sign: Sign | None,
    *edits: Edit,
    of: str = "filter",
    host: tuple[Edit, ...] = (),
    payload: bool = True,
) -> Row:
    row = {"p.so": Plugin(of, edits, payload, signed=sign)}
    return Row(name, row, {"p.so": codes}, host or asking(), signed_host=by("ci", "release"))


def other_image(image: bytes, more: bytes) -> bytes:
    return image + more + frame(envelope(stamp_of(image), "ci"))


FILTER = key("ci", "filter")
ONE, BOTH = by("ci"), by("ci", "release")
SIGNED = [
    signed("signed", "", ONE),
    signed("signed by a stranger too", "", by("ci", "stranger")),
    signed("signed, of another build", "", ONE, of="whole"),
    signed("not signed, and nobody asks", "", None, host=(said(release=1),)),
    signed("signed by a stranger, and nobody asks", "", by("stranger"), host=(said(release=1),)),
    signed("an envelope of nothing, and nobody asks", "", lambda image: image + frame(b"x"), host=(said(release=1),)),
    signed("a stamp's mark in the envelope, and nobody asks", "", lambda image: image + frame(BEGIN + b"{}" + END),
           host=(said(release=1),)),
    # nobody signed it
    signed("not signed", "PK601", None),
    signed("no stamp, where it has to be signed", "PK201 PK601", None, NO_STAMP),
    signed("no stamp, and the signature of another", "PK201 PK601", by("ci", of=lambda image: b"{}"), NO_STAMP),
    signed("two stamps, where it has to be signed", "PK204 PK601", None, appended(BEGIN + b"{}" + END)),
    signed("two stamps, of which the first is signed", "PK204 PK601",
           lambda image: image + frame(envelope(b"{}", "ci")), appended(BEGIN + b"{}" + END)),
    signed("not signed, and unfit", "PK601", None, rehashed("runtime"), stamped(api(digest=OTHER_DIGEST))),
    signed("not signed, and for another system", "PK601", None, setting(GOOS="freebsd")),
    signed("not signed, and edited", "PK601", None, put(9, "<B", 1), payload=False),
    signed("not signed, and half of it", "PK201 PK601", None, lambda data: cut(len(data) // 8)(data)),
    signed("not signed, and of a newer schema", "PK601", None, said(schema=9)),
    signed("not signed, and its headers are gone", "PK601", None, put(56, "<H", 0)),
    signed("text, where it has to be signed", "PK101", None, cut(63)),
    signed("something behind the envelope", "PK601", then(ONE, appended(b"\n"))),
    signed("half of the mark", "PK601", then(ONE, lambda data: cut(len(data) - 8)(data))),
    # the container
    signed("two envelopes", "PK101", then(ONE, appended(frame(b"{}")))),
    signed("two envelopes, and nobody asks", "PK101", then(ONE, appended(frame(b"{}"))), host=(said(release=1),)),
    signed("an envelope longer than the file", "PK101", lambda image: image + framed(1 << 40)),
    signed("an envelope of no bytes", "PK101", lambda image: image + framed(0, b"")),
    # what was signed is not this
    signed("a stamp's mark in the envelope", "PK602", lambda image: image + frame(BEGIN + b"{}" + END)),
    signed("no envelope in the frame", "PK602", lambda image: image + frame(b"{}")),
    signed("an envelope with one byte more", "PK602", respelled(lambda data: data + b"\n")),
    signed("an envelope that took a byte of the image", "PK602",
           lambda image: image + framed(len(envelope(stamp_of(image), "ci")) + 1, envelope(stamp_of(image), "ci"))),
    signed("an envelope of another type", "PK602", by("ci", payload_type=STATEMENT)),
    signed("an envelope of another stamp", "PK602", by("ci", of=lambda image: stamp_of(image) + b" ")),
    signed("an envelope of the image", "PK602", by("ci", of=lambda image: image[:4096])),
    signed("another type than was signed", "PK602", changed(lambda said: said.update(payloadType=STATEMENT))),
    signed("another stamp than was signed", "PK602", changed(lambda said: said.update(payload="e30="))),
    signed("a stamp that was edited", "PK602", then(ONE, edit_stamp)),
    signed("one bit of the signature", "PK602", changed(wrong)),
    signed("one bit of the second signature", "PK602", changed(wrong, "ci", "release")),
    signed("the signature of another stamp", "PK602", signature_of("ci", lambda image: b"{}")),
    signed("the signature of another key", "PK602", signature_of("stranger", stamp_of)),
    signed("no bits of the signature", "PK602",
           changed(lambda said: said["signatures"][0].update(sig="A" * 86 + "=="))),
    signed("a stranger's signature under a trusted name", "PK602",
           changed(lambda said: said["signatures"][0].update(keyid=key_id(PUBLIC["ci"])), "stranger")),
    # whose it is
    signed("signed by a stranger", "PK603", by("stranger")),
    signed("a trusted signature under a stranger's name", "PK603",
           changed(lambda said: said["signatures"][0].update(keyid=key_id(PUBLIC["stranger"])))),
    signed("signed by a stranger, and unfit", "PK603", by("stranger"), rehashed("runtime")),
    signed("signed by a key that may sign others", "PK603", by("release")),
    signed("signed by two keys, of which one may", "", BOTH),
    signed("a key that may sign it by its name", "", ONE, host=asking(FILTER, HOST)),
    signed("a key that may sign two names", "", ONE, host=asking(key("ci", "other", "fil*"), HOST)),
    signed("a key that may sign what a glob matches", "", ONE, host=asking(key("ci", "f?lt*"), HOST)),
    signed("a key that may sign longer names", "PK603", ONE, host=asking(key("ci", "filter?", "filter-*"), HOST)),
    signed("a key that may sign releases", "PK603", ONE, host=asking(key("ci", "release.json"), HOST)),
    signed("a name in another spelling", "", ONE, said(name="Fil__T.er"), host=asking(key("ci", "fil-t-er"), HOST)),
    signed("a name in another spelling, and a key for the first", "PK603", ONE, said(name="Fil_ter"),
           host=asking(FILTER, HOST)),
    signed("signed by a key that may sign others, and unfit", "PK303 PK603", by("release"),
           stamped(api(digest=OTHER_DIGEST))),
    signed("signed by a key that may sign others, and for another system", "PK403 PK603", by("release"),
           setting(GOOS="freebsd")),
    # until when
    signed("on the last day of its key", "", ONE, host=asking(key("ci", until=day(0)), HOST)),
    signed("on the day after the last of its key", "PK603", ONE, host=asking(key("ci", until=day(-1)), HOST)),
    signed("before the last day of its key", "", ONE, host=asking(key("ci", until=day(1)), HOST)),
    signed("of two keys one counts no longer", "", BOTH,
           host=asking(key("ci", until=day(-1)), key("release", "host", "filter"))),
    # how many
    signed("two of two", "", BOTH, host=asking(CI, key("release"), threshold=(("filter", 2),))),
    signed("one of two", "PK603", ONE, host=asking(CI, key("release"), threshold=(("filter", 2),))),
    signed("one of two, for others", "", ONE, host=asking(CI, key("release"), threshold=(("other", 2),))),
    signed("the most that any threshold asks", "PK603", ONE,
           host=asking(CI, key("release"), threshold=(("*", 2), ("filter", 1)))),
    signed("two, of which one may not sign it", "PK603", BOTH, host=asking(CI, HOST, threshold=(("filter", 2),))),
    signed("two, of which one counts no longer", "PK603", BOTH,
           host=asking(key("ci", until=day(-1)), key("release"), threshold=(("filter", 2),))),
    signed("two, of which one is a stranger's", "PK603", by("ci", "stranger"),
           host=asking(CI, key("release"), threshold=(("filter", 2),))),
    # of which release
    signed("of the first release that is accepted", "", ONE, said(release=3), host=asking(minimum=3)),
    signed("of a later release", "", ONE, said(release=4), host=asking(minimum=3)),
    signed("of the release before", "PK603", ONE, said(release=2), host=asking(minimum=3)),
    signed("of no release", "PK603", ONE, host=asking(minimum=1)),
    signed("of any release", "", ONE, said(release=1), host=asking(minimum=0)),
    # signed, and not fit otherwise
    signed("signed, and edited", "PK104", then(ONE, put(9, "<B", 1))),
    signed("signed, with something between image and envelope", "PK104", lambda image: other_image(image, b"junk")),
    signed("signed, and no stamp that is read", "PK202", ONE, said(unheard="of")),
    signed("signed, and of a newer schema", "PK203", ONE, said(schema=9)),
    signed("signed, and another copy of the API", "PK303", ONE, stamped(api(digest=OTHER_DIGEST))),
    signed("signed, and its headers are gone", "PK101", ONE, put(56, "<H", 0)),
    signed("signed, and a segment reaches into the envelope", "PK101", ONE, past_the_end),
    signed("a segment reaches into the envelope, and nobody asks", "PK101", ONE, past_the_end, host=(said(release=1),)),
    signed("signed, and for another system", "PK403", ONE, setting(GOOS="freebsd")),
    # what a host lives with
    *(
        signed(f"ignoring {rule} changes nothing", code, sign, host=(*asking(), *ignoring(rule, required=[])))
        for rule, code, sign in (
            ("PK601", "PK601", None), ("unsigned", "PK601", None), ("PK602", "PK602", changed(wrong)),
            ("bad-signature", "PK602", changed(wrong)), ("PK603", "PK603", by("stranger")),
            ("untrusted-signature", "PK603", by("stranger")),
        )
    ),
    Row("one that is not signed takes no name and brings no package",
        {"a.so": Plugin("shares", (rehashed("acme/shared"),)), "b.so": Plugin("sharestoo", signed=ONE)},
        {"a.so": "PK601", "b.so": ""}, asking(), BOTH),
]  # fmt: skip
