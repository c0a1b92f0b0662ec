"""What is said of each case of the corpus, held against what running it showed.

`misjudged.txt` lists the cases that are judged wrongly today, so that a change for the worse is seen, and one for
the better is kept. `python tests/compat/test_compat_verdicts.py` writes it anew.
"""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from compat_cases import Case, load

from pluginkit.surface.concern import concerning
from pluginkit.surface.python.reader import surface
from pluginkit.surface.python.uses import known_names, read_uses

MISJUDGED = Path(__file__).parent / "misjudged.txt"
KINDS = sorted({case.kind for case in load()})


def read(files: Mapping[str, str], root: Path) -> tuple[str, ...]:
    for name, text in files.items():
        path = root / "api" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return surface(root, ["api"])


def said(case: Case) -> str:
    """Return what is said of a case: `accepted`, `refused`, or `unknown`."""
    with tempfile.TemporaryDirectory() as scratch:
        old, new = (read(files, Path(scratch, side)) for side, files in (("old", case.old), ("new", case.new)))
    uses = read_uses({"plugin.py": case.plugin.encode()}, ["api"], known_names([old]))
    breaks = concerning(old, new, uses)
    return "accepted" if not breaks else "unknown" if all(one.is_unknown for one in breaks) else "refused"


def misjudged(cases: Iterable[Case]) -> list[str]:
    """Return a line for each case of which something else is said than is so; what no reader could know is left out."""
    found = []
    for case in cases:
        verdict = said(case)
        if case.knowable and (verdict == "accepted") != (case.truth == "ok"):
            found.append(f"{case.kind} {case.id} {case.truth} {verdict}")
    return sorted(found)


@pytest.mark.parametrize("kind", KINDS)
def test_cases_are_judged_as_they_are_known_to_be(kind: str) -> None:
    expected = [line for line in MISJUDGED.read_text().splitlines() if line.split(" ")[0] == kind]
    assert misjudged(case for case in load() if case.kind == kind) == expected


def test_few_cases_are_misjudged() -> None:
    lines = [line.split(" ") for line in MISJUDGED.read_text().splitlines()]
    breaks = [case for case in load() if case.truth == "breaks" and case.knowable]
    harmless = [case for case in load() if case.truth == "ok"]
    assert sum(truth == "breaks" for _, _, truth, _ in lines) <= len(breaks) * MOST_ACCEPTED
    assert sum(truth == "ok" for _, _, truth, _ in lines) <= len(harmless) * MOST_REFUSED


MOST_ACCEPTED, MOST_REFUSED = 0.12, 0.08
"""Of the breaks, and of the harmless changes. The corpus is made of what is hard to tell."""

if __name__ == "__main__":
    MISJUDGED.write_text("".join(f"{line}\n" for line in misjudged(load())))
