"""Each rule with cases it accepts and cases it refuses: evidence and host in, codes out."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from cost import assert_linear
from signing import TRUST, key, signed
from test_rules_go import CASES as GO_CASES

from pluginkit.core.api import Api, Contract
from pluginkit.core.frozen import replace
from pluginkit.core.ownership import Init
from pluginkit.core.side_effect import KINDS, SideEffect
from pluginkit.core.signatures import Signed
from pluginkit.core.stamp import Linked, Stamp
from pluginkit.core.trust import Trust
from pluginkit.core.verdict import Defect, Evidence, Factory, Finding, Host, HostSide, Import, LeftOut
from pluginkit.rules import RULES, decide, judge

LOCK, OTHER_LOCK = "sha256:" + "1" * 64, "sha256:" + "2" * 64
GROUP = "acme.plugins"
OLD = ("class api.P(Protocol)", "def api.P.h(self, req)")
NEW = ("class api.P(Protocol)", "def api.P.h(self, req, ctx)")
MORE = (*OLD, "def api.helper()")


def api(
    version: str = "3.0.0", digest: str = "a", surface: Sequence[str] = OLD, name: str = "acme-api", module: str = "api"
) -> Api:
    return Api(name, version, f"h1:{digest * 43}=", (module,), tuple(surface))


def contract(**changes: Any) -> Contract:
    return replace(Contract(factory="New", group=GROUP, known=("filter", "batch")), **changes)


def stamp(**changes: Any) -> Stamp:
    made = Stamp(
        kind="plugin", name="filter", version="1.0.0", language="python", apis=(api(),), lock=LOCK, inputs=LOCK,
        payload=LOCK, builder="pluginkit 0.1.0", contract=contract(), toolchain={"backend": "hatchling 1.33.0"},
        capabilities=("filter",),
    )  # fmt: skip
    return replace(made, **changes)


GONE = Import("filter.lib", "filter/__init__.py", 3)
GOOD = Factory("filter", "filter:New", shipped=True, defined=True)


def plugin(*, stamped: Stamp | None = None, **changes: Any) -> Evidence:
    files = (f"{changes.get('name', 'filter')}/__init__.py",)
    made = Evidence(
        "filter.whl", name="filter", version="1.0.0", stamp=stamped or stamp(), files=files,
        factories=(GOOD,), requires=("acme-api>=3",), requires_python=">=3.11", tags=("py3-none-any",),
    )  # fmt: skip
    return replace(made, **changes)


def host(**changes: Any) -> Host:
    pins = {"acme-api": "3.0.0", "acme-host": "1.0.0", "filter": "1.0.0", "rich": "13.9.4"}
    made = Host(
        "acme-host 1.0.0", "acme-host", (api(),), contract(), LOCK, {"backend": "hatchling 1.33.0"}, pins, ">=3.11"
    )
    return replace(made, **changes)


def findings(evidence: Evidence | Sequence[Evidence], held: Host | None) -> tuple[Finding, ...]:
    return decide([evidence] if isinstance(evidence, Evidence) else evidence, held).findings


def against(*apis: Api) -> Evidence:
    return plugin(stamped=stamp(apis=apis))


def with_factory(**changes: Any) -> Evidence:
    return plugin(factories=(replace(GOOD, **changes),))


def bare(**changes: Any) -> Evidence:
    return replace(plugin(), stamp=None, **changes)


def asking(extras: tuple[str, ...], requirement: str) -> Evidence:
    return plugin(factories=(replace(GOOD, extras=extras),), requires=(requirement,))


def importing(*names: str, requires: Sequence[str] = (), api_requires: Sequence[str] = ()) -> list[Evidence]:
    """Return a plugin that imports modules of others, and the API."""
    foreign = tuple(Import(name, "filter/__init__.py", 1) for name in names)
    own = plugin(
        name="acme-api", subject="api.whl", stamped=replace(stamp(), kind="api", name="acme-api"), factories=(),
        files=("api/__init__.py",), content=api().digest, requires=tuple(api_requires),
    )  # fmt: skip
    return [plugin(foreign=foreign, requires=tuple(requires) or ("acme-api>=3",)), own]


def defect(*found: str) -> tuple[Defect, ...]:
    return tuple(Defect(code, f"{code} is wrong", "this", "that") for code in found)


def trusting(trust: Trust = TRUST, **changes: Any) -> Host:
    return host(trust=trust, **changes)


def by(*signers: str, stamped: Stamp | None = None, **changes: Any) -> Evidence:
    """Return a plugin whose stamp these keys signed."""
    made = stamped or stamp()
    return plugin(stamped=made, signed=signed(made.to_bytes(), *signers), **changes)


def withheld(*signers: str) -> Evidence:
    """Return a plugin that was not parsed, as a host's trust does not have the keys that signed it."""
    return Evidence("filter.whl", name="filter", version="1.0.0", signed=signed(b"no stamp", *signers), withheld=True)


COMPATIBLE = contract(policy="compatible")
NEWER = api("3.1.0", "b", MORE)
HOST_OWN = stamp(kind="host", name="acme-host", apis=(api(name="acme-host"),))
EFFECTS = (SideEffect("p/filter.py", 3, "open", "file"), SideEffect("p/filter.py", 9, "sys.exit", "fatal"))
LINKED = (Linked("filter", "", (), f"sha256:{'0' * 64}"),)
API_OWN = stamp(kind="api", name="acme-api")

LIBRARY = api(name="acme-lib", module="lib")


def library(used: Api, *uses: str) -> Evidence:
    """Return an API that uses another."""
    own = stamp(kind="api", name="acme-lib", apis=(LIBRARY, used), uses=uses or None)
    return plugin(name="acme-lib", stamped=own, files=("lib/__init__.py",), factories=(), content=LIBRARY.digest)


DEPRECATED = ("module api", "class api.P(Protocol)", "@deprecated def api.P.h(self)", "@deprecated def api.old()")


def using(*uses: str, own: Sequence[str] = OLD) -> Evidence:
    return plugin(stamped=stamp(apis=(api(surface=own),), uses=uses))


PURE, CODE, SHUT, EMPTY = Init(True, ""), Init(True, "c"), Init(False, "s"), Init(False, "")
SPLIT = api(module="acme")
SPLIT = replace(SPLIT, modules=("acme", "acme.core", "acme.lab", "acme.lab.a"))


def part(name: str, *files: str, site: str = "", ns: Init | None = None) -> Evidence:
    """Return a plugin with its module in the namespace `ns`."""
    point = replace(GOOD, name=name, reference=f"ns.{name}:New")
    inits = {"ns": ns} if ns else {}
    return plugin(
        name=name, subject=f"{name}.whl", files=(f"ns/{name}.py", *files), factories=(point,), inits=inits, site=site,
        installed=bool(site),
    )  # fmt: skip


HOOKS = (
    "module api",
    "api.hookimpl: pluggy.HookimplMarker = HookimplMarker('api')",
    "@hookspec def api.register_models(register, model_aliases)",
)
HOOKING = host(contract=contract(factory=""), apis=(api(surface=HOOKS),))


def hooked(taken: str) -> Evidence:
    lines = ("module filter", f"@api.hookimpl def filter.register_models({taken})")
    return plugin(stamped=stamp(contract=contract(factory="")), factories=(replace(GOOD, lines=lines),))


def whole(name: str, file: str, init: Init | None = None) -> Evidence:
    """Return a plugin that is the module `ns`."""
    point = replace(GOOD, name=name, reference="ns:New")
    inits = {"ns": init} if init else {}
    return plugin(name=name, subject=f"{name}.whl", files=(file,), factories=(point,), inits=inits)


CASES: list[tuple[str, Evidence | list[Evidence], Host | None, list[str]]] = [
    ("a plugin of the host's release", plugin(), host(), []),
    ("a plugin by itself", plugin(), None, []),
    # PK1, PK2
    ("data files of its own", plugin(placed=("bin/run", "share/filter/x", "share/man/man1/run.1")), host(), []),
    ("a data file elsewhere", plugin(placed=("etc/jupyter/x.json",)), host(), ["PK107"]),
    ("a package that the host has from elsewhere", plugin(files=("rich/__init__.py",)), host(), ["PK107"]),
    ("an unreadable file hides all else", plugin(defects=defect("PK101", "PK103", "PK201")), host(), ["PK101"]),
    ("an unsafe archive too", plugin(defects=defect("PK102"), stamp=None), host(), ["PK102"]),
    (
        "each defect has its rule", plugin(defects=defect("PK105", "PK103", "PK104")), host(),
        ["PK103", "PK104", "PK105"],
    ),
    ("another project over pluginkit", plugin(defects=defect("PK106"), stamp=None, vendored=True), host(), ["PK106"]),
    ("a wheel that a release brings along", plugin(stamp=None, factories=(), vendored=True), host(), []),
    (
        "and of which only the hash counts",
        plugin(defects=defect("PK103"), stamp=None, factories=(), vendored=True), host(), ["PK103"],
    ),
    ("many rows are one finding", plugin(defects=defect(*["PK103"] * 20)), host(), ["PK103"]),
    ("no stamp", plugin(defects=defect("PK201"), stamp=None, factories=()), host(), ["PK201"]),
    ("a malformed stamp", plugin(defects=defect("PK202"), stamp=None), host(), ["PK202"]),
    ("a newer schema", plugin(defects=defect("PK203"), stamp=None), host(), ["PK203"]),
    ("two stamps", plugin(defects=defect("PK204"), stamp=None), host(), ["PK204"]),
    # PK301
    ("an API of the host is not used", against(api()), host(apis=(api(), api(name="acme-more"))), []),
    ("an API the host lacks", against(api(), api(name="acme-other")), host(), ["PK301"]),
    ("only APIs the host lacks", against(api(name="acme-other"), api(name="acme-odd")), host(), ["PK301"]),
    ("no API at all", against(), host(), ["PK301"]),
    ("a host without any", against(api()), host(apis=()), ["PK301"]),
    ("an API that uses another of the host's", library(api()), host(apis=(LIBRARY, api())), []),
    ("another version of it", library(api("2.0.0", "b")), host(apis=(LIBRARY, api())), ["PK302", "PK303"]),
    ("another copy of it", library(api(digest="b")), host(apis=(LIBRARY, api())), ["PK303"]),
    ("one that the host lacks", library(api(name="acme-odd")), host(apis=(LIBRARY, api())), ["PK301"]),
    ("one that changed, compatibly", library(api()), host(apis=(LIBRARY, NEWER), contract=COMPATIBLE), []),
    ("one that broke what it uses", library(api(), "class Lib(api.P): h(self, req)"),
     host(apis=(LIBRARY, api("3.1.0", "b", NEW)), contract=COMPATIBLE), ["PK303"]),
    ("one that broke something else", library(api(), "name api.P"),
     host(apis=(LIBRARY, api("3.1.0", "b", NEW)), contract=COMPATIBLE), []),
    # PK302, PK303 exact
    ("another version", against(api("2.0.0", "b")), host(), ["PK302", "PK303"]),
    ("the same bytes under another version", against(api("2.0.0")), host(), ["PK302"]),
    ("another copy of one version", against(api(digest="b", surface=NEW)), host(), ["PK303"]),
    # PK302, PK303 compatible
    ("an older API that only grew", against(api()), host(apis=(NEWER,), contract=COMPATIBLE), []),
    ("the same under the exact policy", against(api()), host(apis=(NEWER,)), ["PK302", "PK303"]),
    ("another copy with the same surface", against(api(digest="b")), host(contract=COMPATIBLE), []),
    ("a newer API than the host's", against(api("3.1.0", "b")), host(contract=COMPATIBLE), ["PK302"]),
    ("another major", against(api("2.9.0", "b")), host(contract=COMPATIBLE), ["PK302"]),
    ("a broken API", against(api()), host(apis=(api("3.1.0", "b", NEW),), contract=COMPATIBLE), ["PK303"]),
    ("a surface nobody knows", against(api(surface=())), host(apis=(NEWER,), contract=COMPATIBLE), ["PK303"]),
    (
        "a compiled API", against(api(surface=["module api (compiled)"])),
        host(apis=(api("3.1.0", "b", ["module api (compiled)"]),), contract=COMPATIBLE), ["PK303"],
    ),
    ("versions that are none", against(api("three", "b")), host(contract=COMPATIBLE), ["PK302"]),
    (
        "Go is always exact", plugin(stamped=stamp(apis=(api(digest="b"),)), language="go"),
        host(contract=COMPATIBLE), ["PK303"],
    ),
    # PK307
    ("something deprecated is used", using("call api.old 0"), host(apis=(api(surface=DEPRECATED),)), ["PK307"]),
    ("two things", using("call api.old 0", "get .h"), host(apis=(api(surface=DEPRECATED),)), ["PK307"] * 2),
    ("it is not used", using("call api.helper 0"), host(apis=(api(surface=DEPRECATED),)), []),
    ("nobody says what is used", plugin(), host(apis=(api(surface=DEPRECATED),)), []),
    ("only the plugin's copy declares it", using("call api.old 0", own=DEPRECATED), host(), []),
    ("what a host uses", plugin(name="acme-host", stamped=replace(HOST_OWN, uses=("call api.old 0",))),
     host(apis=(api(surface=DEPRECATED),)), []),
    # PK304
    ("the API as a package", plugin(files=("api/__init__.py",)), host(), ["PK304"]),
    ("the API as a module", plugin(files=("api.py",)), host(), ["PK304"]),
    ("the API compiled", plugin(files=("api.abi3.so",), tags=()), host(), ["PK304"]),
    ("the API vendored", plugin(files=("filter/_vendor/api/__init__.py",)), host(), ["PK304"]),
    ("the API vendored deeper", plugin(files=("filter/third_party/lib/api.py",)), host(), ["PK304"]),
    ("names that only look alike", plugin(files=("api_more/x.py", "filter/api/x.py", "api.txt")), host(), []),
    (
        "a shared namespace package",
        plugin(files=("acme/filter/__init__.py",), stamped=stamp(apis=(api(module="acme.api"),))),
        host(apis=(api(module="acme.api"),)), [],
    ),
    (
        "the API's part of a namespace package", plugin(files=("acme/api/__init__.py",)),
        host(apis=(api(module="acme.api"),)), ["PK304"],
    ),
    ("an open package of the API's, extended", plugin(files=("acme/x/y.py",)), host(apis=(SPLIT,)), []),
    ("its own module there", plugin(files=("acme/lab/a.py",)), host(apis=(SPLIT,)), ["PK304"]),
    ("the __init__.py of an open package", plugin(files=("acme/__init__.py",)), host(apis=(SPLIT,)), ["PK304"]),
    ("the API's own artifact", plugin(name="acme-api", stamped=API_OWN, files=("api/__init__.py",),
                                      content=api().digest), host(), []),
    (
        "the API in the host", plugin(name="acme-host", stamped=stamp(kind="host", name="acme-host"),
                                      files=("acme_host/__init__.py", "api/__init__.py")), host(), ["PK304"],
    ),
    (
        "the API vendored by the host", plugin(name="acme-host", stamped=stamp(kind="host", name="acme-host"),
                                               files=("acme_host/_vendor/api.py",)), host(), ["PK304"],
    ),
    # PK305
    ("the host's API is not there", plugin(name="acme-api", stamped=API_OWN), host(), ["PK305"]),
    ("another API beside the host", plugin(name="acme-api", stamped=API_OWN, content=api(digest="c").digest), host(),
     ["PK305"]),
    ("an API as stamped", plugin(name="acme-api", stamped=API_OWN, content=api().digest), None, []),
    ("an edited API", plugin(name="acme-api", stamped=API_OWN, content=api(digest="c").digest), None, ["PK305"]),
    ("a host that is its API, edited", plugin(stamped=HOST_OWN, content=api(digest="c").digest), host(), ["PK305"]),
    ("a plugin is no API", plugin(content=api(digest="c").digest), host(), []),
    # PK401
    ("another backend version", plugin(), host(toolchain={"backend": "hatchling 1.27.0"}), ["PK401"]),
    ("another backend", plugin(), host(toolchain={"backend": "setuptools 80.0"}), []),
    ("an unknown backend", plugin(), host(toolchain={}), []),
    # PK403
    ("a Python it admits", plugin(), host(python="3.12.1"), []),
    ("a pre-release it admits", plugin(), host(python="3.15.0a1"), []),
    ("a Python it excludes", plugin(requires_python=">=3.13"), host(python="3.12.1"), ["PK403"]),
    ("ranges that meet", plugin(requires_python=">=3.12"), host(requires_python=">=3.11"), []),
    ("ranges apart", plugin(requires_python="<3.11"), host(requires_python=">=3.11"), ["PK403"]),
    ("no range", plugin(requires_python="three"), host(), ["PK403"]),
    ("pure Python fits everywhere", plugin(), host(tags=("cp311-cp311-linux_x86_64",)), []),
    (
        "one tag of many fits", plugin(tags=("cp311-cp311-win32", "cp311-abi3-linux_x86_64")),
        host(tags=("cp311-abi3-linux_x86_64", "py3-none-any")), [],
    ),
    (
        "no tag fits", plugin(tags=("cp311-cp311-win32",)),
        host(tags=("cp311-cp311-linux_x86_64", "py3-none-any", "py311-none-any")), ["PK403"],
    ),
    ("Python 2 only", plugin(tags=("py2-none-any",)), host(tags=("py3-none-any", "cp311-abi3-win32")), ["PK403"]),
    ("a pure host runs anywhere", plugin(tags=("cp311-cp311-win32",)), host(tags=("py3-none-any",)), []),
    (
        "a compiled host of the same system", plugin(tags=("cp39-abi3-manylinux_2_17_x86_64",)),
        host(tags=("cp311-cp311-linux_x86_64",)), [],
    ),
    (
        "a compiled host elsewhere", plugin(tags=("cp311-cp311-win32",)),
        host(tags=("cp311-cp311-macosx_11_0_arm64",)), ["PK403"],
    ),
    *(
        (f"{tag} beside a release of {theirs}", plugin(tags=(tag,)), host(tags=theirs, requires_python=">=3.11"), codes)
        for theirs in [("py3-none-linux_x86_64",), ("cp311-cp311-manylinux_2_28_x86_64", "cp311-cp311-linux_x86_64")]
        for tag, codes in [
            ("cp311-cp311-linux_x86_64", []),
            ("cp311-cp311-manylinux_2_17_x86_64", []),
            ("cp37-abi3-manylinux1_x86_64", []),
            ("py3-none-manylinux2014_x86_64", []),
            ("py311-none-any", []),
            ("cp39-cp39-manylinux_2_17_x86_64", ["PK403"]),
            ("cp310-none-any", ["PK403"]),
            ("py2-none-any", ["PK403"]),
            ("cp27-cp27mu-linux_x86_64", ["PK403"]),
            ("cp311-cp311-manylinux_2_17_aarch64", ["PK403"]),
            ("cp311-cp311-linux_i686", ["PK403"]),
            ("cp311-cp311-win_amd64", ["PK403"]),
            ("cp311-abi3-macosx_11_0_universal2", ["PK403"]),
            ("pp311-pypy311_pp73-linux_x86_64", ["PK403"]),
        ]
    ),
    *(
        (f"{tag} beside {theirs}", plugin(tags=(tag,)), host(tags=(theirs,)), codes)
        for tag, theirs, codes in [
            ("cp312-cp312-linux_x86_64", "py3-none-linux_x86_64", []),
            ("cp312-cp312-linux_x86_64", "cp311-cp311-linux_x86_64", ["PK403"]),
            ("cp312-cp312-linux_x86_64", "cp39-abi3-linux_x86_64", []),
            ("cp38-cp38-linux_x86_64", "cp39-abi3-linux_x86_64", ["PK403"]),
            ("cp312-abi3-linux_x86_64", "cp311-cp311-linux_x86_64", ["PK403"]),
            ("cp311-cp311-musllinux_1_2_x86_64", "cp311-cp311-manylinux_2_17_x86_64", ["PK403"]),
            ("cp311-cp311-musllinux_1_2_x86_64", "cp311-cp311-linux_x86_64", []),
            ("cp311-cp311-win32", "cp311-cp311-win_amd64", ["PK403"]),
            ("cp311-cp311-win_arm64", "py3-none-win_arm64", []),
            ("cp311-cp311-macosx_10_9_x86_64", "cp311-cp311-macosx_11_0_arm64", ["PK403"]),
            ("cp311-cp311-macosx_10_9_universal2", "cp311-cp311-macosx_11_0_arm64", []),
            ("pp39-pypy39_pp73-linux_x86_64", "pp39-pypy39_pp73-linux_x86_64", []),
            ("cp39-abi3-linux_x86_64", "pp39-pypy39_pp73-linux_x86_64", ["PK403"]),
            ("cp311-cp311-some_system", "py3-none-linux_x86_64", []),
        ]
    ),
    # PK404
    ("all required is pinned", plugin(requires=("Rich>=13", "acme.host")), host(), []),
    ("absent", plugin(requires=("httpx",)), host(), ["PK404"]),
    ("another version pinned", plugin(requires=("rich>=14",)), host(), ["PK404"]),
    ("a pre-release is pinned", plugin(requires=("rich>=14",)), host(pins={"rich": "14.1b2"}), []),
    ("present in a version nobody knows", plugin(requires=("rich>=14",)), host(pins={"rich": ""}), []),
    ("each problem once", plugin(requires=("rich>=14", "httpx")), host(), ["PK404", "PK404"]),
    ("a marker that does not hold", plugin(requires=("x; python_version < '3'", "y; extra == 'y'")), host(), []),
    (
        "a marker for the host's Python", plugin(requires=("x; python_version >= '3.90'",)),
        host(python="3.91.0"), ["PK404"],
    ),
    ("a reference by address", plugin(requires=("rich @ https://example.org/rich.whl",)), host(), []),
    ("no requirement", plugin(requires=("!!",)), host(), ["PK404"]),
    ("unknown pins", plugin(requires=("httpx",)), host(pins=None), []),
    # PK406
    ("another lock", plugin(stamped=stamp(lock=OTHER_LOCK)), host(), ["PK406"]),
    ("another lock, since the API differs", plugin(stamped=stamp(apis=(api("2.0.0", "b"),), lock=OTHER_LOCK)), host(),
     ["PK302", "PK303"]),
    ("an unknown lock", plugin(stamped=stamp(lock=OTHER_LOCK)), host(lock=""), []),
    # PK501, PK502, PK503
    ("defined at run time", with_factory(defined=None), host(), []),
    ("not defined", with_factory(defined=False), host(), ["PK501"]),
    ("not parsed", with_factory(defined=False, unparsable="filter.py:1:5: invalid syntax"), host(), ["PK501"]),
    ("not defined, by its own stamp", with_factory(defined=False), None, ["PK501"]),
    ("no entry point", plugin(factories=()), host(), ["PK501"]),
    ("of an unstamped plugin too", bare(factories=()), host(), ["PK501"]),
    ("an unstamped plugin with one", bare(), host(), []),
    ("one that should have a stamp", bare(defects=defect("PK201"), factories=()), host(), ["PK201"]),
    ("entry points in another group", plugin(stamped=stamp(contract=contract(group="other"))), host(), ["PK501"]),
    (
        "no group, no entry point", plugin(factories=(), stamped=stamp(contract=contract(group=""))),
        host(contract=contract(group="")), [],
    ),
    ("a factory that can be called", with_factory(lines=("def filter.New(config = ...)",)), host(), []),
    ("arguments wanted", with_factory(lines=("def filter.New(config)",)), host(), ["PK502"]),
    # PK513
    ("a hook of the API", hooked("register"), HOOKING, []),
    ("with other arguments", hooked("registry"), HOOKING, ["PK513"]),
    ("outside", with_factory(reference="os:system", shipped=False, defined=False), host(), ["PK503"]),
    # PK504
    ("a required capability", plugin(), host(contract=contract(required=("filter",))), []),
    ("a missing one", plugin(), host(contract=contract(required=("batch",))), ["PK504"]),
    ("an unknown one", plugin(stamped=stamp(capabilities=("fliter",))), host(), ["PK504"]),
    ("any where none is known", plugin(stamped=stamp(capabilities=("x",))), host(contract=contract(known=())), []),
    # PK505
    ("one name twice inside", plugin(factories=(GOOD, GOOD)), host(), ["PK505"]),
    ("one entry-point name in two", [plugin(), plugin(name="other", subject="b.whl")], host(), ["PK505"] * 2),
    ("one distribution twice", [plugin(), plugin(subject="b.whl", version="2")], None, ["PK505"] * 2),
    ("two names", [plugin(), plugin(name="b", subject="b.whl", factories=(replace(GOOD, name="b"),))], host(), []),
    (
        "one module in two", [plugin(files=("filter/x.py",)), plugin(name="b", subject="b.whl", files=("filter/x.py",),
                                                    factories=(replace(GOOD, name="b"),))], host(), ["PK505"] * 2,
    ),
    (
        "a namespace package in two", [plugin(files=("ns/a.py",)), plugin(name="b", subject="b.whl", files=("ns/b.py",),
                                                    factories=(replace(GOOD, name="b"),))], host(), [],
    ),
    ("an unreadable twin", [plugin(), plugin(subject="b.whl", defects=defect("PK101"))], host(), ["PK101"]),
    # PK404, of an extra that an entry point names
    ("an extra's requirement is met", asking(("gpu",), "rich>=13; extra == 'gpu'"), host(), []),
    ("it is not met", asking(("gpu",), "rich>=14; extra == 'gpu'"), host(), ["PK404"]),
    ("nobody names that extra", asking(("cpu",), "rich>=14; extra == 'gpu'"), host(), []),
    ("it is absent", asking(("gpu",), "cuda; extra == 'gpu'"), host(), ["PK404"]),
    ("for another Python", asking(("gpu",), "rich>=14; extra == 'gpu' and python_version < '3'"), host(), []),
    ("one that is required anyhow", asking(("gpu",), "rich>=14; python_version > '3'"), host(), ["PK404"]),
    ("of a version that is not known", asking(("gpu",), "odd>=2; extra == 'gpu'"), host(pins={"odd": ""}), []),
    # PK510
    ("what the API brings", importing("api"), host(), []),
    ("what nothing brings", importing("click"), host(), ["PK510"]),
    ("a third-party requirement may bring it", importing("click", requires=("acme-api>=3", "rich")), host(), []),
    ("one of the API may", importing("click", api_requires=("rich",)), host(), []),
    ("two", importing("click", "httpx"), host(), ["PK510"] * 2),
    ("another plugin has it", [*importing("other"), plugin(name="other", subject="o.whl", files=("other.py",),
        factories=(replace(GOOD, name="o"),))], host(), ["PK510"]),
    ("which is required", [*importing("other", requires=("other",)), plugin(name="other", subject="o.whl",
        files=("other.py",), factories=(replace(GOOD, name="o"),))], host(pins=None), []),
    ("the host has it", [*importing("acme_host"), plugin(name="acme-host", subject="h.whl", stamped=HOST_OWN,
        files=("acme_host/__init__.py",), factories=(), requires=("rich",))], host(), []),
    ("nothing is known of the API", importing("click")[0], host(), []),
    # PK511
    ("an extension module for its tag", plugin(files=("filter/a.cpython-311-x86_64-linux-gnu.so",),
                                               tags=("cp311-cp311-linux_x86_64",)), None, []),
    ("for another Python", plugin(files=("filter/a.cpython-311-x86_64-linux-gnu.so",),
                                  tags=("cp312-cp312-linux_x86_64",)), None, ["PK511"]),
    ("two are one finding", plugin(files=("filter/a.cp39-win32.pyd", "filter/b.cp39-win32.pyd"),
                                   tags=("cp39-abi3-win32",)), host(), ["PK511"]),
    ("for one Python of many", plugin(files=("filter/a.abi3.so",)), host(), ["PK511"]),
    # PK520
    ("its own modules are there", plugin(absent=()), None, []),
    ("one is missing", plugin(absent=(GONE,)), host(), ["PK520"]),
    ("two are one finding", plugin(absent=(GONE, replace(GONE, module="filter.more"))), host(), ["PK520"]),
    ("one of the host's", plugin(name="acme-host", stamped=HOST_OWN, absent=(GONE,)), host(), ["PK520"]),
    ("another artifact puts it there", [plugin(absent=(GONE,), site="s", installed=True), plugin(
        name="other", subject="b.whl", site="s", installed=True,
        factories=(replace(GOOD, name="b"),), files=("filter/lib/x.py",))], host(), []),
    # PK512
    ("an __init__.py in a namespace", [part("a"), part("b", "ns/__init__.py")], host(), ["PK512"]),
    ("one that extends its path", [part("a"), part("b", "ns/__init__.py", ns=PURE)], host(), []),
    ("in both", [part("a", "ns/__init__.py", ns=PURE), part("b", "ns/__init__.py", ns=PURE)], host(), []),
    ("with code in one", [part("a", "ns/__init__.py", ns=CODE), part("b", "ns/__init__.py", ns=PURE)], host(),
     ["PK512"]),
    ("with the same code in both", [part("a", "ns/__init__.py", ns=CODE), part("b", "ns/__init__.py", ns=CODE)],
     host(), []),
    ("that extends its path in one, and not in the other",
     [part("a", "ns/__init__.py", ns=PURE), part("b", "ns/__init__.py", ns=SHUT)], host(), ["PK512"]),
    ("the same empty one in both", [part("a", "ns/__init__.py", ns=EMPTY), part("b", "ns/__init__.py", ns=EMPTY)],
     host(), ["PK505", "PK512", "PK505", "PK512"]),
    ("a module of a namespace's name", [part("a"), part("b", "ns.py")], host(), ["PK512"]),
    ("an extension module of it", [part("a"), part("b", "ns.so")], host(), ["PK512"]),
    ("one without code in place of one with", [whole("a", "ns/__init__.py", SHUT), whole("b", "ns/__init__.py", PURE)],
     None, ["PK512"]),
    ("a module and a package of one name", [whole("a", "ns.py"), whole("b", "ns/__init__.py", EMPTY)], None,
     ["PK512"] * 2),
    ("inside of one that both extend", [part("a", "ns/__init__.py", "ns/in/__init__.py", ns=PURE),
      part("b", "ns/in/b.py")], host(), ["PK512"]),
    ("inside a namespace", [part("a", "ns/in/x.py"), part("b", "ns/in/__init__.py")], host(), ["PK512"]),
    ("installed together", [part("a", site="s"), part("b", "ns/__init__.py", site="s")], host(), []),
    ("apart", [part("a", site="s"), part("b", "ns/__init__.py", site="t")], host(), ["PK512"]),
    ("data beside it", [plugin(files=("filter/__init__.py", "ns/x.json")), part("b", "ns/__init__.py")], host(), []),
    ("a package of the API's, added to", plugin(files=("acme/api/x.py",)), host(apis=(api(module="acme.api"),)),
     ["PK512"]),
    ("the API's namespace", plugin(files=("acme/__init__.py",)), host(apis=(api(module="acme.api"),)), ["PK512"]),
    ("one that extends its path over it", plugin(files=("acme/__init__.py",), inits={"acme": PURE}),
     host(apis=(api(module="acme.api"),)), []),
    # PK601, PK602, PK603
    ("signed", by("ci"), trusting(), []),
    ("signed by two", by("ci", "release"), trusting(Trust(TRUST.keys, (("fil*", 2),))), []),
    ("signed by a stranger too", by("ci", "stranger"), trusting(), []),
    ("signed, and nobody asks", by("stranger"), host(), []),
    ("not signed", by(), trusting(), ["PK601"]),
    ("not signed, not parsed", withheld(), trusting(), ["PK601"]),
    ("without a stamp", bare(defects=defect("PK201")), trusting(), ["PK201", "PK601"]),
    ("an API without a stamp", plugin(stamped=API_OWN, name="acme-api", unverified=True, content=api().digest,
      files=("api/__init__.py",), factories=()), trusting(), []),
    ("brought along", bare(vendored=True), trusting(), []),
    ("another's signature", plugin(signed=Signed(stamp().to_bytes(), signed(b"{}", "ci").envelope)), trusting(),
     ["PK602"]),
    ("a broken envelope, not parsed", replace(withheld(), signed=Signed(b"", b"{")), trusting(), ["PK602"]),
    ("signed by a stranger", by("stranger"), trusting(), ["PK603"]),
    ("signed by a stranger, not parsed", withheld("stranger"), trusting(), ["PK603"]),
    ("not parsed for another trust", withheld("ci"), trusting(), ["PK603"]),
    ("a key for others", by("ci"), trusting(Trust((key("ci", "other-*"),))), ["PK603"]),
    ("a key for others, of what has no name", by("ci", stamped=stamp(name="")),
     trusting(Trust((key("ci", "other-*"),))), ["PK603"]),
    ("not signed, of which nothing else is said", by(defects=defect("PK104")), trusting(), ["PK601"]),
    ("not signed, with two stamps", bare(defects=defect("PK204")), trusting(), ["PK204", "PK601"]),
    ("a key for its normal form", by("ci", stamped=stamp(name="Fil_Ter"), name="fil-ter"),
     trusting(Trust((key("ci", "fil-ter"),)), pins=None), []),
    ("a key of the past", by("ci"), trusting(Trust((key("ci", until="2020-01-31"),))), ["PK603"]),
    ("one key of two", by("ci"), trusting(Trust(TRUST.keys, (("filter", 2),))), ["PK603"]),
    ("an old release", by("ci", stamped=stamp(release=4)), trusting(Trust(TRUST.keys, (), 5)), ["PK603"]),
    ("the first release", by("ci", stamped=stamp(release=5)), trusting(Trust(TRUST.keys, (), 5)), []),
    ("no release", by("ci"), trusting(Trust(TRUST.keys, (), 5)), ["PK603"]),
    ("a host that is signed", by("ci", stamped=HOST_OWN, name="acme-host"), trusting(), []),
    ("a host that is not", by(stamped=HOST_OWN, name="acme-host"), trusting(), ["PK601"]),
    ("not of the release", by("ci", defects=defect("PK603")), trusting(), ["PK603"]),
    # PK509
    ("metadata left behind", plugin(leftovers=("site/filter-0.9.0.dist-info",)), host(), ["PK509"]),
    ("beside a host", plugin(stamped=HOST_OWN, name="acme-host", leftovers=("a b", "c")), None, ["PK509"]),
    # PK506
    ("side effects of the import", plugin(side_effects=EFFECTS), None, ["PK506"] * 2),
    ("a host may do as it likes", plugin(stamped=HOST_OWN, name="acme-host", side_effects=EFFECTS), None, []),
    (
        "what is linked into a host may not",
        plugin(stamped=replace(HOST_OWN, linked=LINKED), name="acme-host", side_effects=EFFECTS), None, ["PK506"] * 2,
    ),
    # PK604
    ("its sources give other bytes", plugin(defects=defect("PK604")), host(), ["PK604"]),
    (
        "every mismatch stands in one report",
        plugin(stamped=stamp(apis=(api("2.0.0", "b"),), lock=OTHER_LOCK), requires=("httpx",), defects=defect("PK103")),
        host(), ["PK103", "PK302", "PK303", "PK404"],
    ),
    ("hosts and APIs are not held against the host", plugin(stamped=stamp(kind="api", name="x", apis=())), host(), []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("evidence", "held", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_decide(evidence: Evidence | list[Evidence], held: Host | None, expected: list[str]) -> None:
    assert [finding.code for finding in findings(evidence, held)] == expected


def test_every_rule_has_a_case_that_it_refuses() -> None:
    found = {code for case in (*CASES, *GO_CASES) for code in case[3]}
    others = {"PK508", "PK701", "PK702"}  # the loader's, and those of ignores: see test_runtime and test_ignores
    assert found | others == {rule.code for rule in RULES}


def test_every_finding_says_what_to_do_next() -> None:
    for _, evidence, held, _ in CASES:
        assert all(finding.hint and finding.message for finding in findings(evidence, held))


def test_api_digest_names_what_changed_and_how_to_mend_it() -> None:
    (found,) = findings(against(api(surface=OLD)), host(apis=(api(digest="b", surface=NEW),)))
    assert found.message == "built against another copy of acme-api 3.0.0"
    assert found.facts["changed"] == ("class P: h(self, req) -> h(self, req, ctx)",)
    assert (found.facts["found"], found.facts["expected"]) == (api().digest, api(digest="b").digest)
    assert "rebuild it against acme-api 3.0.0: `pluginkit build filter`" in found.hint


def test_api_digest_says_when_only_the_implementation_differs() -> None:
    (found,) = findings(against(api()), host(apis=(api(digest="b"),)))
    assert found.facts["changed"] == ("not the public surface: bytes of the implementation",)


def test_api_digest_shortens_a_long_list_of_changes() -> None:
    many = tuple(f"def api.f{number:02}()" for number in range(30))
    (found,) = findings(against(api(surface=OLD)), host(apis=(api(digest="b", surface=OLD + many),)))
    assert len(found.facts["changed"]) == 11
    assert found.facts["changed"][-1] == "and 20 more"


def test_a_cascade_is_one_finding_with_the_list_in_its_facts() -> None:
    (found,) = findings(plugin(defects=defect(*["PK103"] * 20)), host())
    assert found.message == "PK103 is wrong (and 19 more)"
    assert len(found.facts["all"]) == 11


@pytest.mark.parametrize(
    ("evidence", "held", "severity"),
    [
        (plugin(stamped=stamp(lock=OTHER_LOCK)), host(), "warning"),
        (plugin(stamped=stamp(lock=OTHER_LOCK)), host(contract=contract(same_lock=True)), "error"),
        (plugin(), host(toolchain={"backend": "hatchling 1.27.0"}), "warning"),
        (plugin(stamped=stamp(capabilities=("fliter",))), host(), "warning"),
        (plugin(), host(contract=contract(required=("batch",))), "error"),
        (plugin(side_effects=EFFECTS[:1]), host(), "warning"),
        (plugin(leftovers=("site/filter-0.9.0.dist-info",)), host(), "warning"),
        (plugin(files=("filter/a.abi3.so",)), host(), "warning"),
        (importing("click"), host(), "warning"),
        (asking(("gpu",), "cuda; extra == 'gpu'"), host(), "error"),
        (asking(("gpu",), "rich>=14; extra == 'gpu'"), host(), "error"),
        (plugin(files=("a.abi3.so",), tags=("cp39-cp39-win32",)), host(), "error"),
        (using("call api.old 0"), host(apis=(api(surface=DEPRECATED),)), "warning"),
    ],
)
def test_severity(evidence: Evidence | list[Evidence], held: Host, severity: str) -> None:
    verdict = decide(evidence if isinstance(evidence, list) else [evidence], held)
    assert [finding.severity for finding in verdict.findings] == [severity]
    assert verdict.accepted == (severity == "warning")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("language", "surface", "hint"),
    [
        (
            "go",
            ("pkg acme/pluginapi, type Host interface {}",),
            "move it to `Init(host pluginapi.Host) error`, which the host calls after Open",
        ),
        ("go", ("pkg acme/pluginapi, type Plugin interface {}",), "move it to `New`, which the host calls after Open"),
        ("python", (), "move it to the factory 'New', which the host calls after the import"),
    ],
)
def test_init_side_effect_names_the_place_and_where_to_move_it(
    language: str, surface: tuple[str, ...], hint: str, kind: str
) -> None:
    own = stamp(apis=(api(module="pluginapi", surface=surface),), language=language)
    (found,) = findings(
        plugin(stamped=own, language=language, side_effects=(SideEffect("a/b.go", 12, "x.Y", kind),)), None
    )
    assert found.message == f"as it is loaded, x.Y {KINDS[kind]}"
    assert found.facts == {"at": "a/b.go:12"}
    assert found.hint == hint


@pytest.mark.parametrize(
    ("mark", "hint"),
    [
        ("@deprecated", "use what acme-api recommends instead of it"),
        ("@deprecated('use api.new')", "the API says: use api.new"),
    ],
)
def test_deprecated_api_names_what_is_used_and_what_the_api_says(mark: str, hint: str) -> None:
    (found,) = findings(using("call api.old 0"), host(apis=(api(surface=("module api", f"{mark} def api.old()")),)))
    assert found.message == "uses api.old, which acme-api 3.0.0 declares deprecated"
    assert (found.facts, found.hint) == ({"uses": ("api.old",)}, hint)


def test_duplicates_name_the_other_artifact() -> None:
    found = findings([plugin(subject=f"{name}.whl") for name in "abc"], host())
    assert [finding.facts["also"] for finding in found] == ["b.whl and 1 more", "a.whl and 1 more", "a.whl and 1 more"]


@pytest.mark.parametrize(
    ("file", "tag", "message"),
    [
        ("a/b.cpython-39-darwin.so", "cp311-cp311-macosx_11_0_arm64", "another Python than its tag's"),
        ("a/b.cp39-win32.pyd", "cp39-cp39-win_amd64", "another platform than its tag's"),
        ("a/b.abi3.so", "py3-none-any", "one interpreter or platform, and its tag promises any"),
    ],
)
def test_extension_suffix_says_what_differs(file: str, tag: str, message: str) -> None:
    (found,) = findings(plugin(files=(file,), tags=(tag,)), None)
    assert found.message == f"a.b was compiled for {message}"
    assert found.facts == {"found": file, "expected": tag}


def test_missing_module_says_who_imports_it_and_what_the_build_left_out() -> None:
    (found,) = findings(plugin(absent=(GONE,)), None)
    assert found.message == "it lacks the module filter.lib, which filter imports"
    assert found.facts == {"at": "filter/__init__.py:3"}
    known = {"filter.lib": LeftOut("plugins/filter/lib.py", "mend .gitignore")}
    (found,) = findings(plugin(absent=(GONE, replace(GONE, module="filter.more")), left_out=known), None)
    assert (found.message, found.hint) == (
        "it lacks the module filter.lib, which filter imports (and 1 more)",
        "mend .gitignore",
    )
    assert found.facts["left out"] == "plugins/filter/lib.py"


def test_entry_point_outside_says_what_the_build_left_out() -> None:
    known = {"filter": LeftOut("plugins/filter/src/filter.py", "mend .gitignore")}
    (found,) = findings(replace(with_factory(shipped=False), left_out=known), host())
    assert found.message == "the module of the entry point 'filter' is not in it: the build backend left it out"
    assert (found.facts["left out"], found.hint) == ("plugins/filter/src/filter.py", "mend .gitignore")


def test_leftover_metadata_says_what_to_remove() -> None:
    (found,) = findings(plugin(leftovers=("my site/filter-0.9.0.dist-info", "b.egg-info")), host())
    assert found.hint == "remove it: `rm -r 'my site/filter-0.9.0.dist-info' b.egg-info`"
    assert found.facts == {"all": ("my site/filter-0.9.0.dist-info", "b.egg-info")}


def test_what_lies_beside_counts_for_overlaps_unless_it_is_replaced() -> None:
    beside = plugin(name="acme-host", stamped=HOST_OWN, subject="host", files=("acme_host/x.py", "filter/x.py"))
    judged = plugin(files=("filter/x.py",))
    assert [one.code for one in decide([judged], host(), [replace(beside, factories=())]).findings] == ["PK505"]
    found = decide([plugin()], host(), [beside]).findings  # its entry point, and its package
    assert [one.code for one in found] == ["PK505", "PK512"]
    assert decide([judged], host(), [replace(beside, name="filter")]).accepted


def test_plugins_that_are_judged_together_may_require_each_other() -> None:
    other = plugin(name="other", subject="b.whl", factories=(replace(GOOD, name="b"),), files=("other.py",))
    asks = plugin(requires=("other==1.0.0",))
    assert not judge([asks], [HostSide(host())])[0].accepted
    assert judge([asks, other], [HostSide(host())])[0].accepted


def _decide_own(count: int) -> Callable[[], None]:
    own = [
        plugin(subject=f"{n}.whl", name=f"p{n}", factories=(replace(GOOD, name=f"p{n}"),), stamped=stamp(name=f"p{n}"))
        for n in range(count)
    ]

    def work() -> None:
        assert decide(own, host()).accepted

    return work


def _decide_same(count: int) -> Callable[[], None]:
    same = [plugin(subject=f"{number}.whl") for number in range(count)]

    def work() -> None:
        assert len(decide(same, host()).findings) == count

    return work


@pytest.mark.parametrize("work", [_decide_own, _decide_same])
def test_deciding_is_linear_in_the_number_of_artifacts(work: Callable[[int], Callable[[], None]]) -> None:
    assert_linear(work, 4000)
