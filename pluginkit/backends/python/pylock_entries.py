"""How `pylock.release.toml` names the wheels of a release; apart from what writes it, which needs build tools."""

from collections.abc import Iterable, Mapping

from pluginkit.core.errors import PluginkitError
from pluginkit.core.model import Artifact
from pluginkit.core.release import PYLOCK


def wheel_entry(artifact: Artifact) -> str:
    """Return the keys of a wheel of a release, as TOML in one line."""
    return f'path = "{artifact.file}", size = {artifact.size}, hashes = {{ sha256 = "{artifact.sha256}" }}'


def with_artifacts(text: str, before: Iterable[Artifact], after: Mapping[str, Artifact]) -> str:
    """Return such a file with other digests and sizes of our wheels, which are `after` by the file that each lies in.

    Raises PluginkitError for a file that does not name them as they were `before`.
    """
    for artifact in before:
        if text.count(wheel_entry(artifact)) != 1:
            raise PluginkitError(f"{PYLOCK} does not name {artifact.file} as it is", hint="build the release again")
        text = text.replace(wheel_entry(artifact), wheel_entry(after[artifact.file]))
    return text
