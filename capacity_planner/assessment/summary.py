"""The county's sums, its indicators, and what the assessment itself must point out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capacity_planner.assessment.case import counts, truths
from capacity_planner.calculator import pooled_requirement, share, shortfall_parts
from capacity_planner.errors import Complaint

if TYPE_CHECKING:
    from capacity_planner.assessment.case import Case
    from capacity_planner.assessment.supply import Migrants, Served
    from capacity_planner.calculator import Counted

__all__ = ["indicators", "noticed", "totals"]


def totals(case: Case, served: Served, migrants: Migrants, counted: Counted) -> dict[str, int]:
    """Return the county's sums in whole numbers, slots unless the name says otherwise."""
    need = np.maximum(served.required, 0)
    in_reach, out_of_reach = shortfall_parts(need, served.attributed, served.reached)
    together = np.zeros(len(need), dtype=np.int64)
    pooled = pooled_requirement(case.population, case.rule, case.ratios, together, 1)
    rural = case.category == "rural"
    placed = np.array([point is not None for point in case.points], dtype=bool)
    required, attributed = int(need.sum()), int(served.attributed.sum())
    supply = int(counted.slots.sum())
    return {
        "zones": len(need),
        "population": int(case.population.sum()),
        "population_urban": int(case.population[~rural].sum()),
        "population_rural": int(case.population[rural].sum()),
        "required": required,
        "required_pooled": int(pooled[0]),
        "counted": supply,
        "attributed": attributed,
        "unused": supply - attributed,
        "in_reach": int(in_reach.sum()),
        "out_of_reach": int(out_of_reach.sum()),
        "shortfall": required - attributed,
        # Over the whole county nobody competes from outside, so the range is a single number.
        "shortfall_certain": required - attributed,
        "shortfall_possible": required - attributed,
        "pipeline": int(counted.pipeline.sum()),
        "without_place": int(counted.slots[~placed].sum()),
        "without_township": int(counted.slots[case.facility_township < 0].sum()),
        "migrant_required": int(np.maximum(migrants.required, 0).sum()),
        "migrant_shortfall_certain": migrants.county[0],
        "migrant_shortfall_at_risk": migrants.county[1],
    }


def indicators(case: Case, served: Served, counted: Counted) -> pd.DataFrame:
    """Return the county's indicators, each with numerator, denominator, value and unit.

    Returns
    -------
    pandas.DataFrame
        Columns indicator, numerator, denominator, value, unit; a value is empty where its
        denominator is 0 or unknown.
    """
    tables = case.county.tables
    facilities = tables.facilities
    counts_now = counted.slots > 0
    supply, residents = int(counted.slots.sum()), int(case.population.sum())
    children = counts(tables.zones["children_u3"])
    enrolled = counts(facilities["enrolled_u3"])
    known_enrolment = counts_now & (enrolled >= 0)
    inclusive = truths(facilities["inclusive"], unknown=False)
    demonstration = truths(facilities["demonstration"], unknown=False) & counts_now
    rows = [
        ("slots_per_1000", supply * 1000, residents, "slots per 1,000 residents"),
        ("residents_in_reach", int(case.population[served.reached].sum()), residents, "share"),
        (
            "enrolment_rate",
            int(enrolled[known_enrolment].sum()),
            int(children.sum()) if (children >= 0).all() else 0,
            "share",
        ),
        ("inclusive_share", int(counted.slots[inclusive].sum()), supply, "share"),
        ("demonstration_institutions", int(demonstration.sum()), 1, "institutions"),
    ]
    columns = ["indicator", "numerator", "denominator", "value", "unit"]
    valued = [(name, over, under, share(over, under), unit) for name, over, under, unit in rows]
    return pd.DataFrame(valued, columns=columns)


def noticed(case: Case, served: Served) -> list[Complaint]:
    """Return what a reader of the figures must know: stand-in rules, zones finer than the rule."""
    found = [
        Complaint(
            "rule_stands_in",
            value=standing.rule.id,
            params={
                "citation": standing.citation("zh"),
                "replaced": standing.replaces.id,
                "as_of": case.as_of.isoformat(),
            },
        )
        for standing in case.standings.values()
        if standing.replaces is not None
    ]
    binding = served.has_number & (case.population > 0)
    alone = (case.county.tables.zones["unit_id"].fillna("") == "").to_numpy()
    small = binding & alone & (served.required == 1) & _needs_less_than_one(case)
    if 2 * small.sum() > max(int(binding.sum()), 1):
        params = {"count": int(small.sum()), "whole": int(binding.sum())}
        found.append(Complaint("zones_finer_than_rule", params=params))
    return [*found, *served.complaints]


def _needs_less_than_one(case: Case) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return the zones whose exact product of population and ratio is below one slot."""
    below = np.zeros(len(case.population), dtype=bool)
    for position, ratio in enumerate(case.ratios):
        at = case.rule == position
        below[at] = case.population[at] * ratio.numerator < ratio.denominator
    return below
