"""Fleets: hundreds of plugins in several releases, intact, and hosts with several versions of their API.

wheel_hosts(root)                             a directory a host
wheel_plugins(root, plugins=300)              wheels
go_plugins(root, builds, plugins=60)          from finished builds of one workspace with several versions of its API
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wheels import api_of, file_name, good_wheel, wheel_files

from pluginkit.backends.go.binary.stamps import UNKNOWN, find_stamps, payload_digest
from pluginkit.core.api import Api, Contract, Ignore
from pluginkit.core.canonical import canonical_json
from pluginkit.core.fleet import Fleet
from pluginkit.operations.fleet import FleetOptions, fleet

GROUP, API = "acme.plugins", "acme-pluginapi"
VERSIONS = ("1.0.0", "1.1.0", "1.2.0", "2.0.0")
"""Of the API, as hosts have them and plugins are built against."""


def api_files(version: str) -> dict[str, bytes]:
    """Return the files of the API's wheel."""
    code = f'"""The API."""\n\nAPI_VERSION = "{version}"\n\n\nclass Plugin:\n    """A plugin."""\n'
    return wheel_files(API, version, files={"acme_pluginapi/__init__.py": code.encode()}, entry_points="")


def api(version: str) -> Api:
    """Return the API as stamps record it."""
    number = int(version[0])
    surface = ("acme_pluginapi class Plugin", *(f"acme_pluginapi Plugin.handle{step}(self)" for step in range(number)))
    return api_of(api_files(version), surface)


def wheel_hosts(root: Path, count: int = 12) -> list[Path]:
    """Write hosts, each a directory with its wheel and its API's, and return those; every fourth ignores something."""
    found = []
    for number in range(count):
        version = VERSIONS[number % len(VERSIONS)]
        place = root / f"py{number:02}"
        place.mkdir(parents=True)
        name, own = f"acme-host{number}", api(version)
        ignores = (Ignore("PK303", f"p00{number}*", "agreed on", "2999-01-01"),) if number % 4 == 3 else ()
        code = {f"acme_host{number}/__init__.py": b"def main() -> None: ...\n"}
        common = {"contract": Contract(factory="New", group=GROUP), "apis": (own,)}
        wheel = good_wheel(
            name,
            "1.0.0",
            files=code,
            entry_points="",
            requires=[API],
            stamp={**common, "kind": "host", "ignores": ignores},
        )
        (place / file_name(name, "1.0.0")).write_bytes(wheel)
        parts = {"files": _code(api_files(version)), "entry_points": "", "stamp": {**common, "kind": "api"}}
        (place / file_name(API, version)).write_bytes(good_wheel(API, version, **parts))
        found.append(place)
    return found


def wheel_plugins(root: Path, plugins: int, releases: int = 5) -> list[Path]:
    """Write plugins in several releases, each built against a version of the API, and return their paths."""
    root.mkdir(parents=True, exist_ok=True)
    copies = [api(version) for version in VERSIONS]
    found = []
    for number in range(plugins):
        name = f"p{number:04}"
        for release in range(releases):
            version = f"1.{release}.0"
            path = root / str(number // 100) / file_name(name, version)
            path.parent.mkdir(exist_ok=True)
            built = copies[min((number + release) % (len(copies) + 1), len(copies) - 1)]
            points = f"[{GROUP}]\n{name} = {name}:New\n"
            path.write_bytes(
                good_wheel(name, version, entry_points=points, requires=[API], stamp={"apis": (built,), "uses": ()})
            )
            found.append(path)
    return found


def go_plugins(root: Path, builds: Sequence[Path], plugins: int, releases: int = 5) -> list[Path]:
    """Write Go plugins under many names from the `filter.so` of several builds, stamped anew, and return those."""
    found = []
    sources = [build / "dist/plugins/filter.so" for build in builds]
    for number in range(plugins):
        for release in range(releases):
            path = root / f"r{release}" / f"g{number:05}.so"
            path.parent.mkdir(parents=True, exist_ok=True)
            data = sources[(number + release) % len(sources)].read_bytes()
            path.write_bytes(restamped(data, {"name": path.stem}, filled_with=f"{number}-{release}"))
            found.append(path)
    return found


def restamped(data: bytes, changes: Mapping[str, Any], filled_with: str = "") -> bytes:
    """Return a Go binary with other members in its stamp, which takes no more room: names of one length do."""
    ((start, end),) = find_stamps(data)
    stamp = {**json.loads(data[start:end]), **changes, "payload": UNKNOWN}
    if filled_with:
        stamp["inputs"] = "sha256:" + hashlib.sha256(filled_with.encode()).hexdigest()
    text = canonical_json(stamp)
    assert len(text) == end - start, "another length"
    image = bytearray(data)
    image[start:end] = text
    payload = payload_digest(image, start, end)
    image[start:end] = text.replace(UNKNOWN.encode(), payload.encode())
    return bytes(image)


def run(**options: object) -> Fleet:
    """Compare `plugins` with all of `hosts`, below the working directory."""
    hosts = tuple(sorted(str(path) for path in Path("hosts").iterdir()))
    return fleet(FleetOptions(**{"places": ("plugins",), "hosts": hosts, **options}))  # type: ignore[arg-type]


def settle() -> None:
    """Wait until what was written counts as unchanged when it is looked at."""
    time.sleep(0.03)


def _code(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: data for path, data in files.items() if ".dist-info/" not in path}
