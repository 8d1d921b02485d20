"""Why each township's shortfall moved from one run to another, in parts that add up exactly.

The later run's causes are put in place of the earlier one's one after the other, each time with a
fresh requirement and attribution: residents and zones, rules, choices, supply, and last who can reach
whom. The change at each step is that cause's part; the parts add up because each step starts where
the last one ended. Both ends are checked against what the runs recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd

from capacity_planner.attribution import Pairs, attribute
from capacity_planner.calculator import counted_slots, requirements
from capacity_planner.errors import InputError
from capacity_planner.runs.record import Record, read_run
from capacity_planner.runs.sides import Side, Sides, read_sides

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Ints: TypeAlias = "NDArray[np.int64]"
Bools: TypeAlias = "NDArray[np.bool_]"

__all__ = ["CAUSES", "Difference", "compare_runs"]

CAUSES: Final = ("population", "rule", "choices", "supply", "attribution")
"""In the order in which they are put in place."""

_NOT_OF_REACH: Final = (
    "basis",
    "facility_presence",
    "persons_per_dwelling",
    "population_base",
    "undated",
    "unknown_accepts_migrants",
)
"""Choices that decide something else than who can reach whom."""


@dataclass(frozen=True)
class Difference:
    """Two runs compared.

    Parameters
    ----------
    townships
        One row a township of either run: ``township_code``, ``name``, ``before``, ``after``,
        ``change`` and a column for each of :data:`CAUSES`, slots missing. A last row without code
        holds the county.
    changed
        What differs between the runs: ``what`` (``choice``, ``rule``, ``zone``, ``facility``,
        ``as_of``), ``id``, ``column``, ``before``, ``after``; of zones and facilities that only one
        run has the column is ``added`` or ``removed``.
    """

    townships: pd.DataFrame
    changed: pd.DataFrame


def compare_runs(before: Path, after: Path) -> Difference:
    """Return why each township's shortfall differs between two runs.

    Parameters
    ----------
    before, after
        The runs' folders.

    Returns
    -------
    Difference
        The parts of each row add up to its change.

    Raises
    ------
    InputError
        If a folder is no run, lacks its layers, or holds figures that cannot be reproduced from them.
    """
    records = read_run(before), read_run(after)
    sides = read_sides(*records)
    ladder = _Ladder(sides)
    short = [ladder.shortfall(step) for step in range(len(CAUSES) + 1)]
    _check_end(records[0], sides.zone_ids, sides.before, ladder.served[0])
    _check_end(records[1], sides.zone_ids, sides.after, ladder.served[-1])
    return Difference(_table(sides, short), _changed(records, sides))


class _Ladder:
    """The states between two runs; state ``k`` has the later run's first ``k`` causes."""

    def __init__(self, sides: Sides) -> None:
        self.a, self.b = sides.before, sides.after
        self.served: list[Ints] = []
        self._late_population, self._late_category = self._by_choice()

    def shortfall(self, step: int) -> Ints:
        """Return the slots missing in each zone after so many steps, ``int64[z]``."""
        required = self._required(step)
        slots = self._slots(step)
        pairs = self._pairs(step, slots > 0)
        need = np.maximum(required, 0)
        flow = attribute(pairs, slots=slots, required=need)
        served = np.zeros(len(need), dtype=np.int64)
        np.add.at(served, pairs.zone, flow)
        self.served.append(served)
        return need - served

    def _by_choice(self) -> tuple[Bools, Bools]:
        """Return the zones whose residents, and whose category, a changed choice has moved."""
        a, b = self.a, self.b
        both = a.has_zone & b.has_zone
        changed = {name for name, value in b.choices.items() if a.choices.get(name) != value}
        planned = both.copy()
        for side in (a, b):
            planned &= side.word("zones", "population_origin") == "planned"
        planned &= a.count("zones", "dwellings") == b.count("zones", "dwellings")
        population = np.zeros(len(both), dtype=bool)
        if "persons_per_dwelling" in changed:
            population |= planned
        if "population_base" in changed:
            population |= both
        undated = both.copy()
        for side in (a, b):
            undated &= side.word("zones", "category_origin") == "undated"
        category = undated if "undated" in changed else np.zeros(len(both), dtype=bool)
        return population, category

    def _required(self, step: int) -> Ints:
        a, b = self.a, self.b
        zones = b if step >= 1 else a
        late = step < 3  # noqa: PLR2004 (choices are the third cause)
        population = zones.count("zones", "population")
        category = zones.word("zones", "category")
        if late:
            kept = self._late_population
            population = np.where(kept, a.count("zones", "population"), population)
            category = np.where(self._late_category, a.word("zones", "category"), category)
        ratios = (b if step >= 2 else a).ratios  # noqa: PLR2004 (rules are the second)
        known = sorted(set(ratios.values()))
        rule = np.full(len(category), -1, dtype=np.int64)
        for name, ratio in ratios.items():
            rule[(category == name) & zones.has_zone] = known.index(ratio)
        unit, _ = pd.factorize(zones.word("zones", "unit_id"))
        alone = np.arange(len(unit), dtype=np.int64) + len(unit)
        unit = np.where(zones.word("zones", "unit_id") == "", alone, unit).astype(np.int64)
        return requirements(np.maximum(population, 0), rule, known, unit)

    def _slots(self, step: int) -> Ints:
        supply = self.b if step >= 4 else self.a  # noqa: PLR2004 (supply is the fourth)
        chosen = self.b if step >= 3 else self.a  # noqa: PLR2004
        ruled = self.b if step >= 2 else self.a  # noqa: PLR2004
        counted = counted_slots(
            np.maximum(supply.count("facilities", "slots"), 0),
            kind=supply.word("facilities", "type").astype(str),
            status=supply.word("facilities", "status").astype(str),
            filed=supply.word("facilities", "filed") == "yes",
            enrolled=supply.count("facilities", "enrolled_u3"),
            opened_on=_days(supply, "opened_on"),
            closed_on=_days(supply, "closed_on"),
            as_of=supply.as_of,
            basis=chosen.choices["basis"],
            home_based_cap=ruled.home_based_cap,
        )
        return np.where(supply.has_facility, counted.slots, 0).astype(np.int64)

    def _pairs(self, step: int, counts: Bools) -> Pairs:
        """Return who can reach whom: as in the later run where it must be, else as in the earlier."""
        a, b = self.a, self.b
        zones = (b if step >= 1 else a).has_zone
        rows = []
        for side, mine in ((a, False), (b, True)):
            facility, zone = side.reach[:, 0], side.reach[:, 1]
            taken = self._from_later(step, facility, zone) == mine
            rows.append(side.reach[taken & counts[facility] & zones[zone]])
        reach = np.concatenate(rows)
        return Pairs.nearest(
            reach[:, 0],
            reach[:, 1],
            reach[:, 2],
            n_facilities=len(counts),
            n_zones=len(zones),
        )

    def _from_later(self, step: int, facility: Ints, zone: Ints) -> Bools:
        """Return for which pairs the later run's reach holds at a step, ``bool[n]``."""
        a, b = self.a, self.b
        if step == len(CAUSES):
            return np.ones(len(facility), dtype=bool)
        later = ~(a.known[facility] & a.has_zone[zone])
        changed = {name for name, value in b.choices.items() if a.choices.get(name) != value}
        if step >= 3 and changed - set(_NOT_OF_REACH):  # noqa: PLR2004 (choices are the third cause)
            stayed = (a.facility_shape == b.facility_shape)[facility]
            stayed &= (a.zone_shape == b.zone_shape)[zone]
            later |= stayed & b.known[facility] & b.has_zone[zone]
        return later


def _days(side: Side, column: str) -> NDArray[np.datetime64]:
    return pd.to_datetime(side.facilities[column]).to_numpy(dtype="datetime64[s]")


def _check_end(record: Record, ids: tuple[str, ...], side: Side, served: Ints) -> None:
    """Refuse a run whose recorded figures do not come out of its own layers."""
    recorded = np.maximum(side.count("zones", "attributed"), 0)
    wrong = np.flatnonzero(recorded != served)
    if len(wrong):
        at = wrong[0]
        raise InputError.of(
            "diff_not_reproduced",
            file=record.folder.name,
            value=ids[at],
            before=int(recorded[at]),
            after=int(served[at]),
        )


def _table(sides: Sides, short: list[Ints]) -> pd.DataFrame:
    """Return the parts by township; a zone that moved counts where it lay at each step."""
    codes = [side.word("zones", "township_code") for side in (sides.before, sides.after)]
    names: dict[str, str] = {}
    for side, code in zip((sides.before, sides.after), codes, strict=True):
        names |= dict(zip(code, side.word("zones", "township"), strict=True))
    listed = sorted(each for each in names if each)
    position = {code: at for at, code in enumerate(listed)}
    sums = []
    for step, missing in enumerate(short):
        where = codes[1 if step else 0]
        total = np.zeros(len(listed), dtype=np.int64)
        for code, slots in zip(where, missing.tolist(), strict=True):
            if code:
                total[position[code]] += slots
        sums.append(total)
    table = pd.DataFrame({"township_code": listed, "name": [names[code] for code in listed]})
    table["before"], table["after"] = sums[0], sums[-1]
    table["change"] = sums[-1] - sums[0]
    for at, cause in enumerate(CAUSES):
        table[cause] = sums[at + 1] - sums[at]
    county: dict[str, Any] = {"township_code": "", "name": ""}
    county |= {name: int(table[name].sum()) for name in ("before", "after", "change", *CAUSES)}
    return pd.concat([table, pd.DataFrame([county])], ignore_index=True)


def _changed(records: tuple[Record, Record], sides: Sides) -> pd.DataFrame:
    """Return every choice, rule, zone and facility that differs between the runs."""
    before, after = records
    rows: list[tuple[str, str, str, str, str]] = []
    if before.as_of != after.as_of:
        rows.append(("as_of", "", "", before.as_of.isoformat(), after.as_of.isoformat()))
    for what, then, now in (
        ("choice", before.choices, after.choices),
        ("rule", before.rule_values, after.rule_values),
    ):
        rows += [
            (what, name, "", then.get(name, ""), now.get(name, ""))
            for name in sorted({*then, *now})
            if then.get(name) != now.get(name)
        ]
    rows += _changed_rows("zone", sides.zone_ids, "zones", _ZONE_COLUMNS, sides)
    rows += _changed_rows("facility", sides.facility_ids, "facilities", _FACILITY_COLUMNS, sides)
    return pd.DataFrame(rows, columns=["what", "id", "column", "before", "after"])


_ZONE_COLUMNS: Final = ("population", "category", "unit_id", "township_code", "dwellings")
_FACILITY_COLUMNS: Final = (
    "slots",
    "type",
    "status",
    "filed",
    "enrolled_u3",
    "opened_on",
    "closed_on",
    "zone_id",
    "exclusive",
)


def _changed_rows(
    what: str, ids: tuple[str, ...], table: str, columns: tuple[str, ...], sides: Sides
) -> list[tuple[str, str, str, str, str]]:
    a, b = sides.before, sides.after
    has = [getattr(side, f"has_{what}") for side in (a, b)]
    rows = [
        (what, ids[at], "added" if has[1][at] else "removed", "", "")
        for at in np.flatnonzero(has[0] != has[1])
    ]
    both = has[0] & has[1]
    for column in columns:
        then, now = a.word(table, column), b.word(table, column)
        rows += [
            (what, ids[at], column, str(then[at]), str(now[at]))
            for at in np.flatnonzero(both & (then != now))
        ]
    moved = getattr(a, f"{what}_shape") != getattr(b, f"{what}_shape")
    rows += [(what, ids[at], "geometry", "", "") for at in np.flatnonzero(both & moved)]
    return rows
