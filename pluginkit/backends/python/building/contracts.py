"""What a contract names is there: the class of the API that plugins are, or the module or class with its hooks."""

from collections.abc import Sequence

from pluginkit.core.api import Api, Contract
from pluginkit.core.errors import PluginkitError
from pluginkit.core.names import nearest
from pluginkit.surface.roles import indexed


def check_named(contract: Contract, apis: Sequence[Api]) -> None:
    """Raise PluginkitError where `implements` names what none of the APIs that it is for has."""
    for one in (contract, *contract.apis):
        if not one.implements:
            continue
        offered = [indexed(api.surface) for api in apis if one.api in ("", api.name)]
        names = {name for index in offered for name in index.names if index.word(name) in ("class", "module")}
        if one.implements in names or any(index.word(index.resolve(one.implements)) == "class" for index in offered):
            continue
        raise PluginkitError(
            f"the contract's 'implements' is {one.implements!r}, which is not a class of the API"
            f"{nearest(one.implements, sorted(names))}",
            hint='name the class where it is defined, as in implements = "acme_api.Plugin"; or leave it out',
        )
