"""Whether what a build signs, or does not, is what its own hosts accept; told before anything is built."""

from __future__ import annotations

from collections.abc import Iterator

from pluginkit.backends.language import language
from pluginkit.backends.steps import typed
from pluginkit.core.clock import today
from pluginkit.core.errors import PluginkitError
from pluginkit.core.frozen import replace
from pluginkit.core.names import normalize
from pluginkit.core.signatures import authorize
from pluginkit.core.trust import RELEASE, Key, Trust, to_text
from pluginkit.store.cache import Cache, local_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pluginkit.core.model import Workspace
    from pluginkit.core.private_key import PrivateKey
    from pluginkit.store.remote import RemoteCache


def refuse_untrusted(workspace: Workspace, key: PrivateKey | None) -> None:
    """Raise PluginkitError where `[trust]` of the workspace does not accept what the key signs.

    It does not matter that several keys have to sign an artifact: the others can sign it later.
    """
    if workspace.trust is None or key is None:
        return
    known = [one for one in workspace.trust.keys if one.public == key.public]
    if not known:
        raise PluginkitError(
            f"PK603: {key.where} is not among the keys of [trust], so that the hosts of this release would refuse it",
            hint=f'name it there as public-key = "{to_text(key.public)}", or sign with another key',
        )
    for name in _names(workspace):
        objection = authorize(known, alone(workspace.trust), name, workspace.release, today())
        if objection:
            facts = "".join(f"\n  {what:9} {text}" for what, text in objection.facts.items())
            raise PluginkitError(
                f"{objection.code}: {key.where} is {known[0].name!r} of [trust], and the hosts of this release would "
                f"refuse {name} signed with it: {objection.message}{facts}",
                hint="sign with another key, or change [trust] of the configuration",
            )


def trust_of(workspace: Workspace, key: PrivateKey | None) -> Trust | None:
    """Return whose signatures artifacts of other machines need to count in a build; None: they need none.

    Whoever signs vouches, so that without `[trust]` a build that signs trusts its own key alone.
    """
    if workspace.trust or key is None:
        return workspace.trust
    return Trust((Key("key", key.public),))


def caches_of(workspace: Workspace, *, remote: RemoteCache | None, key: PrivateKey | None) -> Cache:
    """Return this user's cache, before a shared one, for builds of a workspace that are signed with a key, if any.

    With a trust, what was not built on this machine is found only where one of its keys signed it; and what is not
    signed is shared only where the workspace has none.
    """
    trust = trust_of(workspace, key)
    trusted = [one.keyid for one in trust.keys] if trust else None
    return Cache(local_cache(), remote, trusted=trusted, shares_unsigned=workspace.trust is None)


def alone(trust: Trust) -> Trust:
    """Return a trust for which one key is enough."""
    return replace(trust, thresholds=())


def doubts_of_signing(workspace: Workspace, key: PrivateKey | None) -> Iterator[tuple[str, str]]:
    """Yield what a host of the release would refuse of it as it is signed now; each with a hint."""
    if workspace.trust is None:
        return
    if key is None:
        yield (
            "nobody signed this release, and its hosts refuse what is not signed: the configuration has [trust]",
            f"give the key to sign with: {typed(workspace, 'build', '--sign-with', 'KEY')}",
        )
        return
    lacking = [f"{name} ({count})" for name in _names(workspace) if (count := workspace.trust.threshold(name)) > 1]
    if lacking:
        yield (
            f"more keys have to sign before the hosts of this release accept it: {', '.join(lacking)}",
            "whoever has another one makes a release with both: `pluginkit sign dist --key KEY --out DIR`",
        )


def _names(workspace: Workspace) -> list[str]:
    """Return under which names a build signs: not APIs unless they are installed, nor plugins in a host."""
    installs = language(workspace.language).installs
    artifacts = [one for one in workspace.members if one not in workspace.linked]
    return [*(normalize(one.name) for one in artifacts if one.kind != "api" or installs), RELEASE]
