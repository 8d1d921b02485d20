"""Walking distance along streets, in place of the straight line.

Ways are shortest paths within the radius, by SciPy's Dijkstra with a limit, tile by tile: SciPy is
required anyway, is kept by many and has a permissive licence (pandana is AGPL, igraph GPL).

A pair that no street joins is *unreachable*: it is listed, and never an infinite number in a sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra

from capacity_planner.attribution.pairs import Pairs, find_pairs, whole_metres
from capacity_planner.attribution.streets import Stops, cut_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capacity_planner.attribution.pairs import Flags, Geometries, Integers, Reals
    from capacity_planner.attribution.streets import Streets

__all__ = ["StreetReport", "street_pairs", "table_pairs"]

# lengths are sums of floats: micrometres are beyond any survey
_DECIMALS: Final = 6
# distances held at once: 64 MiB
_AT_ONCE: Final = 2**23


@dataclass(frozen=True, eq=False)
class StreetReport:
    """What a planner should know about a walking graph before trusting it.

    Parameters
    ----------
    parts
        How many parts of the graph no street joins to each other.
    length_m
        Length of all streets in metres.
    island_length_m
        Length of what is not joined to the longest part.
    facilities_too_far, zones_too_far
        Numbers of those farther from every street than the limit, or without a place.
    facilities_off_m, zones_off_m
        How far each of these is from the nearest street, a zone by its nearest gate; NaN without
        a place.
    facilities_on_islands, zones_on_islands
        Numbers of those that join a part other than the longest.
    unreachable_facility, unreachable_zone
        Pairs within the radius as the crow flies that no street joins.
    beyond
        How many pairs within the radius as the crow flies are beyond it on foot.
    """

    parts: int
    length_m: float
    island_length_m: float
    facilities_too_far: Integers
    zones_too_far: Integers
    facilities_off_m: Reals
    zones_off_m: Reals
    facilities_on_islands: Integers
    zones_on_islands: Integers
    unreachable_facility: Integers
    unreachable_zone: Integers
    beyond: int


def street_pairs(
    streets: Streets,
    zone_xy: Reals,
    facility_points: Geometries,
    *,
    lying: tuple[Integers, Integers],
    radius_m: int,
    own_zone: Integers,
    exclusive: Flags,
    inside: bool,
    snap_m: float,
    gates: tuple[Geometries, Integers] | None = None,
) -> tuple[Pairs, StreetReport]:
    """Return which facility can serve which zone on foot, and what is wrong with the streets.

    The distance is the way from the facility to the street, along streets, and from the street to
    the zone's inner point (or to its nearest gate). A facility inside a zone or on site for it
    serves it as in :func:`.find_pairs`, with the shorter of both distances: no street is needed on
    one's own ground.

    Parameters
    ----------
    streets
        The walking graph, in the CRS of the points.
    zone_xy, facility_points, lying, radius_m, own_zone, exclusive, inside
        As for :func:`.find_pairs`.
    snap_m
        Greatest distance from a point to a street.
    gates
        Points where zones open to the street, shape (g,), and the zone of each, shape (g,). Zones
        without a gate use their inner point.

    Returns
    -------
    tuple
        The pairs; the report.

    Raises
    ------
    ValueError
        As :func:`.find_pairs` does.
    """
    crow, ground = (
        find_pairs(
            zone_xy,
            facility_points,
            lying=lying,
            radius_m=reach_m,
            own_zone=own_zone,
            exclusive=exclusive,
            inside=inside,
        )
        for reach_m in (radius_m, 0)
    )
    doors, door_zone = _doors(np.asarray(shapely.points(zone_xy)), gates)
    start = Stops.of(streets, facility_points, snap_m)
    goal = Stops.of(streets, doors, snap_m)
    facility, door, way = _walk(streets, start, goal, radius_m)
    shared = ~exclusive[facility]
    pairs = Pairs.nearest(
        np.concatenate([ground.facility, facility[shared]]),
        np.concatenate([ground.zone, door_zone[door[shared]]]),
        np.concatenate([ground.distance_m, whole_metres(way[shared])]),
        n_facilities=crow.n_facilities,
        n_zones=crow.n_zones,
    )
    return pairs, _report(streets, start, goal, door_zone, crow, pairs)


def table_pairs(
    facility: Integers,
    zone: Integers,
    value: Reals,
    *,
    radius_m: int,
    ground: Pairs,
    exclusive: Flags,
    metres_per_unit: float = 1.0,
) -> Pairs:
    """Return the pairs of a ready-made table of walking distances or times.

    Parameters
    ----------
    facility, zone
        Numbers of each row, shape (n,).
    value
        Metres, or minutes with a walking speed; NaN where no way was found, shape (n,).
    radius_m
        Greatest walking distance in metres.
    ground
        Pairs of facilities with zones that they lie in or are on site for: ``find_pairs(…,
        radius_m=0)``. They need no row in the table.
    exclusive
        Whether the facility serves its own zone only, shape (f,).
    metres_per_unit
        1 for metres; the walking speed in metres a minute for minutes.

    Returns
    -------
    Pairs
        Unique, in order; of repeated rows the shortest.

    Raises
    ------
    ValueError
        If a value is negative or infinite, or lengths differ.

    Examples
    --------
    >>> import numpy as np
    >>> none = np.zeros(0, dtype=np.int64)
    >>> pairs = table_pairs(
    ...     np.array([0, 0]), np.array([0, 1]), np.array([5.0, 6.5]), radius_m=400,
    ...     metres_per_unit=70.0, ground=Pairs(none, none, none, 1, 2), exclusive=np.array([False]),
    ... )
    >>> pairs.zone.tolist(), pairs.distance_m.tolist()
    ([0], [350])
    """
    if not len(facility) == len(zone) == len(value):
        raise ValueError("table_pairs: facility, zone and value differ in length")
    if (value < 0).any() or np.isinf(value).any():
        raise ValueError("table_pairs: a value is negative or infinite")
    way = np.round(value * metres_per_unit, _DECIMALS)
    near = (way <= radius_m) & ~exclusive[facility]
    return Pairs.nearest(
        np.concatenate([ground.facility, facility[near]]),
        np.concatenate([ground.zone, zone[near]]),
        np.concatenate([ground.distance_m, whole_metres(way[near])]),
        n_facilities=ground.n_facilities,
        n_zones=ground.n_zones,
    )


def _doors(
    zone_points: Geometries, gates: tuple[Geometries, Integers] | None
) -> tuple[Geometries, Integers]:
    """Return the points where zones join the streets, and the zone of each."""
    if gates is None:
        return zone_points, np.arange(len(zone_points))
    points, zone = gates
    closed = np.setdiff1d(np.arange(len(zone_points)), zone)
    return np.concatenate([points, zone_points[closed]]), np.concatenate([zone, closed])


def _walk(
    streets: Streets, start: Stops, goal: Stops, radius_m: int
) -> tuple[Integers, Integers, Reals]:
    """Return start, goal and metres of every way within the radius."""
    facility, door = start.joined, goal.joined
    edge = np.concatenate([start.edge[facility], goal.edge[door]])
    along = np.concatenate([start.along[facility], goal.along[door]])
    graph, xy, node = cut_at(streets, edge, along)
    from_node, to_node = node[: len(facility)], node[len(facility) :]
    found = []
    for sources, inside in _tiles(xy, from_node, radius_m):
        targets = np.flatnonzero(np.isin(to_node, inside))
        distance = dijkstra(
            graph[inside][:, inside],
            indices=np.searchsorted(inside, from_node[sources]),
            limit=radius_m + 0.001,
        )[:, np.searchsorted(inside, to_node[targets])]
        distance += start.off[facility[sources], None] + goal.off[door[targets]]
        distance = np.round(distance, _DECIMALS)
        row, column = np.nonzero(distance <= radius_m)
        found.append((facility[sources[row]], door[targets[column]], distance[row, column]))
    none = np.zeros(0, dtype=np.int64)
    found.append((none, none, np.zeros(0)))
    starts, goals, ways = (np.concatenate(each) for each in zip(*found, strict=True))
    return starts, goals, ways


def _tiles(xy: Reals, node: Integers, radius_m: int) -> Iterator[tuple[Integers, Integers]]:
    """Yield starts that lie close together, with all nodes within the radius of any of them."""
    if not len(node):
        return
    side = 2.0 * max(radius_m, 1)
    cell = np.floor(xy[node] / side)
    order = np.lexsort((cell[:, 1], cell[:, 0]))
    change = np.flatnonzero((np.diff(cell[order], axis=0) != 0).any(axis=1)) + 1
    corners: Any = shapely.points(xy)
    tree = shapely.STRtree(corners)
    for tile in np.split(order, change):
        low, high = xy[node[tile]].min(axis=0) - radius_m, xy[node[tile]].max(axis=0) + radius_m
        inside = np.sort(tree.query(shapely.box(*low, *high)))
        rows = max(1, _AT_ONCE // len(inside))
        for first in range(0, len(tile), rows):
            yield tile[first : first + rows], inside


def _report(
    streets: Streets,
    start: Stops,
    goal: Stops,
    door_zone: Integers,
    crow: Pairs,
    pairs: Pairs,
) -> StreetReport:
    """Return the report of a search."""
    from_part, to_part = start.parts(streets), goal.parts(streets)
    facilities_too_far = np.flatnonzero(from_part < 0)
    island = streets.part[streets.tail] > 0
    joined = np.unique(door_zone[to_part >= 0])
    zones_too_far = np.setdiff1d(np.arange(crow.n_zones), joined)
    far = np.flatnonzero(np.isin(door_zone, zones_too_far))
    zones_off_m = np.full(crow.n_zones, np.nan)
    np.fmin.at(zones_off_m, door_zone[far], streets.nearest_m(goal.points[far]))
    key = crow.facility * crow.n_zones + crow.zone
    lost = ~np.isin(key, pairs.facility * crow.n_zones + pairs.zone)
    parts = int(streets.part.max()) + 1
    links = np.unique(door_zone[to_part >= 0] * parts + to_part[to_part >= 0])
    part = from_part[crow.facility]
    apart = lost & ((part < 0) | ~np.isin(crow.zone * parts + part, links))
    return StreetReport(
        parts=parts,
        length_m=float(streets.length_m.sum()),
        island_length_m=float(streets.length_m[island].sum()),
        facilities_too_far=facilities_too_far,
        zones_too_far=zones_too_far,
        facilities_off_m=streets.nearest_m(start.points[facilities_too_far]),
        zones_off_m=zones_off_m[zones_too_far],
        facilities_on_islands=np.flatnonzero(from_part > 0),
        zones_on_islands=np.setdiff1d(joined, door_zone[to_part == 0]),
        unreachable_facility=crow.facility[apart],
        unreachable_zone=crow.zone[apart],
        beyond=int((lost & ~apart).sum()),
    )
