"""Libraries that only an extra brings, imported where they are used."""

import importlib
from types import ModuleType

from pluginkit.core.errors import PluginkitError
from pluginkit.core.toolkit import NAME


def from_extra(module: str, purpose: str, extra: str = "build") -> ModuleType:
    """Import and return `module`; raises PluginkitError that names the extra to install, saying `purpose` needs it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise PluginkitError(
            f"{purpose} needs {module}, which is not installed", hint=f"install the extra: `{NAME}[{extra}]`"
        ) from None
