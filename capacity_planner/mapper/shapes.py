"""Geometry small enough for a page: simplified together, whole quanta, packed as text.

A page holds coordinates as whole steps of :data:`QUANTUM_DEG` degrees. All vertices of a table form
one walk; only the step from each vertex to the next is kept, and the steps are packed five bits a
character (the variable-length quantities known from source maps), so that decoding is one running
sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyproj
import shapely

from capacity_planner.crs import wgs84_to_gcj02

if TYPE_CHECKING:
    from numpy.typing import NDArray

Ints: TypeAlias = "NDArray[np.int64]"
Geometries: TypeAlias = "NDArray[np.object_]"

__all__ = ["QUANTUM_DEG", "Drawing", "pack", "pack_points", "pack_polygons", "simplify"]

QUANTUM_DEG: Final = 1e-5
"""One step of a packed coordinate: about 1.1 m on the ground."""

_ALPHABET: Final = np.frombuffer(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", dtype=np.uint8
)
_BITS: Final = 5
_MORE: Final = 1 << _BITS
_DIGITS: Final = 13
_LEAST_CORNERS: Final = 3


@dataclass(frozen=True)
class Drawing:
    """How a page's coordinates are made.

    Parameters
    ----------
    crs
        The measuring CRS of the geometry that comes in.
    tolerance_m
        Detail smaller than this is not drawn, metres.
    gcj02
        Whether to move everything to GCJ-02, to lie right on a base map in that datum.
    """

    crs: pyproj.CRS
    tolerance_m: float = 2.0
    gcj02: bool = False

    def steps(self, xy: NDArray[np.float64]) -> Ints:
        """Return measuring coordinates, ``float64[n, 2]`` metres, as steps, ``int64[n, 2]``."""
        if len(xy) == 0:
            return np.zeros((0, 2), dtype=np.int64)
        lon_lat = np.column_stack(_to_degrees(self.crs).transform(xy[:, 0], xy[:, 1]))
        if self.gcj02:
            lon_lat = wgs84_to_gcj02(lon_lat)
        return np.rint(lon_lat / QUANTUM_DEG).astype(np.int64)


@cache
def _to_degrees(crs: pyproj.CRS) -> pyproj.Transformer:
    """Return the way to longitude and latitude; CGCS2000 and WGS 84 differ by nothing drawn here."""
    return pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


def simplify(polygons: Geometries, tolerance_m: float) -> Geometries:
    """Return the polygons with less detail; borders shared by neighbours stay shared.

    Parameters
    ----------
    polygons
        ``object[n]`` of polygons, multipolygons or ``None``, in metres.
    tolerance_m
        Detail below this is dropped, metres.

    Returns
    -------
    numpy.ndarray
        ``object[n]``. Where the polygons overlap, so that there are no shared borders to keep, each
        is simplified by itself; a polygon that would vanish stays as it was.

    Examples
    --------
    >>> bent = shapely.Polygon([(0, 0), (50, 0.1), (100, 0), (100, 100), (0, 100)])
    >>> shapely.get_num_coordinates(simplify(np.array([bent]), 2.0)).item()
    5
    """
    given = np.asarray(polygons, dtype=object)
    there = ~(shapely.is_missing(given) | shapely.is_empty(given))
    out = given.copy()
    if not there.any():
        return out
    if _share_borders(given[there]) and shapely.coverage_is_valid(given[there]):
        thinner = shapely.coverage_simplify(given[there], tolerance_m)
    else:
        thinner = shapely.simplify(given[there], tolerance_m, preserve_topology=True)
    out[there] = np.where(shapely.is_empty(thinner), given[there], thinner)
    return out


def _share_borders(polygons: Geometries) -> bool:
    """Return whether any corner belongs to two polygons; if not, each can be simplified alone."""
    xy, owner = shapely.get_coordinates(polygons, return_index=True)
    order = np.lexsort((owner, xy[:, 1], xy[:, 0]))
    same_place = (xy[order][1:] == xy[order][:-1]).all(axis=1)
    return bool((same_place & (owner[order][1:] != owner[order][:-1])).any())


def pack(values: Ints) -> str:
    """Return whole numbers as text, five bits a character.

    Parameters
    ----------
    values
        ``int64[n]``, of either sign.

    Returns
    -------
    str
        Letters, digits, ``-`` and ``_`` only.

    Examples
    --------
    >>> pack(np.array([0, 1, -1, 16]))
    'ACBgB'
    """
    numbers = np.asarray(values, dtype=np.int64)
    folded = ((numbers << 1) ^ (numbers >> 63)).astype(np.uint64)
    shifts = np.arange(_DIGITS, dtype=np.uint64) * np.uint64(_BITS)
    digits_needed = max(1, -(-int(folded.max(initial=np.uint64(0))).bit_length() // _BITS))
    rest = folded[:, None] >> shifts[None, :digits_needed]
    more = rest >= _MORE
    digits = (rest & np.uint64(_MORE - 1)) | (more * np.uint64(_MORE))
    # A digit is written if it is the first or if the one before it said that more follow.
    written = np.column_stack([np.ones(len(numbers), dtype=bool), more[:, :-1]])
    return bytes(_ALPHABET[digits[written].astype(np.intp)]).decode("ascii")


def pack_points(points: Geometries, drawing: Drawing) -> str:
    """Return points as packed steps, two numbers a point.

    Parameters
    ----------
    points
        ``object[n]`` of points, none missing.
    drawing
        How coordinates are made.

    Returns
    -------
    str
        Steps from each point to the next, see :func:`pack`.
    """
    return pack(_walk(drawing.steps(shapely.get_coordinates(points))))


def pack_polygons(polygons: Geometries, drawing: Drawing) -> dict[str, str]:
    """Return polygons as three packed texts.

    Parameters
    ----------
    polygons
        ``object[n]`` of polygons, multipolygons or ``None``.
    drawing
        How coordinates are made.

    Returns
    -------
    dict
        ``rings`` of each polygon (0 where there is none), ``corners`` of each ring (its closing
        one left out) and the ``walk`` over all corners. Holes are rings like any other: the page
        fills by the even-odd rule.
    """
    given = simplify(polygons, drawing.tolerance_m)
    parts, part_of = shapely.get_parts(given, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    xy, corner_of = shapely.get_coordinates(rings, return_index=True)
    steps = drawing.steps(xy)
    kept = _kept_corners(steps, corner_of)
    corners = np.bincount(corner_of[kept], minlength=len(rings))
    visible = corners >= _LEAST_CORNERS
    kept &= visible[corner_of] if len(rings) else False
    rings_of = np.bincount(part_of[ring_of][visible], minlength=len(given))
    return {
        "rings": pack(rings_of),
        "corners": pack(corners[visible]),
        "walk": pack(_walk(steps[kept])),
    }


def _kept_corners(steps: Ints, ring: Ints) -> NDArray[np.bool_]:
    """Return which corners are drawn: not those equal to the one before, nor the closing ones."""
    if len(steps) == 0:
        return np.zeros(0, dtype=bool)
    last = np.append(ring[1:] != ring[:-1], [True])
    same = np.append([False], (steps[1:] == steps[:-1]).all(axis=1) & (ring[1:] == ring[:-1]))
    return np.asarray(~(last | same))


def _walk(steps: Ints) -> Ints:
    """Return the steps between consecutive corners, flat: east and north in turn."""
    return np.diff(steps, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel()
