"""From tables to the arrays of a decision: who could serve whom, at what size and cost, who is first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capacity_planner.assessment import assess
from capacity_planner.assessment.case import counts
from capacity_planner.attribution import Pairs
from capacity_planner.calculator import migrant_requirement
from capacity_planner.planning.building import build_sites
from capacity_planner.siting import Problem

if TYPE_CHECKING:
    from capacity_planner.assessment import Gaps
    from capacity_planner.county import SitingPlan
    from capacity_planner.planning.options import Options

__all__ = ["changed_choices", "make_problem"]


def make_problem(gaps: Gaps, options: Options, settings: SitingPlan) -> Problem:
    """Return the arrays of the decision: pairs by the very rules of the assessment.

    Parameters
    ----------
    gaps
        What is missing.
    options
        Those that may be taken.
    settings
        Which zones come first, whether new sites take migrant workers' children.

    Returns
    -------
    Problem
        Costs in fen.
    """
    zones, facilities = gaps.zones, gaps.facilities
    required = zones["required"].fillna(0).to_numpy(dtype=np.int64)
    needed = migrant_requirement(
        counts(zones["required"]), counts(zones["migrant_u3"]), counts(zones["children_u3"])
    )
    unknown = gaps.choices.unknown_accepts_migrants == "yes"
    takes = facilities["accepts_migrants"].fillna(unknown).to_numpy(dtype=bool)
    owner = facilities["facility_id"].reset_index(drop=True)
    grown = pd.Index(owner).get_indexer(pd.Index(options.frame["facility_id"]))
    more = np.full(len(options.frame), settings.accepts_migrants)
    return Problem(
        pairs=gaps.pairs,
        slots=facilities["counted_slots"].to_numpy(dtype=np.int64),
        required=required,
        option_pairs=_option_pairs(gaps, options),
        sizes=options.sizes,
        fixed_cost=options.money("fixed_cost"),
        cost_per_slot=options.money("cost_per_slot"),
        served=zones["attributed"].fillna(0).to_numpy(dtype=np.int64),
        first=_first(gaps, settings, required),
        migrant=np.maximum(needed, 0),
        accepts=takes,
        option_accepts=np.where(grown >= 0, takes[grown], more) if len(takes) else more,
    )


def _first(gaps: Gaps, settings: SitingPlan, required: np.ndarray[Any, Any]) -> Any:  # noqa: ANN401
    """Return the zones that come first: all, or those whose want of slots is a duty."""
    needs = required > 0
    if settings.close == "all":
        return needs
    zones = gaps.zones
    bound = (zones["category"] == "new") | ~zones["has_facility"].astype("boolean").fillna(
        value=False
    )
    return needs & bound.to_numpy(dtype=bool)


def _option_pairs(gaps: Gaps, options: Options) -> Pairs:
    """Return who each option could serve: the assessment's own pairs, were every option built."""
    frame, zones = options.frame, len(gaps.zones)
    if not len(frame):
        none = np.zeros(0, dtype=np.int64)
        return Pairs(none, none, none, 0, zones)
    trial = frame.rename(columns={"option_id": "site_id"}).assign(slots=frame["max_slots"])
    built = build_sites(gaps.county, trial, accepts_migrants=True)
    reached = assess(built, as_of=gaps.as_of, **changed_choices(gaps))
    ids = reached.facilities["facility_id"].to_numpy()[reached.pairs.facility]
    own = np.where(frame["kind"] == "expand", frame["facility_id"], frame["option_id"])
    numbered = pd.Series(np.arange(len(frame)), index=own)
    at = numbered.reindex(ids).fillna(-1).to_numpy(dtype=np.int64)
    keep = at >= 0
    return Pairs.nearest(
        at[keep],
        reached.pairs.zone[keep],
        reached.pairs.distance_m[keep],
        n_facilities=len(frame),
        n_zones=zones,
    )


def changed_choices(gaps: Gaps) -> dict[str, object]:
    """Return the choices that were changed for an assessment, to be changed again.

    Parameters
    ----------
    gaps
        The assessment.

    Returns
    -------
    dict
        Choice to value.
    """
    told = gaps.choices.origin
    return {name: getattr(gaps.choices, name) for name in told if told[name] == "command"}
