"""Other plans that cost little more: a planner may prefer their sites for reasons not in the data."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity_planner.siting.program import Program
from capacity_planner.siting.solving import demand, proven

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity_planner.siting.problem import Problem
    from capacity_planner.siting.solving import Solution

__all__ = ["alternatives"]

_EXACT: Final = 1e-6


def alternatives(
    problem: Problem,
    found: Solution,
    *,
    count: int,
    within: float,
    differ: int = 1,
    seconds: float = 60.0,
    gap: float = 0.0,
) -> list[Solution]:
    """Return further plans that reach the same with other sites and cost little more.

    Parameters
    ----------
    problem
        What was decided.
    found
        The cheapest plan.
    count
        How many others at most.
    within
        Share by which one may be dearer than the plan found.
    differ
        How many sites of every earlier plan an alternative must do without.
    seconds
        Time limit for each.
    gap
        Share of the cost by which each may be dearer than the cheapest of its kind.

    Returns
    -------
    list of Solution
        Cheapest first; fewer than asked for if there are no more.
    """
    plans = [found]
    most = found.outcome.cost * (1 + within)
    for _ in range(count):
        other = _other_than(problem, plans, differ=differ, seconds=seconds, gap=gap)
        if other is None or other.outcome.cost > most + _EXACT:
            break
        plans.append(other)
    return sorted(plans[1:], key=lambda each: each.outcome.cost)


def _other_than(
    problem: Problem, plans: Sequence[Solution], *, differ: int, seconds: float, gap: float
) -> Solution | None:
    began = perf_counter()
    program = Program(problem)
    demand(program, problem.goal)
    for each in plans:
        taken = np.flatnonzero(each.size > 0)
        if len(taken) < differ:
            return None
        program.limit(program.y[taken], 1.0, most=len(taken) - differ)
    answer = program.solve(program.cost, seconds=seconds, gap=gap)
    if answer.size is None or not problem.outcome(answer.size).reaches(problem.goal):
        return None
    cost = problem.cost(answer.size)
    return proven(problem, answer.size, (answer.bound, answer.bound, cost), gap, began)
