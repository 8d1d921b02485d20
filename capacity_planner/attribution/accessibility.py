"""Accessibility indicators that planners know: E2SFCA, and what is served from how far.

Unlike the attribution they use a slot for everybody near it at once: they describe, and never
stand for slots that anybody gets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capacity_planner.attribution.laws import check_flow, totals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from capacity_planner.attribution.pairs import Integers, Pairs, Reals

__all__ = ["e2sfca", "served_by_distance", "step_weights"]


def step_weights(distance_m: Integers, steps: Sequence[tuple[int, float]]) -> Reals:
    """Return the weight of each distance, one for each zone of a catchment.

    Parameters
    ----------
    distance_m
        Whole metres, shape (n,).
    steps
        Outer edge in metres (inclusive) and weight of each ring, from the nearest on.

    Returns
    -------
    numpy.ndarray
        ``float64``, shape (n,); 0 beyond the last ring.

    Raises
    ------
    ValueError
        If the rings do not grow or a weight is negative.

    Examples
    --------
    >>> import numpy as np
    >>> step_weights(np.array([300, 301, 900]), [(300, 1.0), (500, 0.68)]).tolist()
    [1.0, 0.68, 0.0]
    """
    edges = np.array([edge for edge, _ in steps])
    weights = np.array([weight for _, weight in steps] + [0.0])
    if (np.diff(edges) <= 0).any() or (weights < 0).any():
        raise ValueError("step_weights: rings must grow and weights must not be negative")
    return weights[np.searchsorted(edges, distance_m)]


def e2sfca(pairs: Pairs, *, slots: Integers, demand: NDArray[np.number], weight: Reals) -> Reals:
    """Return the accessible slots per head of each zone by the enhanced two-step method.

    First each facility's slots are divided by the weighted demand around it, then each zone adds
    up the weighted ratios of the facilities around it: A = Σ_f w R with R = S / Σ_z w P.

    Parameters
    ----------
    pairs
        Who can reach whom.
    slots
        Slots of each facility, shape (f,).
    demand
        Children or residents of each zone, shape (z,).
    weight
        Weight of each pair, shape (n,): see :func:`step_weights`.

    Returns
    -------
    numpy.ndarray
        Slots per head, ``float64``, shape (z,); 0 where no facility is near.

    Raises
    ------
    ValueError
        If a length is wrong or a number is negative.

    References
    ----------
    Luo, W. and Qi, Y. (2009). An enhanced two-step floating catchment area (E2SFCA) method for
    measuring spatial accessibility to primary care physicians. Health & Place 15, 1100–1107.

    Examples
    --------
    Ten slots, 40 children next door and 100 at half weight: 10 / 90 for the near ones.

    >>> import numpy as np
    >>> from capacity_planner.attribution import Pairs
    >>> pairs = Pairs(np.array([0, 0]), np.array([0, 1]), np.array([100, 400]), 1, 2)
    >>> weight = step_weights(pairs.distance_m, [(300, 1.0), (500, 0.5)])
    >>> e2sfca(pairs, slots=np.array([10]), demand=np.array([40, 100]), weight=weight).round(4).tolist()
    [0.1111, 0.0556]
    """
    if slots.shape != (pairs.n_facilities,) or demand.shape != (pairs.n_zones,):
        raise ValueError("e2sfca: slots or demand is of the wrong length")
    if weight.shape != pairs.facility.shape:
        raise ValueError("e2sfca: weight is of the wrong length")
    if (slots < 0).any() or (demand < 0).any() or (weight < 0).any():
        raise ValueError("e2sfca: a number is negative")
    around = np.bincount(
        pairs.facility, weights=weight * demand[pairs.zone], minlength=pairs.n_facilities
    )
    ratio = slots / np.where(around > 0, around, np.inf)
    near = weight * ratio[pairs.facility]
    return np.bincount(pairs.zone, weights=near, minlength=pairs.n_zones).astype(np.float64)


def served_by_distance(
    pairs: Pairs, flow: Integers, *, slots: Integers, required: Integers, bands_m: Sequence[int]
) -> tuple[Integers, Reals]:
    """Return how many slots are attributed from how far, and their share of all that is required.

    Parameters
    ----------
    pairs
        Who can serve whom.
    flow
        Slots on each pair, shape (n,).
    slots
        Counted slots of each facility, shape (f,).
    required
        Required slots of each zone, shape (z,).
    bands_m
        Outer edges of the distance bands in metres (inclusive), growing, length b.

    Returns
    -------
    tuple of numpy.ndarray
        Slots by band, ``int64``, and their share of the requirement, ``float64``, shape (b + 1,):
        the last band is beyond all edges. Shares of no requirement are 0.

    Raises
    ------
    ValueError
        If the bands do not grow or the flow breaks a law.

    Examples
    --------
    >>> import numpy as np
    >>> from capacity_planner.attribution import Pairs
    >>> pairs = Pairs(np.array([0, 0]), np.array([0, 1]), np.array([300, 900]), 1, 2)
    >>> counts = {"slots": np.array([9]), "required": np.array([5, 15])}
    >>> slots, share = served_by_distance(pairs, np.array([5, 4]), **counts, bands_m=[300, 500])
    >>> slots.tolist(), share.tolist()
    ([5, 0, 4], [0.25, 0.0, 0.2])
    """
    check_flow(pairs, flow, slots=slots, required=required)
    edges = np.array(bands_m)
    if (np.diff(edges) <= 0).any():
        raise ValueError("served_by_distance: bands must grow")
    band = np.searchsorted(edges, pairs.distance_m)
    served = totals(band, flow, len(edges) + 1)
    return served, served / max(int(required.sum()), 1)
