"""Whose files count: nobody else can have written them, nor replaced them."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from other_users import STRANGER, needs_root

from pluginkit.core.notices import note, taken
from pluginkit.core.ours import is_ours


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A file in a directory of a cache."""
    taken()
    place = tmp_path / "cache/room/kept"
    place.parent.mkdir(parents=True)
    for directory in (tmp_path / "cache", tmp_path / "cache/room"):
        directory.chmod(0o755)
    place.write_text("kept")
    place.chmod(0o644)
    return place


def ask(kept: Path) -> bool:
    return is_ours(str(kept), str(kept.parent.parent))


MODES = [
    ("cache/room/kept", 0o644, True),
    ("cache/room/kept", 0o400, True),
    ("cache/room/kept", 0o646, False),
    ("cache/room/kept", 0o777, False),
    ("cache/room", 0o700, True),
    ("cache/room", 0o757, False),
    ("cache/room", 0o1777, True),
    ("cache", 0o757, False),
    ("cache", 0o1777, True),
    (".", 0o777, True),
]


@pytest.mark.parametrize(("name", "mode", "expected"), MODES)
def test_what_others_can_write_to_is_not_ours(tmp_path, kept, name, mode, expected) -> None:
    place = tmp_path / name
    place.chmod(mode)
    assert ask(kept) == expected
    said = taken()
    assert [place.name in message for message, _ in said] == ([] if expected else [True]), said
    place.chmod(0o755)


@needs_root
@pytest.mark.parametrize("name", ["cache/room/kept", "cache/room", "cache"])
def test_what_belongs_to_another_user_is_not_ours(tmp_path, kept, name) -> None:
    os.chown(tmp_path / name, STRANGER, -1)
    assert not ask(kept)
    assert f"it belongs to the user {STRANGER}" in taken()[0][0]
    assert is_ours(str(kept), str(tmp_path / "cache"), owner=STRANGER)


@needs_root
def test_a_link_belongs_to_whoever_made_it(tmp_path, kept) -> None:
    link = tmp_path / "cache/room/link"
    link.symlink_to(kept)
    assert is_ours(str(link), str(tmp_path / "cache"))
    os.chown(link, STRANGER, -1, follow_symlinks=False)
    assert not is_ours(str(link), str(tmp_path / "cache"))
    ((message, hint),) = taken()
    assert (message, hint) == (f"{link} is ignored: it belongs to the user {STRANGER}", f"`rm -f {link}`")


@needs_root
def test_a_group_of_others_can_forge_and_the_own_one_cannot(kept) -> None:
    kept.chmod(0o664)
    assert ask(kept)
    os.chown(kept, -1, STRANGER)
    assert not ask(kept)
    assert "its group can write to it" in taken()[0][0]


@pytest.mark.parametrize("name", ["cache/room/kept", "cache/room", "cache"])
def test_the_command_that_is_named_mends_it(tmp_path, kept, name) -> None:
    (tmp_path / name).chmod(0o777)
    assert not ask(kept)
    ((_, hint),) = taken()
    subprocess.run(shlex.split(hint.strip("`")), check=True)
    assert ask(kept)
    assert taken() == []


def test_what_is_not_there_was_written_by_nobody(kept) -> None:
    kept.unlink()
    assert ask(kept)


def test_a_warning_is_given_once() -> None:
    taken()
    for _ in range(2):
        note("the cat is out", "`mend`")
    assert taken() == [("the cat is out", "`mend`")]
    assert taken() == []
