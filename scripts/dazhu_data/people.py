"""How many people live where: shares by chance, sums exactly those of the census."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dazhu_data.chance import dice, split_capped, split_whole
from dazhu_data.facts import TOWNSHIP_TOTALS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dazhu_data.facts import Facts, Township

# Invented: residents in the three subdistricts' town, persons. The rest of the county's urban
# residents lives in the seats of the other townships, in proportion to their urban communities.
_CITY: Final[Mapping[str, int]] = {
    "511724001": 96_000,
    "511724002": 66_000,
    "511724003": 61_000,
}
_PER_HECTARE: Final[Mapping[str, float]] = {"old_town": 330, "existing": 250, "new": 190}
_CHILD_RATE: Final[Mapping[str, float]] = {
    "new": 1.35,
    "existing": 1.1,
    "old_town": 0.85,
    "rural": 0.93,
}
_MIGRANT_RATE: Final[Mapping[str, float]] = {
    "new": 0.55,
    "existing": 0.49,
    "old_town": 0.38,
    "rural": 0.04,
}


def is_city(township: Township) -> bool:
    """Return whether the township is one of the three subdistricts that make up the county town."""
    return township.code in _CITY


def share_residents(facts: Facts) -> dict[str, tuple[int, int]]:
    """Return urban and rural residents of each township, persons, by its code.

    The county's sums are those of the census; a township's total is real where one is published.
    """
    chance = dice("residents of townships")
    towns = [each for each in facts.townships if not is_city(each)]
    seats = split_whole(
        facts.urban - sum(_CITY.values()),
        [each.communities * chance.uniform(0.75, 1.3) for each in towns],
    )
    urban = {**_CITY, **{each.code: n for each, n in zip(towns, seats, strict=True)}}
    fixed = {code: total - urban[code] for code, total in TOWNSHIP_TOTALS.items()}
    others = [each for each in facts.townships if each.code not in fixed]
    villages = split_whole(
        facts.rural - sum(fixed.values()),
        [each.villages * chance.uniform(0.8, 1.25) for each in others],
    )
    rural = {**fixed, **{each.code: n for each, n in zip(others, villages, strict=True)}}
    return {each.code: (urban[each.code], rural[each.code]) for each in facts.townships}


def share_among_zones(
    total: int, categories: Sequence[str], hectares: Sequence[float], code: str
) -> list[int]:
    """Return the residents of a township's urban or rural zones, persons, same order.

    Parameters
    ----------
    total
        Residents to house.
    categories
        Category of each zone; denser in the old town, sparser in new areas.
    hectares
        Area of each zone, ha; only its square root counts for a rural area, which is mostly fields.
    code
        The township's, for chance of its own.
    """
    chance = dice(f"residents of zones of {code}")
    weights = [
        (area**0.5 if category == "rural" else area * _PER_HECTARE[category])
        * chance.uniform(0.72, 1.35)
        for category, area in zip(categories, hectares, strict=True)
    ]
    return split_whole(total, weights)


def share_children(total: int, categories: Sequence[str], population: Sequence[int]) -> list[int]:
    """Return children under three of each zone, persons; more in new areas, fewer in old ones."""
    chance = dice("children")
    weights = [
        people * _CHILD_RATE[category] * chance.uniform(0.75, 1.25)
        for category, people in zip(categories, population, strict=True)
    ]
    return split_capped(total, weights, population)


def share_migrants(total: int, categories: Sequence[str], population: Sequence[int]) -> list[int]:
    """Return residents registered elsewhere of each zone, persons; most live in the towns."""
    chance = dice("migrants")
    weights = [
        people * _MIGRANT_RATE[category] * chance.uniform(0.6, 1.4)
        for category, people in zip(categories, population, strict=True)
    ]
    return split_capped(total, weights, population)


def share_migrant_children(
    facts: Facts, children: Sequence[int], migrants: Sequence[int], population: Sequence[int]
) -> list[int]:
    """Return migrants' children under three of each zone, persons.

    No count of them exists. Their number is put at the census share of residents registered
    elsewhere, and they live where such residents live.
    """
    chance = dice("migrant children")
    total = round_share(sum(children), facts.elsewhere, facts.population)
    weights = [
        child * migrant / people * chance.uniform(0.7, 1.3) if people else 0.0
        for child, migrant, people in zip(children, migrants, population, strict=True)
    ]
    return split_capped(total, weights, children)


def round_share(count: int, part: int, whole: int) -> int:
    """Return ``count × part / whole``, a half rounded up, without floating point.

    Examples
    --------
    >>> round_share(18907, 204415, 841960)
    4590
    """
    return (2 * count * part + whole) // (2 * whole)
