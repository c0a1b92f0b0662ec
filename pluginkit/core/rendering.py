"""A template -> files in memory, and files in memory -> a directory: at once, or not at all.

The templates are copier's (`copier copy templates/python DEST` gives the same tree), rendered here by jinja2 alone.
"""

import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pluginkit.core.errors import PluginkitError
from pluginkit.core.extras import from_extra

if TYPE_CHECKING:
    from jinja2 import Environment

ANSWERS = ".copier-answers.yml"
"""Where a workspace keeps what its template was told."""

_SUFFIX = ".jinja"
_LOOP = re.compile(r"\{% yield (\w+) from (\w+) %\}(.*?)\{% endyield %\}")
"""copier's loop in a path name: the file is rendered once for each item."""


def render(template: Path, answers: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files of `template` by POSIX path, sorted; a file whose name comes out empty is left out."""
    environment = _environment()
    context = {
        **answers,
        "package": answers["name"].replace("-", "_"),
        "_copier_answers": answers,
        "_copier_conf": {"answers_file": ANSWERS},
    }
    files: dict[str, bytes] = {}
    for source in sorted(path for path in template.rglob("*") if path.is_file()):
        data = source.read_bytes()
        for path, values in _each(source.relative_to(template).as_posix(), context):
            name = environment.from_string(path).render(values).removesuffix(_SUFFIX)
            if not all(name.split("/")):
                continue  # a condition in its name does not hold
            text = environment.from_string(data.decode()).render(values) if path.endswith(_SUFFIX) else None
            files[name] = data if text is None else text.encode()
    return dict(sorted(files.items()))


def _environment() -> "Environment":
    jinja2 = from_extra("jinja2", "rendering templates")
    # The same as `_envops` of the template's copier.yml; nothing rendered is HTML.
    made: Environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True
    )
    return made


def _each(path: str, context: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    loop = _LOOP.search(path)
    if loop is None:
        yield path, context
        return
    variable, items, body = loop.groups()
    for item in context[items]:
        yield path.replace(loop[0], body), {**context, variable: item}


def write_tree(files: Mapping[str, bytes], target: Path, *, beside: Path) -> None:
    """Write `files` into a temporary directory in `beside`, then move them to `target`: absent, or empty."""
    staging = beside / f".{target.name}.{secrets.token_hex(4)}"
    try:
        for path, data in files.items():
            (staging / path).parent.mkdir(parents=True, exist_ok=True)
            (staging / path).write_bytes(data)
        if target.is_dir():
            _move_children(staging, target)
        else:
            staging.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _move_children(staging: Path, target: Path) -> None:
    """Fill a directory that stays itself: it may be somebody's working directory, or a mount."""
    moved: list[Path] = []
    try:
        for child in sorted(staging.iterdir()):
            moved.append(child.rename(target / child.name))
    except BaseException:
        for path in moved:
            path.rename(staging / path.name)
        raise


@contextmanager
def trouble(path: Path) -> Iterator[None]:
    """Raise PluginkitError for an OSError, with its file, or else with `path`."""
    try:
        yield
    except OSError as error:
        raise PluginkitError(f"{error.filename or path}: {error.strerror}") from None
