"""How many of a group's slots could be led to zones outside it.

Slots that a group does without can only help a zone that is short, and only along ways that the
residual network leaves open: from a facility to any of its zones, from a zone on to a facility
that now serves it. All that matters lies in the region from which a short zone can be reached; all
its facilities are used up there. Most questions are answered for whole arrays at once: by a short
zone next door, or by one wide way. What remains is asked of a maximum flow on the neighbourhood of
the group, widened until the answer is certain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order

from capacity_planner.attribution.laws import totals
from capacity_planner.attribution.pairs import distinct, numbered

if TYPE_CHECKING:
    from capacity_planner.attribution.network import Network
    from capacity_planner.attribution.pairs import Flags, Integers

__all__ = ["reroutable"]

# arcs of the first neighbourhoods that are searched at once
_AT_ONCE: Final = 30_000


def reroutable(network: Network, flow: Integers, kin: Integers, groups: int) -> Integers:
    """Return how many of its slots each group could lose without fewer being used in all.

    Parameters
    ----------
    network
        The problem; every facility and zone has a pair.
    flow
        A flow with the most slots, shape (n,).
    kin
        Group of each zone, −1 for none, shape (z,).
    groups
        How many groups there are.

    Returns
    -------
    numpy.ndarray
        ``int64``, shape (g,).
    """
    region = _Region.of(network, flow, kin)
    lost = np.zeros(groups, dtype=np.int64)
    if not len(region.network):
        return lost
    freed = np.flatnonzero((region.flow > 0) & (region.kin[region.network.zone] >= 0))
    facility, zone = region.network.facility[freed], region.network.zone[freed]
    amount, asked = region.flow[freed], region.kin[zone]
    # one zone with one facility and not short itself: only the facility matters
    plain = (np.bincount(asked, minlength=groups) == 1)[asked] & (region.short[zone] == 0)
    plain &= (np.bincount(region.kin[region.kin >= 0], minlength=groups) == 1)[asked]
    if plain.any():
        able = _from_facilities(region, facility[plain], amount[plain])
        lost[asked[plain]] = np.minimum(amount[plain], able[facility[plain]])
    rest = ~plain
    lost += _from_groups(region, facility[rest], amount[rest], asked[rest], groups)
    return lost


@dataclass(frozen=True, eq=False)
class _Region:
    """The part of a network from which a short zone can be reached, as it is used now.

    ``starts`` are the places of each facility's first pair (f + 1); ``served`` lists the used
    pairs by zone, from ``served_starts`` (z + 1) on.
    """

    network: Network
    flow: Integers
    kin: Integers
    short: Integers
    starts: Integers
    served: Integers
    served_starts: Integers

    @classmethod
    def of(cls, network: Network, flow: Integers, kin: Integers) -> Self:
        """Return the region of a maximum flow."""
        short = network.required - totals(network.zone, flow, len(network.required))
        inside = _can_reach_short(network, flow, short)
        region, _, zones = network.only(inside)
        flow = flow[inside]
        used = np.flatnonzero(flow)
        served = used[np.argsort(region.zone[used], kind="stable")]
        return cls(
            region,
            flow,
            kin[zones],
            short[zones],
            np.searchsorted(region.facility, np.arange(len(region.slots) + 1)),
            served,
            np.searchsorted(region.zone[served], np.arange(len(zones) + 1)),
        )


def _can_reach_short(network: Network, flow: Integers, short: Integers) -> Integers:
    """Return the pairs from whose ends a short zone can be reached, searching backwards."""
    f, z = len(network.slots), len(network.required)
    used, goals = np.flatnonzero(flow), np.flatnonzero(short)
    tail = np.concatenate([np.full(len(goals), f + z), network.zone + f, network.facility[used]])
    head = np.concatenate([goals + f, network.facility, network.zone[used] + f])
    back = coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(f + z + 1,) * 2)
    found = np.zeros(f + z + 1, dtype=bool)
    found[breadth_first_order(back.tocsr(), f + z, return_predecessors=False)] = True
    return np.flatnonzero(found[network.facility] & found[network.zone + f])


def _from_facilities(region: _Region, facility: Integers, amount: Integers) -> Integers:
    """Return how many slots each facility could send elsewhere, up to the largest amount asked."""
    size = len(region.network.slots)
    asked = np.zeros(size, dtype=np.int64)
    np.maximum.at(asked, facility, amount)
    able = np.minimum(_widest(region), asked)
    doubt = np.flatnonzero(able < asked)
    for some in _portions(region, doubt, np.arange(len(doubt))):
        chosen = doubt[some]
        search = _Search(region, np.full(len(chosen), -2), np.arange(len(chosen)), chosen)
        able[chosen] = search.run(asked[chosen])
    return able


def _widest(region: _Region) -> Integers:
    """Return how many slots each facility can send to short zones along a single way, (f,)."""
    pairs, size = region.network, len(region.network.slots)
    links = (pairs.facility, pairs.zone)
    near = csr_array((np.ones(len(pairs), dtype=np.int64), links), shape=(size, len(region.kin)))
    used = csr_array((region.flow, links), shape=near.shape)
    used.eliminate_zeros()
    onward = (near @ used.T).tocoo()
    tail, head, room = onward.row, onward.col, onward.data
    width = totals(pairs.facility, region.short[pairs.zone], size)
    for _ in range(size):
        wider = width.copy()
        np.maximum.at(wider, tail, np.minimum(room, width[head]))
        if (wider == width).all():
            break
        width = wider
    return width


def _from_groups(
    region: _Region, facility: Integers, amount: Integers, asked: Integers, groups: int
) -> Integers:
    """Return how many slots each group could lose, asked by its freed slots at facilities."""
    lost = totals(asked, amount, groups)
    key, place = numbered(asked * len(region.network.slots) + facility)
    asked, facility = np.divmod(key, len(region.network.slots))
    amount = totals(place, amount, len(key))
    doubt = _not_next_door(region, facility, amount, asked)
    who = distinct(asked[doubt])
    mine = np.isin(asked, who)
    facility, amount, query = facility[mine], amount[mine], np.searchsorted(who, asked[mine])
    lost[who] = 0
    for some in _portions(region, facility, query):
        first, last = query[some[0]], query[some[-1]]
        search = _Search(region, who[first : last + 1], query[some] - first, facility[some])
        lost[who[first : last + 1]] = search.run(amount[some])
    return lost


def _not_next_door(region: _Region, facility: Integers, amount: Integers, asked: Integers) -> Flags:
    """Return which freed slots have no short zone of their facility's own to go to.

    Each short zone counts for one facility only, so that several facilities of a group never
    count on the same slot.
    """
    pairs, groups = region.network, int(asked.max(initial=-1)) + 1
    goals = np.flatnonzero(region.short[pairs.zone])
    goals = goals[np.unique(pairs.zone[goals], return_index=True)[1]]
    near, short = pairs.facility[goals], region.short[pairs.zone[goals]]
    room = totals(near, short, len(pairs.slots))[facility]
    # a group's own short zones are no place to go to
    kin = region.kin[pairs.zone[goals]]
    own = (kin >= 0) & (kin < groups)
    keys, place = numbered(near[own] * groups + kin[own])
    inner = np.append(totals(place, short[own], len(keys)), 0)
    mine = facility * groups + asked
    at = np.searchsorted(keys, mine)
    same = np.append(keys, -1)[at] == mine
    return room - np.where(same, inner[at], 0) < amount


def _portions(region: _Region, facility: Integers, query: Integers) -> list[Integers]:
    """Return the entries of whole queries in portions of bounded size."""
    if not len(query):
        return []
    weight = np.cumsum(np.diff(region.starts)[facility])
    last = np.flatnonzero(np.r_[query[1:] != query[:-1], True])
    portion = weight[last] // _AT_ONCE
    ends = last[np.r_[portion[1:] != portion[:-1], True]] + 1
    return np.split(np.arange(len(query)), ends[:-1])


class _Search:
    """Maximum flows from freed slots to short zones, one for each query, side by side.

    ``near`` holds the neighbourhoods: the keys (query × facilities + facility) in order.
    """

    def __init__(
        self, region: _Region, banned: Integers, query: Integers, facility: Integers
    ) -> None:
        self.region, self.banned = region, banned
        self.f, self.z = len(region.network.slots), len(region.network.required)
        self.sources = query * self.f + facility
        self.near = distinct(self.sources)

    def run(self, amount: Integers) -> Integers:
        """Return the slots that each query can lead elsewhere, of the amounts at its sources."""
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
