"""`pluginkit align`: what has to change in a plugin's repository, why, and what proves it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

from pluginkit.cli.printing import complain, count
from pluginkit.operations.align import Alignment
from pluginkit.operations.align import align as operation
from pluginkit.report import FORMATS
from pluginkit.report.color import BOLD, CYAN, GREEN, RED, paint, wants_color
from pluginkit.report.safe import safe

_VERSION = 1
_MOST_FILES = 8
_LONG = 2000
_GENERATED = ("go.sum", "go.work.sum", "pluginkit.lock", "uv.lock")
"""Of these the lines are counted: nobody reads them."""


def align(args: argparse.Namespace) -> int:
    """Print the edits and their proof; 0 where it is proven (and written, if asked), 1 where it cannot be met."""
    from pluginkit.operations.host_places import host_of

    host = host_of(args.host, args.directory)
    found = operation(
        args.directory, host, args.package or (), source=args.host_source, write=args.write, note=complain
    )
    if args.output_format == "json":
        print(json.dumps(_as_json(found), indent=2))
    else:
        print("\n".join(_lines(found, wants_color(sys.stdout, os.environ))))
    return 0 if found.proven else 1


def _lines(found: Alignment, color: bool) -> Iterator[str]:
    aligned = found.aligned
    yield from _unmet(found, color)
    if aligned.failure:
        yield from (
            "it cannot be brought in step:",
            *(f"  {safe(line, _LONG)}" for line in aligned.failure.splitlines()),
            "",
        )
    if aligned.changes and not aligned.unmet:
        yield from _diff(found, color)
        yield "because"
        yield from (f"  {safe(edit.text)}: {safe(edit.why)}" for edit in aligned.edits)
        yield ""
    if aligned.verdict and aligned.verdict.findings and not aligned.unmet:
        yield FORMATS["text"]([aligned.verdict], color=color, pages=dict, base=str(Path.cwd()))
    yield from (f"note: {safe(one)}" for one in aligned.notes)
    if found.proven:
        yield from _proof(found, color)
    else:
        yield paint(f"not in step with {safe(found.host)}; nothing written", BOLD, RED, color=color)


def _unmet(found: Alignment, color: bool) -> Iterator[str]:
    for one in found.aligned.unmet:
        yield f"{paint('cannot be met:', BOLD, RED, color=color)} {safe(one.need)}; the host has {safe(one.offered)}"
        yield from (f"  needed by {safe(asker)}" for asker in one.askers)
        yield ""


def _proof(found: Alignment, color: bool) -> Iterator[str]:
    names = ", ".join(safe(one.name) for one in found.aligned.built)
    yield paint("build it with", BOLD, color=color)
    yield from dict.fromkeys(f"  {safe(one.command, _LONG)}" for one in found.aligned.built)
    yield ""
    proof = "; ".join(filter(None, (f"accepted by {safe(found.host)}", safe(found.aligned.loaded))))
    yield f"{paint(names, BOLD, GREEN, color=color)}: {proof}"
    if not found.aligned.changes:
        yield "in step: nothing to write"
    elif found.written:
        yield f"wrote {_named(found)}"
    else:
        yield f"{paint('nothing written:', CYAN, color=color)} add --write to change {_named(found)}"


def _named(found: Alignment) -> str:
    names = [safe(name) for name in found.aligned.changes]
    rest = len(names) - _MOST_FILES
    return ", ".join(names[:_MOST_FILES]) + (f" and {count(rest, 'more file')}" if rest > 0 else "")


def _diff(found: Alignment, color: bool) -> Iterator[str]:
    below = sum(name.startswith("vendor/") for name in found.aligned.changes)
    for name, (old, new) in found.aligned.changes.items():
        lines = list(unified_diff(_text(old), _text(new), f"a/{name}", f"b/{name}", lineterm=""))
        if name in _GENERATED:
            added, removed = (sum(line[0] == mark for line in lines[2:]) for mark in "+-")
            yield f"{name}: {count(added, 'line')} added, {count(removed, 'line')} removed"
        elif not name.startswith("vendor/"):
            yield from (_painted(line, color) for line in lines)
    if below:
        yield f"vendor: {count(below, 'file')} changed"
    yield ""


def _painted(line: str, color: bool) -> str:
    style = {"+": GREEN, "-": RED}.get(line[:1])
    text = "\t".join(safe(part, _LONG) for part in line.split("\t"))
    return paint(text, style, color=color) if style else text


def _text(data: bytes | None) -> list[str]:
    return (data or b"").decode("utf-8", "replace").splitlines()


def _as_json(found: Alignment) -> dict[str, object]:
    aligned = found.aligned
    verdict = [aligned.verdict] if aligned.verdict else []
    return {
        "version": _VERSION,
        "host": found.host,
        "proven": found.proven,
        "written": found.written,
        "edits": [{"edit": edit.text, "why": edit.why} for edit in aligned.edits],
        "files": sorted(aligned.changes),
        "diff": "\n".join(_diff(found, False)).strip() if aligned.changes else "",
        "unmet": [{"need": one.need, "offered": one.offered, "needed_by": list(one.askers)} for one in aligned.unmet],
        "commands": [one.command for one in aligned.built],
        "loaded": aligned.loaded,
        "notes": list(aligned.notes),
        "failure": aligned.failure,
        "verdicts": json.loads(FORMATS["json"](verdict, color=False, pages=dict, base="")) if verdict else None,
    }
