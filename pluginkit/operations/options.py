"""What a build is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pluginkit.backends.fork_map import processors
from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.private_key import PrivateKey
    from pluginkit.incremental.stat_index import Snapshot


@record
class BuildOptions:
    """What `pluginkit build` and `plan` take, and callers from Python."""

    start: Path = Path()
    """The workspace, or a directory in it."""
    names: Sequence[str] = ()
    """Members to build anew: distribution names, or paths; none: whatever changed."""
    targets: Sequence[str] = ()
    """Go: platforms to build for, as in `linux/arm64`; none: those that the environment names, else all."""
    mode: str = ""
    """Go: how hosts run all plugins, one of `core.modes.MODES`, whatever the configuration says; empty: as it says."""
    locked: bool = False
    """Fail when the lock is out of date, instead of writing it."""
    jobs: int = 0
    """Build processes; 0: one for each core."""
    rehash: bool = False
    """Read every source again, whatever size and times of its file say."""
    use_cache: bool = True
    """Take artifacts from the caches and the release in dist; else everything is built, and replaces what they have."""
    remote_cache: str = ""
    """URL of a cache that machines share; empty: that of the environment, if it names one."""
    remote_cache_read_only: bool = False
    executor: str = ""
    """URL of an executor on whose machines artifacts are built; empty: this machine builds."""
    key: PrivateKey | None = None
    """Signs the stamps of the release, and the release; None: nobody does."""
    whole: bool = False
    """Verdicts on all artifacts are wanted, and not only on those that are new."""
    snapshot: Snapshot | None = None
    """What was found changed since the last build, where somebody looked already."""

    @property
    def processes(self) -> int:
        """How many processes to build with."""
        return self.jobs or processors()
