"""The most requirement within reach of sites whose size never binds: maximal covering."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from capacity_planner.siting.highs import INFINITY, Found, Rows, minimise

if TYPE_CHECKING:
    from capacity_planner.attribution import Pairs
    from capacity_planner.attribution.pairs import Flags, Integers

__all__ = ["most_covered"]


def most_covered(
    pairs: Pairs, weight: Integers, cost: Integers, budget: int, *, seconds: float, slack: float
) -> tuple[Flags | None, Found]:
    """Return the sites within a budget that reach the most weight (Church and ReVelle 1974).

    Zones that the same options reach are one: the program has a column for each option and each
    distinct set of options, whatever the number of zones.

    Parameters
    ----------
    pairs
        Options and the zones that each reaches.
    weight
        Weight of each zone, ``int64[z]``.
    cost
        Cost of each option, ``int64[o]``.
    budget
        In the unit of the costs.
    seconds
        Time limit.
    slack
        Weight by which the solver may stay behind its bound.

    Returns
    -------
    tuple
        Options taken, ``bool[o]`` (``None`` without a plan), and the solver's answer, its objective
        the negative of the weight covered.

    Examples
    --------
    >>> import numpy as np
    >>> from capacity_planner.attribution import Pairs
    >>> reach = Pairs(np.array([0, 0, 1]), np.array([0, 1, 2]), np.zeros(3, dtype=int), 2, 3)
    >>> one = np.ones(2, dtype=int)
    >>> taken, found = most_covered(reach, np.array([3, 3, 5]), one, 1, seconds=9, slack=0.5)
    >>> taken.tolist(), found.objective
    ([True, False], -6.0)
    """
    kinds, group = _distinct(pairs)
    reached = group >= 0
    sums = np.bincount(group[reached], weights=weight[reached], minlength=len(kinds))
    o, k = pairs.n_facilities, len(kinds)
    sizes = np.array([len(each) for each in kinds], dtype=np.int64)
    rows = Rows()
    # a set is covered (column o + set) only if one of its options is taken
    at = np.arange(k, dtype=np.int64)
    rows.add(
        np.concatenate([at, np.repeat(at, sizes)]),
        np.concatenate([at + o, *kinds]).astype(np.int64),
        np.concatenate([np.ones(k), -np.ones(int(sizes.sum()))]),
        lower=np.full(k, -INFINITY),
        upper=np.zeros(k),
    )
    scale = max(budget, 1)
    rows.add(
        np.zeros(o, dtype=np.int64),
        np.arange(o, dtype=np.int64),
        cost / scale,
        lower=np.array([-INFINITY]),
        upper=np.array([budget / scale]),
    )
    found = minimise(
        np.concatenate([np.zeros(o), -sums]),
        rows,
        upper=np.ones(o + k),
        whole=np.arange(o + k) < o,
        seconds=seconds,
        slack=slack,
    )
    half = 0.5
    return (None if found.values is None else found.values[:o] > half), found


def _distinct(pairs: Pairs) -> tuple[list[Integers], Integers]:
    """Return the distinct sets of options that zones have, and each zone's, −1 for none."""
    ones = np.ones(len(pairs), dtype=np.int8)
    shape = (pairs.n_zones, pairs.n_facilities)
    by_zone = csr_array((ones, (pairs.zone, pairs.facility)), shape=shape)
    by_zone.sort_indices()
    group = np.full(pairs.n_zones, -1, dtype=np.int64)
    known: dict[bytes, int] = {}
    kinds: list[Integers] = []
    for zone in range(pairs.n_zones):
        options = by_zone.indices[by_zone.indptr[zone] : by_zone.indptr[zone + 1]]
        if len(options):
            name = options.tobytes()
            if name not in known:
                known[name] = len(kinds)
                kinds.append(options.astype(np.int64))
            group[zone] = known[name]
    return kinds, group
