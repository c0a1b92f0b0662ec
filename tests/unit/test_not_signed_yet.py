"""What was just built, to be brought in step with a host or for its tests, is not refused as nobody signed it yet."""

from pathlib import Path

from forgeries import side, stamped
from signing import TRUST, seal
from wheels import file_name, record, wheel

from pluginkit.operations.align import _judge
from pluginkit.operations.host_places import side_at
from pluginkit.operations.verify import verify


def test_a_host_that_asks_for_signatures_judges_what_was_just_built(tmp_path: Path) -> None:
    file, data = side("host")
    (tmp_path / file).write_bytes(data)
    host = seal(tmp_path / file, tmp_path / "sealed" / file, TRUST, "ci")
    plugin = tmp_path / file_name()
    plugin.write_bytes(wheel(record(stamped())))
    assert [one.code for verdict in verify([plugin], [host]) for one in verdict.findings] == ["PK601"]
    assert [verdict.accepted for verdict in verify([plugin], [host], signed=False)] == [True]
    found = side_at(host)
    assert found.host.trust == TRUST
    assert _judge(found, host, print, [plugin], unstamped=False).accepted
