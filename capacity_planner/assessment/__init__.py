"""From a loaded county to its gaps: requirement, supply, attribution, duty and checks."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from capacity_planner.assessment.case import Case
from capacity_planner.assessment.frames import (
    facility_table,
    link_table,
    township_table,
    zone_table,
)
from capacity_planner.assessment.laws import check_laws
from capacity_planner.assessment.result import Gaps, complaint_table
from capacity_planner.assessment.summary import indicators, noticed, totals
from capacity_planner.assessment.supply import check_migrants, count_supply, serve
from capacity_planner.memory import release_memory

if TYPE_CHECKING:
    from datetime import date

    from capacity_planner.county import County

__all__ = ["Gaps", "assess", "complaint_table"]


def assess(county: County, *, as_of: date | None = None, **choices: object) -> Gaps:
    """Return how many slots the rules require, what is served and what is missing.

    Parameters
    ----------
    county
        From :func:`capacity_planner.loaders.load_county`.
    as_of
        Date for rules and slots; by default the county's own.
    **choices
        Choices to change, such as ``radius_m=500`` or ``basis="statistical"``.

    Returns
    -------
    Gaps
        Frozen; the same input gives the same tables.

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
    >>> gaps = cp.assess(cp.load_county("dazhu"))
    >>> gaps.totals["population"]
    841960
    """
    case = Case(
        county=county,
        as_of=as_of or county.as_of,
        choices=county.with_choices(**choices).choices,
    )
    counted = count_supply(case)
    served = serve(case, counted.slots)
    migrants = check_migrants(case, served, counted.slots)
    release_memory()
    zones = zone_table(case, served, migrants, counted)
    gaps = Gaps(
        county=county,
        as_of=case.as_of,
        choices=case.choices,
        standings=case.rules_used,
        zones=zones,
        townships=township_table(case, zones, served, migrants, counted),
        facilities=facility_table(case, served, counted),
        links=link_table(case, served),
        pairs=served.pairs,
        inner_xy=served.inner_xy,
        totals=MappingProxyType(totals(case, served, migrants, counted)),
        indicators=indicators(case, served, counted),
        problems=(*county.tables.complaints, *noticed(case, served)),
    )
    check_laws(gaps)
    return gaps
