"""What it takes to mend a plugin that a rule refuses: a rebuild, an edit of its sources, or another host."""

from __future__ import annotations

from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from pluginkit.core.verdict import Finding

    Remedy = Literal["rebuild", "edit", "api", "host", "none"]

REMEDIES: Mapping[str, Remedy] = {
    "PK101": "rebuild", "PK102": "rebuild", "PK103": "rebuild", "PK104": "rebuild", "PK105": "rebuild",
    "PK106": "host", "PK107": "edit",
    "PK201": "rebuild", "PK202": "rebuild", "PK203": "rebuild", "PK204": "rebuild",
    "PK301": "api", "PK302": "api", "PK303": "api", "PK304": "edit", "PK305": "host", "PK307": "none",
    "PK401": "rebuild", "PK402": "rebuild", "PK403": "rebuild", "PK404": "rebuild", "PK405": "rebuild",
    "PK406": "rebuild", "PK407": "host", "PK408": "rebuild", "PK409": "edit", "PK410": "edit", "PK411": "rebuild",
    "PK412": "host", "PK413": "none",
    "PK501": "edit", "PK502": "edit", "PK503": "edit", "PK504": "edit", "PK505": "edit", "PK506": "none",
    "PK507": "edit", "PK508": "edit", "PK509": "none", "PK510": "none", "PK511": "rebuild", "PK512": "edit",
    "PK513": "edit", "PK514": "none", "PK515": "none", "PK520": "edit",
    "PK601": "rebuild", "PK602": "rebuild", "PK603": "rebuild", "PK604": "rebuild",
    "PK701": "none", "PK702": "none",
}  # fmt: skip
"""By code what mends it. `rebuild`: unchanged sources, built (or signed) again, with the host's toolchain and flags and
where it runs. `edit`: of sources, or of what the project says of itself. `api`: a rebuild, unless what changed in the
API concerns what the plugin uses. `host`: nothing that a plugin could do; it is wrong on the host's side, or where the
host runs. `none`: it only warns."""
_PYTHON_EDITS = ("PK404",)
"""Of Python another remedy: requirements stand in the plugin's `pyproject.toml`, and Go's versions are the build's."""


def remedy(finding: Finding, language: str) -> Remedy:
    """Return what mends a finding about a plugin of that language."""
    if language == "python":
        if finding.code in _PYTHON_EDITS:
            return "edit"
        if finding.code == "PK403" and finding.message.startswith("requires"):  # `requires-python`; else a tag
            return "edit"
    return REMEDIES[finding.code]
