"""Go plugins in a repository of their own, tried with an API that lies elsewhere."""

from pathlib import Path

from gotrials import API, PLUGIN, TEST
from monorepo import write

from pluginkit.backends.go.building import sources
from pluginkit.backends.go.testing.tester import GoTester
from pluginkit.backends.protocol import ApiCopy

MODULE = "module example.test/plugins\n\ngo 1.24\n\nrequire acme v1.2.0\n"


def test_a_module_takes_the_api_from_where_it_lies(tmp_path: Path) -> None:
    host = write(tmp_path / "host", {"go.mod": "module acme\n\ngo 1.24\n", "pluginapi/api.go": API})
    files = {
        "go.mod": MODULE,
        "filter/filter.go": PLUGIN,
        "filter/filter_test.go": TEST,
        "text/text.go": "package text\n",
    }
    root = write(tmp_path / "plugins", files)
    workspace = GoTester().lone(root, ("acme/pluginapi", "host"))
    assert workspace
    assert [(one.name, one.path) for one in workspace.members] == [("filter", "filter")]
    bench = GoTester().beside(root, workspace.members, {"acme/pluginapi": host / "pluginapi"})
    assert GoTester().run(bench, workspace.members[0], seconds=60).passed == ("example.test/plugins/filter TestDouble",)
    write(host, {"pluginapi/api.go": API.replace("3", "4")})
    assert GoTester().run(bench, workspace.members[0], seconds=60).failed == ("example.test/plugins/filter TestDouble",)


def test_a_module_that_requires_another_api_is_not_tried(tmp_path: Path) -> None:
    write(tmp_path, {"go.mod": MODULE, "filter/filter.go": PLUGIN})
    assert GoTester().lone(tmp_path, ("acme2/pluginapi", "ac")) is None
    assert GoTester().lone(tmp_path / "filter", ("acme/pluginapi",)) is None


def test_what_is_used_of_an_api_whose_module_is_missing_cannot_be_told(tmp_path: Path) -> None:
    root = write(tmp_path, {"go.mod": MODULE, "filter/filter.go": PLUGIN})
    (code,) = sources.plugins(root)
    api = ApiCopy("acme/pluginapi", "v1.0.0", "go", ("pluginapi",), ())
    assert code.uses(api) is None
    assert code.find(api, ("func Size",)) == []


def test_the_api_that_is_compared_tells_what_is_used_of_it(tmp_path: Path) -> None:
    host = write(tmp_path / "host", {"go.mod": "module acme\n\ngo 1.24\n", "pluginapi/api.go": API})
    root = write(tmp_path / "plugins", {"go.mod": MODULE, "filter/filter.go": PLUGIN})
    (code,) = sources.plugins(root)
    uses = code.uses(ApiCopy("acme/pluginapi", "", "go", ("pluginapi",), (), place=str(host / "pluginapi/api.go")))
    assert uses
    assert any("Size" in line for line in uses.lines)
    assert (root / "go.mod").read_text() == MODULE
