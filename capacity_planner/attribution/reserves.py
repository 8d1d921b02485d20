"""What facilities keep in reserve: short zones next door that nobody else counts on.

Each short zone is kept by one facility near it. Slots that come to several facilities at once can
therefore be led on to what each of them keeps, whatever the others do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from capacity_planner.attribution.laws import totals
from capacity_planner.attribution.pairs import numbered

if TYPE_CHECKING:
    from capacity_planner.attribution.pairs import Integers
    from capacity_planner.attribution.region import Region

__all__ = ["Reserves"]

_MANY: Final = 2**62


@dataclass(frozen=True, eq=False)
class Reserves:
    """Who keeps which short zone, and how much that is.

    Parameters
    ----------
    keeper
        Facility that keeps each short zone, shape (z,); meaningless for other zones.
    kept
        Slots that the zones kept by each facility lack, shape (f,).
    key, inner
        Group × facilities + facility in order, and what the zones of that group lack of what this
        facility keeps, shape (m + 1,); the last is of no one.
    """

    keeper: Integers
    kept: Integers
    key: Integers
    inner: Integers

    @classmethod
    def of(cls, region: Region) -> Self:
        """Return who keeps what: of the facilities near a zone the one with least around it."""
        f, short = len(region.network.slots), region.short
        near = np.arange(f).repeat(np.diff(region.starts))
        around = region.next_door[near]
        least = np.full(len(short), _MANY)
        np.minimum.at(least, region.onto, around)
        best = (around == least[region.onto]).nonzero()[0]
        keeper = np.zeros(len(short), dtype=np.int64)
        keeper[region.onto[best]] = near[best]
        goals = short.nonzero()[0]
        kin = region.kin[:, goals]
        grouping, goal = (kin >= 0).nonzero()
        key, place = numbered(kin[grouping, goal] * f + keeper[goals[goal]])
        # whatever is sought has a place, the last of them empty
        inner = totals(place, short[goals[goal]], len(key) + 1)
        return cls(keeper, totals(keeper, short, f), np.append(key, _MANY), inner)

    def outside(self, group: Integers, facility: Integers) -> Integers:
        """Return what facilities keep outside of a group each, shape (n,)."""
        key = group * len(self.kept) + facility
        place = self.key.searchsorted(key)
        return self.kept[facility] - np.where(self.key[place] == key, self.inner[place], 0)
