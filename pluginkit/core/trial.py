"""What plugins' own tests say of a host or an API that is not released yet: the table of `pluginkit test`. No I/O."""

from __future__ import annotations

from pluginkit.core.frozen import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Outcome = Literal["passed", "failed", "broken", "late", "none"]
    Status = Literal["ok", "breaks", "refused", "failed before", "no tests", "error"]


@record
class Ran:
    """One run of one plugin's tests."""

    outcome: Outcome
    """`broken`: they could not start, as what does not compile or import; `late`: the time limit ended them."""
    passed: tuple[str, ...] = ()
    """Names of tests as their runner prints them: `tests/test_filter.py::test_size`, `acme/plugins/filter TestSize`."""
    failed: tuple[str, ...] = ()
    """Names too, or those of files that could not be read: `tests/test_filter.py`."""
    output: str = ""
    """The end of what was printed; empty where all passed."""
    seconds: float = 0.0


@record
class Trial:
    """One plugin, without the change and with it."""

    plugin: str
    language: str
    repository: str
    """Its workspace as it was named; empty where there is but one."""
    breaks: tuple[str, ...] = ()
    """What comparing the APIs tells already: each change that concerns it, as one line. Then no test is run with it."""
    places: tuple[str, ...] = ()
    """`file:line` where the plugin uses what these changes concern."""
    before: Ran | None = None
    """None where it was not run."""
    after: Ran | None = None
    error: str = ""
    """Why its tests could not be run at all: an environment that cannot be made, a toolchain that is not there."""

    @property
    def blamed(self) -> tuple[str, ...]:
        """Tests that pass without the change and fail with it, or whose file cannot be read with it.

        Where they could not start or end, these are all that pass without it.
        """
        if not self.before or not self.after:
            return ()
        failed = set(self.after.failed)
        if self.after.outcome in ("broken", "late"):
            failed = set(self.before.passed) - set(self.after.passed)
        return tuple(name for name in self.before.passed if name in failed or name.partition("::")[0] in failed)

    @property
    def status(self) -> Status:
        """The word that sums it up; `breaks` and `refused` are the change's fault, `failed before` is not."""
        if self.breaks:
            return "refused"
        if self.error or not self.before:
            return "error"
        if self.before.outcome in ("broken", "late"):
            return "failed before"
        if not self.after:
            return "error"
        if self.blamed or self.after.outcome in ("broken", "late"):
            return "breaks"
        if self.before.outcome == "none" and self.after.outcome == "none":
            return "no tests"
        return "failed before" if self.before.outcome == "failed" else "ok"


@record
class Trials:
    """The whole table."""

    change: str
    """What the plugins were tried with, as it was named: `--api git:main`."""
    trials: tuple[Trial, ...]
    notes: tuple[str, ...] = ()

    @property
    def harmless(self) -> bool:
        """True where the change breaks no plugin, and every plugin could be tried."""
        return not any(one.status in ("breaks", "refused", "error") for one in self.trials)
