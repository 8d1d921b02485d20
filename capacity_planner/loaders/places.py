"""Places: numbers and shapes as sent become shapes in the county's measuring system.

A file's reference system comes from the file, else from ``county.toml``; the numbers must fit it
(:mod:`~capacity_planner.loaders.reference`). GCJ-02 and BD-09 are taken back exactly where the county
says so; where it does not and the places look shifted, that is told and nothing is moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from capacity_planner import crs as geodesy
from capacity_planner.loaders.geometry import take_points, take_polygons
from capacity_planner.loaders.reference import (
    Reading,
    Unreadable,
    lonlat_of,
    read_reference,
    same_place,
    transformer,
)
from capacity_planner.loaders.suspicion import suspect_datum
from capacity_planner.loaders.tell import tell_rows

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from capacity_planner.county import TableConfig
    from capacity_planner.errors import Complaints

__all__ = ["find_measure_crs", "place", "suspect_datum"]

_WGS84: Final = pyproj.CRS.from_epsg(4326)
_POLYGON_TABLES: Final = frozenset({"zones", "townships", "boundary"})
_POINT_TABLES: Final = frozenset({"facilities", "candidates"})
_MAP_DATUMS: Final = frozenset({"gcj02", "bd09"})
_MODERN_AXIS_M: Final = (6_378_136.0, 6_378_138.0)


def place(
    frame: pd.DataFrame,
    *,
    table: str,
    config: TableConfig,
    file_crs: pyproj.CRS | None,
    measure: pyproj.CRS,
    complaints: Complaints,
) -> gpd.GeoDataFrame:
    """Return a table with its shapes in the measuring system.

    Parameters
    ----------
    frame
        Typed columns. Shapes come from ``geometry`` (shapely objects in the file's units) or, for
        facilities and candidates, from ``lon`` and ``lat``, which may hold a survey table's X and Y.
    table
        Name of the table.
    config
        Its ``crs`` and ``datum``.
    file_crs
        What the file itself says.
    measure
        The county's measuring system, metres.
    complaints
        Grows by everything that was not as it should be.

    Returns
    -------
    geopandas.GeoDataFrame
        Same order. A facility or township without a usable place keeps its row with ``None``; a
        zone without one is an error and left out.
    """
    rows = frame.drop(columns="geometry", errors="ignore")
    geometry = _shapes(frame, rows, table, complaints)
    there = ~shapely.is_missing(geometry)
    from_table = "geometry" not in frame
    if there.any():
        declared = _declared(rows, geometry, config, file_crs, complaints, from_table=from_table)
        if isinstance(declared, str):
            geometry[:] = None
        else:
            _project(geometry, rows, declared, config.datum, measure, table, complaints)
    if table == "facilities":
        lost = shapely.is_missing(geometry)
        slots = [int(each) for each in rows[lost]["slots"].fillna(0)] if "slots" in rows else 0
        ids = _ids(rows[lost], table)
        tell_rows(complaints, "facility_without_place", rows[lost], value=ids, slots=slots)
    placed = gpd.GeoDataFrame(rows, geometry=gpd.GeoSeries(geometry, index=rows.index, crs=measure))
    if table in {"zones", "boundary"}:
        return placed[~shapely.is_missing(geometry)]
    return placed


def find_measure_crs(
    frame: pd.DataFrame,
    *,
    config: TableConfig,
    file_crs: pyproj.CRS | None,
    complaints: Complaints,
) -> pyproj.CRS | None:
    """Return the measuring system of a county whose file names none, from where its zones lie.

    Parameters
    ----------
    frame
        The zones, as for :func:`place`.
    config
        Their ``crs`` and ``datum``.
    file_crs
        What the file itself says.
    complaints
        Grows by an error if it cannot be told where the zones lie.

    Returns
    -------
    pyproj.CRS or None
        Metres; ``None`` after an error.
    """
    del complaints
    geometry = np.asarray(frame["geometry"].to_numpy(), dtype=object)
    xy = _centres(geometry)
    xy = xy[np.isfinite(xy).all(axis=1)]
    declared = _parse_crs(config.crs) if file_crs is None else file_crs
    if not len(xy) or declared is None:
        return None
    try:
        reading = read_reference(xy, declared=declared, measure=None)
    except Unreadable:
        return None
    places = lonlat_of(xy[:, ::-1] if reading.swapped else xy, reading.crs)
    lon, lat = np.median(places, axis=0)
    return geodesy.measure_crs_for(float(lon), float(lat))


def _parse_crs(text: str | None) -> pyproj.CRS | None:
    try:
        return None if text is None else pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        return None


def _ids(rows: pd.DataFrame, table: str) -> list[str]:
    column = {"facilities": "facility_id", "candidates": "candidate_id"}.get(table, "")
    return [str(each) for each in rows[column]] if column in rows else [""] * len(rows)


def _shapes(
    frame: pd.DataFrame, rows: pd.DataFrame, table: str, complaints: Complaints
) -> NDArray[np.object_]:
    """Return the shapes of the right kind, still in the file's units."""
    if "geometry" in frame:
        raw = np.asarray(frame["geometry"].to_numpy(), dtype=object)
        if table in _POLYGON_TABLES:
            return take_polygons(raw, rows, table=table, complaints=complaints)
        if table in _POINT_TABLES:
            return take_points(raw, rows, complaints=complaints)
        return shapely.force_2d(raw)
    geometry = np.full(len(rows), None, dtype=object)
    if table in _POINT_TABLES and {"lon", "lat"} <= set(rows.columns):
        x = rows["lon"].to_numpy(dtype=np.float64, na_value=np.nan)
        y = rows["lat"].to_numpy(dtype=np.float64, na_value=np.nan)
        given = np.isfinite(x) & np.isfinite(y) & ~((x == 0) & (y == 0))
        geometry[given] = shapely.points(x[given], y[given])
    return geometry


def _declared(
    rows: pd.DataFrame,
    geometry: NDArray[np.object_],
    config: TableConfig,
    file_crs: pyproj.CRS | None,
    complaints: Complaints,
    *,
    from_table: bool,
) -> pyproj.CRS | str | None:
    """Return the system that file and county declare, or the code of what is wrong with it."""
    county_crs = _parse_crs(config.crs)
    where = rows.iloc[:1]
    if config.crs is not None and county_crs is None:
        return _refuse(complaints, "crs_unknown", where, config.crs)
    declared = county_crs if file_crs is None else file_crs
    if declared is None:
        plain = from_table or config.datum in {*_MAP_DATUMS, "cgcs2000"}
        return None if plain else _refuse(complaints, "crs_missing", where)
    if file_crs is not None and county_crs is not None and not file_crs.equals(county_crs):
        finite = _centres(geometry)
        if not same_place(finite[np.isfinite(finite).all(axis=1)], file_crs, county_crs):
            names = f"{file_crs.name} / {county_crs.name}"
            return _refuse(complaints, "crs_conflict", where, names)
    code = _unusable(declared)
    return _refuse(complaints, code, where, declared.name) if code else declared


def _unusable(crs: pyproj.CRS) -> str:
    """Return the code of what forbids a system, or nothing."""
    old = geodesy.refused_datum(crs)
    if old is not None:
        return f"crs_{old}"
    if not (crs.is_geographic or crs.is_projected):
        return "crs_not_on_the_ground"
    ellipsoid = crs.ellipsoid
    low, high = _MODERN_AXIS_M
    if ellipsoid is None or low <= ellipsoid.semi_major_metre <= high:
        return ""
    try:
        pyproj.Transformer.from_crs(crs, _WGS84, always_xy=True, allow_ballpark=False)
    except pyproj.exceptions.ProjError:
        return "crs_shift_unknown"
    return ""


def _refuse(complaints: Complaints, code: str, where: pd.DataFrame, value: str = "") -> str:
    tell_rows(complaints, code, where.assign(source_row=None), value=value)
    return code


def _centres(geometry: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the middle of each shape's box, shape (n, 2)."""
    box = shapely.bounds(geometry)
    return np.asarray((box[:, :2] + box[:, 2:]) / 2, dtype=np.float64)


def _project(
    geometry: NDArray[np.object_],
    rows: pd.DataFrame,
    declared: pyproj.CRS | None,
    datum: str,
    measure: pyproj.CRS,
    table: str,
    complaints: Complaints,
) -> None:
    """Replace shapes by their like in the measuring system; what has no place there becomes None."""
    at = np.flatnonzero(~shapely.is_missing(geometry))
    centres = _centres(geometry[at])
    try:
        reading = read_reference(centres, declared=declared, measure=measure)
    except Unreadable as verdict:
        value = " ".join(f"{each:.6g}" for each in np.median(centres, axis=0))
        where = rows.iloc[:1].assign(source_row=None)
        tell_rows(complaints, str(verdict), where, value=value, count=len(at))
        geometry[:] = None
        return
    if reading.told:
        crs = reading.crs.name
        where = rows.iloc[:1].assign(source_row=None)
        tell_rows(complaints, reading.told, where, value=crs, count=len(at))
    coordinates, owner = shapely.get_coordinates(geometry[at], return_index=True)
    moved = _to_measure(coordinates, reading, datum, measure)
    lost = np.zeros(len(at), dtype=np.bool_)
    lost[owner[~np.isfinite(moved).all(axis=1)]] = True
    shapes = geometry[at]
    shapes[lost] = None
    kept = ~lost[owner]
    geometry[at] = shapely.set_coordinates(shapes, moved[kept])
    if table in _POLYGON_TABLES:
        tell_rows(complaints, "geometry_outside_projection", rows.iloc[at[lost]])


def _to_measure(
    xy: NDArray[np.float64], reading: Reading, datum: str, measure: pyproj.CRS
) -> NDArray[np.float64]:
    xy = xy[:, ::-1] if reading.swapped else xy
    if datum in _MAP_DATUMS:
        xy = geodesy.to_wgs84(lonlat_of(xy, reading.crs), datum)
        return np.column_stack(transformer(_WGS84, measure).transform(xy[:, 0], xy[:, 1]))
    if reading.crs.equals(measure, ignore_axis_order=True):
        return xy
    return np.column_stack(transformer(reading.crs, measure).transform(xy[:, 0], xy[:, 1]))
