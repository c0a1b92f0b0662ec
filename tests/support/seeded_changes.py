"""Changes of an API with a known truth: which plugins each breaks, and which of their tests say so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from monorepo import write

from pluginkit.core.trial import Trials


@dataclass(frozen=True)
class Seeded:
    """One change of the API's source, and what it breaks."""

    name: str
    old: str
    """Text that is in the source, once."""
    new: str
    tests: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Purely of behaviour: by plugin, the names of the tests that fail with the change."""
    breaks: Mapping[str, str] = field(default_factory=dict)
    """Visible to the surface: by plugin, `file:line` of the first use that breaks."""


@dataclass(frozen=True)
class Repository:
    """A workspace with six plugins that have tests, and ten changes of its API."""

    language: str
    files: Mapping[str, str]
    api: str
    """The API's directory."""
    source: str
    """The API's file that changes, in that directory."""
    changes: tuple[Seeded, ...]
    failing: Mapping[str, tuple[str, ...]]
    """By plugin, the tests that fail without any change."""

    def seed(self, root: Path, change: Seeded) -> Path:
        """Write a changed copy of the API, and return its directory."""
        files = {
            name.removeprefix(f"{self.api}/"): text for name, text in self.files.items() if name.startswith(self.api)
        }
        assert files[self.source].count(change.old) == 1, f"{change.name}: {change.old!r}"
        return write(root, files | {self.source: files[self.source].replace(change.old, change.new)})


def missed(change: Seeded, trials: Trials) -> list[str]:
    """Return what trials say otherwise than the truth of a change; empty where it was found as it is."""
    wrong = []
    for trial in trials.trials:
        tests, place = change.tests.get(trial.plugin, ()), change.breaks.get(trial.plugin)
        status = "breaks" if tests else "refused" if place else ""
        if status and trial.status != status:
            wrong.append(f"{trial.plugin} is {trial.status} {trial.error}, not {status}")
        if not status and trial.status in ("breaks", "refused", "error"):
            wrong.append(f"{trial.plugin} is {trial.status} {trial.error}, and nothing concerns it")
        if tuple(sorted(trial.blamed)) != tuple(sorted(tests)):
            wrong.append(f"{trial.plugin}: blamed are {trial.blamed}, not {tests}")
        if place and (not trial.breaks or place not in trial.places):
            wrong.append(f"{trial.plugin}: {trial.breaks} at {trial.places}, not at {place}")
    return wrong
