"""The corpus: one change of an API a line, with what it does to one plugin."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

CORPUS = Path(__file__).with_name("cases.jsonl")


@dataclass(frozen=True, slots=True)
class Case:
    """A change of an API, and a plugin that works with the old one.

    `old` and `new` are the files of the package `api`, by module name (`sub/thing` in a subpackage). `host_old` and
    `host_new` drive the plugin: `import api, plugin as p` stands before them.
    """

    id: str
    kind: str
    truth: str  # "breaks" or "ok": what happened when the plugin ran on the new API
    typed_only: bool  # it runs, but a type checker would complain about the plugin
    error: str  # of the run on the new API, "" for none
    old: Mapping[str, str]
    new: Mapping[str, str]
    plugin: str
    host_old: str
    host_new: str
    knowable: bool  # whether a reader of the sources could know the truth


def load(path: Path = CORPUS) -> tuple[Case, ...]:
    """Return the cases of a file, in its order."""
    return tuple(Case(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines())


def save(cases: Iterable[Case], path: Path = CORPUS) -> None:
    """Write cases, sorted by kind and then by id."""
    ordered = sorted(cases, key=lambda case: (case.kind, case.id))
    lines = (json.dumps(asdict(case), ensure_ascii=False) for case in ordered)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
