"""Which Builder serves which language."""

from pluginkit.backends.protocol import Builder
from pluginkit.backends.python.building.builder import PythonBuilder
from pluginkit.core.errors import PluginkitError

BUILDERS: dict[str, type[Builder]] = {"python": PythonBuilder}


def builder(language: str) -> Builder:
    """Return the Builder of `language`, or raise PluginkitError."""
    if language not in BUILDERS:
        raise PluginkitError(f"workspaces in {language} cannot be built yet", hint="this version builds Python")
    return BUILDERS[language]()
