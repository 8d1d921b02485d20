"""What must add up in every result, row by row, checked at run time; a breach ends the run.

The laws are worked out anew from the finished tables, not from the arrays that made them, so that a
fault on the way into a table is found too. They cost a few passes over the columns.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity_planner.assessment.case import positions
from capacity_planner.calculator import sum_by
from capacity_planner.errors import BrokenLawError

if TYPE_CHECKING:
    from fractions import Fraction

    from capacity_planner.assessment.case import Bools, Ints
    from capacity_planner.assessment.result import Gaps

__all__ = ["check_laws"]

_SUMS: Final = ("population", "required", "attributed", "in_reach", "out_of_reach", "shortfall")


def check_laws(gaps: Gaps) -> None:
    """Check that slots and people are conserved and that all tables agree, row by row.

    Parameters
    ----------
    gaps
        A complete result.

    Raises
    ------
    BrokenLawError
        Naming the first law that does not hold, the row where it does not, and both figures.
    """
    zones = _Rows(gaps.zones, "zone_id")
    townships = _Rows(gaps.townships, "township_code")
    facilities = _Rows(gaps.facilities, "facility_id")
    loaded = _Rows(gaps.county.tables.zones, "zone_id")
    zones.same("population = as loaded", zones["population"], loaded["population"])
    _check_requirements(gaps, zones)
    _check_parts(zones)
    _check_parts(townships)
    _check_ranges(zones)
    _check_townships(zones, townships, facilities)
    _check_supply(gaps, zones, facilities)
    _check_totals(gaps, zones, townships, facilities)


class _Rows:
    """A table whose columns are read once as whole numbers, 0 where nothing is known."""

    def __init__(self, frame: pd.DataFrame, key: str) -> None:
        self.frame, self.key = pd.DataFrame(frame), key  # plain: a column is found in half the time
        self.read: dict[str, Ints] = {}

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, name: str) -> Ints:
        if name not in self.read:
            cells = self.frame[name].array
            self.read[name] = cells.to_numpy(dtype=np.int64, na_value=0)
        return self.read[name]

    def positions(self, keys: pd.Series[str]) -> Ints:
        """Return where each key stands, -1 where it is none."""
        return positions(keys, self.frame[self.key])

    def same(self, law: str, left: Ints, right: Ints) -> None:
        """Refuse the first row in which two figures differ."""
        self.hold(law, left, right, left == right)

    def rising(self, law: str, *figures: Ints) -> None:
        """Refuse the first row in which the figures, from 0 on, do not rise or stay."""
        for low, high in pairwise((np.zeros(len(self), dtype=np.int64), *figures)):
            self.hold(law, low, high, low <= high)

    def hold(self, law: str, left: Ints, right: Ints, holds: Bools) -> None:
        """Refuse the first row in which a law does not hold."""
        if holds.all():
            return
        at = int(np.argmin(holds))
        where = f"{self.frame[self.key].iloc[at]}: {law}"
        raise BrokenLawError.of("law_broken", law=where, left=int(left[at]), right=int(right[at]))


def _check_requirements(gaps: Gaps, zones: _Rows) -> None:
    """Check that what a unit requires is the least whole number not below population × ratio."""
    unit, size = _units(zones.frame)
    bound = np.zeros(len(zones), dtype=bool)
    people, need = zones["population"], zones["required"]
    for ratio, ids in _ratios(gaps).items():
        at = zones.frame["rule_id"].isin(ids).to_numpy()
        bound |= at
        slots = sum_by(need[at], unit[at], size)[unit] * ratio.denominator
        exact = sum_by(people[at], unit[at], size)[unit] * ratio.numerator
        zones.hold("required ≥ population × ratio", slots, exact, slots >= exact)
        least = slots - ratio.denominator
        zones.hold("required − 1 < population × ratio", least, exact, (least < exact) | ~at)
    known = zones.frame["required"].notna().to_numpy()
    zones.same("a number where a rule binds", known.astype(np.int64), bound.astype(np.int64))


def _ratios(gaps: Gaps) -> dict[Fraction, list[str]]:
    """Return the ratios in force, each with the rules that say it."""
    found = defaultdict(list)
    for each in gaps.standings:
        if each.rule.kind == "ratio":
            found[each.ratio_fraction].append(each.rule.id)
    return dict(found)


def _units(zones: pd.DataFrame) -> tuple[Ints, int]:
    """Return the planning unit of each zone, and how many numbers are given; one alone has its own."""
    codes, units = pd.factorize(zones["unit_id"].fillna(""))
    unnamed = np.asarray(units == "", dtype=bool)
    own = np.arange(len(zones), dtype=np.int64) + len(units)
    return np.where(unnamed[codes], own, codes), len(zones) + len(units)


def _check_parts(rows: _Rows) -> None:
    need, served, missing = rows["required"], rows["attributed"], rows["shortfall"]
    near, far = rows["in_reach"], rows["out_of_reach"]
    rows.same("attributed + in_reach + out_of_reach = required", served + near + far, need)
    rows.same("required − attributed = shortfall", need - served, missing)
    rows.rising("0 ≤ in_reach", near)
    rows.rising("0 ≤ out_of_reach", far)
    certain, possible = rows["shortfall_certain"], rows["shortfall_possible"]
    rows.rising("0 ≤ certain ≤ shortfall ≤ possible ≤ required", certain, missing, possible, need)
    needed = rows["migrant_required"]
    surely, at_risk = rows["migrant_shortfall_certain"], rows["migrant_shortfall_at_risk"]
    rows.rising("0 ≤ certain ≤ at risk ≤ migrants ≤ all", surely, at_risk, needed, need)


def _check_ranges(zones: _Rows) -> None:
    need, least, most = zones["required"], zones["attributed_min"], zones["attributed_max"]
    zones.same("required − attributed_max = certain", need - most, zones["shortfall_certain"])
    zones.same("required − attributed_min = possible", need - least, zones["shortfall_possible"])


def _check_townships(zones: _Rows, townships: _Rows, facilities: _Rows) -> None:
    home = townships.positions(zones.frame["township_code"])
    size = len(townships)
    for name in (*_SUMS, "migrant_required"):
        townships.same(f"Σ zones: {name}", sum_by(zones[name], home, size), townships[name])
    ones = np.ones(len(zones), dtype=np.int64)
    townships.same("Σ zones", sum_by(ones, home, size), townships["zones"])
    around = townships.positions(facilities.frame["township_code"])
    for name in ("counted_slots", "pipeline_slots"):
        found = sum_by(facilities[name], around, size)
        townships.same(f"Σ facilities: {name}", found, townships[name])


def _check_supply(gaps: Gaps, zones: _Rows, facilities: _Rows) -> None:
    links = _Rows(gaps.links, "facility_id")
    slots, (giver, taker) = links["slots"], gaps.link_ends
    links.rising("1 ≤ slots of a link", slots - 1)
    links.rising("0 ≤ distance", links["distance_m"])
    given, free = facilities["attributed_slots"], facilities["unused_slots"]
    facilities.rising("0 ≤ unused", free)
    facilities.same("attributed + unused = counted", given + free, facilities["counted_slots"])
    out = sum_by(slots, giver, len(facilities))
    facilities.same("Σ links of a facility = attributed", out, given)
    into = sum_by(slots, taker, len(zones))
    zones.same("Σ links of a zone = attributed", into, zones["attributed"])


def _check_totals(gaps: Gaps, zones: _Rows, townships: _Rows, facilities: _Rows) -> None:
    totals = gaps.totals
    for rows, table in ((zones, "zones"), (townships, "townships")):
        for name in (*_SUMS, "migrant_required"):
            _equal(f"Σ {table}: {name}", int(rows[name].sum()), totals[name])
    for name, column in {
        "counted": "counted_slots",
        "attributed": "attributed_slots",
        "unused": "unused_slots",
        "pipeline": "pipeline_slots",
    }.items():
        _equal(f"Σ facilities: {name}", int(facilities[column].sum()), totals[name])
    _equal("Σ links", int(gaps.links["slots"].sum()), totals["attributed"])
    _equal("zones", len(zones), totals["zones"])
    people = totals["population_urban"] + totals["population_rural"]
    _equal("urban + rural = population", people, totals["population"])
    for name in ("shortfall_certain", "shortfall_possible"):
        _equal(f"{name} of the whole = shortfall", totals[name], totals["shortfall"])
    _at_most("one ceiling ≤ Σ of ceilings", totals["required_pooled"], totals["required"])
    surely, at_risk = totals["migrant_shortfall_certain"], totals["migrant_shortfall_at_risk"]
    _at_most("migrants: certain ≤ at risk", surely, at_risk)
    _at_most("migrants: at risk ≤ required", at_risk, totals["migrant_required"])


def _equal(law: str, left: int, right: int) -> None:
    if left != right:
        raise BrokenLawError.of("law_broken", law=law, left=left, right=right)


def _at_most(law: str, left: int, right: int) -> None:
    if left > right:
        raise BrokenLawError.of("law_broken", law=law, left=left, right=right)
