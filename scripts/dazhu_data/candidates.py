"""Synthetic premises that could be reused: where more slots might go, and at what cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from dazhu_data.cells import to_degrees
from dazhu_data.chance import day_between, dice
from dazhu_data.names import ENDINGS, invented
from dazhu_data.people import is_city

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from shapely.geometry import Point

    from dazhu_data.zones import Zone

_CITY_SHARE: Final = 0.6


@dataclass(frozen=True, slots=True)
class Candidate:
    """One synthetic candidate; ``place`` in metres, costs in yuan."""

    candidate_id: str
    name: str
    kind: str
    means: str
    max_slots: int
    cost_per_slot: int
    fixed_cost: int
    available_on: date
    place: Point

    @property
    def lon_lat(self) -> tuple[float, float]:
        """Longitude and latitude in degrees, six decimals."""
        point = to_degrees(self.place)
        return point.x, point.y


@dataclass(frozen=True, slots=True)
class _Kind:
    """How many premises of a kind, their size, and costs in thousands of yuan."""

    number: int
    means: tuple[str, ...]
    slots: tuple[int, int]
    per_slot: tuple[int, int]
    fixed: tuple[int, int]


_KINDS: Final[Mapping[str, _Kind]] = {
    "idle_land": _Kind(11, ("build",), (60, 120), (28, 40), (600, 1200)),
    "community_centre": _Kind(14, ("lease", "swap", "purchase"), (20, 50), (9, 20), (60, 260)),
    "park": _Kind(5, ("build", "lease"), (20, 40), (14, 26), (120, 320)),
    "school": _Kind(9, ("lease", "swap"), (30, 80), (8, 16), (100, 300)),
    "health_centre": _Kind(7, ("swap", "lease"), (15, 40), (10, 18), (80, 200)),
}


def make_candidates(zones: Sequence[Zone]) -> list[Candidate]:
    """Return every candidate, sorted by id, each on the street beside a town block of its own."""
    chance = dice("candidates")
    stems = invented("candidates")
    city = _shuffled([z for z in zones if z.category != "rural" and is_city(z.township)], chance)
    towns = _shuffled(
        [z for z in zones if z.category != "rural" and not is_city(z.township)], chance
    )
    made: list[Candidate] = []
    for kind, sort in _KINDS.items():
        for _ in range(sort.number):
            zone = (city if chance.random() < _CITY_SHARE else towns).pop()
            made.append(
                Candidate(
                    candidate_id=f"SYN-C-{len(made) + 1:03d}",
                    name=next(stems) + ENDINGS[kind][0],
                    kind=kind,
                    means=chance.choice(sort.means),
                    max_slots=5 * round(chance.randint(*sort.slots) / 5),
                    cost_per_slot=1_000 * chance.randint(*sort.per_slot),
                    fixed_cost=10_000 * round(chance.randint(*sort.fixed) / 10),
                    available_on=day_between(date(2026, 3, 1), date(2028, 6, 30), chance),
                    place=zone.shape.exterior.interpolate(chance.random(), normalized=True),
                )
            )
    return made


def _shuffled(zones: list[Zone], chance: random.Random) -> list[Zone]:
    chance.shuffle(zones)
    return zones
