"""The tests of several plugins at a time, in one copy of their workspace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from pluginkit.backends.fork_map import processors
from pluginkit.backends.process import end_groups
from pluginkit.backends.testing import Bench, Tester
from pluginkit.core.errors import PluginkitError
from pluginkit.core.trial import Ran
from pluginkit.operations.testing.options import Progress, TrialOptions


class Running:
    """Runs tests in one copy, without the change or with it."""

    def __init__(self, bench: Bench, tester: Tester, options: TrialOptions, progress: Progress, words: str) -> None:
        self._bench, self._tester, self._options = bench, tester, options
        self._progress, self._words = progress, words
        self._stopped = Event()
        self._begun: set[str] = set()

    def again(self, names: Iterable[str]) -> Mapping[str, Ran | str]:
        """Run once more the tests of those of these plugins that ran here; what runs them has no others."""
        return self.run([name for name in names if name in self._begun])

    def run(self, names: Iterable[str]) -> Mapping[str, Ran | str]:
        """Return by name how the tests of plugins ended, or why they could not be run.

        When this thread is interrupted, all children end, and the other plugins are not begun.
        """
        names = list(names)
        self._begun |= {*names}
        with ThreadPoolExecutor(self._options.jobs or processors()) as pool:
            try:
                return dict(zip(names, pool.map(self._one, names), strict=True))
            except BaseException:
                self._stopped.set()
                pool.shutdown(wait=False, cancel_futures=True)
                end_groups()
                raise

    def _one(self, name: str) -> Ran | str:
        member = self._bench.workspace.member(name)
        if member is None:
            return "the workspace has no such plugin then"
        if self._stopped.is_set():
            return "interrupted"
        self._progress(f"{self._words}: {name}")
        try:
            return self._tester.run(
                self._bench, member, seconds=self._options.seconds, compile_only=self._options.compile_only
            )
        except PluginkitError as error:
            return error.message
