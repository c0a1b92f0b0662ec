"""Surfaces and uses come from artifacts and may be anything; sources may be anything that is called `.py`."""

import importlib.util
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cost import assert_linear
from hypothesis import given, settings
from hypothesis import strategies as st

from pluginkit.core.errors import PluginkitError
from pluginkit.surface.compare import compare, sees_all
from pluginkit.surface.concern import concerning
from pluginkit.surface.deprecation import deprecated_uses
from pluginkit.surface.python.reader import surface
from pluginkit.surface.python.uses import known_names, read_uses
from pluginkit.surface.roles import roles
from pluginkit.surface.uses import Uses

PARTS = [
    "class", "def", "async def", "field", "property", "module", "import", "private", "type", "unknown",
    "if x:", "from", "@abstractmethod", "@overload", "@internal", "@lazy", "@declared",
    "@dataclass(frozen=True)", "@hookspec", "a", "a.A", "a.B", "a.A.f", "a.A.__init__", "a.A.__call__",
    "a.E", "a.__all__ =", "(a.A)", "(a.B)", "(Protocol)", "(Enum)", "(TypedDict)", "(BaseModel)",
    "(self, x)", "(self, x: A, *, y = 1)", "(*args, **more)", "-> A", "-> B | None", ": A", "= 1",
    "= Callable[[A], B]", "= NewType[A]", "(", ")", "[", "]", "'", ",", "|", "pkg a,", "func F(int)",
]  # fmt: skip
LINES = st.lists(st.text() | st.lists(st.sampled_from(PARTS), max_size=6).map(" ".join), max_size=12)
USED = [
    "call", "run", "get", "set", "test", "item", "name", "path", "super",
    "class X(a.A): f(self, x); y", "module p: f(x)", "text f", "computed getattr", "dynamic exec", "a",
    "a.A", "a.A.f", ".f", "a.*", "a.A|", "1", "1,x", "0,*,**", "0:int",
]  # fmt: skip
USES = st.lists(st.text() | st.lists(st.sampled_from(USED), max_size=4).map(" ".join), max_size=12)


@settings(max_examples=300, deadline=None)
@given(old=LINES, new=LINES, uses=USES)
def test_any_lines_are_compared(old: list[str], new: list[str], uses: list[str]) -> None:
    for change in compare(old, new, roles(old)):
        assert str(change)
    for one in (*concerning(old, new, Uses(tuple(sorted(set(uses))))), *concerning(old, new, None)):
        assert str(one)
    deprecated_uses(tuple(old), tuple(uses))
    sees_all(old)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=6).map(" ".join) | st.text())
def test_a_surface_compared_with_itself_has_no_changes(line: str) -> None:
    if line and not line.startswith("pkg "):  # an empty line declares nothing that could be found again
        assert [one for one in compare([line], [line]) if one.breaks and one.severity != "unknown"] == []


def overloads(count: int) -> list[str]:
    return ["module a", *(f"@overload def a.f(x: int, y: A{number}) -> str" for number in range(count))]


def names(count: int) -> list[str]:
    return [f"def a{'.b' * count}.f(x)", f"def a.g(x: {'list[' * count}int{']' * count})"]


def chain(count: int) -> list[str]:
    lines = [f"class a.C{number}(C{number - 1})" for number in range(count)]
    return ["module a", *lines, *(f"def a.C{number}.m{number}(self)" for number in range(count))]


def aliases(count: int) -> list[str]:
    return ["module a", *(f"import a.n{number} from a.n{number + 1}" for number in range(count)), "def a.f(x: n0)"]


def doubling(count: int) -> list[str]:
    lines = [f"type a.T{number} = tuple[T{number + 1}, T{number + 1}]" for number in range(count)]
    return ["module a", *lines, "def a.f(x: T0) -> T1"]


def members(count: int) -> list[str]:
    return ["module a", "class a.E(Enum)", *(f"a.E.M{number} = {number}" for number in range(count))]


def widened(lines: list[str]) -> list[str]:
    """Change every function and constant."""
    return [line.replace("(x", "(w, x").replace("(self", "(self, w").replace(" = ", " = 1") for line in lines]


@pytest.mark.slow
@pytest.mark.parametrize("made", [overloads, names, chain, aliases, doubling, members], ids=lambda made: made.__name__)
def test_hostile_surfaces_are_compared_in_linear_time(made: Callable[[int], list[str]]) -> None:
    uses = Uses(("call .f 1", "call a.f 1", "class X(a.C9): m9(self)", "get a.E.M1", "name a.*"))

    def work(size: int) -> Callable[[], object]:
        old = made(size)
        new = widened(old)
        fresh = iter(range(100))  # another line each time, as comparisons are remembered

        def once() -> object:
            mark = f"a.mark{next(fresh)} = 1"
            return compare([*old, mark], new), concerning([*old, mark], new, uses), roles(old)

        return once

    assert_linear(work, 5000 if made is not names else 2000)


SOURCES = st.text() | st.lists(
    st.sampled_from(
        [
            "import a", "from . import *", "from .x import y as z", "__all__ = ['f'] + g", "__all__ += f()",
            "class A(B, metaclass=M): x: int = 1", "class A:\n    def f(self, *, x=1): yield", "def f(): ...",
            "async def f(x: 'A | None' = None): ...", "f = g = lambda x: x", "a, *b = c",
            "X = namedtuple('X', 'a b')", "X = Enum('X', [])", "X = partial()", "X = type('X', (), {})",
            "X: TypeAlias = 'X'", "del f", "if x:\n    def g(): ...\nelse:\n    g = 1",
            "try:\n    import a\nexcept ImportError:\n    a = None", "globals()['x'] = 1",
            "@f\n@g.h(1)\ndef f(x): return x", "@dataclass(frozen=True, **{})\nclass A: x: InitVar[int]",
            "@property\ndef f(self): ...", "def __getattr__(name): return name == 'x'", "type X = int",
            "match x:\n    case A(y=1): pass", "x.y[0]: int = 2", "getattr(x, y)(z)", "isinstance(x)",
            "super().f()", "partial()", "exec('import api')",
        ]
    ),
    max_size=8,
).map("\n".join)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(SOURCES, SOURCES)
def test_any_source_is_read_or_refused(first: str, second: str) -> None:
    files = {"api/__init__.py": first, "api/x.py": second}
    with tempfile.TemporaryDirectory() as directory:
        for name, text in files.items():
            path = Path(directory, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="replace")
        try:
            lines = surface(Path(directory), ["api"])
        except PluginkitError:
            lines = ()
    encoded = {name: text.encode(errors="replace") for name, text in files.items()}
    uses = read_uses(encoded, ["api"], known_names([lines, ["class api.A", "def api.A.f(self)"]]))
    assert uses.lines == tuple(sorted(set(uses.lines)))
    assert [one for one in compare(lines, lines) if one.breaks and one.severity != "unknown"] == []


STANDARD = Path(sysconfig.get_path("stdlib"))
PACKAGES = ["json", "asyncio", "unittest", "email", "concurrent", "pip", "attr", "pydantic", "pluggy"]


def found(package: str) -> Path:
    """Return the directory in which a package lies."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        pytest.skip(f"{package} is not installed")
    return Path(next(iter(spec.submodule_search_locations))).parent


@pytest.mark.slow
@pytest.mark.parametrize("package", PACKAGES)
def test_real_packages_are_read(package: str) -> None:
    place = found(package)
    lines = surface(place, [package])
    assert len(lines) > 10
    assert compare(lines, lines) == () or not sees_all(lines)
    files = {path.relative_to(place).as_posix(): path.read_bytes() for path in sorted((place / package).rglob("*.py"))}
    uses = read_uses({f"copy/{name}": data for name, data in files.items()}, [package], known_names([lines]))
    assert [one for one in concerning(lines, lines, uses) if not one.is_unknown] == []


@pytest.mark.parametrize("package", ["json", "email", "attr"])
def test_reading_is_deterministic(package: str) -> None:
    place = found(package)
    code = "import sys; from pathlib import Path; from pluginkit.surface.python.reader import surface\n"
    code += "print('\\n'.join(surface(Path(sys.argv[1]), [sys.argv[2]])))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", code, place, package],
            env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(printed) == 1
