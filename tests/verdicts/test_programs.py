"""Programs and modules for platforms without plugins, and damaged ones: both readers make the same of them."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from go_readers import DRIVER, Changes, by_go, by_python
from gofixtures import GoTools
from monorepo import write

from pluginkit.stages import scaffold

pytestmark = pytest.mark.slow
FIRST = ("windows/amd64", "linux/riscv64", "wasip1/wasm")
OTHERS = ("windows/386", "darwin/amd64", "darwin/arm64", "freebsd/amd64", "linux/386", "linux/arm", "linux/s390x")
MAIN = 'package main\n\nimport "acme/internal/glob"\n\nfunc main() { println(glob.Match("*", "a")) }\n'


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("programs")
    scaffold.new(root / "acme", "acme", language="go")
    return write(root / "acme", {"cmd/readers/main.go": DRIVER, "cmd/small/main.go": MAIN})


@pytest.fixture(scope="module")
def driver(go: GoTools, root: Path) -> Path:
    return go.build(root, "./cmd/readers", root / "readers")


@pytest.mark.parametrize("platform", [*FIRST, *(pytest.param(one, marks=pytest.mark.matrix) for one in OTHERS)])
def test_both_read_a_program_for_another_platform(go: GoTools, root: Path, driver: Path, platform: str) -> None:
    goos, _, goarch = platform.partition("/")
    flags = ("-trimpath", "-tags=a,b", "-ldflags=-s -w")
    file = go.build(root, "./cmd/small", root / "small", *flags, GOOS=goos, GOARCH=goarch, CGO_ENABLED="0")
    whole = file.read_bytes()
    changes: list[Changes] = [(), *_changes(whole, 150)]
    found = by_go(driver, [(file, one) for one in changes])
    assert isinstance(found[0], dict)
    assert (found[0]["Platform"], found[0]["Settings"]["-tags"]) == (platform, "a,b")
    assert "PK101" in found
    for one, answer in zip(changes, found, strict=True):
        data = bytearray(whole)
        for at, value in one:
            data[at] = value
        assert answer == by_python(bytes(data)), one


def _changes(data: bytes, count: int) -> Iterator[Changes]:
    """Yield changes of one or two bytes each, most of them of what a reader looks at."""
    chance = random.Random(len(data))
    info = max(data.find(b"\xff Go buildinf:"), data.find(b"producers"), 0)
    places = [(0, 64), (64, 700), (info, 600), (0, len(data))]
    for _ in range(count):
        found = []
        for _ in range(chance.randint(1, 2)):
            start, size = chance.choice(places)
            at = min(start + chance.randrange(size), len(data) - 1)
            found.append((at, chance.choice((0, 1, 0x7F, 0x80, 0xFF, data[at] ^ 1 << chance.randrange(8)))))
        yield found
