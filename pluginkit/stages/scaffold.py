"""templates -> a new monorepo, or one more plugin in it.

Files are rendered in memory first, then moved into place, so that a failure leaves nothing behind.
"""

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pluginkit import __version__
from pluginkit.backends.language import LANGUAGES, resolve
from pluginkit.backends.members import members
from pluginkit.backends.python.building.toolkit import FILE, running
from pluginkit.core.config_edit import config_file, home_of_plugins, with_plugin
from pluginkit.core.errors import PluginkitError
from pluginkit.core.extras import from_extra
from pluginkit.core.files import write_atomic
from pluginkit.core.model import Workspace
from pluginkit.core.modes import PLUGIN
from pluginkit.core.names import check_name, normalize
from pluginkit.core.rendering import ANSWERS, render, trouble, write_tree
from pluginkit.core.templates import templates
from pluginkit.core.toolkit import DIRECTORY

DEFAULT_PLUGINS = ("filter", "transform")
_DEFAULTS = {"toolkit_version": __version__}
_UNASKED = {"mode": PLUGIN}
"""Answers that templates of earlier versions did not ask for, in a language that has a `starter`."""


def new(
    directory: Path,
    name: str,
    *,
    language: str = "python",
    plugins: Sequence[str] = (),
    module: str = "",
    mode: str = "",
    toolkit: str | None = None,
) -> tuple[Path, ...]:
    """Make the workspace `name` in `directory`, with those plugins; with none, a filter and a transform.

    It takes pluginkit from where the running one came from: from an index by its name, from the checkout around the
    workspace by a relative path, else from a wheel that is put into the workspace. `toolkit` names another place,
    relative to the workspace, or an index where it is empty. `module` is the path of a Go module, `name` where it is
    empty, and `mode` how a Go host runs its plugins.

    Returns the created files, sorted. Raises PluginkitError for a name or path that cannot be used, a language
    without templates and a directory that is not empty; nothing is written then.
    """
    check_name(name, "workspace name")
    more = members(language).template_answers(name, module, mode)
    plugins = plugins or DEFAULT_PLUGINS
    for index, plugin in enumerate(plugins):
        _check_plugin(plugin, plugins[:index], language)
    template = templates(language) / "template"
    from_extra("jinja2", "rendering templates")  # said before the wheel is made, not after
    target = Path(os.path.realpath(directory))  # unlike Path.resolve, survives a loop of symlinks
    place, wheels = _toolkit(target) if toolkit is None else (toolkit, {})
    files = render(template, {"name": name, "plugins": list(plugins), "toolkit": place, **more, **_DEFAULTS}) | wheels
    with trouble(directory):
        if target.exists() and not target.is_dir():
            raise PluginkitError(f"{directory}: exists and is not a directory", hint="choose another one")
        if target.is_dir() and any(target.iterdir()):
            raise PluginkitError(f"{directory}: is not empty", hint="choose a new directory, or empty this one")
        target.parent.mkdir(parents=True, exist_ok=True)
        write_tree(files, target, beside=target if target.is_dir() else target.parent)
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
    with trouble(plugins):
        _check_plugin(name, [path.name for path in plugins.iterdir()] if plugins.is_dir() else [], language)
    place = f"plugins/{name}/"
    known = [plugin for plugin in answers["plugins"] if plugin != name]
    before = render(templates(language) / "template", {**answers, "plugins": known})
    rendered = render(templates(language) / "template", {**answers, "plugins": [*known, name]})
    files = {path.removeprefix(place): data for path, data in rendered.items() if path.startswith(place)}
    with trouble(target):
        grown = dict(_grown(root, before, rendered))
        plugins.mkdir(exist_ok=True)
        write_tree(files, target, beside=root)
        try:
            for path, data in grown.items():
                write_atomic(root / path, data)
            write_atomic(root / ANSWERS, rendered[ANSWERS])
        except BaseException:
            shutil.rmtree(target)
            raise
    return tuple(target / path for path in files)


@dataclass(frozen=True, slots=True)
class Extended:
    """What one more plugin changed in a workspace."""

    created: tuple[Path, ...]
    edited: tuple[Path, ...]


def extend(workspace: Workspace, name: str) -> Extended:
    """Add the plugin `name` to the workspace as it is, whoever made it, in a language that has a `starter`.

    Where the configuration has no glob that finds it, it is listed there. It declares the capabilities that every
    plugin has to have, or else the last one that is known. Raises PluginkitError for a name that is taken or cannot be
    used, and as the starter does; nothing is written then.
    """
    root, language = workspace.root, workspace.language
    paths = [member.path for member in workspace.members if member.kind == "plugin"]
    home, found = home_of_plugins(root, paths)
    with trouble(root / home):
        beside = [path.name for path in (root / home).iterdir()] if (root / home).is_dir() else []
    _check_plugin(name, [*(member.name for member in workspace.members if member.kind != "api"), *beside], language)
    directory = name if home == "." else f"{home}/{name}"
    files = resolve(LANGUAGES[language].starter)(workspace, directory, _drafts(workspace, name))
    asked = workspace.contract
    with trouble(root):
        config = with_plugin(root, directory, asked.required or asked.known[-1:], listed=not found)
        edits = {config_file(root): config, **_longer_answers(workspace, name)}
        edits = {path: data for path, data in edits.items() if path.read_bytes() != data}
        (root / home).mkdir(parents=True, exist_ok=True)
        write_tree(files, root / directory, beside=root)
        _write(edits, otherwise=root / directory)
    return Extended(tuple(root / directory / file for file in sorted(files)), tuple(edits))


def _drafts(workspace: Workspace, name: str) -> list[Mapping[str, bytes]]:
    """Return what the template makes of a plugin, for an API where the template has it."""
    module = _module(workspace)
    if not module:
        return []
    answers = {"name": workspace.root.name, "plugins": [name], "toolkit": "", "module": module, **_UNASKED, **_DEFAULTS}
    beneath = f"plugins/{name}/"
    rendered = render(templates(workspace.language) / "template", answers)
    return [{path.removeprefix(beneath): data for path, data in rendered.items() if path.startswith(beneath)}]


def _module(workspace: Workspace) -> str:
    """Return the path of the module in which the API lies where the template has it; empty where it lies elsewhere."""
    module, _, last = workspace.apis[0].rpartition("/") if workspace.apis else ("", "", "")
    return module if last == "pluginapi" else ""


def _longer_answers(workspace: Workspace, name: str) -> dict[Path, bytes]:
    """Return the answers with one more plugin and the module as it is, where the template made the workspace."""
    file = workspace.root / ANSWERS
    try:
        answers = {"toolkit": "", **_UNASKED, **_DEFAULTS, **_read_answers(file)}
    except PluginkitError:
        return {}
    module = _module(workspace) or answers.get("module", answers["name"])
    answers |= {"module": module, "plugins": [*(one for one in answers["plugins"] if one != name), name]}
    return {file: render(templates(workspace.language) / "template", answers)[ANSWERS]}


def _write(edits: Mapping[Path, bytes], *, otherwise: Path) -> None:
    """Write files anew, all of them, or none: then the new directory `otherwise` is removed."""
    before = {path: path.read_bytes() for path in edits}
    try:
        for path, data in edits.items():
            write_atomic(path, data)
    except BaseException:
        shutil.rmtree(otherwise)
        for path, data in before.items():
            if path.read_bytes() != data:
                write_atomic(path, data)
        raise


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
            raise PluginkitError(f"there is a plugin {other!r} already", hint=f"choose a name other than {name!r}")


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
