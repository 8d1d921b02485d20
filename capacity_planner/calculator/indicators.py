"""Figures that stand beside the three plain numbers: slots per thousand, shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity_planner.calculator.arrays import Ints


def per_thousand(slots: Ints, population: Ints) -> NDArray[np.float64]:
    """Return slots per 1,000 residents (每千人口托位数), rounded half up to two places.

    Parameters
    ----------
    slots, population
        ``int64[n]``, ≥ 0.

    Returns
    -------
    NDArray[np.float64]
        Slots per 1,000 residents, ``float64[n]``; ``NaN`` where nobody lives.

    Examples
    --------
    >>> per_thousand(np.array([60, 3]), np.array([13_333, 0]))
    array([4.5, nan])
    """
    people = np.maximum(population, 1)
    hundredths = (slots * 200_000 + people) // (2 * people)
    return np.where(population > 0, hundredths / 100, np.nan)


def share(part: int, whole: int) -> float | None:
    """Return part / whole, rounded half up to four places, ``None`` where there is no whole.

    Examples
    --------
    >>> share(1, 3), share(0, 0)
    (0.3333, None)
    """
    return (20_000 * part + whole) // (2 * whole) / 10_000 if whole else None
