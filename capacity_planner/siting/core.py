"""Local search around the linear relaxation: what its prices leave open is decided anew, exactly.

The relaxation takes nearly every option wholly or not at all, and prices say how many slots it
would lose by doing otherwise. The few options that lose little are the core of the problem (Balas
and Zemel 1980, for knapsacks). They lie all over the county, and money moves between them however
far apart they are.

Programs are not told what to beat: without that row HiGHS proves the same plan best in less time.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity_planner.siting.greedy import worth
from capacity_planner.siting.limits import counting, hold, stay_within
from capacity_planner.siting.program import Program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity_planner.attribution.pairs import Integers
    from capacity_planner.siting.problem import Problem

__all__ = ["search_core"]

_CORE: Final = 1.0


def search_core(
    problem: Problem,
    size: Integers,
    *,
    budget: int,
    linear: float,
    prices: NDArray[np.float64],
    until: float,
    enough: float,
) -> tuple[Integers, float]:
    """Return a plan within a budget that is at least as good, and what no plan can beat.

    First the core is decided anew; then, if more is wanted, with it every option that could be part
    of a better plan. If that ends in time, the plan found is proven to be best.

    Parameters
    ----------
    problem
        What is to be decided.
    size
        A plan within the budget, ``int64[o]``.
    budget
        In the unit of the problem's costs.
    linear
        Slots of zones that come first by the linear relaxation within the budget.
    prices
        Of the options in that relaxation, in slots, ``float64[o]``; see
        :class:`~capacity_planner.siting.program.Answer`.
    until
        Moment (:func:`time.perf_counter`) at which the search ends.
    enough
        Slots for zones that come first at which the core is all that is decided.

    Returns
    -------
    tuple
        Size of each option, ``int64[o]``, the same for the same input unless time ended the search;
        slots of zones that come first.
    """
    for width in (_CORE, np.inf):
        best, seconds = problem.outcome(size), until - perf_counter()
        missing = linear - best.first
        if missing < 1 or seconds <= 0 or (width > _CORE and best.first >= enough):
            break
        program = Program(problem)
        stay_within(program, budget)
        hold(program, prices, min(width, missing))
        answer = program.solve(counting(program, "first"), seconds=seconds, slack=0.99)
        if answer.size is not None and problem.cost(answer.size) <= budget:
            size = max(size, answer.size, key=lambda each: worth(problem.outcome(each)))
        if width >= missing:
            return size, max(float(problem.outcome(size).first), min(linear, -answer.bound))
    return size, linear
