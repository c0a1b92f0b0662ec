"""What the surfaces and uses in stamps of 1 MiB may cost `verify`: a few seconds, and 300 MB."""

import subprocess
import sys
from pathlib import Path

import pytest
from test_hostile_wheel_cost import _VERIFY, MOST, limited
from wheels import GROUP, file_name, good_wheel

from pluginkit.core.api import Api, Contract

pytestmark = pytest.mark.slow

CONTRACT = Contract(factory="New", group=GROUP, policy="compatible")


def many(form: str, count: int = 12_000) -> list[str]:
    return [form.format(number) for number in range(count)]


FUNCTIONS = ["module a", *many("def a.f{}(x: int) -> str")]
PROTOCOL = ["module a", "class a.P(Protocol)", *many("@abstractmethod def a.P.f{}(self, x)")]
QUOTES = ["module a", "def a.f(x, " + '"\\"' * 140_000 + ")"]
BRACKETS = ["module a", "def a.f(x: " + "list[" * 80_000]
TAGS = ["pkg a, type F struct { A }", 'pkg a, type F struct, A int "' + '\\"' * 150_000]
GO = many("pkg a, func F{}(int)", 20_000)
ROWS = [
    ("many uses of many functions", FUNCTIONS, many("get a.f{}")),
    ("computed names in many classes", FUNCTIONS, many("get a.C{}.*")),
    ("a protocol of many methods", PROTOCOL, ["class X(a.P): f1(self)"]),
    ("and nobody that implements it", PROTOCOL, ["call .f 1"]),
    ("open quotes", QUOTES, ["call a.f 1"]),
    ("brackets within each other", BRACKETS, ["call a.f 1"]),
    ("an open tag of Go", TAGS, ["a.F"]),
    ("functions of Go", GO, many("a.F{}", 10_000)),
]


@pytest.mark.parametrize(("lines", "uses"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_surfaces_and_uses_of_a_mebibyte_cost_little(tmp_path: Path, lines: list[str], uses: list[str]) -> None:
    changed = [
        line.replace("(x", "(w, x").replace("(self", "(self, w").replace("int)", "string)").replace("A int", "A uint")
        for line in lines
    ]
    plugin, host = tmp_path / file_name(), tmp_path / file_name("acme-host")
    used, offered = (
        Api("acme-api", "1.0.0", f"h1:{letter * 43}=", ("a",), tuple(sorted(side)))
        for letter, side in (("A", lines), ("B", changed))
    )
    stamp = {"apis": (used,), "uses": tuple(sorted(uses)), "contract": CONTRACT}
    plugin.write_bytes(good_wheel(stamp=stamp))
    host.write_bytes(good_wheel("acme-host", stamp={"kind": "host", "apis": (offered,), "contract": CONTRACT}))
    command = [sys.executable, "-c", _VERIFY, plugin, host]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limited, check=False)
    said, peak, status = done.stderr.split()
    assert (said, status in "01", int(peak) < MOST) == ("peak", True, True), (done.stderr, done.stdout[-200:])
    assert len(done.stdout) < 20_000
