"""`pluginkit keygen`: a new pair of keys, and what to write where."""

import argparse
import os
import shlex
import sys
from getpass import getpass

from pluginkit.cli.printing import complain, shown
from pluginkit.core.errors import PluginkitError
from pluginkit.core.key_mark import PASSWORD
from pluginkit.operations import keygen as operation


def keygen(args: argparse.Namespace) -> int:
    """Make a key pair, and print the lines with which a host trusts it."""
    made = operation.keygen(args.name, args.out, _password(ask=not args.no_password))
    print(f"made {shown(made.private)}: the private key, which signs; whoever reads it can sign in your name")
    print(f"made {shown(made.public)}: the public key")
    print(f"\nin trust.toml, for `verify --trust`:\n\n{made.entry}")
    print(
        f"or in pluginkit.toml, for every host that is built:\n\n{made.entry.replace('[keys.', '[trust.keys.')}", end=""
    )
    if made.would_be_committed:
        complain(f"warning: git would commit {shown(made.private)}")
        complain(f"hint: move it out of the repository: `mv {shlex.quote(str(made.private))} ~/`")
    return 0


def _password(*, ask: bool) -> str:
    """Return the password of the environment, else one that is asked for at a terminal; empty for none."""
    if PASSWORD in os.environ:
        return os.environ[PASSWORD]
    if not ask or not sys.stdin.isatty():
        return ""
    first = getpass("password of the private key (empty for none): ")
    if first and getpass("the same password again: ") != first:
        raise PluginkitError("the passwords differ", hint="run the command again")
    return first
