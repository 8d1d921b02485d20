"""A county in later years: its people, its facilities, and a full assessment each 31 December."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd

from capacity_planner.assessment import Gaps, assess
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
from capacity_planner.settings import nearest
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from capacity_planner.county import County, ScenarioPlan

Ints: TypeAlias = "NDArray[np.int64]"

__all__ = ["FORECAST_COLUMNS", "Outlook", "county_on", "forecast"]

FORECAST_COLUMNS: Final = (
    "scenario",
    "year",
    "level",
    "township_code",
    "township",
    "zone_id",
    "name",
    "population",
    "children_u3",
    "required",
    "counted",
    "attributed",
    "shortfall",
    "shortfall_certain",
    "shortfall_possible",
    "slots_per_1000",
    "standing",
)
"""Columns of ``forecast.csv``; ``level`` is ``county``, ``township`` or ``zone``."""

_USUAL: Final = "middle"
_WAITING: Final = ("building", "planned")


@dataclass(frozen=True)
class Outlook:
    """A county's years under one scenario.

    Parameters
    ----------
    county
        As it is today.
    scenario
        Name of the scenario in ``[forecast.scenarios]``.
    plan
        What the scenario says.
    years
        The assessment of each 31 December.
    """

    county: County
    scenario: str
    plan: ScenarioPlan
    years: Mapping[int, Gaps]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a year for the county, each township and each zone; see ``forecast.csv``."""
        parts = [_rows(self.scenario, year, gaps) for year, gaps in self.years.items()]
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def townships(self) -> pd.DataFrame:
        """The township rows of :attr:`table`."""
        return self.table[self.table["level"] == "township"].reset_index(drop=True)

    @cached_property
    def lines(self) -> pd.DataFrame:
        """Benchmark and targets by year beside the county's slots per 1,000 residents.

        Columns year, line, value, unit, standing, source, zh, en. A target stands from its year on;
        the benchmark carries the standing that its rule has on the year's last day.
        """
        rows = [row for year, gaps in self.years.items() for row in _lines(gaps, year)]
        columns = ["year", "line", "value", "unit", "standing", "source", "zh", "en"]
        return pd.DataFrame(rows, columns=columns)

    def _repr_html_(self) -> str:
        """Return the county's rows for a notebook cell."""
        shown = self.table[self.table["level"] == "county"]
        return str(shown.to_html(index=False, na_rep=""))


def forecast(
    county: County, scenario: str | None = None, *, horizon: int | None = None, **choices: object
) -> Outlook:
    """Return the county's assessments at the end of each year to a horizon.

    Parameters
    ----------
    county
        From :func:`capacity_planner.loaders.load_county`, with ``[forecast]`` in its file.
    scenario
        Name of a scenario; ``middle`` or the first one if not given.
    horizon
        Last year; by default that of ``[forecast]``.
    **choices
        Choices to change, such as ``radius_m=500``.

    Returns
    -------
    Outlook
        Rules count as they stand on each day: where the county's own has lapsed, what stands in for
        it is used and announced.

    Raises
    ------
    CountyError
        If the county has no forecast section, or not this scenario.
    RuleNotInForceError
        If in some year no ratio is in force.

    Examples
    --------
    >>> import capacity_planner as cp
    >>> outlook = cp.forecast(cp.load_county("dazhu"), "middle", horizon=2027)
    >>> sorted(outlook.years)
    [2026, 2027]
    """
    name, plan, last = _chosen(county, scenario, horizon)
    years = {}
    for year in range(county.as_of.year + 1, last + 1):
        day = date(year, 12, 31)
        years[year] = assess(county_on(county, day, name), as_of=day, **choices)
    return Outlook(county, name, plan, years)


def _chosen(
    county: County, scenario: str | None, horizon: int | None
) -> tuple[str, ScenarioPlan, int]:
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
    return name, known[name], horizon or section.horizon


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
        delivered on that very day, facilities that have opened by it.

    Raises
    ------
    CountyError
        If the county has no forecast section, or not this scenario.
    """
    name, plan, _ = _chosen(county, scenario, None)
    zones = _zones_on(county, day, plan)
    facilities, opened = _opened_by(county, day)
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


def _opened_by(county: County, day: date) -> tuple[Any, int]:
    """Return the facilities with those of the pipeline open whose day has come, and how many.

    They are taken to register and file when they open; one without a day stays in the pipeline.
    """
    facilities = county.tables.facilities.copy()
    due = facilities["status"].isin(_WAITING) & (facilities["opened_on"] <= pd.Timestamp(day))
    facilities.loc[due, "status"] = "operating"
    facilities.loc[due, ["registered", "filed"]] = True
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


def _rows(scenario: str, year: int, gaps: Gaps) -> pd.DataFrame:
    """Return one year's rows: county, townships, zones."""
    zones, towns, totals = gaps.zones, gaps.townships, gaps.totals
    source = gaps.county.source
    children = zones["children_u3"]
    whole = {
        "level": "county",
        "name": source.name,
        "children_u3": children.sum() if children.notna().all() else pd.NA,
        **{name: totals[name] for name in ("population", "required", "counted", "attributed")},
        **{name: totals[name] for name in ("shortfall", "shortfall_certain", "shortfall_possible")},
        "slots_per_1000": _per_1000(gaps),
        "standing": " ".join(sorted(set(zones["standing"]) - {""})),
    }
    by_town = zones.groupby("township_code")["children_u3"].sum(min_count=1)
    town_rows = pd.DataFrame(towns.drop(columns="geometry")).assign(
        level="township",
        township=towns["name"],
        counted=towns["counted_slots"],
        children_u3=towns["township_code"].map(by_town),
    )
    zone_rows = pd.DataFrame(zones.drop(columns="geometry")).assign(level="zone")
    parts = [pd.DataFrame([whole]), town_rows, zone_rows]
    named = [part.reindex(columns=list(FORECAST_COLUMNS)).astype(object) for part in parts]
    table = pd.concat(named, ignore_index=True).assign(scenario=scenario, year=year)
    for name in FORECAST_COLUMNS[7:15]:
        table[name] = table[name].astype("Int64")
    table["slots_per_1000"] = table["slots_per_1000"].astype("Float64")
    for name in ("level", "township_code", "township", "zone_id", "name", "standing"):
        table[name] = table[name].fillna("").astype("str")
    return table


def _per_1000(gaps: Gaps) -> float | None:
    found = gaps.indicators.set_index("indicator")["value"]
    value = found.get("slots_per_1000")
    return None if value is None or pd.isna(value) else float(value)


def _lines(gaps: Gaps, year: int) -> list[tuple[Any, ...]]:
    unit = "slots_per_1000_residents"
    rows: list[tuple[Any, ...]] = [
        (
            year,
            "counted",
            _per_1000(gaps),
            unit,
            "",
            "",
            label("quantity.counted", "zh"),
            label("quantity.counted", "en"),
        )
    ]
    found = gaps.county.policy.find("benchmark_slots_per_1000", gaps.as_of)
    if found is not None and found.rule.value is not None:
        value, cited = float(found.rule.value), found.citation("zh")
        rows.append(
            (year, "benchmark", value, unit, found.standing, cited, found.rule.zh, found.rule.en)
        )
    for name, target in gaps.county.source.targets.items():
        standing = "in_force" if date(year, 12, 31) >= target.by else "not_yet"
        value = float(target.value)
        rows.append((year, name, value, target.unit, standing, target.source, target.zh, target.en))
    return rows
