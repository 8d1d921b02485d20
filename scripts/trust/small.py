"""A small county for trials, in two versions that differ in every output."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

TESTS = Path(__file__).parents[2] / "tests"
sys.path.insert(0, str(TESTS))

from squares import county, middle, square  # noqa: E402  (lies with the tests)

from capacity_planner.assessment import assess  # noqa: E402

if TYPE_CHECKING:
    from capacity_planner.assessment import Gaps
    from capacity_planner.county import County

__all__ = ["small_county", "small_gaps"]


def small_county(*, slots: int = 20, columns: int = 6, rows: int = 4) -> County:
    """Return a county of squares in three townships, every second zone with a facility.

    Parameters
    ----------
    slots
        Slots of each facility.
    columns, rows
        Size of the grid.
    """
    zones: list[dict[str, Any]] = []
    facilities: list[dict[str, Any]] = []
    for at in range(columns * rows):
        column, row = at % columns, at // columns
        zones.append(
            {
                "zone_id": f"Z{at:05}",
                "name": f"第{at}小区",
                "category": ("existing", "new", "old_town", "rural")[at % 4],
                "township_code": f"T{at % 3}",
                "population": 900 + 37 * (at % 50),
                "children_u3": 30 + at % 7,
                "migrant_u3": at % 5,
                "geometry": square(column, row),
            }
        )
        if at % 2 == 0:
            facilities.append(
                {
                    "facility_id": f"F{at:05}",
                    "name": f"托育园{at}",
                    "slots": slots + at % 3,
                    "geometry": middle(column, row, east=10.0),
                }
            )
    return county(zones, facilities)


def small_gaps(*, slots: int = 20) -> Gaps:
    """Return the small county's gaps."""
    return assess(small_county(slots=slots))
