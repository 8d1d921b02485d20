"""How many of a group's slots could be led to zones outside it.

Slots that a group does without can only help a zone that is short, and only along ways that the
residual network leaves open: from a facility to any of its zones, from a zone on to a facility
that now serves it (:mod:`.region`). Most questions are answered for whole arrays at once, by short
zones next door. What remains is asked of a maximum flow on the neighbourhood of the group, widened
until the answer is certain (:mod:`.searching`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity_planner.attribution.laws import totals
from capacity_planner.attribution.pairs import distinct, numbered
from capacity_planner.attribution.region import Region
from capacity_planner.attribution.searching import Freed, Search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity_planner.attribution.network import Network
    from capacity_planner.attribution.pairs import Flags, Integers

__all__ = ["Question", "reroutable"]

# arcs of the first neighbourhoods that are searched at once
_AT_ONCE: Final = 30_000


@dataclass(frozen=True, eq=False)
class Question:
    """How many slots groups could lose.

    Parameters
    ----------
    kin
        Group of each zone, −1 for none, shape (z,).
    wanted
        Beyond how many slots of each group nobody cares, shape (g,).
    """

    kin: Integers
    wanted: Integers


def reroutable(network: Network, flow: Integers, questions: Sequence[Question]) -> list[Integers]:
    """Return how many of its slots each group could lose without fewer being used in all.

    Parameters
    ----------
    network
        The problem; every facility and zone has a pair.
    flow
        A flow with the most slots, shape (n,).
    questions
        The groupings that are asked about.

    Returns
    -------
    list of numpy.ndarray
        For each question, ``int64``, shape (g,): at most what is wanted.
    """
    ends = np.cumsum([0, *(len(each.wanted) for each in questions)])
    # the groups of all questions are numbered one after the other
    kin = [
        np.where(each.kin < 0, -1, each.kin + at)
        for each, at in zip(questions, ends[:-1], strict=True)
    ]
    region = Region.of(network, flow, np.array(kin))
    wanted = np.concatenate([each.wanted for each in questions])
    freed = _freed(region, wanted)
    lost = np.minimum(freed.by_group(len(wanted)), wanted)
    sure = replace(freed, amount=np.minimum(freed.amount, _next_door(region, freed)))
    doubt = freed.only((sure.by_group(len(wanted)) < lost)[freed.group])
    return np.split(_searched(region, doubt, lost), ends[1:-1])


def _freed(region: Region, wanted: Integers) -> Freed:
    """Return the slots that groups would free, of which some are wanted."""
    f, used = len(region.network.slots), np.flatnonzero(region.flow)
    kin = region.kin[:, region.network.zone[used]]
    # zones without a group are marked by −1, the last
    grouping, at = np.nonzero(np.append(wanted, 0)[kin])
    key, place = numbered(kin[grouping, at] * f + region.network.facility[used[at]])
    return Freed(*np.divmod(key, f), totals(place, region.flow[used[at]], len(key)))


def _next_door(region: Region, freed: Freed) -> Integers:
    """Return how many slots each facility's own short zones outside the group can take.

    Each short zone counts for one facility only, so that several facilities of a group never
    count on the same slot.
    """
    f, goals = len(region.network.slots), np.flatnonzero(region.short)
    one = np.empty(len(region.short), dtype=np.int64)
    one[region.network.zone] = region.network.facility
    near, short = one[goals], region.short[goals]
    # a group's own short zones are no place to go to
    kin = region.kin[:, goals]
    grouping, goal = np.nonzero(kin >= 0)
    own, keys = kin[grouping, goal] * f + near[goal], freed.group * f + freed.facility
    at = np.searchsorted(keys, own)
    same = np.append(keys, -1)[at] == own
    inner = totals(at[same], short[goal[same]], len(keys))
    return totals(near, short, f)[freed.facility] - inner


def _searched(region: Region, freed: Freed, limit: Integers) -> Integers:
    """Return how many slots groups can lose: the limit, unless a search finds fewer."""
    g = len(limit)
    plain = _plain(region, freed, g)
    alone, others = freed.only(plain), freed.only(~plain)
    most = np.zeros_like(region.network.slots)
    np.maximum.at(most, alone.facility, limit[alone.group])
    asked = np.flatnonzero(most)
    # facilities are asked about as further groups to which no zone belongs
    freed = others.and_also(Freed(g + asked, asked, most[asked]))
    search = Search(region, np.append(limit, most))
    found = np.append(limit, most)
    for some in _portions(region, freed):
        part = freed.only(some)
        found[distinct(part.group)] = search.run(part)
    lost = found[:g]
    lost[alone.group] = np.minimum(limit[alone.group], found[g + alone.facility])
    return lost


def _plain(region: Region, freed: Freed, groups: int) -> Flags:
    """Return which groups are not short and served by one facility: only that one matters."""
    short = np.zeros(groups + 1, dtype=bool)
    short[region.kin[:, region.short > 0]] = True
    plain: Flags = np.bincount(freed.group, minlength=groups) == 1
    plain &= ~short[:groups]
    return plain[freed.group]


def _portions(region: Region, freed: Freed) -> list[Integers]:
    """Return the places of whole groups in portions of bounded size."""
    weight = np.cumsum(np.diff(region.starts)[freed.facility])
    last = np.flatnonzero(np.diff(freed.group, append=-1))
    ends = last[np.flatnonzero(np.diff(weight[last] // _AT_ONCE, append=-1))] + 1
    return np.split(np.arange(len(freed.group)), ends[:-1])
