"""What the extras that entry points name ask of the host's release: a part of PK404."""

from __future__ import annotations

from collections.abc import Iterator

from pluginkit.core.names import normalize
from pluginkit.core.verdict import Host
from pluginkit.rules.rule import Case, Problem
from pluginkit.rules.versions import admits, needed_for


def extra_problems(case: Case, host: Host) -> Iterator[Problem]:
    """Yield each requirement of an extra that an entry point names, where the host's release does not meet it.

    An entry point that names an extra says that it cannot be used without it.
    """
    named = {extra: factory.name for factory in case.evidence.factories for extra in factory.extras}
    for extra, entry_point in sorted(named.items()):
        for text in case.evidence.requires:
            found = needed_for(extra, text, host.python)
            pinned = (host.pins or {}).get(normalize(found[0])) if found else ""
            if found is None or (pinned is not None and (not pinned or not found[1] or admits(found[1], pinned))):
                continue
            name, wanted = normalize(found[0]), f"{found[0]}{found[1]}"
            yield Problem(
                f"the entry point {entry_point!r} names the extra {extra!r}, which requires {wanted}; "
                f"the host's release has {f'{name} {pinned}' if pinned else f'no {name}'}",
                f"widen the requirement of the extra, or name {wanted} among the plugin's or the host's `dependencies`"
                if pinned
                else f"name {wanted} among the plugin's `dependencies`, then `pluginkit lock`",
                {"found": wanted, "expected": f"{name} {pinned}" if pinned else "absent"},
            )
