"""Other plans that cost little more: a planner may prefer their sites for reasons not in the data."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity_planner.siting.budget import counted
from capacity_planner.siting.limits import counting, demand, stay_within
from capacity_planner.siting.program import Program
from capacity_planner.siting.solving import proven

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
    budget: int | None = None,
    seconds: float = 60.0,
    gap: float = 0.0,
) -> list[Solution]:
    """Return further plans that reach the same with other sites and cost little more.

    Parameters
    ----------
    problem
        What was decided.
    found
        The cheapest plan, or the one that closes most.
    count
        How many others at most.
    within
        Share by which one may be dearer than the plan found, or close less.
    differ
        How many sites of every earlier plan an alternative must do without.
    budget
        What each may cost in all, ``None`` for no limit.
    seconds
        Time limit for each.
    gap
        Share of the cost or of the slots by which each may be worse than the best of its kind.

    Returns
    -------
    list of Solution
        Best first; fewer than asked for if there are no more.
    """
    plans = [found]
    for _ in range(count):
        other = _other_than(problem, plans, differ=differ, budget=budget, seconds=seconds, gap=gap)
        if other is None or _worse(problem, other, found) > within + _EXACT:
            break
        plans.append(other)
    return sorted(plans[1:], key=lambda each: _worse(problem, each, found))


def _worse(problem: Problem, other: Solution, found: Solution) -> float:
    """Return how much dearer a plan is, or how much less of the gain it closes, as a share."""
    if found.counts == "cost":
        return (other.outcome.cost - found.outcome.cost) / max(found.outcome.cost, 1)
    served = int(problem.served[problem.first].sum())
    return (found.outcome.first - other.outcome.first) / max(found.outcome.first - served, 1)


def _other_than(
    problem: Problem,
    plans: Sequence[Solution],
    *,
    differ: int,
    budget: int | None,
    seconds: float,
    gap: float,
) -> Solution | None:
    began = perf_counter()
    program = Program(problem)
    for each in plans:
        taken = np.flatnonzero(each.size > 0)
        if len(taken) < differ:
            return None
        program.limit(program.y[taken], 1.0, most=len(taken) - differ)
    if budget is not None:
        stay_within(program, budget)
    if plans[0].counts == "slots":
        answer = program.solve(counting(program, "first"), seconds=seconds, gap=gap)
        if answer.size is None:
            return None
        reached = problem.outcome(answer.size).first
        high = -answer.bound if np.isfinite(answer.bound) else float(problem.everything.first)
        return counted(problem, answer.size, (high, high, reached), gap, began)
    demand(program, problem.goal)
    answer = program.solve(program.cost, seconds=seconds, gap=gap)
    if answer.size is None or not problem.outcome(answer.size).reaches(problem.goal):
        return None
    cost = problem.cost(answer.size)
    return proven(problem, answer.size, (answer.bound, answer.bound, cost), gap, began)
