"""What entry points offer, compared with what the host makes of them: plugin's source and contract in, problems out."""

from collections.abc import Sequence
from typing import Any

import pytest

from pluginkit.backends.python.wheel.code import Sources
from pluginkit.backends.python.wheel.factories import read_factories
from pluginkit.core.api import Api, Contract
from pluginkit.core.verdict import Evidence, Host
from pluginkit.rules import decide

PLUGIN = (
    "module api",
    "class api.Plugin(Protocol)",
    "def api.Plugin.handle(self, request: Request, retries: int = 1) -> Response",
    "property api.Plugin.name: str",
    "class api.Request",
    "class api.Response",
    "class api.NeedsHost(Protocol)",
    "def api.NeedsHost.init(self, host: Host) -> None",
)
BASE = (
    "module api",
    "class api.Source(ABC)",
    "@abstractmethod def api.Source.read(self, size: int) -> bytes",
    "def api.Source.close(self) -> None",
)
ASYNC = ("module api", "class api.Plugin(Protocol)", "async def api.Plugin.handle(self, request: str) -> str")
LAZY = ("module api", "class api.Plugin(Protocol)", "def api.Plugin.handle(self, request: str) -> Awaitable[str] | str")
TWO = ("class api.A(Protocol)", "def api.A.a(self)", "class api.B(Protocol)", "def api.B.b(self)")


def problems(source: str, surface: Sequence[str], reference: str = "plug:New", **asked: Any) -> list[str]:
    """Return the code and message of what is wrong with a plugin of one module."""
    contract = Contract(**{"factory": "New", "group": "plugs", **asked})
    sources = Sources({"plug.py": "plug.py"}, lambda _: source.encode())
    found = read_factories([("p", reference)], contract.factory, sources)
    host = Host("host", "host", (Api("api", "1", "h1:", ("api",), tuple(surface)),), contract)
    evidence = Evidence("plug.whl", name="plug", factories=found)
    return [one.message for one in decide([evidence], host).findings if one.code == "PK502"]


def made(body: str, head: str = "", bases: str = "") -> str:
    return f"{head}\nclass P({bases}):\n{body}\n\ndef New():\n return P()\n"


NAMED = " name = 'p'\n"


@pytest.mark.parametrize(
    ("source", "surface"),
    [
        (made(NAMED + " def handle(self, request, retries=1): ..."), PLUGIN),
        (made(NAMED + " def handle(self, req): ..."), PLUGIN),
        (made(NAMED + " def handle(self, *args): ..."), PLUGIN),
        (made(NAMED + " def handle(self, *, request): ..."), PLUGIN),
        (made(NAMED + " handle = other"), PLUGIN),
        (made(NAMED + " @decorated\n def handle(self): ..."), PLUGIN),
        (made(NAMED + " @staticmethod\n def handle(request): ..."), PLUGIN),
        (made(NAMED + " @classmethod\n def handle(cls, request): ..."), PLUGIN),
        (made(" def __init__(self): self.name, self.handle = 1, 2"), PLUGIN),
        (made(" def __getattr__(self, name): ..."), PLUGIN),
        (made(NAMED, "from other import Base", "Base"), PLUGIN),
        (made(NAMED, bases="Unknown"), PLUGIN),
        (made(NAMED + " async def handle(self, request): ...", bases="api.Plugin", head="import api"), LAZY),
        (made(" async def handle(self, request): ..."), ASYNC),
        (made(" def handle(self, request): return later()"), ASYNC),
        (made(" def read(self, size): ...", "import api", "api.Source"), BASE),
        (made(" def read(self, size): ...\n def close(self): ..."), BASE),
        (made(" def b(self): ..."), TWO),
        (made(" def c(self): ..."), TWO),
        (made(" def c(self): ..."), ()),
        ("def New(): return unknown()", PLUGIN),
        ("from other import New", PLUGIN),
        ("class New:\n name = handle = None", PLUGIN),
    ],
)
def test_what_may_fit_is_accepted(source: str, surface: Sequence[str]) -> None:
    assert problems(source, surface) == []


@pytest.mark.parametrize(
    ("source", "surface", "problem"),
    [
        (made(NAMED), PLUGIN, "makes P, which is not api.Plugin: it lacks 'handle'"),
        (made(" def handle(self, request): ..."), PLUGIN, "makes P, which is not api.Plugin: it lacks 'name'"),
        (made(NAMED + " def handle(self): ..."), PLUGIN, "'handle' does not take the arguments of the API"),
        (made(NAMED + " def handle(self, a, b, c): ..."), PLUGIN, "'handle' does not take the arguments of the API"),
        (made(NAMED + " @staticmethod\n def handle(): ..."), PLUGIN, "does not take the arguments of the API's"),
        (made(NAMED + " async def handle(self, r): ..."), PLUGIN, "is a coroutine function, which the host does"),
        (made(" def name(self): ...\n def handle(self, r): ..."), PLUGIN, "its 'name' is a method, not a property"),
        (made(" def handle(self, request) -> str: ..."), ASYNC, "is not a coroutine function, and the host awaits"),
        (made(" pass", "import api", "api.Source"), BASE, "its 'read' is abstract"),
        (made(" def read(self): ...", "from api import Source", "Source"), BASE, "does not take the arguments"),
        (made(" def close(self): ..."), BASE, "it lacks 'read'"),
        ("async def New(): return P()", PLUGIN, "gives the host a coroutine instead of api.Plugin"),
        ("def New():\n yield P()", PLUGIN, "gives the host a generator instead of api.Plugin"),
        ("def New() -> str: return x()", PLUGIN, "gives an object of str, which is not api.Plugin"),
        ("def New(): pass", PLUGIN, "gives nothing, which is not api.Plugin"),
        ("class New: name = 'p'", PLUGIN, "is New, which is not api.Plugin: it lacks 'handle'"),
        ("class A: name = 'p'\nclass B(A): ...\nNew = B", PLUGIN, "it lacks 'handle'"),
        ("def New(config): ...", (), "wants arguments the host does not give: config"),
    ],
)  # fmt: skip
def test_what_cannot_fit_is_refused(source: str, surface: Sequence[str], problem: str) -> None:
    (found,) = problems(source, surface)
    assert problem in found


@pytest.mark.parametrize(
    ("source", "arguments", "problem"),
    [
        ("def New(width): raise X", ("width",), ""),
        ("def New(w, *, log=None): raise X", ("width",), ""),
        ("def New(width): raise X", ("width=",), ""),
        ("def New(*args, **more): raise X", ("width", "log="), ""),
        ("class New:\n def __init__(self, width): ...", ("width",), ""),
        ("from x import Base\nclass New(Base): ...", ("width",), ""),
        ("class New:\n def __new__(cls): ...", ("width",), ""),
        ("New = make()", ("width",), ""),
        ("def New(): raise X", ("width",), "does not take what the host gives: width"),
        ("def New(w): raise X", ("width=",), "wants arguments the host does not give: w"),
        ("def New(width, /): raise X", ("width=",), "wants arguments the host does not give: width"),
        ("def New(width, height): raise X", ("width",), "wants arguments the host does not give: height"),
        ("def New(width): raise X", ("width", "log="), "does not take what the host gives: log="),
        ("class New: ...", ("width",), "does not take what the host gives: width"),
        ("class A:\n def __init__(self): ...\nclass New(A): ...", ("width",), "does not take what the host gives"),
    ],
)
def test_a_factory_is_called_with_the_arguments_of_the_contract(
    source: str, arguments: tuple[str, ...], problem: str
) -> None:
    found = problems(source, (), arguments=arguments)
    assert [problem in one for one in found] == [True] * bool(problem)


@pytest.mark.parametrize(
    ("source", "reference", "kind", "refused"),
    [
        ("class P:\n def __init__(self, config): ...", "plug:P", "", False),
        ("def p(config): ...", "plug:p", "", False),
        ("class P: ...", "plug:P", "class", False),
        ("P = make()", "plug:P", "class", False),
        ("def p(): ...", "plug:p", "class", True),
        ("", "plug", "class", True),
        ("", "plug", "module", False),
        ("from . import part", "plug:part", "module", False),
        ("class P: ...", "plug:P", "module", True),
        ("class P: ...\np = P()", "plug:p", "attribute", False),
        ("", "plug", "attribute", True),
        ("def p(): ...", "plug:p", "factory", False),
        ("def p(config): ...", "plug:p", "factory", True),
        ("", "plug", "factory", True),
    ],
)
def test_an_entry_point_is_of_the_kind_that_the_host_wants(
    source: str, reference: str, kind: str, refused: bool
) -> None:
    assert bool(problems(source, (), reference, kind=kind, factory="")) == refused


HOST = ("class api.Host(Protocol)", "api.Host.limit: int", *PLUGIN[:-2])


def test_of_several_interfaces_the_nearest_is_meant() -> None:
    assert problems(made(NAMED), HOST) == ["plug:New makes P, which is not api.Plugin: it lacks 'handle'"]
    assert problems(made(" limit = 3"), HOST) == []
    assert problems(made(" limit = 3\n name = 'p'"), (*HOST, "api.Host.name: str")) == []
    assert problems(made(" other = 3"), HOST) == []


def test_the_contract_may_name_the_class_that_plugins_are() -> None:
    source = made(" def b(self): ...")
    assert problems(source, TWO, implements="api.B") == []
    assert problems(source, TWO, implements="") == []
    assert problems(source, TWO, implements="api.A") == ["plug:New makes P, which is not api.A: it lacks 'a'"]


def test_a_class_is_held_against_the_class_that_the_host_makes_instances_of() -> None:
    source = "from api import Source\nclass P(Source): ...\n"
    assert problems(source, BASE, "plug:P", kind="class", factory="") == [
        "plug:P is P, which is not api.Source: its 'read' is abstract"
    ]
