"""Maximum flows on neighbourhoods that grow only where that can raise the flow.

Many small questions are asked of one solver at once: each has a copy of its own of the facilities
and zones around it, and nothing in common with the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow

from capacity_planner.attribution.laws import totals
from capacity_planner.attribution.pairs import distinct, numbered

if TYPE_CHECKING:
    from capacity_planner.attribution.pairs import Flags, Integers
    from capacity_planner.attribution.region import Region

__all__ = ["Search"]


class Search:
    """Maximum flows from freed slots to short zones, one for each query, side by side.

    Parameters
    ----------
    region
        Where slots can be led on.
    banned
        Group of zones that each query must not use, below −1 for none, shape (q,).
    query
        Query of each source, in order, shape (n,).
    facility
        Facility of each source, shape (n,).
    """

    # near holds the neighbourhoods: the keys (query × facilities + facility) in order

    def __init__(
        self, region: Region, banned: Integers, query: Integers, facility: Integers
    ) -> None:
        self.region, self.banned = region, banned
        self.f, self.z = len(region.network.slots), len(region.network.required)
        self.sources = query * self.f + facility
        self.near = distinct(self.sources)

    def run(self, amount: Integers) -> Integers:
        """Return the slots that each query can lead elsewhere.

        Parameters
        ----------
        amount
            Freed slots at each source, shape (n,).

        Returns
        -------
        numpy.ndarray
            ``int64``, shape (q,).

        Raises
        ------
        ArithmeticError
            If the solver does not reach the maximum.
        """
        queries = len(self.banned)
        wanted = totals(self.sources // self.f, amount, queries)
        result = np.zeros(queries, dtype=np.int64)
        open_ = np.ones(queries, dtype=bool)
        hops = 0
        while open_.any():
            mine = open_[self.sources // self.f]
            self.near = self.near[open_[self.near // self.f]]
            flow, onward = self._flow(self.sources[mine], amount[mine])
            found = totals(self.sources[mine] // self.f, flow, queries)
            result[open_] = found[open_]
            # what cannot be reached by slots in search of a place cannot help
            open_ = np.zeros(queries, dtype=bool)
            open_[onward // self.f] = True
            open_ &= result < wanted
            self._widen(onward[open_[onward // self.f]], hops)
            hops = 2 * hops + 1
        return result

    def _widen(self, fresh: Integers, hops: int) -> None:
        """Widen the neighbourhoods by some facilities, and as many hops around them."""
        self.near = np.sort(np.concatenate([self.near, fresh]))
        for _ in range(hops):
            fresh = self._onward(distinct(self._arcs(fresh)[1]))
            if not len(fresh):
                break
            self.near = np.sort(np.concatenate([self.near, fresh]))

    def _arcs(self, near: Integers) -> tuple[Integers, Integers]:
        """Return the arcs facility (place in ``near``) → zone (key: query × zones + zone)."""
        places, of = _spread(self.region.starts, near % self.f)
        zone, query = self.region.network.zone[places], (near // self.f)[of]
        ours = self.region.kin[zone] != self.banned[query]
        return of[ours], query[ours] * self.z + zone[ours]

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

    def _flow(self, sources: Integers, amount: Integers) -> tuple[Integers, Integers]:
        """Return how many slots leave each source within the neighbourhoods, and what to add.

        The second are the facilities outside (keys) to which the slots that found no place could
        be led on: by the minimum cut, only they can raise the flow.
        """
        tail, head = self._arcs(self.near)
        zones, to = numbered(head)
        short = self.region.short[zones % self.z]
        # a zone that only one facility is near leads nowhere else: it needs no node of its own
        shared = np.bincount(to, minlength=len(zones)) > 1
        alone = ~shared[to]
        own = totals(tail[alone], short[to[alone]], len(self.near))
        of, onward, lent = self._served(zones[shared])
        back = np.searchsorted(self.near, onward)
        inside = np.append(self.near, -1)[back] == onward
        f, z, n = len(self.near), int(shared.sum()), len(sources)
        node = np.cumsum(shared) + (f - 1)
        goals = np.flatnonzero(shared & (short > 0))
        both = ~alone
        arcs = (
            (np.full(n, f + z), np.searchsorted(self.near, sources), amount),
            (tail[both], node[to[both]], np.full(int(both.sum()), int(amount.sum()) + 1)),
            (of[inside] + f, back[inside], lent[inside]),
            (node[goals], np.full(len(goals), f + z + 1), short[goals]),
            # with those that have none: without a sink there would be no search, and then no cut
            (np.arange(f), np.full(f, f + z + 1), own),
        )
        model = SimpleMaxFlow()
        model.add_arcs_with_capacity(*map(np.concatenate, zip(*arcs, strict=True)))
        if model.solve(f + z, f + z + 1) != model.OPTIMAL:
            raise ArithmeticError("OR-tools did not reach the maximum flow")
        reached = np.zeros(f + z + 2, dtype=bool)
        reached[np.asarray(model.get_source_side_min_cut(), dtype=np.int64)] = True
        further = self._onward(distinct(head[reached[tail]]))
        return np.asarray(model.flows(np.arange(n)), dtype=np.int64), further


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
