"""How many of a group's slots could be led to zones outside it.

Slots that a group does without can only help a zone that is short, and only along ways that the
residual network leaves open: from a facility to any of its zones, from a zone on to a facility
that now serves it (:mod:`.region`). The most is a maximum flow, and by its minimum cut a facility
that can surely lead on all that a group could lose is as good as a short zone. That answers most
questions for whole arrays at once. What remains is asked of a maximum flow on the neighbourhood of
the group, widened until the answer is certain (:mod:`.searching`).

A group's own short zones are no place to go to. Cuts count them on the group's side, so for a group
that lacks some slots itself a facility must be able to lead on that many more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
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
_AT_ONCE: Final = 12_000
# most zones ask for fewer slots than the last, most groups of zones for more
_LEVELS: Final = (8, 16, 32)
# a group that more facilities serve is asked about component by component
_LARGE: Final = 1_000
# questions so few are sooner asked than answered for all facilities
_FEW: Final = 1_000


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
    ends = np.cumsum([len(each.wanted) for each in questions])
    # the groups of all questions are numbered one after the other
    kin = [
        np.where(each.kin < 0, -1, each.kin + end - len(each.wanted))
        for each, end in zip(questions, ends, strict=True)
    ]
    region = Region.of(network, flow, np.array(kin))
    wanted = np.concatenate([each.wanted for each in questions])
    freed = _freed(region, wanted)
    if np.bincount(freed.group).max(initial=0) <= _LARGE:
        return np.split(_lost(region, wanted, ends, freed), ends[:-1])
    region, part_of = _by_component(region)
    ends_of_parts, wanted_of_parts = part_of.searchsorted(ends), wanted[part_of]
    freed = _freed(region, wanted_of_parts)
    lost = totals(part_of, _lost(region, wanted_of_parts, ends_of_parts, freed), len(wanted))
    return np.split(np.minimum(lost, wanted), ends[:-1])


def _by_component(region: Region) -> tuple[Region, Integers]:
    """Return the region with each group's zones of each component as a group of their own.

    The second says to which group each of these belongs: in order, shape (g,).
    """
    part_f, part_z = region.network.components()
    grouping, zone = (region.kin >= 0).nonzero()
    key, place = numbered(region.kin[grouping, zone] * len(part_f) + part_z[zone])
    kin = np.full_like(region.kin, -1)
    kin[grouping, zone] = place
    return replace(region, kin=kin), key // len(part_f)


def _lost(region: Region, wanted: Integers, ends: Integers, freed: Freed) -> Integers:
    """Return how many of the freed slots each group could lose, shape (g,)."""
    own = _own_short(region, len(wanted))
    limit = np.minimum(freed.by_group(len(wanted)), wanted)
    enough = limit + own
    led = region.surely_led(_LEVELS if len(freed.group) > _FEW else ())
    sure = led[freed.facility] >= enough[freed.group]
    lost = np.minimum(freed.only(sure).by_group(len(wanted)), limit)
    # of a group that is not short and that one facility serves only that facility matters
    plain = (np.bincount(freed.group, minlength=len(wanted)) == 1) & (own == 0)
    doubt = freed.only(~sure & (lost < limit)[freed.group])
    search = Search(region, led, ends)
    return lost + _searched(search, doubt, limit - lost, enough, plain)


def _freed(region: Region, wanted: Integers) -> Freed:
    """Return the slots that groups would free, of which some are wanted."""
    f, used = len(region.network.slots), region.flow.nonzero()[0]
    kin = region.kin[:, region.network.zone[used]]
    # zones without a group are marked by −1, the last
    grouping, at = np.append(wanted, 0)[kin].nonzero()
    key, place = numbered(kin[grouping, at] * f + region.network.facility[used[at]])
    return Freed(*np.divmod(key, f), totals(place, region.flow[used[at]], len(key)))


def _searched(
    search: Search, freed: Freed, limit: Integers, enough: Integers, plain: Flags
) -> Integers:
    """Return how many of the freed slots groups can lose, up to their limit.

    Plain groups are asked about by facility, as further groups to which no zone belongs.
    """
    g, alone = len(limit), plain[freed.group]
    single, others = freed.only(alone), freed.only(~alone)
    most = np.zeros_like(search.led)
    np.maximum.at(most, single.facility, limit[single.group])
    asked = np.flatnonzero(most)
    freed = others.and_also(Freed(g + asked, asked, most[asked]))
    both, enough = np.append(limit, most), np.append(enough, most)
    found = np.zeros_like(both)
    for some in _portions(search.region, freed):
        part = freed.only(some)
        found[distinct(part.group)] = search.run(part, both, enough)
    found[single.group] = np.minimum(limit[single.group], found[g + single.facility])
    return found[:g]


def _own_short(region: Region, groups: int) -> Integers:
    """Return how many slots the zones of each group lack, shape (g,)."""
    goals = region.short.nonzero()[0]
    kin = region.kin[:, goals]
    grouping, goal = (kin >= 0).nonzero()
    return totals(kin[grouping, goal], region.short[goals[goal]], groups)


def _portions(region: Region, freed: Freed) -> list[Integers]:
    """Return the places of whole groups in portions of bounded size."""
    if not len(freed.group):
        return []
    weight = (region.starts[freed.facility + 1] - region.starts[freed.facility]).cumsum()
    groups = _ends(freed.group)
    ends = groups[_ends(weight[groups - 1] // _AT_ONCE) - 1]
    return [np.arange(*some) for some in pairwise([0, *ends])]


def _ends(number: Integers) -> Integers:
    """Return where each run of equal numbers ends."""
    return np.append((number[1:] != number[:-1]).nonzero()[0] + 1, len(number))
