"""The migrant-child check: the part of a requirement that is theirs, and its state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capacity_planner.calculator.arrays import UNKNOWN

if TYPE_CHECKING:
    from capacity_planner.calculator.arrays import Bools, Ints, Words


def migrant_requirement(required: Ints, migrant_u3: Ints, children_u3: Ints) -> Ints:
    """Return the part of a requirement that is for migrant workers' children.

    Parameters
    ----------
    required
        Slots, ``int64[z]``; :data:`UNKNOWN` where the rules set no number.
    migrant_u3, children_u3
        Children under three, ``int64[z]``; :data:`UNKNOWN` where not given.

    Returns
    -------
    NDArray[np.int64]
        ``ceil(required × migrant_u3 / children_u3)``, never above ``required``; 0 where there are no
        children; :data:`UNKNOWN` where a number is missing.

    Notes
    -----
    The duty (竹府办〔2021〕57号 二(二)1, 二(三)3) has no number of its own; the share is this project's
    choice ``migrant_share``.

    Examples
    --------
    >>> migrant_requirement(np.array([10, 10, 10, -1]), np.array([7, 0, -1, 3]), np.array([30, 30, 30, 9]))
    array([ 3,  0, -1, -1])
    """
    known = (required >= 0) & (migrant_u3 >= 0) & (children_u3 >= 0)
    migrants = np.minimum(migrant_u3, children_u3)
    share = -(-required * migrants // np.maximum(children_u3, 1))
    return np.where(known, share, UNKNOWN)


def migrant_status(required: Ints, certain: Ints, at_risk: Ints, complete: Bools) -> Words:
    """Return the state of the migrant-child check.

    Parameters
    ----------
    required
        Slots for migrant children, ``int64[n]``; :data:`UNKNOWN` where nothing could be checked.
    certain, at_risk
        Missing whatever neighbours do, and missing if everyone else is served first, ``int64[n]``.
    complete
        Whether every urban zone of the entry had its counts, ``bool[n]``.

    Returns
    -------
    NDArray[np.str_]
        ``short``, ``at_risk``, ``not_checked`` or ``met``; what is certainly short says so even where
        other counts are missing, and a missing count is never a pass.

    Examples
    --------
    >>> zero = np.zeros(2, np.int64)
    >>> migrant_status(np.array([3, -1]), zero, zero, np.array([True, False])).tolist()
    ['met', 'not_checked']
    """
    return np.select(
        [required < 0, certain > 0, ~complete, at_risk > 0],
        ["not_checked", "short", "not_checked", "at_risk"],
        default="met",
    )
