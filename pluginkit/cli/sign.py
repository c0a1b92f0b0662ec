"""`pluginkit sign`: one more signature."""

import argparse

from pluginkit.cli.options import key_of
from pluginkit.cli.printing import count, shown
from pluginkit.core.errors import PluginkitError
from pluginkit.core.key_mark import KEY
from pluginkit.operations.sign import sign as operation


def sign(args: argparse.Namespace) -> int:
    """Sign a release or an artifact, and say what was written."""
    key = key_of(args.key)
    if key is None:
        raise PluginkitError("no key to sign with", hint=f"name its file with --key, or put the key into ${KEY}")
    made = operation(args.target, key, args.out)
    done = "signed" if made.changed else "signed before, and unchanged:"
    print(f"{done} {shown(made.place)} with the key {key.keyid[:12]}..., {count(made.signers, 'signature')}")
    return 0
