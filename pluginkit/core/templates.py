"""Where the templates are: in the package as it is installed, beside it in a checkout."""

from pathlib import Path

import pluginkit
from pluginkit.core.errors import PluginkitError
from pluginkit.core.names import nearest


def templates(language: str) -> Path:
    """Return the directory of a language's templates; PluginkitError for one that has none."""
    package = Path(pluginkit.__file__).parent
    root = next(path for path in (package / "templates", package.parent / "templates") if path.is_dir())
    known = sorted(path.parent.name for path in root.glob("*/template"))
    if language not in known:
        raise PluginkitError(
            f"there is no template for language {language!r}{nearest(language, known)}",
            hint=f"languages with a template: {', '.join(known)}",
        )
    return root / language
