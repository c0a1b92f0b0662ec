"""How plugins run, as the configuration says it, and what a stamp says of it."""

import pytest

from pluginkit.core.errors import PluginkitError
from pluginkit.core.modes import MODES, Limits, mode_of_file, shares_memory
from pluginkit.core.running import read_limits, read_mode
from pluginkit.core.toml import parse_toml


def table(text):
    return parse_toml(text.encode(), "pluginkit.toml")


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("", Limits()),
        ('timeout = "1.5s"', Limits(timeout=1.5)),
        ('timeout = "250ms"\nmemory = "64MiB"\nrestarts = 0', Limits(0.25, 64 << 20, 0)),
        ('timeout = "2m"\nmemory = "1 GiB"\nfiles = ["/srv/data"]', Limits(120, 1 << 30, None, ("/srv/data",))),
    ],
)
def test_limits_are_read(text, limits):
    assert read_limits(table(text), "wasm") == limits


@pytest.mark.parametrize(
    ("text", "mode", "message"),
    [
        ('timeout = "5"', "wasm", "not a time"),
        ('timeout = "0s"', "wasm", "not a time"),
        ('timeout = "25h"', "wasm", "not a time"),
        ("timeout = 5", "wasm", "timeout"),
        ('memory = "64MB"', "subprocess", "not a size"),
        ('memory = "1KiB"', "subprocess", "not a size"),
        ("restarts = -1", "subprocess", "'restarts' is -1"),
        ('files = ["data"]', "wasm", "absolute"),
        ('files = ["/srv"]', "subprocess", "'files' is for"),
        ('memory = "64MiB"', "plugin", "'memory' is for plugins apart"),
        ('timeout = "5s"', "linked", "'timeout' is for plugins apart"),
    ],
)
def test_limits_that_make_no_sense_are_refused(text, mode, message):
    with pytest.raises(PluginkitError, match=message):
        read_limits(table(text), mode)


def test_a_mode_is_one_that_there_is():
    assert [read_mode(table(f'mode = "{mode}"'), "plugin") for mode in MODES] == [*MODES]
    assert read_mode(table(""), "linked") == "linked"
    with pytest.raises(PluginkitError, match="unknown mode 'static'"):
        read_mode(table('mode = "static"'), "plugin")


def test_files_tell_their_mode():
    assert [mode_of_file(name) for name in ("a.so", "a.plugin", "a.wasm", "a.whl")] == [
        "plugin",
        "subprocess",
        "wasm",
        "",
    ]
    assert [mode for mode in MODES if shares_memory(mode)] == ["plugin", "linked"]
