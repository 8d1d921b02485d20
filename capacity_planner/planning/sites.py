"""From a shortfall to a plan: options, the solver, and a fresh assessment with the sites built."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from capacity_planner.assessment import Gaps, assess
from capacity_planner.assessment.case import counts
from capacity_planner.attribution import Pairs
from capacity_planner.calculator import migrant_requirement
from capacity_planner.county import SitingPlan
from capacity_planner.errors import BrokenLawError, CountyError
from capacity_planner.planning.building import build_sites
from capacity_planner.planning.opening import years_of_opening
from capacity_planner.planning.options import Options, make_options
from capacity_planner.settings import check
from capacity_planner.siting import (
    Problem,
    Solution,
    alternatives,
    least_cost,
    most_closed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

__all__ = ["SITE_COLUMNS", "Plan", "site"]

SITE_COLUMNS: Final = (
    "site_id",
    "option_id",
    "kind",
    "means",
    "premises",
    "name",
    "township_code",
    "township",
    "zone_id",
    "facility_id",
    "candidate_id",
    "slots",
    "attributed_slots",
    "cost",
    "cost_source",
    "available_on",
    "opens_in",
    "floor_m2",
    "land_m2",
    "area_source",
    "data_status",
)
"""Columns of :attr:`Plan.sites`; cost in yuan, areas in m² (empty where the county gives none)."""

_FEN: Final = 100
_DUTIES: Final = ("build_with_housing", "provide_by_deadline")


@dataclass(frozen=True)
class Plan:
    """Sites for new slots, what they close, what they cost and how good the plan is proven to be.

    Parameters
    ----------
    before, after
        The assessment that the plan is for, and the same county assessed with the sites built.
    sites
        One row a site, :data:`SITE_COLUMNS` and points in the measuring CRS.
    options
        Everything that could be chosen, with what was left out and why.
    settings
        What the plan was made with: the county's ``[siting]`` and what the call changed.
    solution
        Proof: status, bound, gap, linear bound, greedy, seconds.
    alternatives
        Other plans' sites, cheapest first.
    unreachable
        Zones whose shortfall no option can close, with ``missing`` slots.
    """

    before: Gaps
    after: Gaps
    sites: gpd.GeoDataFrame
    options: gpd.GeoDataFrame
    settings: SitingPlan
    solution: Solution
    alternatives: tuple[gpd.GeoDataFrame, ...]
    unreachable: pd.DataFrame

    @cached_property
    def totals(self) -> Mapping[str, int | float | str]:
        """The plan in figures: slots unless the name says otherwise, costs in yuan."""
        duty = self.before.zones["duty"].isin(_DUTIES)
        gained = self.after.totals["attributed"] - self.before.totals["attributed"]
        cost = float(self.sites["cost"].sum())
        slots = self.settings.mode == "budget"
        return MappingProxyType(
            {
                "sites": len(self.sites),
                "slots": int(self.sites["slots"].sum()),
                "cost": cost,
                "closed": gained,
                "shortfall_before": self.before.totals["shortfall"],
                "shortfall_after": self.after.totals["shortfall"],
                "duty_shortfall_before": int(self.before.zones.loc[duty, "shortfall"].sum()),
                "duty_shortfall_after": int(self.after.zones.loc[duty, "shortfall"].sum()),
                "unreachable": int(self.unreachable["missing"].sum()),
                "migrant_certain_before": self.before.totals["migrant_shortfall_certain"],
                "migrant_certain_after": self.after.totals["migrant_shortfall_certain"],
                "status": self.solution.status,
                "gap": self.solution.gap,
                "bound": self.solution.bound if slots else self.solution.bound / _FEN,
                "linear_bound": self.solution.linear if slots else self.solution.linear / _FEN,
                "greedy": self.solution.greedy if slots else self.solution.greedy / _FEN,
            }
        )

    @cached_property
    def townships(self) -> pd.DataFrame:
        """Shortfall before and after, sites, slots and cost by township."""
        columns = ["township_code", "name", "required", "shortfall", "shortfall_certain"]
        table = pd.DataFrame(self.before.townships[columns]).rename(
            columns={"shortfall": "before", "shortfall_certain": "certain_before"}
        )
        table["after"] = self.after.townships["shortfall"].to_numpy()
        table["certain_after"] = self.after.townships["shortfall_certain"].to_numpy()
        table["closed"] = table["before"] - table["after"]
        by_town = self.sites.groupby("township_code")
        for name, sums in {
            "sites": by_town.size(),
            "slots": by_town["slots"].sum(),
            "cost": by_town["cost"].sum(),
        }.items():
            table[name] = table["township_code"].map(sums).fillna(0)
        return table.astype({"sites": "Int64", "slots": "Int64", "cost": "Float64"})

    @cached_property
    def actions(self) -> pd.DataFrame:
        """One sentence a zone with a shortfall, in Chinese and English; see ``actions.csv``."""
        from capacity_planner.planning.actions import list_actions  # noqa: PLC0415 (a circle)

        return list_actions(self)

    def _repr_html_(self) -> str:
        """Return the table of sites for a notebook cell."""
        shown = pd.DataFrame(self.sites.drop(columns="geometry"))
        return str(shown.to_html(index=False, na_rep=""))


def site(gaps: Gaps, **settings: object) -> Plan:
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
    Plan
        Its promise has been checked against a fresh assessment.

    Raises
    ------
    CountyError
        If a setting is unknown, an option has no cost, or ``mode="budget"`` has no budget.
    BrokenLawError
        If the assessment with the sites built differs from what the plan promises.

    Examples
    --------
    >>> import capacity_planner as cp
    >>> plan = cp.site(cp.assess(cp.load_county("dazhu")))
    >>> plan.totals["closed"] == plan.totals["shortfall_before"] - plan.totals["shortfall_after"]
    True
    """
    chosen = _settings(gaps, settings)
    options = make_options(gaps, chosen, by=chosen.deadline)
    problem = _problem(gaps, options.open, chosen)
    solution = _solve(problem, chosen)
    phase = years_of_opening(gaps, options.open, problem, solution.size, chosen)
    sites = _site_table(gaps, options.open, solution.size, phase, chosen)
    after = _rebuilt(gaps, sites, chosen)
    _keep_promise(solution, gaps, after, problem)
    sites["attributed_slots"] = _used(sites, after) - _used(sites, gaps)
    return Plan(
        before=gaps,
        after=after,
        sites=sites,
        options=options.frame,
        settings=chosen,
        solution=solution,
        alternatives=_others(gaps, options.open, problem, solution, chosen),
        unreachable=_unreachable(gaps, problem),
    )


def _used(sites: gpd.GeoDataFrame, gaps: Gaps) -> pd.Series[Any]:
    """Return the slots that zones take from each site in an assessment, 0 where it is not built."""
    given = gaps.facilities.set_index("facility_id")["attributed_slots"]
    found = given.reindex(sites["site_id"]).fillna(0)
    return pd.Series(found.to_numpy(dtype=np.int64), index=sites.index, dtype="Int64")


def _settings(gaps: Gaps, changes: Mapping[str, object]) -> SitingPlan:
    own = gaps.county.source.siting
    given = own.model_dump(exclude_unset=True) if own else {}
    if own and "costs" in given:
        given["costs"] = dict(own.costs)
    chosen = check(SitingPlan, {**given, **changes}, file="[siting]", error=CountyError)
    if chosen.mode == "budget" and chosen.budget is None:
        raise CountyError.of("site_budget_missing", file="[siting]", column="budget")
    return chosen


def _problem(gaps: Gaps, options: Options, settings: SitingPlan) -> Problem:
    """Return the arrays of the decision: pairs by the very rules of the assessment."""
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
    reached = assess(built, as_of=gaps.as_of, **_answers(gaps))
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


def _answers(gaps: Gaps) -> dict[str, object]:
    """Return the choices that were changed for this assessment, to be changed again."""
    told = gaps.choices.origin
    return {name: getattr(gaps.choices, name) for name in told if told[name] == "command"}


def _solve(problem: Problem, settings: SitingPlan) -> Solution:
    seconds, gap = float(settings.time_limit_s), float(settings.gap_percent) / 100
    if settings.mode == "budget":
        budget = int((settings.budget or 0) * _FEN)
        return most_closed(problem, budget, seconds=seconds, gap=gap)
    return least_cost(problem, seconds=seconds, gap=gap)


def _site_table(
    gaps: Gaps,
    options: Options,
    size: np.ndarray[Any, Any],
    opens_in: np.ndarray[Any, Any],
    settings: SitingPlan,
) -> gpd.GeoDataFrame:
    """Return the options taken as sites."""
    taken = np.flatnonzero(size > 0)
    frame = options.frame.iloc[taken].reset_index(drop=True)
    names = gaps.townships.set_index("township_code")["name"]
    slots = pd.Series(size[taken], dtype="Int64")
    grows = frame["kind"] == "expand"
    frame["site_id"] = frame["facility_id"].where(grows, "PLAN-" + frame["option_id"])
    frame["township"] = frame["township_code"].map(names).fillna("")
    frame["slots"] = slots
    frame["attributed_slots"] = pd.array([pd.NA] * len(frame), dtype="Int64")
    frame["cost"] = frame["fixed_cost"] + frame["cost_per_slot"] * slots.astype("Float64")
    frame["opens_in"] = pd.array(opens_in[taken], dtype="Int64")
    frame["opens_in"] = frame["opens_in"].where(frame["opens_in"] > 0)
    for name, each in {
        "floor_m2": settings.floor_m2_per_slot,
        "land_m2": settings.land_m2_per_slot,
    }.items():
        frame[name] = slots.astype("Float64") * (float(each) if each else np.nan)
        if name == "land_m2":  # premises that stand already need no new land
            frame.loc[frame["means"] != "build", name] = pd.NA
    frame["area_source"] = settings.area_source or ""
    frame["data_status"] = "proposed"
    ordered: gpd.GeoDataFrame = frame[[*SITE_COLUMNS, "geometry"]]
    return ordered.sort_values("site_id", ignore_index=True)


def _rebuilt(gaps: Gaps, sites: gpd.GeoDataFrame, settings: SitingPlan) -> Gaps:
    """Return the assessment with the sites built, at the same date and by the same choices."""
    built = build_sites(gaps.county, sites, accepts_migrants=settings.accepts_migrants)
    return assess(built, as_of=gaps.as_of, **_answers(gaps))


def _keep_promise(solution: Solution, before: Gaps, after: Gaps, problem: Problem) -> None:
    """Refuse a plan whose effect is not that of a fresh assessment, to the slot."""
    promised = solution.outcome.total - int(problem.served.sum())
    found = after.totals["attributed"] - before.totals["attributed"]
    if promised != found:
        raise BrokenLawError.of(
            "law_broken", law="Σ promised = Σ assessed again", left=promised, right=found
        )


def _others(
    gaps: Gaps, options: Options, problem: Problem, solution: Solution, settings: SitingPlan
) -> tuple[gpd.GeoDataFrame, ...]:
    if not settings.alternatives or settings.mode == "budget":
        return ()
    found = alternatives(
        problem,
        solution,
        count=settings.alternatives,
        within=float(settings.within_percent) / 100,
        differ=settings.differ,
        seconds=float(settings.time_limit_s),
        gap=float(settings.gap_percent) / 100,
    )
    return tuple(
        _site_table(
            gaps,
            options,
            each.size,
            years_of_opening(gaps, options, problem, each.size, settings),
            settings,
        )
        for each in found
    )


def _unreachable(gaps: Gaps, problem: Problem) -> pd.DataFrame:
    """Return the zones that no option can close, by how much."""
    missing = problem.unreachable()
    table = pd.DataFrame(gaps.zones[["zone_id", "name", "township_code", "township", "duty"]])
    table["shortfall"] = gaps.zones["shortfall"]
    table["missing"] = pd.array(missing, dtype="Int64")
    return table[missing > 0].reset_index(drop=True)
