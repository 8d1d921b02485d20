"""A piece of the attribution problem as plain arrays, and what its parts are.

Every later step works on a :class:`Network`: the pairs that still matter, with facilities and
zones numbered afresh. Facilities and zones that no pair connects cannot influence each other, so
each connected component is a problem of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from capacity_planner.attribution.pairs import Flags, Integers

__all__ = ["Network"]


@dataclass(frozen=True, eq=False)
class Network:
    """Facilities and zones with their pairs, by facility and then zone.

    Parameters
    ----------
    facility, zone
        Ends of each pair, shape (n,).
    distance_m
        Whole metres, shape (n,).
    slots
        Slots of each facility, shape (f,).
    required
        Slots that each zone requires, shape (z,).
    """

    facility: Integers
    zone: Integers
    distance_m: Integers
    slots: Integers
    required: Integers

    def __len__(self) -> int:
        return len(self.facility)

    def components(self) -> tuple[Integers, Integers]:
        """Return the component of each facility, shape (f,), and of each zone, shape (z,)."""
        f, z = len(self.slots), len(self.required)
        links = coo_array(
            (np.ones(len(self), dtype=np.int8), (self.facility, self.zone + f)),
            shape=(f + z, f + z),
        )
        part = connected_components(links, directed=False)[1].astype(np.int64)
        return part[:f], part[f:]

    def only(self, keep: Flags) -> tuple[Self, Integers, Integers]:
        """Return the network of some pairs, and the old numbers of its facilities and zones.

        Parameters
        ----------
        keep
            Which pairs stay, shape (n,).

        Returns
        -------
        tuple
            The smaller network, whose facilities and zones all have a pair; old facility numbers;
            old zone numbers. The order of numbers is kept.
        """
        facilities, facility = _renumber(self.facility[keep], len(self.slots))
        zones, zone = _renumber(self.zone[keep], len(self.required))
        smaller = type(self)(
            facility, zone, self.distance_m[keep], self.slots[facilities], self.required[zones]
        )
        return smaller, facilities, zones


def _renumber(number: Integers, size: int) -> tuple[Integers, Integers]:
    """Return the used numbers in order, and each entry's place among them."""
    used = np.zeros(size, dtype=bool)
    used[number] = True
    return np.flatnonzero(used), (np.cumsum(used) - 1)[number]
