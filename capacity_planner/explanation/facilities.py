"""Where a facility's slots go, which stay unused and why."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from capacity_planner.explanation.lines import (
    Explanation,
    Line,
    Row,
    Word,
    line,
    numbers,
    rows,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capacity_planner.assessment import Gaps

__all__ = ["Facilities"]


class Facilities:
    """Derivations of facilities; their links are gathered once for all."""

    def __init__(self, gaps: Gaps, only: str | None = None) -> None:
        self.gaps = gaps
        shown = gaps.facilities
        shown = shown if only is None else shown[shown["facility_id"] == only]
        self.positions = shown.index.to_numpy(dtype=np.int64)
        self.placed = shown.geometry.notna().to_numpy()
        self.rows = rows(shown)

    def __iter__(self) -> Iterator[Explanation]:
        for at, row in enumerate(self.rows):
            told = [_head(row), _counted(row), *self._given(row)]
            if row["unused_slots"] > 0:
                told.append(self._unused(row, at))
            yield Explanation("facility", row["facility_id"], tuple(told))

    @cached_property
    def names(self) -> dict[str, str]:
        """Zone names by id."""
        zones = self.gaps.zones
        return dict(zip(zones["zone_id"], zones["name"], strict=True))

    @cached_property
    def links(self) -> dict[str, list[Row]]:
        """Links by facility."""
        found = defaultdict(list)
        for each in rows(self.gaps.links):
            found[each["facility_id"]].append(each)
        return found

    @cached_property
    def needs(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Zones that the rules require slots for, ``bool[z]``."""
        return np.asarray(self.gaps.zones["required"].fillna(0) > 0, dtype=bool)

    def _given(self, row: Row) -> Iterator[Line]:
        for link in self.links.get(row["facility_id"], ()):
            yield line(
                "facility_link",
                zone=self.names[link["zone_id"]],
                zone_id=link["zone_id"],
                **numbers(link, "slots", "distance_m"),
            )

    def _unused(self, row: Row, at: int) -> Line:
        """Return why slots stay unused: no place, nobody in reach, or everyone there is served."""
        pairs, unused = self.gaps.pairs, int(row["unused_slots"])
        first, last = np.searchsorted(pairs.facility, (self.positions[at], self.positions[at] + 1))
        reach = pairs.zone[first:last]
        if not self.placed[at] and not len(reach):
            return line("unused_no_place", unused=unused)
        if not self.needs[reach].any():
            return line("unused_nobody", unused=unused, radius_m=int(self.gaps.choices.radius_m))
        return line("unused_all_served", unused=unused, zones=len(reach))


def _head(row: Row) -> Line:
    return line(
        "facility",
        name=row["name"],
        facility_id=row["facility_id"],
        type=Word(f"type.{row['type']}"),
        status=Word(f"facility_status.{row['status']}"),
        file=row["source_file"],
        row=text(row["source_row"]),
    )


def _counted(row: Row) -> Line:
    slots, counted = int(row["slots"]), int(row["counted_slots"])
    if not row["not_counted_reason"]:
        return line("facility_counted", slots=slots, counted=counted)
    reason = Word(f"reason.{row['not_counted_reason']}")
    return line("facility_part", reason=reason, slots=slots, counted=counted)
