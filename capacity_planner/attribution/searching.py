"""Maximum flows on neighbourhoods that grow only where that can raise the flow.

Many small questions are asked of one solver at once: each has a copy of its own of the facilities
and zones around it, and nothing in common with the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Self

import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow

from capacity_planner.attribution.laws import totals
from capacity_planner.attribution.pairs import distinct, numbered
from capacity_planner.attribution.reserves import Reserves

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
    led
        How many slots each facility can surely lead on, shape (f,).
    ends
        Before which group each grouping of the region ends, shape (k,). Groups to which no zone
        belongs may follow.
    """

    # group holds the groups that are asked about, enough how many slots a facility must surely lead
    # on to be as good to them as a short zone, and kin where their grouping begins in kin_of.
    # Their neighbourhoods only grow: near holds the facilities (keys: place in group × facilities
    # + facility); tail (place in near) and head (key: place in group × zones + zone) the arcs.

    def __init__(self, region: Region, led: Integers, ends: Integers) -> None:
        self.region, self.led, self.ends = region, led, ends
        self.f, self.z = len(region.network.slots), len(region.network.required)
        self.kin_of, self.reserves = region.kin.ravel(), Reserves.of(region)

    def run(self, freed: Freed, limit: Integers, enough: Integers) -> Integers:
        """Return how many of the freed slots zones outside each group can get.

        Parameters
        ----------
        freed
            All slots that some of the groups would free.
        limit
            How many lost slots of each group are to be found, shape (g,).
        enough
            How many slots a facility must be able to lead on, not to be searched beyond: the
            limit before any were found, and what zones of the group lack, shape (g,).

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
        groups, freed = len(self.group), replace(freed, group=place)
        limit, self.enough = limit[self.group], enough[self.group]
        grouping = self.ends[:-1].searchsorted(self.group, side="right")
        self.kin = grouping * self.z
        lost = np.zeros_like(limit)
        self.near = self.tail = self.head = place[:0]
        fresh = freed.group * self.f + freed.facility
        for hops in count():
            # every second time one hop farther
            self._widen(fresh, (hops + 1) // 2)
            flow, onward = self._flow(freed)
            found = replace(freed, amount=flow).by_group(groups)
            lost = np.maximum(lost, np.minimum(found, limit))
            # what cannot be reached by slots in search of a place cannot help
            open_ = np.zeros(groups, dtype=bool)
            open_[onward // self.f] = True
            open_ &= lost < limit
            freed = freed.only(open_[freed.group])
            self._keep(open_)
            fresh = onward[open_[onward // self.f]]
            if not len(freed.group):
                break
        return lost

    def _keep(self, open_: Flags) -> None:
        """Keep the neighbourhoods of some groups."""
        keep = open_[self.near // self.f]
        arcs = keep[self.tail]
        self.near, self.head = self.near[keep], self.head[arcs]
        self.tail = (keep.cumsum() - 1)[self.tail[arcs]]

    def _widen(self, fresh: Integers, hops: int) -> None:
        """Widen the neighbourhoods by some facilities, and as many hops around them."""
        for left in range(hops, -1, -1):
            if not len(fresh):
                break
            tail, head = self._arcs(fresh)
            self.tail = np.concatenate([self.tail, tail + len(self.near)])
            self.head = np.concatenate([self.head, head])
            self.near = np.concatenate([self.near, fresh])
            if left:
                fresh = self._onward(distinct(head))

    def _arcs(self, near: Integers) -> tuple[Integers, Integers]:
        """Return the arcs facility (place in ``near``) → zone (key) outside the group."""
        group, facility = np.divmod(near, self.f)
        places, of = _spread(self.region.starts, facility)
        zone = self.region.onto[places]
        ours = self.kin_of[self.kin[group][of] + zone] != self.group[group][of]
        of = of[ours]
        return of, (group * self.z)[of] + zone[ours]

    def _served(self, zones: Integers) -> tuple[Integers, Integers, Integers, Flags]:
        """Return the arcs zone (place in ``zones``) → facility (key) with the slots to be led on.

        The last tells which of these facilities are as good as a short zone.
        """
        group, zone = np.divmod(zones, self.z)
        places, of = _spread(self.region.lent_starts, zone)
        facility = self.region.by[places]
        sure = self.led[facility] >= self.enough[group][of]
        return of, (group * self.f)[of] + facility, self.region.lent[places], sure

    def _onward(self, zones: Integers) -> Integers:
        """Return the facilities outside the neighbourhoods that serve some zones (all keys).

        Those are left out that can lead on all that comes to them by what they keep.
        """
        _, onward, lent, sure = self._served(zones)
        onward, place = numbered(onward[~sure])
        come = totals(place, lent[~sure], len(onward))
        onward = onward[come > self._kept(onward)]
        return onward[~_found(onward, np.sort(self.near))[1]]

    def _kept(self, near: Integers) -> Integers:
        """Return what facilities (keys) keep outside of the group."""
        group, facility = np.divmod(near, self.f)
        return self.reserves.outside(self.group[group], facility)

    def _flow(self, freed: Freed) -> tuple[Integers, Integers]:
        """Return how many freed slots find a place, and where to widen the neighbourhoods.

        Facilities just outside take what they keep. The second are those (keys) to which more slots
        could be led that found no place: by the minimum cut, only they can raise the flow.
        """
        zones, to = numbered(self.head)
        of, onward, lent, sure = self._served(zones)
        rest = (~sure).nonzero()[0]
        near, at = numbered(np.concatenate([self.near, onward[rest]]))
        here, onward = at[: len(self.near)], at[len(self.near) :]
        outside = np.ones(len(near), dtype=bool)
        outside[here] = False
        outer = outside.nonzero()[0]
        # a zone onto which only one facility leads needs no node of its own
        shared = np.bincount(to) > 1
        f, z, n = len(near), int(shared.sum()), len(freed.group)
        node = np.empty(len(zones), dtype=np.int64)
        node[to] = here[self.tail]
        node[shared] = np.arange(f, f + z)
        both = shared[to].nonzero()[0]
        goals, lack, keeper = self._lacking(zones, near, outside)
        direct = keeper < 0
        ends = totals(
            node[np.concatenate([goals[direct], of[sure]])],
            np.concatenate([lack[direct], lent[sure]]),
            f + z,
        )
        ends[outer] = self._kept(near[outer])
        last = ends.nonzero()[0]
        arcs = (
            (
                np.full(n, f + z),
                near.searchsorted(freed.group * self.f + freed.facility),
                freed.amount,
            ),
            (here[self.tail[both]], node[to[both]], np.full(len(both), freed.amount.sum())),
            (node[of[rest]], onward, lent[rest]),
            (node[goals[~direct]], keeper[~direct], lack[~direct]),
            (last, np.full(len(last), f + z + 1), ends[last]),
            # without a sink there would be no search, and then no cut
            ([0], [f + z + 1], [0]),
        )
        model = SimpleMaxFlow()
        model.add_arcs_with_capacity(*map(np.concatenate, zip(*arcs, strict=True)))
        if model.solve(f + z, f + z + 1) != model.OPTIMAL:
            raise ArithmeticError("OR-tools did not reach the maximum flow")
        reached = np.zeros(f + z + 2, dtype=bool)
        reached[model.get_source_side_min_cut()] = True
        return model.flows(np.arange(n)), near[outer[reached[outer]]]

    def _lacking(
        self, zones: Integers, near: Integers, outside: Flags
    ) -> tuple[Integers, Integers, Integers]:
        """Return the places of short zones, what they lack, and who keeps them.

        The last is a place in ``near`` where that facility is outside, else −1.
        """
        group, zone = np.divmod(zones, self.z)
        lack = self.region.short[zone]
        goals = lack.nonzero()[0]
        keeper = group[goals] * self.f + self.reserves.keeper[zone[goals]]
        place, known = _found(keeper, near)
        return goals, lack[goals], np.where(known & outside[place], place, -1)


def _spread(starts: Integers, of: Integers) -> tuple[Integers, Integers]:
    """Return all places of each entry's range, and the entry that each belongs to."""
    first = starts[of]
    count = starts[of + 1] - first
    entry = np.arange(len(of)).repeat(count)
    place = np.arange(len(entry)) + (first - count.cumsum() + count).repeat(count)
    return place, entry


def _found(value: Integers, ordered: Integers) -> tuple[Integers, Flags]:
    """Return a place of each value among others that are in order, and whether it is there."""
    place = ordered.searchsorted(value)
    place[place == len(ordered)] = 0
    return place, ordered[place] == value
