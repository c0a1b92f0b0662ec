"""JSON schemas: of `[tool.pluginkit]`, for editors and validate-pyproject, and of the reports in JSON."""

import json
from pathlib import Path
from typing import Any


def tool_schema(tool: str = "pluginkit") -> dict[str, Any]:
    """Return the schema (JSON Schema draft 7); entry point of the group `validate_pyproject.tool_schema`."""
    return _read(f"{tool}.schema.json")


def verdicts_schema() -> dict[str, Any]:
    """Return the schema of `pluginkit verify --output-format json` (JSON Schema draft 7)."""
    return _read("verdicts.schema.json")


def upgrade_schema() -> dict[str, Any]:
    """Return the schema of `pluginkit fleet --upgrade-to HOST --output-format json` (JSON Schema draft 7)."""
    return _read("upgrade.schema.json")


def plan_schema() -> dict[str, Any]:
    """Return the schema of `pluginkit plan --format json` (JSON Schema draft 7)."""
    return _read("plan.schema.json")


def trials_schema() -> dict[str, Any]:
    """Return the schema of `pluginkit test --output-format json` (JSON Schema draft 7)."""
    return _read("trials.schema.json")


def diff_schema() -> dict[str, Any]:
    """Return the schema of `pluginkit diff --output-format json` (JSON Schema draft 7)."""
    return _read("diff.schema.json")


def fleet_schema() -> dict[str, Any]:
    """Return the schema of `pluginkit fleet --output-format json` (JSON Schema draft 7)."""
    return _read("fleet.schema.json")


def _read(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
    return schema
