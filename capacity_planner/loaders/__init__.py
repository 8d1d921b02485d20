"""The county's files, read with nothing lost and nothing guessed.

:func:`load_county` reads every table of a county folder, settles coordinates, townships,
categories and populations, and either returns tables that every later room may trust or raises
one error that carries every complaint.
"""

from __future__ import annotations

import gc
import operator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyproj
import shapely

from capacity_planner.county import County, CountyFolder, open_county
from capacity_planner.errors import Complaints, InputError
from capacity_planner.loaders.checks.consistency import check_consistency
from capacity_planner.loaders.cleaned import write_cleaned, write_complaints
from capacity_planner.loaders.joining.distribute import distribute, distribute_raster
from capacity_planner.loaders.joining.located import locate_facilities
from capacity_planner.loaders.joining.people import join_population
from capacity_planner.loaders.joining.settle import (
    settle_categories,
    settle_facilities,
    settle_population,
    village_keys,
    with_codes,
)
from capacity_planner.loaders.joining.townships import assign_townships
from capacity_planner.loaders.joining.walks import settle_distances, settle_gates
from capacity_planner.loaders.matching import ascend
from capacity_planner.loaders.records.inputs import read_records, source_of
from capacity_planner.loaders.space.geometry import repair
from capacity_planner.loaders.space.outlines import Outlines
from capacity_planner.loaders.space.overlaps import check_duplicates, check_overlaps
from capacity_planner.loaders.space.places import (
    declared_measure_crs,
    find_measure_crs,
    place,
)
from capacity_planner.loaders.space.reference import lonlat_of
from capacity_planner.loaders.space.suspicion import suspect_datum, tell_outside
from capacity_planner.loaders.tell import id_column
from capacity_planner.loaders.template import write_template
from capacity_planner.schemas import Tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity_planner.loaders.records.inputs import RawShapes, Records
    from capacity_planner.schemas import InputFile
    from capacity_planner.stored import StoredShapes

__all__ = ["load_county", "write_cleaned", "write_complaints", "write_template"]

_NEEDED: Final = ("zones", "facilities")
_STRETCH: Final = 0.002
"""Largest error of lengths; a 3-degree zone has less than 0.0004, a 6-degree zone 0.0014."""
_ONLY_HERE: Final = ("source_sheet", "lon", "lat")
"""Columns that no later room needs."""
_FLAT: Final = frozenset({"population", "distances"})
"""Tables without shapes."""


def load_county(
    name_or_path: str | Path | CountyFolder, *, complaints: Complaints | None = None
) -> County:
    """Return a county ready to be assessed.

    Parameters
    ----------
    name_or_path
        Name of a shipped county, path of a county folder, or a folder opened before.
    complaints
        Where to collect; a fresh list by default.

    Returns
    -------
    County
        Frozen; its tables are as :class:`~capacity_planner.schemas.Tables` says.

    Raises
    ------
    CountyError
        If the folder or its ``county.toml`` cannot be used.
    PolicyError
        If its policy cannot be used.
    InputError
        If anything in its files is an error; it carries repairs and warnings too.
    """
    folder = name_or_path if isinstance(name_or_path, CountyFolder) else open_county(name_or_path)
    found = Complaints() if complaints is None else complaints
    with _no_collecting():
        records = _read_all(folder, found)
        if any(name not in records for name in _NEEDED):
            found.raise_errors()
        tables = _settle(folder, records, found)
    found.raise_errors()
    return County(folder, tables)


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Keep Python from looking for cycles meanwhile.

    Each of a hundred thousand new shapes counts towards the next search through all objects, which
    took a sixth of the time to load 50,000 zones; none of them is part of a cycle.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read_all(folder: CountyFolder, complaints: Complaints) -> dict[str, Records]:
    """Return the records of every table that could be read; a raster is left to be distributed."""
    read = {
        name: read_records(folder, name, complaints=complaints)
        for name in folder.tables
        if not _is_raster(folder, name)
    }
    return {name: records for name, records in read.items() if records is not None}


def _is_raster(folder: CountyFolder, table: str) -> bool:
    file = folder.tables[table].file.lower()
    return table == "population" and file.endswith((".tif", ".tiff"))


def _settle(folder: CountyFolder, records: dict[str, Records], complaints: Complaints) -> Tables:
    """Return the tables in their final form, each check in its order."""
    measure = _measure(folder, records["zones"], complaints)
    if measure is None:
        raise InputError(complaints)
    placed = {
        name: _placed(folder, name, each, measure, complaints)
        for name, each in records.items()
        if name not in _FLAT
    }
    zones, facilities = placed["zones"], placed["facilities"]
    sent = _as_sent(zones, records["zones"].raw_shapes)
    # In place, for the caller holds the same dict: shapes that were moved are there twice otherwise.
    records |= {name: each.without_shapes() for name, each in records.items()}
    outlines = Outlines.of(zones)  # good as long as no zone is left out, and none is from here on
    _check_measure(folder, outlines, complaints)
    boundary = placed.get("boundary")
    lying = _lying(facilities, outlines)
    suspect_datum(
        zones, facilities, boundary, outlines=outlines, lying=lying, complaints=complaints
    )
    tell_outside(
        zones, placed.get("candidates"), boundary, outlines=outlines, complaints=complaints
    )
    zones, townships = assign_townships(zones, placed.get("townships"), complaints=complaints)
    facilities = locate_facilities(facilities, townships, zones, lying=lying, complaints=complaints)
    facilities = settle_facilities(facilities, complaints=complaints)
    zones = _populated(folder, zones, townships, records, complaints)
    zones = settle_categories(
        zones, policy=folder.policy, choices=folder.choices, complaints=complaints
    )
    check_duplicates(zones, outlines=outlines, complaints=complaints)
    check_overlaps(zones, outlines=outlines, complaints=complaints)
    check_consistency(
        zones,
        facilities,
        townships,
        outlines=outlines,
        policy=folder.policy,
        as_of=folder.as_of,
        complaints=complaints,
    )
    ids = (facilities["facility_id"], zones["zone_id"])
    finished = _finished(zones, "zones")
    return Tables(
        zones=finished,
        facilities=_finished(facilities, "facilities"),
        townships=_finished(townships, "townships"),
        boundary=boundary,
        candidates=_finished(placed["candidates"], "candidates")
        if "candidates" in placed
        else None,
        roads=placed.get("roads"),
        distances=settle_distances(folder, records.get("distances"), *ids, complaints=complaints),
        gates=settle_gates(placed.get("gates"), zones["zone_id"], complaints=complaints),
        lying=(_ranks(ids[0])[lying[0]], _ranks(ids[1])[lying[1]]),
        zones_stored=_in_order(sent, finished),
        complaints=tuple(complaints),
        files=_files(folder, records),
    )


def _measure(folder: CountyFolder, zones: Records, complaints: Complaints) -> pyproj.CRS | None:
    """Return the system to measure in: the county's word, else by where its zones lie."""
    if folder.measure_crs is not None:
        return declared_measure_crs(folder.measure_crs, complaints=complaints)
    shapes = zones.geometry
    if shapes is None or shapely.is_missing(shapes).all():
        if shapes is None or not complaints.has_errors_in(zones.source.path):
            complaints.add("zones_without_shapes", file=zones.source.path)
        return None
    config = folder.tables["zones"]
    found = find_measure_crs(
        zones.frame, shapes, config=config, file_crs=zones.crs, complaints=complaints
    )
    if found is None and not complaints.has_errors_in(zones.source.path):
        complaints.add("place_unknown", file=zones.source.path)
    return found


def _check_measure(folder: CountyFolder, outlines: Outlines, complaints: Complaints) -> None:
    """Refuse a measuring system of the county's own choice that stretches lengths where it lies."""
    if folder.measure_crs is None or not len(outlines.shapes):
        return
    system = pyproj.CRS.from_user_input(folder.measure_crs)
    middle = (outlines.boxes[:, :2].min(axis=0) + outlines.boxes[:, 2:].max(axis=0)) / 2
    lon, lat = lonlat_of(middle[None, :], system)[0]
    scale = pyproj.Proj(system).get_factors(lon, lat).meridional_scale
    if not abs(scale - 1) <= _STRETCH:
        complaints.add(
            "measure_crs_distorts",
            file="county.toml",
            column="measure_crs",
            value=folder.measure_crs,
            percent=f"{scale * 100:.1f}",
        )


def _placed(
    folder: CountyFolder,
    table: str,
    records: Records,
    measure: pyproj.CRS,
    complaints: Complaints,
) -> gpd.GeoDataFrame:
    frame = place(
        records.frame,
        records.geometry,
        table=table,
        config=folder.tables[table],
        file_crs=records.crs,
        measure=measure,
        complaints=complaints,
    )
    return repair(frame, table=table, complaints=complaints)


def _populated(
    folder: CountyFolder,
    zones: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame,
    records: dict[str, Records],
    complaints: Complaints,
) -> gpd.GeoDataFrame:
    """Return the zones with all people: their own counts, joined, shared out or planned."""
    config = folder.tables.get("population")
    if config is not None and _is_raster(folder, "population"):
        zones = distribute_raster(zones, folder.path_of("population"), complaints=complaints)
    elif config is not None and "population" in records:
        rows = records["population"].frame
        if config.distribute:
            zones = _shared_out(zones, rows, townships, complaints)
        else:
            zones = join_population(zones, rows, complaints=complaints)
    if config is not None and complaints.has_errors_in(config.file):
        return zones  # who has no population is only known when that file is mended
    return settle_population(zones, choices=folder.choices, complaints=complaints)


def _shared_out(
    zones: gpd.GeoDataFrame,
    rows: pd.DataFrame,
    townships: gpd.GeoDataFrame,
    complaints: Complaints,
) -> gpd.GeoDataFrame:
    """Return the zones with shares of the totals of their villages, else of their townships."""
    totals = with_codes(rows, townships, complaints=complaints)
    if totals["village"].isna().all():
        return distribute(zones, totals, complaints=complaints)
    keyed = distribute(
        zones.assign(village=village_keys(zones)),
        totals.assign(village=village_keys(totals)),
        by="village",
        complaints=complaints,
    )
    return keyed.assign(village=zones["village"])


def _lying(
    facilities: gpd.GeoDataFrame, outlines: Outlines
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return facility and zone, by row, of every facility that lies in a zone, in order."""
    points = np.asarray(facilities.geometry.to_numpy(), dtype=object)
    there = np.flatnonzero(~shapely.is_missing(points))
    point, zone = outlines.holding(shapely.get_coordinates(points[there]))
    return there[point], zone


def _order(ids: pd.Series) -> NDArray[np.int64] | None:
    """Return the positions of ids in ascending order, nothing where they are in order."""
    return None if ascend(ids) else ids.array.argsort(kind="stable")


def _ranks(ids: pd.Series) -> NDArray[np.int64]:
    """Return where each row goes when rows are put in the order of their ids, shape (n,)."""
    order, ranks = _order(ids), np.arange(len(ids))
    if order is not None:
        ranks[order] = np.arange(len(ids))
    return ranks


def _finished(frame: gpd.GeoDataFrame, table: str) -> gpd.GeoDataFrame:
    """Return a frame sorted by its id with a fresh index, without what only this room needs."""
    # By position, for a frame with shapes takes twice as long to drop columns by name.
    bare = frame.take(np.flatnonzero(~frame.columns.isin(_ONLY_HERE)), axis=1)
    order = _order(bare[id_column(table)])
    if order is not None:
        bare = bare.take(order)
    bare.attrs = {}
    bare.index = pd.RangeIndex(len(bare))
    return bare


def _as_sent(zones: gpd.GeoDataFrame, sent: RawShapes | None) -> StoredShapes | None:
    """Return the file's own shapes by row, without those that do not lie where and as they were sent."""
    if sent is None:
        return None
    at = zones["source_row"].to_numpy(dtype=np.int64) - 1
    same = np.zeros(len(sent.geometry), dtype=np.bool_)
    same[at] = np.fromiter(
        map(operator.is_, sent.geometry[at], zones.geometry.to_numpy()), np.bool_, len(at)
    )
    return sent.stored.only(np.where(same, sent.stored.rows, -1))


def _in_order(by_row: StoredShapes | None, zones: gpd.GeoDataFrame) -> StoredShapes | None:
    """Return the stored shapes of the zones in their order."""
    if by_row is None:
        return None
    return by_row.only(by_row.rows[zones["source_row"].to_numpy(dtype=np.int64) - 1])


def _files(folder: CountyFolder, records: dict[str, Records]) -> tuple[InputFile, ...]:
    files = {name: each.source for name, each in records.items()}
    if "population" in folder.tables and "population" not in files:
        files["population"] = source_of(folder, "population")
    return tuple(files[name] for name in sorted(files))
