"""The min-cost-flow solvers, behind one small face.

OR-tools is what the package requires: kept by Google for many years, Apache-2.0, integers only. LEMON's
network simplex (package ``pylmcf``, extra ``fast``, BSL-1.0) is two to four times faster, and young
and by one author: it is used where it is installed, and nothing depends on it. Which one runs
changes no byte of a result: the optimum is proved by node prices and the winner among equals is
settled afterwards, for either (:mod:`.winner`).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

if TYPE_CHECKING:
    from capacity_planner.attribution.network import Network
    from capacity_planner.attribution.pairs import Integers

__all__ = ["Solution", "Solver", "solve"]

Solver: TypeAlias = Literal["auto", "ortools", "lemon"]

_PROVABLE: Final = 2**62
# with more pairs, looking through them by LEMON's usual blocks takes twice as long as by candidates
_LARGE: Final = 100_000


@dataclass(frozen=True, eq=False)
class Solution:
    """An optimal flow, and the solver's node prices where it tells them (else 0).

    Parameters
    ----------
    flow
        Slots on each pair, shape (n,).
    facility, zone
        Price of each facility, shape (f,), and zone, shape (z,), in metres.
    source, sink
        Price of the source and the sink in metres.
    """

    flow: Integers
    facility: Integers | int = 0
    zone: Integers | int = 0
    source: int = 0
    sink: int = 0


def solve(network: Network, solver: Solver) -> Solution:
    """Return a flow with the most slots and, of those, the fewest slot-metres.

    Parameters
    ----------
    network
        The problem; every facility and zone has a pair, slots and requirements are above 0.
    solver
        ``"auto"`` takes LEMON where it is installed and the numbers stay in its range.

    Returns
    -------
    Solution
        One of the optimal flows.

    Raises
    ------
    ArithmeticError
        If the solver does not reach the optimum.
    ModuleNotFoundError
        If LEMON is asked for and not installed.
    """
    penalty = _penalty(network)
    in_range = penalty * (len(network.slots) + len(network.required) + 2) < _PROVABLE
    if solver == "lemon" or (solver == "auto" and in_range and find_spec("pylmcf")):
        return _by_lemon(network, penalty)
    return _by_ortools(network)


def _penalty(network: Network) -> int:
    """Return what a slot must cost if unused so that using it is always worth its way.

    A further slot moves others along a way that alternates between facilities and zones, so it
    cannot cost more than the longest pair for each of them.
    """
    hops = min(len(network.slots), len(network.required)) + 1
    return int(network.distance_m.max()) * hops + 1


def _by_ortools(network: Network) -> Solution:
    """Solve by cost scaling after a maximum flow: no penalty is needed."""
    f, z, n = len(network.slots), len(network.required), len(network)
    source, sink = f + z, f + z + 1
    limit = np.minimum(network.slots[network.facility], network.required[network.zone])
    model = SimpleMinCostFlow()
    model.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([network.facility, np.full(f, source), np.arange(f, f + z)]),
        np.concatenate([network.zone + f, np.arange(f), np.full(z, sink)]),
        np.concatenate([limit, network.slots, network.required]),
        np.concatenate(
            [network.distance_m, np.zeros_like(network.slots), np.zeros_like(network.required)]
        ),
    )
    most = _most(network)
    model.set_node_supply(source, most)
    model.set_node_supply(sink, -most)
    if model.solve_max_flow_with_min_cost() != model.OPTIMAL:
        raise ArithmeticError("OR-tools did not reach the optimum")
    return Solution(model.flows(np.arange(n)))


def _by_lemon(network: Network, penalty: int) -> Solution:
    """Solve by network simplex; a slot that stays unused pays the penalty."""
    f, z, n = len(network.slots), len(network.required), len(network)
    source, sink = 0, f + z + 1
    most = _most(network)
    # a pair is bounded by its ends only: a bound of its own would make its price useless
    # arcs in order of their ends, as the solver wants them
    model = import_module("pylmcf").Graph(
        f + z + 2,
        np.concatenate([np.zeros(f + 1, np.int64), network.facility + 1, np.arange(f + 1, sink)]),
        np.concatenate([np.arange(1, f + 1), [sink], network.zone + f + 1, np.full(z, sink)]),
    )
    model.set_edge_capacities(
        np.concatenate([network.slots, [most], np.full(n, most), network.required])
    )
    unit_cost = np.zeros(f + 1 + n + z, dtype=np.int64)
    unit_cost[f] = penalty
    unit_cost[f + 1 : f + 1 + n] = network.distance_m
    model.set_edge_costs(unit_cost)
    supply = np.zeros(f + z + 2, dtype=np.int64)
    supply[source], supply[sink] = most, -most
    model.set_node_supply(supply)
    model.set_pivot_rule("candidate_list" if n > _LARGE else "block_search")
    model.solve()
    price = model.raw_potentials()
    return Solution(
        model.result()[f + 1 : f + 1 + n],
        price[1 : f + 1],
        price[f + 1 : sink],
        int(price[source]),
        int(price[sink]),
    )


def _most(network: Network) -> int:
    """Return how many slots could flow at most."""
    return min(int(network.slots.sum()), int(network.required.sum()))
