"""language, provider -> a CI workflow in a workspace: build, verify, keep and attest the release."""

from pathlib import Path

from pluginkit.core.errors import PluginkitError
from pluginkit.core.files import write_atomic
from pluginkit.core.templates import templates

PROVIDERS = {
    "github": ("template/.github/workflows/pluginkit.yml", ".github/workflows/pluginkit.yml"),
    "gitlab": ("gitlab-ci.yml", ".gitlab-ci.yml"),
}
"""Where the workflow lies among a language's templates, and in a workspace."""


def add_workflow(root: Path, language: str, provider: str) -> Path:
    """Write the workflow for `provider` (a key of PROVIDERS) and return its path.

    Raises PluginkitError, and leaves it, where another file is in the way.
    """
    source, target = PROVIDERS[provider]
    data, path = (templates(language) / source).read_bytes(), root / target
    if path.exists() and path.read_bytes() != data:
        raise PluginkitError(f"{path} is there already", hint="move it away, and compare the two")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, data)
    return path
