"""What `setup.py` and `setup.cfg` declare is read, and nothing of them is run."""

from pathlib import Path

import pytest

from pluginkit.backends.python.project import read_member
from pluginkit.backends.python.setup_files import declared
from pluginkit.core.errors import PluginkitError

HI = (("llm", "hi", "llm_hi"),)

SCRIPTS = {
    "literals": ('setup(name="llm-hi", install_requires=["llm>=1"], entry_points={"llm": ["hi = llm_hi"]})', HI),
    "a text as INI": ('setup(name="llm-hi", install_requires="llm>=1", entry_points="[llm]\\nhi = llm_hi\\n")', HI),
    "one line a group": ('setup(name="llm-hi", install_requires=("llm>=1",), entry_points={"llm": "hi=llm_hi"})', HI),
    "names of constants": (
        'NAME = "llm-hi"\nREQUIRES = ["llm>=1"]\nPOINTS = {"llm": ["hi = llm_hi"]}\n'
        "setuptools.setup(name=NAME, install_requires=REQUIRES, entry_points=POINTS)",
        HI,
    ),
    "f-strings": (
        'PLUGIN = "hi"\nsetup(name=f"llm-{PLUGIN}", install_requires=["llm>=1"],\n'
        'entry_points={"llm": [f"{PLUGIN} = llm_{PLUGIN}"]})',
        HI,
    ),
    "a table behind **": (
        'options = dict(name="llm-hi", entry_points={"llm": ["hi = llm_hi"]})\n'
        'setup(install_requires=["llm>=1"] + read("more.txt"), **options)',
        HI,
    ),
    "in a function": (
        'def main():\n    setup(name="llm-" + "hi", install_requires=["llm>=1"], entry_points=points())\nmain()',
        (),
    ),
}


@pytest.mark.parametrize("case", SCRIPTS)
def test_what_setup_is_called_with_is_known(case: str, tmp_path: Path) -> None:
    text, points = SCRIPTS[case]
    (tmp_path / "setup.py").write_text(f"from setuptools import setup\nraise SystemExit('it ran')\n{text}\n")
    found = declared(tmp_path)
    assert (found.name, found.requires, found.entry_points) == ("llm-hi", ("llm>=1",), points)


@pytest.mark.parametrize(
    "text",
    [
        "setup(name=open('NAME').read())",
        "NAME = 'a'\nNAME = 'b'\nsetup(name=NAME)",
        "A = B\nB = A\nsetup(name=A)",
        "setup(name=f'{x!r}-{y:>9}', entry_points={1: 2, 'a': 3, **more})",
        "setup(name=" + "(" * 90 + "'a'" + ")" * 90 + ")",
        "setup(name='a' " + "+ 'a' " * 3000 + ")",
        "print 'Python 2'",
        "\0",
        "name = 'acme'",
    ],
)
def test_what_only_running_it_could_tell_is_not_known(text: str, tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text(text)
    assert declared(tmp_path).entry_points == ()


def test_a_name_that_is_computed_is_said_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("setup(name=open('NAME').read())")
    with pytest.raises(PluginkitError, match="not declared") as raised:
        read_member(tmp_path, ".", "plugin")
    assert "setup.cfg" in raised.value.hint


def test_setup_py_is_read_before_setup_cfg_and_pyproject_before_both(tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").write_text("[metadata]\nname = cfg\n[options.entry_points]\nllm =\n  hi = llm_hi\n")
    assert (read_member(tmp_path, ".", "").name, read_member(tmp_path, ".", "").entry_points) == ("cfg", HI)
    (tmp_path / "setup.py").write_text('setup(name="script", entry_points={"llm": ["hi = llm_hi"]})')
    assert (read_member(tmp_path, ".", "").name, read_member(tmp_path, ".", "").entry_points) == ("script", HI)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "project"\nversion = "1"\n')
    assert (read_member(tmp_path, ".", "").name, read_member(tmp_path, ".", "").entry_points) == ("project", ())
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "project"\ndynamic = ["version", "entry-points"]\n')
    assert (read_member(tmp_path, ".", "").name, read_member(tmp_path, ".", "").entry_points) == ("project", HI)
