"""Plugins of other repositories, tried with a change of an API that is in this workspace."""

import shutil
import textwrap
from pathlib import Path

import pytest
from gitrepo import committed
from monorepo import API, edit, monorepo, project, write

from pluginkit.core.errors import PluginkitError
from pluginkit.operations.lock import lock
from pluginkit.operations.testing import TrialOptions, try_plugins
from pluginkit.operations.testing.repositories import Repository, listed

SIZE = '\n\ndef size(body: bytes) -> int:\n    """Return how large a body is."""\n    return len(body)\n'
CODE = "from acme_api import size\n\n\nclass New:\n    def handle(self, request):\n        return size(request.body)\n"
TEST = """
    from acme_api import Request
    from acme_{name} import New

    def test_large():
        assert New().handle(Request("1", b"four")) == 4
"""


def test_a_file_lists_directories_and_urls(tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_text("# ours\n../near\n\nhttps://user:secret@example.org/a/b.git\ngit@example.org:c/d.git\n", "utf-8")
    near, far, other = listed(file)
    assert near == Repository("../near", f"{tmp_path}/../near")
    assert (near.name, far.name, other.name) == ("near", "b", "d")
    assert "secret" not in far.label
    assert "secret" in far.place
    file.write_text("# none\n", "utf-8")
    with pytest.raises(PluginkitError, match="no repository in it"):
        listed(file)
    with pytest.raises(PluginkitError, match="cannot be read: No such file"):
        listed(tmp_path / "missing")


@pytest.mark.fleet
def test_each_repository_is_tried_as_what_it_is(tmp_path: Path) -> None:
    """A clone with a copy of the API, a project that requires one, one that does not, and one that is not there."""
    root = monorepo(tmp_path / "acme")
    edit(root / "api/acme_api/__init__.py", API, f"{API}{SIZE}")
    lock(root)
    monorepo_of_others = monorepo(tmp_path / "others", plugins={"far": CODE})
    write(monorepo_of_others / "plugins/far/tests", {"test_far.py": textwrap.dedent(TEST.format(name="far"))})
    shutil.copytree(root / "api", monorepo_of_others / "api", dirs_exist_ok=True)
    lock(monorepo_of_others)
    committed(monorepo_of_others)
    lone = write(tmp_path / "lone", project("acme-lone", CODE, requires='"acme-api>=1,<2"'))
    write(lone / "tests", {"test_lone.py": textwrap.dedent(TEST.format(name="lone"))})
    write(tmp_path / "none", project("unrelated", ""))
    names = [f"file://{monorepo_of_others}", "lone", "none", "missing", f"file://{tmp_path}/gone.git"]
    listing = tmp_path / "list"
    listing.write_text("\n".join(names), "utf-8")
    edit(root / "api/acme_api/__init__.py", "return len(body)", "return len(body) + 1")
    other = shutil.copytree(root / "api", tmp_path / "changed")
    edit(root / "api/acme_api/__init__.py", "return len(body) + 1", "return len(body)")
    edit(other / "pyproject.toml", "1.0.0", "2.0.0")
    found = try_plugins(TrialOptions(root, api=str(other), repositories=listing))
    assert [(one.plugin, one.repository, one.status) for one in found.trials] == [
        ("acme-far", names[0], "breaks"),
        ("acme-lone", "lone", "breaks"),
        ("none", "none", "error"),
        ("missing", "missing", "error"),
        ("gone", names[4], "error"),
    ]
    far, single, none, missing, gone = found.trials
    assert far.blamed == ("plugins/far/tests/test_far.py::test_large",)
    assert single.blamed == ("tests/test_lone.py::test_large",)
    assert none.error == "no plugin in it that requires acme-api or acme-host"
    assert missing.error == "missing: no such directory"
    assert gone.error.startswith(f"{names[4]} cannot be cloned: ")
