"""Manifests of a stranger's tree that are much too large, or hold far too much: refused or passed over."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cost import cpu_seconds, hang_guard
from monorepo import write

from pluginkit.backends.go.project import directories, manifests
from pluginkit.backends.python.project import read_member
from pluginkit.backends.python.setup_files import declared, requirement_lines
from pluginkit.core.errors import PluginkitError

pytestmark = pytest.mark.slow

SECONDS = 5
LARGE = 16 << 20
PROJECT = '[build-system]\nrequires = ["setuptools"]\n[project]\nname = "api"\nversion = "1"\n'
NAMED = "[metadata]\nname = p\n"


def many(form: str, size: int) -> str:
    """Return as many lines, each with a number of its own, as make up `size`."""
    return "".join(form.format(number) for number in range(size // len(form)))


def member(root: Path) -> object:
    """Read the project that has a pyproject.toml, too."""
    return read_member(root, ".", "api")


ROWS: list[tuple[str, Callable[[Path], object], str, str, str]] = [
    ("setup.cfg of zeros", declared, "setup.cfg", "\0" * LARGE, "larger than"),
    ("of a MiB of zeros", declared, "setup.cfg", "\0" * (1 << 20), "not readable"),
    ("of a MiB of keys", declared, "setup.cfg", NAMED + many("k{} = 1\n", 700_000), ""),
    ("of a MiB of sections", declared, "setup.cfg", NAMED + many("[k{}]\n", 500_000), ""),
    ("of a MiB of one value", declared, "setup.cfg", f"{NAMED}x =\n" + " y\n" * 300_000, ""),
    ("setup.py of names", declared, "setup.py", "a\n" * (LARGE // 2), ""),
    ("setup.py beside a manifest", member, "setup.py", "a=[" + "[]," * (5 << 20), ""),
    ("setup.cfg beside one", member, "setup.cfg", many("[k{}]\n", LARGE), ""),
    ("requirements", lambda root: requirement_lines(root / "x.txt"), "x.txt", many("p{}\n", LARGE), ""),
    ("a go.mod of replacements", manifests, "go.mod", many("replace a{0} => ./a{0}\n", 1_000_000), ""),
    ("a go.work of blanks", directories, "go.work", " " * LARGE, "larger than 4 MiB"),
    ("a go.work of open directories", directories, "go.work", "use (./a" * 500_000, ""),
]  # fmt: skip


@pytest.mark.parametrize(("read", "file", "text", "message"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_no_manifest_takes_long(
    tmp_path: Path, read: Callable[[Path], object], file: str, text: str, message: str
) -> None:
    write(tmp_path, {file: text, "pyproject.toml": PROJECT})

    def once() -> None:
        if message:
            with pytest.raises(PluginkitError, match=message) as raised:
                read(tmp_path)
            assert len(raised.value.message) < 1000
        else:
            read(tmp_path)

    with hang_guard():
        assert cpu_seconds(once) < SECONDS
