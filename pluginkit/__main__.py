"""`python -m pluginkit`."""

import os
import sys

try:
    _here = os.getcwd()  # noqa: PTH109 - `pathlib` would be looked for there
except OSError:
    _here = ""
sys.path[:] = [place for place in sys.path if place not in ("", _here)]  # Python adds it, and it may be a stranger's

from pluginkit.cli import program  # noqa: E402

program()
