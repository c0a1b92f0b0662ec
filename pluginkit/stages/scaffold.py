"""templates -> a new monorepo, or one more plugin in it.

The templates are copier's (`copier copy templates/python DEST` gives the same tree), rendered here by
jinja2 alone: in memory first, then moved into place, so that a failure leaves nothing behind.
"""

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pluginkit import __version__
from pluginkit.backends.members import members
from pluginkit.backends.python.building.toolkit import FILE, running
from pluginkit.core.errors import PluginkitError
from pluginkit.core.extras import from_extra
from pluginkit.core.files import write_atomic
from pluginkit.core.names import check_name, normalize
from pluginkit.core.templates import templates
from pluginkit.core.toolkit import DIRECTORY

if TYPE_CHECKING:
    from jinja2 import Environment

ANSWERS = ".copier-answers.yml"
DEFAULT_PLUGINS = ("filter", "transform")
_DEFAULTS = {"toolkit_version": __version__}

_SUFFIX = ".jinja"
_LOOP = re.compile(r"\{% yield (\w+) from (\w+) %\}(.*?)\{% endyield %\}")
"""copier's loop in a path name: the file is rendered once for each item."""


def new(
    directory: Path,
    name: str,
    *,
    language: str = "python",
    plugins: Sequence[str] = (),
    module: str = "",
    toolkit: str | None = None,
) -> tuple[Path, ...]:
    """Make the workspace `name` in `directory`, with those plugins; with none, a filter and a transform.

    It takes pluginkit from where the running one came from: from an index by its name, from the checkout around the
    workspace by a relative path, else from a wheel that is put into the workspace. `toolkit` names another place,
    relative to the workspace, or an index where it is empty. `module` is the path of a Go module, `name` where it is
    empty.

    Returns the created files, sorted. Raises PluginkitError for a name or path that cannot be used, a language
    without templates and a directory that is not empty; nothing is written then.
    """
    check_name(name, "workspace name")
    more = members(language).template_answers(name, module)
    plugins = plugins or DEFAULT_PLUGINS
    for index, plugin in enumerate(plugins):
        _check_plugin(plugin, plugins[:index], language)
    template = templates(language) / "template"
    from_extra("jinja2", "rendering templates")  # said before the wheel is made, not after
    target = Path(os.path.realpath(directory))  # unlike Path.resolve, survives a loop of symlinks
    place, wheels = _toolkit(target) if toolkit is None else (toolkit, {})
    files = _render(template, {"name": name, "plugins": list(plugins), "toolkit": place, **more, **_DEFAULTS}) | wheels
    with _trouble(directory):
        if target.exists() and not target.is_dir():
            raise PluginkitError(f"{directory}: exists and is not a directory", hint="choose another one")
        if target.is_dir() and any(target.iterdir()):
            raise PluginkitError(f"{directory}: is not empty", hint="choose a new directory, or empty this one")
        target.parent.mkdir(parents=True, exist_ok=True)
        _place(files, target, beside=target if target.is_dir() else target.parent)
    return tuple(directory / path for path in sorted(files))


def _toolkit(target: Path) -> tuple[str, dict[str, bytes]]:
    """Return where the workspace `target` takes the toolkit from, relative to it, and the files to put there.

    An index is an empty place.
    """
    toolkit = running()
    if toolkit.is_from_index:
        return "", {}
    checkout = toolkit.checkout
    if checkout and target.is_relative_to(checkout):
        return Path(os.path.relpath(checkout, target)).as_posix(), {}
    place = f"{DIRECTORY}/{FILE}"
    return place, {place: toolkit.wheel()}


def add(root: Path, name: str, *, language: str = "python") -> tuple[Path, ...]:
    """Add the plugin `name` to the workspace in `root`, which `new` or copier made.

    A file that lists the plugins at its end grows by the new one, whatever else was edited in it. Returns the
    created files, sorted. Raises PluginkitError for a name that is taken or cannot be
    used, and for a workspace without readable answers; nothing is written then.
    """
    answers = {"toolkit": "", **_DEFAULTS, **_read_answers(root / ANSWERS)}
    plugins = root / "plugins"
    target = plugins / name
    with _trouble(plugins):
        _check_plugin(name, [path.name for path in plugins.iterdir()] if plugins.is_dir() else [], language)
    place = f"plugins/{name}/"
    known = [plugin for plugin in answers["plugins"] if plugin != name]
    before = _render(templates(language) / "template", {**answers, "plugins": known})
    rendered = _render(templates(language) / "template", {**answers, "plugins": [*known, name]})
    files = {path.removeprefix(place): data for path, data in rendered.items() if path.startswith(place)}
    with _trouble(target):
        grown = dict(_grown(root, before, rendered))
        plugins.mkdir(exist_ok=True)
        _place(files, target, beside=root)
        try:
            for path, data in grown.items():
                write_atomic(root / path, data)
            write_atomic(root / ANSWERS, rendered[ANSWERS])
        except BaseException:
            shutil.rmtree(target)
            raise
    return tuple(target / path for path in files)


def _grown(root: Path, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the files that one plugin more makes longer, as they stand in `root`, with what is new at their end."""
    for path, data in after.items():
        more = data.removeprefix(before.get(path, data))
        if path in before and len(more) == len(data) - len(before[path]) and more and (root / path).is_file():
            yield path, (root / path).read_bytes() + more


def _check_plugin(name: str, taken: Iterable[str], language: str) -> None:
    check_name(name, "plugin name")
    members(language).check_plugin_name(name)
    for other in taken:
        if normalize(other) == normalize(name):
            raise PluginkitError(f"there is a plugin {other!r} already", hint=f"choose another name than {name!r}")


def _read_answers(path: Path) -> dict[str, Any]:
    """Read what the answers template writes: a JSON value to each key, which is YAML as well."""
    hint = "`pluginkit add` works where `pluginkit new` or copier made the workspace"
    try:
        lines = [line.partition(": ") for line in path.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
        answers = {key: json.loads(value) for key, _, value in lines if key}
    except FileNotFoundError:
        raise PluginkitError(f"{path}: no such file", hint=hint) from None
    except OSError as error:
        raise PluginkitError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise PluginkitError(f"{path}: not `key: value` lines with JSON values", hint="restore it") from None
    plugins = answers.get("plugins")
    if not isinstance(answers.get("name"), str) or not isinstance(plugins, list):
        raise PluginkitError(f"{path}: 'name' or 'plugins' is missing", hint=hint)
    check_name(answers["name"], "workspace name")
    for plugin in plugins:
        check_name(str(plugin), "plugin name")
    return answers


def _render(template: Path, answers: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files of `template` by POSIX path, sorted."""
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
            name = environment.from_string(path).render(values)
            text = environment.from_string(data.decode()).render(values) if path.endswith(_SUFFIX) else None
            files[name.removesuffix(_SUFFIX)] = data if text is None else text.encode()
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


def _place(files: Mapping[str, bytes], target: Path, *, beside: Path) -> None:
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
def _trouble(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PluginkitError(f"{error.filename or path}: {error.strerror}") from None
