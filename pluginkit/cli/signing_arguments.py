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
