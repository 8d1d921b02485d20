"""The arithmetic of requirement, supply, duty and check, on arrays alone.

Every function takes arrays and gives arrays of the same length and order. Counts are ``int64``;
a ratio is an exact fraction of slots per resident, so that a ceiling never meets a float.
Enumerations come and go as the words of the table contracts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Words: TypeAlias = NDArray[np.str_]
Days: TypeAlias = NDArray[np.datetime64]

__all__ = [
    "Counted",
    "Handover",
    "ceil_share",
    "counted_slots",
    "distribute_whole",
    "duties",
    "handover",
    "migrant_requirement",
    "migrant_status",
    "per_thousand",
    "pooled_requirement",
    "requirements",
    "share",
    "shortfall_parts",
    "sum_by",
]

UNKNOWN: Final = -1
"""Stands for a count that was not given, in arrays that hold counts."""


def ceil_share(population: Ints, numerator: int, denominator: int) -> Ints:
    """Return the least whole numbers that are not fewer than population × numerator / denominator.

    Parameters
    ----------
    population
        Persons, ``int64``, ≥ 0, any shape.
    numerator, denominator
        The exact ratio in slots per resident; ``denominator`` > 0.

    Returns
    -------
    NDArray[np.int64]
        Slots, shape of ``population``.

    Notes
    -----
    "Not fewer than" (不少于, 竹府办〔2021〕57号 二(二)1) is a ceiling of the exact product.

    Examples
    --------
    >>> ceil_share(np.array([700, 1250, 1251]), 8, 1000)
    array([ 6, 10, 11])
    """
    return -(-population * numerator // denominator)


def distribute_whole(total: int, weight: Ints) -> Ints:
    """Return whole shares of a total in proportion to weights, by largest remainder.

    Parameters
    ----------
    total
        What is to be handed out, ≥ 0.
    weight
        ``int64[n]``, ≥ 0. Equal remainders go to the earlier entry. If all weights are 0, every
        entry weighs the same.

    Returns
    -------
    NDArray[np.int64]
        ``int64[n]``; the shares add up to ``total`` exactly.

    Raises
    ------
    ValueError
        If there is something to hand out and nobody to take it.

    Examples
    --------
    >>> distribute_whole(10, np.array([1, 1, 1]))
    array([4, 3, 3])
    """
    if len(weight) == 0:
        if total:
            raise ValueError("a total above 0 needs at least one entry")
        return np.zeros(0, dtype=np.int64)
    weights = [int(each) for each in weight] if weight.any() else [1] * len(weight)
    whole = sum(weights)
    share = np.array([total * each // whole for each in weights], dtype=np.int64)
    remainder = np.array([total * each % whole for each in weights], dtype=object)
    left = total - int(share.sum())
    order = sorted(range(len(weights)), key=lambda at: (-remainder[at], at))
    share[order[:left]] += 1
    return share


def requirements(population: Ints, rule: Ints, ratios: Sequence[Fraction], unit: Ints) -> Ints:
    """Return the slots that each zone must have, one ceiling per planning unit and ratio.

    Parameters
    ----------
    population
        Persons, ``int64[z]``, ≥ 0.
    rule
        Position in ``ratios`` of the ratio that binds the zone, ``int64[z]``; -1 where the rules
        set no number.
    ratios
        Slots per resident, exact.
    unit
        Number of the planning unit, ``int64[z]``; a zone on its own has a number of its own.

    Returns
    -------
    NDArray[np.int64]
        Slots, ``int64[z]``; :data:`UNKNOWN` where there is no number.

    Notes
    -----
    Zones of one unit that fall under the same ratio share one ceiling, handed down by largest
    remainder of their exact products, so that 200 buildings of 45 residents at 8 per 1,000 need
    72 slots and not 0 or 200.

    Examples
    --------
    >>> from fractions import Fraction
    >>> requirements(np.array([1250, 100, 150, 900]), np.array([0, 0, 0, -1]),
    ...              [Fraction(8, 1000)], np.array([0, 1, 1, 2]))
    array([10,  1,  1, -1])
    """
    required = np.full(len(population), UNKNOWN, dtype=np.int64)
    for position, ratio in enumerate(ratios):
        at = np.flatnonzero(rule == position)
        required[at] = _per_unit(population[at], ratio, unit[at])
    return required


def _per_unit(population: Ints, ratio: Fraction, unit: Ints) -> Ints:
    required = ceil_share(population, ratio.numerator, ratio.denominator)
    order = np.argsort(unit, kind="stable")
    _, first, size = np.unique(unit[order], return_index=True, return_counts=True)
    for start, count in zip(first[size > 1], size[size > 1], strict=True):
        members = order[start : start + count]
        together = ceil_share(population[members].sum(), ratio.numerator, ratio.denominator)
        required[members] = distribute_whole(int(together), population[members])
    return required


def pooled_requirement(
    population: Ints, rule: Ints, ratios: Sequence[Fraction], group: Ints, n: int
) -> Ints:
    """Return one ceiling over the exact sum of each group.

    Parameters
    ----------
    population, rule, ratios
        As for :func:`requirements`.
    group
        Number of the group, ``int64[z]`` in ``0 … n - 1``; -1 belongs to none.
    n
        How many groups there are.

    Returns
    -------
    NDArray[np.int64]
        Slots, ``int64[n]``.

    Examples
    --------
    >>> from fractions import Fraction
    >>> zones = np.array([100, 100])
    >>> pooled_requirement(zones, np.array([0, 0]), [Fraction(8, 1000)], np.array([0, 0]), 1)
    array([2])
    """
    exact: list[Fraction | int] = [0] * n
    for position, ratio in enumerate(ratios):
        people = sum_by(population, np.where(rule == position, group, -1), n)
        exact = [have + ratio * int(more) for have, more in zip(exact, people, strict=True)]
    return np.array([-(-each.numerator // each.denominator) for each in exact], dtype=np.int64)


def sum_by(value: Ints, group: Ints, n: int) -> Ints:
    """Return the sum of a quantity for each of ``n`` groups, in whole numbers throughout.

    Parameters
    ----------
    value
        ``int64[m]``.
    group
        ``int64[m]``; entries of group -1 are left out.
    n
        How many groups there are.

    Returns
    -------
    NDArray[np.int64]
        ``int64[n]``.

    Examples
    --------
    >>> sum_by(np.array([1, 2, 4]), np.array([0, 1, 0]), 3)
    array([5, 2, 0])
    """
    total = np.zeros(n, dtype=np.int64)
    inside = group >= 0
    np.add.at(total, group[inside], value[inside])
    return total


@dataclass(frozen=True, slots=True)
class Counted:
    """What each facility gives: counted and pipeline slots (``int64[f]``), why not (``str[f]``)."""

    slots: Ints
    pipeline: Ints
    reason: Words


def counted_slots(
    slots: Ints,
    *,
    kind: Words,
    status: Words,
    filed: Bools,
    enrolled: Ints,
    opened_on: Days,
    closed_on: Days,
    as_of: np.datetime64,
    basis: str,
    home_based_cap: int | None,
) -> Counted:
    """Return the slots that count at a date, and the reason where some do not.

    Parameters
    ----------
    slots
        Design slots, ``int64[f]``.
    kind, status
        Facility type and status, ``str[f]``, in the words of the facilities table.
    filed
        Whether the record filing (备案) is done, ``bool[f]``.
    enrolled
        Children enrolled, ``int64[f]``; :data:`UNKNOWN` where not given.
    opened_on, closed_on
        ``datetime64[f]``; ``NaT`` where not given. Open from ``opened_on``, no longer on ``closed_on``.
    as_of
        The date for which slots count.
    basis
        ``"filed"``: operating and filed, design slots, home-based points at most ``home_based_cap``.
        ``"statistical"``: centres by slots, kindergarten classes and home-based points by children
        enrolled (国卫办人口函〔2021〕404号).
    home_based_cap
        Children that a home-based point may take (家庭托育点管理办法（试行）, 2023: 5); ``None`` where
        no such rule is in force.

    Returns
    -------
    Counted
        Counted and pipeline slots and reasons; an empty reason means that all slots count.

    Raises
    ------
    ValueError
        If ``basis`` is neither of the two.

    Examples
    --------
    >>> never = np.full(4, np.datetime64("NaT"), dtype="datetime64[s]")
    >>> counted_slots(
    ...     np.array([60, 40, 5, 30]),
    ...     kind=np.array(["centre", "kindergarten_class", "home_based", "early_education"]),
    ...     status=np.array(["operating"] * 4), filed=np.ones(4, bool),
    ...     enrolled=np.array([50, 25, 4, 30]), opened_on=never, closed_on=never,
    ...     as_of=np.datetime64("2025-12-31"), basis="statistical", home_based_cap=5,
    ... ).slots
    array([60, 25,  4,  0])
    """
    if basis not in {"filed", "statistical"}:
        raise ValueError(f"basis must be 'filed' or 'statistical', not {basis!r}")
    count = slots.copy()
    reason = np.full(len(slots), "", dtype="U24")
    by_enrolment = np.isin(kind, ("kindergarten_class", "home_based"))
    if basis == "statistical":
        known = enrolled >= 0
        count[by_enrolment & known] = np.minimum(enrolled, slots)[by_enrolment & known]
        reason[by_enrolment & (count < slots)] = "not_enrolled"
        _refuse(count, reason, by_enrolment & ~known, "enrolment_unknown")
    else:
        if home_based_cap is not None:
            above = (kind == "home_based") & (slots > home_based_cap)
            count[above], reason[above] = home_based_cap, "home_based_cap"
        _refuse(count, reason, ~filed, "not_filed")
    ended = (status == "closed") | (closed_on <= as_of)
    waiting = np.isin(status, ("building", "planned"))
    _refuse(count, reason, opened_on > as_of, "not_open_yet")
    _refuse(count, reason, waiting, "pipeline")
    _refuse(count, reason, ended, "closed")
    _refuse(count, reason, kind == "early_education", "early_education")
    coming = (waiting | (opened_on > as_of)) & ~ended & (kind != "early_education")
    return Counted(count, np.where(coming, slots, 0).astype(np.int64), reason)


def _refuse(count: Ints, reason: Words, where: Bools, why: str) -> None:
    count[where] = 0
    reason[where] = why


def shortfall_parts(required: Ints, attributed: Ints, reached: Bools) -> tuple[Ints, Ints]:
    """Return what is missing, apart by whether a counted facility is near.

    Parameters
    ----------
    required, attributed
        Slots, ``int64[z]``, ``attributed`` ≤ ``required``.
    reached
        Whether at least one counted facility can serve the zone, ``bool[z]``.

    Returns
    -------
    tuple of NDArray[np.int64]
        ``in_reach`` and ``out_of_reach``; with ``attributed`` they make up ``required``.

    Examples
    --------
    >>> shortfall_parts(np.array([10, 10]), np.array([4, 0]), np.array([True, False]))
    (array([6, 0]), array([ 0, 10]))
    """
    missing = required - attributed
    return np.where(reached, missing, 0), np.where(reached, 0, missing)


def duties(category: Words, shortfall: Ints, has_facility: Bools) -> Words:
    """Return whose duty a zone's shortfall is, as a word of the zones table.

    Parameters
    ----------
    category
        new, existing, old_town or rural, ``str[z]``.
    shortfall
        Missing slots, ``int64[z]``.
    has_facility
        Whether the zone has a facility in the sense of the choice ``facility_presence``, ``bool[z]``.

    Returns
    -------
    NDArray[np.str_]
        ``build_with_housing``, ``provide_by_deadline``, ``top_up``, ``consider`` or ``met``.

    Notes
    -----
    竹府办〔2021〕57号 二(二)1 binds existing areas *without* a facility; one with a facility below
    the benchmark is not plainly in breach and is kept apart as ``top_up``.

    Examples
    --------
    >>> duties(np.array(["new", "existing", "existing", "rural", "new"]), np.array([2, 2, 2, 0, 0]),
    ...        np.array([False, False, True, False, False])).tolist()
    ['build_with_housing', 'provide_by_deadline', 'top_up', 'consider', 'met']
    """
    missing = shortfall > 0
    return np.select(
        [category == "rural", ~missing, category == "new", has_facility],
        ["consider", "met", "build_with_housing", "top_up"],
        default="provide_by_deadline",
    )


def migrant_requirement(required: Ints, migrant_u3: Ints, children_u3: Ints) -> Ints:
    """Return the part of a requirement that is for migrant workers' children.

    Parameters
    ----------
    required
        Slots, ``int64[z]``; :data:`UNKNOWN` where the rules set no number.
    migrant_u3, children_u3
        Children under three, ``int64[z]``; :data:`UNKNOWN` where not given.

    Returns
    -------
    NDArray[np.int64]
        ``ceil(required × migrant_u3 / children_u3)``, never above ``required``; 0 where there are no
        children; :data:`UNKNOWN` where a number is missing.

    Notes
    -----
    The duty (竹府办〔2021〕57号 二(二)1, 二(三)3) has no number of its own; the share is this project's
    choice ``migrant_share``.

    Examples
    --------
    >>> migrant_requirement(np.array([10, 10, 10, -1]), np.array([7, 0, -1, 3]), np.array([30, 30, 30, 9]))
    array([ 3,  0, -1, -1])
    """
    known = (required >= 0) & (migrant_u3 >= 0) & (children_u3 >= 0)
    share = -(-required * migrant_u3 // np.maximum(children_u3, 1))
    return np.where(known, np.minimum(share, required), UNKNOWN)


def migrant_status(required: Ints, certain: Ints, at_risk: Ints, complete: Bools) -> Words:
    """Return the state of the migrant-child check.

    Parameters
    ----------
    required
        Slots for migrant children, ``int64[n]``; :data:`UNKNOWN` where nothing could be checked.
    certain, at_risk
        Missing whatever neighbours do, and missing if everyone else is served first, ``int64[n]``.
    complete
        Whether every urban zone of the entry had its counts, ``bool[n]``.

    Returns
    -------
    NDArray[np.str_]
        ``short``, ``at_risk``, ``not_checked`` or ``met``; what is certainly short says so even where
        other counts are missing, and a missing count is never a pass.

    Examples
    --------
    >>> zero = np.zeros(2, np.int64)
    >>> migrant_status(np.array([3, -1]), zero, zero, np.array([True, False])).tolist()
    ['met', 'not_checked']
    """
    return np.select(
        [required < 0, certain > 0, ~complete, at_risk > 0],
        ["not_checked", "short", "not_checked", "at_risk"],
        default="met",
    )


@dataclass(frozen=True, slots=True)
class Handover:
    """State (``str[z]``), days of delay and facility that stands for the zone (``int64[z]``, -1)."""

    state: Words
    days: Ints
    facility: Ints


def handover(
    *,
    is_new: Bools,
    zone_accepted_on: Days,
    zone_delivered_on: Days,
    on_site_zone: Ints,
    facility_accepted_on: Days,
    facility_handed_over_on: Days,
    closed: Bools,
    as_of: np.datetime64,
) -> Handover:
    """Return whether each new zone's facility was accepted and handed over with the housing.

    Parameters
    ----------
    is_new
        Which zones are new, ``bool[z]``; the others get an empty state.
    zone_accepted_on, zone_delivered_on
        The housing's dates, ``datetime64[z]``, ``NaT`` where not given.
    on_site_zone
        Zone in which each facility stands or which it is for, ``int64[f]``, -1 none.
    facility_accepted_on, facility_handed_over_on
        The facility's dates, ``datetime64[f]``, ``NaT`` where not given.
    closed
        Facilities that no longer exist at the date, ``bool[f]``.
    as_of
        The date of the check.

    Returns
    -------
    Handover
        ``missing`` (no facility on site), ``unknown`` (a date that decides is missing), ``planned``
        (the housing is not delivered yet), ``late`` with days, or ``together``. Of several facilities
        on site the one in the best state stands for the zone.

    Notes
    -----
    同步验收、同步交付, 竹府办〔2021〕57号 二(二)1: each of the facility's two dates against the same
    date of the housing; the longer delay counts.

    Examples
    --------
    >>> day = lambda *words: np.array(words, dtype="datetime64[s]")
    >>> found = handover(
    ...     is_new=np.array([True]), zone_accepted_on=day("2023-05-01"), zone_delivered_on=day("2023-06-01"),
    ...     on_site_zone=np.array([0]), facility_accepted_on=day("2023-05-01"),
    ...     facility_handed_over_on=day("2023-07-01"), closed=np.array([False]), as_of=day("2025-12-31")[0])
    >>> found.state.tolist(), found.days.tolist()
    (['late'], [30])
    """
    n = len(is_new)
    state = np.where(is_new, "missing", "").astype("U12")
    days = np.zeros(n, dtype=np.int64)
    facility = np.full(n, -1, dtype=np.int64)
    best = np.full(n, len(_HANDOVER_RANK) * 10**6, dtype=np.int64)
    standing = np.flatnonzero((on_site_zone >= 0) & ~closed)
    for at in standing[is_new[on_site_zone[standing]]]:
        zone = on_site_zone[at]
        word, late = _compare_dates(
            (zone_accepted_on[zone], facility_accepted_on[at]),
            (zone_delivered_on[zone], facility_handed_over_on[at]),
            as_of,
        )
        rank = _HANDOVER_RANK[word] * 10**6 + late
        if rank < best[zone]:
            best[zone], state[zone], days[zone], facility[zone] = rank, word, late, at
    ahead = is_new & (state == "missing") & (zone_delivered_on > as_of)
    state[ahead] = "planned"
    return Handover(state, days, facility)


_HANDOVER_RANK: Final[Mapping[str, int]] = {"together": 0, "planned": 1, "late": 2, "unknown": 3}


def _compare_dates(
    accepted: tuple[np.datetime64, np.datetime64],
    delivered: tuple[np.datetime64, np.datetime64],
    as_of: np.datetime64,
) -> tuple[str, int]:
    """Return the state and the longer delay in days; each pair is (housing, facility)."""
    if delivered[0] > as_of:  # housing that is not delivered yet need not be accepted either
        return "planned", 0
    if np.isnat([*accepted, *delivered]).any():
        return "unknown", 0
    late = max(int((own - house) / np.timedelta64(1, "D")) for house, own in (accepted, delivered))
    return ("late", late) if late > 0 else ("together", 0)


def per_thousand(slots: Ints, population: Ints) -> NDArray[np.float64]:
    """Return slots per 1,000 residents (每千人口托位数), rounded half up to two places.

    Parameters
    ----------
    slots, population
        ``int64[n]``, ≥ 0.

    Returns
    -------
    NDArray[np.float64]
        Slots per 1,000 residents, ``float64[n]``; ``NaN`` where nobody lives.

    Examples
    --------
    >>> per_thousand(np.array([60, 3]), np.array([13_333, 0]))
    array([4.5, nan])
    """
    people = np.maximum(population, 1)
    hundredths = (slots * 200_000 + people) // (2 * people)
    return np.where(population > 0, hundredths / 100, np.nan)


def share(part: int, whole: int) -> float | None:
    """Return part / whole, rounded half up to four places, ``None`` where there is no whole.

    Examples
    --------
    >>> share(1, 3), share(0, 0)
    (0.3333, None)
    """
    return (20_000 * part + whole) // (2 * whole) / 10_000 if whole else None
