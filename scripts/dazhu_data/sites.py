"""Where invented facilities stand: a zone each, where people live, townships in turn."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Final

import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import nearest_points

from dazhu_data.chance import dice
from dazhu_data.people import is_city

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry import MultiPolygon

    from dazhu_data.zones import Zone

_STREET_M: Final = 9.0  # from a block's edge to a door on the street
_WALL_M: Final = 15.0  # from a block's edge to a door inside
_NEAR_M: Final = 250.0
_ACROSS_M: Final = 240.0  # towns this close to each other can share a facility
_CHOOSE_FROM: Final = 4  # blocks
# Zones delivered by then have had time for a late hand-over.
_ENOUGH_TIME: Final = date(2025, 1, 15)


class Sites:
    """Places still free, one zone a facility."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        self._chance = dice("sites")
        self._free = list(zones)
        self._chance.shuffle(self._free)
        self._used: Counter[str] = Counter()
        self._blocks = [zone for zone in zones if zone.category != "rural"]
        self._size = Counter(zone.township.code for zone in self._blocks)
        self._tree = shapely.STRtree([zone.shape for zone in self._blocks])
        self._towns = {
            code: shapely.union_all([z.shape for z in self._blocks if z.township.code == code])
            for code in self._size
        }

    def take(
        self, site: str, *, city: bool, planned: bool = False, township: str = ""
    ) -> tuple[Zone, Point]:
        """Return a free zone that suits, and a point in it or on the street beside it.

        Parameters
        ----------
        site
            ``street`` beside a zone, on the ``border`` of two towns, ``inside`` a zone, ``on_site``
            of new housing, ``exclusive`` to a zone, or in a ``rural`` zone.
        city
            In the county town, or in another seat.
        planned
            On the site of new housing that is not delivered yet.
        township
            Code of the only township that will do.

        Raises
        ------
        ValueError
            If no zone is left that suits.
        """
        suits = [
            zone
            for zone in self._free
            if is_city(zone.township) == city
            and township in ("", zone.township.code)
            and _fits(zone, site, planned=planned)
        ]
        if not suits:
            raise ValueError(f"no {site} left in {township or 'any township'}")
        zone = self._choose(suits, site, city=city)
        self._free.remove(zone)
        self._used[zone.township.code] += 1
        return zone, self._place(zone, site)

    def _choose(self, suits: Sequence[Zone], site: str, *, city: bool) -> Zone:
        if site == "border":
            near = [z for z in suits if z.shape.distance(self._next_town(z)) < _ACROSS_M]
            return max(near, key=lambda zone: zone.population)
        code = min(suits, key=lambda zone: self._turn(zone, city=city)).township.code
        here = [zone for zone in suits if zone.township.code == code]
        return max(here[:_CHOOSE_FROM] if city else here, key=self._people_near)

    def _turn(self, zone: Zone, *, city: bool) -> float:
        """Return who comes next, lowest first; large parts of the county town come oftener."""
        used = self._used[zone.township.code]
        return (used + 1) / self._size[zone.township.code] if city else used

    def _people_near(self, zone: Zone) -> int:
        """Return the residents of the blocks around: facilities go where many live."""
        near = self._tree.query(zone.shape.centroid, predicate="dwithin", distance=_NEAR_M)
        return sum(self._blocks[at].population for at in near)

    def _next_town(self, zone: Zone) -> MultiPolygon:
        others = (town for code, town in self._towns.items() if code != zone.township.code)
        return min(others, key=zone.shape.distance)

    def _place(self, zone: Zone, site: str) -> Point:
        if site == "border":
            return LineString(nearest_points(zone.shape, self._next_town(zone))).centroid
        ring = zone.shape.buffer(_STREET_M, join_style="mitre").exterior
        while True:
            if site == "street":
                point = ring.interpolate(self._chance.random(), normalized=True)
                if not len(self._tree.query(point, predicate="intersects")):
                    return point
            else:
                point = self._point_near(zone.shape)
                if zone.shape.buffer(-_WALL_M).contains(point):
                    return point

    def _point_near(self, shape: Polygon) -> Point:
        west, south, east, north = shape.bounds
        return Point(self._chance.uniform(west, east), self._chance.uniform(south, north))


def _fits(zone: Zone, site: str, *, planned: bool) -> bool:
    if (zone.category == "rural") != (site == "rural"):
        return False
    if site != "on_site":
        return not zone.planned and (zone.category != "new" or site == "exclusive")
    if zone.category != "new" or zone.planned != planned:
        return False
    return planned or (zone.delivered_on is not None and zone.delivered_on <= _ENOUGH_TIME)
