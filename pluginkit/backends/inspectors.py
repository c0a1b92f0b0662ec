"""Which Inspector reads artifacts of which language. Nothing here can reach a toolchain."""

from pluginkit.backends.protocol import Inspector
from pluginkit.backends.python.inspector import PythonInspector

INSPECTORS: dict[str, Inspector] = {"python": PythonInspector()}
