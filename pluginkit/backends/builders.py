"""Which Builder serves which language."""

from collections.abc import Callable

from pluginkit.backends.protocol import Builder


def _go() -> Builder:
    from pluginkit.backends.go.building.builder import GoBuilder

    return GoBuilder()


def _python() -> Builder:
    from pluginkit.backends.python.building.builder import PythonBuilder

    return PythonBuilder()


BUILDERS: dict[str, Callable[[], Builder]] = {"python": _python, "go": _go}


def builder(language: str) -> Builder:
    """Return the Builder of a language of `BUILDERS`, imported when first asked."""
    return BUILDERS[language]()
