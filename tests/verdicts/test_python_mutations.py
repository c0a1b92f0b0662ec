"""The table notices whatever is altered in what decides, in each implementation by itself.

python -m pytest -n0 -m mutation -s tests/verdicts
"""

import importlib
import inspect
from collections.abc import Collection
from pathlib import Path

import pytest
from python_cases import ALL, LOADERS, ONLY_GO, ROWS, STATIC, WHEELS
from python_places import make
from python_questions import Question, ask, task

from pluginkit.rules import RULES

ABSENT: dict[str, Collection[str]] = {
    "PK102": ALL - WHEELS,  # nothing is left of the archive
    "PK106": ALL - {"environment"},  # a loader raises an error, whatever the plugins
    "PK204": ALL - WHEELS,  # a file of one name lies in a directory once
    "PK307": {"assertion", "fixture"},  # they say what is refused
    "PK506": ALL - {"gate"},  # there are no sources
    "PK507": STATIC,  # nothing is run
    "PK601": {"gate"},  # others may sign what was built
    "PK602": {"gate"},
    "PK603": {"gate"},
    "PK508": STATIC,
    "PK509": WHEELS,  # nothing was installed before
    "PK510": ALL,  # members have sources, and here there are none
    "PK604": ALL,  # `rebuild` reports it, which builds them
    "PK512": {"environment", "group"},  # in one directory a package is one, whoever brought its parts
    "PK701": ALL - {"workspace"},  # others do not see the whole
    "PK702": LOADERS - {"fixture"},  # a report of plugins
}
TWICE = {"PK101": {"directory"}}
"""It says so itself of what it cannot unpack."""
SIGNATURES, TRUST = "pluginkit.core.signatures", "pluginkit.rules.trust"
ASKING = ALL - {"gate"}
IGNORES, JUDGE = "pluginkit.rules.ignores", "pluginkit.rules.judge"
AROUND = {"workspace", "gate", "environment"}
"""They are asked about all that there is, and the host's side is part of it."""
LINES: list[tuple[str, str, str, str, Collection[str]]] = [
    ("the last day does not count", IGNORES, "clock.today()) > one.until", "clock.today()) >= one.until", ALL),
    ("no day is the last", IGNORES, "return bool(one.until) and", "return False and", ALL),
    ("all is past", IGNORES, "return bool(one.until) and", "return True or", ALL),
    ("nothing is firm", IGNORES, "firm = is_firm(", "firm = False and is_firm(", ALL),
    ("all is firm", IGNORES, "firm = is_firm(", "firm = True or is_firm(", ALL),
    ("integrity is not firm", IGNORES, 'FIRM = ("PK1", ', 'FIRM = (', ALL),
    ("stamps are not firm", IGNORES, '"PK1", "PK2", "PK6"', '"PK1", "PK6"', ALL),
    ("signatures are not firm", IGNORES, '"PK2", "PK6", "PK7"', '"PK2", "PK7"', ALL - {"gate"}),
    ("any rule is meant", IGNORES, "spelled.get(ignore.rule, ignore.rule) != finding.code", "False", ALL),
    ("names of rules are not known", IGNORES, "if spelled.get(ignore.rule, ignore.rule) !=", "if ignore.rule !=", ALL),
    ("any plugin is meant", IGNORES, "if not ignore.plugin:", "if True:", ALL),
    ("distributions have no name", IGNORES, "return (one.name, *", "return (*", ALL),
    ("entry points have no name", IGNORES, "*(factory.name for factory in one.factories), file", "file", ALL),
    ("files have no name", IGNORES, "one.factories), file)", "one.factories))", ALL),
    ("what is ignored stays", IGNORES, "(left_out if matches else kept)", "kept", ALL),
    ("what is not ignored goes", IGNORES, "(left_out if matches else kept)", "(kept if matches else left_out)", ALL),
    ("nothing is wrong on the host's side", JUDGE, "    if not findings:\n", "    if True:\n", ALL - AROUND),
    ("nobody knows the host's side", JUDGE, "for some in together for", "for some in together[:1] for", ALL - AROUND),
    ("nothing collides with the host's side", JUDGE, "decide(evidences, host, others, today)",
     "decide(evidences, host, (), today)", ALL - AROUND),
    ("plugins are not there for each other", JUDGE, "if host.pins is not None:", "if False:",
     {"verify", "assertion", "directory"}),
    ("any type was signed", SIGNATURES, "if envelope.payload_type != signed.payload_type:", "if False:", ASKING),
    ("anything was signed", SIGNATURES, "if envelope.payload != signed.payload:", "if False:", ASKING),
    ("no key is needed", SIGNATURES, "    if not made:\n", "    if False:\n", ASKING),
    ("no signature is wrong", SIGNATURES, "    if wrong:\n", "    if False:\n", ASKING),
    ("any key may sign", SIGNATURES, "if matches(name, key.may_sign)]\n    if not", "]\n    if not", ASKING),
    ("no key ends", SIGNATURES, "if not key.until or today <= key.until]", "]", ASKING),
    ("the last day of a key does not count", SIGNATURES, "today <= key.until]", "today < key.until]", ASKING),
    ("one key is enough", SIGNATURES, "if len(valid) < needed:", "if False:", ASKING),
    ("no release is too old", SIGNATURES, "if release < trust.minimum_release:", "if False:", ASKING),
    ("the first release is too old", SIGNATURES, "if release < trust", "if release <= trust", ASKING),
    ("names are as they are spelled", TRUST, "(normalize(stamp.name), stamp.release)", "(stamp.name, stamp.release)",
     ASKING),
    ("the unreadable is read", JUDGE, "if not case.evidence.readable:", "if False:", WHEELS),
]  # fmt: skip


def _says(number: int, implementation: str, code: str) -> bool:
    """Return whether an implementation must find a rule's code in a row."""
    row = ROWS[number]
    if implementation not in row.by:
        return False
    answer = row.expected(implementation)
    return code in (*answer["errors"], *answer.get("warnings", ()))


def test_each_rule_is_seen_in_each_implementation_that_has_it() -> None:
    blind = {
        rule.code: {name for name in ALL if not any(_says(number, name, rule.code) for number in range(len(ROWS)))}
        for rule in RULES
        if rule.code not in ONLY_GO
    }
    assert {code: names for code, names in blind.items() if names} == {code: {*names} for code, names in ABSENT.items()}


@pytest.mark.parametrize(("module", "line"), [(module, old) for _, module, old, _, _ in LINES])
def test_what_is_altered_stands_there_once(module: str, line: str) -> None:
    assert inspect.getsource(importlib.import_module(module)).count(line) == 1


@pytest.mark.mutation
def test_no_alteration_goes_unnoticed(tmp_path: Path) -> None:
    places = [make(tmp_path / str(number), row.host, row.plugins, row.edit) for number, row in enumerate(ROWS)]
    alterations: list[tuple[str, tuple[str, ...], str, Collection[str]]] = []
    for rule in RULES:
        having = ALL - {*ABSENT.get(rule.code, ()), *TWICE.get(rule.code, ())} if rule.code not in ONLY_GO else set()
        alterations.append((f"{rule.code} inverted", ("inverted", rule.code), "", ALL))
        alterations.append((f"{rule.code} off", ("off", rule.code), rule.code, having))
    alterations += [(what, ("text", module, old, new), "", names) for what, module, old, new, names in LINES]
    tasks = [task([_questions(name, code) for name in names], *how) for _, how, code, names in alterations]
    survivors, count = [], 0
    for (what, _, _, names), one, answers in zip(alterations, tasks, ask(places, tasks, tmp_path), strict=True):
        assert isinstance(answers, list), f"{what}: {answers}"
        for name, questions, said in zip(names, one["series"], answers, strict=True):
            count += 1
            survivors += [f"{what}: {name}"] if said[-1] == questions[len(said) - 1][2] else []
    print(f"\n{len(alterations)} alterations, {count} with each implementation, {len(survivors)} survivors")
    assert not survivors, "\n".join(survivors)


def _questions(implementation: str, code: str) -> list[Question]:
    """Return the rows of an implementation, those first in which it finds that code."""
    numbers = [number for number, row in enumerate(ROWS) if implementation in row.by]
    ordered = sorted(numbers, key=lambda number: not _says(number, implementation, code))
    return [(number, implementation, ROWS[number].expected(implementation)) for number in ordered]
