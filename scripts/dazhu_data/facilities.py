"""Synthetic childcare facilities: every type and status, and each case that a rule tells apart."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import shapely
from shapely.geometry import Point

from dazhu_data.cells import to_degrees
from dazhu_data.chance import day_between, dice
from dazhu_data.names import ENDINGS, invented
from dazhu_data.people import is_city

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from dazhu_data.zones import Zone

_STREET_M: Final = 9.0  # from a block's edge to a door on the street
_ENOUGH_TIME: Final = date(
    2025, 1, 15
)  # zones delivered by then have had time for a late hand-over
_CHOOSE_FROM: Final = 4  # blocks
_NEAR_M: Final = 250
_LATE_DAYS: Final = (45, 260)


@dataclass(frozen=True, slots=True)
class Facility:
    """One synthetic facility; ``place`` in metres."""

    facility_id: str
    name: str
    type: str
    slots: int
    place: Point
    registered: str = "yes"
    filed: str = "yes"
    status: str = "operating"
    opened_on: date | None = None
    closed_on: date | None = None
    accepted_on: date | None = None
    handed_over_on: date | None = None
    enrolled_u3: int | None = None
    inclusive: str = "no"
    demonstration: str = "no"
    accepts_migrants: str = "yes"
    zone_id: str = ""
    exclusive: str = "no"

    @property
    def lon_lat(self) -> tuple[float, float]:
        """Longitude and latitude in degrees, six decimals."""
        point = to_degrees(self.place)
        return point.x, point.y


@dataclass(frozen=True, slots=True)
class _Group:
    """So many facilities of a type, in the county town or elsewhere, at one kind of place."""

    type: str
    city: bool
    site: str  # street | inside | on_site (of a new zone) | exclusive | rural
    number: int
    slots: tuple[int, int]
    inclusive: float


_GROUPS: Final = (
    _Group(
        "comprehensive_centre", city=True, site="street", number=2, slots=(80, 100), inclusive=1
    ),
    _Group("centre", city=True, site="street", number=7, slots=(40, 75), inclusive=0.4),
    _Group("centre", city=True, site="on_site", number=9, slots=(30, 50), inclusive=0.7),
    _Group("centre", city=False, site="street", number=5, slots=(30, 50), inclusive=0.5),
    _Group("kindergarten_class", city=True, site="inside", number=6, slots=(14, 20), inclusive=0.6),
    _Group(
        "kindergarten_class", city=False, site="inside", number=8, slots=(12, 20), inclusive=0.8
    ),
    _Group("community_embedded", city=True, site="inside", number=5, slots=(20, 35), inclusive=0.9),
    _Group(
        "community_embedded", city=True, site="on_site", number=4, slots=(20, 30), inclusive=0.9
    ),
    _Group(
        "community_embedded", city=False, site="inside", number=5, slots=(15, 25), inclusive=0.9
    ),
    _Group("community_embedded", city=False, site="rural", number=1, slots=(15, 20), inclusive=1),
    _Group("home_based", city=True, site="inside", number=5, slots=(4, 5), inclusive=0.2),
    _Group("home_based", city=False, site="inside", number=2, slots=(4, 5), inclusive=0.2),
    _Group("employer_run", city=True, site="exclusive", number=3, slots=(20, 40), inclusive=0.5),
    _Group("early_education", city=True, site="street", number=3, slots=(20, 40), inclusive=0),
)

# Hand-over of the facilities on the site of new zones, in the order in which they are made.
_HANDOVERS: Final = (
    *("together", "late", "together", "planned", "late", "unknown", "together", "late"),
    *("planned", "together", "unknown", "late", "together"),
)

# What sets single facilities apart, by their number within their type.
_QUIRKS: Final[Mapping[tuple[str, int], Mapping[str, object]]] = {
    ("comprehensive_centre", 1): {"demonstration": "yes"},
    ("centre", 1): {"demonstration": "yes", "inclusive": "yes"},
    ("centre", 2): {"filed": "no"},
    ("centre", 3): {"accepts_migrants": "no"},
    ("centre", 4): {
        "status": "closed",
        "opened_on": date(2017, 9, 1),
        "closed_on": date(2024, 7, 31),
        "enrolled_u3": None,
    },
    ("centre", 5): {"accepts_migrants": ""},
    ("centre", 6): {"registered": "no", "filed": "no"},
    ("centre", 7): {
        "status": "building",
        "opened_on": date(2026, 9, 1),
        "enrolled_u3": None,
        "filed": "no",
        "accepts_migrants": "",
    },
    ("centre", 17): {"accepts_migrants": "no"},
    ("centre", 18): {"filed": "no", "enrolled_u3": None},
    ("centre", 20): {
        "status": "planned",
        "opened_on": date(2027, 3, 1),
        "enrolled_u3": None,
        "registered": "no",
        "filed": "no",
        "accepts_migrants": "",
    },
    ("kindergarten_class", 2): {"accepts_migrants": "no"},
    ("kindergarten_class", 4): {"filed": "no"},
    ("kindergarten_class", 6): {"enrolled_u3": None},
    ("kindergarten_class", 9): {
        "status": "closed",
        "closed_on": date(2025, 6, 30),
        "enrolled_u3": None,
    },
    ("kindergarten_class", 11): {"accepts_migrants": ""},
    ("kindergarten_class", 12): {"slots": 32},  # two classes, enough for its whole town
    ("community_embedded", 3): {"filed": "no"},
    ("community_embedded", 5): {"accepts_migrants": ""},
    ("community_embedded", 12): {
        "status": "building",
        "opened_on": date(2026, 3, 1),
        "enrolled_u3": None,
        "filed": "no",
    },
    ("home_based", 2): {"slots": 6},  # above the five that count
    ("home_based", 4): {"registered": "no", "filed": "no"},
    ("home_based", 5): {"status": "closed", "closed_on": date(2023, 12, 31), "enrolled_u3": None},
    ("home_based", 7): {"accepts_migrants": "no"},
    ("employer_run", 2): {"accepts_migrants": "no"},
    ("early_education", 1): {"filed": "no"},
}

# Announced for 2026 in public; where it will stand and whether it opens is not known.
_ANNOUNCED_NAME: Final = "县妇幼保健计划生育服务中心·公开报道150个托位·位置为虚构"
_ANNOUNCED_SLOTS: Final = 150
_ANNOUNCED_AREA: Final = "511724002"


def make_facilities(zones: Sequence[Zone]) -> list[Facility]:
    """Return every facility, sorted by id; each stands at a zone of its own."""
    sites = _Sites(zones)
    stems = invented("facilities")
    handovers = iter(_HANDOVERS)
    chance = dice("facilities")
    count: Counter[str] = Counter()
    made: list[Facility] = []
    for group in _GROUPS:
        for _ in range(group.number):
            count[group.type] += 1
            handover = next(handovers) if group.site == "on_site" else ""
            zone, place = sites.take(group, handover)
            facility = Facility(
                facility_id=f"SYN-F-{len(made) + 1:03d}",
                name=next(stems) + chance.choice(ENDINGS[group.type]),
                type=group.type,
                slots=chance.randint(*group.slots),
                place=place,
                inclusive="yes" if chance.random() < group.inclusive else "no",
            )
            facility = _opened(facility, zone, group.site, handover, chance)
            made.append(replace(facility, **_QUIRKS.get((group.type, count[group.type]), {})))
    return [*made, _announced(f"SYN-F-{len(made) + 1:03d}", sites)]


def _opened(
    facility: Facility, zone: Zone, site: str, handover: str, chance: random.Random
) -> Facility:
    """Return the facility with its dates, its children and the zone that it is for."""
    if site == "on_site":
        facility = _handed_over(replace(facility, zone_id=zone.zone_id), zone, handover, chance)
    elif site == "exclusive":
        facility = replace(facility, zone_id=zone.zone_id, exclusive="yes")
    if facility.status != "operating":
        return facility
    opened = facility.opened_on or day_between(date(2016, 3, 1), date(2025, 6, 30), chance)
    # Early education has pupils, not children in care.
    care = facility.type != "early_education"
    enrolled = round(facility.slots * chance.uniform(0.35, 0.95)) if care else None
    return replace(facility, opened_on=opened, enrolled_u3=enrolled)


def _handed_over(facility: Facility, zone: Zone, handover: str, chance: random.Random) -> Facility:
    if handover == "planned":
        return replace(
            facility,
            status="building" if zone.delivered_on < date(2027, 1, 31) else "planned",
            opened_on=zone.delivered_on + timedelta(days=90),
            registered="no",
            filed="no",
            accepts_migrants="",
        )
    wait = timedelta(days=chance.randint(*_LATE_DAYS) if handover == "late" else 0)
    handed_over = zone.delivered_on + wait
    facility = replace(facility, opened_on=handed_over + timedelta(days=chance.randint(30, 75)))
    if handover == "unknown":
        return facility
    return replace(facility, accepted_on=zone.accepted_on + wait, handed_over_on=handed_over)


def _announced(facility_id: str, sites: _Sites) -> Facility:
    group = _Group(
        "comprehensive_centre", city=True, site="street", number=1, slots=(0, 0), inclusive=1
    )
    _, place = sites.take(group, "", township=_ANNOUNCED_AREA)
    return Facility(
        facility_id=facility_id,
        name=_ANNOUNCED_NAME,
        type="comprehensive_centre",
        slots=_ANNOUNCED_SLOTS,
        place=place,
        registered="no",
        filed="no",
        status="planned",
        opened_on=date(2026, 12, 31),
        inclusive="yes",
        accepts_migrants="",
    )


class _Sites:
    """Places still free, one zone a facility, towns one after another."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        self._chance = dice("sites")
        self._free = list(zones)
        self._chance.shuffle(self._free)
        self._used: Counter[str] = Counter()
        self._size = Counter(zone.township.code for zone in zones if zone.category != "rural")
        self._zones = zones
        self._tree = shapely.STRtree([zone.shape for zone in zones])

    def take(self, group: _Group, handover: str, *, township: str = "") -> tuple[Zone, Point]:
        """Return a free zone that suits, and a point in it or on the street beside it.

        Raises
        ------
        ValueError
            If no zone is left that suits.
        """
        suits = [
            zone
            for zone in self._free
            if self._fits(zone, group, handover) and township in ("", zone.township.code)
        ]
        if not suits:
            raise ValueError(f"no place left for {group} {handover}")
        # Townships take turns, the larger ones of the county town oftener.
        code = min(suits, key=lambda each: self._turn(each, group)).township.code
        here = [each for each in suits if each.township.code == code]
        zone = max(here[:_CHOOSE_FROM] if group.city else here, key=self._people_near)
        self._free.remove(zone)
        self._used[zone.township.code] += 1
        return zone, self._place(zone, group.site)

    def _turn(self, zone: Zone, group: _Group) -> float:
        used = self._used[zone.township.code]
        return (used + 1) / self._size[zone.township.code] if group.city else used

    def _people_near(self, zone: Zone) -> int:
        """Return the residents of the blocks around: facilities go where many live."""
        near = self._tree.query(zone.shape.centroid, predicate="dwithin", distance=_NEAR_M)
        return sum(self._zones[at].population for at in near if self._zones[at].category != "rural")

    @staticmethod
    def _fits(zone: Zone, group: _Group, handover: str) -> bool:
        if is_city(zone.township) != group.city or (zone.category == "rural") != (
            group.site == "rural"
        ):
            return False
        if group.site != "on_site":
            return not zone.planned and (zone.category != "new" or group.site == "exclusive")
        if zone.category != "new" or zone.planned != (handover == "planned"):
            return False
        return zone.planned or zone.delivered_on <= _ENOUGH_TIME

    def _place(self, zone: Zone, site: str) -> Point:
        if site == "street":
            return self._street_corner(zone)
        west, south, east, north = zone.shape.bounds
        core = zone.shape.buffer(-15)
        while True:
            point = Point(self._chance.uniform(west, east), self._chance.uniform(south, north))
            if core.contains(point):
                return point

    def _street_corner(self, zone: Zone) -> Point:
        """Return a point beside the zone that lies in no zone."""
        ring = zone.shape.buffer(_STREET_M, join_style="mitre").exterior
        while True:
            point = ring.interpolate(self._chance.random(), normalized=True)
            if not len(self._tree.query(point, predicate="intersects")):
                return point
