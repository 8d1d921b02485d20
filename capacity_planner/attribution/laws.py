"""What every attribution must obey, checked at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from capacity_planner.attribution.pairs import Integers, Pairs

__all__ = ["check_counts", "check_flow", "totals"]


def totals(number: Integers, slots: Integers, size: int) -> Integers:
    """Return the exact sum of slots per number.

    Parameters
    ----------
    number
        Facility or zone of each entry, shape (n,).
    slots
        Slots of each entry, shape (n,).
    size
        How many numbers there are.

    Returns
    -------
    numpy.ndarray
        ``int64``, shape (size,).
    """
    # bincount adds in floats: exact here, since no sum comes near 2**53 (see check_counts)
    return np.bincount(number, weights=slots, minlength=size).astype(np.int64)


def check_counts(pairs: Pairs, *, slots: Integers, required: Integers) -> None:
    """Refuse slots and requirements that do not belong to the pairs or are no counts.

    Parameters
    ----------
    pairs
        Who can serve whom.
    slots
        Counted slots of each facility, shape (f,).
    required
        Required slots of each zone, shape (z,).

    Raises
    ------
    ValueError
        If a length is wrong, a count is negative or broken, or the sum is beyond 2**53.
    """
    for name, counts, size in (
        ("slots", slots, pairs.n_facilities),
        ("required", required, pairs.n_zones),
    ):
        if counts.shape != (size,) or counts.dtype.kind not in "iu":
            raise ValueError(f"{name}: whole numbers of shape ({size},) are needed")
        if size and (counts.min() < 0 or float(counts.sum(dtype=np.float64)) >= 2.0**53):
            raise ValueError(f"{name}: a count is negative or the sum is too large")


def check_flow(pairs: Pairs, flow: Integers, *, slots: Integers, required: Integers) -> None:
    """Check that no slot is used twice and no zone gets more than it requires.

    Parameters
    ----------
    pairs
        Who can serve whom.
    flow
        Slots on each pair, shape (n,).
    slots
        Counted slots of each facility, shape (f,).
    required
        Required slots of each zone, shape (z,).

    Raises
    ------
    ValueError
        If a law of the attribution is broken, with the first place where it is.

    Examples
    --------
    >>> import numpy as np
    >>> from capacity_planner.attribution import Pairs
    >>> one = np.array([0])
    >>> check_flow(Pairs(one, one, one, 1, 1), np.array([3]), slots=np.array([2]), required=one)
    Traceback (most recent call last):
        ...
    ValueError: facility 0 gives 3 slots and has 2
    """
    check_counts(pairs, slots=slots, required=required)
    if flow.shape != pairs.facility.shape or flow.dtype.kind not in "iu":
        raise ValueError(f"flow: whole numbers of shape ({len(pairs)},) are needed")
    if len(flow) and flow.min() < 0:
        raise ValueError("flow: a pair has less than no slot")
    given = totals(pairs.facility, flow, pairs.n_facilities)
    taken = totals(pairs.zone, flow, pairs.n_zones)
    for sums, limit, told in (
        (given, slots, "facility {} gives {} slots and has {}"),
        (taken, required, "zone {} takes {} slots and requires {}"),
    ):
        over = np.flatnonzero(sums > limit)
        if len(over):
            raise ValueError(told.format(over[0], sums[over[0]], limit[over[0]]))
