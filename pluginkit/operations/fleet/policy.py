"""What artifacts are judged by beside the hosts themselves."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pluginkit.core.digest import sha256
from pluginkit.core.fleet import ApiVersion
from pluginkit.core.frozen import record, replace
from pluginkit.core.trust import read_trust_file
from pluginkit.operations.signed_release import with_releases
from pluginkit.stages.verify import with_contract

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.api import Api
    from pluginkit.core.trust import Trust
    from pluginkit.core.verdict import Evidence, HostSide


@record
class Policy:
    """How `verify` is asked: its options."""

    unstamped: bool = False
    sysroot: Path | None = None
    trust: Trust | None = None
    mark: str = ""
    """Digest of the trust; empty without one."""

    @property
    def key(self) -> tuple[str, ...]:
        """What verdicts are remembered under."""
        return str(self.unstamped), str(self.sysroot or ""), self.mark

    def prepared(self, one: Evidence, place: Path | None, side: HostSide) -> Evidence:
        """Return an artifact as a host has to see it: what its contract asks, what a signed release says of it."""
        if self.unstamped:
            one = replace(one, defects=tuple(defect for defect in one.defects if defect.code != "PK201"))
        if place is None:
            return one
        if self.unstamped:
            (one,) = with_contract(place, [one], [side])
        if self.trust or side.host.trust:
            return with_releases({place: [one]}, self.trust)[place][0]
        return one


def policy_of(*, unstamped: bool, sysroot: Path | None, trust: Path | None) -> Policy:
    """Return the policy that these options of `verify` ask for. Raises PluginkitError for a trust that is not one."""
    read = read_trust_file(trust) if trust else None
    return Policy(unstamped, sysroot, read, sha256(trust.read_bytes()) if trust else "")


def versions(apis: Iterable[Api]) -> tuple[ApiVersion, ...]:
    """Return which copies of APIs these are, without their surfaces."""
    return tuple(ApiVersion(api.name, api.version, api.digest) for api in apis)
