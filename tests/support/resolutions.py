"""What uv answers to one question, remembered for the length of a run: nearly all tests resolve the same backend."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from pluginkit.backends.process import Completed, environment

Ask = Callable[..., Completed]

_LOCAL = ("file:", "127.0.0.1", "localhost")
"""What stands for places that a test makes, and can change."""
_SCRATCH = ("TMPDIR", "TEMP", "TMP")


def remembering(ask: Ask, room: Path) -> Ask:
    """Return `uv.with_settings` as it is, but that it asks uv once for pins of the same requirements.

    The same are settings, arguments, the content of the files that they name, and the variables that uv sees. What is
    about a place of this machine, or fails, is never remembered.
    """

    def answer(settings: bytes, *arguments: str | Path, stdin: str = "") -> Completed:
        if arguments[:2] != ("pip", "compile"):
            return ask(settings, *arguments, stdin=stdin)
        question = json.dumps([settings.decode(), stdin, *_spelled(arguments)])
        if any(one in question for one in (*_LOCAL, str(room.parent))):
            return ask(settings, *arguments, stdin=stdin)
        kept = room / hashlib.sha256(question.encode()).hexdigest()
        output = Path(arguments[-1])
        if kept.is_file():
            output.write_bytes(kept.read_bytes())
            return Completed(0, "", "")
        done = ask(settings, *arguments, stdin=stdin)
        if (done.status, done.stdout, done.stderr) == (0, "", ""):
            _keep(kept, output.read_bytes())
        return done

    return answer


def _spelled(arguments: tuple[str | Path, ...]) -> Iterator[str]:
    for one in arguments:
        yield (one.read_text() if one.is_file() else "") if isinstance(one, Path) else one
    for name, value in sorted(environment().items()):
        if name not in _SCRATCH:
            yield f"{name}={value}"


def _keep(place: Path, data: bytes) -> None:
    place.parent.mkdir(exist_ok=True)
    mine = place.with_suffix(f".{os.getpid()}")
    mine.write_bytes(data)
    mine.replace(place)
