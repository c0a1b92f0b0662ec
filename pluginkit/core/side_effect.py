"""What a plugin does while it is being loaded, and should leave to the host's call."""

from collections.abc import Mapping

from pluginkit.core.frozen import record

KINDS: Mapping[str, str] = {
    "file": "reads or changes files",
    "network": "uses the network",
    "process": "starts or signals a process",
    "database": "opens or uses a database",
    "registration": "registers with, or changes, what the whole process shares",
    "host": "calls into the API before the host has the plugin",
    "plugin": "opens another plugin",
    "wait": "keeps the host waiting",
    "background": "starts something that goes on beside the host",
    "exit": "can end the host's process",
    "fatal": "is certain to stop the load, or the host itself",
}
"""Every kind of side effect, and what a finding says of it."""


@record
class SideEffect:
    """One call in an initialiser, or in what an initialiser calls."""

    file: str
    """POSIX path relative to the workspace."""
    line: int
    """Counted from 1."""
    call: str
    """What is called, by its qualified name: `os.ReadFile`, `subprocess.run`."""
    kind: str
    """One of `KINDS`."""
