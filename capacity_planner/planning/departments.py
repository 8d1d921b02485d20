"""Who acts: the departments that the policy gives a way of closing a shortfall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from capacity_planner.texts import label

if TYPE_CHECKING:
    from capacity_planner.assessment import Gaps
    from capacity_planner.texts import Lang

__all__ = ["departments", "way_of"]

_WHO: Final = {
    "own_building": ("department_housing", "department_land"),
    "idle_land": ("department_land", "department_housing"),
    "build": ("department_land", "department_housing"),
    "expand": ("department_health",),
    "purchase": ("department_health", "department_housing"),
    "swap": ("department_health", "department_housing"),
    "lease": ("department_health",),
    "freed": ("department_health",),
    "none": ("department_land", "department_health"),
}
"""Whose task each way is, as rules of the policy (the opinion's annex)."""


def way_of(kind: str, premises: str, means: str) -> str:
    """Return the way in which an option closes a shortfall: one of those that departments share out.

    Parameters
    ----------
    kind, premises, means
        As options and sites have them.

    Returns
    -------
    str
        ``own_building``, ``idle_land`` or the means.

    Examples
    --------
    >>> way_of("candidate", "idle_land", "build"), way_of("candidate", "school", "lease")
    ('idle_land', 'lease')
    """
    if kind == "own_building":
        return "own_building"
    return "idle_land" if premises == "idle_land" else means


def departments(gaps: Gaps, way: str, lang: Lang) -> tuple[str, str]:
    """Return the departments' names and where the policy gives them the task.

    Parameters
    ----------
    gaps
        For the policy and the day.
    way
        From :func:`way_of`, or ``freed`` or ``none``.
    lang
        Language of the names.

    Returns
    -------
    tuple of str
        Names and citations; a text that says so where the rules name nobody.
    """
    names, clauses = [], []
    for rule_id in _WHO[way]:
        standing = gaps.county.policy.find(rule_id, gaps.as_of)
        if standing is None:
            continue
        said = standing.rule.zh if lang == "zh" else standing.rule.en
        names.append(said.split("：" if lang == "zh" else ":")[0])
        clauses.append(standing.citation(lang))
    joint = "、" if lang == "zh" else ", "
    unknown = label("action.no_department", lang)
    return joint.join(names) or unknown, joint.join(dict.fromkeys(clauses))
