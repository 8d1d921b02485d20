"""The most slots that can flow, whatever the way: what F(S) asks for.

Distance does not matter here, so more is forced than in :mod:`.forced`: a zone near a facility that
has enough for all its zones gets all it requires from that one; a facility near a zone that
requires as much as all its facilities have gives all it has. What this settles makes it apply
elsewhere. OR-tools solves the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow

from capacity_planner.attribution.laws import totals
from capacity_planner.attribution.network import Network

if TYPE_CHECKING:
    from capacity_planner.attribution.pairs import Integers

__all__ = ["maximum_flow"]

# a round that settles a smaller share of the pairs costs more than it saves
_WORTH: Final = 0.1


def maximum_flow(network: Network) -> Integers:
    """Return what each facility gives in a maximum flow.

    Parameters
    ----------
    network
        The problem; distances do not matter.

    Returns
    -------
    numpy.ndarray
        ``int64``, shape (f,).

    Raises
    ------
    ArithmeticError
        If the solver does not reach the maximum.

    Examples
    --------
    >>> import numpy as np
    >>> from capacity_planner.attribution.network import Network
    >>> near = Network(
    ...     np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([5, 5, 5]),
    ...     slots=np.array([4, 9]), required=np.array([3, 6]),
    ... )
    >>> int(maximum_flow(near).sum())
    9
    """
    given = np.zeros(len(network.slots), dtype=np.int64)
    slots, required = network.slots.copy(), network.required.copy()
    open_, before = np.arange(len(network)), np.inf
    while len(open_) and len(open_) < before * (1 - _WORTH):
        before = len(open_)
        open_ = _serve(network, open_, slots, required, given)
        open_ = _empty(network, open_, slots, required, given)
    if len(open_):
        left = Network(network.facility, network.zone, network.distance_m, slots, required)
        rest, facilities, _ = left.only(open_)
        given[facilities] += _solve(rest)
    return given


def _serve(
    network: Network, open_: Integers, slots: Integers, required: Integers, given: Integers
) -> Integers:
    """Serve the zones of facilities that have enough for all theirs; return the pairs left."""
    facility, zone = network.facility[open_], network.zone[open_]
    plenty = (totals(facility, required[zone], len(slots)) <= slots)[facility]
    zones, first = np.unique(zone[plenty], return_index=True)
    amount = totals(facility[plenty][first], required[zones], len(slots))
    given += amount
    slots -= amount
    required[zones] = 0
    return open_[(required[zone] > 0) & (slots[facility] > 0)]


def _empty(
    network: Network, open_: Integers, slots: Integers, required: Integers, given: Integers
) -> Integers:
    """Empty the facilities of zones that require all their facilities have; return what is left."""
    facility, zone = network.facility[open_], network.zone[open_]
    starved = (totals(zone, slots[facility], len(required)) <= required)[zone]
    facilities, first = np.unique(facility[starved], return_index=True)
    required -= totals(zone[starved][first], slots[facilities], len(required))
    given[facilities] += slots[facilities]
    slots[facilities] = 0
    return open_[(required[zone] > 0) & (slots[facility] > 0)]


def _solve(network: Network) -> Integers:
    """Return what each facility gives in a maximum flow, by OR-tools."""
    # a zone that only one facility is near needs no node of its own
    shared = np.bincount(network.zone, minlength=len(network.required)) > 1
    both = shared[network.zone]
    own = totals(network.facility[~both], network.required[network.zone[~both]], len(network.slots))
    f, z, n = len(network.slots), int(shared.sum()), int(both.sum())
    node = np.cumsum(shared) + (f - 1)
    giver = network.facility[both]
    solver = SimpleMaxFlow()
    solver.add_arcs_with_capacity(
        np.concatenate([giver, np.full(f, f + z), np.arange(f, f + z), np.arange(f)]),
        np.concatenate(
            [node[network.zone[both]], np.arange(f), np.full(z, f + z + 1), np.full(f, f + z + 1)]
        ),
        np.concatenate([network.slots[giver], network.slots, network.required[shared], own]),
    )
    if solver.solve(f + z, f + z + 1) != solver.OPTIMAL:
        raise ArithmeticError("OR-tools did not reach the maximum flow")
    return np.asarray(solver.flows(np.arange(n, n + f)), dtype=np.int64)
