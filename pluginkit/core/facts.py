"""What went into an artifact beside its sources, told so that two builds can be held against each other."""

from collections.abc import Mapping

from pluginkit.core.canonical import canonical_json
from pluginkit.core.digest import sha256
from pluginkit.core.model import BuildStep


def facts_of(step: BuildStep, lock_digest: str) -> Mapping[str, str]:
    """Return what goes into an artifact beside its sources, in a few words or a digest each."""
    found = {"lock": lock_digest[:19]}
    for key, value in step.said.items():
        if key == "apis":
            found |= {f"api {api['name']}": f"{api['version']} {api['digest']}" for api in value}
        elif key == "toolchain":
            found |= {f"toolchain {name}": text for name, text in value.items()}
        else:
            found[key] = value if isinstance(value, str) else sha256(canonical_json(value))[:19]
    return found
