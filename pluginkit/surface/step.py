"""From one copy of an API to the next: the changes, the step that they ask for, and whether its version takes it."""

from __future__ import annotations

from collections.abc import Mapping

from pluginkit.core.api import Api
from pluginkit.core.frozen import EMPTY, record
from pluginkit.core.versions import bumped, is_enough, next_version, required_step
from pluginkit.surface.change import Change
from pluginkit.surface.compare import compare, sees_all, step

_OWN = ("API_VERSION", "APIVersion", "__version__")
"""Constants with the version itself, which changes with every step."""


@record
class Step:
    """What there is to say of an API that changed."""

    old: Api
    new: Api
    changes: tuple[Change, ...]
    """Of its surface, but for the constant with its version."""
    size: str
    """What they ask for: `major`, `minor` or `patch`."""
    is_enough: bool
    """The new version takes it."""
    version: str
    """The smallest version that would; empty where versions of this API cannot be counted."""

    @property
    def asking(self) -> tuple[Change, ...]:
        """The changes for which no smaller step would do."""
        return () if self.size == "patch" else tuple(one for one in self.changes if step([one]) == self.size)

    @property
    def is_hidden(self) -> bool:
        """The API may have changed where its surface does not show it."""
        return not (sees_all(self.old.surface) and sees_all(self.new.surface))


def judge_step(old: Api, new: Api, scheme: str, today: str, roles: Mapping[str, str] = EMPTY) -> Step:
    """Compare two copies of an API, and their versions by a scheme (see `core.versions`).

    `today` is the date that calendar versions go by; `roles` are as `compare` takes them.
    """
    found = compare(old.surface, new.surface, roles)
    changes = tuple(one for one in found if not _is_own(one))
    size = step(changes)
    enough = is_enough(old.version, new.version, size, scheme)
    return Step(old, new, changes, size, enough, next_version(old.version, size, scheme, today))


def part_to_bump(one: Step, scheme: str) -> str:
    """Return which part of the new version to move to get the one asked for; empty where none gives that."""
    part = required_step(one.old.version, one.size, scheme)
    return part if scheme != "pep440-calver" and bumped(one.new.version, part) == one.version else ""


def _is_own(change: Change) -> bool:
    return bool(change.old and change.new) and change.name.rpartition(".")[2] in _OWN
