"""What is to be decided: existing facilities, options for new slots, zones, and what each costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from capacity_planner.attribution import Pairs
from capacity_planner.attribution.laws import totals
from capacity_planner.siting.flows import most_slots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capacity_planner.attribution.pairs import Flags, Integers

__all__ = ["Goal", "Outcome", "Problem"]


@dataclass(frozen=True, slots=True)
class Goal:
    """Slots to be reached: in zones that come first, in the others, for migrant workers' children."""

    first: int
    total: int
    migrant: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a choice of sizes gives, computed exactly.

    Parameters
    ----------
    first
        Slots that the zones that come first can have while the others together keep what they had.
    total
        Slots that all zones can have: what a fresh attribution gives.
    migrant
        Slots that the migrant part of the requirements can have.
    cost
        In the unit of the problem's costs.
    """

    first: int
    total: int
    migrant: int
    cost: int

    def reaches(self, goal: Goal) -> bool:
        """Return whether the goal is met in all three."""
        enough = self.first >= goal.first and self.total >= goal.total
        return enough and self.migrant >= goal.migrant


@dataclass(frozen=True, eq=False)
class Problem:
    """Where slots are, where they could be, who needs them; f facilities, o options, z zones.

    Parameters
    ----------
    pairs
        Existing facilities and the zones that each can serve.
    slots
        Counted slots of each facility, ``int64[f]``.
    required
        Required slots of each zone, ``int64[z]``.
    option_pairs
        Options and the zones that each could serve, by the same rules.
    sizes
        Sizes that an option may have, ``o`` arrays in rising order, each > 0.
    fixed_cost
        Cost of opening an option at all, whole units of money ≥ 0, ``int64[o]``.
    cost_per_slot
        Further cost of each slot, ``int64[o]``.
    served
        Slots that each zone has today, an attribution with the most slots, ``int64[z]``.
    first
        Zones whose shortfall comes before that of others (duties before benchmarks), ``bool[z]``.
    migrant
        Part of each zone's requirement that is for migrant workers' children, ``int64[z]``.
    accepts, option_accepts
        Facilities and options that take them, ``bool[f]`` and ``bool[o]``.

    Raises
    ------
    ValueError
        If arrays that belong together differ in length, or a size or cost is not allowed.
    """

    pairs: Pairs
    slots: Integers
    required: Integers
    option_pairs: Pairs
    sizes: tuple[Integers, ...]
    fixed_cost: Integers
    cost_per_slot: Integers
    served: Integers
    first: Flags
    migrant: Integers
    accepts: Flags
    option_accepts: Flags

    def __post_init__(self) -> None:
        """Refuse what the solver would misread."""
        f, z = self.pairs.n_facilities, self.pairs.n_zones
        o = self.option_pairs.n_facilities
        lengths = {
            "slots": f, "accepts": f, "required": z, "served": z, "first": z, "migrant": z,
            "sizes": o, "fixed_cost": o, "cost_per_slot": o, "option_accepts": o,
        }  # fmt: skip
        wrong = [name for name, size in lengths.items() if len(getattr(self, name)) != size]
        if wrong or self.option_pairs.n_zones != z:
            raise ValueError(f"siting: wrong length: {', '.join(wrong) or 'option_pairs'}")
        for each in self.sizes:
            if len(each) == 0 or each[0] <= 0 or (np.diff(each) <= 0).any():
                raise ValueError("siting: sizes must be above 0 and in rising order")
        if o and min(self.fixed_cost.min(), self.cost_per_slot.min()) < 0:
            raise ValueError("siting: a cost is below 0")

    @cached_property
    def largest(self) -> Integers:
        """The greatest size of each option, ``int64[o]``."""
        return np.array([each[-1] for each in self.sizes], dtype=np.int64)

    @cached_property
    def joined(self) -> Pairs:
        """Facilities and options in one numbering, options after the facilities."""
        one, other = self.pairs, self.option_pairs
        return Pairs(
            np.concatenate([one.facility, other.facility + one.n_facilities]),
            np.concatenate([one.zone, other.zone]),
            np.concatenate([one.distance_m, other.distance_m]),
            one.n_facilities + other.n_facilities,
            one.n_zones,
        )

    @cached_property
    def kept(self) -> int:
        """Slots that the zones that do not come first have today: together they lose none."""
        return int(self.served[~self.first].sum())

    def cost(self, size: Integers) -> int:
        """Return what a choice of sizes (``int64[o]``, 0 for an option not taken) costs."""
        return int(self.fixed_cost[size > 0].sum() + (self.cost_per_slot * size).sum())

    def outcome(self, size: Integers) -> Outcome:
        """Return what a choice of sizes gives; see :class:`Outcome`.

        Notes
        -----
        The slots that two groups of zones can have together form a polymatroid: the first group can
        have F(first), unless the others, keeping theirs, leave F(all) − kept.
        """
        slots = np.concatenate([self.slots, size])
        total = most_slots(self.joined, slots, self.required)
        first = most_slots(self.joined, slots, np.where(self.first, self.required, 0))
        return Outcome(
            first=min(first, total - self.kept),
            total=total,
            migrant=self._migrant_slots(slots),
            cost=self.cost(size),
        )

    def _migrant_slots(self, slots: Integers) -> int:
        if not self.migrant.any():
            return 0
        takes = np.concatenate([self.accepts, self.option_accepts])
        return most_slots(self.joined, np.where(takes, slots, 0), self.migrant)

    @cached_property
    def everything(self) -> Outcome:
        """What all options at their greatest sizes give: nothing can give more."""
        return self.outcome(self.largest)

    @cached_property
    def goal(self) -> Goal:
        """Close what can be closed of the zones that come first, at no cost to the others."""
        most = self.everything
        need = most.first - int(self.served[self.first].sum())
        return Goal(most.first, min(most.total, int(self.served.sum()) + need), most.migrant)

    def parts(self) -> Iterator[tuple[Integers, Problem]]:
        """Yield the parts that share no facility, option or zone, each with its options' numbers.

        Parts without an option are left out: nothing can be decided there.
        """
        f, o = self.pairs.n_facilities, self.option_pairs.n_facilities
        n = f + o + self.pairs.n_zones
        joined = self.joined
        links = (np.ones(len(joined), dtype=np.int8), (joined.facility, joined.zone + f + o))
        label = connected_components(coo_array(links, shape=(n, n)), directed=False)[1]
        for part in np.unique(label[f : f + o]):
            chosen = np.flatnonzero(label[f : f + o] == part)
            yield (
                chosen,
                self._only(
                    np.flatnonzero(label[:f] == part),
                    chosen,
                    np.flatnonzero(label[f + o :] == part),
                ),
            )

    def _only(self, facilities: Integers, options: Integers, zones: Integers) -> Problem:
        return replace(
            self,
            pairs=_cut(self.pairs, facilities, zones),
            slots=self.slots[facilities],
            required=self.required[zones],
            option_pairs=_cut(self.option_pairs, options, zones),
            sizes=tuple(self.sizes[each] for each in options),
            fixed_cost=self.fixed_cost[options],
            cost_per_slot=self.cost_per_slot[options],
            served=self.served[zones],
            first=self.first[zones],
            migrant=self.migrant[zones],
            accepts=self.accepts[facilities],
            option_accepts=self.option_accepts[options],
        )

    def unreachable(self) -> Integers:
        """Return the slots that no option can bring to each zone, as a fewest total (``int64[z]``).

        Where options fall short of several zones together, what stays missing is told for the zones
        that a most generous attribution leaves short.
        """
        from capacity_planner.attribution import attribute  # noqa: PLC0415 (only for the report)

        slots = np.concatenate([self.slots, self.largest])
        flow = attribute(self.joined, slots=slots, required=self.required)
        return self.required - totals(self.joined.zone, flow, len(self.required))


def _cut(pairs: Pairs, facilities: Integers, zones: Integers) -> Pairs:
    """Return the pairs between some facilities and some zones, numbered anew in the same order."""
    keep = np.isin(pairs.facility, facilities) & np.isin(pairs.zone, zones)
    return Pairs(
        np.searchsorted(facilities, pairs.facility[keep]).astype(np.int64),
        np.searchsorted(zones, pairs.zone[keep]).astype(np.int64),
        pairs.distance_m[keep],
        len(facilities),
        len(zones),
    )
