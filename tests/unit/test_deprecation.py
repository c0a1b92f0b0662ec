"""What an API declares deprecated: who uses it, and whether a removal was announced."""

import pytest
from monorepo import write

from pluginkit.surface.compare import compare
from pluginkit.surface.deprecation import deprecated_uses, unannounced
from pluginkit.surface.python.reader import surface
from pluginkit.surface.python.uses import known_names, read_uses

API = """\
from typing import Protocol, overload
from typing_extensions import deprecated
@deprecated("use new")
def old(x): ...
def new(x): ...
@overload
@deprecated("use str")
def both(x: int) -> int: ...
@overload
def both(x: str) -> str: ...
def both(x): ...
@deprecated("use Box")
class Crate: ...
class Box:
    @deprecated("call it")
    def open(self): ...
    def close(self): ...
    @property
    @deprecated("use size")
    def length(self): ...
class Small(Box): ...
class Made:
    @deprecated("use make")
    def __init__(self): ...
class Plugin(Protocol):
    def handle(self, box: Box): ...
    @deprecated("use handle")
    def filter(self, box: Box): ...
"""
USES = {
    "nothing": ("import api\napi.new(1)\napi.Box().close()\n", {}),
    "a function": ("import api\napi.old(1)\n", {"api.old": ("api.old",)}),
    "an import": ("from api import old\n", {"api.old": ("api.old",)}),
    "by another name": ("from api import old as o\no(1)\n", {"api.old": ("api.old",)}),
    "with another way": ("try:\n    from api import newer\nexcept ImportError:\n    from api import new\n", {}),
    "a function of which one overload is": ("import api\napi.both('')\n", {}),
    "a class": ("import api\napi.Crate()\n", {"api.Crate": ("api.Crate",)}),
    "a base": ("import api\nclass C(api.Crate): ...\n", {"api.Crate": ("C",)}),
    "a method": ("import api\napi.Box().open()\n", {"api.Box.open": (".open",)}),
    "a method of a class that inherits it": ("import api\napi.Small().open()\n", {"api.Box.open": (".open",)}),
    "a method of the class": ("import api\napi.Box.open(1)\n", {"api.Box.open": ("api.Box.open",)}),
    "a method of something else": ("import api\nopen('x')\napi.new(1)\n", {}),
    "a property": ("import api\nprint(api.Box().length)\n", {"api.Box.length": (".length",)}),
    "a constructor": ("import api\napi.Made()\n", {"api.Made.__init__": ("api.Made",)}),
    "a method that it implements": (
        "import api\nclass New(api.Plugin):\n    def filter(self, box): ...\n",
        {"api.Plugin.filter": ("New.filter",)},
    ),
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    return surface(write(tmp_path_factory.mktemp("api"), {"api/__init__.py": API}), ["api"])


@pytest.mark.parametrize(("code", "found"), USES.values(), ids=USES)
def test_what_is_deprecated_and_used_is_found(api: tuple[str, ...], code: str, found: dict) -> None:
    uses = read_uses({"p.py": code.encode()}, ["api"], known_names([api]))
    assert {one.name: one.mentions for one in deprecated_uses(api, uses.lines)} == found


def test_what_the_api_says_is_told_where_its_surface_records_it() -> None:
    lines = ("module api", "@deprecated('use new') def api.old()", '@deprecated("it\'s") def api.older()')
    found = deprecated_uses(lines, ("name api.old", "name api.older"))
    assert [one.message for one in found] == ["use new", "it's"]


def test_go_has_them_too() -> None:
    lines = ("pkg acme/api, func New()", "pkg acme/api, func Old() //deprecated")
    (found,) = deprecated_uses(lines, ("use acme/api.New", "use acme/api.Old"))
    assert (found.name, found.mentions) == ("acme/api.Old", ("use acme/api.Old",))


REMOVALS = [
    # what the older API declares, what the newer one does, and what of that nobody announced
    (["def a.f()"], [], ["a.f"]),
    (["@deprecated def a.f()"], [], []),
    (["def a.f()", "@deprecated def a.g()"], [], ["a.f"]),
    (["class a.C", "def a.C.m(self)"], ["class a.C"], ["a.C.m"]),
    (["class a.C", "@deprecated def a.C.m(self)"], ["class a.C"], []),
    (["@deprecated class a.C", "def a.C.m(self)"], ["@deprecated class a.C"], []),
    (["@deprecated class a.C", "def a.C.m(self)"], [], []),
    (["def a.f(x)"], ["def a.f()"], []),
    (["@internal def a.f()"], [], []),
    ([], ["def a.f()"], []),
    (["module a.b", "@deprecated def a.b.f()"], [], []),
    (["module a.b", "@deprecated def a.b.f()", "def a.b.g()"], [], ["a.b"]),
    (["import a.f from a.b.f", "module a.b", "@deprecated def a.b.f()"], ["module a.b", "@deprecated def a.b.f()"], []),
    (["pkg a, func F()"], ["pkg a, func G()"], ["a.F"]),
    (["pkg a, func F() //deprecated"], ["pkg a, func G()"], []),
    (["pkg a, type T struct { X }", "pkg a, type T struct, X int //deprecated"], ["pkg a, type T struct { }"], []),
    (["pkg a, type T struct { X }", "pkg a, type T struct, X int"], ["pkg a, type T struct { }"], ["a.T.X"]),
    (["pkg a, type T struct { X } //deprecated", "pkg a, type T struct, X int"],
     ["pkg a, type T struct { } //deprecated"], []),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "names"), REMOVALS)
def test_a_removal_that_nobody_announced_is_marked(old: list[str], new: list[str], names: list[str]) -> None:
    if not (old or new)[0].startswith("pkg "):
        old, new = [*old, "module a"], [*new, "module a"]
    found = unannounced(compare(old, new), old)
    assert [one.name for one in found if one.unannounced] == names
    assert all(("removed without having been deprecated" in one.detail) == one.unannounced for one in found)
