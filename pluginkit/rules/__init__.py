"""What is refused, one family a file; a rule is a value, and one function decides by all of them."""

from pluginkit.rules.deciding import RULES, decide
from pluginkit.rules.rule import Rule

__all__ = ["RULES", "Rule", "decide"]
