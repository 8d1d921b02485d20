"""A piece of the attribution problem as plain arrays, and how it falls apart.

Every later step works on a :class:`Network`: the pairs that still matter, with facilities and
zones numbered afresh. Facilities and zones that no pair connects cannot influence each other, so
each connected component is a problem of its own, and small ones are solved in bundles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from capacity_planner.attribution.pairs import in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capacity_planner.attribution.pairs import Flags, Integers

__all__ = ["Network", "Part", "bundle", "renumber"]


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
        """Return the component of each facility, shape (f,), and of each zone, shape (z,).

        Every zone must have a pair.
        """
        f = len(self.slots)
        # facilities near the same zone are linked by one of them
        one = np.empty_like(self.required)
        one[self.zone] = self.facility
        other = one[self.zone]
        links = (self.facility != other).nonzero()[0]
        ends = (self.facility[links], other[links])
        graph = coo_array((np.ones_like(links), ends), shape=(f, f))
        part = connected_components(graph)[1].astype(np.int64)
        return part, part[one]

    def only(self, keep: Flags | Integers) -> tuple[Self, Integers, Integers]:
        """Return the network of some pairs, and the old numbers of its facilities and zones.

        Parameters
        ----------
        keep
            Which pairs stay: flags, shape (n,), or their places in order.

        Returns
        -------
        tuple
            The smaller network, whose facilities and zones all have a pair; old facility numbers;
            old zone numbers. The order of numbers is kept.
        """
        facilities, facility = renumber(self.facility[keep], len(self.slots))
        zones, zone = renumber(self.zone[keep], len(self.required))
        smaller = type(self)(
            facility, zone, self.distance_m[keep], self.slots[facilities], self.required[zones]
        )
        return smaller, facilities, zones

    def split(self, label_f: Integers, label_z: Integers) -> Iterator[Part]:
        """Yield each labelled part as a network of its own.

        Parameters
        ----------
        label_f, label_z
            Label of each facility and zone from 0, equal at both ends of every pair. Negative
            labels belong to no part.

        Yields
        ------
        Part
            In the order of labels.
        """
        first_f, rank_f, order_f = _ranks(label_f)
        first_z, rank_z, order_z = _ranks(label_z)
        label = label_f[self.facility]
        order = in_order(label)
        first = np.searchsorted(label[order], np.arange(len(first_f)))
        for part in range(len(first_f) - 1):
            places = order[first[part] : first[part + 1]]
            if not len(places):
                continue
            facilities = order_f[first_f[part] : first_f[part + 1]]
            zones = order_z[first_z[part] : first_z[part + 1]]
            own = type(self)(
                rank_f[self.facility[places]] - first_f[part],
                rank_z[self.zone[places]] - first_z[part],
                self.distance_m[places],
                self.slots[facilities],
                self.required[zones],
            )
            yield Part(own, places, facilities, zones)


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a network: its own network, and where its pairs, facilities and zones were."""

    network: Network
    places: Integers
    facilities: Integers
    zones: Integers


def bundle(weights: Integers, size: int) -> Integers:
    """Return the bundle of each component: small ones together, large ones alone.

    Parameters
    ----------
    weights
        Pairs of each component, shape (c,).
    size
        Pairs that a bundle may hold, unless a single component has more.

    Returns
    -------
    numpy.ndarray
        Bundle of each component from 0, shape (c,).

    Examples
    --------
    >>> import numpy as np
    >>> bundle(np.array([30, 5, 900, 60]), 100).tolist()
    [0, 0, 1, 0]
    """
    order = np.argsort(weights, kind="stable")
    label = np.zeros(len(weights), dtype=np.int64)
    held = current = 0
    for component in order.tolist():
        weight = int(weights[component])
        if held and held + weight > size:
            current, held = current + 1, 0
        label[component] = current
        held += weight
    return label


def renumber(number: Integers, size: int) -> tuple[Integers, Integers]:
    """Return the used numbers in order, and each entry's place among them.

    Parameters
    ----------
    number
        Whole numbers from 0, shape (n,).
    size
        One more than the largest possible number.

    Returns
    -------
    tuple of numpy.ndarray
        Used numbers, shape (u,); place of each entry among them, shape (n,).

    Examples
    --------
    >>> import numpy as np
    >>> used, place = renumber(np.array([7, 3, 7]), 9)
    >>> used.tolist(), place.tolist()
    ([3, 7], [1, 0, 1])
    """
    used = np.zeros(size, dtype=bool)
    used[number] = True
    return used.nonzero()[0], (used.cumsum() - 1)[number]


def _ranks(label: Integers) -> tuple[Integers, Integers, Integers]:
    """Return where each label starts, each entry's rank by label, and the entries in that order."""
    order = in_order(label)
    rank = np.empty(len(label), dtype=np.int64)
    rank[order] = np.arange(len(label))
    starts = np.searchsorted(label[order], np.arange(int(label.max(initial=-1)) + 2))
    return starts, rank, order
