"""The rules by date, and the choices that they leave open, as data with their citations.

``policies/*.toml`` hold what documents say; :func:`load_policy` checks a file whole and
:meth:`Policy.standing` answers which value counts on a day. A rule asked for outside its life
raises unless the policy names a file that stands in for it.
"""

from capacity_planner.policy.choices import Choice, ChoiceValue, Practice, load_choices
from capacity_planner.policy.known import KNOWN_RULES, KnownRule
from capacity_planner.policy.loading import load_policy, shipped_policies
from capacity_planner.policy.register import Policy
from capacity_planner.policy.rules import Document, Rule, Standing, announce

__all__ = [
    "KNOWN_RULES",
    "Choice",
    "ChoiceValue",
    "Document",
    "KnownRule",
    "Policy",
    "Practice",
    "Rule",
    "Standing",
    "announce",
    "load_choices",
    "load_policy",
    "shipped_policies",
]
