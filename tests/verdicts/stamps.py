"""Bytes of stamps, good and bad, and the code that every reader of stamps must refuse them with."""

import json
from collections.abc import Callable
from typing import Any

from pluginkit.core.canonical import canonical_json
from pluginkit.core.stamp import MAX_DEPTH, MAX_SIZE, MINOR

SHA = "sha256:" + "0" * 64
OK = ""
NEXT = MINOR + 1


def good() -> dict[str, Any]:
    return {
        "schema": 2,
        "kind": "plugin",
        "name": "filter",
        "version": "1.0.0",
        "language": "go",
        "apis": [
            {
                "name": "acme/pluginapi",
                "version": "v1.0.0",
                "digest": f"h1:{'a' * 43}=",
                "modules": ["pluginapi"],
                "surface": ["type A"],
            }
        ],
        "lock": SHA,
        "toolchain": {"go": "go1.27.3", "tags": ""},
        "capabilities": ["filter"],
        "contract": {
            "factory": "New",
            "symbols": {"New": "func() pluginapi.Plugin"},
            "group": "",
            "known": ["filter"],
            "required": [],
            "policy": "exact",
            "same-lock": False,
        },
        "inputs": SHA,
        "payload": SHA,
        "builder": "pluginkit",
    }


def with_ignores(*entries: object) -> dict[str, Any]:
    return {**good(), "ignores": list(entries)}


def versioned(*own: object, minor: int = 1, **members: object) -> bytes:
    """Return a stamp whose contract has a version's own contracts, and further members."""
    found = {**good(), "minor": minor}
    found["contract"] |= members | ({"apis": list(own)} if own else {})
    return any_json(found)


OWN = {**good()["contract"], "api": "acme/pluginapi/v2"}
CALLED = {"kind": "class", "arguments": ["config", "log="], "implements": "acme.Plugin", "may-install": ["etc/acme/*"]}
IGNORE = {"rule": "PK406", "reason": "because", "plugin": "old-*", "until": "2030-01-31"}


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    value = good()
    change(value)
    return any_json(value)


def any_json(value: object) -> bytes:
    """Return a canonical spelling, also of what has none."""
    try:
        return canonical_json(value)
    except (TypeError, ValueError):
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return text.encode("utf-8", "surrogatepass")


def member(name: str, value: object) -> bytes:
    return any_json({**good(), name: value})


def inner(part: str, name: str, value: object) -> bytes:
    """Set a member of the API, of the contract, or of the toolchain."""
    found = good()
    (found["apis"][0] if part == "apis" else found[part])[name] = value
    return any_json(found)


def without(name: str, part: str = "") -> bytes:
    found = good()
    place = found["apis"][0] if part == "apis" else found[part] if part else found
    del place[name]
    return any_json(found)


def spelled(old: str, new: str) -> bytes:
    """Change the text of the good one."""
    text = canonical_json(good()).decode()
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1).encode("utf-8", "surrogatepass")


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


WRONG: dict[str, tuple[object, ...]] = {
    "text": (1, True, ["a"], {"a": "b"}),
    "digest": (
        1,
        "",
        "sha256:",
        "0" * 64,
        f"md5:{'0' * 32}",
        f"sha256:{'A' * 64}",
        f"sha256:{'0' * 63}",
        f"{SHA}\n",
        f" {SHA}",
    ),
    "list": (1, "a", {}, [1], ["a", 1], ["a", ["b"]], [True]),
    "table": (1, "a", [], {"a": 1}, {"a": ["b"]}, True),
}
TYPES = {
    "name": "text", "version": "text", "builder": "text", "lock": "digest", "inputs": "digest", "payload": "digest",
    "capabilities": "list", "toolchain": "table", "language": "text", "kind": "text",
}  # fmt: skip
INNER = {
    "apis": {"name": "text", "version": "text", "digest": "text", "modules": "list", "surface": "list"},
    "contract": {
        "factory": "text",
        "group": "text",
        "policy": "text",
        "known": "list",
        "required": "list",
        "symbols": "table",
    },
}

OTHER_TYPES = {"roles": 1, "toolkit": {}}
NO_INTEGERS = (
    '"2"', "2.0", "2e0", "true", "null", "[2]", "{}", "-", "02", "+2", "0x2", "2.", ".2", "Infinity", "9" * 5000,
)  # fmt: skip
DIGESTS = (
    "", f"h1:{'a' * 43}", f"h1:{'a' * 44}", f"h2:{'a' * 43}=", f"H1:{'a' * 43}=", f"h1:{'a' * 42}-=",
    f"h1:{'a' * 43}=\n", SHA,
)  # fmt: skip
BROKEN = (
    b"}x", b"", b",}", b',"a"}', b',"a":}', b' "a":1}', b',"a":[1,]}', b',"a":[1 2]}', b',"a":"\xff"}', b',"a":"\x01"}',
    b',"a":"\\x"}', b',"a":"\\u12"}', b',"a":"\\', b',"a":nul}', b',"a":' + b"9" * 5000 + b"}",
)  # fmt: skip
INPUTS = f'"inputs":"{SHA}",'
GOOD: list[tuple[str, bytes]] = [
    ("good", any_json(good())),
    ("schema 1", member("schema", 1)),
    ("ignores", any_json(with_ignores(IGNORE, {"rule": "fatal-load", "reason": ""}))),
    ("an empty until", any_json(with_ignores({**IGNORE, "until": ""}))),
    ("an impossible day", any_json(with_ignores({**IGNORE, "until": "2030-99-99"}))),
    ("no ignores, but said so", any_json(with_ignores())),
    *((f"the optional {name}", member(name, value)) for name, value in
      {"minor": 1, "roles": {"a": []}, "uses": ["a"], "mode": "plugin", "toolkit": "x", "release": 3}.items()),
    ("optional members of any type", any_json({**good(), **OTHER_TYPES})),
    ("uses", any_json({**good(), "uses": ["call acme.f 1", "get .name"]})),
    ("no uses", any_json({**good(), "uses": []})),
    ("unknown members of a newer minor version", any_json({**good(), "minor": NEXT, "unheard": {"of": [1, {}]}})),
    ("and within an API", changed(lambda value: (value.update(minor=NEXT), value["apis"][0].update(unheard=1)))),
    ("and within the contract", changed(lambda value: (value.update(minor=9), value["contract"].update(unheard=1)))),
    ("and within an ignore", any_json({**with_ignores({**IGNORE, "unheard": 1}), "minor": NEXT})),
    ("the largest minor version", member("minor", 2**53 - 1)),
    ("the largest integers", any_json({**good(), "minor": NEXT, "a": 2**53 - 1, "b": -(2**53) + 1, "c": 0})),
    ("a contract for one API", versioned(api="acme/pluginapi")),
    ("contracts of APIs", versioned(OWN, {**OWN, "api": "acme/pluginapi"})),
    ("no contracts of APIs, but said so", versioned(apis=[])),
    ("both, and no minor version", inner("contract", "api", "acme/pluginapi")),
    ("unknown members of an API's contract in a newer minor version", versioned({**OWN, "unheard": 1}, minor=NEXT)),
    *((f"a contract with {name}", versioned(minor=MINOR, **{name: value})) for name, value in CALLED.items()),
    *((f"one of an API with {name}", versioned({**OWN, name: value}, minor=MINOR)) for name, value in CALLED.items()),
    ("a contract with arguments, and no minor version", inner("contract", "arguments", [])),
    ("any language", member("language", "x9")),
    ("31 letters of a language", member("language", "a" * 31)),
    ("each kind: host", member("kind", "host")),
    ("each kind: api", member("kind", "api")),
    ("the other policy", inner("contract", "policy", "compatible")),
    ("the same lock", inner("contract", "same-lock", True)),
    ("no APIs", member("apis", [])),
    ("the first release", member("release", 1)),
    ("the last release", member("release", 2**53 - 1)),
    ("escapes", member("name", 'a"b\\c\n\t\b\f\r\x00\x1f\x7f/é\u2028\U0001f600')),
    ("keys beyond ASCII, by UTF-16", any_json({**good(), "minor": NEXT, "\ue000": 1, "\U0001f600": 2, "é": 3})),
    ("deep, but not too deep", any_json({**good(), "roles": nested(MAX_DEPTH - 1)})),
    ("large, but not too large", member("builder", "x" * (MAX_SIZE - len(canonical_json(good())) + len("pluginkit")))),
]  # fmt: skip
MALFORMED: list[tuple[str, bytes]] = [
    *((f"uses that are {value!r}", any_json({**good(), "uses": value})) for value in (True, "x", {}, [1], [["x"]])),
    ("nothing", b""),
    ("a blank", b" "),
    *((f"not an object: {text}", text.encode()) for text in ('"a"', "1", "[]", "null", "true", "NaN")),
    ("not UTF-8", spelled('"filter"', '"filt"').replace(b"filt", b"filt\xff")),
    ("a surrogate in UTF-8", spelled("filter", "filt\ud800")),
    ("a lone surrogate", spelled("filter", "filt\\ud800")),
    ("a lone low surrogate", spelled("filter", "filt\\udc00")),
    ("half a pair, and a letter", spelled("filter", "filt\\ud800\\u0041")),
    ("a pair, escaped", spelled("filter", "filt\\ud83d\\ude00")),
    ("a lone surrogate as a key", spelled('"lock"', f'"\\ud800":1,"minor":{NEXT},"lock"')),
    ("UTF-16", canonical_json(good()).decode().encode("utf-16")),
    ("a byte order mark", b"\xef\xbb\xbf" + canonical_json(good())),
    ("something behind it", canonical_json(good()) + b"x"),
    ("a newline behind it", canonical_json(good()) + b"\n"),
    ("a blank before it", b" " + canonical_json(good())),
    ("a blank in it", spelled('"kind":', '"kind": ')),
    ("another order", spelled(INPUTS, "").replace(b'"language"', INPUTS.encode() + b'"language"')),
    ("an escaped slash", spelled("acme/", "acme\\/")),
    ("an escaped letter", spelled("filter", "f\\u0069lter")),
    ("upper-case hex digits", any_json(good()).replace(b'"filter"', b'"\\u001F"')),
    ("a control character", spelled("filter", "fil\x01ter")),
    ("an unknown escape", spelled("filter", "fil\\xter")),
    ("no end", canonical_json(good())[:-1]),
    ("a string without end", b'{"schema":2,"name":"'),
    ("a trailing comma", canonical_json(good())[:-1] + b",}"),
    ("a trailing comma in an array", spelled('["filter"]', '["filter",]')),
    ("a comment", spelled('"kind"', '/**/"kind"')),
    ("single quotes", spelled('"plugin"', "'plugin'")),
    ("a key twice", spelled('"kind":"plugin"', '"kind":"plugin","kind":"plugin"')),
    ("a key twice, with the schema last", spelled('"schema":2', '"schema":9,"schema":2')),
    ("a key of an API twice", spelled('"modules":', '"modules":[],"modules":')),
    ("a key in another case", spelled('"kind"', '"Kind"')),
    ("too large", member("builder", "x" * MAX_SIZE)),
    ("too deep", any_json({**good(), "roles": nested(MAX_DEPTH)})),
    ("deeper than a stack", b'{"schema":9,"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    ("objects deeper than a stack", b'{"schema":2,"a":' + b'{"a":' * 100_000),
    ("deep where it is not read", any_json({**good(), "minor": NEXT, "a": {"b": nested(MAX_DEPTH)}})),
    *((f"a schema that is not an integer: {text}", spelled('"schema":2', f'"schema":{text}'))
      for text in NO_INTEGERS),
    ("no schema", without("schema")),
    *((f"of a newer schema, and not JSON: {rest!r:.20}", b'{"schema":9' + rest) for rest in BROKEN),
    *((f"minor {text}", spelled('"name":"filter"', f'"minor":{text},"name":"filter"'))
      for text in ("0", "-1", "1.0", '"1"', "true", "null", "[]", str(2**53), "9" * 400)),
    ("minor in schema 1", any_json({**good(), "schema": 1, "minor": 1})),
    ("ignores in schema 1", any_json({**with_ignores(IGNORE), "schema": 1})),
    ("an optional member in schema 1", any_json({**good(), "schema": 1, "release": 1})),
    ("an unknown member", member("unheard", 1)),
    ("an unknown member of this minor version", any_json({**good(), "minor": 1, "unheard": 1})),
    ("an unknown member of the contract in this minor version", versioned(unheard=1)),
    ("an unknown member of an API's contract", versioned({**OWN, "unheard": 1})),
    ("an API's contract with contracts", versioned({**OWN, "apis": []})),
    ("an unknown member of the contract in the newest minor version", versioned(minor=MINOR, unheard=1)),
    *((f"a contract with {name} in schema 1", any_json({**json.loads(inner("contract", name, value)), "schema": 1}))
      for name, value in CALLED.items()),
    *((f"a contract whose {name} is {value!r}", versioned(minor=MINOR, **{name: value}))
      for name in ("kind", "implements") for value in (*WRONG["text"], *(["plugin"] if name == "kind" else []))),
    *((f"a contract whose {name} are {one!r}", versioned(minor=MINOR, **{name: one}))
      for name in ("arguments", "may-install") for one in (1, "a", {}, [1])),
    ("a contract for one API in schema 1", any_json({**json.loads(inner("contract", "api", "a")), "schema": 1})),
    *((f"an API's contract without {name}", versioned({key: one for key, one in OWN.items() if key != name}))
      for name in OWN),
    *((f"an API's contract whose api is {value!r}", versioned({**OWN, "api": value})) for value in WRONG["text"]),
    *((f"a contract for the API {value!r}", versioned(api=value)) for value in WRONG["text"]),
    *((f"contracts of APIs that are {value!r}", versioned(apis=value)) for value in (1, "a", {}, ["a"], [[]], [{}])),
    ("an unknown member of an API", inner("apis", "unheard", 1)),
    ("an unknown member of the contract", inner("contract", "unheard", 1)),
    ("an unknown member of an ignore", any_json(with_ignores({**IGNORE, "unheard": "x"}))),
    *((f"null as {name}", member(name, None)) for name in ("name", "apis", "ignores", "release")),
    *((f"{value} as a member that is not read", member("release", value)) for value in (1.5, 2**53, -(2**53), None)),
    ("a fraction in what is not read", any_json({**good(), "minor": NEXT, "a": [{"b": [0.5]}]})),
    ("negative zero", spelled('"name":"filter"', '"name":"filter","release":-0').replace(b'"payload"', b'"payload"')),
    *((f"without {name}", without(name)) for name in good() if name != "schema"),
    *((f"an API without {name}", without(name, "apis")) for name in good()["apis"][0]),
    *((f"a contract without {name}", without(name, "contract")) for name in good()["contract"]),
    *((f"an ignore without {name}", any_json(with_ignores({key: text for key, text in IGNORE.items() if key != name})))
      for name in ("rule", "reason")),
    *((f"release {value!r}", member("release", value)) for value in (0, -1, "3", True, [], {}, 10**30)),
    *((f"{name} as {value!r}", member(name, value)) for name, kind in TYPES.items() for value in WRONG[kind]),
    *((f"{part}.{name} as {value!r}", inner(part, name, value))
      for part, members in INNER.items() for name, kind in members.items() for value in WRONG[kind]),
    *((f"apis as {value!r}", member("apis", value)) for value in (1, "a", {}, ["a"], [1], [[]], [None], [{}])),
    *((f"the contract as {value!r}", member("contract", value)) for value in (1, "a", [], True, {})),
    *((f"same-lock as {value!r}", inner("contract", "same-lock", value)) for value in (0, 1, "true", None, [])),
    *((f"ignores as {value!r}", member("ignores", value)) for value in (1, "a", {}, ["a"], [[]], [{}])),
    *((f"an ignore whose {name} is {value!r}", any_json(with_ignores({**IGNORE, name: value})))
      for name in IGNORE for value in (1, True, [], {}, None)),
    *((f"until {text!r}", any_json(with_ignores({**IGNORE, "until": text})))
      for text in ("tomorrow", "2030-1-31", "2030-01-31 ", "2030-01-31\n", "20300131", "203\uff10-01-31", " ")),
    *((f"kind {text!r}", member("kind", text)) for text in ("", "Plugin", "plugin ", "library")),
    *((f"language {text!r}", member("language", text))
      for text in ("", "Go", "g o", "1go", "go\n", "a" * 32, "gö", "c++")),
    *((f"policy {text!r}", inner("contract", "policy", text)) for text in ("", "Exact", "any")),
    *((f"the API's digest {text!r}", inner("apis", "digest", text))
      for text in DIGESTS),
]  # fmt: skip
NEWER: list[tuple[str, bytes]] = [
    *((f"schema {number}", member("schema", number)) for number in (0, 3, -1, 2**53, 10**400)),
    ("of which nothing else is looked at", b' {"schema" : 9, "a": [null, 1.5, "\\ud800", NaN, -0], "a": 1}\n'),
    ("the last of two", spelled('"schema":2', '"schema":2,"schema":9')),
    ("negative zero as a schema", spelled('"schema":2', '"schema":-0')),
]
STAMPS = [
    *((name, data, OK) for name, data in GOOD),
    *((name, data, "PK202") for name, data in MALFORMED),
    *((name, data, "PK203") for name, data in NEWER),
]
