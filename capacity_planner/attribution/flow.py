"""The exact attribution: the most slots, then the fewest slot-metres, then one defined winner.

The problem is a transportation problem: slots flow from facilities to zones, and integers stay
integers throughout. OR-tools solves what is contested; see :mod:`.winner` for ties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from capacity_planner.attribution.laws import check_counts
from capacity_planner.attribution.network import Network
from capacity_planner.attribution.winner import settle_ties

if TYPE_CHECKING:
    from capacity_planner.attribution.pairs import Integers, Pairs

__all__ = ["attribute"]


def attribute(pairs: Pairs, *, slots: Integers, required: Integers) -> Integers:
    """Return how many slots of each facility each zone gets.

    First the most slots are used, then the fewest slot-metres are walked. Where several
    attributions are equal in both, the winner is the one that comes last in the dictionary order
    of its slots by facility and then zone: the facility with the smallest id gives the zone with
    the smallest id as much as any equal attribution allows, and so on. The result therefore
    depends on ids only, never on the order of rows.

    Parameters
    ----------
    pairs
        Who can serve whom, facilities and zones numbered by id.
    slots
        Counted slots of each facility, shape (f,).
    required
        Required slots of each zone, shape (z,).

    Returns
    -------
    numpy.ndarray
        Slots on each pair, ``int64``, shape (n,).

    Raises
    ------
    ValueError
        If slots or requirements are negative, broken or of the wrong length.
    ArithmeticError
        If the solver's answer is not optimal (never seen; the check costs little).

    Examples
    --------
    Ten slots 50 m from zone 0 and 60 m from zone 1, which both require eight:

    >>> import numpy as np
    >>> from capacity_planner.attribution import Pairs
    >>> pairs = Pairs(np.array([0, 0]), np.array([0, 1]), np.array([50, 60]), 1, 2)
    >>> attribute(pairs, slots=np.array([10]), required=np.array([8, 8])).tolist()
    [8, 2]
    """
    check_counts(pairs, slots=slots, required=required)
    flow = np.zeros(len(pairs), dtype=np.int64)
    whole = Network(pairs.facility, pairs.zone, pairs.distance_m, slots, required)
    useful = (slots[pairs.facility] > 0) & (required[pairs.zone] > 0)
    if useful.any():
        network = whole.only(useful)[0]
        flow[useful] = settle_ties(network, _solve(network))
    return flow


def _solve(network: Network) -> Integers:
    """Return a flow with the most slots and, of those, the fewest slot-metres."""
    f, z, n = len(network.slots), len(network.required), len(network)
    source, sink = f + z, f + z + 1
    solver = SimpleMinCostFlow()
    limit = np.minimum(network.slots[network.facility], network.required[network.zone])
    solver.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([network.facility, np.full(f, source), np.arange(f, f + z)]),
        np.concatenate([network.zone + f, np.arange(f), np.full(z, sink)]),
        np.concatenate([limit, network.slots, network.required]),
        np.concatenate([network.distance_m, np.zeros(f + z, dtype=np.int64)]),
    )
    most = min(int(network.slots.sum()), int(network.required.sum()))
    solver.set_node_supply(source, most)
    solver.set_node_supply(sink, -most)
    if solver.solve_max_flow_with_min_cost() != solver.OPTIMAL:
        raise ArithmeticError("the flow solver did not reach the optimum")
    return np.asarray(solver.flows(np.arange(n)), dtype=np.int64)
