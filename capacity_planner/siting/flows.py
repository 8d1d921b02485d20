"""The most slots that facilities can give to zones: the measure of every plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow

if TYPE_CHECKING:
    from capacity_planner.attribution import Pairs
    from capacity_planner.attribution.pairs import Flags, Integers

__all__ = ["given_slots", "most_slots", "pair_slots"]


def most_slots(pairs: Pairs, slots: Integers, required: Integers) -> int:
    """Return F: the most slots that can be used, each once and none beyond a requirement.

    Parameters
    ----------
    pairs
        Who can serve whom.
    slots
        Slots of each facility, ``int64[f]``.
    required
        Required slots of each zone, ``int64[z]``.

    Returns
    -------
    int
        Slots.

    Examples
    --------
    >>> import numpy as np
    >>> from capacity_planner.attribution import Pairs
    >>> two = Pairs(np.array([0, 0]), np.array([0, 1]), np.array([5, 6]), 1, 2)
    >>> most_slots(two, np.array([10]), np.array([8, 8]))
    10
    """
    solver = _solved(pairs, slots, required)
    return int(solver.optimal_flow()) if solver else 0


def given_slots(pairs: Pairs, slots: Integers, required: Integers) -> tuple[Integers, Integers]:
    """Return what one flow with the most slots takes from each facility and gives each zone.

    Parameters
    ----------
    pairs, slots, required
        As for :func:`most_slots`.

    Returns
    -------
    tuple of numpy.ndarray
        ``int64[f]`` and ``int64[z]``.
    """
    f, z = len(slots), len(required)
    solver = _solved(pairs, slots, required)
    if solver is None:
        return np.zeros(f, dtype=np.int64), np.zeros(z, dtype=np.int64)
    first = solver.num_arcs() - f - z
    flows = np.asarray(solver.flows(np.arange(first, first + f + z)), dtype=np.int64)
    return flows[:f], flows[f:]


def pair_slots(pairs: Pairs, slots: Integers, required: Integers) -> Integers:
    """Return what one flow with the most slots sends over each pair.

    Parameters
    ----------
    pairs, slots, required
        As for :func:`most_slots`.

    Returns
    -------
    numpy.ndarray
        ``int64`` of the pairs' length.
    """
    given = np.zeros(len(pairs), dtype=np.int64)
    solver = _solved(pairs, slots, required)
    if solver is not None:
        used = np.flatnonzero(_useful(pairs, slots, required))
        given[used] = solver.flows(np.arange(len(used)))
    return given


def _useful(pairs: Pairs, slots: Integers, required: Integers) -> Flags:
    return (slots[pairs.facility] > 0) & (required[pairs.zone] > 0)


def _solved(pairs: Pairs, slots: Integers, required: Integers) -> SimpleMaxFlow | None:
    keep = _useful(pairs, slots, required)
    if not keep.any():
        return None
    facility, zone = pairs.facility[keep], pairs.zone[keep]
    f, z = len(slots), len(required)
    solver = SimpleMaxFlow()
    solver.add_arcs_with_capacity(
        np.concatenate([facility, np.full(f, f + z), np.arange(f, f + z)]),
        np.concatenate([zone + f, np.arange(f), np.full(z, f + z + 1)]),
        np.concatenate([slots[facility], slots, required]),
    )
    if solver.solve(f + z, f + z + 1) != solver.OPTIMAL:
        raise ArithmeticError("the flow solver did not reach the optimum")
    return solver
