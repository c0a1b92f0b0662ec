"""The tests of Go plugins: run by the real go command, and read back."""

import json
import time
from pathlib import Path

import pytest
from gotrials import PLUGIN, TEST, lock_of, workspace_at, workspace_of
from monorepo import write

from pluginkit.backends.go.testing import tester
from pluginkit.backends.go.testing.events import read_events
from pluginkit.backends.go.testing.tester import GoTester
from pluginkit.backends.process import Completed
from pluginkit.core.model import Workspace
from pluginkit.core.trial import Ran


def run(workspace: Workspace, *, seconds: float = 60, compile_only: bool = False, name: str = "filter") -> Ran:
    member = workspace.member(name)
    assert member
    bench = GoTester().bench(workspace, (member,))
    return GoTester().run(bench, member, seconds=seconds, compile_only=compile_only)


def body(code: str, imports: str = '"testing"') -> str:
    return f"package main\n\nimport ({imports})\n\n{code}\n"


@pytest.mark.slow
def test_all_that_a_test_can_do_is_told_apart(tmp_path: Path) -> None:
    """One run of five packages, each a plugin; the go command compiles them once."""
    cases = {
        "passes": TEST,
        "fails": body(
            'func TestWhole(t *testing.T) { t.Run("a b", func(t *testing.T) { t.Error("bad") }); '
            't.Run("c", func(t *testing.T) {}) }\n\nfunc TestFine(t *testing.T) { println("not shown") }'
        ),
        "panics": body('func TestPanics(t *testing.T) { panic("oh") }\n\nfunc TestNever(t *testing.T) {}'),
        "exits": body("func TestExits(t *testing.T) { os.Exit(3) }", '"os"; "testing"'),
        "broken": body("func TestBroken(t *testing.T) { missing() }"),
        "main": body('func TestMain(m *testing.M) { panic("no start") }'),
        "skips": body("func TestSkips(t *testing.T) { t.Skip() }"),
    }
    files = {f"plugins/{name}/filter.go": PLUGIN for name in (*cases, "none", "bare")}
    files |= {f"plugins/{name}/filter_test.go": text for name, text in cases.items()}
    files["plugins/bare/filter.go"] += "\nvar unknown = missing\n"
    workspace_of(tmp_path, **files)
    workspace = workspace_at(tmp_path, tuple(f"plugins/{name}" for name in (*cases, "none", "bare")))
    ran = {name: run(workspace, name=name) for name in (*cases, "none", "bare")}
    assert {name: (one.outcome, one.failed) for name, one in ran.items()} == {
        "passes": ("passed", ()),
        "fails": ("failed", ("acme/plugins/fails TestWhole/a_b",)),
        "panics": ("failed", ("acme/plugins/panics TestPanics",)),
        "exits": ("failed", ("acme/plugins/exits TestExits",)),
        "broken": ("broken", ()),
        "main": ("broken", ()),
        "skips": ("none", ()),
        "none": ("none", ()),
        "bare": ("broken", ()),
    }
    assert ran["passes"].passed == ("acme/plugins/passes TestDouble",)
    assert not ran["passes"].output
    assert ran["fails"].passed == ("acme/plugins/fails TestWhole/c", "acme/plugins/fails TestFine")
    assert "filter_test.go:5: bad" in ran["fails"].output
    assert "not shown" not in ran["fails"].output
    assert "plugins/broken/filter_test.go:5:33: undefined: missing" in ran["broken"].output.splitlines()
    assert ran["exits"].output == "--- TestExits did not end"
    assert "panic: oh" in ran["panics"].output
    assert "panic: no start" in ran["main"].output
    assert not any(str(tmp_path) in one.output for one in ran.values())


def test_a_test_that_hangs_is_late_and_named(tmp_path: Path) -> None:
    code = body("func TestHangs(t *testing.T) { time.Sleep(time.Hour) }", '"testing"; "time"')
    ran = run(workspace_of(tmp_path, **{"plugins/filter/hang_test.go": code}), seconds=0.2)
    assert (ran.outcome, ran.failed) == ("late", ("acme/plugins/filter TestHangs",))
    assert ran.passed == ("acme/plugins/filter TestDouble",)
    assert "panic: test timed out after 200ms" in ran.output


def test_compile_only_runs_nothing_and_says_what_does_not_compile(tmp_path: Path) -> None:
    workspace = workspace_of(
        tmp_path, **{"plugins/filter/fails_test.go": body("func TestF(t *testing.T) { t.Fail() }")}
    )
    assert run(workspace, compile_only=True).outcome == "passed"
    write(tmp_path, {"pluginapi/api.go": "package pluginapi\n\nfunc Length() int { return 3 }\n"})
    ran = run(workspace, compile_only=True)
    assert (ran.outcome, ran.passed, ran.failed) == ("broken", (), ())
    assert ran.output.count("plugins/filter/filter.go:5:42: undefined: pluginapi.Size") == 1


def test_tests_have_the_tags_of_the_lock(tmp_path: Path) -> None:
    tagged = "//go:build enterprise\n\n" + body("func TestTagged(t *testing.T) {}")
    workspace_of(tmp_path, **{"plugins/filter/tagged_test.go": tagged})
    ran = run(workspace_at(tmp_path, tags="enterprise"))
    assert "acme/plugins/filter TestTagged" in ran.passed


def test_a_member_in_the_root_runs_no_tests_of_others(tmp_path: Path) -> None:
    files = {"root.go": PLUGIN, "root_test.go": TEST, "inner/inner.go": "package inner\n", "plugins/odd/o.go": PLUGIN}
    workspace_of(tmp_path, **files, **{"inner/inner_test.go": "package inner\n\n" + TEST[14:].replace("Double()", "6")})
    ran = run(workspace_at(tmp_path, (".", "plugins/filter", "plugins/odd")), name="")
    assert ran.passed == ("acme TestDouble", "acme/inner TestDouble")


DIGESTS = {
    "its own source": ({"plugins/filter/filter.go": PLUGIN + "\n// more\n"}, True),
    "its own test": ({"plugins/filter/filter_test.go": TEST + "\n// more\n"}, True),
    "a new test": ({"plugins/filter/more_test.go": TEST}, True),
    "its data": ({"plugins/filter/testdata/a.txt": "2"}, True),
    "data above it": ({"testdata/shared.txt": "2"}, True),
    "a file that a test names": ({"config/filter.yaml": "b: 1"}, True),
    "the API": ({"pluginapi/api.go": "package pluginapi\n\nfunc Size() int { return 4 }\n"}, True),
    "a package that the API imports": ({"internal/text/text.go": "package text\n\nconst A = 2\n"}, True),
    "what that embeds": ({"internal/text/words/a.txt": "2"}, True),
    "a package that its test imports": ({"internal/helper/helper.go": "package helper\n\nconst A = 2\n"}, True),
    "a module beside it": ({"local/local.go": "package local\n\nconst A = 2\n"}, True),
    "its manifest": ({"local/go.mod": "module example.test/local\n\ngo 1.23\n"}, True),
    "pins": ({"go.sum": "changed"}, True),
    "another plugin": ({"plugins/other/other.go": PLUGIN + "\n// more\n"}, False),
    "the API's test": ({"pluginapi/api_test.go": "package pluginapi\n"}, False),
    "a document": ({"README.md": "changed"}, False),
    "what Python leaves behind": ({"plugins/filter/__pycache__/x.pyc": "x"}, False),
}
MODULE = "module acme\n\ngo 1.24\n\nrequire example.test/local v0.0.0\n\nreplace example.test/local => ./local\n"
IMPORTS = 'package pluginapi\n\nimport (\n\t"acme/internal/text"\n\t_ "example.test/local"\n)\n\nconst A = text.A\n'


@pytest.mark.parametrize(("change", "counts"), DIGESTS.values(), ids=DIGESTS.keys())
def test_digest_covers_what_decides(tmp_path: Path, change: dict[str, str], counts: bool) -> None:
    tests = 'package main\n\nimport _ "acme/internal/helper"\n\nvar file = "../../config/filter.yaml"\n'
    files = {
        "go.mod": MODULE,
        "pluginapi/use.go": IMPORTS,
        "plugins/filter/use_test.go": tests,
        "plugins/filter/testdata/a.txt": "1",
        "testdata/shared.txt": "1",
        "config/filter.yaml": "a: 1",
        "internal/text/text.go": "package text\n\nconst A = 1\n\n//go:embed words\nvar words embed.FS\n",
        "internal/text/words/a.txt": "1",
        "internal/helper/helper.go": "package helper\n\nconst A = 1\n",
        "local/go.mod": "module example.test/local\n\ngo 1.24\n",
        "local/local.go": "package local\n\nconst A = 1\n",
    }
    workspace = workspace_of(tmp_path, **files)
    member = workspace.member("filter")
    assert member
    before = GoTester().digest(workspace, lock_of(), member)
    assert before == GoTester().digest(workspace, lock_of(), member)
    write(tmp_path, change)
    assert (GoTester().digest(workspace, lock_of(), member) != before) == counts


def test_digest_covers_the_toolchain(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path)
    found = {
        GoTester().digest(workspace, lock_of(**more), workspace.members[1])
        for more in ({}, {"tags": "a"}, {"go": "go1.99"}, {"cgo": "1"}, {"ldflags": "-X a.b=c"})
    }
    assert len(found) == 5


def test_nothing_is_left_of_what_a_test_started(tmp_path: Path) -> None:
    code = body(
        'func TestStarts(t *testing.T) { c := exec.Command("sleep", "99"); c.Start(); '
        'os.WriteFile("pid", []byte(strconv.Itoa(c.Process.Pid)), 0o600) }',
        '"os"; "os/exec"; "strconv"; "testing"',
    )
    workspace = workspace_of(tmp_path, **{"plugins/filter/starts_test.go": code})
    assert run(workspace).outcome == "passed"
    started = Path("/proc", (tmp_path / "plugins/filter/pid").read_text(), "cmdline")
    until = time.monotonic() + 5
    while started.exists() and started.read_bytes() and time.monotonic() < until:
        time.sleep(0.01)
    assert not (started.exists() and started.read_bytes())


def test_what_never_comes_to_its_tests_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tester, "_GRACE", 0.6)
    code = body("func TestMain(m *testing.M) { time.Sleep(time.Hour) }", '"testing"; "time"')
    ran = run(workspace_of(tmp_path, **{"plugins/filter/main_test.go": code}), seconds=0.1)
    assert (ran.outcome, ran.failed) == ("late", ())
    assert ran.seconds < 5


def test_what_compilers_said_before_go_1_24_is_read_too(tmp_path: Path) -> None:
    events = [{"Action": "output", "Package": "acme/a", "Output": "FAIL\tacme/a [build failed]\n"}]
    events += [{"Action": "fail", "Package": "acme/a"}, {"Action": "pass", "Package": "acme/b", "Test": "TestB"}]
    plain = f"go: downloading example.test/x v1.0.0\n# acme/a\n{tmp_path}/a/a.go:5:36: undefined: missing\n"
    done = Completed(1, plain + "".join(f"{json.dumps(event)}\n" for event in events), "")
    ran = read_events(done, tmp_path, 1.5)
    assert (ran.outcome, ran.passed, ran.failed, ran.seconds) == ("broken", ("acme/b TestB",), (), 1.5)
    assert ran.output == "# acme/a\na/a.go:5:36: undefined: missing"


@pytest.mark.parametrize("junk", ["{", "[1]", '{"Action": 3}', '{"no": "action"}', "null", "\udcff{}"])
def test_lines_that_are_no_events_are_kept(tmp_path: Path, junk: str) -> None:
    ran = read_events(Completed(1, f"{junk}\n", ""), tmp_path, 0)
    assert (ran.outcome, ran.output) == ("broken", junk)


@pytest.mark.parametrize(
    ("printed", "kept"),
    [("[31mred[0m [1;32mgreen[0m", "red green"), ("\x1b[38;5;9mred\x1b[0m", "red"), ("rate(x[5m])", "rate(x[5m])")],
)
def test_colours_are_taken_out(tmp_path: Path, printed: str, kept: str) -> None:
    event = {"Action": "output", "Package": "a", "Test": "TestA", "Output": f"{printed}\n"}
    events = [
        {"Action": "run", "Package": "a", "Test": "TestA"},
        event,
        {"Action": "fail", "Package": "a", "Test": "TestA"},
    ]
    ran = read_events(Completed(1, "".join(f"{json.dumps(one)}\n" for one in events), ""), tmp_path, 0)
    assert (ran.failed, ran.output) == (("a TestA",), kept)


def test_only_the_end_of_much_output_is_kept(tmp_path: Path) -> None:
    ran = read_events(Completed(2, "".join(f"line {number}\n" for number in range(100_000)), ""), tmp_path, 0)
    assert ran.output.endswith("\nline 99999")
    assert ran.output.startswith("...\nline ")
    assert len(ran.output) < 13_000
