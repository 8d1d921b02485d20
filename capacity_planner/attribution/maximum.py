"""The most slots that can flow, whatever the way: what F(S) asks for.

Distance does not matter here, so more is forced than in :mod:`.forced`: a zone near a facility that
has enough for all its zones gets all it requires from that one; a facility near a zone that
requires as much as all its facilities have gives all it has. What this settles makes it apply
elsewhere. OR-tools solves the rest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow

from capacity_planner.attribution.laws import totals
from capacity_planner.attribution.network import bundle

if TYPE_CHECKING:
    from capacity_planner.attribution.network import Network
    from capacity_planner.attribution.pairs import Flags, Integers

__all__ = ["maximum_flow"]

# the solver's global steps run over all that it is given
_BUNDLE: Final = 10_000
# a round that settles a smaller share of the pairs costs more than it saves
_WORTH: Final = 0.3


def maximum_flow(network: Network) -> Integers:
    """Return a flow with the most slots.

    Parameters
    ----------
    network
        The problem; distances do not matter.

    Returns
    -------
    numpy.ndarray
        Slots on each pair, ``int64``, shape (n,).

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
    flow = np.zeros(len(network), dtype=np.int64)
    facility, zone = network.facility, network.zone
    left = replace(network, slots=network.slots.copy(), required=network.required.copy())
    open_, before = np.arange(len(network)), np.inf
    while len(open_) and len(open_) < before * (1 - _WORTH):
        before = len(open_)
        for settle in (_serve, _empty):
            places, amount = settle(facility, zone, left)
            flow[open_[places]] = amount
            still = ((left.slots > 0)[facility] & (left.required > 0)[zone]).nonzero()[0]
            open_, facility, zone = open_[still], facility[still], zone[still]
    if len(open_):
        flow[open_] = _by_bundles(left.only(open_)[0])
    return flow


def _serve(facility: Integers, zone: Integers, left: Network) -> tuple[Integers, Integers]:
    """Serve the zones of facilities that have enough for all theirs, which then are done."""
    enough = totals(facility, left.required[zone], len(left.slots)) <= left.slots
    places = _one_each(zone, enough[facility], len(left.required))
    served = zone[places]
    amount = left.required[served]
    left.required[served] = 0
    return places, amount


def _empty(facility: Integers, zone: Integers, left: Network) -> tuple[Integers, Integers]:
    """Empty the facilities of zones that require all that theirs have, which then are done."""
    short = totals(zone, left.slots[facility], len(left.required)) <= left.required
    places = _one_each(facility, short[zone], len(left.slots))
    emptied = facility[places]
    amount = left.slots[emptied]
    left.slots[emptied] = 0
    return places, amount


def _one_each(end: Integers, chosen: Flags, size: int) -> Integers:
    """Return one chosen place of each end that has any."""
    places = chosen.nonzero()[0]
    one = np.full(size, -1)
    one[end[places]] = places
    return one[one >= 0]


def _by_bundles(network: Network) -> Integers:
    """Return a flow with the most slots: of each bundle of components on its own."""
    if len(network) <= _BUNDLE:
        return _solve(network)
    flow = np.zeros_like(network.zone)
    part_f, part_z = network.components()
    label = bundle(np.bincount(part_f[network.facility]), _BUNDLE)
    for part in network.split(label[part_f], label[part_z]):
        flow[part.places] = _solve(part.network)
    return flow


def _solve(network: Network) -> Integers:
    """Return a flow with the most slots, by OR-tools."""
    # a zone that only one facility is near needs no node of its own
    shared = np.bincount(network.zone) > 1
    f, z, n = len(network.slots), int(shared.sum()), len(network)
    source, sink = f + z, f + z + 1
    node = np.where(shared, np.cumsum(shared) + (f - 1), sink)
    solver = SimpleMaxFlow()
    solver.add_arcs_with_capacity(
        np.concatenate([network.facility, np.full(f, source), np.arange(f, f + z)]),
        np.concatenate([node[network.zone], np.arange(f), np.full(z, sink)]),
        np.concatenate([network.required[network.zone], network.slots, network.required[shared]]),
    )
    if solver.solve(source, sink) != solver.OPTIMAL:
        raise ArithmeticError("OR-tools did not reach the maximum flow")
    flow: Integers = solver.flows(np.arange(n))
    return flow
