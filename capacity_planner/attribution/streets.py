"""Roads as a graph to walk on, and where points join it.

Road lines are cut wherever they meet, joined where their ends lie closer than a tolerance, and
walked in both directions (one-way signs bind cars). Points join at the nearest place of a street.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from capacity_planner.attribution.pairs import Geometries, Integers, Reals

__all__ = ["Stops", "Streets", "cut_at"]


@dataclass(frozen=True, eq=False)
class Streets:
    """A walking graph.

    Parameters
    ----------
    lines
        One line for each edge, shape (e,).
    tail, head
        Nodes at the ends of each edge, shape (e,).
    length_m
        Length of each edge in metres, shape (e,).
    xy
        Coordinates of the nodes, shape (n, 2).
    part
        Connected part of each node, 0 for the one with the greatest length, shape (n,).
    """

    lines: Geometries
    tail: Integers
    head: Integers
    length_m: Reals
    xy: Reals
    part: Integers

    @classmethod
    def of(cls, roads: Geometries, *, tolerance_m: float = 0.1) -> Self:
        """Return the walking graph of road lines.

        Parameters
        ----------
        roads
            Shapely lines or multi-lines in a measuring CRS (metres), shape (r,); missing and
            empty ones are skipped.
        tolerance_m
            Lines that come closer than this are joined.

        Returns
        -------
        Streets
            Every crossing is a node: bridges over streets are walked as if they met them. Neither
            the order of the roads nor the direction in which they were drawn changes anything.

        Raises
        ------
        ValueError
            If no line is left.

        Examples
        --------
        Two streets that cross, one drawn twice:

        >>> import shapely
        >>> cross = shapely.from_wkt(
        ...     ["LINESTRING (0 50, 100 50)", "LINESTRING (50 0, 50 100)", "LINESTRING (50 0, 50 9)"]
        ... )
        >>> streets = Streets.of(cross)
        >>> len(streets.xy), float(streets.length_m.sum())
        (6, 200.0)
        """
        joined = shapely.union_all(roads, grid_size=tolerance_m)
        lines = shapely.get_parts(joined)
        lines = lines[(shapely.get_type_id(lines) == 1) & (shapely.length(lines) > 0)]
        if not len(lines):
            raise ValueError("streets: there is no line")
        lines = _in_order(lines)
        ends = np.concatenate(
            [
                shapely.get_coordinates(shapely.get_point(lines, 0)),
                shapely.get_coordinates(shapely.get_point(lines, -1)),
            ]
        )
        xy, node = np.unique(ends, axis=0, return_inverse=True)
        tail, head = node[: len(lines)], node[len(lines) :]
        length = shapely.length(lines)
        return cls(lines, tail, head, length, xy, _parts(tail, head, length, len(xy)))

    def nearest_m(self, points: Geometries) -> Reals:
        """Return how far points are from the nearest street.

        Parameters
        ----------
        points
            Shapely points or ``None``, shape (n,).

        Returns
        -------
        numpy.ndarray
            Metres, shape (n,); NaN without a point.
        """
        far = np.full(len(points), np.nan)
        (which, _), metres = shapely.STRtree(self.lines).query_nearest(points, return_distance=True)
        far[which] = metres
        return far


@dataclass(frozen=True, eq=False)
class Stops:
    """Where points join the streets.

    Parameters
    ----------
    points
        Shapely points or ``None``, shape (n,).
    edge
        Edge that each point joins, −1 if all are too far, shape (n,).
    along
        Metres from the edge's start, shape (n,).
    off
        Metres from the point to the edge, shape (n,).
    """

    points: Geometries
    edge: Integers
    along: Reals
    off: Reals

    @classmethod
    def of(cls, streets: Streets, points: Geometries, limit_m: float) -> Self:
        """Return where points join: at the nearest edge, of equally near ones the first.

        Parameters
        ----------
        streets
            The graph.
        points
            Shapely points or ``None``, shape (n,).
        limit_m
            Greatest distance from a point to a street.

        Returns
        -------
        Stops
            One for each point.
        """
        edge = np.full(len(points), -1)
        along, off = np.zeros(len(points)), np.zeros(len(points))
        # the tree refuses a limit of 0
        (point, near), distance = shapely.STRtree(streets.lines).query_nearest(
            points, return_distance=True
        )
        close = distance <= limit_m
        point, near, distance = point[close], near[close], distance[close]
        order = np.lexsort((near, point))
        at, first = np.unique(point[order], return_index=True)
        chosen = order[first]
        edge[at], off[at] = near[chosen], distance[chosen]
        along[at] = shapely.line_locate_point(streets.lines[edge[at]], points[at])
        return cls(points, edge, along, off)

    @property
    def joined(self) -> Integers:
        """Numbers of the points that reach a street."""
        return np.flatnonzero(self.edge >= 0)

    def parts(self, streets: Streets) -> Integers:
        """Return the part of the graph that each point joins, −1 for none."""
        return np.where(self.edge >= 0, streets.part[streets.tail[self.edge]], -1)


def cut_at(streets: Streets, edge: Integers, along: Reals) -> tuple[csr_array, Reals, Integers]:
    """Return the graph cut at places along its edges, as a symmetric matrix of metres.

    Parameters
    ----------
    streets
        The graph.
    edge, along
        Edge of each place and metres from its start, shape (s,).

    Returns
    -------
    tuple
        The matrix (n × n); coordinates of its nodes, shape (n, 2); node of each place, shape (s,).
    """
    place, node = np.unique(np.column_stack([edge, along]), axis=0, return_inverse=True)
    cut, cut_m = place[:, 0].astype(np.int64), place[:, 1]
    points = shapely.line_interpolate_point(streets.lines[cut], cut_m)
    xy = np.concatenate([streets.xy, shapely.get_coordinates(points)])
    edges = np.arange(len(streets.lines))
    on = np.concatenate([edges, edges, cut])
    at = np.concatenate([np.zeros(len(edges)), streets.length_m, cut_m])
    stop = np.concatenate([streets.tail, streets.head, np.arange(len(streets.xy), len(xy))])
    # a place at the end of an edge comes after it, at 0 m from it
    order = np.lexsort((at, on))
    on, at, stop = on[order], at[order], stop[order]
    same = on[1:] == on[:-1]
    return _graph(stop[:-1][same], stop[1:][same], np.diff(at)[same]), xy, node + len(streets.xy)


def _graph(tail: Integers, head: Integers, length: Reals) -> csr_array:
    """Return the graph as a symmetric matrix; of several edges between two nodes the shortest."""
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    order = np.lexsort((length, high, low))
    low, high, length = low[order], high[order], length[order]
    first = np.r_[True, (np.diff(low) != 0) | (np.diff(high) != 0)]
    low, high, length = low[first], high[first], length[first]
    return csr_array((np.r_[length, length], (np.r_[low, high], np.r_[high, low])))


def _in_order(lines: Geometries) -> Geometries:
    """Return lines in one direction and order, whatever those of the roads were."""
    lines = shapely.normalize(lines)
    start, end, second = (
        shapely.get_coordinates(shapely.get_point(lines, at)).T for at in (0, -1, 1)
    )
    return lines[np.lexsort([*second, shapely.length(lines), *end, *start])]


def _parts(tail: Integers, head: Integers, length: Reals, nodes: int) -> Integers:
    """Return the connected part of each node, 0 for the longest."""
    links = coo_array((np.ones_like(tail), (tail, head)), shape=(nodes, nodes))
    parts, part = connected_components(links)
    longest = np.argmax(np.bincount(part[tail], weights=length))
    rank = np.arange(parts)
    rank[longest], rank[0] = 0, longest
    ranked: Integers = rank[part]
    return ranked
