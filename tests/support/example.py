"""The example monorepos of this checkout, which somebody may have built, installed or tested there."""

import shutil
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "example_monorepo"
_LEFT_BY_TOOLS = (
    "dist", "build", ".pluginkit", ".venv", "uv.lock", "__pycache__", "*.pyc", "*.egg-info", ".*_cache", ".coverage*",
)  # fmt: skip


def copy_example(language: str, target: Path) -> Path:
    """Copy an example as git has it; return the copy."""
    return shutil.copytree(EXAMPLES / language, target, ignore=shutil.ignore_patterns(*_LEFT_BY_TOOLS))
