"""Chance that falls the same way every time, and whole persons shared out without loss."""

from __future__ import annotations

import random
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SEED = "capacity_planner/dazhu/1"


def dice(purpose: str) -> random.Random:
    """Return a seeded source of chance of its own for each purpose.

    One stream a purpose: inventing one more facility must not move a single zone. Python's own
    generator, because its stream is the same in every version and on every machine.
    """
    return random.Random(f"{_SEED}/{purpose}")  # noqa: S311 (nothing secret is drawn here)


def day_between(first: date, last: date, chance: random.Random) -> date:
    """Return a day from ``first`` to ``last``, both included."""
    return first + timedelta(days=chance.randint(0, (last - first).days))


def split_whole(total: int, weights: Sequence[float]) -> list[int]:
    """Return whole shares of a total in proportion to weights, by largest remainder.

    Parameters
    ----------
    total
        What is shared out, ≥ 0.
    weights
        Any non-negative numbers, not all zero unless ``total`` is.

    Returns
    -------
    list[int]
        Of the same length and order, with exactly ``total`` as its sum; of equal remainders the
        earlier row gets the unit.

    Examples
    --------
    >>> split_whole(10, [1, 1, 1])
    [4, 3, 3]
    """
    exact = [Fraction(weight) for weight in weights]
    whole = sum(exact)
    if not whole:
        return [0] * len(exact)
    shares = [total * weight / whole for weight in exact]
    floors = [int(share) for share in shares]
    order = sorted(range(len(shares)), key=lambda at: (floors[at] - shares[at], at))
    for at in order[: total - sum(floors)]:
        floors[at] += 1
    return floors


def split_capped(total: int, weights: Sequence[float], caps: Sequence[int]) -> list[int]:
    """Return whole shares as :func:`split_whole` does, none above its cap.

    What the caps hold back is shared out again among the rows that still have room.

    Raises
    ------
    ValueError
        If the caps together are smaller than the total.
    """
    if total > sum(caps):
        raise ValueError(f"{total} do not fit under caps of {sum(caps)}")
    shares = [0] * len(caps)
    while left := total - sum(shares):
        room = [cap - share for cap, share in zip(caps, shares, strict=True)]
        open_weights = [weight if free else 0.0 for weight, free in zip(weights, room, strict=True)]
        given = split_whole(left, open_weights if any(open_weights) else room)
        shares = [
            share + min(more, free) for share, more, free in zip(shares, given, room, strict=True)
        ]
    return shares
