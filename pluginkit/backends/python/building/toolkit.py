"""The toolkit that is running, as a distribution: where it came from, and the wheel that installs it elsewhere.

The wheel is made from what is installed, in canonical form, so that equal files give equal bytes wherever it is made.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pluginkit
from pluginkit.backends.process import run
from pluginkit.backends.python.building.uv import uv
from pluginkit.backends.python.file_names import ENTRY_POINTS
from pluginkit.backends.python.installed_record import rows
from pluginkit.backends.python.wheel.stamper import canonical_wheel, wheel_facts
from pluginkit.core.digest import fields_digest
from pluginkit.core.errors import PluginkitError
from pluginkit.core.toolkit import NAME, STEM
from pluginkit.store import rooms

FILE = f"{STEM}-{pluginkit.__version__}-py3-none-any.whl"
"""Name of its wheel."""
_METADATA = ("METADATA", "WHEEL", ENTRY_POINTS, "licenses/")
"""What of the metadata comes out of the wheel; the rest was written by the installer."""
_SOURCES = ("pluginkit", "templates", "pyproject.toml", "README.md", "LICENSE")
"""What in a checkout makes the wheel."""


@dataclass(frozen=True)
class Toolkit:
    """The running copy."""

    installed: Distribution | None
    """None where it runs from a checkout without having been installed."""

    @cached_property
    def origin(self) -> Mapping[str, object]:
        """What `direct_url.json` says (PEP 610); empty for what came from an index."""
        text = self.installed.read_text("direct_url.json") if self.installed else None
        try:
            found = json.loads(text or "{}")
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise PluginkitError(f"direct_url.json of {NAME} is damaged", hint=f"install {NAME} again")
        return found

    @property
    def is_from_index(self) -> bool:
        """Whether an index has it, so that others can install it by its name."""
        return self.installed is not None and not self.origin

    @cached_property
    def checkout(self) -> Path | None:
        """The sources that run, of an editable install; None where a copy of them was installed."""
        package = Path(pluginkit.__file__).resolve().parent
        if self.installed and _lies_in(self.installed, package):
            return None
        place = package.parent
        if self.installed and self._edits(place):
            return place
        if self.installed is None and (place / "pyproject.toml").is_file():
            return place
        raise PluginkitError(
            f"pluginkit runs from {package}, where nothing tells how to install it", hint=f"install {NAME}"
        )

    def _edits(self, place: Path) -> bool:
        url = urlsplit(str(self.origin.get("url", "")))
        return url.scheme == "file" and os.path.realpath(url2pathname(url.path)) == os.path.realpath(place)

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """The files that its wheel is made from."""
        if self.checkout:
            named = [self.checkout / name for name in _SOURCES]
            found = [inside for path in named for inside in (path.rglob("*") if path.is_dir() else [path])]
            return tuple(sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts))
        return tuple(path for _, path, _ in self._recorded())

    def digest(self) -> str:
        """Return `sha256:` over the files that its wheel is made from."""
        base = self.checkout or Path(pluginkit.__file__).parent.parent
        fields = [(os.path.relpath(path, base).encode(), path.read_bytes()) for path in self.files]
        return fields_digest("pluginkit toolkit v1", [field for pair in fields for field in pair])

    def requires(self) -> tuple[str, ...]:
        """Return its requirements, those of extras left out."""
        from pluginkit.core.names import is_of_extra

        lines = self.installed.requires if self.installed else wheel_facts(self.wheel(), FILE).requires
        return tuple(line for line in lines or () if not is_of_extra(line))

    def wheel(self) -> bytes:
        """Return its wheel. Raises PluginkitError where an installed file is not the one that was installed."""
        if self.checkout is None:
            return canonical_wheel({name: self._intact(path, digest) for name, path, digest in self._recorded()}, FILE)
        key = self.digest()
        kept = rooms.read("toolkit", key)
        if kept is None:
            kept = _built(self.checkout)
            rooms.write("toolkit", key, kept)
        return kept

    def _recorded(self) -> Iterator[tuple[str, Path, str]]:
        """Yield (name in the wheel, path, recorded hash) of what RECORD lists and the wheel brought."""
        if self.installed is None:
            return
        dist_info = f"{STEM}-{pluginkit.__version__}.dist-info/"
        for row in rows((self.installed.read_text("RECORD") or "").encode()):
            name = row[0]
            inside = name.startswith("pluginkit/") and "__pycache__" not in name
            if inside or name.removeprefix(dist_info).startswith(_METADATA):
                yield name, Path(str(self.installed.locate_file(name))), row[1]

    def _intact(self, path: Path, recorded: str) -> bytes:
        from pluginkit.backends.python.wheel.layout import encode

        try:
            data = path.read_bytes()
        except OSError as error:
            raise PluginkitError(f"{path}: {error.strerror}", hint=f"install {NAME} again") from None
        if recorded != f"sha256={encode(hashlib.sha256(data).hexdigest())}":
            raise PluginkitError(f"{path} is not the file that was installed", hint=f"install {NAME} again")
        return data


def running() -> Toolkit:
    """Return the toolkit that is running."""
    try:
        return Toolkit(distribution(NAME))
    except PackageNotFoundError:
        return Toolkit(None)


def _lies_in(installed: Distribution, package: Path) -> bool:
    return os.path.realpath(str(installed.locate_file(package.name))) == str(package)


def _built(checkout: Path) -> bytes:
    """Build the wheel of a checkout."""
    with tempfile.TemporaryDirectory(prefix="pluginkit-") as scratch:
        done = run([uv(), "build", "--quiet", "--wheel", "--out-dir", scratch, checkout])
        made = list(Path(scratch).glob(f"{STEM}-*.whl"))
        if done.status != 0 or len(made) != 1:
            raise PluginkitError(f"the wheel of {NAME} cannot be built from {checkout}\n{done.stderr.strip()}")
        return canonical_wheel(made[0].read_bytes(), FILE)
