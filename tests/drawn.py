"""Counties drawn by Hypothesis: a few squares on a grid of 100 m, few enough to shrink well."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from oracle import Row, counted
from squares import county, middle, square

from capacity_planner.assessment import Gaps, assess

if TYPE_CHECKING:
    import random

AS_OF = date(2025, 12, 31)
CATEGORIES = ("new", "existing", "old_town", "rural")
STATES = ("operating", "operating", "operating", "building", "planned", "closed")


@dataclass(frozen=True)
class Drawn:
    """Zones and facilities as plain rows, and the county's choices."""

    zones: list[Row]
    facilities: list[Row]
    choices: dict[str, Any] = field(default_factory=lambda: {"radius_m": 300})

    def assess(self, **choices: Any) -> Gaps:
        """Return what the package makes of it."""
        return assess(county(self.zones, self.facilities, **{**self.choices, **choices}))

    def facility(self, name: str) -> Row:
        """Return one facility."""
        return next(each for each in self.facilities if each["facility_id"] == name)

    def counts(self, name: str) -> int:
        """Return the slots of one facility that count."""
        return counted(self.facilities, AS_OF)[name]

    @property
    def running(self) -> list[Row]:
        """The facilities that have counted slots."""
        return [each for each in self.facilities if self.counts(each["facility_id"])]

    def with_facility(self, name: str, **changed: Any) -> Drawn:
        """Return the county with one facility changed."""
        rows = [
            {**row, **changed} if row["facility_id"] == name else row for row in self.facilities
        ]
        return Drawn(self.zones, rows, self.choices)

    def with_zone(self, name: str, **changed: Any) -> Drawn:
        """Return the county with one zone changed."""
        rows = [{**row, **changed} if row["zone_id"] == name else row for row in self.zones]
        return Drawn(rows, self.facilities, self.choices)

    def renamed(self, chance: random.Random) -> Drawn:
        """Return the same county with its ids dealt out anew."""
        return Drawn(
            _dealt(self.zones, "zone_id", chance),
            _dealt(self.facilities, "facility_id", chance),
            self.choices,
        )


def _dealt(rows: list[Row], key: str, chance: random.Random) -> list[Row]:
    names = [row[key] for row in rows]
    chance.shuffle(names)
    return [{**row, key: name} for row, name in zip(rows, names, strict=True)]


def cells(columns: tuple[int, int], most: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    """Return different places of the grid, two rows high."""
    place = st.tuples(st.integers(*columns), st.integers(0, 1))
    return st.lists(place, min_size=1, max_size=most, unique=True)


@st.composite
def zones(
    draw: st.DrawFn,
    *,
    columns: tuple[int, int] = (0, 9),
    townships: tuple[str, ...] = ("T1", "T2"),
    prefix: str = "",
    units: bool = True,
    migrants: bool = True,
) -> list[Row]:
    """Return up to six zones."""
    return [
        {
            "zone_id": f"{prefix}z{at}",
            "population": draw(st.integers(0, 1500)),
            "category": draw(st.sampled_from(CATEGORIES)),
            "township_code": draw(st.sampled_from(townships)),
            "unit_id": draw(st.sampled_from([None, f"{prefix}u"])) if units else None,
            "children_u3": draw(st.sampled_from([None, 0, 30, 40])) if migrants else None,
            "migrant_u3": draw(st.integers(0, 30)) if migrants else None,
            "geometry": square(*cell),
        }
        for at, cell in enumerate(draw(cells(columns, 6)))
    ]


@st.composite
def facilities(
    draw: st.DrawFn, *, columns: tuple[int, int] = (0, 9), prefix: str = ""
) -> list[Row]:
    """Return up to four facilities, each in the middle of a cell."""
    return [
        {
            "facility_id": f"{prefix}f{at}",
            "slots": draw(st.integers(0, 15)),
            "type": draw(st.sampled_from(["centre", "centre", "home_based"])),
            "status": draw(st.sampled_from(STATES)),
            "filed": draw(st.sampled_from([True, True, False])),
            "accepts_migrants": draw(st.sampled_from([True, False, None])),
            "geometry": middle(*cell),
        }
        for at, cell in enumerate(draw(cells(columns, 4)))
    ]


@st.composite
def counties(
    draw: st.DrawFn,
    *,
    columns: tuple[int, int] = (0, 9),
    townships: tuple[str, ...] = ("T1", "T2"),
    prefix: str = "",
    units: bool = True,
    migrants: bool = True,
) -> Drawn:
    """Return a county, measured straight within 300 m."""
    drawn_zones = draw(
        zones(columns=columns, townships=townships, prefix=prefix, units=units, migrants=migrants)
    )
    return Drawn(drawn_zones, draw(facilities(columns=columns, prefix=prefix)))
