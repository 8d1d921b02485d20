"""Why a zone has its figures: population × ratio, who serves it, what is missing, whose duty."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

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

__all__ = ["Zones"]


class Zones:
    """Derivations of zones; what lies around them is gathered once for all."""

    def __init__(self, gaps: Gaps, only: str | None = None) -> None:
        self.gaps = gaps
        shown = gaps.zones if only is None else gaps.zones[gaps.zones["zone_id"] == only]
        self.positions = shown.index.to_numpy(dtype=np.int64)
        self.rows = rows(shown)
        self.facilities = rows(gaps.facilities)
        self.standings = {each.rule.id: each for each in gaps.standings}

    def __iter__(self) -> Iterator[Explanation]:
        for position, row in zip(self.positions.tolist(), self.rows, strict=True):
            told = (*self._requirement(row), *self._service(row, position), *_checks(row))
            yield Explanation("zone", row["zone_id"], told)

    @cached_property
    def names(self) -> dict[str, str]:
        """Facility names by id."""
        return {each["facility_id"]: each["name"] for each in self.facilities}

    @cached_property
    def links(self) -> dict[str, list[Row]]:
        """Links by zone."""
        found = defaultdict(list)
        for each in rows(self.gaps.links):
            found[each["zone_id"]].append(each)
        return found

    @cached_property
    def units(self) -> dict[tuple[str, str], tuple[int, int, int]]:
        """Zones, residents and slots of each planning unit under one rule."""
        zones = self.gaps.zones
        named = zones[(zones["unit_id"].fillna("") != "") & zones["required"].notna()]
        sums = named.groupby(["unit_id", "rule_id"]).agg(
            zones=("zone_id", "size"), people=("population", "sum"), slots=("required", "sum")
        )
        keys = [(str(unit), str(rule)) for unit, rule in sums.index.to_list()]
        values = sums.to_numpy(dtype=np.int64).tolist()
        return {key: (one, two, three) for key, (one, two, three) in zip(keys, values, strict=True)}

    @cached_property
    def not_counted(self) -> dict[int, list[tuple[int, int]]]:
        """(Facility, metres) near each zone for facilities that do not count in full."""
        gaps, near = self.gaps, defaultdict(list)
        left_out = np.flatnonzero(gaps.facilities["not_counted_reason"] != "")
        points = np.asarray(gaps.facilities.geometry, dtype=object)[left_out]
        polygons = np.asarray(gaps.zones.geometry, dtype=object)[self.positions]
        radius = float(gaps.choices.radius_m)
        facility, zone = shapely.STRtree(polygons).query(
            points, predicate="dwithin", distance=radius
        )
        inner = shapely.point_on_surface(polygons)
        away = shapely.distance(points[facility], inner[zone])
        inside = shapely.intersects(points[facility], polygons[zone])
        for at in np.flatnonzero(inside | (away <= radius)):
            metres = int(np.floor(away[at] + 0.5))
            near[int(self.positions[zone[at]])].append((int(left_out[facility[at]]), metres))
        return near

    def _requirement(self, row: Row) -> Iterator[Line]:
        yield line(
            "zone",
            name=row["name"],
            zone_id=row["zone_id"],
            township=row["township"],
            category=Word(f"category.{row['category']}"),
        )
        yield line(
            "population",
            population=int(row["population"]),
            origin=Word(f"origin.{row['population_origin']}"),
            file=row["source_file"],
            row=text(row["source_row"]),
        )
        if pd.isna(row["required"]):
            yield line("no_number", clause=row["clause"] or Word("clause.none"))
            return
        standing = self.standings[row["rule_id"]]
        ratio = text(standing.rule.value)
        yield line(
            "ratio",
            ratio=ratio,
            citation=f"{standing.document.name('zh')} {standing.rule.clause}",
            standing=Word(f"standing.{standing.standing}"),
        )
        yield self._rounded(row, ratio)

    def _rounded(self, row: Row, ratio: str) -> Line:
        unit, required = text(row["unit_id"]), int(row["required"])
        zones, people, slots = self.units.get((unit, row["rule_id"]), (1, 0, 0))
        if zones == 1:
            return line(
                "ceiling", population=int(row["population"]), ratio=ratio, required=required
            )
        return line(
            "unit",
            unit=unit,
            zones=zones,
            population=people,
            unit_required=slots,
            required=required,
        )

    def _service(self, row: Row, position: int) -> Iterator[Line]:
        for link in self.links.get(row["zone_id"], ()):
            yield line(
                "link",
                facility=self.names.get(link["facility_id"], ""),
                facility_id=link["facility_id"],
                **numbers(link, "slots", "distance_m"),
            )
        for facility, metres in self.not_counted.get(position, ()):
            yield _not_counted(self.facilities[facility], metres)
        if pd.isna(row["required"]):
            return
        parts = ("required", "attributed", "in_reach", "out_of_reach", "shortfall")
        yield line("parts", **numbers(row, *parts))
        if row["shortfall_certain"] != row["shortfall_possible"]:
            ends = ("attributed_min", "attributed_max", "shortfall_certain", "shortfall_possible")
            yield line("range", **numbers(row, *ends))


def _not_counted(facility: Row, metres: int) -> Line:
    return line(
        "not_counted",
        facility=facility["name"],
        facility_id=facility["facility_id"],
        slots=int(facility["slots"]),
        counted=int(facility["counted_slots"]),
        reason=Word(f"reason.{facility['not_counted_reason']}"),
        distance_m=metres,
    )


def _checks(row: Row) -> Iterator[Line]:
    yield line(
        "duty", duty=Word(f"duty.{row['duty']}"), clause=row["clause"] or Word("clause.none")
    )
    if row["migrant_status"]:
        yield _migrants(row)
    if row["handover"]:
        yield line(
            "handover_late" if row["handover"] == "late" else "handover",
            state=Word(f"handover.{row['handover']}"),
            facility_id=row["handover_facility_id"],
            days=0 if pd.isna(row["handover_days"]) else int(row["handover_days"]),
        )


def _migrants(row: Row) -> Line:
    status = Word(f"migrant.{row['migrant_status']}")
    if pd.isna(row["migrant_required"]):
        return line("migrants_unknown", status=status)
    shortfalls = ("migrant_required", "migrant_shortfall_certain", "migrant_shortfall_at_risk")
    counts = numbers(row, "migrant_u3", "children_u3", *shortfalls)
    return line("migrants", status=status, **counts)
