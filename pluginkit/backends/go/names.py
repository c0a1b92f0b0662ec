"""Which names a plugin and a module can have, and what speaks against the others."""

import re

from pluginkit.core.errors import PluginkitError
from pluginkit.core.names import refuse_reserved

_DIRECTORIES = {
    "internal": "Go lets no other directory import packages below `internal`",
    "testdata": "`./...` leaves out directories named `testdata`",
    "vendor": "Go takes a directory named `vendor` for copies of dependencies",
}
_WORDS = {
    "all": "the go command reads it as all packages",
    "cmd": "the go command reads it as its own commands",
    "main": "Go calls the package of every program `main`",
    "std": "the go command reads it as the standard library",
    "tool": "the go command reads it as the tools of a module",
    "work": "the go command reads it as the modules of a go.work",
}
_KEYWORDS = frozenset((
    "break", "case", "chan", "const", "continue", "default", "defer", "else", "fallthrough", "for", "func", "go",
    "goto", "if", "import", "interface", "map", "package", "range", "return", "select", "struct", "switch", "type",
    "var",
))  # fmt: skip
_STANDARD = frozenset((
    "archive", "bufio", "builtin", "bytes", "cmp", "compress", "container", "context", "crypto", "database",
    "debug", "embed", "encoding", "errors", "expvar", "flag", "fmt", "go", "hash", "html", "image", "index", "io",
    "iter", "log", "maps", "math", "mime", "net", "os", "path", "plugin", "reflect", "regexp", "runtime", "slices",
    "sort", "strconv", "strings", "structs", "sync", "syscall", "testing", "text", "time", "unicode", "unique",
    "unsafe", "uuid", "weak",
))  # fmt: skip
"""What the import paths of Go's standard library begin with."""
_ELEMENT = re.compile(r"[A-Za-z0-9_~-](?:[A-Za-z0-9._~-]*[A-Za-z0-9_~-])?")
_WINDOWS = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


def check_plugin_name(name: str) -> None:
    """Raise PluginkitError for a plugin whose directory or file Go would misread."""
    if "_" in name:
        raise PluginkitError(f"plugin name {name!r}: Go reads the end of x_linux.go as a condition", hint="use '-'")
    refuse_reserved("plugin name", name, _reserved(name))


def check_workspace_name(name: str) -> None:
    """Raise PluginkitError for a workspace whose name cannot be the path of its module."""
    reason = _reserved(name) or ("Go's standard library has a package of that name" if name in _STANDARD else "")
    named = f"`pluginkit new {name} --language go --module me/{name}`"
    more = "" if name in _DIRECTORIES else f", or name the module: {named}"
    refuse_reserved("workspace name", name, reason, f"choose another name{more}")


def check_module(path: str) -> None:
    """Raise PluginkitError for what cannot be the path of a module, as go.mod names it."""
    elements = path.split("/")
    if not all(map(_ELEMENT.fullmatch, elements)):
        raise PluginkitError(f"module path {path!r} is not usable", hint="write it as in github.com/me/acme")
    if elements[0] in _STANDARD or elements[0] in _WORDS or (len(elements) == 1 and path in _KEYWORDS):
        _refuse(path, f"paths that begin with {elements[0]!r} are Go's own")
    for element in elements:
        if element in _DIRECTORIES:
            _refuse(path, _DIRECTORIES[element])
        if _WINDOWS.fullmatch(element):
            _refuse(path, f"Windows has a device named {element!r}")
    if elements[-1] in ("v0", "v1"):
        _refuse(path, f"Go writes no {elements[-1]!r} at the end of a module's path")


def _refuse(path: str, reason: str) -> None:
    refuse_reserved("module path", path, reason, "choose another path, as in github.com/me/acme")


def _reserved(name: str) -> str:
    """Return what speaks against a directory of that name; empty where nothing does."""
    keyword = "it is a keyword of Go" if name in _KEYWORDS else ""
    return _DIRECTORIES.get(name) or _WORDS.get(name) or keyword
