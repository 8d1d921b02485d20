"""Sizes that a site may have: what whole classes add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity_planner.attribution.pairs import Integers

__all__ = ["class_sizes", "step_of"]


def class_sizes(classes: Sequence[int], *, least: int, most: int) -> Integers:
    """Return every number of slots between two limits that whole classes add up to.

    Parameters
    ----------
    classes
        Children in a class of each kind, such as 10, 15 and 20 (国卫人口发〔2019〕58号, art. 19), or 18
        for mixed classes; without any, every number is allowed.
    least, most
        Fewest and most slots of the site; at least one slot is built.

    Returns
    -------
    numpy.ndarray
        ``int64``, rising, maybe empty.

    Examples
    --------
    >>> class_sizes([10, 15, 20], least=12, most=40).tolist()
    [15, 20, 25, 30, 35, 40]
    >>> class_sizes([18], least=1, most=60).tolist()
    [18, 36, 54]
    """
    if most < 1:
        return np.zeros(0, dtype=np.int64)
    possible = np.zeros(most + 1, dtype=bool)
    possible[0] = True
    for count in range(1, most + 1):
        steps = [count - each for each in classes or [1] if each <= count]
        possible[count] = any(possible[each] for each in steps)
    sizes = np.flatnonzero(possible).astype(np.int64)
    return sizes[sizes >= max(least, 1)]


def step_of(sizes: Integers) -> int | None:
    """Return the step of sizes that rise evenly (0 for a single size), else ``None``."""
    steps = np.unique(np.diff(sizes))
    if len(steps) == 0:
        return 0
    return int(steps[0]) if len(steps) == 1 else None
