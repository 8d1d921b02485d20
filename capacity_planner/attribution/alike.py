"""Zones that are near the same facilities: one zone to everything that asks only how many slots flow.

Where distance does not matter, it is all the same which of them a slot goes to. Ranges therefore
work on a network that is several times smaller than the attribution's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from capacity_planner.attribution.laws import totals
from capacity_planner.attribution.network import renumber
from capacity_planner.attribution.pairs import in_order, numbered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity_planner.attribution.network import Network
    from capacity_planner.attribution.pairs import Integers

__all__ = ["Merged"]

_LARGEST: Final = 2**62


@dataclass(frozen=True, eq=False)
class Merged:
    """A network whose zones that are alike are merged, and a flow in it.

    Parameters
    ----------
    network
        Its zones require what those merged in them require; distances are meaningless.
    flow
        Slots on each of its pairs, shape (n,).
    zone
        Merged zone of each zone, shape (z,).
    first
        One zone of each merged zone, shape (m,).
    """

    network: Network
    flow: Integers
    zone: Integers
    first: Integers

    @classmethod
    def of(cls, network: Network, flow: Integers, groups: Sequence[Integers]) -> Self:
        """Merge the zones that are near the same facilities and in the same groups.

        Parameters
        ----------
        network
            The problem; every facility and zone has a pair.
        flow
            Slots on each pair, shape (n,).
        groups
            Groupings that must stay apart: group of each zone, −1 for none, shapes (z,).
        """
        f, z = len(network.slots), len(network.required)
        place, degree = in_order(network.zone), np.bincount(network.zone)
        starts = degree.cumsum() - degree
        twin = _twins(starts, degree, network.facility[place], f, groups)
        first, zone = renumber(twin, z)
        # the pairs of a zone and of its twin are to the same facilities in the same order
        used = flow[place].nonzero()[0]
        pair = place[used]
        moved = place[used + (starts[twin] - starts)[network.zone[pair]]]
        summed = totals(moved, flow[pair], len(network))
        kept = (twin[network.zone] == network.zone).nonzero()[0]
        smaller, _, _ = network.only(kept)
        required = totals(zone, network.required, len(first))
        return cls(replace(smaller, required=required), summed[kept], zone, first)


def _twins(
    starts: Integers,
    degree: Integers,
    near: Integers,
    facilities: int,
    groups: Sequence[Integers],
) -> Integers:
    """Return for each zone one of those alike, the same one for all of them, shape (z,)."""
    label, bound = degree, int(degree.max())
    for group in groups:
        size = int(group.max()) + 2
        if bound * size > _LARGEST:
            label, bound = _same(label), len(label)
        label, bound = label * size + group, bound * size
    # as many facilities as fit into a number are compared at once
    twin, some = np.empty_like(degree), np.arange(len(degree))
    for rank in range(int(degree.max())):
        if bound * facilities > _LARGEST:
            twin[some] = some[_same(label)]
            some = (degree > rank).nonzero()[0]
            label, bound = twin[some], len(twin)
        more = (degree[some] > rank).nonzero()[0]
        label, bound = label * facilities, bound * facilities
        label[more] += near[starts[some[more]] + rank]
    twin[some] = some[_same(label)]
    return twin


def _same(key: Integers) -> Integers:
    """Return for each entry the place of one with the same key, the same one for all of them."""
    _, number = numbered(key)
    chosen = np.empty(len(key), dtype=np.int64)
    chosen[number] = np.arange(len(key))
    return chosen[number]
