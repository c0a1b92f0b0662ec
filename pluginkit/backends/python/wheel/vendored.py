"""Wheels that a release brings along without having built them."""

from __future__ import annotations

from pathlib import Path

from pluginkit.backends.python.wheel.distinfo import DistInfoError, parse_file_name
from pluginkit.backends.python.wheel.pieces import Pieces, digest
from pluginkit.backends.python.wheel.reader import inspect_pieces, read_at
from pluginkit.core.names import normalize
from pluginkit.core.toolkit import STEM as TOOLKIT
from pluginkit.core.verdict import Defect, Evidence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.trust import Trust


def inspect_vendored(path: Path, subject: str, expected: str, trust: Trust | None = None) -> Evidence:
    """Read a wheel that a release brings along: it must be the one that `release.json` names by its sha256 (hex).

    One that has a stamp is a plugin or an API from elsewhere, and is judged like any other.
    """
    return read_at(path, subject, lambda pieces: _vendored(pieces, path.name, subject, expected, trust))


def _vendored(pieces: Pieces, file: str, subject: str, expected: str, trust: Trust | None) -> Evidence:
    found = digest(pieces)
    try:
        named = parse_file_name(file)
    except DistInfoError as error:
        return Evidence(subject, defects=(Defect("PK105", str(error)),), vendored=True)
    name = normalize(named.name)
    if found != expected:
        other = Defect("PK103", "it is not the file that release.json names", f"sha256:{found}", f"sha256:{expected}")
        return Evidence(subject, name=name, version=named.version, defects=(other,), vendored=True)
    if not file.startswith(f"{TOOLKIT}-"):
        evidence = inspect_pieces(pieces, file, subject, trust)
        if evidence.stamp or evidence.signed:
            return evidence
    return Evidence(subject, name=name, version=named.version, vendored=True)
