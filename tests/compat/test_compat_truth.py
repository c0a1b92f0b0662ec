"""What the corpus says of each case is what happens when its plugin runs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from compat_cases import CORPUS, load, save

# Further files of the same form, for one run: PLUGINKIT_COMPAT_CASES=more.jsonl
FILES = (CORPUS, *map(Path, filter(None, os.environ.get("PLUGINKIT_COMPAT_CASES", "").split(os.pathsep))))


@pytest.mark.slow
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the truth is that of Python 3.11")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_truth_is_what_happens(file: Path) -> None:
    command = [sys.executable, Path(__file__).with_name("run_cases.py"), file]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    happened = {line["id"]: line for line in map(json.loads, done.stdout.splitlines())}
    wrong = {
        case.id: happened[case.id]
        for case in load(file)
        if happened[case.id]["old"] or ("breaks" if happened[case.id]["new"] else "ok") != case.truth
    }
    assert wrong == {}


def test_ids_are_unique() -> None:
    ids = [case.id for file in FILES for case in load(file)]
    assert len(ids) == len(set(ids))


def test_the_corpus_is_sorted(tmp_path: Path) -> None:
    save(load(), tmp_path / "sorted.jsonl")
    assert CORPUS.read_text(encoding="utf-8") == (tmp_path / "sorted.jsonl").read_text(encoding="utf-8")
