"""The JSON schema of `[tool.pluginkit]`, for editors and for validate-pyproject."""

import json
from pathlib import Path
from typing import Any


def tool_schema(tool: str = "pluginkit") -> dict[str, Any]:
    """Return the schema (JSON Schema draft 7); entry point of the group `validate_pyproject.tool_schema`."""
    schema: dict[str, Any] = json.loads((Path(__file__).parent / f"{tool}.schema.json").read_text(encoding="utf-8"))
    return schema
