"""What is said of each case of the corpus, held against what running it showed.

`misjudged.txt` lists the cases that are judged wrongly today, so that a change for the worse is seen, and one for
the better is kept. `python tests/compat/test_compat_verdicts.py` writes it anew, with the
table in the documentation.
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
PAGE = Path(__file__).parents[2] / "docs/explanation/compatibility.md"
BEGIN, END = "<!-- counts -->", "<!-- end of counts -->"
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


MOST_ACCEPTED, MOST_REFUSED = 0.11, 0.08
"""Of the breaks, and of the harmless changes. The corpus is made of what is hard to tell."""


def counts() -> str:
    """Return the table of the documentation: by kind, how many cases there are, and how many are judged wrongly."""
    wrong = [line.split(" ") for line in MISJUDGED.read_text().splitlines()]
    rows = ["| kind | breaks | of these accepted | harmless | refused | `unknown` |", "|---|---|---|---|---|---|"]
    for kind in (*KINDS, ""):
        cases = [case for case in load() if case.knowable and kind in (case.kind, "")]
        breaks = sum(case.truth == "breaks" for case in cases)
        found = [(truth, verdict) for of, _, truth, verdict in wrong if kind in (of, "")]
        numbers = (
            breaks,
            found.count(("breaks", "accepted")),
            len(cases) - breaks,
            found.count(("ok", "refused")),
            found.count(("ok", "unknown")),
        )
        rows.append(f"| {kind or 'all'} | {' | '.join(map(str, numbers))} |")
    left_out = sum(not case.knowable for case in load())
    return "\n".join([*rows, "", f"{left_out} more breaks are not counted: no reader of the sources could know them."])


def documented(page: str) -> str:
    """Return the page with the table of today."""
    before, rest = page.split(f"{BEGIN}\n")
    return f"{before}{BEGIN}\n{counts()}\n{END}{rest.split(END)[1]}"


def test_the_documentation_has_these_numbers() -> None:
    page = PAGE.read_text()
    assert documented(page) == page, "write it anew: python tests/compat/test_compat_verdicts.py"


if __name__ == "__main__":
    MISJUDGED.write_text("".join(f"{line}\n" for line in misjudged(load())))
    PAGE.write_text(documented(PAGE.read_text()))
