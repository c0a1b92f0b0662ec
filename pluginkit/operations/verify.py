"""Artifacts and hosts, wherever they lie -> Verdicts: what `pluginkit verify` and tests of plugins ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pluginkit.operations import targets
from pluginkit.operations.places import with_places
from pluginkit.stages.verify import read_artifacts, read_together, verify_apart, with_contract, with_loaders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.verdict import Verdict


def _configured(artifacts: Sequence[Path]) -> Sequence[Path]:
    """Return the host elsewhere that the configuration of the workspace with these artifacts names."""
    from pluginkit.core.config import CONFIG, configuration, find_root

    here, found = Path.cwd(), [path.resolve() for path in artifacts]
    around = [top for top in (here, *here.parents) if all(path.is_relative_to(top) for path in found)]
    if not any((top / name).is_file() for top in around for name in (CONFIG, "pyproject.toml")):
        return ()  # to parse TOML takes longer than to look
    root = find_root(Path())
    if root not in around or "host" not in configuration(root).values:
        return ()
    from pluginkit.operations.host_places import host_of

    return [host_of(None, root)]


def verify(
    artifacts: Sequence[Path] = (),
    hosts: Sequence[Path] = (),
    *,
    unstamped: bool = False,
    sysroot: Path | None = None,
    baseline: Path | None = None,
    note: Callable[[str], None] = lambda text: None,
) -> Sequence[Verdict]:
    """Return what each host makes of the artifacts. Nothing of them is executed or imported.

    Each artifact is a file, a directory of them, a release, an environment or a workspace, by default the last release
    of the workspace around; hosts are found likewise, by default the one that its configuration names, or else those
    beside the artifacts. Where there are hosts for several platforms, an artifact is compared with those for its own.
    In place of a stamped host it may be what an environment has of the APIs, or what the lock of a workspace without a
    host seals, and `note` is told so. With `unstamped` no artifact needs a stamp; what the report in JSON at `baseline`
    has is left out. Shared libraries of Go plugins are looked for as the host would below `sysroot`, by default on this
    machine. Raises PluginkitError where there is nothing to read, or no host.
    """
    hosts = hosts or _configured(artifacts)
    named = [one for path in artifacts for one in targets.releases_at(path)] or targets.releases_here()
    files = read_together(list(dict.fromkeys((*named, *hosts))), unstamped=unstamped)
    read = {place: files.get(place) or read_artifacts(place, unstamped=unstamped) for place in named}
    evidences = [one for found in read.values() for one in found]
    sides = with_loaders(targets.host_sides(hosts, artifacts, files or read, note, unstamped=unstamped), sysroot)
    if unstamped:
        read = {place: with_contract(place, found, sides) for place, found in read.items()}
        evidences = [one for found in read.values() for one in found]
    whole = not hosts and all(map(targets.is_workspace, artifacts))
    verdicts: Sequence[Verdict] = verify_apart(targets.paired(read, sides), whole=whole)
    if baseline is not None:
        from pluginkit.operations.baseline import without_known

        verdicts = without_known(verdicts, baseline, {one.subject: one.language for one in evidences})
    return with_places(verdicts, read)
