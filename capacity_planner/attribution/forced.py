"""What needs no solver: links that every winner has, or that no optimal attribution has.

A facility is *plenty* if all its zones together require no more than it has. A zone near it always
gets all that it requires, and never from a facility farther off than the plenty one. A zone is
*starved* if all its facilities together have no more than it requires: mirrored, a facility gives
all it has and never beyond its nearest starved zone.

A zone is a facility's *own* if no other is near it. Once its own zones up to some distance require
all that a facility has, it gives nothing farther off; where only own zones are left, it serves them
from the nearest on.

All rules are exact for the optimum and for the winner among equals; what they settle makes them
apply elsewhere, so they are repeated while they help.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity_planner.attribution.laws import totals
from capacity_planner.attribution.pairs import FARTHEST_M

if TYPE_CHECKING:
    from capacity_planner.attribution.network import Network
    from capacity_planner.attribution.pairs import Flags, Integers

__all__ = ["peel"]

_FAR: Final = 2**60
# a round costs about as much as the solver spends on this share of the pairs
_WORTH: Final = 0.1


@dataclass(eq=False)
class _Peeling:
    """The work in progress: what is left of slots and requirements, and the pairs still open.

    ``open`` holds their places; ``facility``, ``zone`` and ``way`` (metres) what belongs to each.
    """

    flow: Integers
    slots: Integers
    required: Integers
    open: Integers
    facility: Integers
    zone: Integers
    way: Integers

    def give(self, chosen: Integers, amount: Integers) -> None:
        """Fix the slots of some open pairs."""
        self.flow[self.open[chosen]] = amount
        self.slots -= totals(self.facility[chosen], amount, len(self.slots))
        self.required -= totals(self.zone[chosen], amount, len(self.required))

    def close(self, done: Flags) -> None:
        """Drop pairs that get nothing, and those of a used-up facility or a served zone."""
        kept = (self.slots > 0)[self.facility] & (self.required > 0)[self.zone] & ~done
        left = kept.nonzero()[0]
        self.open, self.facility = self.open[left], self.facility[left]
        self.zone, self.way = self.zone[left], self.way[left]


def peel(network: Network) -> tuple[Integers, Network, Integers]:
    """Return what is forced, and the contested rest.

    Parameters
    ----------
    network
        The problem, its pairs by facility and then zone.

    Returns
    -------
    tuple
        Slots on the forced pairs (0 elsewhere), shape (n,); the network with the remaining slots
        and requirements; the places of its contested pairs.
    """
    work = _Peeling(
        np.zeros(len(network), dtype=np.int64),
        network.slots.copy(),
        network.required.copy(),
        np.arange(len(network)),
        network.facility,
        network.zone,
        network.distance_m,
    )
    work.close(np.zeros(len(network), dtype=bool))
    before = np.inf
    while len(work.open) and len(work.open) < before * (1 - _WORTH):
        before = len(work.open)
        _drop_far(work)
        _serve_own(work)
    rest = type(network)(
        network.facility, network.zone, network.distance_m, work.slots, work.required
    )
    return work.flow, rest, work.open


def _drop_far(work: _Peeling) -> None:
    """Apply the rules for plenty facilities and starved zones."""
    facility, zone, way = work.facility, work.zone, work.way
    demand = totals(facility, work.required[zone], len(work.slots))
    supply = totals(zone, work.slots[facility], len(work.required))
    plenty, starved = (demand <= work.slots)[facility], (supply <= work.required)[zone]
    near_z = _nearest(zone[plenty], way[plenty], len(work.required))
    near_f = _nearest(facility[starved], way[starved], len(work.slots))
    far = (way > near_z[zone]) | (way > near_f[facility])
    served = ~_touched(zone[~far & ~plenty], len(work.required))
    emptied = ~_touched(facility[~far & ~starved], len(work.slots))
    # a pair can be plenty and starved at once: it is served, not emptied as well
    emptied &= ~_touched(facility[~far & served[zone]], len(work.slots))
    _give_first(work, zone, ~far & served[zone], work.required)
    _give_first(work, facility, ~far & emptied[facility], work.slots)
    work.close(far)


def _serve_own(work: _Peeling) -> None:
    """Apply the rule for zones that only one facility is near."""
    facility, zone, way = work.facility, work.zone, work.way
    alone = (np.bincount(zone) == 1)[zone]
    own = np.flatnonzero(alone)
    # by facility, then from the nearest on, then by zone as the winner wants it
    own = own[np.argsort(facility[own] * FARTHEST_M + way[own], kind="stable")]
    giver, need = facility[own], work.required[zone[own]]
    before = np.cumsum(need) - need
    before -= before[np.searchsorted(giver, giver)]
    used_up = before + need >= work.slots[giver]
    far = way > _nearest(giver[used_up], way[own][used_up], len(work.slots))[facility]
    apart = ~_touched(facility[~alone & ~far], len(work.slots))
    chosen = apart[giver]
    left = np.clip(work.slots[giver] - before, 0, need)
    work.give(own[chosen], left[chosen])
    work.close(far)


def _give_first(work: _Peeling, end: Integers, chosen: Flags, amount: Integers) -> None:
    """Give each chosen zone (or facility) its whole amount on its first pair: the winner's."""
    places = chosen.nonzero()[0][::-1]
    first = np.full(len(amount), -1)
    first[end[places]] = places
    first = first[first >= 0]
    work.give(first, amount[end[first]])


def _nearest(number: Integers, way: Integers, size: int) -> Integers:
    """Return the shortest way of each number, very far where there is none."""
    least = np.full(size, _FAR)
    np.minimum.at(least, number, way)
    return least


def _touched(number: Integers, size: int) -> Flags:
    """Return which numbers occur."""
    seen = np.zeros(size, dtype=bool)
    seen[number] = True
    return seen
