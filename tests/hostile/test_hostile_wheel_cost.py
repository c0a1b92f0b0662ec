"""What a small wheel may cost `verify`: never more than a few seconds, nor more than 300 MB, whatever it holds."""

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from wheels import Part, file_name, good_wheel, pack, record, stamp, stem, wheel_files

MOST = 300 << 10
"""KiB of memory."""
SECONDS = 15
"""Of processor time, on a machine half as fast."""
INFO = f"{stem()}.dist-info"
PLAIN = wheel_files()
MIB = 1 << 20
_VERIFY = """
import sys
from pluginkit.cli import main
status = main(["verify", sys.argv[1], "--host", sys.argv[2]])
(peak,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(f"peak {peak} {status}", file=sys.stderr)
"""


def of(unit: bytes, size: int = 4 * MIB) -> bytes:
    return unit * (size // len(unit))


def many(form: str, count: int) -> bytes:
    return "".join(form.format(f"{number:06x}") for number in range(count)).encode()


def whole(**more: bytes) -> bytes:
    """Return a wheel with other files, by the names `init`, `points` and so on."""
    names = {"init": "acme_filter/__init__.py", "points": f"{INFO}/entry_points.txt"}
    return packed({names.get(name, name): data for name, data in more.items()})


def packed(more: dict[str, bytes]) -> bytes:
    return pack([Part(name, data) for name, data in record(stamp({**PLAIN, **more})).items()])


def named(*names: str) -> bytes:
    return pack([*(Part(name, method=0) for name in names), *(Part(*one) for one in record(stamp(PLAIN)).items())])


def headers(extra: bytes, file: str = "METADATA") -> bytes:
    head, _, rest = PLAIN[f"{INFO}/{file}"].rstrip(b"\n").partition(b"\n\n")
    return packed({f"{INFO}/{file}": head + b"\n" + extra + b"\n\n" + rest})


def replaced(old: bytes, new: bytes) -> bytes:
    return packed({f"{INFO}/METADATA": PLAIN[f"{INFO}/METADATA"].replace(old, new)})


def recorded(rows: bytes) -> bytes:
    files = record(stamp(PLAIN))
    return pack([Part(name, data + rows if name.endswith("RECORD") else data) for name, data in files.items()])


LARGE = "from .m{} import C\n" + "a\n" * MIB


def modules(count: int, first: bytes, form: str) -> bytes:
    each = {f"acme_filter/m{number}.py": form.format(number + 1).encode() for number in range(count)}
    return packed({"acme_filter/__init__.py": first, **each})


COSTLY: list[tuple[str, Callable[[], bytes]]] = [
    ("a path of 32,760 directories", lambda: named("/".join("a" * 32760))),
    ("60 such paths", lambda: named(*("/".join([f"{n}", *"a" * 32000]) for n in range(60)))),
    ("one outside ASCII", lambda: named("é/" + "/".join("a" * 32000))),
    ("40,000 paths of 100 directories", lambda: named(*("/".join([f"{n}", *"a" * 100]) for n in range(40_000)))),
    ("40,000 paths of 60 directories", lambda: named(*("/".join([f"{n}", *"a" * 60]) for n in range(40_000)))),
    ("names of 2 kB", lambda: named(*(f"{n}/" + "/".join(["b" * 250] * 8) for n in range(8000)))),
    ("49,000 packages", lambda: packed({f"p{n}/__init__.py": b"" for n in range(24_000)})),
    ("headers of many names", lambda: headers(many("k{}:\n", 400_000))),
    ("headers without an end", lambda: headers(of(b"a:\n", 3 * MIB))),
    ("a header of many lines", lambda: headers(b"a: x\n" + of(b" y\n", 3 * MIB))),
    ("many requirements", lambda: headers(of(b"Requires-Dist: a\n", 3 * MIB))),
    ("a requirement of many clauses", lambda: headers(b"Requires-Dist: a " + of(b">=1,", 3 * MIB) + b"<2")),
    ("a requirement of many markers", lambda: headers(b"Requires-Dist: a; " + of(b"os_name=='' or ") + b"os_name==''")),
    ("a requirement of parentheses", lambda: headers(b"Requires-Dist: a; " + of(b"("))),
    ("many Pythons", lambda: replaced(b">=3.11", of(b">=3,", 3 * MIB) + b">=3")),
    ("a version of many parts", lambda: replaced(b"Version: 1.0.0", b"Version: 1" + of(b".0", 3 * MIB))),
    ("a version of many digits", lambda: replaced(b"Version: 1.0.0", b"Version: 1" + of(b"0", 3 * MIB))),
    ("a name of dashes", lambda: replaced(b"Name: acme", b"Name: a" + of(b"-_.", 3 * MIB))),
    ("many tags", lambda: headers(many("Tag: py3-none-p{}\n", 100_000), "WHEEL")),
    ("tags of tags", lambda: headers(many("Tag: a{}.b.c.d.e-a.b.c.d.e-a.b.c.d.e\n", 20_000), "WHEEL")),
    ("a tag of many parts", lambda: headers(b"Tag: " + of(b"a.", 3 * MIB) + b"a-b-c", "WHEEL")),
    ("many entry points", lambda: whole(points=b"[acme.plugins]\n" + many("a{}=acme_filter:New\n", 400_000))),
    ("an entry point of blanks", lambda: whole(points=b"[a]\na" + of(b" ") + b"b\n")),
    ("an entry point of dots", lambda: whole(points=b"[acme.plugins]\na=" + of(b"a.") + b"a:" + of(b"a.") + b"a\n")),
    ("many groups", lambda: whole(points=many("[g{}]\n", 400_000))),
    ("a RECORD of commas", lambda: recorded(of(b",", 20 * MIB))),
    ("a RECORD of rows", lambda: recorded(of(b",,\n", 20 * MIB))),
    ("a RECORD of quotes", lambda: recorded(of(b'"a",,\n', 20 * MIB))),
    ("code of names", lambda: whole(init=of(b"a\n"))),
    ("code of commands", lambda: whole(init=of(b"a;") + b"\n")),
    ("code of a list", lambda: whole(init=b"a=[" + of(b"[],") + b"]\n")),
    ("code of a sum", lambda: whole(init=b"a=" + of(b"1+") + b"1\n")),
    ("code of parentheses", lambda: whole(init=of(b"("))),
    ("code of minus signs", lambda: whole(init=b"a=" + of(b"-") + b"1\n")),
    ("code of functions", lambda: whole(init=of(b"def f():0\n"))),
    ("code of imports", lambda: whole(init=of(b"from . import a\n"))),
    ("code of open imports", lambda: whole(init=of(b"from . import ("))),
    ("code of open imports on lines", lambda: whole(init=of(b"from . import (\n"))),
    ("code that imports from deep", lambda: whole(init=b"from acme_filter." + of(b"a.", 60_000) + b"a import a\n")),
    ("code of modules", lambda: whole(init=of(b"modules["))),
    ("code that has many paths", lambda: whole(init=of(b"__path__=1\n"))),
    ("code of methods", lambda: whole(init=b"class F:\n" + many(" def m{}(s):0\n", 100_000) + b"def New()->F:0\n")),
    ("a chain of modules", lambda: modules(20_000, b"from . import m0\n", "from . import m{}\n")),
    ("many absent modules", lambda: modules(20_000, many("from .x{} import a\n", 20_000), "")),
    ("large bases", lambda: modules(25, b"from .m0 import C\ndef New(): return C()\n", LARGE)),
    ("large modules", lambda: modules(30, b"from . import m0, zz\n", "from . import m{}\n" + "# a\n" * (MIB // 2))),
]  # fmt: skip


@pytest.mark.sampled(4)
@pytest.mark.parametrize("make", [row[1] for row in COSTLY], ids=[row[0] for row in COSTLY])
def test_a_small_wheel_costs_little(tmp_path: Path, make: Callable[[], bytes]) -> None:
    wheel = tmp_path / file_name()
    wheel.write_bytes(make())
    host = tmp_path / file_name("acme-host")
    host.write_bytes(good_wheel("acme-host", stamp={"kind": "host"}))
    assert wheel.stat().st_size < 100 << 20
    done = subprocess.run(
        [sys.executable, "-c", _VERIFY, wheel, host], capture_output=True, text=True, preexec_fn=limited, check=False
    )
    said, peak, status = done.stderr.split()
    assert (said, status in "01", int(peak) < MOST) == ("peak", True, True), (done.stderr, done.stdout[-200:])
    assert file_name() in done.stdout
    assert len(done.stdout) < 20_000


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
