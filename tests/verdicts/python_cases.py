"""The table: a host, plugins, and what everything that decides about them must say."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from python_places import API, CONTRACT, OTHER_LOCK, PLUGIN, Files, Host, Library, Plugin, appended, removed, restated
from signing import TRUST, envelope, key, named_as
from wheels import GROUP, record

from pluginkit.core.api import Ignore
from pluginkit.core.dsse import STATEMENT, parse_envelope
from pluginkit.core.frozen import replace
from pluginkit.core.trust import Trust

STATIC = {"verify", "workspace", "gate", "environment", "assertion"}
LOADERS = {"directory", "group", "fixture"}
ONLY_GO = {"PK402", "PK405", "PK407", "PK408", "PK409", "PK410", "PK411", "PK412", "PK413", "PK514", "PK515"}
"""Rules that have nothing to say of Python."""
ALL = STATIC | LOADERS
INSTALLED = {"environment", "group"}
"""They look at what is installed: no archive is left, and installers write RECORD anew."""
WHEELS = ALL - INSTALLED
INTERPRETER = LOADERS | {"environment"}
"""They know which Python it is, and all that is installed."""
RELEASE = ALL - INTERPRETER
"""They know what the release says of itself."""
LOCKS = {"gate", "workspace"}
"""They know what the lock says, and no host."""
APART = {"verify", "assertion", "directory"}
"""They look at wheels that nobody says are installed into one directory."""
SETS = ALL - {"fixture"}
"""They look at several plugins at once."""


ASKING = ALL - {"gate"}
"""They ask for signatures; a build lets others sign what it made."""


@dataclass(frozen=True)
class Row:
    """One case."""

    name: str
    errors: str = ""
    warnings: str = ""
    host: Host = field(default_factory=Host)
    plugins: tuple[Plugin, ...] = (Plugin(),)
    refused: str | None = None
    """Names of the plugins that do not load; by default none without errors, and all with."""
    started: str = ""
    """What only a start finds, as it runs what verify accepts."""
    built: str = ""
    """What only a build warns of, which has the sources."""
    by: set[str] | frozenset[str] = frozenset(ALL)
    """Who can know it."""
    edit: Callable[[Path], None] | None = None
    """What becomes of the environment once all is installed."""

    @property
    def codes(self) -> list[str]:
        """All that anybody finds."""
        return " ".join((self.errors, self.warnings, self.started, self.built)).split()

    def expected(self, implementation: str) -> dict[str, list[str]]:
        """Return what that implementation must answer."""
        errors, warnings = self.errors.split(), self.warnings.split()
        starts = implementation in LOADERS
        errors += self.started.split() if starts else []
        warnings += self.built.split() if implementation == "gate" else []
        names = {plugin.name for plugin in self.plugins}
        refused = {*self.refused.split()} if self.refused is not None else names if errors else set()
        answer = {"errors": sorted(errors), "passed": sorted(names - refused)}
        silent = implementation in ("assertion", "fixture") and not errors
        return answer if silent else {**answer, "warnings": sorted(warnings)}


def one(**changes: object) -> tuple[Plugin, ...]:
    return (Plugin(**changes),)  # type: ignore[arg-type]


def second(*, points: str | None = None, **stamp: object) -> tuple[Plugin, ...]:
    """Return a plugin for the second version of the API."""
    stamp = {"contract": replace(CONTRACT, api="acme-api2"), **stamp}
    return (Plugin(apis=(SECOND,), code=FOR_SECOND, points=points, stamp=stamp),)


EXTEND = "from pkgutil import extend_path\n\n__path__ = extend_path(__path__, __name__)\n"
EITHER = """\
try:
    __import__("pkg_resources").declare_namespace(__name__)
except ImportError:
    __path__ = __import__("pkgutil").extend_path(__path__, __name__)
"""
SPACE = "acme_space"


def portion(name: str, init: str | None = None, ns: str = "acme_ns") -> Plugin:
    """Return a plugin in a namespace, for which it may have an `__init__.py`."""
    files = {f"{ns}/{name}.py": PLUGIN} | ({} if init is None else {f"{ns}/__init__.py": init})
    return Plugin(name, files=files, points=f"[{GROUP}]\n{name} = {ns}.{name}:New\n")


def as_release(data: bytes) -> bytes:
    """Return an envelope of the same bytes, as those of a release."""
    return envelope(parse_envelope(data).payload, "ci", payload_type=STATEMENT)


def ignoring(rule: str, plugin: str = "", until: str = "") -> Ignore:
    return Ignore(rule, "it is known", plugin, until)


def edited(path: str, text: bytes, *, listed: bool) -> Callable[[Files], Files]:
    """Return what changes a file of a finished wheel, with or without its row in RECORD."""

    def change(files: Files) -> Files:
        changed = {**files, path: text}
        return record(changed) if listed else changed

    return change


def rows_of(old: bytes, new: bytes) -> Callable[[Files], Files]:
    """Return what changes RECORD by a regular expression."""
    path = "acme_filter-1.0.0.dist-info/RECORD"
    return lambda files: {**files, path: re.sub(old, new, files[path])}


def left(*names: str) -> Callable[[Path], None]:
    """Return what leaves metadata of an older version of the plugin in an environment: of these files, or none."""

    def change(site: Path) -> None:
        directory = site / "acme_filter-0.9.0.dist-info"
        directory.mkdir()
        for name in filter(None, names):
            data = (site / INFO / name).read_text()
            (directory / name).write_text(data.replace("1.0.0", "0.9.0"))

    return change


def other_pluginkit(site: Path) -> None:
    """Let an environment have the distribution that brings an import package of our name."""
    for name in ("pluginkit", "pluginkit_toolchain"):
        (site / f"{name}-0.1.0.dist-info").mkdir()
        (site / f"{name}-0.1.0.dist-info/METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")


def factory(code: str) -> tuple[Plugin, ...]:
    return one(code=code)


def hooks(code: str) -> tuple[Plugin, ...]:
    """Return a plugin whose entry point is a module with hooks."""
    points = f"[{GROUP}]\nfilter = acme_filter\n"
    return one(
        apis=(HOOKED,),
        points=points,
        code=f"import acme_api\n\n\n{code}",
        stamp={"contract": replace(CONTRACT, factory="")},
    )


EXTRA_POINT = f"[{GROUP}]\nfilter = acme_filter:New [colours]\n"
TODAY, PAST, LATER = time.strftime("%Y-%m-%d"), "2020-02-29", "9999-12-31"
GROWN = Library(version="1.1.0", code=f"{API}\n\nclass Extra:\n    pass\n")
SAME = Library(code=f"{API}\n# one comment more\n")
BROKEN = Library(version="1.1.0", code=API.replace("self, body", "self, body, more"))
NEXT = Library(version="2.0.0")
MARKED = """\
try:
    from warnings import deprecated
except ImportError:
    deprecated = lambda text: lambda made: made
"""
STALE = Library(code=f"{API}\n\n{MARKED}\n\n@deprecated('use another')\ndef stale(): ...\n")
COPY = Library(code=f"{API}\n\nclass Extra:\n    pass\n")
EXTRA = Library("acme-extra", code="X = 1\n", path="acme_extra/__init__.py")


def extra(used: Library) -> Library:
    """Return an API that uses another."""
    return Library("acme-extra", code="X = 1\n", path="acme_extra/__init__.py", uses=(used,))


EXTRA_COPY = Library("acme-extra", code="X = 2\n", path="acme_extra/__init__.py")
SINGLE = Library("acme-extra", code="X = 1\n", path="acme_extra.py")
FOREIGN = Library("acme-foreign", code="X = 1\n", path="acme_foreign.py")
HOOKED = Library(
    code=f"""\
{API}

class HookspecMarker:
    def __init__(self, project): ...

    def __call__(self, function):
        return function


class HookimplMarker(HookspecMarker): ...


hookspec = HookspecMarker("acme")
hookimpl = HookimplMarker("acme")


@hookspec
def handle(body, request): ...
"""
)
HOOKING = Host(apis=(HOOKED,), contract={"factory": ""})
THIRD, THIRD_COPY = Library(stamp=False), Library(code=f"{API}\nX = 1\n", stamp=False)
SHARED = Library("acme-extra", code="X = 1\n", path="acme_space/extra/__init__.py")
COMPATIBLE = Host(apis=(GROWN,), policy="compatible")
ANOTHER = Plugin("other")
MISFIT = one(apis=(COPY,))
"""A plugin with one finding: PK303."""
INFO = "acme_filter-1.0.0.dist-info"
SIDE_EFFECT = f"{PLUGIN}\nopen(__file__).close()\n"
REQUIRED = {"known": ("batch", "filter"), "required": ("batch",)}
SECOND = Library("acme-api2", "2.0.0", path="acme_api2/__init__.py")
OWN = {"apis": (replace(CONTRACT, api="acme-api2", required=("batch",)),)}
TWO = Host(apis=(Library(), SECOND), contract=OWN)
"""It serves a second version of its API, and asks the plugins for that one for a capability."""
GROUPS = Host(apis=(Library(), SECOND), contract={"apis": (replace(CONTRACT, api="acme-api2", group="acme.two"),)})
"""It looks for the plugins for the second version in another group."""
POINTS = "[acme.two]\nfilter = acme_filter:New\n"
FOR_SECOND = PLUGIN.replace("acme_api", "acme_api2")
BOTH = Trust(TRUST.keys, (("acme-filter", 2),))
POINT = f"[{GROUP}]\nfilter = acme_filter:New\n"
DATA = "acme_filter-1.0.0.data"
ELSEWHERE = {f"{DATA}/data/etc/jupyter/jupyter_server_config.d/acme.json": "{}"}
PINS = {"acme-rich": "13.9.4", "acme-rough": "14.1b2"}

ROWS = [
    Row("a plugin of the host's release"),
    Row("two plugins", plugins=(Plugin(), ANOTHER), by=SETS),
    Row("a good one beside a bad one", "PK303", plugins=(*MISFIT, ANOTHER), refused="filter", by=SETS),
    # PK1: archives
    Row("a link that leads nowhere", "PK101", plugins=one(absent=True), by=WHEELS),
    Row("half an archive", "PK102", plugins=one(packed=lambda data: data[: len(data) // 2]), by=WHEELS),
    Row("an empty file", "PK102", plugins=one(packed=lambda data: b""), by=WHEELS),
    Row("bytes after the archive", "PK102", plugins=one(packed=lambda data: data + b"more"), by=WHEELS),
    Row("a file that runs at every start", "PK102", plugins=one(files={"acme.pth": "import os\n"}), by=WHEELS),
    Row("a file that runs at every start hides all else", "PK102", by=WHEELS,
        plugins=one(files={"acme.pth": "import os\n"}, apis=(COPY,))),
    Row("a name that climbs", "PK102", plugins=one(files={"../acme.py": ""}), by=WHEELS),
    # PK1: RECORD, payload, metadata
    Row("a file edited in the wheel", "PK103 PK104",
        plugins=one(bent=edited("acme_filter/__init__.py", f"{PLUGIN}# more\n".encode(), listed=False)), by=WHEELS),
    Row("a file edited with its row", "PK104 PK501",
        plugins=one(bent=edited("acme_filter/__init__.py", b"x = 1\n", listed=True)), by=WHEELS),
    Row("a row left out", "PK103", plugins=one(bent=rows_of(rb"acme_filter/__init__.py,.*\n", b"")), by=WHEELS),
    Row("a row too many", "PK103", by=WHEELS,
        plugins=one(bent=rows_of(rb"\A", b"acme_filter/more.py,sha256=AAAA,1\n"))),
    Row("a row without a hash", "PK103", plugins=one(bent=rows_of(rb"sha256=[^,]*,", b",")), by=WHEELS),
    Row("an installed file edited afterwards", "PK103", by=INSTALLED, edit=appended("acme_filter/__init__.py")),
    Row("an installed file removed", "PK103 PK503", by=INSTALLED, edit=removed("acme_filter/__init__.py")),
    Row("a module added to an installed package", "PK103", by=INSTALLED, edit=appended("acme_filter/more.py")),
    Row("installed metadata edited", "PK103", by=INSTALLED, edit=appended(f"{INFO}/METADATA")),
    Row("an installed plugin without its RECORD", "PK101", by=INSTALLED, edit=removed(f"{INFO}/RECORD")),
    Row("the stamp of another plugin", "PK105", plugins=one(stamp={"name": "acme-other"})),
    Row("the stamp of another version", "PK105", plugins=one(stamp={"version": "2.0.0"})),
    Row("a renamed wheel", "PK105", plugins=one(file="acme_filter-1.0.1-py3-none-any.whl"), by=WHEELS),
    Row("a wheel with other tags in its name", "PK105", plugins=one(file="acme_filter-1.0.0-py39-none-any.whl"),
        by=WHEELS),
    Row("the other pluginkit is installed too", "PK106", by={"environment"}, edit=other_pluginkit),
    # PK107
    Row("scripts, headers and data files of its own",
        plugins=one(points=f"{POINT}[console_scripts]\nacme = acme_filter:New\n",
                    files={f"{DATA}/{x}": "" for x in ("scripts/run", "headers/a.h", "data/share/acme-filter/x")}),
        ),
    Row("a data file elsewhere", "PK107", plugins=one(files=ELSEWHERE)),
    Row("the interpreter, as a data file", "PK107", plugins=one(files={f"{DATA}/data/bin/python": "#!/bin/sh\n"})),
    Row("where the host's contract allows it", plugins=one(files=ELSEWHERE),
        host=Host(contract={"may_install": ("etc/jupyter/*",)})),
    Row("where its own stamp alone allows it", "PK107",
        plugins=one(files=ELSEWHERE, stamp={"contract": replace(CONTRACT, may_install=("etc/jupyter/*",))})),
    Row("a script of pip's", "PK107", plugins=one(points=f"{POINT}[console_scripts]\npip3 = acme_filter:New\n"),
        host=Host(contract={"may_install": ("bin/*",)})),
    Row("the host's script", "PK107", plugins=one(points=f"{POINT}[console_scripts]\nacme = acme_filter:New\n"),
        host=Host(points="[console_scripts]\nacme = acme_host:main\n")),
    Row("two plugins with one script", "PK107", by=SETS, plugins=tuple(
        Plugin(name, points=f"[{GROUP}]\n{name} = acme_{name}:New\n[gui_scripts]\nrun = acme_{name}:New\n")
        for name in ("filter", "other"))),
    Row("a package of packaging's", "PK107", plugins=one(files={"packaging/__init__.py": ""})),
    Row("a module of the standard library", "PK107", plugins=one(files={"json/decoder.py": ""})),
    Row("a package that the host has from elsewhere", "PK107", host=Host(pins=PINS),
        plugins=one(files={"acme_rich/__init__.py": "x = 1\n"})),
    Row("a module of such a package", "PK107", host=Host(pins=PINS), by=INTERPRETER,
        plugins=one(files={"acme_rich/core.py": "x = 1\n"})),
    Row("a module beside those of such a package", host=Host(pins=PINS), plugins=one(files={"acme_rich/more.py": ""})),
    # PK2
    Row("no stamp", "PK201", plugins=one(stamp=None)),
    Row("a stamp that is none", "PK202", plugins=one(spelled=lambda data: b"{}")),
    Row("a stamp in another spelling", "PK202", plugins=one(spelled=lambda data: data + b"\n")),
    Row("an unknown member", "PK202", plugins=one(spelled=restated(more=1))),
    Row("an unknown member of a newer minor version", plugins=one(spelled=restated(more=1, minor=7))),
    Row("a member of schema 2 in schema 1", "PK202", plugins=one(spelled=restated(schema=1, mode="plugin"))),
    Row("schema 1", plugins=one(spelled=restated(schema=1))),
    Row("schema 99", "PK203", plugins=one(spelled=restated(schema=99))),
    Row("a host of schema 1", host=Host(spelled=restated(schema=1))),
    Row("a host of a newer minor version", host=Host(spelled=restated(more=1, minor=7))),
    Row("reserved members", plugins=one(spelled=restated(mode="plugin", release=4, uses=["get .name"]))),
    Row("two stamps", "PK104 PK204", by=WHEELS,
        plugins=one(bent=edited(f"acme_filter-1.0.0.data/purelib/{INFO}/pluginkit.json", b"{}", listed=True))),
    # PK301
    Row("two APIs, one release", host=Host(apis=(Library(), EXTRA)), plugins=one(apis=(Library(), EXTRA))),
    Row("one of the host's two APIs", host=Host(apis=(Library(), EXTRA))),
    Row("an API that only plugins need", host=Host(beside=(EXTRA,)), plugins=one(apis=(Library(), EXTRA))),
    Row("another copy of it", "PK303", host=Host(beside=(EXTRA,)), plugins=one(apis=(Library(), EXTRA_COPY))),
    Row("an API that the host lacks", "PK301", plugins=one(apis=(Library(), FOREIGN))),
    Row("only an API that the host lacks", "PK301", plugins=one(apis=(FOREIGN,))),
    Row("no API", "PK301", plugins=one(apis=())),
    # two versions of the API, each with its contract
    Row("for the version that is asked what all are", host=TWO),
    Row("for the version with a contract of its own", "PK504", host=TWO, plugins=second()),
    Row("and it gives what that asks", host=TWO, plugins=second(capabilities=("batch",))),
    Row("for both versions, and it names none", "PK504", host=TWO, plugins=one(apis=(Library(), SECOND))),
    Row("for both versions, and it names the old one", host=TWO,
        plugins=one(apis=(Library(), SECOND), stamp={"contract": replace(CONTRACT, api="acme-api")})),
    Row("for both versions, and it names the new one", "PK504", host=TWO,
        plugins=one(apis=(Library(), SECOND), stamp={"contract": replace(CONTRACT, api="acme-api2")})),
    Row("it names a version that it does not use", host=TWO,
        plugins=one(stamp={"contract": replace(CONTRACT, api="acme-api2")})),
    Row("a version that the host does not serve any more", "PK301", plugins=second()),
    Row("a version that the host does not serve, though it is there", "PK301 PK504", plugins=second(),
        host=Host(beside=(SECOND,), contract=OWN)),
    Row("in the group of its version", host=GROUPS, by=ALL - {"group"},
        plugins=second(points=POINTS, contract=replace(CONTRACT, api="acme-api2", group="acme.two"))),
    Row("in the group of the other version", "PK501", host=GROUPS, plugins=second()),
    # PK302, PK303
    Row("exact: another version", "PK302 PK303", host=Host(apis=(GROWN,))),
    Row("exact: the same bytes under another version", "PK302 PK303", plugins=one(apis=(NEXT,))),
    Row("exact: another copy", "PK303", plugins=MISFIT),
    Row("exact: other comments", "PK303", plugins=one(apis=(SAME,))),
    Row("compatible: the same", host=Host(policy="compatible")),
    Row("compatible: an older API that only grew", host=COMPATIBLE),
    Row("compatible: other comments", host=Host(policy="compatible"), plugins=one(apis=(SAME,))),
    Row("compatible: a newer API", "PK302 PK303", host=Host(policy="compatible"), plugins=one(apis=(BROKEN,))),
    Row("compatible: a newer API that only grew", "PK302 PK303", host=Host(policy="compatible"),
        plugins=one(apis=(GROWN,))),
    Row("compatible: an API that broke", "PK303", host=Host(apis=(BROKEN,), policy="compatible")),
    Row("compatible: another major version", "PK302", host=Host(apis=(NEXT,), policy="compatible")),
    # PK304
    Row("the API as a module", "PK304", host=Host(apis=(Library(), SINGLE)),
        plugins=one(files={SINGLE.path: SINGLE.code})),
    Row("the API as an extension module", "PK304", "PK511", host=Host(apis=(Library(), SINGLE)),
        plugins=one(files={"acme_extra.abi3.so": ""})),
    Row("the API as a package", "PK304", host=Host(apis=(Library(), EXTRA)),
        plugins=one(files={"acme_extra/__init__.py": "X = 1\n"})),
    Row("the API vendored", "PK304", plugins=one(files={"acme_filter/_vendor/acme_api/__init__.py": API})),
    Row("the API vendored by the host", "PK304", host=Host(files={"acme_host/_vendor/acme_api.py": API})),
    Row("a namespace package shared with the API", host=Host(apis=(Library(), SHARED)),
        plugins=one(files={"acme_space/filter.py": ""})),
    Row("the API's part of a namespace package", warnings="PK512", host=Host(apis=(Library(), SHARED)),
        plugins=one(files={"acme_space/extra/more.py": ""}), by=WHEELS),
    Row("the API's part of a namespace package, where it is installed", host=Host(apis=(Library(), SHARED)),
        plugins=one(files={"acme_space/extra/more.py": ""}), by=INSTALLED),
    # PK305, and what else lies on the host's side
    Row("another copy of the API beside the host", "PK305", host=Host(installed=(COPY,))),
    Row("another version of the API beside the host", "PK305", host=Host(installed=(GROWN,))),
    Row("an API without a stamp", host=Host(apis=(THIRD,))),
    Row("an API without a stamp, another copy installed", "PK305", by=INTERPRETER - {"fixture"},
        host=Host(apis=(THIRD,), installed=(THIRD_COPY,))),
    Row("an installed API edited afterwards", "PK103 PK305", edit=appended("acme_api/__init__.py"), by=INSTALLED),
    Row("the installed host edited afterwards", "PK103", edit=appended("acme_host/__init__.py"), by=INSTALLED),
    # An API that uses another
    Row("an API built against another copy of one that it uses", "PK303",
        host=Host(apis=(Library(), extra(COPY)))),
    Row("an API built against another version of it", "PK302 PK303",
        host=Host(apis=(Library(), extra(GROWN)))),
    Row("an API built against what is beside it", host=Host(apis=(Library(), extra(Library())))),
    # PK307
    Row("something deprecated is used", warnings="PK307", host=Host(apis=(STALE,)),
        plugins=one(apis=(STALE,), stamp={"uses": ("get acme_api.stale",)})),
    Row("something deprecated is not used", host=Host(apis=(STALE,)),
        plugins=one(apis=(STALE,), stamp={"uses": ("get acme_api.Plugin",)})),
    # PK601, PK602, PK603
    Row("signed", host=Host(trust=TRUST), plugins=one(signers=("ci",))),
    Row("signed by two keys", host=Host(trust=BOTH), plugins=one(signers=("ci", "release"))),
    Row("signed by a stranger too", host=Host(trust=TRUST), plugins=one(signers=("stranger", "release"))),
    Row("signed, where nobody asks", plugins=one(signers=("stranger",))),
    Row("not signed", "PK601", host=Host(trust=TRUST), by=ASKING),
    Row("not signed, and ignored", "PK601", host=Host(trust=TRUST, ignores=(ignoring("PK601"),)),
        by=ASKING - {"workspace"}),
    Row("not signed, and ignored, where that is known to be in vain", "PK601", "PK701",
        host=Host(trust=TRUST, ignores=(ignoring("PK601"),)), by={"workspace"}),
    Row("neither stamp nor signature", "PK201 PK601", host=Host(trust=TRUST), plugins=one(stamp=None), by=ASKING),
    Row("one signed, one not", "PK601", host=Host(trust=TRUST), refused="parser", by=ASKING - {"fixture"},
        plugins=(Plugin(signers=("ci",)), Plugin("parser"))),
    Row("the host is not signed", "PK601", host=Host(trust=TRUST, signed=False), plugins=one(signers=("ci",)),
        by=ASKING),
    Row("an envelope that is not one", "PK602", host=Host(trust=TRUST), by=ASKING,
        plugins=one(signers=("ci",), enveloped=lambda data: data + b" ")),
    Row("another's envelope", "PK602", host=Host(trust=TRUST), by=ASKING,
        plugins=one(signers=("ci",), enveloped=lambda data: envelope(b"{}", "ci"))),
    Row("an envelope of another type", "PK602", host=Host(trust=TRUST), by=ASKING,
        plugins=one(signers=("ci",), enveloped=as_release)),
    Row("its name spelled otherwise", host=Host(trust=Trust((key("ci", "acme-*", "release.json"),))),
        plugins=one(signers=("ci",), stamp={"name": "Acme.Filter"})),
    Row("another's signature", "PK602", host=Host(trust=TRUST), by=ASKING,
        plugins=one(signers=("stranger",), enveloped=lambda data: named_as(data, "ci"))),
    Row("signed by a stranger", "PK603", host=Host(trust=TRUST), plugins=one(signers=("stranger",)), by=ASKING),
    Row("one of two keys", "PK603", host=Host(trust=BOTH), plugins=one(signers=("ci",)), by=ASKING),
    Row("a key for others", "PK603", host=Host(trust=Trust((key("ci"), key("release", "acme-parser")))),
        plugins=one(signers=("release",)), by=ASKING),
    Row("a key for it", host=Host(trust=Trust((key("ci"), key("release", "acme-fil*")))),
        plugins=one(signers=("release",))),
    Row("a key that counts no longer", "PK603", host=Host(trust=Trust((key("ci"), key("release", until=PAST)))),
        plugins=one(signers=("release",)), by=ASKING),
    Row("a key that ends today", host=Host(trust=Trust((key("ci"), key("release", until=TODAY)))),
        plugins=one(signers=("release",))),
    Row("of an older release", "PK603", host=Host(trust=Trust(TRUST.keys, (), 3), release=3),
        plugins=one(signers=("ci",), stamp={"release": 2}), by=ASKING),
    Row("of the first release that is accepted", host=Host(trust=Trust(TRUST.keys, (), 3), release=3),
        plugins=one(signers=("ci",), stamp={"release": 3})),
    Row("a signed one edited after it was installed", "PK103 PK104", host=Host(trust=TRUST),
        plugins=one(signers=("ci",)), edit=appended("acme_filter/__init__.py"), by=INSTALLED),
    # PK401, PK406
    Row("another version of the build backend", warnings="PK401",
        plugins=one(stamp={"toolchain": {"backend": "hatchling 1.26.0"}})),
    Row("another build backend", plugins=one(stamp={"toolchain": {"backend": "flit_core 3.9.0"}})),
    Row("another lock", warnings="PK406", plugins=one(stamp={"lock": OTHER_LOCK})),
    Row("another lock, where the API differs too", "PK303", plugins=one(stamp={"lock": OTHER_LOCK}, apis=(COPY,))),
    Row("another lock, where all must share one", "PK406", host=Host(contract={"same_lock": True}),
        plugins=one(stamp={"lock": OTHER_LOCK})),
    Row("an error and a warning", "PK501", "PK401",
        plugins=one(stamp={"toolchain": {"backend": "hatchling 1.26.0"}}, code="")),
    # PK403
    Row("a Python that nobody has any more", "PK403", plugins=one(python="<3.11")),
    Row("a Python to come, where the interpreter is known", "PK403", plugins=one(python=">=3.99"), by=INTERPRETER),
    Row("a Python to come, where only a range is known", plugins=one(python=">=3.99"), by=RELEASE),
    Row("no range of versions", "PK403", plugins=one(python="three")),
    Row("tags of another system, where the interpreter is known", "PK403", plugins=one(tag="cp311-cp311-win32"),
        by=INTERPRETER),
    Row("tags of another system than this one, where the host is pure", "PK403", plugins=one(tag="cp311-cp311-win32"),
        by=RELEASE - LOCKS),
    Row("tags of another system, where only a lock is known", plugins=one(tag="cp311-cp311-win32"), by=LOCKS),
    Row("tags of an interpreter that the host's range excludes", "PK403", plugins=one(tag="cp39-cp39-any"), by=RELEASE),
    Row("tags of an interpreter in the host's range", plugins=one(tag="cp311-cp311-any"), by=RELEASE),
    Row("tags of another interpreter than the compiled host's", "PK403", host=Host(tag="cp311-cp311-linux_x86_64"),
        plugins=one(tag="cp312-cp312-manylinux_2_17_x86_64")),
    Row("tags of another system than the compiled host's", "PK403", host=Host(tag="cp311-cp311-linux_x86_64"),
        plugins=one(tag="cp311-cp311-win32")),
    Row("tags of the compiled host's system, where the interpreter is not known", by=RELEASE,
        host=Host(tag="cp311-cp311-linux_x86_64"), plugins=one(tag="cp39-abi3-manylinux_2_17_x86_64")),
    # PK404
    Row("a requirement that is pinned", host=Host(pins=PINS), plugins=one(requires=("Acme.Rich>=13",))),
    Row("a pinned pre-release", host=Host(pins=PINS), plugins=one(requires=("acme-rough>=14",))),
    Row("a requirement outside the pins", "PK404", host=Host(pins=PINS), plugins=one(requires=("acme-rich>=14",))),
    Row("a requirement that nobody pins", "PK404", plugins=one(requires=("acme-rich",))),
    Row("a requirement of an extra", plugins=one(requires=("acme-rich; extra == 'colours'",))),
    Row("a requirement of an extra that the entry point names", "PK404", host=Host(pins=PINS),
        plugins=one(points=EXTRA_POINT, requires=("acme-rich>=14; extra == 'colours'",))),
    Row("one that nobody installs", "PK404",
        plugins=one(points=EXTRA_POINT, requires=("acme-none; extra == 'colours'",))),
    Row("a marker that does not hold", plugins=one(requires=("acme-rich; python_version < '3'",))),
    Row("a marker that holds", "PK404", plugins=one(requires=("acme-rich; python_version > '3'",))),
    Row("a line that is not a requirement", "PK404", plugins=one(requires=("!!",))),
    Row("a requirement of the host", plugins=one(requires=("acme-host", "acme-api>=1"))),
    Row("a requirement of another plugin", plugins=(Plugin(requires=("acme-other>=1",)), ANOTHER), by=SETS),
    Row("a requirement of another version of it", "PK404", plugins=(Plugin(requires=("acme-other>=2",)), ANOTHER),
        refused="filter", by=SETS),
    # PK501, PK502, PK503
    Row("no entry point", "PK501", plugins=one(points="")),
    Row("an entry point in another group", "PK501", plugins=one(points="[other]\nfilter = acme_filter:New\n")),
    Row("a factory that is not defined", "PK501", plugins=factory("class Nwe: ...\n")),
    Row("a factory that only a run could find", plugins=factory(f"{PLUGIN}\nglobals()['x'] = 1\n")),
    Row("a factory with arguments", "PK502", plugins=factory("def New(config): ...\n")),
    Row("a factory with defaults", plugins=factory("from acme_api import Plugin\n\n\nclass P:\n    name = 'p'\n"
        "    handle = None\n\n\ndef New(config=None):\n    return P()\n")),
    Row("a factory with the arguments of the contract", "PK502", host=Host(contract={"arguments": ("config",)})),
    Row("a factory that makes something else", "PK502", plugins=factory("def New():\n    return object()\n")),
    Row("a factory that only a run tells to make something else", started="PK502",
        plugins=factory("def New():\n    return [object()][0]\n")),
    Row("a factory that is to be awaited", "PK502",
        plugins=factory(f"{PLUGIN.replace('New', 'P')}\n\nasync def New():\n    return P()\n")),
    Row("a plugin without one of the methods", "PK502", plugins=factory(PLUGIN.replace("handle", "hadnle"))),
    Row("a method with other arguments", "PK502", plugins=factory(PLUGIN.replace("(self, body)", "(self)"))),
    Row("a method with other names", plugins=factory(PLUGIN.replace("body", "data"))),
    Row("a method that is to be awaited", "PK502", plugins=factory(PLUGIN.replace("def handle", "async def handle"))),
    Row("a plugin that inherits a method",
        plugins=factory(f"{PLUGIN.replace('New', 'Base')}\n\nclass New(Base): ...\n")),
    Row("a plugin with methods that only a run finds", plugins=factory(
        "class New:\n    def __getattr__(self, name):\n        if name in ('name', 'handle'):\n            return str\n"
        "        raise AttributeError(name)\n")),
    Row("an entry point of another kind", "PK502", host=Host(contract={"factory": "", "kind": "module"})),
    # PK513
    Row("a hook with other arguments", "PK513", host=HOOKING,
        plugins=hooks("@acme_api.hookimpl\ndef handle(data): ...\n")),
    Row("a hook that nobody calls", warnings="PK513", host=HOOKING,
        plugins=hooks("name = 'p'\n\n\ndef handle(body): ...\n\n\n@acme_api.hookimpl\ndef handel(body): ...\n")),
    Row("a hook", host=HOOKING, plugins=hooks("name = 'p'\n\n\n@acme_api.hookimpl\ndef handle(body): ...\n")),
    Row("an entry point to the standard library", "PK503", plugins=one(points=f"[{GROUP}]\nfilter = os:system\n")),
    Row("an entry point to a module that is left out", "PK503",
        plugins=one(points=f"[{GROUP}]\nfilter = acme_filter.more:New\n")),
    # PK504
    Row("a required capability", host=Host(contract=REQUIRED), plugins=one(stamp={"capabilities": ("batch",)})),
    Row("a missing capability", "PK504", host=Host(contract=REQUIRED)),
    Row("an unknown capability", warnings="PK504", host=Host(contract={"known": ("batch",)}),
        plugins=one(stamp={"capabilities": ("bacth",)})),
    # PK505
    Row("two entry points of one name", "PK505", by=WHEELS,
        plugins=one(points=f"[{GROUP}]\na = acme_filter:New\na = acme_filter:New\n")),
    Row("one entry point in two plugins", "PK505", by=SETS,
        plugins=(Plugin(), Plugin("other", points=f"[{GROUP}]\nfilter = acme_other:New\n"))),
    Row("one module in two plugins", "PK505", "PK505", refused="filter", by=SETS,
        plugins=(Plugin(), Plugin("other", files={"acme_filter/__init__.py": PLUGIN}))),
    Row("a module in the place of another plugin's", "PK505", by=SETS - INSTALLED,
        plugins=(Plugin(), Plugin("other", files={"acme_filter/__init__.py": "x = 1\n"}))),
    Row("a module that Python finds before that of another plugin", "PK505", by=SETS, plugins=(
        Plugin(code=f"from . import more\n{PLUGIN}", files={"acme_filter/more.py": ""}),
        Plugin("other", files={"acme_filter/more/__init__.py": ""}))),
    Row("a compiled one", "PK505", "PK511", by=SETS, plugins=(
        Plugin(files={"acme_filter/more.py": ""}), Plugin("other", files={"acme_filter/more.abi3.so": ""}))),
    Row("a package of the host's own", "PK505", plugins=one(files={"acme_host/__init__.py": "x = 1\n"}),
        by=ALL - INSTALLED),
    Row("installed over one of the host's own", "PK103", "PK505", by=INSTALLED,
        plugins=one(files={"acme_host/__init__.py": "x = 1\n"})),
    Row("tests in two plugins", warnings="PK505", by=SETS,
        plugins=(Plugin(files={"tests/__init__.py": ""}), Plugin("other", files={"tests/__init__.py": ""}))),
    Row("a module of the host's", "PK501 PK505",
        plugins=one(files={"acme_host/__init__.py": '"""The host."""\n'}, points=f"[{GROUP}]\na = acme_host:New\n")),
    Row("a module of the host's, by accident", warnings="PK505", host=Host(files={"tests/__init__.py": ""}),
        plugins=one(files={"tests/__init__.py": ""})),
    Row("an entry point of the host's", "PK505",
        host=Host(points=f"[{GROUP}]\nfilter = acme_host:New\n")),
    Row("one distribution twice", "PK505", plugins=(Plugin(), Plugin(version="1.1.0")), by=SETS - INSTALLED),
    # PK511
    Row("an extension module of another Python", "PK511", plugins=one(tag="cp39-abi3-linux_x86_64",
        files={"acme_filter/_fast.cpython-311-x86_64-linux-gnu.so": ""})),
    Row("an extension module in a wheel for any platform", warnings="PK511",
        plugins=one(files={"acme_filter/_fast.abi3.so": ""})),
    # PK520
    Row("a module of its own that it lacks", "PK520", plugins=factory(f"from acme_filter.lib import LIMIT\n{PLUGIN}")),
    Row("the same in another module", "PK520", plugins=one(code=f"from . import more\n{PLUGIN}",
        files={"acme_filter/more.py": "from .lib import LIMIT\n"})),
    Row("it can do without", plugins=factory(
        f"try:\n    from acme_filter.lib import LIMIT\nexcept ImportError:\n    LIMIT = 1\n{PLUGIN}")),
    Row("a module that another plugin puts into a namespace", by=SETS - {"directory"}, plugins=(
        Plugin(code=f"import acme_space.extra\n{PLUGIN}", files={"acme_space/own/__init__.py": ""}),
        Plugin("other", files={"acme_space/extra/__init__.py": ""}))),
    # PK512
    Row("a namespace that two plugins share", plugins=(portion("filter"), portion("other")), by=SETS),
    Row("a namespace by extend_path", plugins=(portion("filter", EXTEND), portion("other", EXTEND)), by=SETS),
    Row("a namespace by extend_path, in one plugin", plugins=(portion("filter"), portion("other", EXTEND)), by=SETS),
    Row("a namespace by extend_path, with comments", by=SETS,
        plugins=(portion("filter", EXTEND), portion("other", f"# all of it\n{EXTEND}"))),
    Row("a plugin in the API's namespace", host=Host(apis=(Library(), SHARED)), plugins=(portion("filter", ns=SPACE),)),
    Row("a plugin that extends it", host=Host(apis=(Library(), SHARED)), plugins=(portion("filter", EXTEND, SPACE),)),
    Row("a plugin that declares it", host=Host(apis=(Library(), SHARED)), plugins=(portion("filter", EITHER, SPACE),)),
    Row("an __init__.py in a namespace", "PK512", refused="other", by=APART,
        plugins=(portion("filter"), portion("other", '"""Oops."""\n'))),
    Row("an __init__.py in a namespace, in a release", warnings="PK512", by={"workspace", "gate"},
        plugins=(portion("filter"), portion("other", '"""Oops."""\n'))),
    Row("an __init__.py in a namespace, installed", by=INSTALLED,
        plugins=(portion("filter"), portion("other", '"""Oops."""\n'))),
    Row("the same empty __init__.py in both", "PK512", "PK505", by=APART,
        plugins=(portion("filter", ""), portion("other", ""))),
    Row("the same empty __init__.py in both, in a release", warnings="PK505 PK512", by={"workspace", "gate"},
        plugins=(portion("filter", ""), portion("other", ""))),
    Row("the same empty __init__.py in both, installed", warnings="PK505", by=INSTALLED,
        plugins=(portion("filter", ""), portion("other", ""))),
    Row("code beside extend_path", "PK512", refused="other", by=SETS - INSTALLED,
        plugins=(portion("filter", EXTEND), portion("other", f"{EXTEND}LIMIT = 1\n"))),
    Row("an __init__.py in the API's namespace", "PK512", host=Host(apis=(Library(), SHARED)), by=APART | {"fixture"},
        plugins=one(files={"acme_space/__init__.py": ""})),
    Row("a plugin in a package of the API's", "PK512", by=APART | {"fixture"},
        plugins=one(files={"acme_api/filter.py": PLUGIN}, points=f"[{GROUP}]\nfilter = acme_api.filter:New\n")),
    Row("a plugin in a package of the API's, in a release", warnings="PK512", by={"workspace", "gate"},
        plugins=one(files={"acme_api/filter.py": PLUGIN}, points=f"[{GROUP}]\nfilter = acme_api.filter:New\n")),
    Row("a plugin in a package of the API's, installed", by=INSTALLED,
        plugins=one(files={"acme_api/filter.py": PLUGIN}, points=f"[{GROUP}]\nfilter = acme_api.filter:New\n")),
    # PK509
    Row("an empty directory that an upgrade left", warnings="PK509", by=INSTALLED, edit=left("")),
    Row("metadata that an upgrade left", warnings="PK509", by=INSTALLED, edit=left("METADATA")),
    # PK506, PK507, PK508
    Row("a side effect of the import", built="PK506", plugins=factory(SIDE_EFFECT)),
    Row("an import that raises", started="PK508", built="PK506",
        plugins=factory(f"{PLUGIN}\nraise KeyError('LIMIT')\n")),
    Row("a factory that raises", started="PK508", plugins=factory("def New():\n    raise KeyError('LIMIT')\n")),
    Row("an import that exits", started="PK507", built="PK506",
        plugins=factory(f"import sys\n{PLUGIN}\nsys.exit(3)\n")),
    # what the host lives with
    Row("ignored", host=Host(ignores=(ignoring("PK303"),)), plugins=MISFIT),
    Row("ignored by the rule's name", host=Host(ignores=(ignoring("api-digest"),)), plugins=MISFIT),
    Row("ignored by the distribution", host=Host(ignores=(ignoring("PK303", "acme-*"),)), plugins=MISFIT),
    Row("ignored by the entry point", host=Host(ignores=(ignoring("PK303", "filt?r"),)), plugins=MISFIT),
    Row("ignored by the file", host=Host(ignores=(ignoring("PK303", "acme_filter-1.0.0-*.whl"),)), plugins=MISFIT),
    Row("ignored until today", host=Host(ignores=(ignoring("PK303", until=TODAY),)), plugins=MISFIT),
    Row("ignored until some day", host=Host(ignores=(ignoring("PK303", until=LATER),)), plugins=MISFIT),
    Row("ignored of another", "PK303", host=Host(ignores=(ignoring("PK303", "acme-other"),)), plugins=MISFIT,
        by=ALL - {"workspace"}),
    Row("ignored of another, and said so", "PK303", "PK701", by={"workspace"}, plugins=MISFIT,
        host=Host(ignores=(ignoring("PK303", "acme-other"),))),
    Row("ignored until a day that is past", "PK303", "PK702", by=STATIC | {"fixture"}, plugins=MISFIT,
        host=Host(ignores=(ignoring("PK303", until=PAST),))),
    Row("ignored until a day that is past, at a start", "PK303", by=LOADERS - {"fixture"}, plugins=MISFIT,
        host=Host(ignores=(ignoring("PK303", until=PAST),))),
    Row("ignored: an unknown capability", host=Host(contract={"known": ("batch",)}, ignores=(ignoring("PK504"),)),
        plugins=one(stamp={"capabilities": ("bacth",)})),
    Row("ignored: a missing capability", host=Host(contract=REQUIRED, ignores=(ignoring("PK504", "filter"),))),
    Row("ignored: another copy of the API beside the host",
        host=Host(installed=(COPY,), ignores=(ignoring("PK305", "acme-api"),))),
    Row("ignored: one of two findings", "PK302", host=Host(apis=(GROWN,), ignores=(ignoring("PK303"),))),
    Row("not to be ignored: a broken RECORD", "PK103", by=INSTALLED, edit=appended("acme_filter/__init__.py"),
        host=Host(ignores=(ignoring("PK103"),))),
    Row("not to be ignored: another's stamp", "PK105", host=Host(ignores=(ignoring("PK105"),)), by=ALL - {"workspace"},
        plugins=one(stamp={"name": "acme-other"})),
    Row("not to be ignored: another's stamp, and said so", "PK105", "PK701", by={"workspace"},
        host=Host(ignores=(ignoring("PK105"),)), plugins=one(stamp={"name": "acme-other"})),
    Row("not to be ignored: no stamp, and said so", "PK201", "PK701", by={"workspace"},
        host=Host(ignores=(ignoring("PK201"),)), plugins=one(stamp=None)),
    Row("not to be ignored: no stamp", "PK201", host=Host(ignores=(ignoring("PK201"),)), by=ALL - {"workspace"},
        plugins=one(stamp=None)),
]  # fmt: skip
