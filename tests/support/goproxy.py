"""A module proxy on disk: a handful of modules in a few versions each, for a go command that reaches no network."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from monorepo import write

Versions = Mapping[tuple[str, str], Mapping[str, str]]
"""(module path, version) to its files by path; `go.mod` is written where there is none."""


def write_proxy(root: Path, versions: Versions) -> Path:
    """Write the modules as a proxy serves them (`go help goproxy`); return `root`, for `GOPROXY=file://root`."""
    for (path, version), files in versions.items():
        place = root / path / "@v"
        manifest = files.get("go.mod", f"module {path}\n\ngo 1.20\n")
        write(place, {f"{version}.info": json.dumps({"Version": version}), f"{version}.mod": manifest})
        with zipfile.ZipFile(place / f"{version}.zip", "w") as archive:
            for name, text in {**files, "go.mod": manifest}.items():
                archive.writestr(f"{path}@{version}/{name}", text)
        with (place / "list").open("a") as file:
            file.write(f"{version}\n")
    return root


def proxy_environment(proxy: Path, modules: Path) -> dict[str, str]:
    """Return variables for a go command that takes modules from `proxy` alone, and unpacks them in `modules`."""
    return {
        "GOPROXY": f"file://{proxy}",
        "GONOSUMDB": "*",
        "GOSUMDB": "off",
        "GOFLAGS": "-modcacherw",
        "GOMODCACHE": str(modules),
        "GOWORK": "off",
    }
