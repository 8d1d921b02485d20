"""Places: numbers and shapes as sent become shapes in the county's measuring system.

A file's reference system comes from the file, else from ``county.toml``; the numbers must fit it
(:mod:`~capacity_planner.loaders.space.reference`). GCJ-02 and BD-09 are taken back exactly where the county
says so; where it does not and the places look shifted, that is told and nothing is moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from capacity_planner import crs as geodesy
from capacity_planner.loaders.files.shapes import parts_of, take_lines, take_points, take_polygons
from capacity_planner.loaders.space.geometry import with_coordinates
from capacity_planner.loaders.space.reference import (
    Reading,
    Unreadable,
    convert,
    in_degrees,
    lonlat_of,
    near,
    read_reference,
    same_place,
)
from capacity_planner.loaders.tell import MANY, ids_at, tell_rows, tell_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    import pandas as pd
    from numpy.typing import NDArray

    from capacity_planner.county import TableConfig
    from capacity_planner.errors import Complaints

    Way: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]

__all__ = ["declared_measure_crs", "find_measure_crs", "place"]

_WGS84: Final = pyproj.CRS.from_epsg(4326)
_POLYGON_TABLES: Final = frozenset({"zones", "townships", "boundary"})
_POINT_TABLES: Final = frozenset({"facilities", "candidates", "gates"})
_MAP_DATUMS: Final = frozenset({"gcj02", "bd09"})
_HALF_TURN: Final = 180.0
_MODERN_AXIS_M: Final = (6_378_136.0, 6_378_138.0)
# What comes of broken coordinates is looked at and told; numpy need not warn of it as well.
_QUIET: Final = np.errstate(invalid="ignore", over="ignore", divide="ignore")


@_QUIET
def place(
    rows: pd.DataFrame,
    geometry: NDArray[np.object_] | None,
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
    rows
        Typed columns.
    geometry
        Their shapes: shapely objects in the file's units. Where there are none, those of facilities
        and candidates come from ``lon`` and ``lat``, which may hold a survey table's X and Y.
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
    flat = geometry is None
    geometry = _shapes(geometry, rows, table, complaints)
    centres = _centres(geometry)
    xy = centres[np.isfinite(centres).all(axis=1)]
    if len(xy):
        declared = _declared(rows, xy, config, file_crs, complaints, from_table=flat)
        source = None
        if not isinstance(declared, str):
            source = _reading(xy, rows, declared, measure=measure, complaints=complaints)
        if source is None:  # told for the table as a whole
            return _framed(rows, np.full_like(geometry, None), table, measure)
        _project(geometry, centres, rows, source, config.datum, measure, table, complaints)
    _tell_placeless(geometry, rows, table, complaints)
    return _framed(rows, geometry, table, measure)


@_QUIET
def find_measure_crs(
    rows: pd.DataFrame,
    geometry: NDArray[np.object_],
    *,
    config: TableConfig,
    file_crs: pyproj.CRS | None,
    complaints: Complaints,
) -> pyproj.CRS | None:
    """Return the measuring system of a county whose file names none, from where its zones lie.

    Parameters
    ----------
    rows, geometry
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
    centres = _centres(geometry)
    xy = centres[np.isfinite(centres).all(axis=1)]
    declared = _declared(rows, xy, config, file_crs, complaints, from_table=False)
    if isinstance(declared, str) or not len(xy):
        return None
    reading = _reading(xy, rows, declared, measure=None, complaints=complaints)
    if reading is None:
        return None
    lon, lat = np.median(geodesy.to_wgs84(reading.places, config.datum), axis=0)
    return geodesy.measure_crs_for(float(lon), float(lat))


def declared_measure_crs(text: str, *, complaints: Complaints) -> pyproj.CRS | None:
    """Return the measuring system that ``county.toml`` names, if one can measure in it.

    Parameters
    ----------
    text
        ``measure_crs`` of the county.
    complaints
        Grows by an error if it is not a grid in metres on a datum that can be converted to.

    Returns
    -------
    pyproj.CRS or None
        ``None`` after an error.
    """
    crs = _parse_crs(text)
    grid = crs is not None and crs.is_projected and not _unusable(crs)
    if crs is not None and grid and all(axis.unit_name == "metre" for axis in crs.axis_info):
        return crs
    complaints.add("measure_crs_unfit", file="county.toml", column="measure_crs", value=text)
    return None


def _parse_crs(text: str | None) -> pyproj.CRS | None:
    try:
        return None if text is None else pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        return None


def _framed(
    rows: pd.DataFrame, geometry: NDArray[np.object_], table: str, measure: pyproj.CRS
) -> gpd.GeoDataFrame:
    shapes = gpd.GeoSeries(geometry, index=rows.index, crs=measure)
    # Named as text: handed over as a series, every column would be looked at.
    placed = gpd.GeoDataFrame(rows.assign(geometry=shapes), geometry="geometry", copy=False)
    placed.attrs = rows.attrs  # geopandas before 1.2 leaves them behind
    lost = shapely.is_missing(geometry)
    drawn_only = table in {"zones", "boundary", "gates"}
    return placed[~lost] if drawn_only and lost.any() else placed


def _tell_placeless(
    geometry: NDArray[np.object_], rows: pd.DataFrame, table: str, complaints: Complaints
) -> None:
    lost = shapely.is_missing(geometry)
    if not lost.any():
        return
    on_site = "zone_id" in rows and rows["zone_id"].notna().any()
    no_slots = "slots" in rows and rows["slots"].eq(0).all()  # there is nothing to place
    if table == "facilities" and lost.all() and not (on_site or no_slots):
        total = int(rows["slots"].fillna(0).sum()) if "slots" in rows else 0
        tell_table(complaints, "facilities_without_places", rows, count=len(rows), slots=total)
    elif table == "facilities":
        named = rows["zone_id"].notna().to_numpy() if "zone_id" in rows else np.zeros_like(lost)
        for code, at in (
            ("facility_without_place", lost & ~named),
            ("facility_placed_by_zone", lost & named),
        ):
            slots = rows["slots"][at].fillna(0).astype("int64").tolist() if "slots" in rows else 0
            tell_rows(complaints, code, rows, at=at, value=ids_at(rows, at, table), slots=slots)
    if table == "candidates":
        ids = ids_at(rows, lost, table)
        tell_rows(complaints, "candidate_without_place", rows, at=lost, value=ids)
    if table == "gates":
        owners = ids_at(rows, lost, "zones")
        tell_rows(complaints, "gate_without_place", rows, at=lost, value=owners)


def _shapes(
    raw: NDArray[np.object_] | None, rows: pd.DataFrame, table: str, complaints: Complaints
) -> NDArray[np.object_]:
    """Return the shapes of the right kind, still in the file's units."""
    if raw is not None:
        if table in _POLYGON_TABLES:
            return take_polygons(raw, rows, table=table, complaints=complaints)
        if table in _POINT_TABLES:
            return take_points(raw, rows, complaints=complaints)
        return (
            take_lines(raw, rows, complaints=complaints)
            if table == "roads"
            else shapely.force_2d(raw)
        )
    geometry = np.full(len(rows), None, dtype=object)
    if table in _POINT_TABLES and {"lon", "lat"} <= set(rows.columns):
        x = rows["lon"].to_numpy(dtype=np.float64, na_value=np.nan)
        y = rows["lat"].to_numpy(dtype=np.float64, na_value=np.nan)
        given = np.isfinite(x) & np.isfinite(y) & ~((x == 0) & (y == 0))
        geometry[given] = shapely.points(x[given], y[given])
    return geometry


def _declared(
    rows: pd.DataFrame,
    xy: NDArray[np.float64],
    config: TableConfig,
    file_crs: pyproj.CRS | None,
    complaints: Complaints,
    *,
    from_table: bool,
) -> pyproj.CRS | str | None:
    """Return the system that file and county declare, or the code of what is wrong with it."""
    county_crs = _parse_crs(config.crs)
    if config.crs is not None and county_crs is None:
        return _refuse(complaints, "crs_unknown", rows, config.crs)
    declared = county_crs if file_crs is None else file_crs
    if declared is None:
        plain = from_table or config.datum in {*_MAP_DATUMS, "cgcs2000"}
        return None if plain else _refuse(complaints, "crs_missing", rows)
    for crs in (declared, county_crs):
        code = "" if crs is None else _unusable(crs)
        if code and crs is not None:
            return _refuse(complaints, code, rows, crs.name)
    if file_crs is None or county_crs is None or same_place(xy, file_crs, county_crs):
        return declared
    degrees = bool(in_degrees(xy).mean() > 0.5) if len(xy) else True  # noqa: PLR2004  # most
    if county_crs.is_geographic == degrees != file_crs.is_geographic:
        # The file's word is impossible and the county's is not: it was written to mend just that.
        _refuse(complaints, "crs_from_county", rows, county_crs.name, file_crs=file_crs.name)
        return county_crs
    return _refuse(complaints, "crs_conflict", rows, f"{file_crs.name} / {county_crs.name}")


def _unusable(crs: pyproj.CRS) -> str:
    """Return the code of what forbids a system, or nothing."""
    try:
        old = geodesy.refused_datum(crs)
    except pyproj.exceptions.CRSError:  # a damaged definition may be read and not taken apart
        return "crs_unknown"
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


def _refuse(
    complaints: Complaints,
    code: str,
    rows: pd.DataFrame,
    value: str = "",
    **params: Any,  # noqa: ANN401  # whatever the sentence names
) -> str:
    """Complain about a whole table and return the code."""
    tell_table(complaints, code, rows, value=value, **params)
    return code


def _centres(geometry: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the middle of each shape's box, shape (n, 2)."""
    box = shapely.bounds(geometry)
    return np.asarray((box[:, :2] + box[:, 2:]) / 2, dtype=np.float64)


def _reading(
    xy: NDArray[np.float64],
    rows: pd.DataFrame,
    declared: pyproj.CRS | None,
    *,
    measure: pyproj.CRS | None,
    complaints: Complaints,
) -> Reading | None:
    """Return how to read a table's numbers and tell if it is not as declared; nothing if it cannot."""
    try:
        reading = read_reference(xy, declared=declared, measure=measure)
    except Unreadable as verdict:
        middle = " ".join(f"{each:.10g}" for each in np.median(xy, axis=0))
        _refuse(complaints, str(verdict), rows, middle, count=len(xy))
        return None
    if reading.told and measure is not None:
        _refuse(complaints, reading.told, rows, reading.crs.name, count=len(xy))
    return reading


def _project(
    geometry: NDArray[np.object_],
    centres: NDArray[np.float64],
    rows: pd.DataFrame,
    source: Reading,
    datum: str,
    measure: pyproj.CRS,
    table: str,
    complaints: Complaints,
) -> None:
    """Replace shapes by their like in the measuring system; what has no place there becomes None."""
    swapped, stray = _odd_rows(centres, source, measure)
    shown = ids_at(rows, swapped, table)
    tell_rows(complaints, "axes_swapped_row", rows, at=swapped, value=shown, most=MANY)
    code = "place_not_a_place" if table in _POLYGON_TABLES else "point_not_a_place"
    value = [f"{x:.10g}, {y:.10g}" for x, y in centres[stray]]
    tell_rows(complaints, code, rows, at=stray, value=value)
    geometry[stray] = None
    lost = np.zeros(len(geometry), dtype=np.bool_)
    turned, way = swapped != source.swapped, _way(source.crs, datum, measure)
    if way is not None or turned.any():
        for part in parts_of(len(geometry)):
            lost[part] = _move(geometry[part], turned[part], way)
    if table in _POLYGON_TABLES:
        tell_rows(complaints, "geometry_outside_projection", rows, at=lost)


def _move(
    geometry: NDArray[np.object_], turned: NDArray[np.bool_], way: Way | None
) -> NDArray[np.bool_]:
    """Replace shapes by their like in the measuring system; return which have none there.

    A shape whose numbers stay the same stays the very object that was read.
    """
    xy, owner = shapely.get_coordinates(geometry, return_index=True)
    exchanged = turned[owner]
    xy[exchanged] = xy[exchanged, ::-1]
    moved = xy if way is None else way(xy)
    lost = np.zeros(len(geometry), dtype=np.bool_)
    if not np.isfinite(moved.sum()):
        lost[owner[~np.isfinite(moved).all(axis=1)]] = True
        geometry[lost] = None
        moved = moved[~lost[owner]]
    if lost.any() or moved is not xy or exchanged.any():
        geometry[:] = with_coordinates(geometry, moved)
    return lost


def _odd_rows(
    centres: NDArray[np.float64], source: Reading, measure: pyproj.CRS
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows have their two numbers exchanged, and which are in another unit."""
    swapped = np.zeros(len(centres), dtype=np.bool_)
    stray = np.zeros(len(centres), dtype=np.bool_)
    if not len(source.places):
        return swapped, stray
    there = np.flatnonzero(np.isfinite(centres).all(axis=1))
    odd = there[~near(source.places, measure)]
    xy = centres[odd, ::-1] if source.swapped else centres[odd]
    swapped[odd] = near(lonlat_of(xy[:, ::-1], source.crs), measure)
    if source.crs.is_geographic:
        beyond = (np.abs(xy[:, 0]) > _HALF_TURN) | (np.abs(xy[:, 1]) > _HALF_TURN / 2)
        stray[odd] = beyond & ~swapped[odd]
    else:
        stray[odd] = in_degrees(xy)
    return swapped & ~stray, stray


def _way(crs: pyproj.CRS, datum: str, measure: pyproj.CRS) -> Way | None:
    """Return how coordinates become those of the measuring system, nothing where they are."""
    if datum in _MAP_DATUMS:
        return lambda xy: convert(geodesy.to_wgs84(lonlat_of(xy, crs), datum), _WGS84, measure)
    if crs.equals(measure, ignore_axis_order=True):
        return None
    return lambda xy: convert(xy, crs, measure)
