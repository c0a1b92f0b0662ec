"""Which variables reach a child process, and which of them decide what a build makes."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

ALLOWED = (
    # who and where we are
    "HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "TEMP", "TMP", "USER", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
    # Windows cannot start a process without these
    "APPDATA", "COMSPEC", "LOCALAPPDATA", "PATHEXT", "SYSTEMROOT", "USERPROFILE", "WINDIR",
    # how to reach the network: any index or mirror will do, since every byte is held against a hash
    "ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "all_proxy", "https_proxy", "http_proxy", "no_proxy",
    "SSL_CERT_DIR", "SSL_CERT_FILE", "NETRC",
    "UV_CACHE_DIR", "UV_CONFIG_FILE", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX",
    "UV_INDEX_STRATEGY", "UV_INDEX_URL", "UV_KEYRING_PROVIDER", "UV_NATIVE_TLS", "UV_NO_INDEX", "UV_OFFLINE",
    "UV_SYSTEM_CERTS",
)  # fmt: skip
PREFIXES = ("UV_INDEX_",)
"""Credentials of named indexes."""

_PLACES = ("GOENV", "GOMODCACHE", "GOPATH", "HOME", "PATH", "PLUGINKIT_CACHE_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")
"""Where tools and what they keep are found."""
_PLATFORM = ("GOARCH", "GOOS")
"""Which of a lock's targets is meant, where they are set."""


def fingerprint(environment: Mapping[str, str]) -> str:
    """Return what of `environment` decides which tools a build finds, and which index a release names."""
    named = [name for name in environment if name.startswith("UV_") and (name in ALLOWED or name.startswith(PREFIXES))]
    # Those may hold credentials, which have no place in a file.
    indexes = _hash("\0".join(f"{name}={environment[name]}" for name in sorted(named))) if named else ""
    return "\t".join((indexes, *(environment.get(name, "") for name in (*_PLACES, *_PLATFORM)))).replace("\0", "")


def _hash(text: str) -> str:
    import hashlib

    return hashlib.sha256(os.fsencode(text)).hexdigest()
