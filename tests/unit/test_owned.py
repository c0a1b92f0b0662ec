"""Who has which files in an environment, by RECORD: of distributions that carry no stamp."""

from pathlib import Path

import pytest

from pluginkit.backends.python.distributions import distributions, listing
from pluginkit.backends.python.owned import owned

RECORD = """\
yaml/__init__.py,sha256=AAAA,1
yaml/__pycache__/__init__.cpython-311.pyc,,
yaml/data/../../x.py,,
../../../bin/yaml,sha256=AAAA,1
_yaml.cpython-311-x86_64-linux-gnu.so,sha256=AAAA,1
pyyaml-6.0.dist-info/METADATA,sha256=AAAA,1
"""


def installed(site: Path, name: str, record: str, *, stamped: bool = False) -> None:
    info = site / f"{name}-6.0.dist-info"
    info.mkdir()
    (info / "METADATA").touch()
    (info / "RECORD").write_bytes(record.encode("utf-8", "surrogateescape"))
    if stamped:
        (info / "pluginkit.json").touch()


@pytest.mark.parametrize(
    "record", [RECORD, RECORD.replace("\n", "\r\n"), RECORD.replace("yaml/__init__.py", '"yaml/__init__.py"')]
)
def test_files_are_found_by_their_top_level_name(record: str, tmp_path: Path) -> None:
    installed(tmp_path, "pyyaml", record)
    found = owned(distributions(listing([str(tmp_path)])))
    assert {top: [(one.name, one.label, one.files) for one in owners] for top, owners in found.items()} == {
        "yaml": [("pyyaml", "pyyaml 6.0", ("yaml/__init__.py",))],
        "_yaml": [("pyyaml", "pyyaml 6.0", ("_yaml.cpython-311-x86_64-linux-gnu.so",))],
    }


def test_a_namespace_has_several_owners(tmp_path: Path) -> None:
    installed(tmp_path, "a", "google/a.py,,\n")
    installed(tmp_path, "b", "google/b.py,,\n")
    assert [one.name for one in owned(distributions(listing([str(tmp_path)])))["google"]] == ["a", "b"]


@pytest.mark.parametrize(("record", "stamped"), [("yaml/a.py,,\n", True), ("yaml/\udcff.py,,\n", False), ("", False)])
def test_what_has_a_stamp_or_a_record_that_cannot_be_read_owns_nothing(
    record: str, stamped: bool, tmp_path: Path
) -> None:
    installed(tmp_path, "pyyaml", record, stamped=stamped)
    assert owned(distributions(listing([str(tmp_path)]))) == {}
