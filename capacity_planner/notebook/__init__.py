"""What an analyst holds in a notebook: a county and results that show, explain and draw themselves.

The functions are those of the rooms below with results that know how to present themselves; nothing
is computed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from capacity_planner import assessment, loaders, planning
from capacity_planner.notebook.pictures import Picture
from capacity_planner.notebook.shown import (
    ShownCounty,
    ShownExplanation,
    ShownGaps,
    ShownOutlook,
    ShownPlan,
)

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from capacity_planner.assessment import Gaps
    from capacity_planner.county import County, CountyFolder

__all__ = [
    "Picture",
    "ShownCounty",
    "ShownExplanation",
    "ShownGaps",
    "ShownOutlook",
    "ShownPlan",
    "assess",
    "forecast",
    "load_county",
    "site",
]


def load_county(name_or_path: str | Path | CountyFolder) -> ShownCounty:
    """Return a county ready to be assessed; in a cell it says what was read and what was mended.

    Parameters
    ----------
    name_or_path
        Name of a shipped county, path of a county folder, or a folder opened before.

    Returns
    -------
    ShownCounty
        As :func:`capacity_planner.loaders.load_county` gives it.

    Raises
    ------
    CountyError
        If the folder or its ``county.toml`` cannot be used.
    PolicyError
        If its policy cannot be used.
    InputError
        If anything in its files is an error; it carries repairs and warnings too.

    Examples
    --------
    >>> import capacity_planner as cp
    >>> cp.load_county("dazhu").name
    '大竹县'
    """
    return ShownCounty.of(loaders.load_county(name_or_path))


def assess(county: County, *, as_of: date | None = None, **choices: object) -> ShownGaps:
    """Return how many slots the rules require, what is served and what is missing.

    Parameters
    ----------
    county
        From :func:`load_county`.
    as_of
        Date for rules and slots; by default the county's own.
    **choices
        Choices to change, such as ``radius_m=500`` or ``basis="statistical"``.

    Returns
    -------
    ShownGaps
        Frozen; the same input gives the same tables. See :func:`capacity_planner.assessment.assess`.

    Raises
    ------
    RuleNotInForceError
        If at ``as_of`` neither a ratio nor a rule that stands in for it is in force.
    CountyError
        If a choice is unknown or its value is not allowed.
    BrokenLawError
        If slots or people do not add up: a fault of the program.

    Examples
    --------
    >>> import capacity_planner as cp
    >>> gaps = cp.assess(cp.load_county("dazhu"), radius_m=500)
    >>> gaps.explain("SYN-Z-001-001").id
    'SYN-Z-001-001'
    """
    return ShownGaps.of(assessment.assess(county, as_of=as_of, **choices))


def forecast(
    county: County, scenario: str | None = None, *, horizon: int | None = None, **choices: object
) -> ShownOutlook:
    """Return the county's assessments at the end of each year to a horizon.

    Parameters
    ----------
    county
        From :func:`load_county`, with ``[forecast]`` in its file.
    scenario
        Name of a scenario; ``middle`` or the first one if not given.
    horizon
        Last year; by default that of ``[forecast]``.
    **choices
        Choices to change, such as ``radius_m=500``.

    Returns
    -------
    ShownOutlook
        As :func:`capacity_planner.planning.forecast` gives it; each year is a :class:`ShownGaps`.

    Raises
    ------
    CountyError
        If the county has no forecast section, or not this scenario.
    RuleNotInForceError
        If in some year no ratio is in force.
    """
    return ShownOutlook.of(planning.forecast(county, scenario, horizon=horizon, **choices))


def site(gaps: Gaps, **settings: object) -> ShownPlan:
    """Return where the missing slots go: the best plan of the county's options, with proof.

    Parameters
    ----------
    gaps
        What is missing at a date, or in a year of a forecast (``outlook.years[2027]``).
    **settings
        Keys of ``[siting]`` in ``county.toml`` to change, such as ``mode="budget"``,
        ``budget=5_000_000``, ``close="all"``, ``alternatives=3``.

    Returns
    -------
    ShownPlan
        As :func:`capacity_planner.planning.site` gives it.

    Raises
    ------
    CountyError
        If a setting is unknown, an option has no cost, or ``mode="budget"`` has no budget.
    BrokenLawError
        If the assessment with the sites built differs from what the plan promises.
    """
    return ShownPlan.of(planning.site(gaps, **settings))
