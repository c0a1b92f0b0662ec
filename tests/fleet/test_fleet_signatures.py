"""What verdicts of `fleet` rest on beside the artifacts: a change of any of it is noticed."""

import os
from pathlib import Path

import pytest
from fleets import settle

from pluginkit.operations.fleet.columns import signature
from pluginkit.operations.fleet.policy import Policy


@pytest.mark.parametrize("how", ["link", "pth"])
def test_a_host_that_lies_elsewhere_in_part_is_read_again_when_that_changes(tmp_path: Path, how: str) -> None:
    site = tmp_path / "env/lib/python3.11/site-packages"
    site.mkdir(parents=True)
    (tmp_path / "env/pyvenv.cfg").write_text("version = 3.11.7\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if how == "link":
        site.rmdir()
        site.symlink_to(elsewhere)
    else:
        (site / "more.pth").write_text("../../../../elsewhere\n")
    settle()
    policy = Policy()
    before = signature(tmp_path / "env", policy)
    assert before == signature(tmp_path / "env", policy) != ""
    (elsewhere / "api.py").write_text("")
    os.utime(elsewhere / "api.py", (1, 1))
    settle()
    assert signature(tmp_path / "env", policy) not in ("", before)


def test_libraries_that_come_below_a_sysroot_are_noticed(tmp_path: Path) -> None:
    (tmp_path / "root/usr/lib/x86_64-linux-gnu").mkdir(parents=True)
    (tmp_path / "host").touch()
    os.utime(tmp_path / "host", (1, 1))
    settle()
    policy = Policy(sysroot=tmp_path / "root")
    before = signature(tmp_path / "host", policy)
    for place in ("root/usr/lib", "root/usr/lib/x86_64-linux-gnu"):
        (tmp_path / place / "libz.so.1").touch()
        after = signature(tmp_path / "host", policy)
        assert after not in ("", before)
        before = after
