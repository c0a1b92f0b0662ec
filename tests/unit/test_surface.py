"""The public surface of an API, read from its files."""

from pathlib import Path

import pytest

from pluginkit.core.errors import PluginkitError
from pluginkit.surface.python.reader import surface

MODEL = '''
import abc
from dataclasses import dataclass, field, KW_ONLY
from typing import ClassVar, Protocol, overload
from elsewhere import Thing

LIMIT: int = 3
_hidden = 1

@dataclass(frozen=True, slots=True)
class Request:
    """A request."""
    id: str
    tags: tuple[str, ...] = ()
    kind: ClassVar[str] = "r"
    _: KW_ONLY
    meta: dict[str, str] = field(default_factory=dict)

class _Base:
    def inherited(self) -> None: ...
    def _private(self) -> None: ...

class Plugin(_Base, Protocol):
    @property
    def name(self) -> str: ...
    async def handle(self, request: Request, /, *args: int, strict: bool = False, **more: object) -> "str | None": ...
    @staticmethod
    def make() -> None: ...
    @classmethod
    def build(cls) -> None: ...

class Job(abc.ABC):
    @abc.abstractmethod
    def run(self) -> None: ...

@overload
def pick(x: int) -> int: ...
@overload
def pick(x: str) -> str: ...
def pick(x): return x
'''

EXPECTED = """\
module acme
private acme: ClassVar, KW_ONLY, Protocol, abc, dataclass, field, overload
acme.API: str = 'v3'
import acme.Gone from elsewhere.Gone
class acme.Job(ABC)
@abstractmethod def acme.Job.run(self) -> None
@internal acme.LIMIT: int = 3
class acme.Plugin(Protocol)
@classmethod def acme.Plugin.build(cls) -> None
async def acme.Plugin.handle(self, request: Request, /, *args: int, strict: bool = False, **more: object) -> str | None
def acme.Plugin.inherited(self) -> None
@staticmethod def acme.Plugin.make() -> None
property acme.Plugin.name: str
@dataclass(frozen=True, slots=True) class acme.Request
def acme.Request.__init__(self, id: str, tags: tuple[str, ...] = (), *, meta: dict[str, str] = dict()) -> None
field acme.Request.id: str
acme.Request.kind: str = 'r'
field acme.Request.meta: dict[str, str] = field(default_factory=dict)
field acme.Request.tags: tuple[str, ...] = ()
@internal import acme.Thing from elsewhere.Thing
private acme._model: Job, LIMIT, Plugin, Request, Thing, _Base, _hidden, pick
@overload def acme.pick(x: int) -> int
@overload def acme.pick(x: str) -> str
def acme.pick(x)
module acme.sub
private acme.sub: _g
def acme.sub.f(a, b = 1)
"""


def package(root: Path, **modules: str) -> Path:
    for name, text in modules.items():
        path = root.joinpath(*name.split("__in__"))
        path = path.with_name(f"{path.name}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_surface_lists_each_public_declaration_under_its_public_name(tmp_path: Path) -> None:
    names = (
        "API: str = 'v3'\nfrom elsewhere import Gone\n__all__ = ['API', 'Gone', 'Job', 'Plugin', 'Request', 'pick']\n"
    )
    package(
        tmp_path,
        acme__in____init__="from ._model import *\nfrom ._model import Job, Plugin, Request, pick\n" + names,
        acme__in___model=MODEL,
        acme__in__sub="def f(a, b=1): ...\ndef _g(): ...\nimport os\n",
    )
    assert surface(tmp_path, ["acme"]) == tuple(EXPECTED.splitlines())


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        ({"acme": "X = 1\n"}, ["module acme", "acme.X = 1"]),
        (
            {"acme__in____init__": "from ._a import Y as Y\nfrom os import path\n", "acme__in___a": "Y = 1"},
            ["module acme", "acme.Y = 1", "private acme._a: Y"],
        ),
        (
            {"acme__in____init__": "from .a import Y\n__all__ = ['Y']", "acme__in__a": "class Y: ...", "b": ""},
            ["module acme", "import acme.Y from acme.a.Y", "module acme.a", "class acme.a.Y"],
        ),
        ({"acme": "__all__ = []\nX = 1\n"}, ["module acme", "@internal acme.X = 1"]),
        ({"acme": "X = '''a\nb'''\nY = 'a\\x1b'\n"}, ["module acme", r"acme.X = 'a\nb'", r"acme.Y = 'a\x1b'"]),
        (
            {"acme__in____init__": "from .a import X", "acme__in__a": "from . import X\n__all__ = ['X']"},
            ["module acme", "private acme: X", "module acme.a", "private acme.a: X", "acme.a.__all__ = X"],
        ),
        (
            {"acme": "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\n    y: int = 1\n"},
            ["module acme", "class acme.P(NamedTuple)", "def acme.P.__new__(cls, x: int, y: int = 1)",
             "field acme.P.x: int", "field acme.P.y: int = 1"],
        ),
        (
            {"acme": "class P:\n    def __init__(self, x: int): self.x = x\n    @property\n"
             "    def y(self) -> int: ...\n    @y.setter\n    def y(self, v): ...\n"},
            ["module acme", "class acme.P", "def acme.P.__init__(self, x: int)", "acme.P.x",
             "@setter property acme.P.y: int"],
        ),
        (
            {"acme": "import abc\nfrom typing import Protocol\nclass P(abc.ABC):\n    @abc.abstractmethod\n"
             "    def _hook(self): ...\n    @property\n    @abc.abstractmethod\n    def _name(self) -> str: ...\n"
             "    def _own(self): ...\nclass Q(Protocol):\n    def _hook(self): ...\n"},
            ["module acme", "class acme.P(ABC)", "@abstractmethod def acme.P._hook(self)",
             "@abstractmethod property acme.P._name: str", "class acme.Q(Protocol)", "def acme.Q._hook(self)"],
        ),
        (
            {"acme": "def _f(x): ...\nclass _C:\n    def h(self): ...\nf = _f\nC = _C\n"},
            ["module acme", "private acme: _C, _f", "class acme.C", "def acme.C.h(self)", "def acme.f(x)"],
        ),
        (
            {"acme": "__all__ = ['X']\nX = 1\ndef __getattr__(name): ...\n"},
            ["module acme", "acme.X = 1", "def acme.__getattr__(name)"],
        ),
    ],
)  # fmt: skip
def test_surface_reads(tmp_path: Path, files: dict[str, str], lines: list[str]) -> None:
    assert surface(package(tmp_path, **files), ["acme"]) == tuple(lines)


def test_surface_reads_the_part_of_a_namespace_package_that_is_the_apis_own(tmp_path: Path) -> None:
    package(tmp_path, acme__in__api__in____init__="X = 1\n", acme__in__other="def broken(:\n")
    assert surface(tmp_path, ["acme.api"]) == ("module acme.api", "acme.api.X = 1")


def test_surface_prefers_the_types_of_a_stub(tmp_path: Path) -> None:
    package(tmp_path, acme="def f(x): ...\n")
    (tmp_path / "acme.pyi").write_text("def f(x: int) -> str: ...\n")
    assert surface(tmp_path, ["acme"]) == ("module acme", "def acme.f(x: int) -> str")


def test_surface_names_a_compiled_module_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "acme.abi3.so").write_bytes(b"\x7fELF")
    assert surface(tmp_path, ["acme"]) == ("module acme (compiled)",)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"acme__in____init__": "", "acme__in__bad": "x = 1\ndef f(:\n"}, "acme/bad.py, line 2"),
        ({"acme": "def f(:\n"}, "acme.py, line 1"),
        ({"other": ""}, "'acme' is not there"),
    ],
)
def test_surface_refuses_what_does_not_parse_naming_the_file(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    with pytest.raises(PluginkitError, match=message) as caught:
        surface(package(tmp_path, **files), ["acme"])
    assert caught.value.hint


def test_surface_executes_nothing(tmp_path: Path) -> None:
    package(tmp_path, acme=f"open({str(tmp_path / 'ran')!r}, 'w')\nX: int = 1\n")
    assert "acme.X: int = 1" in surface(tmp_path, ["acme"])
    assert not (tmp_path / "ran").exists()
