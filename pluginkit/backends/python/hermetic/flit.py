"""flit_core: it has no hooks, and ships one module or package and the external data that it is told of.

It imports the module for its version or description only where it cannot read them from the module's text.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pluginkit.backends.python.hermetic.literals import assigned, docstring
from pluginkit.backends.python.hermetic.names import (
    all_of,
    is_file_pattern,
    is_source,
    listed,
    metadata_files,
    requires_only,
    table,
)


def named_files(
    directory: Path, build: Mapping[str, Any], project: Mapping[str, Any], flit: Mapping[str, Any]
) -> tuple[str, ...] | None:
    """Return the files that it reads by name; None where it imports the module, or ships other files than sources."""
    module = table(flit, "module").get("name") or str(project.get("name")).replace("-", "_")
    data = table(flit, "external-data").get("directory", "data")
    known = not set(flit) - {"module", "sdist", "external-data"} and requires_only(build, "flit-core")
    if not known or not isinstance(module, str) or not all(part.isidentifier() for part in module.split(".")):
        return None
    path = module.replace(".", "/")
    found = [one for one in (path, f"{path}.py", f"src/{path}", f"src/{path}.py") if (directory / one).exists()]
    if len(found) != 1 or not is_source(found[0]) or not is_source(data):
        return None
    code = directory / found[0] if found[0].endswith(".py") else directory / found[0] / "__init__.py"
    if not _is_readable(code, listed(project.get("dynamic"))):
        return None
    return all_of([*metadata_files(project), f"{path}.py"], is_file_pattern)


def _is_readable(code: Path, dynamic: list[Any]) -> bool:
    if [name for name in dynamic if name not in ("version", "description")]:
        return False
    if "version" in dynamic and not isinstance(assigned(code, "__version__"), str):
        return False
    return "description" not in dynamic or bool(docstring(code))
