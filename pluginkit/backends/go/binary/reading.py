"""bytes -> GoBinary: what a Go host or plugin says of itself, without loading it."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from pluginkit.backends.go.binary.buildinfo import BuildInfo, read_build_info
from pluginkit.backends.go.binary.code import calls, constructors, never_returns
from pluginkit.backends.go.binary.elf import MACHINES, RPATH, RUNPATH, Elf, Symbol
from pluginkit.backends.go.binary.moduledata import ModuleData, read_module_data
from pluginkit.core.gobinary import GoBinary

_HASHES = re.compile(rb"go:link\.pkghashbytes\.([^\0]+)\0")
_INIT = re.compile(rb"\.init(?:\.\d+)?\0")
_EXITS = ("os.Exit", "syscall.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln", "os.runtime_beforeExit")
_C_EXITS = ("exit", "_exit", "_Exit", "quick_exit", "kill", "raise", "syscall")
_LONGEST_HASH = 64


def read_binary(data: bytes) -> GoBinary:
    """Read an ELF object as Go's linker wrote it; nothing of it is run.

    Raises ElfError for bytes that are none, are damaged, or are for a platform that Go's plugins are not read for.
    """
    elf = Elf(data)
    info = read_build_info(elf)
    hashes = {at.start(): at[1].decode("utf-8", "replace") for at in _HASHES.finditer(elf.strings)}
    paths = set(hashes.values())
    if elf.is_program:
        return _binary(elf, info, "executable", _hashed(elf, hashes, elf.symbols(hashes)), ModuleData(), {}, (), ())
    kind = _kind(info, paths)
    module = read_module_data(elf, paths) if paths else ModuleData()
    inits = dict(_init_names(elf.strings, {_escaped(path): path for path in paths}))
    exported = _exported_names(elf, module.path) if module.path else {}
    # One way through thousands of symbols. An exported name has no dot, so that no key stands for two symbols.
    symbols = elf.symbols({**hashes, **{at: name for at, (name, _) in inits.items()}, **exported})
    found = {name for name in exported.values() if name in symbols and symbols[name].defined}
    types = module.types if module.types is not None else dict.fromkeys(sorted(found), "")
    fatal = tuple(_fatal(elf, kind, module, symbols, sorted(inits.values())))
    endless = tuple(sorted(name for name in found if never_returns(elf, symbols[name])))
    return _binary(elf, info, kind, _hashed(elf, hashes, symbols), module, types, fatal, endless)


def _hashed(elf: Elf, hashes: Mapping[int, str], symbols: Mapping[str, Symbol]) -> dict[str, str]:
    """Return the linker's hash of each package, in hex."""
    named = {path: symbols[path] for path in hashes.values() if path in symbols and symbols[path].defined}
    return {path: elf.bytes_at(one.address, min(one.size, _LONGEST_HASH)).hex() for path, one in named.items()}


def _binary(
    elf: Elf,
    info: BuildInfo,
    kind: str,
    packages: Mapping[str, str],
    module: ModuleData,
    types: Mapping[str, str],
    fatal: tuple[tuple[str, str], ...],
    endless: tuple[str, ...],
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
        exports=types,
        fatal=fatal,
        exit_factories=endless,
        search_path=_search_path(elf),
    )


def _kind(info: BuildInfo, paths: Collection[str]) -> str:
    if paths:
        return "plugin"
    return "c-shared" if dict(info.settings).get("-buildmode") == "c-shared" else "c-library"


def _exported_names(elf: Elf, path: str) -> dict[int, str]:
    """Return where the names of a plugin's exported functions and variables stand, and the names without package."""
    prefix = re.escape(_escaped(path).encode())
    found = {
        at.start(): at[1].decode("utf-8", "replace") for at in re.finditer(prefix + rb"\.([^\0.]+)\0", elf.strings)
    }
    return {at: name for at, name in found.items() if name.isidentifier() and name[0].isupper()}


def _escaped(path: str) -> str:
    """Return a package path as symbols spell it (cmd/internal/objabi.PathToPrefix): no dot in its last part."""
    start, slash, last = path.rpartition("/")
    return f"{start}{slash}{last.replace('%', '%25').replace('.', '%2e')}"


def _fatal(
    elf: Elf, kind: str, module: ModuleData, symbols: Mapping[str, Symbol], inits: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield (package or nothing, reason) for what ends the process on load."""
    if kind == "c-shared":
        yield "", "it has a Go runtime of its own (-buildmode=c-shared)"
    elif kind != "plugin":
        yield "", "it has no Go plugin data: a C library?"
    elif not module.path:
        yield "", "its plugin path is empty or cannot be found"
    else:
        yield from _constructors(elf, module)
        yield from _inits(elf, symbols, inits)


def _constructors(elf: Elf, module: ModuleData) -> Iterator[tuple[str, str]]:
    if constructors(elf, module.address):
        names = {at: name for name in _C_EXITS for at in elf.names(name.encode())}
        can = sorted(name for name, symbol in elf.symbols(names).items() if not symbol.defined)
        if can:
            yield "", f"a constructor of its C code runs while it is opened, and the object can call {', '.join(can)}"


def _inits(elf: Elf, symbols: Mapping[str, Symbol], inits: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    exits = {name: elf.lookup(name) for name in _EXITS}
    targets = {symbol.address: name for name, symbol in exits.items() if symbol}
    for name, owner in inits:
        function = symbols.get(name)
        if function is None or not function.defined:
            continue
        if never_returns(elf, function):
            yield owner, f"{name} never returns: it panics, exits or waits for ever"
        called = next(calls(elf, function, targets), "")
        if called:
            yield owner, f"{name} calls {called}"


def _init_names(table: bytes, owners: Mapping[str, str]) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield where each `<package>.init` or `<package>.init.N` of `owners` begins, with that name and its package.

    A string table shares endings: one name can be the last part of another.
    """
    for found in _INIT.finditer(table):
        begin = table.rfind(b"\0", 0, found.start()) + 1
        end = found.end() - 1
        while begin < found.start():
            owner = owners.get(table[begin : found.start()].decode("utf-8", "replace"))
            if owner:
                yield begin, (table[begin:end].decode("utf-8", "replace"), owner)
            slash = table.find(b"/", begin, found.start())
            begin = slash + 1 if slash >= 0 else end


def _search_path(elf: Elf) -> str:
    for tag in (RPATH, RUNPATH):
        if tag in elf.dynamic:
            value = elf.string(elf.dynamic[tag])
            if any(not part.startswith(("/", "$ORIGIN", "${ORIGIN}")) for part in value.split(":")):
                return value
    return ""
