"""Plugins that are strange on purpose: whatever they do, the host goes on."""

from pathlib import Path

import pytest
from hosts import GOOD, place, release

ODD = {
    "its message exits": (
        "class E(Exception):\n    def __str__(self):\n        raise SystemExit\nraise E\nclass New: ...\n"
    ),
    "its class is a trap": "class T:\n    @property\n    def __class__(self):\n        raise OSError\nx = T()\n" + GOOD,
    "another module": "import sys\nclass M:\n    __slots__ = ()\nsys.modules[__name__] = M()\nclass New: ...\n",
    "members raise": GOOD.replace('name = "{{name}}"', "").replace(
        "class New:", "class New:\n    @property\n    def name(self):\n        raise SystemExit(1)\n"
    ),
    "an endless capability": GOOD + "\n    capabilities = 7\n",
    "a generator's exit": "raise GeneratorExit\nclass New: ...\n",
    "no module left": "import sys\ndel sys.modules[__name__]\nclass New: ...\n",
}


@pytest.mark.parametrize("odd", sorted(ODD))
def test_nothing_that_a_plugin_does_escapes(tmp_path: Path, odd: str) -> None:
    code = ODD[odd].replace("{name}", "odd")
    built = release(tmp_path / "workspace", {"odd": code, "zgood": GOOD.format(name="zgood")})
    started = place(tmp_path / "host", built, ["odd", "zgood"]).start()
    assert started.status == 0
    assert "zgood" in started.answers
