"""Wheels for every step of a plan: built in worker processes, stamped here while the next one is built."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from pluginkit.backends.python.building.environment import ensure
from pluginkit.backends.python.building.process_pool import IMPORTED, ProcessPool, ProcessPools, size
from pluginkit.backends.python.building.workers import Worker, WorkerDiedError, WorkerError
from pluginkit.backends.python.hermetic import HATCHLING, STATELESS
from pluginkit.backends.python.wheel.stamper import WheelFacts, stamp_into
from pluginkit.backends.python.wheel.syntax import syntax_errors
from pluginkit.backends.stamps import stamp_of
from pluginkit.core import files
from pluginkit.core.api import Api
from pluginkit.core.errors import PluginkitError, StaleLockError
from pluginkit.core.model import Artifact, BuildPlan, BuildStep
from pluginkit.core.names import is_of_extra, requirement_name
from pluginkit.core.stamp import Stamp
from pluginkit.surface.python.uses import known_names, read_uses

Requires = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Failure:
    step: BuildStep
    message: str


def build(plan: BuildPlan, out: Path, pools: ProcessPools, *, jobs: int, report: Callable[[Artifact], None]) -> None:
    """Build every step into `out` in processes of `pools`, which are ended.

    Raises StaleLockError when an API's bytes or a member's computed requirements are not those the
    lock sealed, PluginkitError that names every member whose backend failed.
    """
    run = _Run(plan, out, pools, report)
    try:
        with ThreadPoolExecutor(max_workers=max(jobs, 1)) as pool:
            try:
                futures = [pool.submit(run.batch, number, batch) for number, batch in enumerate(run.batches(jobs))]
                done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            except BaseException:
                run.abandon()
                raise
            if any(future.exception() for future in done):
                run.abandon()
        for future in futures:
            future.result()
    finally:
        pools.end()
    if run.failures:
        raise _failed(plan, run.failures)


class _Run:
    """One build under way; its batches run in threads, each with a worker process of its own."""

    def __init__(self, plan: BuildPlan, out: Path, pools: ProcessPools, report: Callable[[Artifact], None]) -> None:
        self.failures: list[_Failure] = []
        self._plan, self._out, self._pools, self._report = plan, out, pools, report
        self._abandoned = False
        environments = [step.environment for step in plan.steps if step.environment]
        root = plan.workspace.root
        self._pythons = {one.requires: ensure(one, root, pools.begun) for one in dict.fromkeys(environments)}

    def batches(self, jobs: int) -> Iterator[tuple[ProcessPool | None, Sequence[BuildStep]]]:
        """Share steps of one environment among few processes; give backends that are not stateless their own.

        Most keep state between builds that their authors never meant to be kept.
        """
        shared: dict[tuple[Requires, str], list[BuildStep]] = {}
        for step in self._plan.steps:
            member = step.member
            if member.build_backend in STATELESS and not member.backend_path:
                shared.setdefault((member.build_requires, member.build_backend), []).append(step)
        for (requires, backend), group in shared.items():
            count, modules = size(len(group), jobs), IMPORTED if backend == HATCHLING else ""
            pool = self._pools.pool(self._pythons[requires], size=count, modules=modules)
            yield from ((pool, group[start::count]) for start in range(count))
        grouped = {step.member.name for group in shared.values() for step in group}
        yield from ((None, [step]) for step in self._plan.steps if step.member.name not in grouped)

    def batch(self, number: int, batch: tuple[ProcessPool | None, Sequence[BuildStep]]) -> None:
        """Build the steps of a batch, in a new process after each one that a backend took down."""
        pool, steps = batch
        python = self._pythons[steps[0].member.build_requires]
        while steps and not self._abandoned:
            pool = pool or self._pools.pool(python)
            with Worker(pool, self._plan.workspace.root, self._out / ".work" / str(number)) as worker:
                steps, pool = self._through(worker, steps), None

    def abandon(self) -> None:
        """Stop as soon as may be."""
        self._abandoned = True
        self._pools.end()

    def _through(self, worker: Worker, steps: Sequence[BuildStep]) -> Sequence[BuildStep]:
        """Build `steps`; return what is left of them when the process dies on the way."""
        wheels = worker.wheels([step.member for step in steps])
        for position, (step, built) in enumerate(zip(steps, wheels, strict=True), 1):
            if not isinstance(built, WorkerError):
                self._report(_publish(self._plan, step, built, self._out))
                continue
            self.failures.append(_Failure(step, str(built)))
            if isinstance(built, WorkerDiedError):
                return steps[position:]
        return ()


def stamp(plan: BuildPlan, step: BuildStep, wheel: Path, target: BinaryIO) -> None:
    """Write the wheel to `target` with the stamp of `step` in it, in canonical form."""

    def make(facts: WheelFacts) -> Stamp:
        _refuse_drift(plan, step, facts)
        _refuse_unparsable(step, facts)
        uses = _uses(step, facts) if step.member.kind == "plugin" or _uses_others(step) else None
        return stamp_of(plan, step, facts.payload, name=facts.name, version=facts.version, uses=uses)

    stamp_into(target, wheel, wheel.name, make)


def _uses(step: BuildStep, facts: WheelFacts) -> tuple[str, ...]:
    """Return what a member does with the APIs that it is built against, read from the code in its wheel."""
    roots = [module for api in step.apis if api.name != step.member.name for module in api.modules]
    return read_uses(facts.sources, roots, _known(step.apis)).lines


def _uses_others(step: BuildStep) -> bool:
    """Return whether it is an API that uses others."""
    return step.member.kind == "api" and len(step.apis) > 1


@lru_cache(maxsize=4)
def _known(apis: tuple[Api, ...]) -> frozenset[str]:
    return known_names(api.surface for api in apis)


def _publish(plan: BuildPlan, step: BuildStep, built: Path, out: Path) -> Artifact:
    made = out / built.name
    with files.seekable(made) as target:
        stamp(plan, step, built, target)
    built.unlink()
    size = made.stat().st_size
    return Artifact(step.member.name, step.member.kind, built.name, files.digest(made), size, step.inputs)


def _refuse_drift(plan: BuildPlan, step: BuildStep, facts: WheelFacts) -> None:
    """Refuse bytes the lock does not describe: they are only known once the backend has run."""
    sealed = plan.lock.api(facts.name)
    if sealed is not None:
        found = facts.content
        if found != sealed.digest:
            raise StaleLockError(
                f"the bytes of the API {sealed.label} are not those the lock sealed\n"
                f"  locked    {sealed.digest}\n  found     {found}",
                hint="run `pluginkit lock`",
            )
    locked = next((member for member in plan.lock.members if member.name == facts.name), None)
    if locked is None:
        raise PluginkitError(f"{step.member.path}: its wheel is named {facts.name}, not {step.member.name}")
    computed, expected = {line for line in facts.requires if not is_of_extra(line)}, set(locked.requires)
    if "dependencies" not in step.member.dynamic:  # backends write what is declared in spellings of their own
        computed, expected = {*map(requirement_name, computed)}, {*map(requirement_name, expected)}
    if computed != expected:
        edit = [f"- {line}" for line in sorted(expected - computed)] + [
            f"+ {line}" for line in sorted(computed - expected)
        ]
        raise StaleLockError(
            f"{step.member.path}: its build backend now computes other dependencies: {', '.join(edit)}",
            hint="run `pluginkit lock`",
        )


def _refuse_unparsable(step: BuildStep, facts: WheelFacts) -> None:
    """Refuse a wheel with modules that cannot be imported. Raises PluginkitError that names each place."""
    found = [f"{_source(step, path)}:{error}" for path, error in syntax_errors(facts.sources, facts.requires_python)]
    if found:
        raise PluginkitError("\n".join(found), hint="mend the module, or leave it out of the wheel")


def _source(step: BuildStep, path: str) -> str:
    """Return the source of a member that its wheel has at an import path; the path itself where that is not plain."""
    found = [name for name in step.sources if name == path or name.endswith(f"/{path}")]
    return f"{step.member.path}/{found[0]}" if len(found) == 1 else path


def _failed(plan: BuildPlan, failures: Sequence[_Failure]) -> PluginkitError:
    order = {step.member.name: number for number, step in enumerate(plan.steps)}
    failures = sorted(failures, key=lambda failure: order[failure.step.member.name])
    parts = [f"{failure.step.member.path}: its build backend failed\n{failure.message}" for failure in failures]
    return PluginkitError("\n\n".join(parts), hint="the previous release is unchanged")
