"""Entry points held against the code they name, by reading it: nothing is imported or run."""

from __future__ import annotations

import re
from functools import lru_cache

from pluginkit.backends.python.wheel.code import MAX_SOURCE, Code, Sources, walk
from pluginkit.backends.python.wheel.offer import offer
from pluginkit.backends.python.wheel.syntax import is_for_another_python, syntax_error
from pluginkit.core.frozen import replace
from pluginkit.core.names import normalize
from pluginkit.core.verdict import Factory

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _ast as ast
    from collections.abc import Iterable

_REFERENCE = re.compile(
    r"(?P<module>\w+(?:\.\w+)*)\s*(?::\s*(?P<attr>\w+(?:\.\w+)*)\s*)?(?:\[(?P<extras>[^\]]*)\]\s*)?"
)
_DYNAMIC = {"globals", "vars", "exec"}
"""Names by whose use a module may bind others."""


def spelled(reference: str) -> str:
    """Return an object reference as `module:attribute` or `module`, extras left out; of one that is none the text."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return reference[:200]
    return f"{found['module']}:{found['attr']}" if found["attr"] else found["module"]


def read_factories(references: Iterable[tuple[str, str]], factory: str, sources: Sources) -> tuple[Factory, ...]:
    """Resolve entry points, given as (name, object reference), in the order given.

    `factory` is the contract's: looked up in the module where the reference names no attribute.
    """
    code = Code(sources)
    return tuple(_resolve(name, reference, factory, code) for name, reference in references)


def _resolve(name: str, reference: str, factory: str, code: Code) -> Factory:
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return Factory(name, spelled(reference), shipped=False, defined=False)
    module, attribute = found["module"], found["attr"] or ""
    path = code.sources.module(module)
    if path is None:
        return Factory(name, spelled(reference), shipped=False)
    first, _, rest = (attribute or factory).partition(".")
    defined = _is_defined(first, path, module, code) if first else True
    extras = tuple(normalize(extra.strip()) for extra in (found["extras"] or "").split(",") if extra.strip())
    made = Factory(name, spelled(reference), shipped=True, defined=defined, extras=extras)
    if first and defined is not False:
        return made if rest else replace(made, lines=offer(code, module, first))
    made = replace(made, unparsable=_unparsable(path, code.sources))
    return made if first or made.unparsable else replace(made, lines=offer(code, module, ""))


def _unparsable(path: str, sources: Sources) -> str:
    """Return `FILE:LINE:COLUMN: message` of a module that does not parse."""
    if not path.endswith(".py") or is_for_another_python(sources.requires_python):
        return ""
    source = sources.read(sources.paths[path])
    error = syntax_error(source) if len(source) <= MAX_SOURCE else ""
    return f"{path}:{error}" if error else ""


def _is_defined(name: str, path: str, module: str, code: Code) -> bool | None:
    """Return whether the module at `path` binds `name`; None where only running it could tell."""
    if not path.endswith(".py"):
        return None if code.sources.module(f"{module}.{name}") or not path.endswith("/") else False
    try:
        parsed = code.parse(module, path)
    except (RecursionError, MemoryError):
        return None
    except (SyntaxError, ValueError):
        return None if is_for_another_python(code.sources.requires_python) else False
    if parsed is None:
        return None
    if name in parsed.bindings:
        return True
    if {"*", "__getattr__"} & parsed.bindings.keys() or code.sources.module(f"{module}.{name}"):
        return None
    return None if _is_dynamic(parsed.tree) else False


@lru_cache(maxsize=2)
def _is_dynamic(tree: ast.Module) -> bool:
    return any(getattr(node, "id", "") in _DYNAMIC for node in walk(tree))
