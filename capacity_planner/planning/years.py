"""Later years of a county: a full assessment each 31 December, and the lines beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from capacity_planner.assessment import Gaps, assess
from capacity_planner.planning.later import chosen_scenario, county_on
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capacity_planner.county import County, ScenarioPlan

__all__ = ["FORECAST_COLUMNS", "Outlook", "forecast"]

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
    name, plan, section = chosen_scenario(county, scenario)
    years = {}
    for year in range(county.as_of.year + 1, (horizon or section.horizon) + 1):
        day = date(year, 12, 31)
        years[year] = assess(county_on(county, day, name), as_of=day, **choices)
    return Outlook(county, name, plan, years)


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
