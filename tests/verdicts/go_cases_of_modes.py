"""Rows of the table about plugins that share no memory with their host, and about those that are a part of it."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from go_bench import SHA, Edit, flag, main_module, module, raw_stamp, setting, stamped
from go_bench_of_modes import LINKED
from go_cases_of_trust import CI, HOST, asking
from go_cases_of_versions import FOR_V2, TWO, V2
from go_rows import (
    NO_STAMP,
    OTHER_DIGEST,
    OTHER_SHA,
    Plugin,
    Row,
    another_api,
    api,
    bare,
    contract,
    day,
    ignoring,
    own_contract,
    said,
    several,
    toolchain,
    without,
)
from goedits import (
    RPATH,
    RUNPATH,
    appended,
    cut,
    other_version,
    put,
    renamed,
    replaced,
    searching,
    stamp_says_so,
)
from gosigning import Sign, by, changed, then, wrong
from signing import key

from pluginkit.backends.go.binary import wasm
from pluginkit.backends.go.binary.stamps import BEGIN, END

FILES = {"process": "p.plugin", "module": "p.wasm"}
"""What each kind is called, by the build that it is of."""
NEW = "func() pluginapi.Plugin"
COUNTER = contract(symbols={"New": NEW, "Counter": "*int64"})
LINKING = (said(minor=4, linked=[{"name": LINKED, "version": "", "capabilities": [], "inputs": SHA}]),)
NAMELESS = replaced(wasm.STAMP, b"pluginkit.stomp")
SECOND = appended(wasm.custom(wasm.STAMP, b"{}"))
AS_PLUGIN = said(kind="plugin", name="filter", minor=4, mode="subprocess", capabilities=["filter"])
"""Makes the host, another program, a plugin."""
ANOTHER_BUILD = (flag("-race", "true"), flag("-tags", "a"), stamped(toolchain(tags="a")), module("dep", "v1.1.0"))
"""What would keep a shared object from being opened, but for its packages."""


def of(
    build: str,
    name: str,
    codes: str,
    *edits: Edit,
    host: tuple[Edit, ...] = (),
    payload: bool = True,
    file: str = "",
    special: Callable[[Path], object] | None = None,
) -> Row:
    file = file or FILES[build]
    return Row(f"{name}, as {file}", {file: Plugin(build, edits, payload, special)}, {file: codes}, host)


def each(name: str, codes: str, *edits: Edit, host: tuple[Edit, ...] = (), payload: bool = True) -> Iterator[Row]:
    for build in FILES:
        yield of(build, name, codes, *edits, host=host, payload=payload)


def signed(name: str, codes: str, sign: Sign | None, *edits: Edit, host: tuple[Edit, ...] = ()) -> Iterator[Row]:
    for build, file in FILES.items():
        plugin = {file: Plugin(build, edits, signed=sign)}
        yield Row(f"{name}, as {file}", plugin, {file: codes}, host or asking(), signed_host=by("ci", "release"))


def flat(*groups: Iterable[Row]) -> list[Row]:
    return [row for group in groups for row in group]


def named(name: str) -> tuple[Edit, ...]:
    return (said(name=name),)


def one_api_less(said: dict[str, Any]) -> None:
    said["apis"] = []


FITTING = flat(
    each("of another mode", ""),
    each("of another build", "", *ANOTHER_BUILD, host=(module("dep", "v1.0.0"),)),
    [of("process", "of another Go", "", other_version, stamp_says_so)],
    each("a host that links one", "", host=LINKING),
    each("a host without a stamp", "", host=(bare,)),
    [of("process", "no stamps", "", NO_STAMP, host=(bare,)), of("module", "no stamps", "", NAMELESS, host=(bare,))],
)
BYTES = [
    of("filter", "a shared object", "PK101", file="p.plugin"),
    of("filter", "a shared object", "PK101", file="p.wasm"),
    of("process", "an executable", "PK101", file="p.so"),
    of("process", "an executable", "PK101", file="p.wasm"),
    of("module", "a module", "PK101", file="p.so"),
    of("module", "a module", "PK101", file="p.plugin"),
    *each("no bytes", "PK101", cut(0)),
    *each("half of one", "PK101", lambda data: cut(len(data) // 2)(data)),
    of("module", "another version of WebAssembly", "PK101", put(4, "<I", 13)),
    of("module", "a section behind the stamp", "PK101", appended(wasm.custom(b"x", b""))),
    *each("an edit", "PK104", said(builder="y"), payload=False),
    of("process", "another machine", "PK403", put(18, "<H", 243)),
    of("process", "another system", "PK403", setting(GOOS="freebsd")),
    of("process", "another system, and all that follows from it", "PK403", setting(GOOS="freebsd"),
       said(lock=OTHER_SHA), stamped(api(digest=OTHER_DIGEST))),
    of("module", "another system", "", setting(GOOS="js")),
    of("dynamic", "a program with shared libraries", "", AS_PLUGIN, file="p.plugin"),
    *(of("dynamic", f"a program that searches them in a relative path, by tag {tag}", "PK102", AS_PLUGIN,
         searching(tag), file="p.plugin") for tag in (RPATH, RUNPATH)),
    of("dynamic", "a program that needs a library that is nowhere", "", AS_PLUGIN, renamed(b"libc.so.6", b"libq.so.6"),
       file="p.plugin"),
]  # fmt: skip
STAMPS = flat(
    each("another mode", "PK105", said(mode="plugin")),
    each("no mode", "PK105", without("mode")),
    [of("process", "the other mode", "PK105", said(mode="wasm"))],
    [of("module", "the other mode", "PK105", said(mode="subprocess"))],
    [of("filter", "the mode of a process", "PK105", said(mode="subprocess", minor=4), file="p.so")],
    each("a mode that there is not", "PK202", said(mode="thread")),
    each("a stamp of a host", "PK105", said(kind="host")),
    each("a stamp of an API", "PK105", said(kind="api")),
    each("a stamp of a host hides what is wrong", "PK105", said(kind="host", apis=[]), host=COUNTER),
    each("a stamp of another language", "PK105", said(language="python")),
    each("a stamp of another Go", "PK105", stamped(toolchain(go="go1.20.1"))),
    each("tags that the stamp does not name", "PK105", flag("-tags", "a")),
    each("an unknown member", "PK202", said(unheard="of")),
    each("a newer schema", "PK203", said(schema=3)),
    [of("process", "no stamp", "PK201", NO_STAMP)],
    [of("module", "no stamp", "PK201", NAMELESS)],
    [of("process", "no JSON", "PK202", raw_stamp(b"{"))],
    [of("process", "two stamps", "PK204", appended(BEGIN + b"{}" + END))],
    [of("module", "two stamps", "PK204", SECOND)],
)
APIS = flat(
    each("another API", "PK301", stamped(api(name="acme/other"))),
    each("no API", "PK301", stamped(one_api_less)),
    each("another version", "PK302", stamped(api(version="v1.0.1"))),
    each("another copy", "PK303", stamped(api(digest=OTHER_DIGEST))),
    each("another version and copy", "PK302 PK303", stamped(api(version="v2.0.0", digest=OTHER_DIGEST))),
    each("another lock", "~PK406", said(lock=OTHER_SHA)),
    each("another lock of another repository", "", said(lock=OTHER_SHA), main_module("example.net/other")),
    each("another lock where one is asked for", "PK406", said(lock=OTHER_SHA), host=contract(same_lock=True)),
    each("another lock because of the API", "PK303", said(lock=OTHER_SHA), stamped(api(digest=OTHER_DIGEST))),
)
CONTRACT = flat(
    each("a symbol that its build did not assert", "PK501", host=COUNTER),
    each("a factory of another name", "PK501", host=contract(factory="Make")),
    each("another type", "PK502", host=contract(symbols={"New": "func() any"})),
    each("a type in another spelling", "", host=contract(symbols={"New": "func()  pluginapi.Plugin"})),
    each("a type that nobody asserted", "", stamped(lambda said: said["contract"].update(symbols={})), host=()),
    each("without a required capability", "PK504", host=contract(required=["batch"])),
    each("a capability the host does not know", "~PK504", host=contract(known=["batch"])),
    each("for the version with a contract of its own", "PK504", stamped(FOR_V2), host=TWO),
    each("for a version with another factory", "PK501", stamped(FOR_V2),
         host=(stamped(another_api(V2, version="v2.0.0"), own_contract(V2, factory="Make")),)),
    each("linked too", "PK505", *named(LINKED), host=LINKING),
    [of("filter", "linked too", "PK505", *named(LINKED), host=LINKING, file="p.so")],
    [
        several("one name in three modes", {"a.so": "", "b.plugin": "PK505", "c.wasm": "PK505"},
                Plugin(), Plugin("process"), Plugin("module")),
        several("one name in two modes, and the first is refused", {"a.wasm": "PK301", "b.plugin": "", "c.so": "PK505"},
                Plugin("module", (said(apis=[]),)), Plugin("process"), Plugin()),
        several("one name in two modes, and the first is for another system", {"a.plugin": "PK403", "b.wasm": ""},
                Plugin("process", (setting(GOOS="freebsd"),)), Plugin("module")),
        several("three modes side by side", {"a.plugin": "", "a.so": "", "a.wasm": ""},
                Plugin("process", named("a")), Plugin(), Plugin("module", named("c"))),
        Row("a host that runs none", {"a.so": Plugin(), "b.plugin": Plugin("process"), "c.wasm": Plugin("module")},
            {"a.so": "PK402", "b.plugin": "PK402", "c.wasm": "PK402"}, plain=True),
    ],
)  # fmt: skip
IGNORES = flat(
    each("ignored by code", "", host=ignoring("PK504")),
    each("ignored of this file's mode alone", "", host=ignoring("PK504", "p.*[nm]")),
    each("ignored until yesterday", "PK504", host=ignoring("PK504", until=day(-1))),
    each("a missing symbol is ignored", "", host=ignoring("PK501", required=[], symbols={"Counter": "*int64"})),
    each("linked too, and ignored", "", *named(LINKED), host=(*LINKING, *ignoring("PK505", required=[]))),
    each("a mode is never ignored", "PK105", said(mode="plugin"), host=ignoring("PK105", required=[])),
)
SIGNED = flat(
    signed("signed", "", by("ci")),
    signed("not signed", "PK601", None),
    signed("not signed, and unfit", "PK601", None, stamped(api(digest=OTHER_DIGEST))),
    signed("one bit of the signature", "PK602", changed(wrong)),
    signed("signed by a stranger", "PK603", by("stranger")),
    signed("signed by a key that may sign others", "PK603", by("release")),
    signed("signed, and another copy of the API", "PK303", by("ci"), stamped(api(digest=OTHER_DIGEST))),
    signed("signed, and another mode", "PK105", by("ci"), said(mode="plugin")),
    signed("a key whose last day was yesterday", "PK603", by("ci"), host=asking(key("ci", until=day(-1)), HOST)),
    signed("of two keys one signed", "PK603", by("ci"), host=asking(CI, key("release"), threshold=(("filter", 2),))),
    signed("two envelopes", "PK101", then(by("ci"), lambda data: data.extend(by("ci")(bytes(data))[len(data):]))),
)  # fmt: skip
MODES = [*FITTING, *BYTES, *STAMPS, *APIS, *CONTRACT, *IGNORES, *SIGNED]
