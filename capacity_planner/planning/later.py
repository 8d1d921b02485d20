"""A county on a later day: its people by a scenario, its facilities by their dates."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd

from capacity_planner.assessment.case import counts, dates
from capacity_planner.errors import Complaint, CountyError
from capacity_planner.forecasting import (
    children_by_births,
    children_by_share,
    grown,
    keep_in_proportion,
    occupied,
    planned_total,
    steered,
)
from capacity_planner.schemas import CATEGORIES
from capacity_planner.settings import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from numpy.typing import NDArray

    from capacity_planner.county import County, ForecastPlan, ScenarioPlan

Ints: TypeAlias = "NDArray[np.int64]"

__all__ = ["chosen_scenario", "county_on"]

_USUAL: Final = "middle"
_WAITING: Final = ("building", "planned")


def county_on(county: County, day: date, scenario: str | None = None) -> County:
    """Return the county as a scenario sees it on a later day.

    Parameters
    ----------
    county
        As it is today; stays as it is.
    day
        On or after the county's own date.
    scenario
        Name of a scenario; ``middle`` or the first one if not given.

    Returns
    -------
    County
        People of the day's year (growth counts whole calendar years), new housing as far as it is
        delivered on that very day, facilities that have opened or grown by it.

    Raises
    ------
    CountyError
        As for :func:`chosen_scenario`.
    """
    name, plan, section = chosen_scenario(county, scenario)
    zones = _zones_on(county, day, plan)
    facilities, opened = _opened_by(county, day, section)
    told = [
        Complaint(
            "forecast_scenario",
            value=name,
            params={"zh_name": plan.zh, "en_name": plan.en, "as_of": day.isoformat()},
        )
    ]
    if opened:
        told.append(Complaint("forecast_taken_as_filed", params={"count": opened}))
    moved = county.with_tables(
        zones=zones,
        facilities=facilities,
        complaints=(*county.tables.complaints, *told),
    )
    return replace(moved, source=replace(county.source, as_of=day))


def _opened_by(county: County, day: date, section: ForecastPlan) -> tuple[Any, int]:
    """Return the facilities as they are on a day, and how many of the pipeline have opened by it.

    They are taken to register and file when they open; one without a day stays in the pipeline. A
    facility has the slots of the last day on which it was to grow or to shrink.
    """
    facilities = county.tables.facilities.copy()
    due = facilities["status"].isin(_WAITING) & (facilities["opened_on"] <= pd.Timestamp(day))
    facilities.loc[due, "status"] = "operating"
    facilities.loc[due, ["registered", "filed"]] = True
    for grows in sorted(section.grow, key=lambda each: each.on):
        if county.as_of < grows.on <= day:
            facilities.loc[facilities["facility_id"] == grows.facility_id, "slots"] = grows.slots
    return facilities, int(due.sum())


def _zones_on(county: County, day: date, plan: ScenarioPlan) -> Any:  # noqa: ANN401 (a GeoDataFrame)
    zones = county.tables.zones.copy()
    _, group = np.unique(zones["township_code"].to_numpy(dtype=np.str_), return_inverse=True)
    before = counts(zones["population"])
    coming = (dates(zones["delivered_on"]) > np.datetime64(county.as_of)).astype(bool)
    settled = np.where(coming, 0, before)
    new = np.where(coming, _new_residents(county, day, plan), 0)
    years = day.year - county.as_of.year
    later = grown(settled, _growth(zones, plan), years, group)
    later = steered(later, group, _planned(county, settled, new, group, day, plan)) + new
    children = _children(zones, settled, later, group, plan)
    zones["population"] = pd.array(later, dtype="Int64")
    zones["children_u3"] = _counts(children)
    had = counts(county.tables.zones["children_u3"])
    migrants = keep_in_proportion(counts(zones["migrant_u3"]), had, np.maximum(children, 0), group)
    zones["migrant_u3"] = _counts(np.minimum(migrants, children))
    workers = keep_in_proportion(counts(zones["migrant_population"]), settled, later, group)
    zones["migrant_population"] = _counts(workers)
    zones["population_origin"] = "forecast"
    return zones


def _counts(values: Ints) -> pd.Series[Any]:
    """Return whole numbers with ``<NA>`` for what is not known."""
    return pd.Series(values, dtype="Int64").where(values >= 0)


def _growth(zones: Any, plan: ScenarioPlan) -> list[Fraction]:  # noqa: ANN401
    """Return each zone's growth: its township's, else its category's, else the default, else none."""
    rates = {name: Fraction(rate) for name, rate in plan.growth_per_year.items()}
    usual = rates.get("default", Fraction(0))
    pairs = zip(zones["township_code"], zones["category"], strict=True)
    return [rates.get(town, rates.get(category, usual)) for town, category in pairs]


def _new_residents(county: County, day: date, plan: ScenarioPlan) -> Ints:
    """Return who lives in housing that is delivered after the county's own date."""
    zones = county.tables.zones
    dwellings, given = counts(zones["dwellings"]), counts(zones["population"])
    factor = county.choices.persons_per_dwelling
    full = given.copy()
    if factor is not None:
        exact = Fraction(factor)
        planned = -(-dwellings * exact.numerator // exact.denominator)
        full = np.where(dwellings > 0, planned, given)
    ramp = [Fraction(share) for share in plan.occupancy]
    return occupied(full, dates(zones["delivered_on"]), np.datetime64(day, "s"), ramp)


def _planned(
    county: County, settled: Ints, new: Ints, group: Ints, day: date, plan: ScenarioPlan
) -> dict[int, int]:
    """Return the totals that plans of years leave to the settled zones of each township."""
    codes = county.tables.zones["township_code"].to_numpy(dtype=np.str_)
    usual = Fraction(plan.growth_per_year.get("default", 0))
    totals = {}
    for code, years in plan.population_by_year.items():
        members = np.flatnonzero(codes == code)
        if not len(members) or not years or day.year <= county.as_of.year:
            continue
        total = planned_total(
            {int(year): people for year, people in years.items()},
            day.year,
            base_year=county.as_of.year,
            base=int(settled[members].sum()),
            growth=Fraction(plan.growth_per_year.get(code, usual)),
        )
        totals[int(group[members[0]])] = max(total - int(new[members].sum()), 0)
    return totals


def _children(zones: Any, settled: Ints, later: Ints, group: Ints, plan: ScenarioPlan) -> Ints:  # noqa: ANN401
    if plan.children_share is not None:
        return children_by_share(later, Fraction(plan.children_share), group)
    if plan.births_per_1000 is not None:
        return children_by_births(later, Fraction(plan.births_per_1000), group)
    return keep_in_proportion(counts(zones["children_u3"]), settled, later, group)


def chosen_scenario(county: County, scenario: str | None) -> tuple[str, ScenarioPlan, ForecastPlan]:
    """Return the name of a scenario, what it says, and the forecast section, checked.

    Parameters
    ----------
    county
        As it is today.
    scenario
        Name of a scenario; ``middle`` or the first one if not given.

    Raises
    ------
    CountyError
        If the county has no forecast section, or not this scenario, or the section names a township,
        category or facility that there is not.
    """
    section = county.source.forecast
    if section is None:
        raise CountyError.of("forecast_missing", file="county.toml", column="forecast")
    known = section.scenarios
    name = scenario or (_USUAL if _USUAL in known else next(iter(known)))
    if name not in known:
        raise CountyError.of(
            "forecast_scenario_unknown",
            file="county.toml",
            column="forecast.scenarios",
            value=name,
            nearest=nearest(name, known),
            known="、".join(known),
        )
    if faults := list(_unknown(county, name, section)):
        raise CountyError(faults)
    return name, known[name], section


def _unknown(county: County, name: str, section: ForecastPlan) -> Iterator[Complaint]:
    """Yield what a scenario or a growth names that the county does not have."""
    tables, plan = county.tables, section.scenarios[name]
    codes = {*tables.townships["township_code"], *tables.zones["township_code"]}
    facilities = set(tables.facilities["facility_id"])
    named: list[tuple[str, Iterable[str], set[str]]] = [
        ("growth_per_year", plan.growth_per_year, codes | {*CATEGORIES, "default"}),
        ("population_by_year", plan.population_by_year, codes),
    ]
    for key, given, known in named:
        for each in given:
            if each not in known:
                column = f"forecast.scenarios.{name}.{key}"
                yield _stranger(column, each, known)
    for grows in section.grow:
        if grows.facility_id not in facilities:
            yield _stranger("forecast.grow", grows.facility_id, facilities)


def _stranger(column: str, value: str, known: set[str]) -> Complaint:
    params = {"nearest": nearest(value, known)}
    return Complaint("forecast_unknown", "county.toml", column=column, value=value, params=params)
