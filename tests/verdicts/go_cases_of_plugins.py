"""Rows of the table about what a plugin is: its bytes and its stamp."""

import os
import shutil

from go_bench import API, flag, module, raw_stamp, rehashed, setting, stamped
from go_rows import (
    NO_STAMP,
    OTHER_DIGEST,
    OTHER_SHA,
    Plugin,
    api,
    contract,
    no_packages,
    one,
    other_go,
    said,
    several,
    toolchain,
    without,
)
from goedits import (
    RPATH,
    RUNPATH,
    SYMTAB,
    appended,
    cut,
    endless,
    hash_flipped,
    in_tag,
    lying_sections,
    no_sections,
    other_version,
    put,
    searching,
)

from pluginkit.backends.go.binary.stamps import BEGIN, END
from pluginkit.core.stamp import MINOR

TEXT = b"not a plugin, but as long as the header of one would be, which is 64 bytes"

UNREADABLE = [
    one("no bytes", "PK101", special=lambda path: path.write_bytes(b"")),
    one(
        "text",
        "PK101",
        special=lambda path: path.write_bytes(TEXT),
    ),
    one("half of one", "PK101", lambda data: cut(len(data) // 2)(data)),
    one(
        "the host as a plugin",
        "PK101",
        special=lambda path: shutil.copy(path.parents[1] / "bin/host", path),
    ),
    one("a pipe", "PK101", special=os.mkfifo),
    one("a directory", "PK101", special=lambda path: path.mkdir()),
    one("a link to nowhere", "PK101", special=lambda path: path.symlink_to("nowhere")),
    one("symbols nowhere", "PK101", in_tag(SYMTAB, 1 << 60)),
    one("RPATH .", "PK102", searching(RPATH)),
    one("RUNPATH .", "PK102", searching(RUNPATH)),
    one("another machine", "PK403", put(18, "<H", 243)),
    one("32 bits", "PK403", put(4, "<B", 1)),
    one("another system", "PK403", setting(GOOS="freebsd")),
    one("another system, and packages of it", "PK403", setting(GOOS="freebsd"), rehashed("runtime")),
    one("another system, and another Go of the same hashes", "PK403", setting(GOOS="freebsd"), other_go),
    one(
        "another system, and all that follows from it",
        "PK403",
        setting(GOOS="freebsd"),
        flag("GOAMD64", ""),
        rehashed("runtime", API),
        said(lock=OTHER_SHA),
        stamped(api(digest=OTHER_DIGEST)),
    ),
]
FITTING = [
    one("the same build", ""),
    one("not stripped", "", of="whole"),
    one("no section headers", "", no_sections),
    one("section headers that lie", "", lying_sections),
    one("an init that may exit", "", of="mayexit"),
    one("a constructor that does no harm", "", of="ccounts"),
    one("a stamp of schema 1", "", said(schema=1)),
    one("a host of schema 1", "", host=(said(schema=1),)),
    one("optional members", "", said(mode="plugin", release=3, roles={"a": []}, toolkit="x", uses=["a"])),
    one("a newer minor version", "", said(minor=MINOR + 1, unheard={"of": [True]}), stamped(api(unheard="of"))),
    one("a host of a newer minor version", "", host=(said(minor=7, unheard="of"),)),
    one("another flag that no package shows", "", flag("-gcflags", "-N")),
    one("another module that no package shows", "", module("dep", "v1.0.0"), host=(module("dep", "v2.0.0"),)),
    one("tags that the stamp names too", "", flag("-tags", "a"), stamped(toolchain(tags="a"))),
    several("two plugins", {"a.so": "", "b.so": ""}, Plugin("filter"), Plugin("transform")),
    several("two that share a package", {"a.so": "", "b.so": ""}, Plugin("shares"), Plugin("sharestoo")),
]
SELF_CONFESSED = (
    said(kind="host", apis=[], lock=OTHER_SHA, capabilities=["unheard"]),
    setting(GOOS="freebsd"),
    other_go,
    flag("-race", "true"),
    rehashed("runtime", API),
)
"""Everything is wrong, and it does not even say that it is a plugin."""
STAMPS = [
    one(
        "a stamp of another kind hides what is wrong with a plugin",
        "PK105",
        *SELF_CONFESSED,
        of="nothing",
        host=contract(required=["batch"], known=["batch"], same_lock=True),
    ),
    one("a stamp of another kind hides what would end the host", "PK105", said(kind="api"), of="panics"),
    one("a stamp of another kind hides another API", "PK105", said(kind="api"), stamped(api(name="acme/other"))),
    one(
        "a stamp of another kind hides another copy",
        "PK105",
        said(kind="api"),
        stamped(api(version="v2", digest=OTHER_DIGEST)),
    ),
    one("a stamp of another kind hides the type", "PK105", said(kind="api"), of="type"),
    one("a stamp of another kind hides a factory", "PK105", said(kind="api"), of="endless"),
    one("a stamp of another kind hides a host that cannot open it", "PK105", said(kind="api"), host=(no_packages,)),
    several(
        "a stamp of another kind hides that the name is taken",
        {"a.so": "", "b.so": "PK105"},
        Plugin(),
        Plugin("filter", (said(kind="api"),)),
    ),
    several(
        "a stamp of another kind hides another build beside",
        {"a.so": "", "b.so": "PK105"},
        Plugin("shares"),
        Plugin("sharestoo", (rehashed("acme/shared"), said(kind="api"))),
    ),
    one(
        "a stamp of another kind hides another module",
        "PK105",
        module(API, "v1.1.0"),
        said(kind="api"),
        rehashed(API),
        host=(module(API, "v1.0.0"),),
    ),
    one("an edit", "PK104", put(9, "<B", 1), payload=False),
    one("an edit of a package too", "PK104 PK405", hash_flipped(API), payload=False),
    one("a stamp of another kind", "PK105", said(kind="host")),
    one("a stamp of an API", "PK105", said(kind="api")),
    one("a stamp of another language", "PK105", said(language="python")),
    one("another Go in the binary", "PK105 ~PK413", other_version),
    one("tags that the stamp does not name", "PK105", flag("-tags", "a")),
    one("no stamp", "PK201", NO_STAMP),
    one("an unknown member", "PK202", said(unheard="of")),
    one("an unknown member of an API", "PK202", stamped(api(unheard="of"))),
    one("a minor version of nothing", "PK202", said(minor=0)),
    one("ignores of schema 1", "PK202", said(schema=1, ignores=[])),
    one("a missing member", "PK202", without("version")),
    one("a short digest", "PK202", said(lock="sha256:00")),
    one("no JSON", "PK202", raw_stamp(b"{")),
    one("no end", "PK202", endless),
    one("a newer schema", "PK203", said(schema=3)),
    one("a newer schema and nothing else", "PK203", raw_stamp(b'{ "schema": 4 }')),
    one("two stamps", "PK204", appended(BEGIN + b"{}" + END)),
    one("the beginning of a second stamp", "PK204", appended(BEGIN)),
]
