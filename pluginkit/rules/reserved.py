"""What belongs to Python and to the tools that install plugins, in every environment: packages and scripts."""

from __future__ import annotations

import re
import sys

_STANDARD = "the standard library"
_INTERPRETER = "the interpreter"
_PACKAGES = {
    "pip": "pip",
    "setuptools": "setuptools",
    "pkg_resources": "setuptools",
    "_distutils_hack": "setuptools",
    "packaging": "packaging",
    "installer": "installer",
    "wheel": "wheel",
    "uv": "uv",
    "_virtualenv": "virtualenv",
    "pluginkit": "pluginkit-toolchain",
}
"""Import packages, in lower case, to the distributions that they are of."""
_SCRIPTS = (
    (r"pythonw?[0-9.]*t?(-config)?|pypy[0-9.]*(-c)?|pydoc[0-9.]*|idle[0-9.]*|2to3[0-9.-]*", _INTERPRETER),
    (r"activate(_this)?|deactivate|pyvenv\.cfg", "the virtual environment"),
    (r"pip[0-9.]*", "pip"),
    (r"easy_install[0-9.-]*", "setuptools"),
    (r"wheel", "wheel"),
    (r"uvx?w?", "uv"),
    (r"pluginkit(-toolchain)?", "pluginkit-toolchain"),
)
_ENDING = r"(-script)?\.(exe|bat|cmd|com|ps1|sh|csh|fish|nu|pyw?|xsh)$"
"""What Windows runs a script by, and shells read `activate` by."""
_REMOVED = frozenset((
    "aifc", "asynchat", "asyncore", "audioop", "cgi", "cgitb", "chunk", "crypt", "distutils", "imghdr", "imp",
    "lib2to3", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "pipes", "smtpd", "sndhdr", "spwd", "sunau",
    "telnetlib", "uu", "xdrlib",
))  # fmt: skip
"""Modules of Python 3.11 that later versions lack, and that other distributions may bring back."""


def owner_of_package(top: str, own: str) -> str:
    """Return whose a top-level name of an import package or module is; nothing of one that anybody may have.

    `own` is the name of the distribution (PEP 503) that ships it. Case makes no difference, as on many file systems.
    """
    name = top.lower()
    if name in sys.stdlib_module_names and name not in _REMOVED:
        return _STANDARD
    owner = _PACKAGES.get(name, "")
    return "" if owner == own else owner


def owner_of_script(file: str, own: str) -> str:
    """Return whose a script is, given by its file name; nothing of one that anybody may have."""
    name = re.sub(_ENDING, "", file.lower())
    owner = next((whose for pattern, whose in _SCRIPTS if re.fullmatch(pattern, name)), "")
    return "" if owner == own else owner
