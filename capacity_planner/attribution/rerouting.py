"""How many of a group's slots could be led to zones outside it.

Slots that a group does without can only help a zone that is short, and only along ways that the
residual network leaves open: from a facility to any of its zones, from a zone on to a facility
that now serves it (:mod:`.region`). Most questions are answered for whole arrays at once: by a short
zone next door, or by one wide way. What remains is asked of a maximum flow on the neighbourhood of
the group, widened until the answer is certain (:mod:`.searching`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array

from capacity_planner.attribution.laws import totals
from capacity_planner.attribution.pairs import distinct, numbered
from capacity_planner.attribution.region import Region
from capacity_planner.attribution.searching import Search

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
    region = Region.of(network, flow, kin)
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


def _from_facilities(region: Region, facility: Integers, amount: Integers) -> Integers:
    """Return how many slots each facility could send elsewhere, up to the largest amount asked."""
    size = len(region.network.slots)
    asked = np.zeros(size, dtype=np.int64)
    np.maximum.at(asked, facility, amount)
    able = np.minimum(_widest(region), asked)
    doubt = np.flatnonzero(able < asked)
    for some in _portions(region, doubt, np.arange(len(doubt))):
        chosen = doubt[some]
        search = Search(region, np.full(len(chosen), -2), np.arange(len(chosen)), chosen)
        able[chosen] = search.run(asked[chosen])
    return able


def _widest(region: Region) -> Integers:
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
    region: Region, facility: Integers, amount: Integers, asked: Integers, groups: int
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
        search = Search(region, who[first : last + 1], query[some] - first, facility[some])
        lost[who[first : last + 1]] = search.run(amount[some])
    return lost


def _not_next_door(region: Region, facility: Integers, amount: Integers, asked: Integers) -> Flags:
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


def _portions(region: Region, facility: Integers, query: Integers) -> list[Integers]:
    """Return the entries of whole queries in portions of bounded size."""
    if not len(query):
        return []
    weight = np.cumsum(np.diff(region.starts)[facility])
    last = np.flatnonzero(np.r_[query[1:] != query[:-1], True])
    portion = weight[last] // _AT_ONCE
    ends = last[np.r_[portion[1:] != portion[:-1], True]] + 1
    return np.split(np.arange(len(query)), ends[:-1])
