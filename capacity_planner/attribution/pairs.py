"""Which facility can serve which zone, and how far it is.

A facility can serve a zone when it lies in the zone, when the way from the facility to the zone's
inner point is within the radius, or when it is on site for that zone; an exclusive facility serves
its own zone only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import numpy as np
import shapely
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "FARTHEST_M",
    "Pairs",
    "distinct",
    "find_pairs",
    "in_order",
    "lying_in",
    "numbered",
    "whole_metres",
]

Integers: TypeAlias = "NDArray[np.int64]"
Reals: TypeAlias = "NDArray[np.float64]"
Flags: TypeAlias = "NDArray[np.bool_]"
Geometries: TypeAlias = "NDArray[Any]"


FARTHEST_M: Final = 2**32
"""No way is so long; sums and sorting keys rely on it."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """The pairs of a facility and a zone that it can serve, each once, by facility and then zone.

    Parameters
    ----------
    facility
        Facility number of each pair, shape (n,).
    zone
        Zone number of each pair, shape (n,).
    distance_m
        Way between the two in whole metres, shape (n,).
    n_facilities
        How many facilities there are, those without any pair included.
    n_zones
        How many zones there are, those without any pair included.

    Raises
    ------
    ValueError
        If the arrays differ in length, a number is out of bounds, a distance is negative or
        impossibly long, or the pairs are not in order or not unique.
    """

    facility: Integers
    zone: Integers
    distance_m: Integers
    n_facilities: int
    n_zones: int

    def __post_init__(self) -> None:
        """Refuse what later rooms could not trust."""
        for name in ("facility", "zone", "distance_m"):
            given = np.asarray(getattr(self, name))
            object.__setattr__(self, name, given.astype(np.int64, casting="safe", copy=False))
        if not len(self.facility) == len(self.zone) == len(self.distance_m):
            raise ValueError("pairs: facility, zone and distance_m differ in length")
        if not len(self.facility):
            return
        if min(self.facility.min(), self.zone.min(), self.distance_m.min()) < 0:
            raise ValueError("pairs: a number or a distance is negative")
        if self.distance_m.max() >= FARTHEST_M:
            raise ValueError("pairs: a distance is longer than any on earth")
        if self.facility.max() >= self.n_facilities or self.zone.max() >= self.n_zones:
            raise ValueError("pairs: a facility or zone number is out of bounds")
        if (np.diff(self.facility * self.n_zones + self.zone) <= 0).any():
            raise ValueError("pairs: not in order of facility and zone, or not unique")

    def __len__(self) -> int:
        return len(self.facility)

    @classmethod
    def nearest(
        cls,
        facility: Integers,
        zone: Integers,
        distance_m: Integers,
        *,
        n_facilities: int,
        n_zones: int,
    ) -> Self:
        """Return the pairs in order, of repeated ones the shortest.

        Parameters
        ----------
        facility, zone
            Numbers of each pair in any order, shape (n,).
        distance_m
            Whole metres, shape (n,).
        n_facilities, n_zones
            How many there are.

        Returns
        -------
        Pairs
            Each pair once.

        Examples
        --------
        >>> import numpy as np
        >>> pairs = Pairs.nearest(
        ...     np.array([1, 0, 1]), np.array([0, 0, 0]), np.array([9, 7, 4]),
        ...     n_facilities=2, n_zones=1,
        ... )
        >>> pairs.distance_m.tolist()
        [7, 4]
        """
        order = np.lexsort((distance_m, zone, facility))
        facility, zone, distance_m = facility[order], zone[order], distance_m[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (np.diff(facility) != 0) | (np.diff(zone) != 0)
        return cls(facility[first], zone[first], distance_m[first], n_facilities, n_zones)


def distinct(key: Integers) -> Integers:
    """Return each number once, in order: by sorting, several times faster than ``numpy.unique``.

    Parameters
    ----------
    key
        Whole numbers, shape (n,).

    Returns
    -------
    numpy.ndarray
        Shape (m,) with m ≤ n.

    Examples
    --------
    >>> import numpy as np
    >>> distinct(np.array([7, 2, 7])).tolist()
    [2, 7]
    """
    key = np.sort(key)
    fresh = np.ones(len(key), dtype=bool)
    fresh[1:] = key[1:] != key[:-1]
    return key[fresh]


def in_order(number: Integers) -> Integers:
    """Return the places of the numbers in their order, equal ones as they come.

    A number and its place are sorted as one, several times faster than a stable sort by number.

    Parameters
    ----------
    number
        Whole numbers, shape (n,), so small that there is room for a place behind each of them.

    Returns
    -------
    numpy.ndarray
        Shape (n,).

    Examples
    --------
    >>> import numpy as np
    >>> in_order(np.array([7, 2, 7])).tolist()
    [1, 0, 2]
    """
    bits = len(number).bit_length()
    both = (number << bits) + np.arange(len(number))
    both.sort()
    return both & ((1 << bits) - 1)


def numbered(key: Integers) -> tuple[Integers, Integers]:
    """Return each number once, in order, and the place of every entry among them.

    Parameters
    ----------
    key
        Whole numbers, shape (n,).

    Returns
    -------
    tuple of numpy.ndarray
        The distinct numbers, shape (m,); places, shape (n,).

    Examples
    --------
    >>> import numpy as np
    >>> numbers, place = numbered(np.array([7, 2, 7]))
    >>> numbers.tolist(), place.tolist()
    ([2, 7], [1, 0, 1])
    """
    order = key.argsort()
    ordered = key[order]
    fresh = np.ones(len(key), dtype=bool)
    fresh[1:] = ordered[1:] != ordered[:-1]
    place = np.empty(len(key), dtype=np.int64)
    place[order] = fresh.cumsum() - 1
    return ordered[fresh], place


def whole_metres(distance: Reals) -> Integers:
    """Return distances in whole metres, halves upward.

    Parameters
    ----------
    distance
        Metres ≥ 0, any shape.

    Returns
    -------
    numpy.ndarray
        ``int64``, same shape.

    Examples
    --------
    >>> import numpy as np
    >>> whole_metres(np.array([0.49999999999999994, 0.5, 2.4, 2.5])).tolist()
    [0, 1, 2, 3]
    """
    down = np.floor(distance)
    return (down + (distance - down >= 0.5)).astype(np.int64)  # noqa: PLR2004 - a half is a half


def find_pairs(
    zone_xy: Reals,
    facility_points: Geometries,
    *,
    lying: tuple[Integers, Integers],
    radius_m: int,
    own_zone: Integers,
    exclusive: Flags,
    inside: bool,
) -> Pairs:
    """Return which facility can serve which zone, with the straight distance.

    A pair is in reach when the exact distance from the facility to the zone's inner point is at
    most ``radius_m``; a facility inside a zone or on site for it serves it at any distance. The
    distance is that to the inner point in every case.

    Parameters
    ----------
    zone_xy
        The inner point of each zone in a measuring CRS, metres, shape (z, 2).
    facility_points
        Shapely points, shape (f,); ``None`` for a facility without a place, which then serves its
        own zone only, at 0 m because it stands on that zone's ground.
    lying
        Facility and zone of every facility that lies in a zone, from :func:`lying_in`.
    radius_m
        Greatest walking distance in metres.
    own_zone
        Number of the zone that the facility is on site for, −1 for none, shape (f,).
    exclusive
        Whether the facility serves its own zone only, shape (f,). One that names no zone serves
        the zones that it lies in.
    inside
        Whether a facility serves the zone that it lies in at any distance.

    Returns
    -------
    Pairs
        Unique, in order.

    Raises
    ------
    ValueError
        If arrays that belong together differ in length or a zone number is out of bounds.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> squares = shapely.box([0, 1000], 0, [100, 1100], 100)
    >>> points = shapely.points([[50, 90], [50, 350]])
    >>> pairs = find_pairs(
    ...     np.array([[50, 50], [1050, 50]]), points, lying=lying_in(points, squares), radius_m=300,
    ...     own_zone=np.array([-1, 1]), exclusive=np.array([False, False]), inside=True,
    ... )
    >>> list(zip(pairs.facility.tolist(), pairs.zone.tolist(), pairs.distance_m.tolist()))
    [(0, 0, 40), (1, 0, 300), (1, 1, 1044)]
    """
    n_facilities, n_zones = len(facility_points), len(zone_xy)
    if not len(own_zone) == len(exclusive) == n_facilities:
        raise ValueError("find_pairs: own_zone, exclusive and facility_points differ in length")
    if n_facilities and not -1 <= own_zone.min() <= own_zone.max() < n_zones:
        raise ValueError("find_pairs: own_zone is out of bounds")
    from_xy = _coordinates(facility_points)
    near = _within(from_xy, zone_xy, radius_m)
    if not inside:
        kept = exclusive[lying[0]]
        lying = lying[0][kept], lying[1][kept]
    key = _merge(near, lying, own_zone, exclusive, n_zones)
    facility, zone = np.divmod(key, max(n_zones, 1))
    way = np.hypot(*(from_xy[facility] - zone_xy[zone]).T)
    return Pairs(facility, zone, whole_metres(np.nan_to_num(way)), n_facilities, n_zones)


def _coordinates(points: Geometries) -> Reals:
    """Return x and y, shape (n, 2); NaN for a missing or empty point."""
    xy = np.full((len(points), 2), np.nan)
    placed = ~(shapely.is_missing(points) | shapely.is_empty(points))
    xy[placed] = shapely.get_coordinates(points[placed])
    return xy


def _within(from_xy: Reals, to_xy: Reals, radius_m: int) -> tuple[Integers, Integers]:
    """Return facility and zone of all pairs whose exact distance is within the radius."""
    known = np.flatnonzero(np.isfinite(from_xy).all(axis=1))
    target = np.flatnonzero(np.isfinite(to_xy).all(axis=1))
    # the tree works with squared distances: search a millimetre wider, then decide exactly
    found = cKDTree(from_xy[known], balanced_tree=False).sparse_distance_matrix(
        cKDTree(to_xy[target], balanced_tree=False),
        radius_m + 0.001,
        output_type="ndarray",
    )
    facility, zone = known[found["i"]], target[found["j"]]
    close = np.hypot(*(from_xy[facility] - to_xy[zone]).T) <= radius_m
    return facility[close], zone[close]


def lying_in(points: Geometries, polygons: Geometries) -> tuple[Integers, Integers]:
    """Return facility and zone of every facility that a zone covers, its edge included.

    Parameters
    ----------
    points
        Shapely points of facilities, shape (f,); ``None`` lies nowhere.
    polygons
        Shapely polygons of zones in the same CRS, shape (z,).

    Returns
    -------
    tuple of numpy.ndarray
        Facility numbers and zone numbers, each of shape (n,), by zone.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> squares = shapely.box([0, 100], 0, [100, 200], 100)
    >>> facility, zone = lying_in(np.array([None, shapely.Point(100, 50)]), squares)
    >>> facility.tolist(), zone.tolist()
    ([1, 1], [0, 1])
    """
    # A tree of the facilities, which are few: one of the zones takes as much time and far more memory.
    zone, facility = shapely.STRtree(points).query(polygons, predicate="intersects")
    return facility.astype(np.int64), zone.astype(np.int64)


def _merge(
    near: tuple[Integers, Integers],
    inside: tuple[Integers, Integers],
    own_zone: Integers,
    exclusive: Flags,
    n_zones: int,
) -> Integers:
    """Return the pairs' keys (facility × zones + zone), each once and in order."""
    shared = ~exclusive[near[0]]
    welcome = ~exclusive[inside[0]] | (own_zone[inside[0]] < 0)
    on_site = np.flatnonzero(own_zone >= 0)
    return distinct(
        np.concatenate(
            [
                near[0][shared] * n_zones + near[1][shared],
                inside[0][welcome] * n_zones + inside[1][welcome],
                on_site * n_zones + own_zone[on_site],
            ]
        )
    )
