"""APIs whose version comes from the tags of a repository: what the lock seals of them is true of every later commit.

Such a version is another one after each commit, that of the lock included. So the lock seals the one that the API had
when its bytes last changed, without what names a commit, and every build of the API takes that. What is compared are
the bytes of the API as they are with that version.
"""

from collections.abc import Callable

from pluginkit.core.api import Api
from pluginkit.core.frozen import replace
from pluginkit.core.model import Member
from pluginkit.core.versions import is_development


def as_sealed(member: Member, sealed: Api | None) -> Member:
    """Return `member` as it is built where the lock has `sealed` it: with that version, if its files state none."""
    return replace(member, version=sealed.version) if sealed and "version" in member.dynamic else member


def is_told(member: Member, version_of: Callable[[Member], str]) -> bool:
    """Return whether the backend takes a version that it is told: then a repository says which; no file does.

    `version_of` asks the backend for the version of a member as it is.
    """
    return "version" in member.dynamic and version_of(replace(member, version=_PROBE)) == _PROBE


def sealed_as(member: Member, computed: str, previous: Api | None, built: Callable[[Member], Api]) -> Api:
    """Return what to seal of such an API, of which the backend `computed` the version; `built` builds it as told.

    That is what `previous` says as long as the bytes are the same, until a commit has a tag of its own.
    """
    public, _, local = computed.partition("+")
    is_release = not local and not is_development(public)
    if previous and not is_release:
        before = built(replace(member, version=previous.version))
        if before.digest == previous.digest:
            return before
    return built(replace(member, version=public))


_PROBE = "0.1.dev4711"
