"""The help of every command is what the README prints, and shells complete it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pluginkit.cli.arguments import COMMANDS, parse, parser

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- help: generated -->\n", "<!-- /help -->"
WIDTH = "100"


def helps(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what the README prints: the help of all, and of each command."""
    found = []
    for command in ((), *((name,) for name in COMMANDS)):
        with pytest.raises(SystemExit):
            parse([*command, "--help"])
        found.append(f"```text\n$ pluginkit {' '.join((*command, '--help'))}\n{capsys.readouterr().out}```\n")
    return "\n".join(found)


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="argparse spells options another way since 3.13")
def test_the_readme_has_the_help_of_every_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", WIDTH)
    text, expected = README.read_text(), helps(capsys)
    before, _, rest = text.partition(BEGIN)
    assert rest, f"no {BEGIN!r} in the README"
    printed, _, after = rest.partition(END)
    if printed != expected and sys.flags.dev_mode:  # python -X dev -m pytest tests/cli/test_help.py
        README.write_text(before + BEGIN + expected + END + after)
    assert printed == expected, "the help drifted; `python -X dev -m pytest -n0 tests/cli/test_help.py` writes it"


def test_every_option_says_what_it_is_for() -> None:
    (commands,) = (action for action in parser()._actions if hasattr(action, "choices") and action.choices)
    actions = [action for one in commands.choices.values() for action in one._actions]
    assert [action.dest for action in actions if not action.help] == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_a_completion_script_knows_every_command(shell: str) -> None:
    command = [sys.executable, "-m", "pluginkit", "completion", shell]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert [name for name in COMMANDS if not re.search(rf"\b{name}\b", done.stdout)] == []
    if shell == "bash":
        script = done.stdout + "\ncomplete -p pluginkit\n"
        assert "pluginkit" in subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True).stdout
