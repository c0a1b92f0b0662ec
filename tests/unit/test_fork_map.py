"""Work spread over processes: the same results in the same order, whatever becomes of a child."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from wheels import file_name, good_wheel

from pluginkit.backends import fork_map as spreading
from pluginkit.backends.fork_map import spread
from pluginkit.backends.python.inspector import PythonInspector
from pluginkit.core.ownership import SHARED
from pluginkit.core.verdict import Evidence


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "processors", lambda: 2)
    monkeypatch.setattr("_thread._count", lambda: 0)  # pytest and its plugins may have some


def _processes(items: Sequence[int]) -> list[tuple[int, int]]:
    return [(item, os.getpid()) for item in items]


@pytest.mark.parametrize("count", [24, 25, 31, 200])
def test_results_keep_the_order_of_the_items(count: int) -> None:
    found = spread(_processes, range(count))
    assert [item for item, _ in found] == list(range(count))
    assert len({process for _, process in found}) == 2


@pytest.mark.parametrize("count", [0, 1, 23])
def test_few_items_stay_in_this_process(count: int) -> None:
    assert spread(_processes, range(count)) == [(item, os.getpid()) for item in range(count)]


def test_beside_other_threads_nothing_is_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        assert {process for _, process in spread(_processes, range(100))} == {os.getpid()}
    finally:
        done.set()
        other.join()


@pytest.mark.parametrize("end", ["dies", "raises", "cannot be pickled"])
def test_the_share_of_a_child_that_fails_is_done_here(end: str) -> None:
    parent = os.getpid()

    def work(items: Sequence[int]) -> list[object]:
        if os.getpid() != parent:
            if end == "dies":
                os._exit(0)
            if end == "raises":
                raise ValueError
            return [lambda: None for _ in items]
        return list(items)

    assert spread(work, range(30)) == list(range(30))
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)  # nobody is left


def test_an_error_of_this_process_leaves_no_child() -> None:
    parent = os.getpid()

    def work(items: Sequence[int]) -> Sequence[int]:
        if os.getpid() == parent:
            raise KeyError(items[0])
        return items

    with pytest.raises(KeyError):
        spread(work, range(30))
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_wheels_read_by_two_processes_are_those_read_by_one(tmp_path: Path) -> None:
    files = [(tmp_path / file_name(f"p{number:02}"), f"p{number:02}") for number in range(30)]
    for path, name in files:
        path.write_bytes(good_wheel(name))
    inspector = PythonInspector()
    assert list(spread(inspector.inspect, files)) == list(inspector.inspect(files))


def test_mappings_come_back_from_children(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(items: Sequence[int]) -> list[Evidence]:
        if os.getpid() == parent:
            calls.append(len(items))
        return [Evidence(str(item), inits={"p": SHARED}) for item in items]

    parent, calls = os.getpid(), list[int]()
    monkeypatch.setattr(spreading, "processors", lambda: 2)
    found = spread(work, range(40))
    assert [one.subject for one in found] == [str(number) for number in range(40)]
    assert all(one.inits == {"p": SHARED} and one.left_out == {} for one in found)
    assert calls == [20]  # the other half was done elsewhere
