"""A town's street grid: the blocks that people live in, the streets between, the roads out of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import TYPE_CHECKING, Final, TypeAlias

from shapely.geometry import LineString, MultiPoint, Point, Polygon
from shapely.ops import nearest_points

from dazhu_data.cells import EDGE_M

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Mapping, Sequence

    from shapely.geometry.base import BaseGeometry

Node: TypeAlias = tuple[int, int]
XY: TypeAlias = tuple[float, float]

_HALF_STREET_M: Final = 11.0
_BLOCK_PITCH_M: Final = (165.0, 265.0)
_CORNER_JITTER_M: Final = 14.0
_NOT_RESIDENTIAL: Final = 0.16  # schools, parks, works, markets
_AROUND_M: Final = 40.0  # streets run this far around the outermost blocks


@dataclass(frozen=True, slots=True)
class Town:
    """Blocks, nearest to the centre first, and streets, both in metres."""

    blocks: list[Polygon]
    streets: list[LineString]


@dataclass(frozen=True, slots=True)
class _Grid:
    """Corners of a street grid, metres, by column and row; ``size`` of them each way."""

    corners: Mapping[Node, XY]
    size: int

    def block(self, i: int, j: int) -> Polygon:
        """Return the block between four corners, off the middle of its streets."""
        ring = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
        outline = Polygon([self.corners[node] for node in ring])
        return outline.buffer(-_HALF_STREET_M, join_style="mitre")

    def streets(self, area: BaseGeometry) -> list[LineString]:
        """Return the streets that run inside an area, each from corner to corner."""
        lines = [[(i, j) for j in range(self.size)] for i in range(self.size)]
        lines += [[(i, j) for i in range(self.size)] for j in range(self.size)]
        return [street for line in lines for street in self._runs(line, area)]

    def _runs(self, line: Iterable[Node], area: BaseGeometry) -> Iterable[LineString]:
        corners = (self.corners[node] for node in line)
        for inside, run in groupby(corners, key=lambda xy: area.contains(Point(xy))):
            nodes = list(run)
            if inside and len(nodes) > 1:
                yield LineString(nodes)


def draw_town(cell: Polygon, centre: Point, n: int, chance: random.Random) -> Town:
    """Return the ``n`` residential blocks nearest to a town's centre, and its streets.

    Parameters
    ----------
    cell
        The township, metres; every block lies inside, off its border.
    centre
        The town's centre, metres.
    n
        Number of blocks.
    chance
        Turns the street grid, sets its widths and leaves blocks to other uses.

    Returns
    -------
    Town
        Quadrilaterals of about 2 to 6 hectares with streets between.

    Raises
    ------
    ValueError
        If so many blocks do not fit into the township.
    """
    grid = _lay_grid(math.ceil(math.sqrt(n)) + 8, centre, chance)
    inside = cell.buffer(-EDGE_M)
    blocks = [
        block
        for i in range(grid.size - 1)
        for j in range(grid.size - 1)
        if inside.contains(block := grid.block(i, j)) and chance.random() > _NOT_RESIDENTIAL
    ]
    blocks.sort(key=lambda block: block.centroid.distance(centre))
    if len(blocks) < n:
        raise ValueError(f"only {len(blocks)} of {n} blocks fit into the township")
    area = outline(blocks[:n]).buffer(_AROUND_M).intersection(cell)
    return Town(blocks[:n], grid.streets(area))


def outline(blocks: Sequence[Polygon]) -> Polygon:
    """Return the convex hull of a town's blocks, metres."""
    return MultiPoint([xy for block in blocks for xy in block.exterior.coords]).convex_hull


def draw_roads(
    cells: Sequence[Polygon], towns: Sequence[Town], county: BaseGeometry
) -> list[LineString]:
    """Return a straight road between each two neighbouring towns, where it stays in the county.

    Roads begin and end at street corners, so that the streets of the county hang together.
    """
    corners = [
        MultiPoint([xy for street in town.streets for xy in street.coords]) for town in towns
    ]
    roads = [
        LineString(nearest_points(corners[one], corners[other]))
        for one, other in combinations(range(len(cells)), 2)
        if cells[one].intersection(cells[other]).length > 0
    ]
    return [road for road in roads if county.contains(road)]


def _lay_grid(half: int, centre: Point, chance: random.Random) -> _Grid:
    turn = chance.uniform(-0.6, 0.6)
    across = _grid_lines(half, chance)
    along = _grid_lines(half, chance)
    corners = {
        (i, j): _turned(x, y, turn, centre, chance)
        for i, x in enumerate(across)
        for j, y in enumerate(along)
    }
    return _Grid(corners, 2 * half + 1)


def _grid_lines(half: int, chance: random.Random) -> list[float]:
    steps = [chance.uniform(*_BLOCK_PITCH_M) for _ in range(2 * half)]
    middle = sum(steps) / 2
    return [sum(steps[:at]) - middle for at in range(len(steps) + 1)]


def _turned(x: float, y: float, turn: float, centre: Point, chance: random.Random) -> XY:
    x += chance.uniform(-_CORNER_JITTER_M, _CORNER_JITTER_M)
    y += chance.uniform(-_CORNER_JITTER_M, _CORNER_JITTER_M)
    return (
        centre.x + x * math.cos(turn) - y * math.sin(turn),
        centre.y + x * math.sin(turn) + y * math.cos(turn),
    )
