"""Which API a plugin is judged by, where a host serves several. Imports packaging only to compare versions."""

from __future__ import annotations

from pluginkit.core.versions import version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pluginkit.core.api import Api, Contract
    from pluginkit.core.stamp import Stamp


def api_of(contract: Contract, used: Sequence[Api], named: str = "") -> str:
    """Return the name of the API that a plugin is judged by; empty where the contract is one for all plugins.

    `used` are the APIs that the plugin was built against, `named` is the one that its stamp names. Without that it is
    the newest of those that have a contract of their own.
    """
    if not contract.apis:
        return ""
    if any(api.name == named for api in used):
        return named
    own = {one.api for one in contract.apis}
    return _newest([api for api in used if api.name in own])


def contract_for(contract: Contract, stamp: Stamp | None) -> Contract:
    """Return what a host with this contract asks of the plugin that has the stamp."""
    if stamp is None or not contract.apis:
        return contract
    return contract.of(api_of(contract, stamp.apis, stamp.contract.api))


def judged_by(offered: Sequence[Api], contract: Contract, stamp: Stamp | None) -> tuple[Api, ...]:
    """Return the host's copies of the APIs by which a plugin is judged; none where the host has only one API.

    That is one API where the host's contract tells its versions apart, else each that the plugin was built against.
    """
    if stamp is None or len(offered) < 2:
        return ()
    name = api_of(contract, stamp.apis, stamp.contract.api)
    names = {name} if name else {api.name for api in stamp.apis}
    return tuple(api for api in offered if api.name in names)


def _newest(apis: Sequence[Api]) -> str:
    if len(apis) < 2:
        return apis[0].name if apis else ""
    known = [(found, api.name) for api in apis if (found := version(api.version))]
    return max(known)[1] if known else max(api.name for api in apis)
