"""What is missing, and whose duty it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from capacity_planner.calculator.arrays import Bools, Ints, Words


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
