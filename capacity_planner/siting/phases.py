"""When each site of a plan opens: as early as money and availability allow, most slots first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity_planner.attribution.pairs import Flags, Integers
    from capacity_planner.siting.problem import Problem

__all__ = ["open_in_phases"]


def open_in_phases(
    problem: Problem, size: Integers, *, earliest: Integers, budgets: Sequence[int | None]
) -> Integers:
    """Return the phase in which each site of a plan opens.

    Phase after phase, the sites that may open and can be paid from what has been given so far open
    in the order of the slots that they add for each unit of money; what is not spent is carried on.

    Parameters
    ----------
    problem
        What was decided.
    size
        The plan, ``int64[o]``.
    earliest
        First phase in which each option may open, ``int64[o]``.
    budgets
        Money that each phase brings, ``None`` for no limit.

    Returns
    -------
    numpy.ndarray
        Phase of each site, −1 for options not taken and sites that no phase can pay, ``int64[o]``.
    """
    phase = np.full(len(size), -1, dtype=np.int64)
    purse: float = 0.0
    for now, budget in enumerate(budgets):
        purse += np.inf if budget is None else budget
        while (at := _next(problem, size, phase, earliest <= now, purse)) is not None:
            phase[at] = now
            purse -= _price(problem, size, at)
    return phase


def _price(problem: Problem, size: Integers, at: int) -> int:
    return int(problem.fixed_cost[at] + problem.cost_per_slot[at] * size[at])


def _next(
    problem: Problem, size: Integers, phase: Integers, ready: Flags, purse: float
) -> int | None:
    """Return the affordable site that adds the most slots for its money, ``None`` without any."""
    waiting = np.flatnonzero((size > 0) & (phase < 0) & ready).tolist()
    able = [at for at in waiting if _price(problem, size, at) <= purse]
    if not able:
        return None
    opened = np.where(phase >= 0, size, 0)
    before = problem.outcome(opened)

    def gain(at: int) -> tuple[float, float, int]:
        tried = opened.copy()
        tried[at] = size[at]
        after, price = problem.outcome(tried), max(_price(problem, size, at), 1)
        return (after.first - before.first) / price, (after.total - before.total) / price, -at

    return max(able, key=gain)
