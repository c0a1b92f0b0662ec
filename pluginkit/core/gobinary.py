"""What a Go binary says of itself: the linker's facts and the build information. Plain, frozen, no I/O."""

from collections.abc import Mapping

from pluginkit.core.frozen import EMPTY, record
from pluginkit.core.linking import Linking

_SWITCHES = ("-trimpath", "-race", "-msan", "-asan", "-cover")
_VALUES = ("-tags", "-gcflags", "-asmflags")
USUAL = {"GOAMD64": "v1", "GOARM64": "v8.0", "GOFIPS140": "off"}
"""Variables of a build, to the values that they have where nothing is said."""


@record
class GoModule:
    """One module of the build list, as `go version -m` prints it."""

    path: str
    version: str
    sum: str = ""
    """`h1:...`; empty for the main module and for a directory that replaces one."""
    replaced_by: str = ""
    """`path version` or `path` of the replacement."""


@record
class Registration:
    """A name that an initialiser registers where the whole process shares the names, as a constant."""

    package: str
    """Import path of the package whose initialiser it is."""
    registry: str
    """`net/http.Handle`, `database/sql.Register` and so on."""
    name: str


@record
class GoBinary:
    """A host or a plugin, read from its bytes alone."""

    kind: str
    """`plugin`, `executable`, `wasm`, `c-library` (no Go plugin data) or `c-shared` (a Go runtime of its own)."""
    go_version: str
    """`go1.27.3`, without experiments; empty without build information."""
    main: str
    """Import path of the main package."""
    main_module: str
    plugin_path: str
    """moduledata.pluginpath; empty for a host."""
    settings: Mapping[str, str]
    """`-trimpath`, `-tags`, `CGO_ENABLED`, `GOARCH` and so on."""
    modules: tuple[GoModule, ...]
    platform: str
    """`linux/amd64`."""
    packages: Mapping[str, str]
    """Import path to the hex of the linker's hash; empty where none are exported."""
    exports: Mapping[str, str]
    """Exported name of the main package to its type as reflect prints it; empty string where it could not be read."""
    fatal: tuple[tuple[str, str], ...] = ()
    """(package or empty, reason): why opening it would end the host's process."""
    exit_factories: tuple[str, ...] = ()
    """Exported functions that never return."""
    search_path: str = ""
    """A relative RPATH or RUNPATH."""
    unlinked: tuple[str, ...] = ()
    """Exported names that `plugin.Open` looks up in vain: the dynamic symbols call them otherwise."""
    opens_plugins: bool = False
    """Of a program without packages to compare: it contains `plugin.Open` nevertheless."""
    runs: tuple[str, ...] = ()
    """Of a program: the modes, of those that share no memory with it, whose plugins it has a runner for."""
    registrations: tuple[Registration, ...] = ()
    itabs: Mapping[str, tuple[str, ...]] = EMPTY
    """Import path to the tables (`*pkg.Type,other.Interface`) by which values of its types are in interfaces."""
    linking: Linking = Linking()
    """What it asks of the dynamic loader."""
    experiments: str = ""
    """What GOEXPERIMENT changed, separated by commas, as the Go version names it (`go1.27.3-X:arenas`)."""

    @property
    def has_envelope(self) -> bool:
        """False of a program for Windows or macOS: its format has no place for an envelope."""
        return self.kind == "wasm" or self.platform.partition("/")[0] not in ("windows", "darwin")


def build_flags(settings: Mapping[str, str]) -> tuple[str, ...]:
    """Return the flags of the `go build` with these settings that change what the compiler writes."""
    switches = [name for name in _SWITCHES if settings.get(name) == "true"]
    return (*switches, *(f"{name}={settings[name]}" for name in _VALUES if settings.get(name)))
