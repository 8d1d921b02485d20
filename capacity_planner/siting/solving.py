"""Plans of least cost with proof, part by part, and what every program is bound to."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from capacity_planner.siting.greedy import cover
from capacity_planner.siting.limits import counting, demand, stay_within
from capacity_planner.siting.program import Program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity_planner.attribution.pairs import Integers
    from capacity_planner.siting.problem import Outcome, Problem

__all__ = [
    "Solution",
    "least_cost",
    "linear_bound",
    "proven",
    "relaxed_to_goal",
    "relaxed_within",
    "status_of",
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
    linear
        The bound that the linear relaxation gives, options taken in part.
    greedy
        The objective of the plan that the solver began with.
    seconds
        Time taken.
    counts
        What objective and bounds are: ``cost``, ``slots`` or ``slot_metres``.
    """

    size: Integers
    outcome: Outcome
    status: Status
    bound: float
    gap: float
    objective: float
    linear: float
    greedy: float
    seconds: float
    counts: Literal["cost", "slots", "slot_metres"] = "cost"


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
    # small parts first: they are quickly proven, and the large ones get the time that is left
    parts.sort(key=lambda each: len(each[1].option_pairs))
    low, linear, greedy = 0.0, 0.0, 0.0
    for done, (options, part) in enumerate(parts):
        left = began + seconds - perf_counter()
        share = max(left, 0.0) / min(len(parts) - done, 4)
        size[options], *found = _cheapest(part, share, gap)
        low, linear, greedy = low + found[0], linear + found[1], greedy + found[2]
    return proven(problem, size, (low, linear, greedy), gap, began)


def _cheapest(problem: Problem, seconds: float, gap: float) -> tuple[Integers, float, float, int]:
    """Return the cheapest plan of a part; its proven bound, linear bound and first plan's cost."""
    goal, now = problem.goal, perf_counter()
    none = np.zeros(len(problem.sizes), dtype=np.int64)
    if problem.outcome(none).reaches(goal):
        return none, 0.0, 0.0, 0
    linear, shares = relaxed_to_goal(problem, seconds=seconds)
    enough = linear / (1 - min(gap, 0.99))
    until = now + _GREEDY_SHARE * seconds
    start = cover(problem, goal, until=until, enough=enough, shares=shares)
    first = problem.cost(start)
    if first <= enough:
        return start, linear, linear, first
    program = Program(problem)
    demand(program, goal)
    scale = max(first, 1)
    program.limit(np.arange(program.columns), program.cost / scale, most=first / scale)
    answer = program.solve(program.cost, seconds=now + seconds - perf_counter(), gap=gap)
    best = start
    if answer.size is not None and problem.outcome(answer.size).reaches(goal):
        best = min(start, answer.size, key=problem.cost)
    low = max(answer.bound, linear) if np.isfinite(answer.bound) else linear
    return best, min(low, problem.cost(best)), linear, first


def proven(
    problem: Problem,
    size: Integers,
    bounds: tuple[float, float, float],
    gap: float,
    began: float,
) -> Solution:
    """Return a plan of least cost with its exact outcome; bounds: proven, linear, first plan."""
    outcome = problem.outcome(size)
    low, linear, greedy = bounds
    # costs are whole, so a bound that lies within one unit is the cost itself
    low = min(float(np.ceil(low - _EXACT)), outcome.cost)
    away = (outcome.cost - low) / max(outcome.cost, 1)
    return Solution(
        size=size,
        outcome=outcome,
        status=status_of(away, gap),
        bound=low,
        gap=away,
        objective=outcome.cost,
        linear=linear,
        greedy=greedy,
        seconds=perf_counter() - began,
    )


def status_of(away: float, gap: float) -> Status:
    """Return how good a plan is whose distance from its bound is known."""
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
        No plan costs less, or closes more. Without an answer in time the bound is trivial: nothing,
        or what all options give.
    """
    if budget is not None:
        return relaxed_within(problem, budget, seconds=seconds)[0]
    return relaxed_to_goal(problem, seconds=seconds)[0]


def relaxed_to_goal(
    problem: Problem, *, seconds: float
) -> tuple[float, NDArray[np.float64] | None]:
    """Return the linear bound of the cost of a problem's goal, and the sizes of its whole options.

    Parameters
    ----------
    problem
        What is to be decided.
    seconds
        Time limit.

    Returns
    -------
    tuple
        Cost; ``float64[o]``, ``None`` without an answer in time.
    """
    program = Program(problem, relaxed=True)
    demand(program, problem.goal)
    answer = program.solve(program.cost, seconds=seconds)
    if answer.status != "optimal":
        return 0.0, None
    return answer.objective, answer.shares


def relaxed_within(
    problem: Problem, budget: int, *, seconds: float
) -> tuple[float, NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Return the linear bound of the slots within a budget, its whole options' sizes, its prices.

    Parameters
    ----------
    problem
        What is to be decided.
    budget
        In the unit of the problem's costs.
    seconds
        Time limit.

    Returns
    -------
    tuple
        Slots; ``float64[o]`` twice, ``None`` without an answer in time.
    """
    program = Program(problem, relaxed=True)
    stay_within(program, budget)
    answer = program.solve(counting(program, "first"), seconds=seconds)
    if answer.status != "optimal":
        return float(problem.everything.first), None, None
    return -answer.objective, answer.shares, answer.prices
