"""Where slots could still be led on: the region from which a short zone can be reached.

All facilities of the region are used up: one with a slot left would serve the short zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from capacity_planner.attribution.laws import totals
from capacity_planner.attribution.pairs import in_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity_planner.attribution.network import Network
    from capacity_planner.attribution.pairs import Integers

__all__ = ["Region"]

# later rounds find few facilities more
_ROUNDS: Final = 4


@dataclass(frozen=True, eq=False)
class Region:
    """The part of a network from which a short zone can be reached, as it is used now.

    Parameters
    ----------
    network
        Its pairs, facilities and zones, numbered afresh.
    flow
        Slots on each pair, shape (n,).
    kin
        Group of each zone in each grouping, −1 for none, shape (k, z).
    short
        Slots that each zone lacks, shape (z,).
    onto
        Zones onto which facilities can lead slots that get farther, by facility, shape (a,).
    starts
        Where each facility's begin in ``onto``, shape (f + 1,).
    by, lent
        Facility and slots of the used pairs, by zone, shape (u,).
    lent_starts
        Where each zone's begin in ``lent``, shape (z + 1,).
    """

    network: Network
    flow: Integers
    kin: Integers
    short: Integers
    onto: Integers
    starts: Integers
    by: Integers
    lent: Integers
    lent_starts: Integers

    @classmethod
    def of(cls, network: Network, flow: Integers, kin: Integers) -> Self:
        """Return the region of a maximum flow.

        Parameters
        ----------
        network
            The problem; every facility and zone has a pair.
        flow
            A flow with the most slots, shape (n,).
        kin
            Group of each zone in each grouping, −1 for none, shape (k, z).

        Returns
        -------
        Region
            Empty where no zone is short.
        """
        short = network.required - totals(network.zone, flow, len(network.required))
        inside = _can_reach_short(network, flow, short)
        region, _, zones = network.only(inside)
        flow = flow[inside]
        short = short[zones]
        used = flow.nonzero()[0]
        # a zone that is not short and that no other facility serves is a dead end
        others = np.bincount(region.zone[used], minlength=len(zones))[region.zone] - (flow > 0)
        ahead = (short[region.zone] + others).nonzero()[0]
        served = used[in_order(region.zone[used])]
        return cls(
            region,
            flow,
            kin[:, zones],
            short,
            region.zone[ahead],
            region.facility[ahead].searchsorted(np.arange(len(region.slots) + 1)),
            region.facility[served],
            flow[served],
            region.zone[served].searchsorted(np.arange(len(zones) + 1)),
        )

    @cached_property
    def next_door(self) -> Integers:
        """What the zones of each facility lack, shape (f,)."""
        lack: Integers = np.diff(np.append(0, self.short[self.onto].cumsum())[self.starts])
        return lack

    def surely_led(self, levels: Sequence[int]) -> Integers:
        """Return how many slots each facility can lead on to short zones at the least.

        A facility can lead on what its zones lack. It can also lead on L slots if they lack as
        many, counting as lacking all that facilities serve them with which can lead on L: no cut
        that costs less than L has one of those on this side of it, so for such cuts they are as
        good as the short zones. Each round looks one hop farther.

        Parameters
        ----------
        levels
            For which L this is tried.

        Returns
        -------
        numpy.ndarray
            ``int64``, shape (f,).
        """
        if not levels:
            return self.next_door
        f, z = len(self.network.slots), len(self.short)
        onto = csr_array((np.ones_like(self.onto), self.onto, self.starts), shape=(f, z))
        lent = csr_array((self.lent, self.by, self.lent_starts))
        reached = self.next_door[:, np.newaxis] >= levels
        for _ in range(_ROUNDS):
            reached = onto @ (self.short[:, np.newaxis] + lent @ reached) >= levels
        led: Integers = np.maximum(self.next_door, (reached * levels).max(axis=1))
        return led


def _can_reach_short(network: Network, flow: Integers, short: Integers) -> Integers:
    """Return the pairs from whose ends a short zone can be reached, searching backwards."""
    f = len(network.slots)
    target = f + len(network.required)
    used, goals, by_zone = flow.nonzero()[0], short.nonzero()[0], in_order(network.zone)
    # by facility the zones it serves, by zone the facilities near it, and the short zones
    head = np.concatenate([network.zone[used] + f, network.facility[by_zone], goals + f])
    served, near = np.bincount(network.facility[used], minlength=f), np.bincount(network.zone)
    starts = np.concatenate([[0], served, near, [len(goals)]]).cumsum()
    back = csr_array((np.ones(len(head)), head, starts), shape=(target + 1,) * 2)
    reaching, _ = breadth_first_order(back, target)
    found = np.zeros(target + 1, dtype=bool)
    found[reaching] = True
    return (found[network.facility] & found[network.zone + f]).nonzero()[0]
