"""Shapes as sent, in the file's own units: of the right kind and in two dimensions, or told by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from capacity_planner.loaders.tell import tell_rows, tell_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints

__all__ = ["answers_of", "parts_of", "take_lines", "take_points", "take_polygons"]

_POINT: Final = 0
_LINES: Final = (1, 2, 5)
_POLYGON: Final = 3
_MULTIPOINT: Final = 4
_MULTIPOLYGON: Final = 6
_COLLECTION: Final = 7
_KINDS: Final = ("point", "line", "line", "polygon", "point", "line", "polygon", "collection")
_AT_ONCE: Final = 1 << 11
# What comes of broken coordinates is looked at and told; numpy need not warn of it as well.
_QUIET: Final = np.errstate(invalid="ignore", over="ignore", divide="ignore")


@_QUIET
def take_polygons(
    geometry: NDArray[np.object_], rows: pd.DataFrame, *, table: str, complaints: Complaints
) -> NDArray[np.object_]:
    """Return polygons in two dimensions, ``None`` where a row has none to give.

    Parameters
    ----------
    geometry
        Shape (n,): shapely objects or ``None``, any units.
    rows
        The n rows they belong to.
    table
        ``zones`` (a row without polygon is an error), ``townships`` (a warning) or another.
    complaints
        Grows by what was refused or left out.

    Returns
    -------
    NDArray[np.object_]
        Shape (n,).
    """
    geometry = np.array(geometry, dtype=object)
    tall, deep, kinds, empty, length = answers_of(
        geometry,
        shapely.has_z,
        shapely.has_m,
        shapely.get_type_id,
        shapely.is_empty,
        shapely.length,
    )
    _flatten(geometry, tall | deep, rows, complaints)
    mixed = kinds == _COLLECTION
    if mixed.any():
        geometry[mixed] = [_polygons_of(each) for each in geometry[mixed]]
        length[mixed] = shapely.length(geometry[mixed])
        tell_rows(complaints, "geometry_parts_dropped", rows, at=mixed & _there(geometry))
    bad = "error" if table in {"zones", "boundary"} else "warning"
    missing = shapely.is_missing(geometry) | (empty & ~mixed)
    if table in {"zones", "boundary"}:
        tell_rows(complaints, "geometry_missing", rows, at=missing & ~mixed)
    wrong = ~missing & ~np.isin(kinds, (_POLYGON, _MULTIPOLYGON, _COLLECTION)) | (mixed & missing)
    tell_rows(
        complaints,
        "geometry_not_polygon" if bad == "error" else "township_not_polygon",
        rows,
        at=wrong,
        value=[_KINDS[kind] for kind in kinds[wrong].tolist()],
    )
    broken = _not_finite(geometry, ~np.isfinite(length)) & ~wrong & ~missing
    tell_rows(complaints, "coordinates_not_finite", rows, at=broken)
    geometry[missing | wrong | broken] = None
    return geometry


@_QUIET
def take_points(
    geometry: NDArray[np.object_], rows: pd.DataFrame, *, complaints: Complaints
) -> NDArray[np.object_]:
    """Return one point a row, ``None`` where a row has none to give.

    Parameters
    ----------
    geometry
        Shape (n,): shapely objects or ``None``, any units. Of a polygon (a building's outline) an
        inner point is taken, and told.
    rows
        The n rows they belong to.
    complaints
        Grows by what was changed; rows left without a place are the caller's to tell.

    Returns
    -------
    NDArray[np.object_]
        Shape (n,).
    """
    geometry = np.array(geometry, dtype=object)
    _flatten(geometry, shapely.has_z(geometry) | shapely.has_m(geometry), rows, complaints)
    every = np.ones(len(geometry), dtype=np.bool_)
    geometry[_not_finite(geometry, every) | shapely.is_empty(geometry)] = None
    kinds = shapely.get_type_id(geometry)
    areas = np.isin(kinds, (_POLYGON, _MULTIPOLYGON))
    if areas.any():
        geometry[areas] = shapely.point_on_surface(geometry[areas])
        tell_rows(complaints, "point_from_polygon", rows, at=areas)
    single = (kinds == _MULTIPOINT) & (shapely.get_num_geometries(geometry) == 1)
    geometry[single] = shapely.get_geometry(geometry[single], 0)
    geometry[~(areas | single | (kinds == _POINT))] = None
    return geometry


@_QUIET
def take_lines(
    geometry: NDArray[np.object_], rows: pd.DataFrame, *, complaints: Complaints
) -> NDArray[np.object_]:
    """Return lines in two dimensions, ``None`` where a row has none; nothing but lines are streets.

    Parameters
    ----------
    geometry
        Shape (n,): shapely objects or ``None``, any units.
    rows
        The n rows they belong to.
    complaints
        Grows by the rows that hold something else, an error if none holds a line.

    Returns
    -------
    NDArray[np.object_]
        Shape (n,).
    """
    geometry = shapely.force_2d(np.array(geometry, dtype=object))
    kinds, length = answers_of(geometry, shapely.get_type_id, shapely.length)
    lines = np.isin(kinds, _LINES) & ~_not_finite(geometry, ~np.isfinite(length))
    if not lines.any():
        tell_table(complaints, "roads_without_lines", rows)
    else:
        tell_rows(
            complaints,
            "road_not_line",
            rows,
            at=np.flatnonzero(~lines)[:1],
            count=int((~lines).sum()),
        )
    geometry[~lines] = None
    return geometry


def parts_of(shapes: int) -> Iterator[slice]:
    """Yield slices of so many shapes that their coordinates fit the processor's cache, and memory."""
    for start in range(0, shapes, _AT_ONCE):
        yield slice(start, start + _AT_ONCE)


def answers_of(
    geometry: NDArray[np.object_], *questions: Callable[[NDArray[np.object_]], NDArray[Any]]
) -> list[NDArray[Any]]:
    """Return what several functions of shapely say of all shapes.

    Asked part by part: a shape that was fetched for the first question is still at hand for the
    others, which halves the time of some hundred thousand shapes.

    Parameters
    ----------
    geometry
        Shape (n,): shapely objects or ``None``.
    *questions
        Functions of an array of shapes.

    Returns
    -------
    list of NDArray
        The n answers to each question.

    Examples
    --------
    >>> squares = np.array([shapely.box(0, 0, 1, 1), shapely.box(0, 0, 2, 2)], dtype=object)
    >>> [each.tolist() for each in answers_of(squares, shapely.area, shapely.length)]
    [[1.0, 4.0], [4.0, 8.0]]
    """
    parts = [geometry[part] for part in parts_of(len(geometry))] or [geometry]
    said = [[question(part) for question in questions] for part in parts]
    return [np.concatenate(each) for each in zip(*said, strict=True)]


def _flatten(
    geometry: NDArray[np.object_],
    tall: NDArray[np.bool_],
    rows: pd.DataFrame,
    complaints: Complaints,
) -> None:
    """Bring shapes that have heights or measures into two dimensions."""
    if tall.any():
        geometry[tall] = shapely.force_2d(geometry[tall])
        tell_rows(
            complaints,
            "geometry_z_dropped",
            rows,
            at=np.flatnonzero(tall)[:1],
            count=int(tall.sum()),
        )


def _there(geometry: NDArray[np.object_]) -> NDArray[np.bool_]:
    return np.asarray(~shapely.is_missing(geometry) & ~shapely.is_empty(geometry), dtype=np.bool_)


def _not_finite(geometry: NDArray[np.object_], doubtful: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which of the doubtful shapes have a coordinate that is no number, shape (n,).

    Every corner counts in the length of lines and outlines: where that is a number, all are.
    """
    at = np.flatnonzero(doubtful)
    coordinates, owner = shapely.get_coordinates(geometry[at], return_index=True)
    broken = np.zeros(len(geometry), dtype=np.bool_)
    broken[at[owner[~np.isfinite(coordinates).all(axis=1)]]] = True
    return broken


def _polygons_of(collection: shapely.Geometry) -> shapely.Geometry | None:
    parts = shapely.get_parts(shapely.get_parts(collection))
    flat = [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]
    if not flat:
        return None
    return flat[0] if len(flat) == 1 else shapely.MultiPolygon(flat)
