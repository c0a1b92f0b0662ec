"""bytes -> GoBinary: what a Go host or plugin says of itself, without loading it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from pluginkit.backends.go.binary.buildinfo import BuildInfo, read_build_info
from pluginkit.backends.go.binary.constructors import Constructors
from pluginkit.backends.go.binary.elf import MACHINES, RPATH, RUNPATH, Elf, ElfError, is_object
from pluginkit.backends.go.binary.initializers import Initialising
from pluginkit.backends.go.binary.interfaces import own_packages, tables
from pluginkit.backends.go.binary.moduledata import ModuleData, read_module_data
from pluginkit.backends.go.binary.needs import read_linking
from pluginkit.backends.go.binary.relocations import Relocations
from pluginkit.backends.go.binary.runners import runners
from pluginkit.backends.go.binary.symbols import Symbol, Symbols
from pluginkit.core.frozen import replace
from pluginkit.core.gobinary import GoBinary, Registration

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap

_OF_PLUGINS, _MACHINES = b"\2\1", [machine.to_bytes(2, "little") for machine in MACHINES]
"""64 bits and little-endian, as all platforms with plugins are, and their processors."""
_HASH = b"go:link.pkghashbytes."
_INIT, _BEHIND_INIT, _LONGEST_NUMBER = b".init", b"\0.", 20
_ESCAPED = frozenset(' "%')
_LONGEST_HASH, _LONGEST_PATH = 64, 1 << 10
_FEW = 1 << 15
_OPEN = b"\0plugin.Open\0"
"""What the names of functions have in a program that can open plugins."""
_REGISTERING = frozenset(("net/http", "database/sql", "encoding/gob", "expvar", "flag", "runtime/pprof"))
"""Packages of Go's own with functions that register something for the whole process."""


def read_binary(data: bytes | mmap.mmap, file: str = "") -> GoBinary:
    """Read an ELF object as Go's linker wrote it; nothing of it is run. `file` is its path, where that is known.

    Raises ElfError for bytes that are none, are damaged, or are a library for a platform without Go's plugins.
    """
    if not is_object(data) or data[4:6] != _OF_PLUGINS or data[18:20] not in _MACHINES:
        from pluginkit.backends.go.binary.executables import read_elf  # hosts of other processors are rare

        other = read_elf(data)
        if other:
            return other
    elf = Elf(data)
    symbols = Symbols(elf)
    found = _read(elf, symbols)
    return replace(found, linking=replace(found.linking, file=file)) if file else found


def _read(elf: Elf, symbols: Symbols) -> GoBinary:
    info = read_build_info(elf)
    paths = dict(_hash_names(symbols))
    if elf.is_program:
        named = symbols.named({at: _HASH + path.encode() for at, path in paths.items()})
        found = _binary(elf, symbols, info, "executable", _hashes(elf, paths, named))
        found = replace(found, runs=runners(elf.data, info.modules))
        if not paths:
            return replace(found, opens_plugins=elf.data.find(_OPEN) >= 0)
        there = paths.values()
        done = _registrations(elf, symbols, there, lambda: _own(info, {_escaped(path): path for path in there}))
        return replace(found, registrations=done) if done else found
    kind = _kind(info, paths)
    return _plugin(elf, symbols, info, paths) if kind == "plugin" else _no_plugin(elf, symbols, info, kind)


def _plugin(elf: Elf, symbols: Symbols, info: BuildInfo, paths: Mapping[int, str]) -> GoBinary:
    spelled = {_escaped(path): path for path in paths.values()}
    relocations = Relocations(elf)
    module = read_module_data(elf, relocations, spelled)
    inits = dict(_init_names(symbols, {name.encode(): path for name, path in spelled.items()}))
    exported = dict(_exported_names(symbols, module.path)) if module.path else {}
    hashes = {at: _HASH + path.encode() for at, path in paths.items()}
    # One way through thousands of symbols.
    named = symbols.named({**hashes, **{at: name for at, (name, _) in inits.items()}, **exported})
    prefix = len(module.path.encode()) + 1
    main = {name[prefix:].decode(): named[name] for name in exported.values() if name in named and named[name].defined}
    running = Initialising(elf, symbols)
    types = _types(module, main)
    found = _binary(
        elf,
        symbols,
        info,
        "plugin",
        _packages(_hashes(elf, paths, named), module.hashes),
        ModuleData(module.address, spelled.get(module.path, ""), types),
        tuple(_fatal(module, Constructors(elf, symbols, relocations), running, sorted(set(inits.values())), named)),
        tuple(sorted(name for name, symbol in main.items() if running.ending(symbol))),
    )
    if (module.types or {}).keys() - types:
        found = replace(found, unlinked=_unlinked(symbols, module, types))
    own = _own(info, spelled)
    done = _registrations(elf, symbols, paths.values(), lambda: own)
    shared = {name: path for name, path in own.items() if path != found.plugin_path}
    return replace(found, registrations=done, itabs=tables(symbols, shared))


def _registrations(
    elf: Elf, symbols: Symbols, there: Iterable[str], packages: Callable[[], Mapping[str, str]]
) -> tuple[Registration, ...]:
    """Return what initialisers register, of a binary in which there is a package that can register something."""
    if _REGISTERING.isdisjoint(there):
        return ()
    from pluginkit.backends.go.binary.registrations import registrations  # decodes code, which few binaries need

    return tuple(registrations(elf, symbols, packages))


def _own(info: BuildInfo, spelled: Mapping[str, str]) -> Mapping[str, str]:
    return own_packages((one.path for one in info.modules), spelled)


def _no_plugin(elf: Elf, symbols: Symbols, info: BuildInfo, kind: str) -> GoBinary:
    foreign = "it has no Go plugin data: a C library?"
    reason = "it has a Go runtime of its own (-buildmode=c-shared)" if kind == "c-shared" else foreign
    return _binary(elf, symbols, info, kind, {}, fatal=(("", reason),))


def _binary(
    elf: Elf,
    symbols: Symbols,
    info: BuildInfo,
    kind: str,
    packages: Mapping[str, str],
    module: ModuleData = ModuleData(),  # noqa: B008 - frozen
    fatal: tuple[tuple[str, str], ...] = (),
    endless: tuple[str, ...] = (),
) -> GoBinary:
    settings = dict(info.settings)
    system = settings.get("GOOS") or ("freebsd" if elf.system == 9 else "linux")
    return GoBinary(
        kind=kind,
        go_version=info.go_version,
        main=info.main,
        main_module=info.main_module,
        plugin_path=module.path,
        settings=settings,
        modules=info.modules,
        platform=f"{system}/{MACHINES[elf.machine]}",
        packages=packages,
        exports=module.types or {},
        fatal=fatal,
        exit_factories=endless,
        search_path=_search_path(elf, symbols),
        linking=read_linking(elf, symbols),
        experiments=info.experiments,
    )


def _kind(info: BuildInfo, paths: Mapping[int, str]) -> str:
    if dict(info.settings).get("-buildmode") == "c-shared":
        return "c-shared"
    return "plugin" if paths else "c-library"


def _hash_names(symbols: Symbols) -> Iterator[tuple[int, str]]:
    """Yield where in the string table each name of a package's hash stands, and the package's import path."""
    strings = symbols.strings
    at = strings.find(_HASH)
    while at >= 0:
        start = at + len(_HASH)
        end = strings.find(b"\0", start)
        if end - start > _LONGEST_PATH:
            raise ElfError(f"names a package of {end - start} bytes")
        try:
            if start < end:
                yield at, strings[start:end].decode("utf-8")
        except UnicodeDecodeError as error:
            raise ElfError("the name of a package is not UTF-8") from error
        at = strings.find(_HASH, end)


def _hashes(elf: Elf, paths: Mapping[int, str], named: Mapping[bytes, Symbol]) -> dict[str, str]:
    """Return the linker's hash of each package, in hex; of one that is named and not defined an empty one."""
    found = {path: named.get(_HASH + path.encode()) for path in paths.values()}
    return {
        path: elf.bytes_at(one.address, min(one.size, _LONGEST_HASH)).hex() if one and one.defined else ""
        for path, one in found.items()
    }


def _packages(named: Mapping[str, str], compared: Mapping[str, str]) -> dict[str, str]:
    """Return the hash of each package, empty where it has no symbol, or another one than plugin.Open compares."""
    missing = {path: "" for path in compared if path not in named}
    return missing | {path: digest if compared.get(path, digest) == digest else "" for path, digest in named.items()}


def _escaped(path: str) -> str:
    """Return a package path as symbols spell it (cmd/internal/objabi.PathToPrefix): no dot in its last part."""
    if not path.isprintable() or not path.isascii() or not _ESCAPED.isdisjoint(path):
        path = "".join(f"%{byte:02x}" if not 32 < byte < 127 or byte in b'"%' else chr(byte) for byte in path.encode())
    start, slash, last = path.rpartition("/")
    return start + slash + last.replace(".", "%2e")


def _exported_names(symbols: Symbols, path: str) -> Iterator[tuple[int, bytes]]:
    """Yield where the names of a plugin's exported functions and variables stand, and the names."""
    strings, prefix, end = symbols.strings, path.encode() + b".", 0
    at = strings.find(prefix)
    while at >= 0:
        start = at + len(prefix)
        if start > end:
            end = strings.find(b"\0", start)
        name = b"" if strings.find(b".", start, end) >= 0 else strings[start:end]
        text = name.decode("utf-8", "replace")
        if text.isidentifier() and text[0].isupper():
            yield at, prefix + name
        at = strings.find(prefix, at + 1)


def _types(module: ModuleData, main: Mapping[str, Symbol]) -> dict[str, str]:
    """Return the exports that have a symbol, as plugin.Open wants it, with their types where these could be read."""
    if module.types is None or not module.types.keys() & main.keys():
        return dict.fromkeys(sorted(main), "")
    return {name: type_ for name, type_ in module.types.items() if name in main}


def _unlinked(symbols: Symbols, module: ModuleData, found: Mapping[str, str]) -> tuple[str, ...]:
    """Return the exports that the dynamic loader does not find by the plugin's path, as plugin.Open asks for them."""
    unsure = sorted((module.types or {}).keys() - found.keys())
    return tuple(name for name in unsure if not symbols.lookup(f"{module.path}.{name}".encode()))


def _fatal(
    module: ModuleData,
    constructors: Constructors,
    running: Initialising,
    inits: list[tuple[bytes, str]],
    named: Mapping[bytes, Symbol],
) -> Iterator[tuple[str, str]]:
    """Yield (package or nothing, reason) for what ends the process on load."""
    if not module.path:
        yield "", "its plugin path is empty or cannot be found"
        return
    for reason in constructors.fatal(module.address):
        yield "", reason
    for name, owner in inits:
        reason = running.ending(named[name]) if name in named and named[name].defined else ""
        if reason:
            yield owner, f"{name.decode('utf-8', 'replace')} {reason}"


def _init_names(symbols: Symbols, owners: Mapping[bytes, str]) -> Iterator[tuple[int, tuple[bytes, str]]]:
    """Yield where the name of each `<package>.init` or `<package>.init.N` of `owners` begins, that name, the package.

    A string table shares endings: the name of one symbol can be the last part of another's.
    """
    strings, spans, end = symbols.strings, [], 0
    at = strings.find(_INIT)
    while at >= 0:
        after = at + len(_INIT)
        if strings[after] in _BEHIND_INIT:
            if after > end:
                end = strings.find(b"\0", after)
            number = strings[after : min(end, after + _LONGEST_NUMBER)]
            if after + len(number) == end and (not number or number[1:].isdigit()):
                begin = max(strings.rfind(b"\0", 0, at) + 1, at - _LONGEST_PATH)
                spans.append((begin, at, end))
        at = strings.find(_INIT, after)
    lengths: dict[int, set[int]] = {}
    for name in owners:
        lengths.setdefault(name[-1], set()).add(len(name))
    few = len(spans) * sum(map(len, lengths.values())) < _FEW
    for begin, stop, end in spans:
        alike = lengths.get(strings[stop - 1], ())
        places = [stop - one for one in alike] if few else symbols.starts.intersection(range(begin, stop))
        for at in places:
            owner = owners.get(strings[at:stop]) if at >= begin else None
            if owner:
                yield at, (strings[at:end], owner)


def _search_path(elf: Elf, symbols: Symbols) -> str:
    for tag in (RPATH, RUNPATH):
        if tag in elf.dynamic:
            value = symbols.string(elf.dynamic[tag])
            if any(not part.startswith(("/", "$ORIGIN", "${ORIGIN}")) for part in value.split(":")):
                return value
    return ""
