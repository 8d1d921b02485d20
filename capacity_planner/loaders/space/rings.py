"""What the corners of shapes tell by themselves, in one pass: which way rings run, which are sound.

Whether a ring crosses itself takes long to find out for any ring, and one look for most: seen from its
middle a common outline goes once around, always forward. Such a ring cannot cross or touch itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from capacity_planner.loaders.files.shapes import parts_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Rings", "is_plain", "look_at_rings"]

_POLYGON: Final = 3
_ROUNDING: Final = 1e-12
"""More than rounding can add to a cross product, as a share of the largest distance squared."""


@dataclass(frozen=True)
class Rings:
    """What is known of n shapes.

    Parameters
    ----------
    left
        Shape (n,): whether the outer ring runs anticlockwise.
    sound
        Shape (n,): certainly a valid polygon without a repeated corner; the others may be too.
    """

    left: NDArray[np.bool_]
    sound: NDArray[np.bool_]


def look_at_rings(geometry: NDArray[np.object_]) -> Rings:
    """Return what the corners of shapes tell.

    Parameters
    ----------
    geometry
        Shape (n,): polygons, multipolygons or ``None``, in two dimensions.

    Returns
    -------
    Rings
        Of the same n; both false where there is no shape.

    Examples
    --------
    >>> bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> found = look_at_rings(np.array([shapely.box(0, 0, 1, 1), bow], dtype=object))
    >>> found.left.tolist(), found.sound.tolist()
    ([True, False], [True, False])
    """
    left, sound = np.zeros(len(geometry), np.bool_), np.zeros(len(geometry), np.bool_)
    for part in parts_of(len(geometry)):
        plain = is_plain(geometry[part])
        left[part][plain], sound[part][plain] = _look(geometry[part][plain])
        others = np.flatnonzero(~plain & ~shapely.is_missing(geometry[part]))
        first = shapely.get_geometry(geometry[part][others], 0)
        left[part][others] = shapely.is_ccw(shapely.get_exterior_ring(first))
    return Rings(left, sound)


def is_plain(geometry: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which shapes are polygons of a single ring, shape (n,)."""
    kinds = shapely.get_type_id(geometry)
    whole = (kinds == _POLYGON) & ~shapely.is_empty(geometry)
    return np.asarray(whole & (shapely.get_num_interior_rings(geometry) == 0), dtype=np.bool_)


def _look(plain: NDArray[np.object_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return for polygons of one ring whether it runs anticlockwise, and whether it surely is sound."""
    if not len(plain):
        return np.zeros(0, np.bool_), np.zeros(0, np.bool_)
    xy, owner = shapely.get_coordinates(plain, return_index=True)
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    x, y = _from_middle(xy[:, 0], starts, owner), _from_middle(xy[:, 1], starts, owner)
    # Edge i leads from corner i to the next one; from the last corner of a ring leads none.
    cross = np.zeros(len(x))
    cross[:-1] = x[:-1] * y[1:] - x[1:] * y[:-1]
    up = np.zeros(len(y), np.bool_)
    up[:-1] = (y[:-1] < 0) & (y[1:] >= 0)
    ends = np.append(starts[1:], len(x)) - 1
    cross[ends], up[ends] = 0.0, False
    edges = ends - starts
    least = _ROUNDING * max(np.abs(x).max(), np.abs(y).max()) ** 2
    forward, backward = _counted(cross > least, starts), _counted(cross < -least, starts)
    sound = ((forward == edges) | (backward == edges)) & (_counted(up, starts) == 1)
    return np.add.reduceat(cross, starts) > 0, sound


def _from_middle(
    values: NDArray[np.float64], starts: NDArray[np.int64], owner: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return coordinates along one axis from the middle of each ring's corners."""
    sizes = np.diff(starts, append=len(values))
    middle = np.add.reduceat(values, starts) / sizes
    return np.asarray(values - middle[owner], dtype=np.float64)


def _counted(edges: NDArray[np.bool_], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many edges of each ring are marked."""
    return np.asarray(np.add.reduceat(edges, starts, dtype=np.int64), dtype=np.int64)
