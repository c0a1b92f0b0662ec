"""Upgrades on forged wheels: hosts with two copies of an API, and plugins built against one of them."""

from pathlib import Path
from typing import Any

from monorepo import write
from wheels import GROUP, api_of, record, stamp, wheel, wheel_files

from pluginkit.core.api import Api, Contract
from pluginkit.core.upgrade import Upgrade
from pluginkit.operations.fleet import FleetOptions
from pluginkit.operations.fleet.upgrade import upgrade
from pluginkit.surface.python.reader import surface
from pluginkit.surface.python.uses import known_names, read_uses

API = "class Host:\n    def log(self, text): ...\n\n\nclass Plugin:\n    name: str\n\n\ndef shout(text): ...\n"
RENAMED = API.replace("def log(self, text)", "def log(self, message)")
QUIET = "import acme_api\n\n\nclass New(acme_api.Plugin):\n    name = 'quiet'\n"
LOUD = QUIET + "\n    def init(self, host):\n        host.log(text='x')\n"
COMPUTED = QUIET + "\n    def init(self, host):\n        exec('import acme_api\\\\n%s!' % self.name)\n"


def api(root: Path, version: str, code: str) -> Api:
    """Return an API as stamps have it."""
    tree = write(root / f"api-{version}", {"acme_api/__init__.py": code})
    files = wheel_files("acme-api", version, files={"acme_api/__init__.py": code.encode()}, entry_points="")
    return api_of(files, surface(tree, ["acme_api"]))


def put(place: Path, name: str, version: str, files: dict[str, bytes]) -> Path:
    """Write a wheel of these files, which get their RECORD."""
    place.mkdir(parents=True, exist_ok=True)
    target = place / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    target.write_bytes(wheel(record(files)))
    return target


def host(place: Path, version: str, its: Api, **contract: Any) -> Path:
    """Write the wheel of a host."""
    terms = Contract(**{"factory": "New", "group": GROUP, "policy": "compatible", **contract})
    files = wheel_files("acme-host", version, files={"acme_host/__init__.py": b""}, entry_points="")
    return put(place, "acme-host", version, stamp(files, kind="host", apis=(its,), contract=terms))


def plugin(place: Path, name: str, version: str, its: Api, code: str, *, silent: bool = False, **more: Any) -> Path:
    """Write the wheel of a plugin; a silent one's stamp does not say what it uses."""
    module = name.replace("-", "_")
    sources = {f"{module}/__init__.py": code.encode()}
    points = f"[{GROUP}]\n{name} = {module}:New\n"
    files = wheel_files(name, version, files=sources, entry_points=points, **more)
    uses = None if silent else read_uses(sources, its.modules, known_names([its.surface])).lines
    terms = Contract(factory="New", group=GROUP, policy="compatible")
    return put(place, name, version, stamp(files, apis=(its,), contract=terms, uses=uses))


def asked(root: Path, *places: str, now: str = "now", following: str = "next") -> Upgrade:
    """Return what the upgrade between the hosts in two directories takes of the plugins in others."""
    hosts = [next((root / one).glob("acme_host*.whl")) for one in (now, following)]
    return upgrade(FleetOptions(places=tuple(str(root / one) for one in places), hosts=(str(hosts[0]),)), str(hosts[1]))


def two_hosts(root: Path) -> dict[str, Api]:
    """Write a host of `now`, and the `next` whose API has another name for a parameter; return their APIs."""
    old, new = api(root, "1.0.0", API), api(root, "2.0.0", RENAMED)
    host(root / "now", "1.0.0", old)
    host(root / "next", "2.0.0", new)
    return {"old": old, "new": new}
