"""How far an attribution is a convention: the fewest and the most slots that zones can have.

With F(S) the most slots that the zones S can get on their own, a group S gets at most F(S) and at
least F(all) − F(all without S) of any attribution that uses the most slots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow

from capacity_planner.attribution.laws import check_counts
from capacity_planner.attribution.network import Network

if TYPE_CHECKING:
    from capacity_planner.attribution.pairs import Flags, Integers, Pairs

__all__ = ["attributable_range"]


def attributable_range(
    pairs: Pairs, flow: Integers, *, slots: Integers, required: Integers, group: Integers
) -> tuple[Integers, Integers]:
    """Return the fewest and the most slots that each group of zones gets if the most are used.

    Parameters
    ----------
    pairs
        Who can serve whom.
    flow
        An attribution that uses the most slots, shape (n,).
    slots
        Counted slots of each facility, shape (f,).
    required
        Required slots of each zone, shape (z,).
    group
        Group of each zone, numbered from 0, −1 for none, shape (z,). ``numpy.arange(z)`` asks for
        each zone.

    Returns
    -------
    tuple of numpy.ndarray
        Minimum and maximum, ``int64``, shape (g,) with g one more than the highest group.

    Raises
    ------
    ValueError
        If lengths or counts are wrong.

    Examples
    --------
    Ten slots near two zones that require eight each: either gets at least two and at most eight.

    >>> import numpy as np
    >>> from capacity_planner.attribution import Pairs, attribute
    >>> pairs = Pairs(np.array([0, 0]), np.array([0, 1]), np.array([50, 60]), 1, 2)
    >>> counts = {"slots": np.array([10]), "required": np.array([8, 8])}
    >>> flow = attribute(pairs, **counts)
    >>> least, most = attributable_range(pairs, flow, **counts, group=np.array([0, 1]))
    >>> least.tolist(), most.tolist()
    ([2, 2], [8, 8])
    """
    check_counts(pairs, slots=slots, required=required)
    if group.shape != required.shape or flow.shape != pairs.facility.shape:
        raise ValueError("attributable_range: flow or group is of the wrong length")
    groups = int(group.max(initial=-1)) + 1
    most = np.zeros(groups, dtype=np.int64)
    least = np.zeros(groups, dtype=np.int64)
    useful = (slots[pairs.facility] > 0) & (required[pairs.zone] > 0)
    if not useful.any():
        return least, most
    whole = Network(pairs.facility, pairs.zone, pairs.distance_m, slots, required)
    network, _, zones = whole.only(useful)
    kin = group[zones]
    total = int(flow.sum())
    for each in range(groups):
        most[each] = _most(network, kin == each)
        least[each] = total - _most(network, kin != each)
    return least, most


def _most(network: Network, inside: Flags) -> int:
    """Return F(S)."""
    keep = inside[network.zone]
    if not keep.any():
        return 0
    part = network.only(keep)[0]
    f, z = len(part.slots), len(part.required)
    solver = SimpleMaxFlow()
    solver.add_arcs_with_capacity(
        np.concatenate([part.facility, np.full(f, f + z), np.arange(f, f + z)]),
        np.concatenate([part.zone + f, np.arange(f), np.full(z, f + z + 1)]),
        np.concatenate([part.slots[part.facility], part.slots, part.required]),
    )
    if solver.solve(f + z, f + z + 1) != solver.OPTIMAL:
        raise ArithmeticError("the flow solver did not reach the optimum")
    return int(solver.optimal_flow())
