"""The county's tables as plain arrays, ready for the array rooms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from capacity_planner.attribution import lying_in
from capacity_planner.calculator import UNKNOWN
from capacity_planner.schemas import DUTIES, RATIO_CATEGORIES

if TYPE_CHECKING:
    from datetime import date
    from fractions import Fraction

    from numpy.typing import NDArray

    from capacity_planner.county import Choices, County
    from capacity_planner.policy import Standing

Ints: TypeAlias = "NDArray[np.int64]"
Bools: TypeAlias = "NDArray[np.bool_]"

__all__ = ["Case", "counts", "dates", "positions", "truths", "words"]


def counts(column: pd.Series[Any]) -> Ints:
    """Return whole numbers, ``int64[n]``, with :data:`UNKNOWN` for what is not given."""
    return column.fillna(UNKNOWN).to_numpy(dtype=np.int64)


def words(column: pd.Series[Any]) -> NDArray[np.str_]:
    """Return text, ``str[n]``, empty for what is not given."""
    codes, distinct = pd.factorize(column.fillna(""))
    return np.asarray(distinct, dtype=np.str_)[codes]


def truths(column: pd.Series[Any], *, unknown: bool) -> Bools:
    """Return yes or no, ``bool[n]``, with ``unknown`` for what is not given."""
    return column.fillna(unknown).to_numpy(dtype=bool)


def dates(column: pd.Series[Any]) -> NDArray[np.datetime64]:
    """Return dates, ``datetime64[s][n]``, ``NaT`` for what is not given."""
    return column.to_numpy(dtype="datetime64[s]")


def positions(wanted: pd.Series[Any], ids: pd.Series[Any]) -> Ints:
    """Return the position of each wanted id among the ids, ``int64[n]``, -1 where it is none of them."""
    # Arrow compares its own texts; an index of pandas would first turn all of them into objects.
    found, known = (
        pa.array(each, type=pa.large_string(), from_pandas=True) for each in (wanted, ids)
    )
    at = pc.index_in(found, value_set=known, skip_nulls=True)
    return np.asarray(pc.fill_null(at, -1), dtype=np.int64)


@dataclass(frozen=True)
class Case:
    """One county at one date under one set of choices, as arrays of zones (z) and facilities (f)."""

    county: County
    as_of: date
    choices: Choices

    @cached_property
    def as_of64(self) -> np.datetime64:
        """The date as ``datetime64[s]``."""
        return np.datetime64(self.as_of, "s")

    @cached_property
    def population(self) -> Ints:
        """Residents, ``int64[z]``."""
        return counts(self.county.tables.zones["population"])

    @cached_property
    def category(self) -> NDArray[np.str_]:
        """Zone category, ``str[z]``."""
        return words(self.county.tables.zones["category"])

    @cached_property
    def standings(self) -> dict[str, Standing]:
        """The ratio in force for each category that the county has."""
        present = set(self.county.tables.zones["category"].unique())
        return {
            category: self.county.policy.ratio(category, self.as_of)
            for category in RATIO_CATEGORIES
            if category in present
        }

    @cached_property
    def ratios(self) -> list[Fraction]:
        """The distinct ratios in slots per resident, smallest first."""
        return sorted({standing.ratio_fraction for standing in self.standings.values()})

    @cached_property
    def rule(self) -> Ints:
        """Position in :attr:`ratios` that binds each zone, ``int64[z]``, -1 none."""
        rule = np.full(len(self.category), -1, dtype=np.int64)
        for category, standing in self.standings.items():
            rule[self.category == category] = self.ratios.index(standing.ratio_fraction)
        return rule

    @cached_property
    def unit(self) -> Ints:
        """Planning unit of each zone, ``int64[z]``; zones without ``unit_id`` stand alone."""
        zones = self.county.tables.zones
        named = zones["unit_id"].fillna("")
        codes, _ = pd.factorize(named)
        alone = np.arange(len(zones), dtype=np.int64) + len(zones)
        return np.where(named == "", alone, codes).astype(np.int64)

    @cached_property
    def township(self) -> Ints:
        """Position of each zone's township, ``int64[z]``, -1 none."""
        tables = self.county.tables
        return positions(tables.zones["township_code"], tables.townships["township_code"])

    @cached_property
    def facility_township(self) -> Ints:
        """Position of the township in which each facility lies, ``int64[f]``, -1 none."""
        tables = self.county.tables
        return positions(tables.facilities["township_code"], tables.townships["township_code"])

    @cached_property
    def polygons(self) -> NDArray[np.object_]:
        """Zone polygons in the measuring CRS, ``object[z]``."""
        return np.asarray(self.county.tables.zones.geometry, dtype=object)

    @cached_property
    def points(self) -> NDArray[np.object_]:
        """Facility points, ``object[f]``, ``None`` where a facility has no place."""
        return np.asarray(self.county.tables.facilities.geometry, dtype=object)

    @cached_property
    def own_zone(self) -> Ints:
        """Zone that each facility is for on site, ``int64[f]``, -1 none."""
        tables = self.county.tables
        return positions(tables.facilities["zone_id"], tables.zones["zone_id"])

    @cached_property
    def lying(self) -> tuple[Ints, Ints]:
        """Facility and zone of every facility that lies in a zone, ``int64[n]``."""
        known = self.county.tables.lying
        return lying_in(self.points, self.polygons) if known is None else known

    @cached_property
    def on_site_zone(self) -> Ints:
        """Zone that each facility is for or stands in, ``int64[f]``, -1 none."""
        inside = np.full(len(self.points), -1, dtype=np.int64)
        facility, zone = self.lying
        # Backwards, so that of overlapping zones the first by id is kept.
        order = np.lexsort((zone, facility))[::-1]
        inside[facility[order]] = zone[order]
        return np.where(self.own_zone >= 0, self.own_zone, inside)

    @cached_property
    def home_based_cap(self) -> int | None:
        """Slots that a home-based point counts at most, or ``None`` where no rule says so."""
        try:
            value = self.county.policy.standing("limit_home_based", self.as_of).rule.value
        except LookupError:
            return None
        return None if value is None else int(value)

    @cached_property
    def clauses(self) -> dict[str, str]:
        """Clause by duty word and, for ``met``, by category; a lapsed one says so in brackets."""
        policy, found = self.county.policy, {}
        for word in DUTIES:
            standing = policy.find(f"duty_{word}", self.as_of)
            if standing is not None:
                found[word] = standing.citation("zh")
        for category, standing in self.standings.items():
            found[category] = standing.citation("zh")
        return found

    def clause(self, duty: str, category: str) -> str:
        """Return the clause behind a zone's duty; a met requirement cites its ratio."""
        return self.clauses.get(category if duty == "met" else duty, "")

    @cached_property
    def rules_used(self) -> tuple[Standing, ...]:
        """The rules that hold at the date, their own or standing in."""
        register = self.county.policy.register(self.as_of)
        return tuple(each for each in register if each.standing in {"in_force", "stand_in"})
