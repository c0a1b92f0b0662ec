"""Add a plugin to a workspace."""

from pathlib import Path

from pluginkit.backends.language import language
from pluginkit.stages import scaffold
from pluginkit.stages.discover import discover
from pluginkit.stages.scaffold import Extended


def add(start: Path, name: str) -> Extended:
    """Add the plugin `name` to the workspace that `start` lies in; return the files that were created and edited.

    In a language with a `starter` any workspace can be extended, and what is written compiles; in others only one that
    `new` or copier made. Raises PluginkitError where there is none, and for a name that is taken or cannot be used.
    """
    workspace = discover(start)
    if language(workspace.language).starter:
        return scaffold.extend(workspace, name)
    return Extended(scaffold.add(workspace.root, name, language=workspace.language), ())
