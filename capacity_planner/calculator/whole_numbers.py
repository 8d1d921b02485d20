"""Ceilings, shares and sums that never leave the whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from capacity_planner.calculator.arrays import Ints


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
    remainder = [total * each % whole for each in weights]
    left = total - int(share.sum())
    order = sorted(range(len(weights)), key=lambda at: (-remainder[at], at))
    share[order[:left]] += 1
    return share


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
    total = np.zeros(n + 1, dtype=np.int64)  # the last for what belongs to none
    np.add.at(total, group, value)
    return total[:-1]
