"""How many slots the rules require: one ceiling per zone, per unit or over a group."""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING

import numpy as np

from capacity_planner.calculator.arrays import UNKNOWN
from capacity_planner.calculator.whole_numbers import ceil_share, distribute_whole, sum_by

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from capacity_planner.calculator.arrays import Ints


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
    whole = lcm(*(ratio.denominator for ratio in ratios))
    # as objects: what people times a common denominator come to may be beyond 64 bits
    exact = np.zeros(n, dtype=object)
    for position, ratio in enumerate(ratios):
        people = sum_by(population, np.where(rule == position, group, -1), n)
        exact += people.astype(object) * int(ratio * whole)
    return np.asarray(-(-exact // whole), dtype=np.int64)
