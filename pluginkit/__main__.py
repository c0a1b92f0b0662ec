"""`python -m pluginkit`."""

from pluginkit.cli import program

program()
