"""Synthetic residential zones: blocks of the towns and rural community areas, with their people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from shapely.geometry import Point, Polygon

from dazhu_data.cells import draw_rural, to_metres, voronoi_cells, whole_cells
from dazhu_data.chance import day_between, dice
from dazhu_data.names import ENDINGS, invented
from dazhu_data.people import (
    is_city,
    share_among_zones,
    share_children,
    share_migrant_children,
    share_migrants,
    share_residents,
)
from dazhu_data.towns import draw_town, outline

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from dazhu_data.facts import Facts, Township
    from dazhu_data.towns import Town

_PER_BLOCK: Final = {"city": 930, "town": 740}  # residents a block, on average
_OLD_SHARE: Final = {"city": 0.24, "town": 0.3}
_NEW_SHARE: Final = {"city": 0.24, "town": 0.1}
# Seats of towns with at least this many urban communities have new areas at all.
_NEW_FROM_COMMUNITIES: Final = 2
# Blocks at the edge of the county town that are permitted and not yet delivered: nobody lives there.
_PLANNED: Final = {"511724001": 4, "511724002": 3, "511724003": 3}
# The three subdistricts' blocks lie towards each other: they are one town.
_CITY_CENTRE: Final = Point(107.217, 30.752)
_CITY_PULL: Final = 0.6
_UNITS: Final = {"511724001": 3, "511724002": 2, "511724003": 2, "511724106": 1}
_UNIT_SIZE: Final = 3
# Nobody counted migrants' children in so many town zones of these townships (in the second, in
# any): the check must say so.
_NO_MIGRANT_COUNT: Final = {"511724112": 3, "511724214": 99}
_PERSONS_PER_DWELLING: Final = 2.30


@dataclass(frozen=True, slots=True)
class Zone:
    """One synthetic zone; ``shape`` in metres."""

    township: Township
    category: str
    shape: Polygon
    population: int = 0
    planned: bool = False
    zone_id: str = ""
    name: str = ""
    unit_id: str = ""
    permitted_on: date | None = None
    accepted_on: date | None = None
    delivered_on: date | None = None
    dwellings: int = 0
    children_u3: int = 0
    migrant_population: int = 0
    migrant_u3: int | None = 0
    rural_childcare_considered: str = ""


def township_cells(facts: Facts) -> list[Polygon]:
    """Return the schematic cell of each township, metres, in the order of the facts."""
    centres = [to_metres(each.centre) for each in facts.townships]
    return whole_cells(voronoi_cells(to_metres(facts.boundary), centres))


def lay_towns(facts: Facts, cells: Sequence[Polygon]) -> list[Town]:
    """Return the town of each township: as many blocks as its urban residents and plans need."""
    residents = share_residents(facts)
    return [
        draw_town(
            cell,
            _centre(township),
            _lived_in(township, residents[township.code][0]) + _PLANNED.get(township.code, 0),
            dice(f"blocks of {township.code}"),
        )
        for township, cell in zip(facts.townships, cells, strict=True)
    ]


def make_zones(facts: Facts, cells: Sequence[Polygon], towns: Sequence[Town]) -> list[Zone]:
    """Return every zone of the county, sorted by id.

    Residents add up to the census, urban and rural apart; children under three to the middle
    estimate; residents registered elsewhere to the census.
    """
    residents = share_residents(facts)
    zones: list[Zone] = []
    for township, cell, town in zip(facts.townships, cells, towns, strict=True):
        urban, rural = residents[township.code]
        made = [*_town_zones(township, town, urban), *_village_zones(township, cell, town, rural)]
        chance = dice(f"dates of {township.code}")
        zones += [
            _dated(replace(zone, zone_id=f"SYN-Z-{township.code[-3:]}-{number:03d}"), chance)
            for number, zone in enumerate(made, start=1)
        ]
    return _with_units(_with_children(facts, _with_names(zones)))


def _lived_in(township: Township, urban: int) -> int:
    """Return the number of blocks that a township's urban residents live in."""
    return max(3, round(urban / _PER_BLOCK[_size(township)]))


def _size(township: Township) -> str:
    return "city" if is_city(township) else "town"


def _centre(township: Township) -> Point:
    centre = to_metres(township.centre)
    if not is_city(township):
        return centre
    town = to_metres(_CITY_CENTRE)
    return Point(
        centre.x + _CITY_PULL * (town.x - centre.x), centre.y + _CITY_PULL * (town.y - centre.y)
    )


def _town_zones(township: Township, town: Town, urban: int) -> list[Zone]:
    """Return the blocks of a township's seat: the old town inside, new areas at the edge."""
    n = _lived_in(township, urban)
    old = round(n * _OLD_SHARE[_size(township)])
    grows = township.communities >= _NEW_FROM_COMMUNITIES
    new = round(n * _NEW_SHARE[_size(township)]) if grows else 0
    categories = ["old_town"] * old + ["existing"] * (n - old - new) + ["new"] * new
    lived_in, planned = town.blocks[:n], town.blocks[n:]
    people = share_among_zones(urban, categories, _hectares(lived_in), f"{township.code} town")
    rows = zip(categories, lived_in, people, strict=True)
    return [
        *(Zone(township, category, shape, population) for category, shape, population in rows),
        *(Zone(township, "new", shape, planned=True) for shape in planned),
    ]


def _village_zones(township: Township, cell: Polygon, town: Town, rural: int) -> list[Zone]:
    chance = dice(f"villages of {township.code}")
    areas = draw_rural(cell, outline(town.blocks), township.villages, chance)
    categories = ["rural"] * len(areas)
    people = share_among_zones(rural, categories, _hectares(areas), f"{township.code} villages")
    return [
        Zone(township, "rural", shape, population)
        for shape, population in zip(areas, people, strict=True)
    ]


def _hectares(shapes: Sequence[Polygon]) -> list[float]:
    return [shape.area / 10_000 for shape in shapes]


def _dated(zone: Zone, chance: random.Random) -> Zone:
    """Return the zone with dates and dwellings that suit its category."""
    if zone.planned:
        permitted = day_between(date(2024, 3, 1), date(2025, 9, 30), chance)
        delivered = permitted + timedelta(days=chance.randint(700, 1000))
        dwellings = 20 * chance.randint(16, 52)
        return replace(zone, permitted_on=permitted, delivered_on=delivered, dwellings=dwellings)
    vacancy = {"new": 1.35, "existing": 1.12, "old_town": 1.04, "rural": 1.2}[zone.category]
    zone = replace(zone, dwellings=round(zone.population / _PERSONS_PER_DWELLING * vacancy))
    if zone.category == "rural":
        answer = chance.choices(("yes", "no", ""), weights=(45, 35, 20))[0]
        return replace(zone, rural_childcare_considered=answer)
    if zone.category == "old_town":  # built before anyone kept the dates
        return zone
    first, last = (
        (date(2021, 10, 8), date(2023, 1, 31))
        if zone.category == "new"
        else (date(2001, 3, 1), date(2018, 6, 30))
    )
    permitted = day_between(first, last, chance)
    accepted = permitted + timedelta(days=chance.randint(480, 720))
    delivered = accepted + timedelta(days=chance.randint(15, 70))
    return replace(zone, permitted_on=permitted, accepted_on=accepted, delivered_on=delivered)


def _with_names(zones: Sequence[Zone]) -> list[Zone]:
    stems = {category: invented(category) for category in ("new", "existing", "old_town", "rural")}
    chance = dice("endings of zone names")
    return [
        replace(zone, name=next(stems[zone.category]) + chance.choice(ENDINGS[zone.category]))
        for zone in zones
    ]


def _with_children(facts: Facts, zones: Sequence[Zone]) -> list[Zone]:
    categories = [zone.category for zone in zones]
    population = [zone.population for zone in zones]
    children = share_children(facts.children_u3, categories, population)
    migrants = share_migrants(facts.elsewhere, categories, population)
    uncounted = _without_count(zones)
    # Where nobody counted, no migrants' children are shared out: the sum is that of the counts.
    counted = [
        0 if zone.zone_id in uncounted else n for zone, n in zip(zones, children, strict=True)
    ]
    migrant_children = share_migrant_children(facts, counted, migrants, population)
    rows = zip(zones, children, migrants, migrant_children, strict=True)
    return [
        replace(
            zone,
            children_u3=child,
            migrant_population=migrant,
            migrant_u3=None if zone.zone_id in uncounted else migrant_child,
        )
        for zone, child, migrant, migrant_child in rows
    ]


def _without_count(zones: Sequence[Zone]) -> set[str]:
    return {
        zone.zone_id
        for code, n in _NO_MIGRANT_COUNT.items()
        for zone in [z for z in zones if z.township.code == code and z.category != "rural"][:n]
    }


def _with_units(zones: Sequence[Zone]) -> list[Zone]:
    """Return the zones with a few planning units: an existing block and its nearest neighbours."""
    unit_of: dict[str, str] = {}
    number = 0
    for code, n in _UNITS.items():
        free = [z for z in zones if z.township.code == code and z.category == "existing"]
        for _ in range(n):
            number += 1
            anchor = free[len(free) // 3].shape.centroid
            free.sort(key=lambda zone: zone.shape.centroid.distance(anchor))
            members, free = free[:_UNIT_SIZE], free[_UNIT_SIZE:]
            unit_of |= {zone.zone_id: f"SYN-U-{number:02d}" for zone in members}
    return [replace(zone, unit_id=unit_of.get(zone.zone_id, "")) for zone in zones]
