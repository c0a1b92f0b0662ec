"""Stamps of hosts that ask for signatures: one spelling of a trust, and of whatever else the code of every reader."""

import json

from stamps import OK, WRONG, any_json, good, member

from pluginkit.core.trust import to_text

KEY = {"name": "ci", "public-key": to_text(bytes(31) + b"\x12"), "may-sign": ["*"], "until": ""}
TEXT = str(KEY["public-key"])
OTHER_KEY = {
    "name": "release",
    "public-key": to_text(bytes(31) + b"\x13"),
    "may-sign": ["acme-*", "a?c", "release.json"],
    "until": "2028-02-29",
}
PRIME = 2**255 - 19
ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
WEAK = (0, 1, PRIME - 1, PRIME, PRIME + 1, 2**255 - 1, ORDER_8, PRIME - ORDER_8)
STRONG = (2, PRIME - 2, ORDER_8 + 1, PRIME - ORDER_8 - 1)


def trusting(*keys: object, minor: int = 3, **members: object) -> bytes:
    """Return the stamp of a host that asks for signatures, by two keys unless others are named."""
    trust = {"keys": list(keys or (KEY, OTHER_KEY)), "threshold": {"acme-pay": 2}, "minimum-release": 4}
    return any_json({**good(), "minor": minor, "trust": trust | members})


def of_key(minor: int = 3, **members: object) -> bytes:
    """Return one whose first key has other members."""
    return trusting(KEY | members, OTHER_KEY, minor=minor)


def without(name: str) -> bytes:
    trust = json.loads(trusting())["trust"]
    return any_json({**good(), "minor": 3, "trust": {key: value for key, value in trust.items() if key != name}})


def reads_as(number: int, sign: int = 0) -> str:
    """Return the text of the public key whose y is that number."""
    return to_text((number | sign << 255).to_bytes(32, "little"))


DAYS = (
    "tomorrow", "2027-1-31", "20270131", "2027-W01-1", "2027-02-29", "2027-13-01", "2027-04-31", "2027-01-31 ",
    "2027-01-31\n", "0000-01-01", "-001-01-01", "12027-01-01", "203\uff10-01-31", "2027-01-31T00:00:00",
)  # fmt: skip
GLOBS = (
    "",
    "A",
    "a_b",
    "a.b",
    "a--b",
    "[ab]",
    "a/b",
    "é",
    "a b",
    "release.jso?",
    "Release.json",
    "a\n",
    "--",
    "a" * 501,
)
SPELLINGS = (
    "", f"{TEXT}\n", f" {TEXT}", TEXT[:-1], TEXT[16:], f"{TEXT}AAAA", TEXT.replace("VwAy", "VxAy"), f"{TEXT[:-2]}J=",
    f"{TEXT[:20]}\n{TEXT[20:]}", f"{TEXT[:20]}-{TEXT[21:]}", f"{TEXT[:40]}\n{TEXT[41:]}",
    f"-----BEGIN PUBLIC KEY-----\n{TEXT}\n-----END PUBLIC KEY-----", TEXT[:-4] + "====", TEXT[:-4] + "AA==",
)  # fmt: skip
GOOD = [
    ("trust", trusting()),
    ("trust in a stamp without a minor version", any_json({**good(), "trust": json.loads(trusting())["trust"]})),
    ("trust of one key, and of any release", trusting(KEY, threshold={}, **{"minimum-release": 0})),
    ("a threshold of what is not an artifact", trusting(threshold={"release.json": 2, "*": 1})),
    ("trust in a newer minor version", trusting(minor=9)),
    *((f"a key {name!r}", of_key(name=name)) for name in ("", "CI", "a b", "k")),
    *((f"the strong key {number}, {sign}", of_key(**{"public-key": reads_as(number, sign)}))
      for number in STRONG for sign in (0, 1)),
    ("the first day there is", of_key(until="0001-01-01")),
    ("the last day there is", of_key(until="9999-12-31")),
]  # fmt: skip
MALFORMED = [
    *((f"trust as {value!r}", member("trust", value)) for value in (1, "a", [], True, None, {}, {"keys": []})),
    ("trust in schema 1", any_json({**good(), "schema": 1, "trust": json.loads(trusting())["trust"]})),
    *((f"trust without {name}", without(name)) for name in ("keys", "threshold", "minimum-release")),
    *((f"an unknown member of a trust in minor version {minor}", trusting(unheard=1, minor=minor)) for minor in (3, 9)),
    *((f"keys of a trust as {value!r}", trusting(keys=value)) for value in (1, "a", {}, ["a"], [[]], [None], [{}])),
    ("no keys of a trust", trusting(keys=[], threshold={})),
    *((f"thresholds as {value!r}", trusting(threshold=value)) for value in (1, "a", [], None)),
    *((f"the threshold {value!r}", trusting(threshold={"a": value}))
      for value in (0, -1, 3, "1", True, 1.5, None, [], 2**53, 10**30)),
    *((f"the minimum release {value!r}", trusting(**{"minimum-release": value}))
      for value in (-1, "1", True, 1.5, None, [], 2**53, 10**30)),
    *((f"a key without {name}", trusting({key: value for key, value in KEY.items() if key != name}, OTHER_KEY))
      for name in KEY),
    *((f"an unknown member of a key in minor version {minor}", of_key(minor, unheard=1)) for minor in (3, 9)),
    *((f"a key whose {name} is {value!r}", of_key(**{name: value}))
      for name in ("name", "public-key", "until") for value in (*WRONG["text"], None)),
    *((f"a key whose may-sign is {value!r}", of_key(**{"may-sign": value})) for value in (*WRONG["list"], [], None)),
    *((f"a key that ends {text!r}", of_key(until=text)) for text in DAYS),
    ("two keys of one name", trusting(KEY, {**OTHER_KEY, "name": "ci"})),
    ("keys in another order", trusting(OTHER_KEY, KEY)),
    ("keys in the order of another alphabet", trusting({**KEY, "name": "é"}, {**OTHER_KEY, "name": "z"})),
    ("two names of one key", trusting(KEY, {**OTHER_KEY, "public-key": TEXT})),
    *((f"a key for {glob!r}, which is no name", of_key(**{"may-sign": ["*", glob]})) for glob in GLOBS),
    *((f"a threshold of {glob!r}, which is no name", trusting(threshold={glob: 1})) for glob in GLOBS),
    *((f"a key for which anybody signs: {number}, {sign}", of_key(**{"public-key": reads_as(number, sign)}))
      for number in WEAK for sign in (0, 1)),
    *((f"a public key spelled {text!r}", of_key(**{"public-key": text})) for text in SPELLINGS),
]  # fmt: skip
STAMPS_WITH_TRUST = [*((name, data, OK) for name, data in GOOD), *((name, data, "PK202") for name, data in MALFORMED)]
