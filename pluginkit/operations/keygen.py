"""Make a pair of keys to sign with."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from pluginkit.backends.git import files_at
from pluginkit.core import files
from pluginkit.core.errors import PluginkitError
from pluginkit.core.private_key import generate
from pluginkit.core.trust import parse_public, to_text

DEFAULT = "release"
"""What a key is called that is given no name."""
_NAME = r"[A-Za-z0-9_-]{1,63}"


@dataclass(frozen=True, slots=True)
class Generated:
    """Two new files, and what a trust says of the key."""

    private: Path
    public: Path
    entry: str
    """The lines of `trust.toml` that name it."""
    would_be_committed: bool
    """Git does not ignore the private key."""


def keygen(name: str = DEFAULT, out: Path | None = None, password: str = "") -> Generated:
    """Write a new Ed25519 key pair: the private key to `out` (PEM, PKCS 8, mode 0600), the public one beside it.

    `out` is by default NAME.pem in the working directory. With a password the private key is encrypted. Raises
    PluginkitError, and writes nothing, where one of the files exists or the name cannot stand in a trust.
    """
    if not re.fullmatch(_NAME, name):
        raise PluginkitError(
            f"key name {name!r} is not usable",
            hint="use 1 to 63 of a-z, A-Z, 0-9, '-' and '_', as TOML writes bare keys",
        )
    private = out or Path(f"{name}.pem")
    public = private.with_name(f"{private.name.removesuffix('.pem')}.pub.pem")
    for path in (private, public):
        if os.path.lexists(path):
            raise PluginkitError(
                f"{path} exists, and a key that is overwritten is lost", hint="name another file with --out"
            )
    secret, shown = generate(password)
    files.create(private, secret, mode=0o600, synced=True)
    try:
        files.create(public, shown)
    except BaseException:
        files.discard(private)
        raise
    entry = f'[keys.{name}]\npublic-key = "{to_text(parse_public(shown.decode()))}"\nmay-sign = ["*"]\n'
    return Generated(private, public, entry, private.name in (files_at(private.resolve().parent) or ()))
