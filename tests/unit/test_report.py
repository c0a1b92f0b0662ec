"""Verdicts and evidence as people and machines read them."""

import io
import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pluginkit.core.api import Api, Contract
from pluginkit.core.frozen import replace
from pluginkit.core.stamp import Stamp
from pluginkit.core.verdict import Defect, Evidence, Factory, Finding, Verdict
from pluginkit.report import FORMATS, render_text
from pluginkit.report.color import wants_color
from pluginkit.report.evidence import RENDERERS, render_evidence
from pluginkit.report.json import render_json
from pluginkit.report.safe import safe

GREETER = Finding(
    "PK303", "error", "plugins/greeter.whl", "built against another copy of acme-pluginapi 3.0.0",
    "rebuild it with `pluginkit build greeter`",
    {"found": "h1:9f2c", "expected": "h1:41aa",
     "changed": ("class Plugin: handle(self, req) -> handle(self, req, ctx)", "class Request: added tags: int")},
)  # fmt: skip
LOCK = Finding("PK406", "warning", "plugins/filter.whl", "built under another lock than the host", "rebuild both")
SUBJECTS = ("plugins/filter.whl", "plugins/greeter.whl")
VERDICT = Verdict("acme-host 1.0.0", SUBJECTS, (LOCK, GREETER))
EVIL = "a\x1b[2Jb\nc\u202ed\u200be\x07\u2028f"


def test_text_names_code_subject_found_expected_and_hint() -> None:
    assert (
        render_text([VERDICT], color=False)
        == """\
PK406 plugins/filter.whl: warning: built under another lock than the host
  hint: rebuild both

PK303 plugins/greeter.whl: built against another copy of acme-pluginapi 3.0.0
  found     h1:9f2c   expected  h1:41aa
  changed   class Plugin: handle(self, req) -> handle(self, req, ctx)
            class Request: added tags: int
  hint: rebuild it with `pluginkit build greeter`

1 artifact accepted, 1 refused, 1 warning
"""
    )


def test_text_of_several_hosts_ends_in_a_matrix() -> None:
    more = Finding("PK302", "error", "plugins/greeter.whl", "m", "h")
    third = Finding("PK404", "error", "plugins/greeter.whl", "m", "h")
    second = Verdict("acme-host 2.0.0", SUBJECTS, (more, GREETER, third))
    tail = render_text([VERDICT, second], color=False).splitlines()[-3:]
    assert tail == [
        "                     acme-host 1.0.0  acme-host 2.0.0",
        "plugins/filter.whl   ok               ok",
        "plugins/greeter.whl  PK303            PK302 PK303 +1",
    ]


def test_text_shows_the_first_of_many_packages_and_how_many_there_are() -> None:
    packages = tuple(f"acme/p{number:02}" for number in range(43))
    found = replace(GREETER, facts={"packages": packages})
    lines = render_text([replace(VERDICT, findings=(found,))], color=False).splitlines()[1:]
    assert lines[0].split() == ["packages", "acme/p00"]
    assert lines[9:11] == ["            acme/p09", "            and 33 more: `--output-format json` lists all"]
    (told,) = json.loads(render_json([replace(VERDICT, findings=(found,))]))["verdicts"][0]["findings"]
    assert told["facts"]["packages"] == list(packages)


def test_text_is_coloured_only_when_asked() -> None:
    assert "\x1b[1;31mPK303\x1b[0m" in render_text([VERDICT], color=True)
    assert "\x1b" not in render_text([VERDICT, VERDICT], color=False)


def test_json_has_a_version_and_stable_keys() -> None:
    value = json.loads(render_json([VERDICT]))
    assert value["version"] == 1
    (verdict,) = value["verdicts"]
    assert list(verdict) == ["host", "accepted", "subjects", "refused", "findings"]
    assert (verdict["accepted"], verdict["refused"]) == (False, ["plugins/greeter.whl"])
    assert list(verdict["findings"][1]) == ["code", "severity", "subject", "message", "hint", "facts"]
    assert verdict["findings"][1]["facts"]["changed"][1] == "class Request: added tags: int"


def evidence(text: str) -> Evidence:
    digest = "sha256:" + "1" * 64
    api = Api(text, "1", "h1:" + "a" * 43 + "=", (text,), (text,))
    stamp = Stamp("plugin", text, text, "python", (api,), digest, digest, digest, text, toolchain={text: text})
    return Evidence(
        text, name=text, version=text, defects=(Defect("PK103", text),), stamp=stamp,
        factories=(Factory(text, text, shipped=True),), requires=(text,), requires_python=text, tags=(text,),
    )  # fmt: skip


def test_artifacts_cannot_write_to_the_terminal() -> None:
    finding = Finding("PK303", "error", EVIL, EVIL, EVIL, {EVIL: EVIL, "found": (EVIL,)})
    verdict = Verdict(EVIL, (EVIL,), (finding,))
    reports = [show([verdict, verdict], color=False) for show in FORMATS.values()]
    reports += [show([evidence(EVIL)]) for show in RENDERERS.values()]
    for report in reports:
        assert all(char.isprintable() or char == "\n" for char in report)
        assert "\nc" not in report


@given(st.text())
def test_safe_text_is_one_printable_line(text: str) -> None:
    assert safe(text).isprintable() or any(char.isspace() for char in safe(text))
    assert "\n" not in safe(text)
    assert "\x1b" not in safe(text)


@pytest.mark.slow
def test_safe_text_escapes_what_does_not_show_and_nothing_else() -> None:
    unseen = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    wrong = [
        hex(point)
        for point, char in enumerate(map(chr, range(sys.maxunicode + 1)))
        if (safe(char) == char) is (unicodedata.category(char) in unseen)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", r"\x3a\x3aerror::x"),
        (" \t::x", r"\x20\x09\x3a\x3ax"),
        ("a::b", "a::b"),
        ("a ##[error]", r"a \x23\x23[error]"),
        ("###[x", r"#\x23\x23[x"),
        ("##vso_1[x] ##[y", r"\x23\x23vso_1[x] \x23\x23[y"),
        ("::##[x", r"\x3a\x3a\x23\x23[x"),
        ("## heading [x", "## heading [x"),
    ],
)
def test_safe_text_begins_no_command_of_a_ci_system(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_safe_text_keeps_other_scripts_and_cuts_what_is_long() -> None:
    assert safe("für 日本語") == "für 日本語"
    assert safe("x" * 1000) == "x" * 500 + "..."


@pytest.mark.parametrize(
    ("environ", "terminal", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_wants_color(environ: dict[str, str], terminal: bool, expected: bool) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    assert wants_color(Terminal(), environ) is expected


def test_inspect_shows_what_an_artifact_says_of_itself() -> None:
    shown = render_evidence([evidence("filter")])
    for line in ("kind          plugin (python)", "filter = filter", "PK103 filter", "1 declarations"):
        assert line in shown
    value = json.loads(RENDERERS["json"]([evidence("filter"), Evidence("broken.whl")]))
    assert [one["stamp"] and one["stamp"]["kind"] for one in value["artifacts"]] == ["plugin", None]


USES = {
    "nobody looked": (None, "not recorded: every change of the API concerns it", None),
    "nothing": ((), "0 recorded", {"count": 0, "dynamic": []}),
    "names are computed": (
        ("call api.f 0", "dynamic exec"), "computes names: exec", {"count": 2, "dynamic": ["exec"]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("uses", "line", "value"), USES.values(), ids=USES)
def test_inspect_counts_what_a_plugin_uses(uses: tuple[str, ...] | None, line: str, value: object) -> None:
    one = evidence("filter")
    one = replace(one, stamp=replace(one.stamp, uses=uses))
    assert line in render_evidence([one])
    assert json.loads(RENDERERS["json"]([one]))["artifacts"][0]["uses"] == value


PYTHON = ("class a.Host(Protocol)", "class a.Plugin(Protocol)", "def a.Plugin.init(self, host: Host)", "module a")
GO = (
    "pkg acme/a, type Host interface, Log(string)",
    "pkg acme/a, type Host interface { Log(string) }",
    "pkg acme/a, type Plugin interface, Init(Host)",
    "pkg acme/a, type Plugin interface { Init(Host) }",
)


@pytest.mark.parametrize(("name", "surface"), [("a", PYTHON), ("acme/a", GO)])
def test_inspect_shows_who_implements_an_interface(name: str, surface: tuple[str, ...]) -> None:
    one = evidence("filter")
    api = Api(name, "1", "h1:" + "a" * 43 + "=", ("a",), surface)
    contract = Contract(symbols=(("New", "func() a.Plugin"),))
    one = replace(one, stamp=replace(one.stamp, apis=(api,), contract=contract))
    shown = render_evidence([one])
    assert f"{name}.Host  implemented by the host" in shown
    assert f"{name}.Plugin  implemented by plugins" in shown
    roles = json.loads(RENDERERS["json"]([one]))["artifacts"][0]["roles"]
    assert roles == {name: {f"{name}.Host": "host", f"{name}.Plugin": "plugins"}}
