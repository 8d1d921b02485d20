"""From a shortfall to a plan: options, the solver, and a fresh assessment with the sites built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from capacity_planner.assessment import Gaps, assess
from capacity_planner.county import SitingPlan
from capacity_planner.errors import BrokenLawError, CountyError
from capacity_planner.planning.building import build_sites
from capacity_planner.planning.decision import changed_choices, make_problem
from capacity_planner.planning.opening import tell_phases, terms_of
from capacity_planner.planning.options import Options, areas_of, first_year, make_options
from capacity_planner.planning.plan import SITE_COLUMNS, Plan
from capacity_planner.settings import check
from capacity_planner.siting import (
    Phased,
    Problem,
    Solution,
    Terms,
    alternatives,
    least_cost,
    least_cost_in_phases,
    most_closed,
    open_in_phases,
    shortest_ways,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from capacity_planner.attribution.pairs import Integers

__all__ = ["site"]

_FEN: Final = 100
_WITHIN_BUDGET: Final = ("budget", "shortest")


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
        If a setting is unknown, an option has no cost, an area has no source, or a mode that needs
        a budget has none or too small a one.
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
    problem = make_problem(gaps, options.open, chosen)
    terms = terms_of(gaps, options.open, chosen)
    phased = _solve(problem, terms, chosen)
    solution = phased.solution
    first = first_year(gaps, chosen)
    years = _years(phased.phase, first)
    sites = _site_table(gaps, options.open, solution.size, years, chosen)
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
        phases=tell_phases(gaps, problem, terms, phased, first=first),
        least=phased.least / _FEN,
        alternatives=_others(gaps, options.open, problem, terms, solution, chosen),
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
    areas = (chosen.floor_m2_per_slot, chosen.land_m2_per_slot)
    if any(areas) and chosen.area_source is None:
        raise CountyError.of("settings_missing_key", file="[siting]", column="area_source")
    if chosen.mode in _WITHIN_BUDGET and chosen.budget is None:
        raise CountyError.of("site_budget_missing", file="[siting]", column="budget")
    return chosen


def _solve(problem: Problem, terms: Terms, settings: SitingPlan) -> Phased:
    seconds, gap = float(settings.time_limit_s), float(settings.gap_percent) / 100
    if settings.mode == "phases":
        return least_cost_in_phases(problem, terms, seconds=seconds, gap=gap)
    budget = int((settings.budget or 0) * _FEN)
    if settings.mode == "budget":
        solution = most_closed(problem, budget, seconds=seconds, gap=gap)
    else:
        solution = least_cost(problem, seconds=seconds, gap=gap)
    if settings.mode == "shortest":
        solution = _shortest(problem, solution, budget, seconds=seconds, gap=gap)
    return Phased(solution, open_in_phases(problem, solution.size, terms), solution.outcome.cost)


def _shortest(
    problem: Problem, cheapest: Solution, budget: int, *, seconds: float, gap: float
) -> Solution:
    """Return the plan with the shortest ways, or the cheapest where no shorter was found in time."""
    if cheapest.outcome.cost > budget:
        raise CountyError.of(
            "site_budget_too_small",
            file="[siting]",
            column="budget",
            value=f"{budget / _FEN:,.0f}",
            least=f"{cheapest.outcome.cost / _FEN:,.0f}",
        )
    try:
        return shortest_ways(problem, budget, seconds=seconds, gap=gap)
    except TimeoutError:
        return cheapest


def _years(phase: Integers, first: int) -> Integers:
    """Return the year in which each option opens, 0 for those not taken."""
    return np.where(phase >= 0, phase + first, 0)


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
    areas = [
        areas_of(settings, int(count), str(means))
        for count, means in zip(slots, frame["means"], strict=True)
    ]
    for name in ("floor_m2", "land_m2"):
        frame[name] = pd.array([each[name] for each in areas], dtype="Float64")
    frame["area_source"] = settings.area_source or ""
    frame["data_status"] = "proposed"
    ordered: gpd.GeoDataFrame = frame[[*SITE_COLUMNS, "geometry"]]
    return ordered.sort_values("site_id", ignore_index=True)


def _rebuilt(gaps: Gaps, sites: gpd.GeoDataFrame, settings: SitingPlan) -> Gaps:
    """Return the assessment with the sites built, at the same date and by the same choices."""
    built = build_sites(gaps.county, sites, accepts_migrants=settings.accepts_migrants)
    return assess(built, as_of=gaps.as_of, **changed_choices(gaps))


def _keep_promise(solution: Solution, before: Gaps, after: Gaps, problem: Problem) -> None:
    """Refuse a plan whose effect is not that of a fresh assessment, to the slot."""
    promised = solution.outcome.total - int(problem.served.sum())
    found = after.totals["attributed"] - before.totals["attributed"]
    if promised != found:
        raise BrokenLawError.of(
            "law_broken", law="Σ promised = Σ assessed again", left=promised, right=found
        )


def _others(
    gaps: Gaps,
    options: Options,
    problem: Problem,
    terms: Terms,
    solution: Solution,
    settings: SitingPlan,
) -> tuple[gpd.GeoDataFrame, ...]:
    if not settings.alternatives:
        return ()
    found = alternatives(
        problem,
        solution,
        count=settings.alternatives,
        within=float(settings.within_percent) / 100,
        differ=settings.differ,
        budget=_purse(terms, settings),
        seconds=float(settings.time_limit_s),
        gap=float(settings.gap_percent) / 100,
    )
    return tuple(
        _site_table(
            gaps,
            options,
            each.size,
            _years(open_in_phases(problem, each.size, terms), first_year(gaps, settings)),
            settings,
        )
        for each in found
    )


def _purse(terms: Terms, settings: SitingPlan) -> int | None:
    """Return the money that a plan may cost in all, ``None`` for any."""
    if settings.mode in _WITHIN_BUDGET:
        return int((settings.budget or 0) * _FEN)
    return terms.purses[-1]


def _unreachable(gaps: Gaps, problem: Problem) -> pd.DataFrame:
    """Return the zones that no option can close, by how much."""
    missing = problem.unreachable()
    table = pd.DataFrame(gaps.zones[["zone_id", "name", "township_code", "township", "duty"]])
    table["shortfall"] = gaps.zones["shortfall"]
    table["missing"] = pd.array(missing, dtype="Int64")
    return table[missing > 0].reset_index(drop=True)
