"""Where things lie: schematic township cells and the rural community areas in them.

Shapes are drawn in metres of the county's CGCS2000 zone and written in degrees with six decimals
(a tenth of a metre). Neighbours share their corners, so rounding moves both alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyproj
import shapely
from shapely.geometry import MultiPoint, Point, Polygon
from shapely.geometry.polygon import orient

from dazhu_data.facts import GEOGRAPHIC_CRS, MEASURE_CRS

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

_TO_METRES: Final = pyproj.Transformer.from_crs(GEOGRAPHIC_CRS, MEASURE_CRS, always_xy=True)

EDGE_M: Final = 60.0  # no zone comes nearer to a township's border
_GRID_M: Final = 0.001  # corners that two cells share are the same to the millimetre
_TOWN_EDGE_M: Final = 90.0  # between a town's blocks and the rural areas around it
_RELAXATIONS: Final = 3


def to_metres(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape in degrees of EPSG:4490 in metres of EPSG:4545."""
    return shapely.transform(shape, _TO_METRES.transform, interleaved=False)


def to_degrees(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape in metres in degrees, six decimals, rings always started and turned alike."""
    back = shapely.transform(
        shape, lambda x, y: _TO_METRES.transform(x, y, direction="INVERSE"), interleaved=False
    )
    rounded = shapely.transform(back, lambda xy: xy.round(6))
    return _ordered(rounded) if isinstance(rounded, Polygon) else rounded


def _ordered(polygon: Polygon) -> Polygon:
    """Return the polygon with every ring begun at its smallest corner, whatever drew it."""
    turned = orient(polygon)
    holes = [_begin_at_smallest(ring) for ring in turned.interiors]
    return Polygon(_begin_at_smallest(turned.exterior), holes)


def _begin_at_smallest(ring: shapely.LinearRing) -> list[tuple[float, ...]]:
    corners = list(ring.coords)[:-1]
    first = corners.index(min(corners))
    return [*corners[first:], *corners[:first]]


def voronoi_cells(area: BaseGeometry, points: Sequence[Point]) -> list[BaseGeometry]:
    """Return for each point the part of an area that lies nearest to it, in metres."""
    around = area.union(MultiPoint(list(points))).envelope
    cells = shapely.voronoi_polygons(MultiPoint(list(points)), extend_to=around).geoms
    tree = shapely.STRtree(list(cells))
    own = [int(tree.query(point, predicate="intersects")[0]) for point in points]
    return [cells[at].intersection(area) for at in own]


def whole_cells(cells: Sequence[BaseGeometry]) -> list[Polygon]:
    """Return the cells, each in one part: what a bend of the county line cuts off goes next door.

    Raises
    ------
    ValueError
        If a piece hangs together with no cell.
    """
    exact = [shapely.set_precision(cell, _GRID_M) for cell in cells]
    whole = [_largest(cell) for cell in exact]
    pieces = [
        piece
        for cell, main in zip(exact, whole, strict=True)
        for piece in shapely.get_parts(cell)
        if not piece.equals(main)
    ]
    while pieces:
        left = [piece for piece in pieces if not _join(piece, whole)]
        if len(left) == len(pieces):
            raise ValueError("a piece of a township's cell hangs together with no other")
        pieces = left
    return whole


def _join(piece: Polygon, whole: list[Polygon]) -> bool:
    """Add the piece to the cell with which it shares the longest border, if there is any."""
    shared = [piece.intersection(cell).length for cell in whole]
    if not max(shared):
        return False
    at = shared.index(max(shared))
    whole[at] = whole[at].union(piece, grid_size=_GRID_M)
    return True


def draw_rural(cell: Polygon, town: Polygon, n: int, chance: random.Random) -> list[Polygon]:
    """Return ``n`` rural community areas that fill a township around its town.

    Parameters
    ----------
    cell
        The township, metres.
    town
        Outline of the town, metres.
    n
        Number of areas: the township's villages.
    chance
        Scatters the villages.

    Returns
    -------
    list[Polygon]
        Polygons that share their borders and overlap with nothing.
    """
    open_land = cell.buffer(-EDGE_M, join_style="mitre").difference(
        town.buffer(_TOWN_EDGE_M, join_style="mitre")
    )
    land = _largest(open_land)
    points = [_point_in(land, chance) for _ in range(n)]
    for _ in range(_RELAXATIONS):
        points = [_middle(_largest(part)) for part in voronoi_cells(land, points)]
    return [_largest(part) for part in voronoi_cells(land, points)]


def _middle(area: BaseGeometry) -> Point:
    centroid = area.centroid
    return centroid if area.contains(centroid) else area.point_on_surface()


def _largest(shape: BaseGeometry) -> BaseGeometry:
    return max(getattr(shape, "geoms", [shape]), key=lambda part: part.area)


def _point_in(area: BaseGeometry, chance: random.Random) -> Point:
    west, south, east, north = area.bounds
    while True:
        point = Point(chance.uniform(west, east), chance.uniform(south, north))
        if area.contains(point):
            return point
