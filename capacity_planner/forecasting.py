"""Population of later years in whole persons: growth, plans of years, new housing, children.

Arrays in, arrays out. Growth is exact (fractions); persons become whole once a year and group, by
largest remainder, so that a township's zones always add up to the township.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from capacity_planner.calculator import distribute_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

Ints: TypeAlias = "NDArray[np.int64]"

__all__ = [
    "children_by_births",
    "children_by_share",
    "grown",
    "keep_in_proportion",
    "occupied",
    "planned_total",
    "steered",
    "whole_persons",
]

_COHORTS: Final = 3


def whole_persons(exact: Sequence[Fraction], group: Ints) -> Ints:
    """Return whole persons whose sum by group is the group's exact sum, rounded once.

    Parameters
    ----------
    exact
        Persons of each zone, ≥ 0, ``z`` fractions.
    group
        Group of each zone, ``int64[z]``; −1 is a group as well.

    Returns
    -------
    NDArray[np.int64]
        ``int64[z]``; by largest remainder, equal ones to the earlier zone, a group's half upward.

    Examples
    --------
    >>> thirds = [Fraction(10, 3)] * 3
    >>> whole_persons(thirds, np.array([0, 0, 0])).tolist()
    [4, 3, 3]
    """
    floor = np.array([each.numerator // each.denominator for each in exact], dtype=np.int64)
    left = [each - int(low) for each, low in zip(exact, floor.tolist(), strict=True)]
    for members in _members(group):
        more = int(sum((left[at] for at in members), Fraction(1, 2)))
        order = sorted(members, key=lambda at: (-left[at], at))
        floor[order[:more]] += 1
    return floor


def _members(group: Ints) -> list[list[int]]:
    found: dict[int, list[int]] = {}
    for at, name in enumerate(group.tolist()):
        found.setdefault(name, []).append(at)
    return list(found.values())


def grown(population: Ints, growth: Sequence[Fraction], years: int, group: Ints) -> Ints:
    """Return the population after some years of steady growth.

    Parameters
    ----------
    population
        Persons today, ``int64[z]``.
    growth
        Yearly growth of each zone as a share (1/100 is 1 %), ``z`` fractions above −1.
    years
        How many, ≥ 0.
    group
        Township of each zone, ``int64[z]``.

    Returns
    -------
    NDArray[np.int64]
        ``int64[z]``: population × (1 + growth)^years, whole by township.

    Examples
    --------
    >>> grown(np.array([1000, 1000]), [Fraction(1, 100)] * 2, 2, np.array([0, 0])).tolist()
    [1020, 1020]
    """
    factor = {each: (1 + each) ** years for each in set(growth)}
    exact = [int(persons) * factor[each] for persons, each in zip(population, growth, strict=True)]
    return whole_persons(exact, group)


def planned_total(
    plan: Mapping[int, int], year: int, *, base_year: int, base: int, growth: Fraction
) -> int:
    """Return a township's total in a year from the few years that a plan names.

    Parameters
    ----------
    plan
        Year to residents; at least one year.
    year
        The year wanted, after ``base_year``.
    base_year, base
        Today's year and residents.
    growth
        Yearly growth after the last year of the plan.

    Returns
    -------
    int
        Residents: straight lines between the years named, halves upward.

    Examples
    --------
    >>> planned_total({2030: 2000}, 2027, base_year=2025, base=1000, growth=Fraction(0))
    1400
    """
    known = {base_year: base} | {each: plan[each] for each in plan if each > base_year}
    years = sorted(known)
    at = bisect_right(years, year) - 1
    before = years[at]
    if at == len(years) - 1:
        exact = known[before] * (1 + growth) ** (year - before)
    else:
        after = years[at + 1]
        step = Fraction(known[after] - known[before], after - before)
        exact = known[before] + step * (year - before)
    return int(exact + Fraction(1, 2))


def steered(population: Ints, group: Ints, totals: Mapping[int, int]) -> Ints:
    """Return the population with some groups brought to given totals in proportion.

    Parameters
    ----------
    population
        Persons, ``int64[z]``.
    group
        Group of each zone, ``int64[z]``.
    totals
        Group to total.

    Returns
    -------
    NDArray[np.int64]
        ``int64[z]``; other groups stay as they are.

    Examples
    --------
    >>> steered(np.array([10, 20, 5]), np.array([0, 0, 1]), {0: 60}).tolist()
    [20, 40, 5]
    """
    out = population.copy()
    for name, total in totals.items():
        members = np.flatnonzero(group == name)
        if len(members):
            out[members] = distribute_whole(total, population[members])
    return out


def occupied(
    full: Ints, delivered_on: NDArray[Any], on: np.datetime64, ramp: Sequence[Fraction]
) -> Ints:
    """Return how many live in new housing on a day.

    Parameters
    ----------
    full
        Residents once all dwellings are lived in, ``int64[z]``.
    delivered_on
        Day of delivery, ``datetime64[z]``; ``NaT`` means never.
    on
        The day.
    ramp
        Share of dwellings lived in, in the calendar year of delivery and each one after; the last
        share stays. Empty: all at once.

    Returns
    -------
    NDArray[np.int64]
        ``int64[z]``, halves upward; nobody before the day of delivery.

    Examples
    --------
    >>> day = np.array(["2027-06-30"] * 2, dtype="datetime64[D]")
    >>> occupied(np.array([1000, 30]), day, np.datetime64("2028-12-31"), [Fraction(1, 5), Fraction(1, 2)])
    array([500,  15])
    """
    shares = list(ramp) or [Fraction(1)]
    out = np.zeros(len(full), dtype=np.int64)
    this_year = int(on.astype("datetime64[Y]").astype(np.int64))
    for at in np.flatnonzero(delivered_on <= on).tolist():
        since = this_year - int(delivered_on[at].astype("datetime64[Y]").astype(np.int64))
        share = shares[min(since, len(shares) - 1)]
        out[at] = int(int(full[at]) * share + Fraction(1, 2))
    return out


def children_by_share(population: Ints, share: Fraction, group: Ints) -> Ints:
    """Return the children under three, a share of the residents.

    Parameters
    ----------
    population
        Persons, ``int64[z]``.
    share
        Children per resident.
    group
        Township of each zone, ``int64[z]``.

    Returns
    -------
    NDArray[np.int64]
        ``int64[z]``, whole by township.

    Examples
    --------
    >>> children_by_share(np.array([1000, 500]), Fraction(25, 1000), np.array([0, 0])).tolist()
    [25, 13]
    """
    return whole_persons([int(each) * share for each in population], group)


def children_by_births(population: Ints, births_per_1000: Fraction, group: Ints) -> Ints:
    """Return the children under three as three years of births.

    Parameters
    ----------
    population
        Persons, ``int64[z]``.
    births_per_1000
        Births per 1,000 residents a year.
    group
        Township of each zone, ``int64[z]``.

    Returns
    -------
    NDArray[np.int64]
        ``int64[z]``; nobody is taken to move or to die in the first three years.

    Examples
    --------
    >>> children_by_births(np.array([1000]), Fraction(6), np.array([0])).tolist()
    [18]
    """
    return children_by_share(population, births_per_1000 * _COHORTS / 1000, group)


def keep_in_proportion(part: Ints, before: Ints, after: Ints, group: Ints) -> Ints:
    """Return a part of the population in the proportion that it had.

    Parameters
    ----------
    part
        Of the population today, ``int64[z]``; negative where it is not known.
    before, after
        Population today and then, ``int64[z]``.
    group
        Township of each zone, ``int64[z]``.

    Returns
    -------
    NDArray[np.int64]
        ``int64[z]``; where nobody lives today the group's proportion is taken, and what is not
        known stays unknown (−1).

    Examples
    --------
    >>> keep_in_proportion(np.array([30, 0]), np.array([1000, 0]), np.array([1100, 200]), np.array([0, 0])).tolist()
    [33, 6]
    """
    known = (part >= 0) & (before > 0)
    exact = [Fraction(0)] * len(part)
    for members in _members(group):
        inside = [at for at in members if known[at]]
        people = int(before[inside].sum())
        usual = Fraction(int(part[inside].sum()), people) if people else Fraction(0)
        for at in members:
            own = Fraction(int(part[at]), int(before[at])) if known[at] else usual
            exact[at] = int(after[at]) * own
    whole = whole_persons(exact, group)
    return np.where((part < 0) & (before > 0), -1, whole)
