"""Modules as griffe's static trees, and what is public in them. Imports griffe only when called."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pluginkit.core.errors import PluginkitError
from pluginkit.core.extras import from_extra

if TYPE_CHECKING:
    import griffe

_COMPILED = (".so", ".pyd")


def load(search_path: Path, modules: Sequence[str]) -> list[griffe.Module | str]:
    """Read `modules` in the directory `search_path`; a compiled one without a stub stays its name.

    Raises PluginkitError for one that is absent or does not parse, naming the file and line.
    """
    from_extra("griffe", "reading the surface of an API")
    from griffe import AliasResolutionError, CyclicAliasError, LoadingError, logger

    loader = _loader(search_path)
    found: list[griffe.Module | str] = []
    with logger.disable(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in sorted(set(modules)):
            try:
                module: Any = loader.load(name, try_relative_path=False)
            except (
                AliasResolutionError,
                CyclicAliasError,
                ImportError,
                KeyError,
                LoadingError,
                RecursionError,
            ) as error:
                found.append(_explain(search_path, name, error))
                continue
            _refuse_unparsed(search_path, module)
            found.append(module)
        loader.resolve_aliases(implicit=True, external=False)
    return found


def _loader(search_path: Path) -> griffe.GriffeLoader:
    from griffe import GriffeLoader

    class Loader(GriffeLoader):
        """A loader that asks no `git` where the package comes from: no process is started here."""

        def _post_load(self, module: griffe.Module, obj_path: str) -> griffe.Object | griffe.Alias:
            self.expand_exports(module)
            self.expand_wildcards(module, external=False)
            self.extensions.call("on_package", pkg=module, loader=self)
            found: griffe.Object | griffe.Alias = self.modules_collection.get_member(obj_path)
            return found

    return Loader(search_paths=[search_path], allow_inspection=False, store_source=False)


def _explain(search_path: Path, name: str, error: Exception) -> str:
    """Return `name` where a compiled module explains why griffe could not read it; else raise."""
    place = search_path.joinpath(*name.split("."))
    for path in (place / "__init__.py", place.with_name(place.name + ".py")):
        if path.is_file():
            _parse(search_path, path)
            raise PluginkitError(f"{path.relative_to(search_path)}: its surface is not readable: {error}") from None
    candidates = (*place.parent.glob(f"{place.name}.*"), *place.glob("__init__.*"))
    if any(path.name.endswith(_COMPILED) for path in candidates):
        return name
    raise PluginkitError(
        f"the module {name!r} is not there", hint="check what the API's wheel ships: a package needs its __init__.py"
    )


def _refuse_unparsed(search_path: Path, module: Any) -> None:
    """Raise for a file of an importable submodule that griffe left out because it does not parse."""
    root = module.filepath[0] if isinstance(module.filepath, list) else module.filepath
    if root.is_file() and root.stem != "__init__":
        return
    folder = root if root.is_dir() else root.parent
    loaded = set(_files(module))
    for path in sorted(folder.rglob("*.py")):
        inside = path.relative_to(folder).parts
        importable = all(part.removesuffix(".py").isidentifier() for part in inside)
        parents = [folder.joinpath(*inside[:depth]) for depth in range(1, len(inside))]
        if path not in loaded and importable and all((parent / "__init__.py").is_file() for parent in parents):
            _parse(search_path, path)


def _files(module: Any) -> Iterator[Path]:
    if isinstance(module.filepath, Path):
        yield module.filepath
    for member in module.members.values():
        if not member.is_alias and member.is_module:
            yield from _files(member)


def _parse(search_path: Path, path: Path) -> None:
    shown = path.relative_to(search_path.resolve() if path.is_relative_to(search_path.resolve()) else search_path)
    try:
        ast.parse(path.read_bytes())
    except SyntaxError as error:
        raise PluginkitError(
            f"{shown.as_posix()}, line {error.lineno}: {error.msg}",
            hint="an API's modules must parse under the Python that runs pluginkit; mend the file, or leave it out",
        ) from None
    except (MemoryError, RecursionError, ValueError) as error:
        raise PluginkitError(f"{shown.as_posix()}: not readable as Python: {error}") from None


def public(module: griffe.Module) -> Iterator[tuple[str, griffe.Object | str]]:
    """Yield what plugins may use: (public name, its definition), or (public name, where else it comes from).

    Public: names in `__all__`; without it, names without underscore which the module defines itself, and in an
    `__init__.py` those it imports from its own package; `__getattr__`. Cyclic imports are left out.
    """
    yield from _walk(module.path, module, frozenset())


def _walk(name: str, module: Any, above: frozenset[str]) -> Iterator[tuple[str, Any]]:
    if module.canonical_path in above:
        return
    yield name, module
    above |= {module.canonical_path}
    for member_name, member in module.members.items():
        path = f"{name}.{member_name}"
        if not member.is_alias and member.is_module:
            if not member_name.startswith("_"):
                yield from _walk(path, member, above)
        elif _is_public(module, member_name, member):
            yield from _resolved(path, member, above)


def _is_public(module: Any, name: str, member: Any) -> bool:
    if name in ("__all__", "__doc__", "__dir__") or name.endswith("/*"):
        return False
    if name == "__getattr__":
        return True
    if module.exports is not None:
        return name in {str(export) for export in module.exports}
    if name.startswith("_") and not (name.startswith("__") and name.endswith("__")):
        return False
    if not member.is_alias:
        return True
    own = str(member.target_path).split(".", 1)[0] == module.path.split(".", 1)[0]
    return bool(own and module.is_init_module and member.runtime)


def _resolved(path: str, member: Any, above: frozenset[str]) -> Iterator[tuple[str, Any]]:
    from griffe import AliasResolutionError, CyclicAliasError

    if not member.is_alias:
        yield path, member
        return
    try:
        target = member.final_target
    except AliasResolutionError as error:
        yield path, str(error.alias.target_path)
        return
    except (CyclicAliasError, RecursionError):
        return
    if target.is_module:
        yield from _walk(path, target, above)
    else:
        yield path, target
