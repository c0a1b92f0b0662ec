"""The arguments of `keygen` and `sign`."""

from __future__ import annotations

import argparse
from pathlib import Path

KEYGEN = "make a pair of keys to sign releases with"
KEYGEN_DETAIL = (
    "Make an Ed25519 key pair and print the lines with which a host trusts it. The private key gets a password where "
    "one is typed, or stands in $PLUGINKIT_SIGNING_PASSWORD. Nothing is overwritten."
)


def add_keygen(keygen: argparse.ArgumentParser) -> None:
    """Add what `keygen` takes."""
    keygen.add_argument("name", nargs="?", default="release", metavar="NAME", help="of the key (default: release)")
    keygen.add_argument("--out", type=Path, metavar="FILE", help="of the private key (default: NAME.pem)")
    keygen.add_argument("--no-password", action="store_true", help="do not ask for a password")


SIGN = "add a signature to a release, or to an artifact that anyone built"
SIGN_DETAIL = (
    "Add a signature in place: of a release to release.sig.json, of an artifact to the envelope beside its stamp. "
    "With --out the stamps of a release are signed too, which makes another release."
)


def add_sign(sign: argparse.ArgumentParser) -> None:
    """Add what `sign` takes."""
    sign.add_argument(
        "target", type=Path, metavar="RELEASE | ARTIFACT", help="a release, a workspace, a wheel or a Go plugin"
    )
    sign.add_argument(
        "--key", type=Path, metavar="KEY", help="file of the private key (default: the key in $PLUGINKIT_SIGNING_KEY)"
    )
    sign.add_argument("--out", type=Path, metavar="DIR", help="write a new release there, with every stamp signed")
