"""Rows of the table about how a plugin fits its host."""

from go_bench import API, flag, module, rehashed, stamped
from go_rows import (
    OTHER_DIGEST,
    OTHER_SHA,
    Plugin,
    another_api,
    api,
    contract,
    day,
    default_row,
    flags_row,
    ignoring,
    no_packages,
    one,
    other_go,
    said,
    several,
    toolchain,
)
from goedits import (
    hash_flipped,
    other_version,
    put,
    renamed,
    replaced,
    without_path,
)

from pluginkit.backends.go.binary.stamps import BEGIN
from pluginkit.rules.linked import FLAGS

DEFAULTS = {
    "-trimpath": "false",
    "-race": "false",
    "-msan": "false",
    "-asan": "false",
    "GOAMD64": "v1",
    "GOARM64": "v8.0",
}
HASH = b"go:link.pkghashbytes."
RENAMED = renamed(HASH + API.encode(), b"xx" + HASH[2:] + API.encode())
NO_STAMP = replaced(BEGIN, b"X" * len(BEGIN))

APIS = [
    one("another API", "PK301", stamped(api(name="acme/other"))),
    one("no API", "PK301", said(apis=[])),
    one("one API more than the host has", "PK301", stamped(another_api("acme/extra"))),
    one(
        "an API that only plugins use",
        "",
        stamped(another_api("acme/extra")),
        host=(stamped(another_api("acme/extra")),),
    ),
    one("an API of the host that it does not use", "", host=(stamped(another_api("acme/extra")),)),
    one(
        "another copy of the second API",
        "PK303",
        stamped(another_api("acme/extra", digest=OTHER_DIGEST)),
        host=(stamped(another_api("acme/extra")),),
    ),
    one("another version", "PK302", stamped(api(version="v1.0.1"))),
    one("another copy", "PK303", stamped(api(digest=OTHER_DIGEST))),
    one("another copy that its packages show", "PK303 PK405", stamped(api(digest=OTHER_DIGEST)), rehashed(API)),
    one("another version and copy", "PK302 PK303", stamped(api(version="v2.0.0", digest=OTHER_DIGEST))),
    one("another policy: Go is exact", "PK302", stamped(api(version="v0.9.0")), host=contract(policy="compatible")),
    one("another lock", "~PK406", said(lock=OTHER_SHA)),
    one("another lock where one is asked for", "PK406", said(lock=OTHER_SHA), host=contract(same_lock=True)),
    one("another lock because of the API", "PK303", said(lock=OTHER_SHA), stamped(api(digest=OTHER_DIGEST))),
    one("another lock because of a foreign API", "PK301", said(lock=OTHER_SHA), stamped(api(name="acme/other"))),
    one(
        "another lock and API where one lock is asked for",
        "PK303 PK406",
        said(lock=OTHER_SHA),
        stamped(api(digest=OTHER_DIGEST)),
        host=contract(same_lock=True),
    ),
]
LINKED = [
    one("another Go", "PK401", other_go, rehashed("runtime")),
    one("another Go that the stamp denies", "PK105 PK401", other_version, rehashed("runtime")),
    one("another Go, and flags", "PK401 PK402", other_go, flag("-race", "true"), rehashed("runtime")),
    *map(flags_row, FLAGS),
    *(default_row(name, value) for name, value in DEFAULTS.items()),
    one(
        "tags in another order",
        "PK405",
        flag("-tags", "b,a"),
        stamped(toolchain(tags="b,a")),
        rehashed("runtime"),
        host=(flag("-tags", "a,b"), stamped(toolchain(tags="a,b"))),
    ),
    one("a host that cannot open plugins", "PK402", host=(no_packages,)),
    one("another module", "PK404", module(API, "v1.1.0"), rehashed(API), host=(module(API, "v1.0.0"),)),
    one("a replaced module", "PK404", module(API, "v1.0.0", "fork"), rehashed(API), host=(module(API, "v1.0.0"),)),
    one(
        "another module that explains a part",
        "PK404 PK405",
        module(API, "v1.1.0"),
        rehashed(API, "runtime"),
        host=(module(API, "v1.0.0"),),
    ),
    one(
        "another module and Go",
        "PK401",
        other_go,
        module(API, "v1.1.0"),
        rehashed(API, "runtime"),
        host=(module(API, "v1.0.0"),),
    ),
    one("another package", "PK405", rehashed(API)),
    one("another hash of the runtime", "PK405", rehashed("runtime")),
    one("one byte of a hash", "PK405", hash_flipped("runtime")),
    one("the hash of the API under another name", "PK405", RENAMED),
    several(
        "another build of a shared package",
        {"a.so": "", "b.so": "PK405"},
        Plugin("shares"),
        Plugin("sharestoo", (rehashed("acme/shared"),)),
    ),
    several(
        "a build that only a refused plugin shares",
        {"a.so": "PK301", "b.so": ""},
        Plugin("shares", (said(apis=[]),)),
        Plugin("sharestoo", (rehashed("acme/shared"),)),
    ),
    several(
        "another build beside, and another Go",
        {"a.so": "", "b.so": "PK401"},
        Plugin("shares"),
        Plugin("sharestoo", (rehashed("acme/shared", "runtime"), other_go)),
    ),
]
CONTRACT = [
    one("no factory", "PK501", of="nothing"),
    one("a second symbol that is missing", "PK501", host=contract(symbols={"Counter": "*int64"})),
    one("a factory of another name that is missing", "PK501", host=contract(factory="Make")),
    one("a factory of another type", "PK502", of="type"),
    one("a type in another spelling", "", host=contract(symbols={"New": "func()  pluginapi.Plugin"})),
    one("without a required capability", "PK504", host=contract(required=["batch"])),
    one("with a required capability", "", host=contract(required=["filter"])),
    one("a capability the host does not know", "~PK504", host=contract(known=["batch"])),
    one("a capability the host knows", "", host=contract(known=["batch", "filter"])),
    one("one unknown, and one that is missing", "PK504 ~PK504", host=contract(known=["batch"], required=["batch"])),
    one("a capability that is required and not known", "", host=contract(known=["batch"], required=["filter"])),
    several("a copy", {"a.so": "", "b.so": "PK505"}, Plugin(), Plugin()),
    several(
        "another package of the name",
        {"a.so": "", "b.so": "PK505"},
        Plugin(),
        Plugin("transform", (said(name="filter"),)),
    ),
    several(
        "another name of the package", {"a.so": "", "b.so": "PK505"}, Plugin(), Plugin("filter", (said(name="other"),))
    ),
    several(
        "a copy of one that is refused", {"a.so": "PK301", "b.so": ""}, Plugin("filter", (said(apis=[]),)), Plugin()
    ),
    one("an init that panics", "PK507", of="panics"),
    one("an init that exits", "PK507", of="exits"),
    one("a constructor that exits", "PK507", of="cexits"),
    one("a factory that never returns", "PK507", of="endless"),
    one("a C library", "PK201 PK507", of="library"),
    one("an empty plugin path", "PK501 PK507", without_path),
]
IGNORES = [
    one("ignored by code", "", host=ignoring("PK504")),
    one("ignored by name", "", host=ignoring("capability-missing")),
    one("another API is ignored by name", "", said(apis=[]), host=ignoring("other-api", required=[])),
    one(
        "another version is ignored by name", "", stamped(api(version="v2")), host=ignoring("api-version", required=[])
    ),
    one(
        "another copy is ignored by name",
        "",
        stamped(api(digest=OTHER_DIGEST)),
        host=ignoring("api-digest", required=[]),
    ),
    one(
        "a missing symbol is ignored by name",
        "",
        host=ignoring("factory-missing", required=[], symbols={"Counter": "*int64"}),
    ),
    one(
        "another type is ignored by name",
        "",
        host=ignoring("factory-signature", required=[], symbols={"New": "func() any"}),
    ),
    several(
        "a name that is taken is ignored by name",
        {"a.so": "", "b.so": ""},
        Plugin(),
        Plugin("transform", (said(name="filter"),)),
        host=ignoring("duplicate-plugin", required=[]),
    ),
    one("ignored of this plugin", "", host=ignoring("PK504", "filter")),
    one("ignored of this file", "", host=ignoring("PK504", "p.so")),
    one("ignored of a glob", "", host=ignoring("PK504", "f*[a-t]?")),
    one("ignored of a glob that excludes", "", host=ignoring("PK504", "[!g]*")),
    one("ignored of another plugin", "PK504", host=ignoring("PK504", "transform")),
    one("ignored of another case", "PK504", host=ignoring("PK504", "Filter")),
    one("ignored of a glob that does not fit", "PK504", host=ignoring("PK504", "f[a-b]*")),
    one("another rule is ignored", "PK504", host=ignoring("PK502")),
    one("a rule that there is not is ignored", "PK504", host=ignoring("PK999")),
    one("ignored until today", "", host=ignoring("PK504", until=day(0))),
    one("ignored until tomorrow", "", host=ignoring("PK504", until=day(1))),
    one("ignored until yesterday", "PK504", host=ignoring("PK504", until=day(-1))),
    one("a warning is ignored", "", host=ignoring("PK504", required=[], known=["batch"])),
    one("another copy is ignored", "PK504", stamped(api(digest=OTHER_DIGEST)), host=ignoring("api-digest")),
    one("what would end the host is ignored", "", of="cmayexit", host=ignoring("fatal-load", required=[])),
    one("what would end the host is not ignored", "PK507", of="cmayexit"),
    one("another package is never ignored", "PK405", rehashed(API), host=ignoring("PK405", required=[])),
    one("another package is never ignored by name", "PK405", rehashed(API), host=ignoring("package-hash", required=[])),
    one("another lock is never ignored", "~PK406", said(lock=OTHER_SHA), host=ignoring("PK406", required=[])),
    one("an edit is never ignored", "PK104", put(9, "<B", 1), payload=False, host=ignoring("PK104", required=[])),
    one("a missing stamp is never ignored", "PK201", NO_STAMP, host=ignoring("missing-stamp", required=[])),
    one(
        "what a plugin ignores counts for nothing",
        "PK504",
        said(ignores=[{"rule": "PK504", "reason": "r"}]),
        host=contract(required=["batch"]),
    ),
    several(
        "of two one is ignored",
        {"a.so": "", "b.so": "PK504"},
        Plugin(),
        Plugin("transform"),
        host=ignoring("PK504", "a.so"),
    ),
    several(
        "what is ignored is there for others",
        {"a.so": "", "b.so": "PK505"},
        Plugin(),
        Plugin("transform", (said(name="filter", capabilities=["batch"]),)),
        host=ignoring("PK504", "a.so"),
    ),
    several(
        "a name that is taken is ignored",
        {"a.so": "", "b.so": ""},
        Plugin(),
        Plugin("transform", (said(name="filter"),)),
        host=ignoring("PK505", "b.so", required=[]),
    ),
]
