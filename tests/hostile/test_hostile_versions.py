"""What a stranger's tree says of its version: no pattern and no file keeps the commands that read it from ending."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from monorepo import write

pytestmark = pytest.mark.slow

SECONDS, MOST = 5, 300 << 10
"""Of processor time, and KiB of memory."""
STATED = """
import resource
import sys
from pathlib import Path
from pluginkit.backends.python.project import read_member
from pluginkit.backends.python.stated_versions import stated_versions
root = Path(sys.argv[1])
places = stated_versions(root, read_member(root, ".", "api")).places
(peak,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(peak, children, *(f"{one.path}:{one.line}:{one.text}" for one in places))
"""
HEAD = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[project]\nname = "api"\n'
DYNAMIC = 'dynamic = ["version"]\n'
PLAIN = 'VERSION = "1.2.3"\n'
MIB = 1 << 20


def by_pattern(pattern: str) -> str:
    return f"{HEAD}{DYNAMIC}[tool.hatch.version]\npath = 'v.py'\npattern = '''{pattern}'''\n"


TABLES = "".join(f'[tool.a{number}]\nversion = "1.2.3"\n' for number in range(10_000))
FOUND = "v.py:1:1.2.3"
ROWS = [
    ("a pattern", by_pattern("= .(?P<version>[0-9.]+)"), PLAIN, FOUND),
    ("a nested repeat", by_pattern("(?P<version>(a+)+)b"), "a" * 100_000, ""),
    ("alternatives that overlap", by_pattern("(?P<version>(a|a)*)b"), "a" * 100_000, ""),
    ("a cube", by_pattern(r"(?P<version>[\s\S]*[\s\S]*[\s\S]*)b"), "a" * 100_000, ""),
    ("one that remembers each character", by_pattern("(?P<version>(?:a|b)*)c"), "ab" * 100_000, ""),
    ("one that takes long to compile", by_pattern("(?P<version>(((a{1,1000}){1,1000}){1,1000}){1,1000})"), PLAIN, ""),
    ("many groups", by_pattern("(" * 100_000), PLAIN, ""),
    ("a long file", by_pattern("(?P<version>x)"), "a\n" * MIB, ""),
    ("a huge file", by_pattern("(?P<version>x)"), "a" * 40 * MIB, ""),
    ("hatch's own pattern", by_pattern(""), "VERSION = '\n" * 150_000, ""),
    ("blanks", by_pattern(""), "VERSION" + " " * MIB, ""),
    ("many versions", f'{HEAD}version = "1.2.3"\n{TABLES}', "", "pyproject.toml:6:1.2.3"),
    ("it stands behind many", f'{TABLES}{HEAD}version = "1.2.3"\n', "", "pyproject.toml:1:1.2.3"),
    ("code of names", f'{HEAD}version = "1.2.3"\n', "API_VERSION\n" + "a\n" * 900_000, "pyproject.toml:6:1.2.3"),
    ("code of dots", f'{HEAD}version = "1.2.3"\n', "API_VERSION\na" + ".a" * 900_000, "pyproject.toml:6:1.2.3"),
]  # fmt: skip


@pytest.mark.parametrize(("manifest", "code", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_version_is_found_or_not_within_seconds(tmp_path: Path, manifest: str, code: str, expected: str) -> None:
    root = write(tmp_path, {"pyproject.toml": manifest, "v.py": code})
    begun = spent()
    done = subprocess.run([sys.executable, "-c", STATED, root], capture_output=True, text=True, check=True, timeout=60)
    peak, children, *places = done.stdout.split()
    assert (places, int(peak) < MOST, int(children) < MOST) == ([expected] if expected else [], True, True), (
        peak,
        children,
    )
    assert spent() - begun < SECONDS


def spent() -> float:
    """Return the processor time that children took, and theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
