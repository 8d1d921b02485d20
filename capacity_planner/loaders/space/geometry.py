"""Shapes in metres: what is safe is repaired, and each repair is told with the area it moved.

Only here, after projecting: a polygon that is valid in degrees can cross itself in the projection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from capacity_planner.loaders.files.shapes import answers_of
from capacity_planner.loaders.space.rings import is_plain, look_at_rings
from capacity_planner.loaders.tell import tell_rows

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints

__all__ = ["repair", "with_coordinates"]

_POLYGON_TABLES: Final = frozenset({"zones", "townships", "boundary"})

_SLIVER_M2: Final = 1.0
_SLIVER_SHARE: Final = 0.001
_THIN: Final = 0.005
"""4π area / perimeter²: 1 for a circle, 0.785 for a square, 0.005 for 1 m by 600 m."""
_LINE: Final = 0.0001
"""The same for 1 cm by 300 m: a line, which projecting has bent a little."""
_MUCH: Final = 0.01
_SAME_M: Final = 0.01
# What comes of broken coordinates is looked at and told; numpy need not warn of it as well.
_QUIET: Final = np.errstate(invalid="ignore", over="ignore", divide="ignore")


@_QUIET
def repair(frame: gpd.GeoDataFrame, *, table: str, complaints: Complaints) -> gpd.GeoDataFrame:
    """Return a layer whose polygons are valid, each repair told with the area it moved.

    Parameters
    ----------
    frame
        Polygons in a projected system, metres; ``None`` stays.
    table
        Its name; a zone that has no area left is an error and left out. Tables of points and lines
        come back as they are.
    complaints
        Grows by the repairs.

    Returns
    -------
    geopandas.GeoDataFrame
        Same order; without the zones that have no area.
    """
    if table not in _POLYGON_TABLES or frame.geometry.isna().all():
        return frame
    geometry = np.array(frame.geometry.to_numpy(), dtype=object)
    rings = look_at_rings(geometry)
    turned = _turn_rings(geometry, rings.left, frame, complaints)
    doubtful = np.flatnonzero(~rings.sound)
    _drop_repeated(geometry, doubtful, frame, complaints)
    _make_valid(geometry, doubtful, frame, complaints)
    _drop_slivers(geometry, doubtful, frame, complaints)
    there = ~shapely.is_missing(geometry)
    area, length = answers_of(geometry, shapely.area, shapely.length)
    round_as = 4 * np.pi * area / np.maximum(length, _SAME_M) ** 2
    gone = there & ~((area >= _SLIVER_M2) & (round_as >= _LINE))
    geometry[gone] = None
    if table == "zones":
        size = [f"{each:,.1f}" for each in area[gone]]
        tell_rows(complaints, "geometry_without_area", frame, at=gone, area=size)
        thin = there & ~gone & (round_as < _THIN)
        size = [f"{each:,.1f}" for each in area[thin]]
        tell_rows(complaints, "geometry_thin", frame, at=thin, area=size)
    if turned or len(doubtful) or gone.any():
        frame = frame.set_geometry(_series(geometry, frame))
    return frame[~gone] if table == "zones" and gone.any() else frame


def with_coordinates(
    geometry: NDArray[np.object_], coordinates: NDArray[np.float64]
) -> NDArray[np.object_]:
    """Return shapes with other coordinates in the order of their own.

    Parameters
    ----------
    geometry
        Shape (n,): shapely objects in two dimensions or ``None``.
    coordinates
        Shape (m, 2), one row for each coordinate of the shapes.

    Returns
    -------
    NDArray[np.object_]
        Shape (n,), new objects.

    Examples
    --------
    >>> square = np.array([shapely.box(0, 0, 1, 1)], dtype=object)
    >>> with_coordinates(square, shapely.get_coordinates(square) + 5)[0].bounds
    (5.0, 5.0, 6.0, 6.0)
    """
    out = np.array(geometry, dtype=object)
    if not is_plain(out).all():
        return np.asarray(shapely.set_coordinates(out, coordinates), dtype=object)
    # Built anew from offsets: five times as fast as setting coordinates shape by shape.
    rings = np.arange(len(out) + 1)
    starts = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(out))])
    kind = shapely.GeometryType.POLYGON
    built = shapely.from_ragged_array(kind, coordinates, (starts, rings))
    return np.asarray(built, dtype=object)


def _turn_rings(
    geometry: NDArray[np.object_],
    left: NDArray[np.bool_],
    frame: gpd.GeoDataFrame,
    complaints: Complaints,
) -> bool:
    """Turn the rings that run the other way than most shapes of the layer; return if there are any."""
    drawn = ~shapely.is_missing(geometry)
    left_fewer = bool(left.sum() * 2 < drawn.sum())
    odd = left if left_fewer else drawn & ~left
    if odd.any():
        geometry[odd] = shapely.orient_polygons(geometry[odd], exterior_cw=left_fewer)
        where, count = np.flatnonzero(odd)[:1], int(odd.sum())
        tell_rows(complaints, "geometry_rings_turned", frame, at=where, count=count)
    return bool(odd.any())


def _repeats(geometry: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which shapes have a corner twice in succession."""
    coordinates, owner = shapely.get_coordinates(geometry, return_index=True)
    x, y = coordinates.T
    again = (x[1:] == x[:-1]) & (y[1:] == y[:-1]) & (owner[1:] == owner[:-1])
    found = np.zeros(len(geometry), dtype=np.bool_)
    found[owner[1:][again]] = True
    return found


def _drop_repeated(
    geometry: NDArray[np.object_],
    doubtful: NDArray[np.int64],
    frame: gpd.GeoDataFrame,
    complaints: Complaints,
) -> None:
    at = doubtful[_repeats(geometry[doubtful])]
    if not len(at):
        return
    before = shapely.get_num_coordinates(geometry[at])
    geometry[at] = shapely.remove_repeated_points(geometry[at])
    fewer = before - shapely.get_num_coordinates(geometry[at])
    kept = fewer > 0
    count = fewer[kept].tolist()
    tell_rows(complaints, "geometry_points_repeated", frame, at=at[kept], count=count)


def _make_valid(
    geometry: NDArray[np.object_],
    doubtful: NDArray[np.int64],
    frame: gpd.GeoDataFrame,
    complaints: Complaints,
) -> None:
    shapes = geometry[doubtful]
    at = doubtful[~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)]
    if not len(at):
        return
    reasons = shapely.is_valid_reason(geometry[at])
    before = shapely.area(geometry[at])
    mended = shapely.make_valid(geometry[at], method="structure", keep_collapsed=False)
    after = shapely.area(mended)
    geometry[at] = mended
    moved = np.abs(after - before)
    much = moved > _MUCH * np.maximum(after, before)
    for code, which in (("geometry_repaired", ~much), ("geometry_repaired_much", much)):
        mine = which & (after > 0)
        tell_rows(
            complaints,
            code,
            frame,
            at=at[mine],
            value=[_words(each) for each in reasons[mine]],
            area=[f"{each:,.1f}" for each in moved[mine]],
            before=[f"{each:,.1f}" for each in before[mine]],
            after=[f"{each:,.1f}" for each in after[mine]],
        )


def _words(reason: str) -> str:
    """Return GEOS's reason without the coordinates, which are ours and not the office's."""
    return reason.split("[", maxsplit=1)[0].strip()


def _drop_slivers(
    geometry: NDArray[np.object_],
    doubtful: NDArray[np.int64],
    frame: gpd.GeoDataFrame,
    complaints: Complaints,
) -> None:
    """Drop parts of a multipolygon that are too small to be anything but a slip of the hand."""
    several = doubtful[shapely.get_num_geometries(geometry[doubtful]) > 1]
    parts, owner = shapely.get_parts(geometry[several], return_index=True)
    areas = shapely.area(parts)
    whole = np.bincount(owner, weights=areas, minlength=len(several))
    sliver = (areas < _SLIVER_M2) & (areas < _SLIVER_SHARE * whole[owner])
    for each in np.unique(owner[sliver]).tolist():
        mine = owner == each
        kept = parts[mine & ~sliver]
        geometry[several[each]] = kept[0] if len(kept) == 1 else shapely.MultiPolygon(kept.tolist())
        lost = areas[mine & sliver]
        where = several[[each]]
        area = f"{lost.sum():,.3f}"
        tell_rows(
            complaints, "geometry_sliver_dropped", frame, at=where, count=len(lost), area=area
        )


def _series(geometry: NDArray[np.object_], frame: gpd.GeoDataFrame) -> gpd.GeoSeries:
    import geopandas  # noqa: PLC0415  # the type is only needed here

    return geopandas.GeoSeries(geometry, index=frame.index, crs=frame.crs)
