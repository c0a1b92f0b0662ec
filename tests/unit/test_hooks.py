"""PK513 refuses what pluggy refuses: the same plugins are registered with pluggy itself."""

import sys
import types

import pluggy
import pytest

from pluginkit.backends.python.wheel.code import Sources
from pluginkit.backends.python.wheel.factories import read_factories
from pluginkit.core.api import Api, Contract
from pluginkit.core.verdict import Evidence, Host
from pluginkit.rules import decide
from pluginkit.surface.hooks import specs

SPECS = """
import pluggy

hookspec = pluggy.HookspecMarker("acme")
hookimpl = pluggy.HookimplMarker("acme")


@hookspec
def register(models, aliases, limit=3): ...


@hookspec(firstresult=True)
def answer(question): ...
"""
SURFACE = (
    "module acme",
    "acme.hookimpl: pluggy.HookimplMarker = HookimplMarker('acme')",
    "acme.hookspec: pluggy.HookspecMarker = HookspecMarker('acme')",
    "@hookspec def acme.answer(question)",
    "@hookspec def acme.register(models, aliases, limit = 3)",
)
HEAD = "import acme\nimport pluggy\nfrom acme import hookimpl\nown = pluggy.HookimplMarker('acme')\n"


def codes(
    source: str, reference: str = "plug", requires: tuple[str, ...] = ("acme",), project: str = "acme"
) -> list[str]:
    contract = Contract(group="acme")
    sources = Sources({"plug.py": "plug.py"}, lambda _: source.encode())
    surface = tuple(line.replace("'acme'", f"'{project}'") for line in SURFACE)
    host = Host("acme 1", "acme", (Api("acme", "1", "h1:", ("acme",), surface),), contract)
    found = Evidence(
        "plug.whl", name="plug", factories=read_factories([("p", reference)], "", sources), requires=requires
    )
    return [f"{one.code} {one.severity}" for one in decide([found], host).findings if one.code == "PK513"]


def is_registered(monkeypatch: pytest.MonkeyPatch, source: str, attribute: str = "") -> bool:
    """Return whether pluggy registers the plugin without complaint, its check for unknown hooks included."""
    acme = types.ModuleType("acme")
    exec(SPECS, vars(acme))
    manager = pluggy.PluginManager("acme")
    manager.add_hookspecs(acme)
    plug = types.ModuleType("plug")
    monkeypatch.setitem(sys.modules, "acme", acme)
    exec(source, vars(plug))
    try:
        manager.register(getattr(plug, attribute) if attribute else plug)
        manager.check_pending()
    except pluggy.PluginValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("source", "refused"),
    [
        ("@acme.hookimpl\ndef register(models): ...", ""),
        ("@hookimpl\ndef register(aliases, models): ...", ""),
        ("@own\ndef register(models): ...", ""),
        ("@hookimpl\ndef register(): ...", ""),
        ("@hookimpl\ndef register(models, extra=1): ...", ""),
        ("@hookimpl\ndef register(models, *, key): ...", ""),
        ("@hookimpl(specname='register')\ndef other(models): ...", ""),
        ("@hookimpl(optionalhook=True)\ndef later(models): ...", ""),
        ("@hookimpl(wrapper=True)\ndef answer(question):\n return (yield)", ""),
        ("@hookimpl(hookwrapper=True)\ndef answer(question):\n yield", ""),
        ("def register(whatever): ...", ""),
        ("@hookimpl\ndef register(model): ...", "error"),
        ("@acme.hookimpl\ndef register(models, limits): ...", "error"),
        ("@own(trylast=True)\ndef register(models, extra): ...", "error"),
        ("@hookimpl(specname='register')\ndef other(question): ...", "error"),
        ("@hookimpl(wrapper=True)\ndef answer(question): ...", "error"),
        ("@hookimpl(hookwrapper=True)\ndef answer(question): ...", "error"),
        ("@hookimpl(hookwrapper=True, wrapper=True)\ndef answer(question):\n yield", "error"),
        ("@hookimpl\ndef regsiter(models): ...", "warning"),
        ("@hookimpl(specname='regsiter')\ndef register(models): ...", "warning"),
    ],
)
def test_a_hook_is_judged_as_pluggy_judges_it(monkeypatch: pytest.MonkeyPatch, source: str, refused: str) -> None:
    assert codes(HEAD + source) == ([f"PK513 {refused}"] if refused else [])
    assert is_registered(monkeypatch, HEAD + source) == (not refused)


@pytest.mark.parametrize(
    ("body", "attribute", "refused"),
    [
        ("class P:\n @hookimpl\n def register(self, models): ...", "P", False),
        ("class P:\n @hookimpl\n def register(self, models): ...\np = P()", "p", False),
        ("class P:\n @hookimpl\n def register(self, extra): ...\np = P()", "p", True),
        ("class P:\n @staticmethod\n @hookimpl\n def register(models): ...\np = P()", "p", False),
    ],
)
def test_hooks_of_an_object_are_its_methods(
    monkeypatch: pytest.MonkeyPatch, body: str, attribute: str, refused: bool
) -> None:
    assert bool(codes(HEAD + body, f"plug:{attribute}")) == refused
    assert is_registered(monkeypatch, HEAD + body, attribute) == (not refused)


@pytest.mark.parametrize(
    "source",
    [
        "from other import hookimpl\n@hookimpl\ndef register(extra): ...",
        "import pluggy\n@pluggy.HookimplMarker('else')\ndef register(extra): ...",
        "try:\n from acme import hookimpl\nexcept ImportError:\n hookimpl = None\n@hookimpl\ndef register(extra): ...",
        "from acme import hookimpl\n@hookimpl\n@wrapped\ndef register(extra): ...",
        "from acme import hookimpl\nif x:\n @hookimpl\n def register(extra): ...",
        "from acme import hookimpl\n@hookimpl\ndef register(extra): ...\nregister = 1",
        "def (",
    ],
)
def test_what_is_not_plainly_a_hook_is_left_alone(source: str) -> None:
    assert codes(source) == []


def test_a_hook_that_another_plugin_may_specify_is_left_alone() -> None:
    source = f"{HEAD}@hookimpl\ndef register_enrichments(): ..."
    assert codes(source) == ["PK513 warning"]
    assert codes(source, requires=("acme", "acme-enrichments>=1")) == []
    assert codes(f"{source}\n@hookimpl\ndef acme_addhooks(): ...") == []


def test_pytest_refuses_an_unknown_hook_and_takes_each_function_with_its_prefix_for_one() -> None:
    surface = (
        "@hookspec def _pytest.hookspec.pytest_addoption(parser)",
        "_pytest.hookspec.hookspec: pluggy.HookspecMarker = HookspecMarker('pytest')",
        "def _pytest.hookspec.pytest_collectreport(report)",
        "def _pytest.hookspec.helper(report)",
    )
    found = specs(surface)
    assert found
    assert set(found.hooks) == {"pytest_addoption", "pytest_collectreport"}
    host = Host("pytest", "pytest", (Api("pytest", "1", "h1:", ("_pytest",), surface),), Contract(group="pytest11"))
    source = "def pytest_addoption(parser, extra): ...\ndef pytest_adoption(): ...\ndef helper(x): ...\n"
    sources = Sources({"plug.py": "plug.py"}, lambda _: source.encode())
    plugin = Evidence("plug.whl", name="plug", factories=read_factories([("p", "plug")], "", sources))
    assert [(one.code, one.severity) for one in decide([plugin], host).findings if one.code == "PK513"] == [
        ("PK513", "error"),
        ("PK513", "error"),
    ]


def test_the_hooks_of_several_projects_are_not_told_apart() -> None:
    assert specs((*SURFACE, "acme.other: pluggy.HookspecMarker = HookspecMarker('other')")) is None
