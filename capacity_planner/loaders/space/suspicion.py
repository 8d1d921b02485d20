"""Places that lie where they should not: far away, or all shifted to one side as map services do.

Nothing is moved here. A layer is suspected when moving it back by GCJ-02's or BD-09's own shift makes many
more places agree with another layer than agree now, and hardly any fewer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj
import shapely

from capacity_planner import crs as geodesy
from capacity_planner.loaders.matching import positions_of
from capacity_planner.loaders.space.outlines import Outlines
from capacity_planner.loaders.space.reference import convert
from capacity_planner.loaders.tell import MANY, ids_at, tell_rows, tell_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints

    _Agrees: TypeAlias = Callable[[NDArray[np.float64], NDArray[np.int64]], NDArray[np.bool_]]
    """Which places (shape (n, 2), metres) agree with a layer, being those of these positions."""

__all__ = ["suspect_datum", "tell_outside"]

_WGS84: Final = pyproj.CRS.from_epsg(4326)
_FAR_M: Final = 50_000.0
"""A facility this far from every zone serves none in any radius that a county would choose."""
_SPREAD: Final = 6.0
"""A zone is far when it lies beyond so many times the median distance from the middle."""
_LEAST: Final = 2
"""Fewer places that change sides prove nothing."""
_FEW: Final = 8
"""Where fewer change sides, all places must agree afterwards."""
_SHARE: Final = 0.3
"""Nor do fewer than this share of all."""
_ODDS: Final = 4
"""So many places must come to agree for each that ceases to."""
_SAMPLE: Final = 2_000
_SHIFTS: Final = {
    "gcj02": (geodesy.gcj02_to_wgs84, geodesy.wgs84_to_gcj02),
    "bd09": (geodesy.bd09_to_wgs84, geodesy.wgs84_to_bd09),
}
"""The way back and the way there."""
_NAMES: Final = {"gcj02": "GCJ-02", "bd09": "BD-09"}
_COMPASS: Final = (
    ("东", "east"),
    ("东北", "north-east"),
    ("北", "north"),
    ("西北", "north-west"),
    ("西", "west"),
    ("西南", "south-west"),
    ("南", "south"),
    ("东南", "south-east"),
)
# What comes of broken coordinates is looked at and told; numpy need not warn of it as well.
_QUIET: Final = np.errstate(invalid="ignore", over="ignore", divide="ignore")


@_QUIET
def suspect_datum(
    zones: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    boundary: gpd.GeoDataFrame | None,
    *,
    outlines: Outlines,
    lying: tuple[NDArray[np.int64], NDArray[np.int64]],
    complaints: Complaints,
) -> None:
    """Tell places that lie far away, and layers that look shifted, and by how much.

    Parameters
    ----------
    zones
        Polygons in metres.
    facilities
        Points in the same system, or ``None``; ``zone_id`` names a zone a facility is on site for.
    boundary
        The county line, or ``None``.
    outlines
        The zones' shapes.
    lying
        Facility and zone, by row, of every facility that lies in a zone.
    complaints
        Grows by warnings, and by an error if every facility lies far from every zone.
    """
    if not len(zones):
        return
    shapes = outlines.shapes
    points = np.asarray(facilities.geometry.to_numpy(), dtype=object)
    near = _tell_far(zones, outlines, facilities, points, complaints)
    line = None if boundary is None else _line_of(boundary)
    if line is not None:
        _suspect(_inner_points(shapes), _inside_of(line), {"zones": zones}, complaints)
        _suspect(points[near], _inside_of(line), {"facilities": facilities}, complaints)
    if any(each.code == "datum_suspected" for each in complaints):
        return
    at, own = _on_site(zones, facilities, near)
    both = {"facilities": facilities, "zones": zones}
    if not _suspect(points[at], _inside_own(shapes[own]), both, complaints):
        inside = np.zeros(len(points), dtype=np.bool_)
        inside[lying[0]] = True
        _suspect(points[near], _inside_any(outlines), both, complaints, now=inside[near])


def tell_outside(
    zones: gpd.GeoDataFrame,
    candidates: gpd.GeoDataFrame | None,
    boundary: gpd.GeoDataFrame | None,
    *,
    outlines: Outlines,
    complaints: Complaints,
) -> None:
    """Tell candidates far from every zone, and zones outside the county line, with their distance.

    Parameters
    ----------
    zones
        Polygons in metres.
    candidates
        Points in the same system, or ``None``.
    boundary
        The county line, or ``None``.
    outlines
        The zones' shapes.
    complaints
        Grows by warnings.
    """
    shapes = outlines.shapes
    if candidates is not None and len(shapes):
        points = np.asarray(candidates.geometry.to_numpy(), dtype=object)
        there = np.flatnonzero(~shapely.is_missing(points))
        away = np.zeros(len(points))
        away[there] = _nearest_m(outlines, points[there])
        far = away > _FAR_M
        _tell(complaints, candidates, "candidates", far, away, ("最近的居住区", "the nearest zone"))
    line = None if boundary is None else _line_of(boundary)
    if line is None:
        return
    outside = ~np.asarray(shapely.intersects(line, shapes), dtype=np.bool_)
    away = shapely.distance(line, shapes[outside])
    tell_rows(
        complaints,
        "zone_outside_county",
        zones,
        at=outside,
        value=ids_at(zones, outside, "zones"),
        distance=[round(float(each)) for each in away],
        most=MANY,
    )


def _on_site(
    zones: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, near: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the facilities that name their zone, and the positions of those zones."""
    if "zone_id" not in facilities or facilities["zone_id"].isna().all():
        return np.empty(0, np.int64), np.empty(0, np.int64)
    own = positions_of(facilities["zone_id"], zones["zone_id"])
    at = np.flatnonzero((own >= 0) & near)
    return at, own[at]


def _tell_far(
    zones: gpd.GeoDataFrame,
    outlines: Outlines,
    facilities: gpd.GeoDataFrame,
    points: NDArray[np.object_],
    complaints: Complaints,
) -> NDArray[np.bool_]:
    """Tell far zones and facilities; return which facilities lie near the zones."""
    box = outlines.boxes
    centres = (box[:, :2] + box[:, 2:]) / 2
    middle = np.median(centres, axis=0)
    off = np.hypot(*(centres - middle).T)
    stray = off > np.maximum(_SPREAD * np.median(off), _FAR_M)
    _tell(complaints, zones, "zones", stray, off, ("居住区的中心", "the middle of the zones"))
    there = ~shapely.is_missing(points)
    near = there.copy()
    if not there.any():
        return near
    if stray.any():
        outlines = Outlines(outlines.shapes[~stray])
    distance = _nearest_m(outlines, points[there])
    near[there] = distance <= _FAR_M
    if not near.any():
        count, least = int(there.sum()), round(float(distance.min()) / 1000)
        tell_table(complaints, "facilities_elsewhere", facilities, count=count, distance=least)
        return near
    away = np.zeros(len(points))
    away[there] = distance
    _tell(
        complaints,
        facilities,
        "facilities",
        there & ~near,
        away,
        ("最近的居住区", "the nearest zone"),
    )
    return near


def _inner_points(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return a point within each of some thousand shapes, from all over their list."""
    return np.asarray(shapely.point_on_surface(_some(shapes)), dtype=object)


def _corners(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return a corner of each of some thousand shapes, from all over their list."""
    xy, owner = shapely.get_coordinates(_some(shapes), return_index=True)
    return np.asarray(shapely.points(xy[np.diff(owner, prepend=-1) > 0]), dtype=object)


def _some(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    return shapes[:: max(1, len(shapes) // _SAMPLE)]


def _nearest_m(outlines: Outlines, points: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return how far the nearest shape is from each point, shape (n,), metres.

    Exact for what is far. What is near a corner of one of the shapes is near, and not measured more
    closely: that takes ten times as long.
    """
    corner = shapely.STRtree(_corners(outlines.shapes))
    _, distance = corner.query_nearest(points, return_distance=True, all_matches=False)
    far = np.flatnonzero(distance > _FAR_M)
    if len(far):  # a tree of all shapes takes as long as all else here
        _, exact = outlines.tree.query_nearest(points[far], return_distance=True, all_matches=False)
        distance[far] = exact
    return np.asarray(distance, dtype=np.float64)


def _tell(
    complaints: Complaints,
    rows: pd.DataFrame,
    table: str,
    far: NDArray[np.bool_],
    metres: NDArray[np.float64],
    what: tuple[str, str],
) -> None:
    ids = ids_at(rows, far, table)
    away = [round(float(each) / 1000) for each in metres[far]]
    zh, en = what
    tell_rows(
        complaints, "places_far", rows, at=far, value=ids, distance=away, what=zh, what_en=en,
        most=MANY,
    )  # fmt: skip


def _line_of(boundary: gpd.GeoDataFrame) -> shapely.Geometry | None:
    shapes = np.asarray(boundary.geometry.to_numpy(), dtype=object)
    shapes = shapes[~shapely.is_missing(shapes)]
    if not len(shapes):
        return None
    line = shapely.union_all(shapes)
    shapely.prepare(line)
    return line


def _inside_of(line: shapely.Geometry) -> _Agrees:
    return lambda xy, _: np.asarray(shapely.intersects_xy(line, xy[:, 0], xy[:, 1]), dtype=np.bool_)


def _inside_any(outlines: Outlines) -> _Agrees:
    def inside(xy: NDArray[np.float64], _: NDArray[np.int64]) -> NDArray[np.bool_]:
        found = np.zeros(len(xy), dtype=np.bool_)
        found[outlines.holding(xy)[0]] = True
        return found

    return inside


def _inside_own(shapes: NDArray[np.object_]) -> _Agrees:
    return lambda xy, at: np.asarray(
        shapely.intersects_xy(shapes[at], xy[:, 0], xy[:, 1]), dtype=np.bool_
    )


def _suspect(
    points: NDArray[np.object_],
    agrees: _Agrees,
    layers: Mapping[str, gpd.GeoDataFrame],
    complaints: Complaints,
    *,
    now: NDArray[np.bool_] | None = None,
) -> bool:
    """Tell the first layer that agrees better with another when a map datum's shift is undone.

    The first of ``layers`` is that of the points. To suspect a second, with which they should agree,
    the points are moved the other way. ``now`` says which agree as they are, where that is known.
    """
    xy = shapely.get_coordinates(points)
    if len(xy) < _LEAST:
        return False
    if now is None:
        now = agrees(xy, np.arange(len(xy)))
    home, away = np.flatnonzero(now), np.flatnonzero(~now)
    least = max(_LEAST, _SHARE * len(xy))
    if len(away) < least:
        return False
    crs = next(iter(layers.values())).crs
    lonlat = convert(xy, crs, _WGS84)
    for way, (table, rows) in enumerate(layers.items()):
        best: tuple[int, str, int] | None = None
        for key, shifts in _SHIFTS.items():
            shift = shifts[way]
            lost = int((~agrees(_shifted(lonlat[home], shift, crs), home)).sum())
            if lost * _ODDS > len(away):
                continue  # not even all of those away could outweigh them
            gained = int(agrees(_shifted(lonlat[away], shift, crs), away).sum())
            enough = gained >= least and gained >= _ODDS * lost
            complete = gained == len(away) and not lost
            if enough and (gained >= _FEW or complete) and (best is None or gained > best[0]):
                best = gained, key, len(home) - lost + gained
        if best is not None:
            _, key, agreeing = best
            moved = _shifted(lonlat, _SHIFTS[key][way], crs)
            off = np.median(moved - xy if way else xy - moved, axis=0)
            _tell_shift(rows, table, off, key, (agreeing, len(home)), complaints)
            return True
    return False


def _shifted(
    lonlat: NDArray[np.float64],
    shift: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    crs: pyproj.CRS,
) -> NDArray[np.float64]:
    return convert(shift(lonlat), _WGS84, crs)


def _tell_shift(
    rows: gpd.GeoDataFrame,
    table: str,
    shift: NDArray[np.float64],
    key: str,
    agreeing: tuple[int, int],
    complaints: Complaints,
) -> None:
    zh, en = _COMPASS[round(float(np.arctan2(shift[1], shift[0])) / (np.pi / 4)) % len(_COMPASS)]
    what, what_en = {"zones": ("居住区", "zones"), "facilities": ("设施", "facilities")}[table]
    tell_table(
        complaints,
        "datum_suspected",
        rows,
        what=what,
        what_en=what_en,
        direction=zh,
        direction_en=en,
        distance=round(float(np.hypot(*shift))),
        better=agreeing[0],
        now=agreeing[1],
        datum=_NAMES[key],
        key=key,
    )
