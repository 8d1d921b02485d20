"""Maximum flows on neighbourhoods that grow only where that can raise the flow.

Many small questions are asked of one solver at once: each has a copy of its own of the facilities
and zones around it, and nothing in common with the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow

from capacity_planner.attribution.laws import totals
from capacity_planner.attribution.pairs import distinct, numbered

if TYPE_CHECKING:
    from capacity_planner.attribution.pairs import Flags, Integers
    from capacity_planner.attribution.region import Region

__all__ = ["Freed", "Search"]


@dataclass(frozen=True, eq=False)
class Freed:
    """Slots that groups of zones would free, in order of group and facility.

    Parameters
    ----------
    group, facility
        Whose, and of which facility, shape (n,).
    amount
        How many slots, shape (n,).
    """

    group: Integers
    facility: Integers
    amount: Integers

    def only(self, keep: Flags | Integers) -> Self:
        """Return some of them: flags, or their places in order."""
        return type(self)(self.group[keep], self.facility[keep], self.amount[keep])

    def and_also(self, later: Self) -> Self:
        """Return these and those of groups with higher numbers."""
        return type(self)(
            np.append(self.group, later.group),
            np.append(self.facility, later.facility),
            np.append(self.amount, later.amount),
        )

    def by_group(self, groups: int) -> Integers:
        """Return the slots of each group, shape (g,)."""
        return totals(self.group, self.amount, groups)


class Search:
    """Maximum flows from freed slots to short zones, one for each group, side by side.

    Parameters
    ----------
    region
        Where slots can be led on.
    limit
        How many lost slots of each group are to be found, shape (g,). Groups to which no zone
        belongs may follow those of the region.
    """

    # group holds the groups that are asked about; near holds their neighbourhoods: the keys
    # (place in group × facilities + facility) in order

    def __init__(self, region: Region, limit: Integers) -> None:
        self.region, self.limit = region, limit
        self.f, self.z = len(region.network.slots), len(region.network.required)

    def run(self, freed: Freed) -> Integers:
        """Return how many of the freed slots zones outside each group can get.

        Parameters
        ----------
        freed
            All slots that some of the groups would free.

        Returns
        -------
        numpy.ndarray
            Of each group that frees some, in order, ``int64``: up to its limit.

        Raises
        ------
        ArithmeticError
            If the solver does not reach the maximum.
        """
        # groups are numbered afresh, so that a portion costs no more than what it holds
        self.group, place = numbered(freed.group)
        groups, limit = len(self.group), self.limit[self.group]
        freed = replace(freed, group=place)
        lost = np.zeros_like(limit)
        self.near = freed.group * self.f + freed.facility
        hops = 0
        while len(freed.group):
            flow, onward = self._flow(freed)
            found = replace(freed, amount=flow).by_group(groups)
            lost = np.maximum(lost, np.minimum(found, limit))
            # what cannot be reached by slots in search of a place cannot help
            open_ = np.zeros(groups, dtype=bool)
            open_[onward // self.f] = True
            open_ &= lost < limit
            freed = freed.only(open_[freed.group])
            self.near = self.near[open_[self.near // self.f]]
            self._widen(onward[open_[onward // self.f]], hops)
            hops = 2 * hops + 1
        return lost

    def _widen(self, fresh: Integers, hops: int) -> None:
        """Widen the neighbourhoods by some facilities, and as many hops around them."""
        self.near = np.sort(np.concatenate([self.near, fresh]))
        for _ in range(hops):
            fresh = self._onward(distinct(self._arcs(fresh)[1]))
            if not len(fresh):
                break
            self.near = np.sort(np.concatenate([self.near, fresh]))

    def _arcs(self, near: Integers) -> tuple[Integers, Integers]:
        """Return the arcs facility (place in ``near``) → zone (key: place in group × zones + zone)."""
        places, of = _spread(self.region.starts, near % self.f)
        zone, group = self.region.onto[places], (near // self.f)[of]
        ours = np.logical_and.reduce([kin[zone] != self.group[group] for kin in self.region.kin])
        return of[ours], group[ours] * self.z + zone[ours]

    def _served(self, zones: Integers) -> tuple[Integers, Integers, Integers]:
        """Return the arcs zone (place in ``zones``) → facility (key) with the slots to be led on."""
        places, of = _spread(self.region.served_starts, zones % self.z)
        used = self.region.served[places]
        key = (zones // self.z)[of] * self.f + self.region.network.facility[used]
        return of, key, self.region.flow[used]

    def _onward(self, zones: Integers) -> Integers:
        """Return the facilities outside the neighbourhoods that serve some zones (all keys)."""
        onward = distinct(self._served(zones)[1])
        return onward[~_member(onward, self.near)]

    def _flow(self, freed: Freed) -> tuple[Integers, Integers]:
        """Return how many freed slots find a place within the neighbourhoods, and what to add.

        The second are the facilities outside (keys) to which the slots that found no place could
        be led on: by the minimum cut, only they can raise the flow.
        """
        tail, head = self._arcs(self.near)
        zones, to = numbered(head)
        of, onward, lent = self._served(zones)
        back = np.searchsorted(self.near, onward)
        inside = np.append(self.near, -1)[back] == onward
        # a zone onto which only one facility leads needs no node of its own
        shared = np.bincount(to) > 1
        f, z, n = len(self.near), int(shared.sum()), len(freed.group)
        source = np.searchsorted(self.near, freed.group * self.f + freed.facility)
        node = np.empty(len(zones), dtype=np.int64)
        node[to] = tail
        node[shared] = np.arange(f, f + z)
        both = shared[to]
        short = totals(node, self.region.short[zones % self.z], f + z)
        goals = np.flatnonzero(short)
        arcs = (
            (np.full(n, f + z), source, freed.amount),
            (tail[both], node[to[both]], np.full(int(both.sum()), int(freed.amount.sum()))),
            (node[of[inside]], back[inside], lent[inside]),
            (goals, np.full(len(goals), f + z + 1), short[goals]),
            # without a sink there would be no search, and then no cut
            ([0], [f + z + 1], [0]),
        )
        model = SimpleMaxFlow()
        model.add_arcs_with_capacity(*map(np.concatenate, zip(*arcs, strict=True)))
        if model.solve(f + z, f + z + 1) != model.OPTIMAL:
            raise ArithmeticError("OR-tools did not reach the maximum flow")
        reached = np.zeros(f + z + 2, dtype=bool)
        reached[model.get_source_side_min_cut()] = True
        further = distinct(onward[reached[node[of]] & ~inside])
        return model.flows(np.arange(n)), further


def _spread(starts: Integers, of: Integers) -> tuple[Integers, Integers]:
    """Return all places of each entry's range, and the entry that each belongs to."""
    count = starts[of + 1] - starts[of]
    entry = np.repeat(np.arange(len(of)), count)
    place = np.arange(len(entry)) + np.repeat(starts[of] - np.cumsum(count) + count, count)
    return place, entry


def _member(value: Integers, ordered: Integers) -> Flags:
    """Return which values are among others that are in order."""
    same: Flags = np.append(ordered, -1)[np.searchsorted(ordered, value)] == value
    return same
