"""What a row of the table is made of.

Its codes are those of errors; one after `~` is a warning. A plugin without an error is loaded, another one is not.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from go_bench import Edit, StampEdit, flag, rehashed, stamped
from goedits import (
    BUILD_INFO,
    STRSZ,
    STRTAB,
    both,
    other_version,
    place,
    replaced,
    stamp_says_so,
    value,
)
from gosigning import Sign

from pluginkit.backends.go.binary.elf import Elf
from pluginkit.backends.go.binary.stamps import BEGIN, END, find_stamps

HASHES = b"go:link.pkghashbytes."
NO_STAMP = replaced(BEGIN, b"X" * len(BEGIN))
OTHER_SHA = f"sha256:{'1' * 64}"
OTHER_DIGEST = f"h1:{'b' * 43}="
TODAY = date.today()


@dataclass(frozen=True)
class Plugin:
    """One file of the plugins' directory: a build, with its edits."""

    of: str = "filter"
    edits: tuple[Edit, ...] = ()
    payload: bool = True
    """The stamp names the digest of the bytes as they are."""
    special: Callable[[Path], object] | None = None
    """Makes the file, where it is no edit of a build."""
    signed: Sign | None = None


@dataclass(frozen=True)
class Row:
    """One case."""

    name: str
    plugins: Mapping[str, Plugin]
    codes: Mapping[str, str]
    host: tuple[Edit, ...] = ()
    signed_host: Sign | None = None
    plain: bool = False
    """The host is one that runs no plugin."""


def one(
    name: str,
    codes: str,
    *edits: Edit,
    of: str = "filter",
    host: tuple[Edit, ...] = (),
    payload: bool = True,
    special: Callable[[Path], object] | None = None,
) -> Row:
    return Row(name, {"p.so": Plugin(of, edits, payload, special)}, {"p.so": codes}, host)


def several(name: str, codes: Mapping[str, str], *plugins: Plugin, host: tuple[Edit, ...] = ()) -> Row:
    """Plugins in the order of their files, which `codes` names."""
    return Row(name, dict(zip(codes, plugins, strict=True)), codes, host)


def said(**members: Any) -> Edit:
    """Change members of the stamp."""
    return stamped(lambda said: said.update(members))


def api(**members: str) -> StampEdit:
    return lambda said: said["apis"][0].update(members)


def another_api(name: str, **members: str) -> StampEdit:
    return lambda said: said["apis"].append({**said["apis"][0], "name": name, **members})


def contract(**members: Any) -> tuple[Edit, ...]:
    """Change what the host asks."""
    changes = {name.replace("_", "-"): value for name, value in members.items()}
    return (stamped(lambda said: said["contract"].update(changes)),)


def own_contract(name: str, **members: Any) -> StampEdit:
    """Let a host ask something else of plugins for one API."""

    def edit(said: dict[str, Any]) -> None:
        asked = {key: value for key, value in said["contract"].items() if key != "apis"}
        own = [*said["contract"].get("apis", []), {**asked, "api": name, **members}]
        said["contract"]["apis"] = own
        said["minor"] = 1

    return edit


def for_api(name: str) -> StampEdit:
    """Let a plugin say which API it is judged by."""
    return lambda said: said["contract"].update(api=name)


def ignoring(rule: str, plugin: str = "", until: str = "", **more: Any) -> tuple[Edit, ...]:
    """Let the host ask for the capability `batch`, and live with something."""
    entry = {"rule": rule, "reason": "because", "plugin": plugin, "until": until}
    ignores = [{name: text for name, text in entry.items() if text}]
    asked = {"required": ["batch"], **more}
    return (stamped(lambda said: said.update(ignores=ignores), lambda said: said["contract"].update(asked)),)


def day(distance: int) -> str:
    return (TODAY + timedelta(days=distance)).isoformat()


def without(member: str) -> Edit:
    return stamped(lambda said: said.pop(member))


def toolchain(**members: str) -> StampEdit:
    return lambda said: said["toolchain"].update(members)


def no_packages(data: bytearray) -> None:
    """Let a host export no hash of a package, as one that does not import `plugin`."""
    start = place(data, STRTAB)
    end = start + value(data, STRSZ)
    data[start:end] = data[start:end].replace(HASHES, b"x" * len(HASHES))


def unlinked(data: bytearray) -> None:
    """Call the symbol of an export otherwise than plugin.Open does."""
    at = data.index(b"\0acme/plugins/filter.New\0", place(data, STRTAB))
    data[at + 1 : at + 24] = b"acme/plugins/filter.Now"


def bare(data: bytearray) -> None:
    """Take the host's stamp away, as a plain `go build` has none: its variable is an empty string."""
    start, end = find_stamps(data)[0]
    begin, size = start - len(BEGIN), end - start + len(BEGIN) + len(END)
    elf = Elf(bytes(data))
    address = next(one.address + begin - one.offset for one in elf.segments if 0 <= begin - one.offset < one.size)
    at = data.index(struct.pack("<QQ", address, size))
    data[at + 8 : at + 16] = bytes(8)
    data[begin:start] = b"X" * len(BEGIN)


def other_go(data: bytearray) -> None:
    other_version(data)
    stamp_says_so(data)


def flags_row(name: str, witness: str = "") -> Row:
    """A flag that differs, and a package of the standard library with it; `witness` is the one that shows the flag."""
    value = {"-trimpath": None, "CGO_ENABLED": "0", "-gcflags": "all=-N"}.get(name, "something")
    edits = [flag(name, value), rehashed("runtime", *([witness] if witness else []))]
    if name == "-tags":
        edits.append(stamped(toolchain(tags=value)))
    return one(f"another {name}", "PK402", *edits)


def denied_row(name: str) -> Row:
    """A flag that differs, and another package than the one that would show it."""
    return one(
        f"another {name}, which its witness denies",
        "PK405",
        flag(name, None if name == "-trimpath" else "true"),
        rehashed("runtime"),
    )


def harmless_row(name: str) -> Row:
    """A flag that differs, and explains nothing."""
    return one(f"another {name}, which is never a cause", "PK405", flag(name, "something"), rehashed("runtime"))


def experiment(names: str) -> Edit:
    """Let the Go version be `go1` with experiments whose names are of two letters."""

    def edit(data: bytearray) -> None:
        at = data.index(BUILD_INFO) + 33
        assert data[at - 1] == len("go1.27.3")
        data[at : at + len("go1.27.3")] = f"go1 X:{names}".encode()

    return both(edit, stamped(toolchain(go="go1")))


def default_row(name: str, value: str, witness: str = "runtime") -> Row:
    """A flag that one side leaves to its default, and the other names; the package that would show it differs."""
    return one(f"{name} set to its default", "PK405", flag(name, value), rehashed(witness), host=(flag(name, None),))
