"""The rules on Go plugins of other modes: what their stamps and their host's binary say in, codes out."""

from typing import Any

import pytest

from pluginkit.backends.go.binary.runners import runners
from pluginkit.backends.go.building.modes.recipe import GENERATED
from pluginkit.core.api import Api, Contract
from pluginkit.core.frozen import replace
from pluginkit.core.gobinary import GoBinary, GoModule
from pluginkit.core.linked import Linked
from pluginkit.core.modes import MODULES
from pluginkit.core.stamp import Stamp
from pluginkit.core.verdict import Evidence, Host
from pluginkit.rules import decide

LOCK = "sha256:" + "1" * 64
API = Api("acme/pluginapi", "v1.0.0", f"h1:{'a' * 43}=", ("pluginapi",))
NEW = (("New", "func() pluginapi.Plugin"),)
CONTRACT = Contract(factory="New", symbols=NEW)
TWO = Contract(factory="New", symbols=(*NEW, ("Counter", "*int64")))
RUNNERS = ("subprocess", "wasm")
SUFFIXES = {"plugin": ".so", "subprocess": ".plugin", "wasm": ".wasm"}
KINDS = {"plugin": "plugin", "subprocess": "executable", "wasm": "wasm"}


def binary(kind: str, **changes: Any) -> GoBinary:
    made = GoBinary(
        kind=kind, go_version="go1.27.3", main="acme/x", main_module="acme", plugin_path="", settings={}, modules=(),
        platform="linux/amd64", packages={"runtime": "01"} if kind == "plugin" else {},
        exports={"New": "func() pluginapi.Plugin"} if kind == "plugin" else {},
    )  # fmt: skip
    return replace(made, **changes)


def stamp(kind: str = "plugin", name: str = "filter", **changes: Any) -> Stamp:
    made = Stamp(
        kind=kind, name=name, version="", language="go", apis=(API,), lock=LOCK, inputs=LOCK, payload=LOCK,
        builder="pluginkit", contract=CONTRACT,
    )  # fmt: skip
    return replace(made, **changes)


def plugin(mode: str = "subprocess", stamped: Stamp | None = None, **changes: Any) -> Evidence:
    made = stamped or stamp(mode=mode)
    subject = made.name + SUFFIXES[mode]
    return Evidence(subject, "go", made.name, stamp=made, mode=mode, binary=binary(KINDS[mode], **changes))


def wasm(stamped: Stamp | None = None, **changes: Any) -> Evidence:
    return plugin("wasm", stamped, **{"platform": "wasip1/wasm", **changes})


def host(contract: Contract = CONTRACT, runs: tuple[str, ...] = RUNNERS, **changes: Any) -> Host:
    made = binary("executable", packages={"runtime": "01"}, runs=runs)
    return replace(Host("dist", "host", (API,), contract, LOCK, language="go", binary=made), **changes)


def linking(*plugins: tuple[str, tuple[str, ...]], contract: Contract = CONTRACT) -> Evidence:
    """Return a host's artifact with plugins, by name and capabilities."""
    linked = tuple(Linked(name, "", capabilities, LOCK) for name, capabilities in plugins)
    made = stamp("host", "host", linked=linked, contract=contract)
    return Evidence("bin/host", "go", "host", stamp=made, binary=binary("executable"))


UNLIKE = {"go_version": "go1.20", "settings": {"-race": "true"}, "modules": (GoModule("m", "v1", "h1:y"),)}
"""Of another build in every way."""
OTHER_API = stamp(mode="subprocess", apis=(replace(API, version="v2.0.0", digest=f"h1:{'b' * 43}="),))
NO_STAMP = Evidence("filter.plugin", "go", "filter", mode="subprocess", binary=binary("executable"))
NO_PLUGIN = binary("executable")
CASES: list[tuple[str, Evidence | list[Evidence], Host | None, str]] = [
    ("a subprocess", plugin(), host(), ""),
    ("a module", wasm(), host(), ""),
    ("by themselves", [plugin(), wasm(stamp(name="b", mode="wasm"))], None, ""),
    ("of another build", [plugin(**UNLIKE), wasm(stamp(name="b", mode="wasm"), **UNLIKE)], host(), ""),
    ("of another build, by the lock", plugin(**UNLIKE), host(binary=None, toolchain={"go": "go1.27.3"}), ""),
    ("what would end a host", plugin(fatal=(("", "it exits"),), exit_factories=("New",)), host(), ""),
    ("no stamp where none is asked for", NO_STAMP, host(apis=(), contract=Contract()), ""),
    ("no stamp, and a contract", NO_STAMP, host(), ""),
    # the host
    ("a host that cannot open plugins", plugin(), host(binary=replace(NO_PLUGIN, runs=RUNNERS)), ""),
    ("a host without the mode", [plugin(), wasm(stamp(name="b", mode="wasm"))], host(runs=()), "PK402 PK402"),
    ("a host without one of the modes", [plugin(), wasm(stamp(name="b", mode="wasm"))], host(runs=RUNNERS[:1]),
     "PK402"),
    ("another platform", plugin(platform="linux/arm64"), host(), "PK403"),
    ("another platform, and a host without the mode", plugin(platform="linux/arm64"), host(runs=()), "PK403"),
    ("a module on any platform", wasm(), host(binary=replace(NO_PLUGIN, runs=RUNNERS, platform="windows/386")), ""),
    # stamps
    ("another API", plugin(stamped=OTHER_API), host(), "PK302 PK303"),
    ("another lock", plugin(stamped=stamp(mode="subprocess", lock="sha256:2")), host(), "~PK406"),
    ("another lock where one is asked for", plugin(stamped=stamp(mode="subprocess", lock="sha256:2")),
     host(replace(CONTRACT, same_lock=True)), "PK406"),
    ("a symbol that its build did not assert", plugin(), host(TWO), "PK501"),
    ("a symbol that only its build asserted", plugin(stamped=stamp(mode="subprocess", contract=TWO)), host(), ""),
    ("a type in another spelling", plugin(stamped=stamp(mode="subprocess", contract=Contract(
        symbols=(("New", "func()  interface{}"),)))), host(Contract(symbols=(("New", "func() any"),))), ""),
    ("another type", plugin(), host(Contract(symbols=(("New", "func() any"),))), "PK502"),
    ("a factory whose type nobody asserted", plugin(stamped=stamp(mode="subprocess", contract=Contract("New"))),
     host(), ""),
    ("a capability", plugin(), host(replace(CONTRACT, required=("batch",))), "PK504"),
    # names
    ("one plugin in two modes", [plugin("plugin"), plugin(), wasm()], host(), "PK505 PK505"),
    ("and the first is refused", [plugin("plugin", plugin_path="", exports={}), plugin()], host(), "PK501"),
    ("linked too", [plugin("plugin"), plugin(), wasm()], host(linked=("filter",)), "PK505 PK505 PK505"),
    ("linked too, for another platform", plugin(platform="linux/arm64"), host(linked=("filter",)), "PK403"),
    ("another one is linked", plugin(), host(linked=("other",)), ""),
    # hosts with plugins
    ("linked plugins", linking(("a", ("batch",)), ("b", ())), None, ""),
    ("linked, and without a capability", linking(("a", ("batch",)), ("b", ()), contract=Contract(required=("batch",))),
     host(), "PK504"),
    ("linked, with an unknown one", linking(("a", ("batsh",)), contract=Contract(known=("batch",))), host(), "~PK504"),
    ("linked, and one version asks for nothing", linking(("a", ()), contract=Contract(
        required=("batch",), apis=(Contract(api="v2"),))), host(), ""),
    ("linked, and both versions ask", linking(("a", ()), contract=Contract(
        required=("batch",), apis=(Contract(api="v2", required=("batch", "more")),))), host(), "PK504"),
]  # fmt: skip


@pytest.mark.parametrize(("evidence", "against", "codes"), [case[1:] for case in CASES], ids=[one[0] for one in CASES])
def test_rules_on_modes(evidence: Evidence | list[Evidence], against: Host | None, codes: str) -> None:
    verdict = decide(evidence if isinstance(evidence, list) else [evidence], against)
    found = [("~" if one.severity == "warning" else "") + one.code for one in verdict.findings]
    assert found == codes.split()


def test_what_is_linked_stays_and_hints_name_what_builds_a_mode() -> None:
    (linked,) = decide([plugin()], host(linked=("filter",))).findings
    assert "linked into the host, which runs that one" in linked.message
    foreign = stamp(mode="subprocess", lock="sha256:2")
    (elsewhere,) = decide([plugin(stamped=foreign, platform="linux/arm64", main_module="other")], host()).findings
    assert elsewhere.hint == "rebuild it: `pluginkit build filter`"
    (missing,) = decide([plugin()], host(TWO)).findings
    assert missing.hint == "define `var Counter int64` in its main package, and rebuild it: `pluginkit build filter`"


@pytest.mark.parametrize("mode", ["subprocess", "wasm"])
def test_a_stale_api_is_told_in_the_same_words_in_every_mode(mode: str) -> None:
    stale = replace(API, version="v2.0.0", digest=f"h1:{'b' * 43}=", surface=("pkg acme/pluginapi, type A int",))
    found = {
        one: [
            (finding.code, finding.message, finding.hint, finding.facts)
            for finding in decide([plugin(one, stamp(mode=one, apis=(stale,)))], host()).findings
        ]
        for one in ("plugin", mode)
    }
    assert [code for code, *_ in found[mode]] == ["PK302", "PK303"]
    assert found[mode] == found["plugin"]


def test_a_program_runs_the_modes_whose_runners_it_contains() -> None:
    names = b"".join(f"\0acme/loader/{GENERATED}/{mode}.Start\0".encode() for mode in MODULES)
    modules = [GoModule(path, "v1.0.0") for path in MODULES.values()]
    assert runners(names, modules) == ("subprocess", "wasm")
    assert runners(names, modules[1:]) == ("wasm",)
    assert runners(b"it uses the modules for itself", modules) == ()
