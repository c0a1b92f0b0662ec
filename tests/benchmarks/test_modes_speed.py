"""What each way to run a Go plugin costs: calls, starts, sizes and memory, measured in turn in one run."""

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from gomodes import MODES, Host, four_plugins, release, sizes

pytestmark = pytest.mark.benchmark

ROUNDS = 5
CALLS = {"plugin": 200_000, "linked": 200_000, "subprocess": 5_000, "wasm": 5_000}
ROWS = {
    "call with 100 bytes": ("us", "call"),
    "call with 64 KiB": ("us", "call 64 KiB"),
    "call that calls the host back 4 times": ("us", "call back"),
    "first start": ("ms", "first start"),
    "further starts": ("ms", "start"),
    "size of the host": ("MB", "host"),
    "size of the four plugins": ("MB", "plugins"),
    "memory of the host": ("MB", "host memory"),
    "memory of all processes": ("MB", "all memory"),
}
"""What the table shows: the unit, and the name of what was measured."""


def test_what_each_mode_costs(tmp_path: Path) -> None:
    root = four_plugins(tmp_path / "acme")
    built = {mode: release(root, tmp_path / mode, mode) for mode in MODES}
    found = {mode: _sizes(built[mode]) for mode in MODES}
    runs: dict[str, list[Mapping[str, float]]] = {mode: [] for mode in MODES}
    for number in range(ROUNDS):
        for mode in MODES if number % 2 else reversed(MODES):
            runs[mode].append(_run(built[mode], CALLS[mode]))
    for mode in MODES:
        found[mode]["first start"] = runs[mode][0]["start"]
        for name in runs[mode][0]:
            found[mode][name] = min(one[name] for one in runs[mode][name == "start" :])
    print(f"\n{os.cpu_count()} processors, the best of {ROUNDS} rounds; in brackets, compared with mode plugin")
    print("\n".join(_table(found)))
    assert found["linked"]["call"] <= 1.5 * found["plugin"]["call"]
    assert found["linked"]["start"] <= found["plugin"]["start"]
    for mode in ("subprocess", "wasm"):
        assert found[mode]["call"] > found["plugin"]["call"]


def _sizes(built: Path) -> dict[str, float]:
    files = dict(sizes(built))
    host = files.pop("host")
    return {"host": host / 1e6, "plugins": sum(files.values()) / 1e6}


def _run(built: Path, calls: int) -> dict[str, float]:
    """Start a host, and return what calls cost in microseconds, the start in milliseconds, and memory in MB."""
    started = time.perf_counter()
    with Host(built) as host:
        run = {"start": (time.perf_counter() - started) * 1000}
        run["call"] = _calls(host, "filter", 100, calls)
        run["call 64 KiB"] = _calls(host, "filter", 1 << 16, calls // 10)
        run["call back"] = _calls(host, "audit", 100, calls // 10)
        own, others = host.memory()
        run["host memory"], run["all memory"] = own * 1024 / 1e6, (own + others) * 1024 / 1e6
    return run


def _calls(host: Host, name: str, size: int, count: int) -> float:
    host.do("time", name, size, max(count // 10, 1))
    (answer,) = host.do("time", name, size, count)
    nanoseconds, _, error = answer.partition(" ns, ")
    assert error == "no error", answer
    return int(nanoseconds) / 1000


def _table(found: Mapping[str, Mapping[str, float]]) -> Iterable[str]:
    yield f"| | {' | '.join(MODES)} |"
    yield f"|---{'|---:' * len(MODES)}|"
    for title, (unit, name) in ROWS.items():
        base = found["plugin"][name]
        cells = (_cell(found[mode][name], unit, base if mode != "plugin" else 0) for mode in MODES)
        yield f"| {title} | {' | '.join(cells)} |"


def _cell(value: float, unit: str, base: float) -> str:
    if not value:
        return "none"
    if unit == "us" and value < 1:
        return _cell(value * 1000, "ns", base * 1000)
    if unit == "ms" and value >= 1000:
        return _cell(value / 1000, "s", base / 1000)
    return f"{_digits(value)} {unit}" + (f" ({_digits(value / base)}x)" if base else "")


def _digits(value: float) -> str:
    """Return a number rounded to two digits."""
    return f"{value:.2g}" if value < 10 else f"{float(f'{value:.2g}'):,.0f}"
