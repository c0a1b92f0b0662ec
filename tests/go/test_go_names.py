"""Names of Go workspaces, modules and plugins: what Go would misread is refused with the reason."""

import subprocess

import pytest
from gofixtures import GoTools

from pluginkit.backends.go.names import _STANDARD, check_module, check_plugin_name, check_workspace_name
from pluginkit.backends.go.project import template_answers
from pluginkit.core.errors import PluginkitError
from pluginkit.stages import scaffold


@pytest.mark.parametrize("name", ["json", "audit", "go2", "re-play", "linux", "log", "vendors"])
def test_a_plugin_may_have_any_name_that_go_reads_as_written(name: str) -> None:
    check_plugin_name(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("x_linux", "reads the end of x_linux.go as a condition"),
        ("a_test", "as a condition"),
        ("vendor", "for copies of dependencies"),
        ("internal", "lets no other directory import"),
        ("testdata", "leaves out"),
        ("main", "the package of every program"),
        ("std", "as the standard library"),
        ("cmd", "as its own commands"),
        ("all", "as all packages"),
        ("go", "is a keyword of Go"),
        ("select", "is a keyword of Go"),
    ],
)
def test_a_plugin_that_go_would_misread_is_refused_with_the_reason(name: str, reason: str) -> None:
    with pytest.raises(PluginkitError, match=reason):
        check_plugin_name(name)


@pytest.mark.parametrize("name", ["vendor", "go", "internal", "main", "std", "cmd", "log", "net", "plugin"])
def test_a_workspace_that_cannot_be_a_module_is_refused_and_told_the_way_out(name: str) -> None:
    with pytest.raises(PluginkitError, match=f"workspace name '{name}' is reserved: ") as raised:
        check_workspace_name(name)
    if name in ("vendor", "internal"):
        assert raised.value.hint == "choose another name"
    else:
        assert f"`pluginkit new {name} --language go --module me/{name}`" in raised.value.hint
        assert template_answers(name, f"me/{name}") == {"module": f"me/{name}", "mode": "plugin"}


@pytest.mark.parametrize(
    "path", ["acme", "me/acme", "github.com/Me/acme", "github.com/me/mp.git", "a/v2", "a/go", "~a/b_c"]
)
def test_a_module_path_of_go_is_accepted(path: str) -> None:
    check_module(path)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "not usable"),
        ("/a", "not usable"),
        ("a/", "not usable"),
        ("a//b", "not usable"),
        ("../a", "not usable"),
        ("a b", "not usable"),
        ("https://github.com/me/a", "not usable"),
        ("localhost:8000/a", "not usable"),
        ('a"\nrequire x', "not usable"),
        ("{{ name }}", "not usable"),
        ("a.", "not usable"),
        ("go", "are Go's own"),
        ("log/slog", "are Go's own"),
        ("cmd/mine", "are Go's own"),
        ("std/x", "are Go's own"),
        ("me/vendor/x", "copies of dependencies"),
        ("github.com/me/internal", "lets no other directory"),
        ("con/x", "Windows"),
        ("me/nul.txt", "Windows"),
        ("me/a/v1", "at the end"),
    ],
)
def test_what_cannot_be_a_module_path_is_refused_with_the_reason(path: str, reason: str) -> None:
    with pytest.raises(PluginkitError, match=reason):
        check_module(path)


def test_the_standard_librarys_own_names_are_known(go: GoTools) -> None:
    listed = subprocess.run([go.go, "list", "std"], env=dict(go.env), capture_output=True, text=True, check=True).stdout
    assert {path.partition("/")[0] for path in listed.split()} - {"internal", "vendor"} <= _STANDARD


def test_a_workspace_may_have_a_module_path_of_its_own(tmp_path) -> None:
    scaffold.new(tmp_path / "mp", "mp", language="go", module="github.com/me/mp")
    root = tmp_path / "mp"
    assert (root / "go.mod").read_text().startswith("module github.com/me/mp\n")
    texts = [path.read_text() for path in root.rglob("*.go")]
    assert not any('"mp/' in text for text in texts)
    assert sum('"github.com/me/mp/pluginapi"' in text for text in texts) > 5
    assert 'module: "github.com/me/mp"' in (root / scaffold.ANSWERS).read_text()


def test_a_python_workspace_has_no_module_path(tmp_path) -> None:
    with pytest.raises(PluginkitError, match="has no module path"):
        scaffold.new(tmp_path / "mp", "mp", module="github.com/me/mp")
    assert list(tmp_path.iterdir()) == []
