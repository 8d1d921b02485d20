"""How far an attribution is a convention: the fewest and the most slots that zones can have.

With F(S) the most slots that the zones S can get on their own, a group S gets at most F(S) and at
least F(all) − F(all without S) of any attribution that uses the most slots. Both come from one
given attribution: F(S) from those connected parts of S that it does not already exhaust, the
minimum from what of its slots could be led elsewhere (:mod:`.rerouting`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capacity_planner.attribution.laws import check_flow, totals
from capacity_planner.attribution.maximum import maximum_flow
from capacity_planner.attribution.network import Network
from capacity_planner.attribution.pairs import numbered
from capacity_planner.attribution.rerouting import reroutable

if TYPE_CHECKING:
    from capacity_planner.attribution.pairs import Integers, Pairs

__all__ = ["attributable_range"]


def attributable_range(
    pairs: Pairs, flow: Integers, *, slots: Integers, required: Integers, group: Integers
) -> tuple[Integers, Integers]:
    """Return the fewest and the most slots that each group of zones gets if the most are used.

    Parameters
    ----------
    pairs
        Who can serve whom.
    flow
        An attribution that uses the most slots, shape (n,).
    slots
        Counted slots of each facility, shape (f,).
    required
        Required slots of each zone, shape (z,).
    group
        Group of each zone, numbered from 0, −1 for none, shape (z,). ``numpy.arange(z)`` asks for
        each zone.

    Returns
    -------
    tuple of numpy.ndarray
        Minimum and maximum, ``int64``, shape (g,) with g one more than the highest group.

    Raises
    ------
    ValueError
        If lengths or counts are wrong or the flow breaks a law.

    Examples
    --------
    Ten slots near two zones that require eight each: either gets at least two and at most eight.

    >>> import numpy as np
    >>> from capacity_planner.attribution import Pairs, attribute
    >>> pairs = Pairs(np.array([0, 0]), np.array([0, 1]), np.array([50, 60]), 1, 2)
    >>> counts = {"slots": np.array([10]), "required": np.array([8, 8])}
    >>> flow = attribute(pairs, **counts)
    >>> least, most = attributable_range(pairs, flow, **counts, group=np.array([0, 1]))
    >>> least.tolist(), most.tolist()
    ([2, 2], [8, 8])
    """
    check_flow(pairs, flow, slots=slots, required=required)
    if group.shape != required.shape:
        raise ValueError(f"group: whole numbers of shape {required.shape} are needed")
    groups = int(group.max(initial=-1)) + 1
    useful = np.flatnonzero((slots[pairs.facility] > 0) & (required[pairs.zone] > 0))
    if not groups or not len(useful):
        none = np.zeros(groups, dtype=np.int64)
        return none, none.copy()
    whole = Network(pairs.facility, pairs.zone, pairs.distance_m, slots, required)
    network, _, zones = whole.only(useful)
    kin, flow = group[zones], flow[useful]
    return (
        _held(network, flow, kin, groups) - reroutable(network, flow, kin, groups),
        _most(network, flow, kin, groups),
    )


def _held(network: Network, flow: Integers, kin: Integers, groups: int) -> Integers:
    """Return what each group gets of this flow, shape (g,)."""
    own = kin[network.zone]
    return totals(own[own >= 0], flow[own >= 0], groups)


def _most(network: Network, flow: Integers, kin: Integers, groups: int) -> Integers:
    """Return F(S) of each group, shape (g,): every group with facilities of its own."""
    inside = np.flatnonzero(kin[network.zone] >= 0)
    members = np.bincount(kin[kin >= 0], minlength=groups)
    if members.max(initial=0) == 1:
        return _most_alone(network, kin, inside, groups)
    copy = network.facility[inside] * groups + kin[network.zone[inside]]
    copies, facility = numbered(copy)
    apart = Network(
        facility,
        network.zone[inside],
        network.distance_m[inside],
        network.slots[copies // groups],
        network.required,
    )
    part_f, part_z = apart.components()
    parts = int(part_z.max(initial=-1)) + 1
    given = totals(part_f[facility], flow[inside], parts)
    lonely = np.bincount(part_z, minlength=parts) == 1
    lonely |= np.bincount(part_f, minlength=parts) == 1
    bound = np.minimum(totals(part_f, apart.slots, parts), totals(part_z, apart.required, parts))
    # one zone or one facility alone reaches the bound; else the flow may show that it is reached
    total = np.where(lonely, bound, given)
    open_ = np.flatnonzero((~lonely & (given < bound))[part_f[facility]])
    if len(open_):
        rest, old_f, _ = apart.only(open_)
        total[np.unique(part_f[old_f])] = 0
        total += totals(part_f[old_f], maximum_flow(rest), parts)
    owner = np.zeros(parts, dtype=np.int64)
    owner[part_f] = copies % groups
    return totals(owner, total, groups)


def _most_alone(network: Network, kin: Integers, inside: Integers, groups: int) -> Integers:
    """Return F(S) where every group is a single zone: what it requires, or all that is near."""
    near = totals(network.zone[inside], network.slots[network.facility[inside]], len(kin))
    most = np.zeros(groups, dtype=np.int64)
    most[kin[kin >= 0]] = np.minimum(near, network.required)[kin >= 0]
    return most
