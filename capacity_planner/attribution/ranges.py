"""How far an attribution is a convention: the fewest and the most slots that zones can have.

With F(S) the most slots that the zones S can get on their own, a group S gets at most F(S) and at
least F(all) − F(all without S) of any attribution that uses the most slots. Both come from one
given attribution, for any number of groupings at once: F(S) from those connected parts of S that
it does not already exhaust, the minimum from what of its slots could be led elsewhere
(:mod:`.rerouting`).

Zones that are near the same facilities are merged (:mod:`.alike`). What each of them gets on its
own follows: as a function of what they require together, the most slots rise one by one and then
no more, so F(all without one of them) is known once F(all without any of them) is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from capacity_planner.attribution.alike import Merged
from capacity_planner.attribution.laws import check_counts, check_flow, totals
from capacity_planner.attribution.maximum import maximum_flow
from capacity_planner.attribution.network import Network
from capacity_planner.attribution.pairs import numbered
from capacity_planner.attribution.rerouting import Question, reroutable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity_planner.attribution.pairs import Integers, Pairs

__all__ = ["attributable_ranges"]


def attributable_ranges(
    pairs: Pairs,
    flow: Integers | None,
    *,
    slots: Integers,
    required: Integers,
    groupings: Sequence[Integers],
) -> list[tuple[Integers, Integers]]:
    """Return the fewest and the most slots that each group of zones gets if the most are used.

    Parameters
    ----------
    pairs
        Who can serve whom.
    flow
        An attribution that uses the most slots, shape (n,). The ranges are those of all of them:
        without any, one is made that cares for no distance.
    slots
        Counted slots of each facility, shape (f,).
    required
        Required slots of each zone, shape (z,).
    groupings
        Each a group of each zone, numbered from 0, −1 for none, shape (z,). ``numpy.arange(z)``
        asks for each zone.

    Returns
    -------
    list of tuple of numpy.ndarray
        For each grouping minimum and maximum, ``int64``, shape (g,) with g one more than its
        highest group.

    Raises
    ------
    ValueError
        If lengths or counts are wrong or the flow breaks a law.

    Examples
    --------
    Ten slots near two zones that require eight each: either gets at least two and at most eight,
    both together always ten.

    >>> import numpy as np
    >>> from capacity_planner.attribution import Pairs, attribute
    >>> pairs = Pairs(np.array([0, 0]), np.array([0, 1]), np.array([50, 60]), 1, 2)
    >>> counts = {"slots": np.array([10]), "required": np.array([8, 8])}
    >>> flow = attribute(pairs, **counts)
    >>> groupings = [np.array([0, 1]), np.array([0, 0])]
    >>> zones, both = attributable_ranges(pairs, flow, **counts, groupings=groupings)
    >>> [of.tolist() for of in zones], [of.tolist() for of in both]
    ([[2, 2], [8, 8]], [[10], [10]])
    """
    if flow is None:
        check_counts(pairs, slots=slots, required=required)
    else:
        check_flow(pairs, flow, slots=slots, required=required)
    for group in groupings:
        if group.shape != required.shape:
            raise ValueError(f"groupings: whole numbers of shape {required.shape} are needed")
    sizes = [int(group.max(initial=-1)) + 1 for group in groupings]
    useful = ((slots > 0)[pairs.facility] & (required > 0)[pairs.zone]).nonzero()[0]
    if not groupings or not len(useful):
        return [(np.zeros(size, np.int64), np.zeros(size, np.int64)) for size in sizes]
    whole = Network(pairs.facility, pairs.zone, pairs.distance_m, slots, required)
    network, _, zones = whole.only(useful)
    kin = [group[zones] for group in groupings]
    kinds = [_Alone if (np.bincount(own[own >= 0]) <= 1).all() else _Together for own in kin]
    apart = [own for own, kind in zip(kin, kinds, strict=True) if kind is _Together]
    merged = _merge(network, flow if flow is None else flow[useful], apart)
    asked = [
        kind(merged, network.required, own, size)
        for kind, own, size in zip(kinds, kin, sizes, strict=True)
    ]
    lost = reroutable(merged.network, merged.flow, [each.question for each in asked])
    return [(each.least(gone), each.most()) for each, gone in zip(asked, lost, strict=True)]


def _merge(network: Network, flow: Integers | None, groups: Sequence[Integers]) -> Merged:
    """Return the merged network with a flow that uses the most slots."""
    if flow is not None:
        return Merged.of(network, flow, groups)
    merged = Merged.of(network, np.zeros_like(network.distance_m), groups)
    return replace(merged, flow=maximum_flow(merged.network))


class _Together:
    """A grouping whose groups have several zones; merged zones are never of two groups."""

    def __init__(self, merged: Merged, _: Integers, group: Integers, groups: int) -> None:
        self.network, self.kin, self.groups = merged.network, group[merged.first], groups
        own = self.kin[self.network.zone]
        self.held = totals(own[own >= 0], merged.flow[own >= 0], groups)
        self.question = Question(self.kin, self.held)

    def least(self, lost: Integers) -> Integers:
        """Return the fewest slots of each group, given how many it could lose."""
        return self.held - lost

    def most(self) -> Integers:
        """Return F(S) of each group: a maximum flow in which each has facilities of its own."""
        own = self.kin[self.network.zone]
        inside = np.flatnonzero(own >= 0)
        copies, facility = numbered(self.network.facility[inside] * self.groups + own[inside])
        apart = Network(
            facility,
            self.network.zone[inside],
            self.network.distance_m[inside],
            self.network.slots[copies // self.groups],
            self.network.required,
        )
        return totals(own[inside], maximum_flow(apart), self.groups)


class _Alone:
    """A grouping whose groups are single zones, some of them merged with others."""

    def __init__(self, merged: Merged, required: Integers, group: Integers, groups: int) -> None:
        asked = np.flatnonzero(group >= 0)
        self.network, self.groups = merged.network, groups
        self.group, self.zone, self.required = group[asked], merged.zone[asked], required[asked]
        size = len(self.network.required)
        self.held = totals(self.network.zone, merged.flow, size)
        largest = np.zeros_like(self.held)
        np.maximum.at(largest, self.zone, self.required)
        # what the merged zone loses beyond that leaves no zone with more than nothing
        wanted = np.maximum(largest - (self.network.required - self.held), 0)
        self.question = Question(np.arange(size), wanted)

    def least(self, lost: Integers) -> Integers:
        """Return the fewest slots of each zone, given how many its merged zone could lose."""
        others = self.network.required[self.zone] - self.required
        return self._by_group(np.maximum((self.held - lost)[self.zone] - others, 0))

    def most(self) -> Integers:
        """Return the most slots of each zone: what it requires, or all that is near."""
        near = totals(self.network.zone, self.network.slots[self.network.facility], len(self.held))
        return self._by_group(np.minimum(near[self.zone], self.required))

    def _by_group(self, of_zone: Integers) -> Integers:
        """Return what is known of each zone by group, 0 where no slot is near."""
        result = np.zeros(self.groups, dtype=np.int64)
        result[self.group] = of_zone
        return result
