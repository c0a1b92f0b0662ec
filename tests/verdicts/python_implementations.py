"""Everything that decides about plugins for Python, asked about places that are made; each answer in a fresh fork.

    python python_implementations.py FILE

FILE is JSON: a list of places, and of tasks. A task alters the code, or does not, and has series of questions: a place,
an implementation, and what is expected. What is printed is for each task a list of answers for each series.
"""

import gc
import json
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from python_alterations import alter
from wheels import GROUP

import pluginkit.pytest as plugin_of_pytest
from pluginkit.backends.python.side_effects.scan import side_effects_of
from pluginkit.core.lock import Lock
from pluginkit.core.model import BuildPlan, Member, Workspace
from pluginkit.core.side_effect import SideEffect
from pluginkit.core.verdict import Finding, Verdict
from pluginkit.operations import gate as gating
from pluginkit.operations.reporter import Silent
from pluginkit.operations.verify import verify as verify_all
from pluginkit.runtime import Asked, check, load_plugins

Place = Mapping[str, Any]
Answer = dict[str, list[str]]


def _verify(place: Place) -> Answer:
    root = Path(place["place"])
    return _of_verdicts(place, verify_all([Path(path) for path in place["wheels"]], [root / "release"]))


def _workspace(place: Place) -> Answer:
    return _of_verdicts(place, verify_all([Path(place["place"], "workspace")]))


def _gate(place: Place) -> Answer:
    root = Path(place["place"])
    workspace = Workspace(root / "workspace", "python", ("acme-api",), ())
    found = {f"acme-{one['name']}": _side_effects(root / "sources", one["name"]) for one in place["plugins"]}
    gate = gating.Gate(workspace, None, Silent(), whole=False)
    plan = BuildPlan(workspace, Lock("python", ()), "", "", ())
    try:
        gate.approve(plan, root / "workspace/dist", (), found)
    except gating.RefusedError:
        assert not all(verdict.accepted for verdict in gate.verdicts)
    return _of_verdicts(place, gate.verdicts)


def _side_effects(root: Path, name: str) -> tuple[SideEffect, ...]:
    sources = [path.relative_to(root / name).as_posix() for path in (root / name).rglob("*.py")]
    member = Member(f"acme-{name}", "plugin", name, entry_points=((GROUP, name, f"acme_{name}:New"),))
    return side_effects_of(root, member, sources, GROUP, ["acme_api"])


def _environment(place: Place) -> Answer:
    return _of_verdicts(place, verify_all([Path(place["place"], "env")]))


def _assertion(place: Place) -> Answer:
    """Assert what the pytest plugin asserts; the message has the codes, of warnings too."""
    root = Path(place["place"])
    try:
        plugin_of_pytest.assert_accepted(root / "wheels", root / "release")
    except pytest.fail.Exception as failure:
        return _of_text(place, str(failure))
    return _answer(place, [], None, [one["label"] for one in place["plugins"]])


def _loader_of_directory(place: Place) -> Answer:
    _enter(place, "bare")
    return _loaded(place, directory=Path(place["place"], "wheels"))


def _loader_of_group(place: Place) -> Answer:
    _enter(place, "env")
    return _loaded(place, group=GROUP)


def _fixture(place: Place) -> Answer:
    """Load the one wheel as the fixture of the pytest plugin does."""
    asserted = _assertion(place)
    if asserted["errors"]:
        return asserted
    _enter(place, "bare")
    api = _api()
    (wheel,) = place["wheels"]
    with plugin_of_pytest.loader(Path(wheel), Path(place["place"], "loaded")) as load:
        try:
            load(api=api)
        except pytest.fail.Exception as failure:
            return _of_text(place, str(failure))
    return asserted


def _enter(place: Place, name: str) -> None:
    sys.path.insert(0, str(Path(place["place"], name, place["site"])))


def _api() -> type | Sequence[type]:
    """Return the class that plugins implement; of a host that serves two versions of its API both."""
    from acme_api import Plugin

    found: type = Plugin
    try:
        from acme_api2 import Plugin as New
    except ImportError:
        return found
    return found, New


def _loaded(place: Place, **where: Any) -> Answer:
    """Verify, load by what of that is remembered, and see that it is the same."""
    api = _api()
    plan = check(Asked(**{name: str(value) for name, value in where.items()}), api)
    report = load_plugins(api=api, **where)
    assert report.plugins[len(plan.accepted) :] == plan.refused
    findings = [finding for result in report.plugins for finding in result.findings]
    assert all(result.findings for result in report.skipped)
    skipped = {result.path for result in report.skipped}
    return _of_findings(place, findings, [one.path for one in report.loaded if one.path not in skipped])


def _of_verdicts(place: Place, verdicts: Iterable[Verdict]) -> Answer:
    (verdict,) = verdicts
    spoiled = any(not _name(place, subject) for subject in verdict.refused)
    passed = [] if spoiled else [subject for subject in verdict.subjects if subject not in verdict.refused]
    return _of_findings(place, verdict.findings, passed)


def _of_findings(place: Place, findings: Iterable[Finding], passed: Iterable[str]) -> Answer:
    by = {severity: [one.code for one in findings if one.severity == severity] for severity in ("error", "warning")}
    return _answer(place, by["error"], by["warning"], passed)


def _of_text(place: Place, text: str) -> Answer:
    """Return what is told where pytest fails; with one subject refused, the others may pass."""
    found = [(code, line) for code, line in re.findall(r"^(PK\d{3}) ([^\n]*)", text, re.MULTILINE)]
    assert found, text
    errors = [(code, line.partition(": ")[0]) for code, line in found if ": warning: " not in line]
    names = [_name(place, subject) for _, subject in errors]
    passed = [] if "" in names else [one["label"] for one in place["plugins"] if one["name"] not in names]
    return _answer(place, [code for code, _ in errors], [code for code, line in found if ": warning: " in line], passed)


def _answer(place: Place, errors: Iterable[str], warnings: Iterable[str] | None, passed: Iterable[str]) -> Answer:
    names = {name for name in (_name(place, subject) for subject in passed) if name}
    answer = {"errors": sorted({*errors}), "passed": sorted(names)}
    return answer if warnings is None else {**answer, "warnings": sorted({*warnings})}


def _name(place: Place, subject: str) -> str:
    """Return the plugin that a report is about; empty where it is about something else."""
    names = {label: one["name"] for one in place["plugins"] for label in _labels(one["label"])}
    return next((name for label, name in names.items() if label in subject), "")


def _labels(label: str) -> tuple[str, str]:
    """Return how reports may call a plugin: `acme-filter 1.0.0`, `acme_filter-1.0.0`."""
    return label, label.replace("-", "_").replace(" ", "-")


IMPLEMENTATIONS: Mapping[str, Callable[[Place], Answer]] = {
    "verify": _verify,
    "workspace": _workspace,
    "gate": _gate,
    "environment": _environment,
    "assertion": _assertion,
    "directory": _loader_of_directory,
    "group": _loader_of_group,
    "fixture": _fixture,
}

STARTS = ("directory", "group", "fixture")
"""Each is asked in a process of its own: what it loads stays."""


def _ask(place: Place, implementation: str) -> Any:
    os.environ["PLUGINKIT_CACHE_DIR"] = f"{place['place']}/cache/{implementation}-{os.getpid()}"
    os.chdir(place["place"])
    try:
        return IMPLEMENTATIONS[implementation](place)
    except BaseException as error:
        return {"raised": [repr(error), traceback.format_exc()]}


def _forked(ask: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a child process answers, which may import and change what it likes."""
    output, end = os.pipe()
    child = os.fork()
    if not child:
        os.close(output)
        with open(end, "w") as file:
            json.dump(ask(*arguments), file)
        os._exit(0)
    os.close(end)
    with open(output) as file:
        text = file.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else {"raised": ["the process ended"]}


def _answers(places: Sequence[Place], task: Mapping[str, Any]) -> Any:
    """Return the answers to a task's series of questions."""
    if task["alteration"]:
        alter(*task["alteration"])
    return [_series(places, questions, first=bool(task["alteration"])) for questions in task["series"]]


def _series(places: Sequence[Place], questions: Sequence[tuple[int, str, Any]], *, first: bool) -> list[Any]:
    """Return the answers to questions; with `first` up to the first that is not what is expected."""
    found: list[Any] = []
    for number, implementation, expected in questions:
        starts = implementation in STARTS
        question = (places[number], implementation)
        found.append(_forked(_ask, *question) if starts else _ask(*question))
        if first and found[-1] != expected:
            break
    return found


def warm_up(place: Place) -> None:
    """Let everything decide once, so that forks need not import what that takes."""
    path, directory = [*sys.path], Path.cwd()
    for name in IMPLEMENTATIONS:
        answer = _ask(place, name)
        assert "raised" not in answer, answer["raised"]
        sys.path[:] = path
        for module in [name for name in sys.modules if name.startswith("acme_")]:
            del sys.modules[module]
    os.chdir(directory)
    gc.freeze()


def main() -> None:
    """Answer the questions in the file that is named, with as many processes as there are processors."""
    asked = json.loads(Path(sys.argv[1]).read_bytes())
    places, tasks = asked["places"], asked["tasks"]
    count = asked["processes"]
    warm_up(places[0])
    shares = []
    for share in range(count):
        output, end = os.pipe()
        if not os.fork():
            os.close(output)
            with open(end, "w") as file:
                json.dump([_forked(_answers, places, task) for task in tasks[share::count]], file)
            os._exit(0)
        os.close(end)
        shares.append(output)
    parts = []
    for output in shares:
        with open(output) as file:
            parts.append(json.load(file))
        os.wait()
    print(json.dumps([parts[number % count][number // count] for number in range(len(tasks))]))


if __name__ == "__main__":
    main()
