"""Mutations of the Go host's sources: each check that decides switched off, and inverted, one at a time."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

LOADER, STAMP = "internal/loader", "internal/stamp"
INVERTED = """\
package loader

// inverted finds something where a check finds nothing, and the other way round.
func inverted(find func(*candidate) []Finding) func(*candidate) []Finding {
	return func(c *candidate) []Finding {
		if len(find(c)) > 0 {
			return nil
		}
		return []Finding{{Message: "inverted"}}
	}
}
"""
_CHECK = re.compile(r'^\t\{"(PK\d+)", (.+)\},$')
_CONDITION = re.compile(r"^(\t+(?:\} else )?if )((?:[^{;]|\{\})+; )?([^;]+)( \{)$")
_FUNCTION = re.compile(r"^func (?:\([^)]*\) )?(\w+)")
_WORDS = ("changes", "judgedBy", "labelled", "numbered")
"""Functions on which only the words of a message depend."""
_REFUSAL = re.compile(r"fail\(|malformed\(|errors\.New|fmt\.Errorf|p\.err = ")
_LISTS = (
    ("causes.go", ("witnesses", "selecting", "defaults")),
    ("ignores.go", ("firm", "named")),
)
_ITEM = re.compile(r'"[^"]+"(?:: "[^"]*")?,?')


@dataclass(frozen=True)
class Mutation:
    """One change of one file."""

    what: str
    file: str
    text: str
    """The whole file."""
    code: str = ""
    """Rows with it come first: they are likely to notice."""


def of_loader(root: Path) -> Iterator[Mutation]:
    """Yield the mutations that the table of plugins must notice."""
    yield from _of_checks(root)
    for name, lists in _LISTS:
        yield from _of_lists(root, f"{LOADER}/{name}", lists)
    for name in ("apis", "causes", "checks", "contract", "ignores", "inspect", "linked", "trust"):
        yield from _of_conditions(root, f"{LOADER}/{name}.go", refusals=False)
    for file in ("internal/glob/glob.go", "internal/signature/signature.go"):
        yield from _of_conditions(root, file, refusals=False)


def of_stamps(root: Path) -> Iterator[Mutation]:
    """Yield the mutations that the table of stamps must notice."""
    for name in ("envelope.go", "json.go", "parser.go", "stamp.go", "trust.go", "wasm.go"):
        yield from _of_conditions(root, f"{STAMP}/{name}", refusals=True)
    yield from _of_lists(
        root,
        f"{STAMP}/stamp.go",
        (
            "kinds",
            "modes",
            "policies",
            "members",
            "optional",
            "apiMembers",
            "contractMembers",
            "ignoreMembers",
            "linkedMembers",
        ),
    )
    yield from _of_lists(root, f"{STAMP}/trust.go", ("trustMembers", "keyMembers", "weak"))


def _of_checks(root: Path) -> Iterator[Mutation]:
    """Drop and invert each entry of the table of checks."""
    file = f"{LOADER}/checks.go"
    lines = (root / file).read_text().split("\n")
    for at, line in enumerate(lines):
        found = _CHECK.match(line)
        if found:
            code, find = found.groups()
            yield Mutation(f"{code} {find} off", file, _text(lines, at, "\t// none"), code)
            yield Mutation(
                f"{code} {find} inverted", file, _text(lines, at, f'\t{{"{code}", inverted({find})}},'), code
            )


def _of_lists(root: Path, file: str, names: Iterable[str]) -> Iterator[Mutation]:
    """Drop each item of some lists and maps of strings."""
    text = (root / file).read_text()
    for name in names:
        head = re.search(rf"^(?:\t|var ){name} += (?:\[\]string|map\[string\]string)\{{", text, re.MULTILINE)
        assert head, name
        end = text.index("}", head.end())
        for item in _ITEM.finditer(text, head.end(), end):
            yield Mutation(f"{file} {name} without {item[0]}", file, text[: item.start()] + text[item.end() :])


def _of_conditions(root: Path, file: str, *, refusals: bool) -> Iterator[Mutation]:
    """Let each condition be false, and the opposite; with `refusals` only those of which a refusal depends."""
    lines = (root / file).read_text().split("\n")
    function = ""
    for at, line in enumerate(lines):
        named = _FUNCTION.match(line)
        function = named[1] if named else function
        found = _CONDITION.match(line)
        if function in _WORDS or not found or (refusals and not _REFUSAL.search("".join(lines[at + 1 : at + 2]))):
            continue
        start, before, condition, end = found.groups(default="")
        where = f"{file} {function}: {condition}"
        yield Mutation(f"{where}: off", file, _text(lines, at, f"{start}{before}false && ({condition}){end}"))
        yield Mutation(f"{where}: inverted", file, _text(lines, at, f"{start}{before}!({condition}){end}"))


def _text(lines: list[str], at: int, line: str) -> str:
    return "\n".join([*lines[:at], line, *lines[at + 1 :]])
