"""Plans with proof: least cost, most slots within a budget, shortest ways."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from time import perf_counter
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from capacity_planner.siting.greedy import cover, spend, worth
from capacity_planner.siting.program import Program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capacity_planner.attribution.pairs import Integers
    from capacity_planner.siting.problem import Goal, Outcome, Problem

__all__ = [
    "Solution",
    "demand",
    "least_cost",
    "linear_bound",
    "most_closed",
    "proven",
    "shortest_ways",
]

Status: TypeAlias = Literal["optimal", "within_gap", "time_limit"]

_EXACT: Final = 1e-6
_GREEDY_SHARE: Final = 0.2


@dataclass(frozen=True, eq=False)
class Solution:
    """A plan, what it gives and how good it is proven to be.

    Parameters
    ----------
    size
        Slots of each option, 0 for one not taken, ``int64[o]``.
    outcome
        What the plan gives, by exact flows.
    status
        ``optimal`` (no plan is better), ``within_gap`` (none is better by more than the gap asked
        for) or ``time_limit``.
    bound
        What no plan can beat: least cost, most slots, fewest slot-metres.
    gap
        Distance of the plan from the bound as a share of the plan's objective.
    objective
        What was made least or most.
    greedy
        The objective of the plan that the solver began with.
    seconds
        Time taken.
    """

    size: Integers
    outcome: Outcome
    status: Status
    bound: float
    gap: float
    objective: float
    greedy: float
    seconds: float


def least_cost(
    problem: Problem, *, seconds: float = 60.0, gap: float = 0.0, decompose: bool = True
) -> Solution:
    """Return the cheapest plan that closes all that options can close.

    Parameters
    ----------
    problem
        What is to be decided. Its zones that come first are closed as far as all options together
        can; the others together lose nothing that they have.
    seconds
        Time limit in all.
    gap
        Share of the cost by which the plan may be dearer than the cheapest.
    decompose
        Whether parts that share nothing are solved one by one: the same cost, much faster.

    Returns
    -------
    Solution
        Objective and bound are costs.

    Examples
    --------
    Two zones lack 8 slots each; one option reaches both for 10 and 1 a slot, two reach one each.

    >>> import numpy as np
    >>> from capacity_planner.attribution import Pairs
    >>> from capacity_planner.siting import Problem
    >>> none = np.zeros(0, dtype=np.int64)
    >>> problem = Problem(
    ...     Pairs(none, none, none, 0, 2), none, np.array([8, 8]),
    ...     Pairs(np.array([0, 0, 1, 2]), np.array([0, 1, 0, 1]), np.array([9, 9, 5, 5]), 3, 2),
    ...     (np.array([10, 20]), np.array([10]), np.array([10])),
    ...     fixed_cost=np.array([10, 6, 6]), cost_per_slot=np.array([1, 1, 1]),
    ...     served=np.array([0, 0]), first=np.array([True, True]), migrant=np.array([0, 0]),
    ...     accepts=none.astype(bool), option_accepts=np.ones(3, dtype=bool),
    ... )
    >>> solution = least_cost(problem)
    >>> solution.size.tolist(), solution.objective, solution.status
    ([20, 0, 0], 30, 'optimal')
    """
    began = perf_counter()
    size = np.zeros(len(problem.sizes), dtype=np.int64)
    parts = list(problem.parts()) if decompose else [(np.arange(len(size)), problem)]
    bound, greedy = 0.0, 0
    for done, (options, part) in enumerate(parts):
        left = began + seconds - perf_counter()
        share = max(left, 0.0) / min(len(parts) - done, 4)
        found, low, first = _cheapest(part, share, gap)
        size[options] = found
        bound += low
        greedy += first
    return proven(problem, size, bound, greedy, gap, began)


def _cheapest(problem: Problem, seconds: float, gap: float) -> tuple[Integers, float, int]:
    """Return the cheapest plan of one part, a bound of its cost, and the cost of the first plan."""
    goal, now = problem.goal, perf_counter()
    none = np.zeros(len(problem.sizes), dtype=np.int64)
    if problem.outcome(none).reaches(goal):
        return none, 0.0, 0
    start = cover(problem, goal, until=now + _GREEDY_SHARE * seconds)
    program = Program(problem)
    demand(program, goal)
    left = now + seconds - perf_counter()
    scale = max(problem.cost(start), 1)
    program.limit(
        np.arange(program.columns), program.cost / scale, most=problem.cost(start) / scale
    )
    answer = program.solve(program.cost, seconds=left, gap=gap)
    plans = [start]
    if answer.size is not None and problem.outcome(answer.size).reaches(goal):
        plans.append(answer.size)
    best = min(plans, key=problem.cost)
    low = max(answer.bound, 0.0) if np.isfinite(answer.bound) else 0.0
    return best, min(low, problem.cost(best)), problem.cost(start)


def demand(program: Program, goal: Goal) -> None:
    """Bind a program to a goal: the rows that every plan that reaches it obeys."""
    program.limit(program.first_pairs(first=True), 1.0, least=goal.first)
    program.limit(program.x, 1.0, least=goal.total)
    if len(program.m):
        program.limit(program.m, 1.0, least=goal.migrant)


def proven(
    problem: Problem, size: Integers, bound: float, greedy: float, gap: float, began: float
) -> Solution:
    """Return a plan of least cost with its exact outcome and the proof that a bound gives."""
    outcome = problem.outcome(size)
    # costs are whole, so a bound that lies within one unit is the cost itself
    bound = min(float(np.ceil(bound - _EXACT)), outcome.cost)
    away = (outcome.cost - bound) / max(outcome.cost, 1)
    return Solution(
        size,
        outcome,
        _status(away, gap),
        bound,
        away,
        outcome.cost,
        greedy,
        perf_counter() - began,
    )


def _status(away: float, gap: float) -> Status:
    if away <= _EXACT:
        return "optimal"
    return "within_gap" if away <= gap + _EXACT else "time_limit"


def linear_bound(problem: Problem, *, budget: int | None = None, seconds: float = 60.0) -> float:
    """Return the bound that the linear relaxation gives: a cost, or slots within a budget.

    Parameters
    ----------
    problem
        What is to be decided.
    budget
        If given, the most slots of zones that come first are bounded, else the least cost.
    seconds
        Time limit.

    Returns
    -------
    float
        No plan costs less, or closes more.
    """
    program = Program(problem, relaxed=True)
    if budget is None:
        demand(program, problem.goal)
        return program.solve(program.cost, seconds=seconds).objective
    _stay_within(program, budget)
    return -program.solve(_counting(program, "first"), seconds=seconds).objective


def _stay_within(program: Program, budget: int) -> None:
    """Bind a program to a budget, and to leaving the other zones together what they have."""
    scale = max(budget, 1)
    program.limit(np.arange(program.columns), program.cost / scale, most=budget / scale)
    if program.problem.kept:
        program.limit(program.first_pairs(first=False), 1.0, least=program.problem.kept)


def _counting(program: Program, what: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    objective = np.zeros(program.columns)
    columns = {"migrant": program.m, "total": program.x}
    objective[columns[what] if what in columns else program.first_pairs(first=True)] = -1.0
    return objective


def most_closed(
    problem: Problem, budget: int, *, seconds: float = 60.0, gap: float = 0.0
) -> Solution:
    """Return the plan within a budget that gives zones that come first the most slots.

    Of equal plans the one with more slots for migrant workers' children, then with more slots in
    all, then the cheaper one.

    Parameters
    ----------
    problem
        What is to be decided.
    budget
        In the unit of the problem's costs.
    seconds
        Time limit in all.
    gap
        Share of the slots gained by which the plan may stay behind the best.

    Returns
    -------
    Solution
        Objective and bound are slots of zones that come first.
    """
    began = perf_counter()
    until = began + seconds
    best = spend(problem, budget, until=began + _GREEDY_SHARE * seconds)
    greedy = problem.outcome(best).first
    served = int(problem.served[problem.first].sum())
    bound = float(problem.everything.first)
    for stage in _stages(problem):
        program = Program(problem)
        _stay_within(program, budget)
        _hold(program, problem.outcome(best), stage)
        slack = max(0.99, gap * (greedy - served)) if stage == "first" else 0.99
        objective = program.cost if stage == "cost" else _counting(program, stage)
        left = until - perf_counter()
        if left <= 0:
            break
        answer = program.solve(
            objective, seconds=left, gap=gap if stage == "cost" else 0.0, slack=slack
        )
        if stage == "first":
            bound = min(bound, floor(-answer.bound + _EXACT)) if answer.size is not None else bound
        best = _better(problem, best, answer.size, budget)
    outcome = problem.outcome(best)
    bound = max(bound, outcome.first)
    away = (bound - outcome.first) / max(bound - served, 1)
    return Solution(
        best,
        outcome,
        _status(away, gap),
        bound,
        away,
        outcome.first,
        greedy,
        perf_counter() - began,
    )


def _stages(problem: Problem) -> Iterator[str]:
    yield "first"
    if problem.migrant.any():
        yield "migrant"
    if not problem.first.all():
        yield "total"
    yield "cost"


def _hold(program: Program, reached: Outcome, stage: str) -> None:
    """Bind a program to what earlier stages have reached."""
    if stage == "first":
        return
    program.limit(program.first_pairs(first=True), 1.0, least=reached.first)
    if len(program.m) and stage != "migrant":
        program.limit(program.m, 1.0, least=reached.migrant)
    if stage == "cost":
        program.limit(program.x, 1.0, least=reached.total)


def _better(problem: Problem, best: Integers, other: Integers | None, budget: int) -> Integers:
    if other is None or problem.cost(other) > budget:
        return best
    return max(best, other, key=lambda size: worth(problem.outcome(size)))


def shortest_ways(
    problem: Problem, budget: int, *, seconds: float = 60.0, gap: float = 0.0
) -> Solution:
    """Return the plan within a budget that closes all that can be closed with the shortest ways.

    With sites of equal cost and no limit of size this is the p-median problem.

    Parameters
    ----------
    problem
        What is to be decided.
    budget
        At least the cost of :func:`least_cost`.
    seconds
        Time limit.
    gap
        Share of the slot-metres by which the plan may be worse than the best.

    Returns
    -------
    Solution
        Objective and bound are slot-metres.

    Raises
    ------
    ValueError
        If no plan within the budget closes all, or none was found in time.
    """
    began = perf_counter()
    program = Program(problem)
    demand(program, problem.goal)
    _stay_within(program, budget)
    objective = np.zeros(program.columns)
    objective[program.x] = problem.joined.distance_m
    answer = program.solve(objective, seconds=seconds, gap=gap)
    if answer.size is None:
        raise ValueError("no plan within the budget closes all that options can close")
    away = max(answer.objective - answer.bound, 0.0) / max(answer.objective, 1.0)
    return Solution(
        answer.size,
        problem.outcome(answer.size),
        _status(away, gap),
        answer.bound,
        away,
        answer.objective,
        answer.objective,
        perf_counter() - began,
    )
