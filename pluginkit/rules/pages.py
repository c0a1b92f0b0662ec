"""The rules' pages: one by one, and all of them as RULES.md."""

from pluginkit.core.errors import PluginkitError
from pluginkit.core.names import nearest
from pluginkit.rules.judge import FAMILIES, OF_SHARED_MEMORY, RULES
from pluginkit.rules.rule import Rule

_HEAD = """\
# Rules

What `pluginkit verify` and the loader refuse, and why. Each page can be had with `pluginkit explain CODE`.
Codes are never reused. An error refuses the artifact, a warning does not. This file is generated from the rules.
"""


_APART = "It does not apply to Go plugins of mode `subprocess` or `wasm`, which share no memory with their host."


def page(wanted: str) -> str:
    """Return the page of the rule with that code or name, in Markdown, ending in a newline.

    Raises PluginkitError for an unknown one, naming the nearest known.
    """
    for rule in RULES:
        if wanted.upper() == rule.code or wanted.lower() == rule.name:
            return f"{_title(rule)}\n\n{_text(rule)}\n"
    known = [*(rule.code for rule in RULES), *(rule.name for rule in RULES)]
    guess = nearest(wanted.upper(), known) or nearest(wanted.lower(), known)
    raise PluginkitError(f"there is no rule {wanted!r}{guess}", hint="`pluginkit explain` lists the rules")


def pages() -> dict[str, tuple[str, str]]:
    """Return by code the name of each rule, and its page in Markdown."""
    return {rule.code: (rule.name, _text(rule)) for rule in RULES}


def render_rules() -> str:
    """Return RULES.md: an index by family, then every page."""
    parts = [_HEAD, _index()]
    parts += [f"## {_title(rule)}\n\n{_text(rule)}\n" for rule in RULES]
    return "\n".join(parts)


def _index() -> str:
    lines = []
    for family in FAMILIES:
        lines.append(f"- {(family.__doc__ or '').strip()}")
        members = [value for value in vars(family).values() if isinstance(value, Rule)]
        lines += [f"  - [{_title(rule)}](#{_anchor(rule)})" for rule in sorted(members, key=lambda rule: rule.code)]
    return "\n".join(lines) + "\n"


def _text(rule: Rule) -> str:
    """Return a rule's page, with what it leaves out unless it says that itself."""
    said = rule.code not in OF_SHARED_MEMORY or "`subprocess`" in rule.page
    return rule.page if said else f"{rule.page}\n\n{_APART}"


def _title(rule: Rule) -> str:
    return f"{rule.code} {rule.name}"


def _anchor(rule: Rule) -> str:
    return _title(rule).lower().replace(" ", "-")
