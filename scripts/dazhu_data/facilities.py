"""Synthetic childcare facilities: every type and status, and each case that a rule tells apart."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from dazhu_data.cells import to_degrees
from dazhu_data.chance import day_between, dice
from dazhu_data.names import ENDINGS, invented
from dazhu_data.sites import Sites

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from shapely.geometry import Point

    from dazhu_data.zones import Zone

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
    site: str  # street | border (of two towns) | inside | on_site (of new housing) | exclusive | rural
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
    _Group("community_embedded", city=True, site="border", number=1, slots=(8, 10), inclusive=0.9),
    _Group("community_embedded", city=True, site="inside", number=4, slots=(20, 35), inclusive=0.9),
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
    sites = Sites(zones)
    stems = invented("facilities")
    handovers = iter(_HANDOVERS)
    chance = dice("facilities")
    count: Counter[str] = Counter()
    made: list[Facility] = []
    for group in _GROUPS:
        for _ in range(group.number):
            count[group.type] += 1
            handover = next(handovers) if group.site == "on_site" else ""
            zone, place = sites.take(group.site, city=group.city, planned=handover == "planned")
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


def _announced(facility_id: str, sites: Sites) -> Facility:
    _, place = sites.take("street", city=True, township=_ANNOUNCED_AREA)
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
