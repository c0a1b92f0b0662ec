"""How the members of each language are read: by looking at files, never by starting a tool."""

from pluginkit.backends.language import language, resolve
from pluginkit.backends.protocol import Members


def members(name: str, where: str = "") -> Members:
    """Return the Members of a language. Raises PluginkitError for an unknown one; `where` says who named it."""
    found: Members = resolve(language(name, where).members)
    return found
