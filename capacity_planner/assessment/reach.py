"""Which counted facility can serve which zone: straight, along streets, or by a ready table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from capacity_planner.assessment.case import truths
from capacity_planner.attribution import Pairs, Streets, find_pairs, street_pairs, table_pairs
from capacity_planner.errors import Complaint, CountyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from capacity_planner.assessment.case import Case
    from capacity_planner.attribution import StreetReport

Bools: TypeAlias = "NDArray[np.bool_]"
Ints: TypeAlias = "NDArray[np.int64]"
Geometries: TypeAlias = "NDArray[Any]"

__all__ = ["find_reach"]

_NAMED = 20


def find_reach(
    case: Case, counts: Bools, inner_xy: NDArray[np.float64]
) -> tuple[Pairs, tuple[Complaint, ...]]:
    """Return who can serve whom, and what is wrong with the streets where streets decide.

    Parameters
    ----------
    case
        The county; its choice ``distance`` says how distance is measured.
    counts
        Facilities with counted slots, ``bool[f]``; the others reach nobody.
    inner_xy
        A point inside each zone, to which distances go, metres, ``float64[z, 2]``.

    Returns
    -------
    tuple
        The pairs; warnings on islands, points too far from any street and ways that do not exist.

    Raises
    ------
    CountyError
        If distance is to follow streets and the county has neither streets nor distances.
    """
    tables = case.county.tables
    there = counts[case.lying[0]]
    ground: dict[str, Any] = {
        "lying": (case.lying[0][there], case.lying[1][there]),
        "own_zone": np.where(counts, case.own_zone, -1),
        "exclusive": truths(tables.facilities["exclusive"], unknown=False),
        "inside": case.choices.inside_serves == "yes",
    }
    points = np.where(counts, case.points, np.array(None, dtype=object))
    radius_m = case.choices.radius_m
    places = (inner_xy, points)
    if case.choices.distance == "straight":
        return find_pairs(*places, radius_m=radius_m, **ground), ()
    if tables.roads is not None:
        streets = Streets.of(np.asarray(tables.roads.geometry, dtype=object))
        pairs, report = street_pairs(
            streets,
            *places,
            radius_m=radius_m,
            snap_m=float(case.choices.snap_limit_m),
            gates=_gates(case),
            **ground,
        )
        return pairs, tuple(_street_warnings(case, report, counts))
    if tables.distances is not None:
        inside = find_pairs(*places, radius_m=0, **ground)
        pairs = _from_table(case, tables.distances, counts, inside, ground["exclusive"])
        return pairs, tuple(_without_way(tables.distances))
    raise CountyError.of("network_needs_streets", file="county.toml", column="choices.distance")


def _from_table(
    case: Case, table: pd.DataFrame, counts: Bools, inside: Pairs, exclusive: Bools
) -> Pairs:
    tables = case.county.tables
    facility = pd.Index(tables.facilities["facility_id"]).get_indexer(table["facility_id"])
    zone = pd.Index(tables.zones["zone_id"]).get_indexer(table["zone_id"])
    known = (facility >= 0) & (zone >= 0) & counts[facility]
    return table_pairs(
        facility[known].astype(np.int64),
        zone[known].astype(np.int64),
        table["distance_m"].to_numpy(dtype=np.float64, na_value=np.nan)[known],
        radius_m=case.choices.radius_m,
        ground=inside,
        exclusive=exclusive,
    )


def _street_warnings(case: Case, report: StreetReport, counts: Bools) -> Iterator[Complaint]:
    """Yield what a planner should know before trusting the walking distances."""
    tables = case.county.tables
    zones, facilities = tables.zones, tables.facilities
    if report.parts > 1:
        params = {
            "parts": report.parts,
            "island_m": round(report.island_length_m),
            "length_m": round(report.length_m),
        }
        yield Complaint("streets_not_joined", params=params)
    placed = np.array([each is not None for each in case.points], dtype=bool)
    far, off_m = report.facilities_too_far, report.facilities_off_m
    told = counts[far] & placed[far]
    limit_m = case.choices.snap_limit_m
    for code, table, at, metres in (
        ("facility_far_from_streets", facilities, far[told], off_m[told]),
        ("zone_far_from_streets", zones, report.zones_too_far, report.zones_off_m),
        ("facility_on_island", facilities, report.facilities_on_islands, None),
        ("zone_on_island", zones, report.zones_on_islands, None),
    ):
        rows = table.iloc[at]
        for place, (file, row, name) in enumerate(
            zip(rows["source_file"], rows["source_row"], rows.iloc[:, 0], strict=True)
        ):
            params = {} if metres is None else {"limit_m": limit_m, "off_m": round(metres[place])}
            yield Complaint(code, file, row=int(row), value=str(name), params=params)
    lost = report.unreachable_facility[:_NAMED], report.unreachable_zone[:_NAMED]
    if len(lost[0]):
        ends = facilities.iloc[lost[0], 0], zones.iloc[lost[1], 0]
        named = "、".join(f"{start} → {end}" for start, end in zip(*ends, strict=True))
        count = len(report.unreachable_facility)
        yield Complaint("pairs_unreachable", value=named, params={"count": count})


def _gates(case: Case) -> tuple[Geometries, Ints] | None:
    """Return the zones' gates and the number of each one's zone, if the county sends any."""
    gates, zones = case.county.tables.gates, case.county.tables.zones
    if gates is None:
        return None
    zone = pd.Index(zones["zone_id"]).get_indexer(gates["zone_id"]).astype(np.int64)
    known = zone >= 0
    return np.asarray(gates.geometry, dtype=object)[known], zone[known]


def _without_way(table: pd.DataFrame) -> Iterator[Complaint]:
    """Yield how many pairs of a ready table have no way."""
    lost = table[table["distance_m"].isna()]
    if len(lost):
        first = lost.iloc[:_NAMED]
        pairs = zip(first["facility_id"], first["zone_id"], strict=True)
        named = "、".join(f"{start} → {end}" for start, end in pairs)
        file = str(lost["source_file"].iloc[0])
        yield Complaint("table_without_way", file, value=named, params={"count": len(lost)})
