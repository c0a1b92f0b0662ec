"""What is refused, one family a file; a rule is a value, and one function decides by all of them."""

from pluginkit.rules.judge import RULES, check_ignores, decide, judge, judge_apart
from pluginkit.rules.rule import Rule

__all__ = ["RULES", "Rule", "check_ignores", "decide", "judge", "judge_apart"]
