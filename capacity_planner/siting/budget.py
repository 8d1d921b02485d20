"""Plans within a budget: the most slots, or the shortest ways."""

from __future__ import annotations

from math import floor
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity_planner.siting.core import search_core
from capacity_planner.siting.coverage import most_covered
from capacity_planner.siting.exchange import exchange_sites
from capacity_planner.siting.greedy import spend, worth
from capacity_planner.siting.limits import counting, demand, hold, stay_within
from capacity_planner.siting.program import Program
from capacity_planner.siting.solving import Solution, relaxed_within, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from capacity_planner.attribution.pairs import Integers
    from capacity_planner.siting.problem import Outcome, Problem

__all__ = ["by_hand", "counted", "most_closed", "shortest_ways"]

_EXACT: Final = 1e-6
_SEARCH_SHARE: Final = 0.7
_CORE_SHARE: Final = 0.75
_TIDY_SHARE: Final = 0.1


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
    if _never_full(problem):
        return _most_reached(problem, budget, seconds=seconds, gap=gap)
    began = perf_counter()
    until = began + seconds
    served = int(problem.served[problem.first].sum())
    linear, shares, prices = relaxed_within(problem, budget, seconds=seconds)
    slack = max(0.99, gap * (floor(linear + _EXACT) - served))
    best, bound = by_hand(
        problem,
        budget,
        (linear, shares, prices),
        until=began + _SEARCH_SHARE * seconds,
        enough=floor(linear + _EXACT) - slack,
    )
    bound = float(floor(bound + _EXACT))
    greedy = problem.outcome(best).first
    for stage in _stages(problem):
        if stage == "first" and greedy >= bound - slack:
            continue
        program = Program(problem)
        stay_within(program, budget)
        _keep(program, problem.outcome(best), stage)
        if prices is not None:
            hold(program, prices, linear - problem.outcome(best).first)
        objective = program.cost if stage == "cost" else counting(program, stage)
        left = until - perf_counter()
        if stage == "cost":  # a nicety that must not take the time of the rest
            left = min(left, _TIDY_SHARE * seconds)
        if left <= 0:
            break
        allowed = slack if stage == "first" else 0.99
        rough = gap if stage == "cost" else 0.0
        answer = program.solve(objective, seconds=left, gap=rough, slack=allowed)
        if stage == "first" and answer.size is not None:
            bound = min(bound, floor(-answer.bound + _EXACT))
        best = _better(problem, best, answer.size, budget)
    return counted(problem, best, (bound, linear, greedy), gap, began)


def by_hand(
    problem: Problem,
    budget: int,
    relaxed: tuple[float, NDArray[np.float64] | None, NDArray[np.float64] | None],
    *,
    until: float,
    enough: float,
) -> tuple[Integers, float]:
    """Return the plan that greedy and local search find, and what no plan can beat.

    Parameters
    ----------
    problem
        What is to be decided.
    budget
        In the unit of the problem's costs.
    relaxed
        As from :func:`~capacity_planner.siting.solving.relaxed_within`.
    until
        Moment (:func:`time.perf_counter`) at which the search ends at the latest.
    enough
        Slots for zones that come first at which the search ends, the core decided.

    Returns
    -------
    tuple
        Size of each option, ``int64[o]``; slots of zones that come first.
    """
    began = perf_counter()
    bound, shares, prices = relaxed
    plan = spend(problem, budget, shares=shares)
    if prices is not None:
        plan, bound = search_core(
            problem,
            plan,
            budget=budget,
            linear=bound,
            prices=prices,
            until=began + _CORE_SHARE * (until - began),
            enough=enough,
        )
    enough = min(enough, bound)
    return exchange_sites(problem, plan, budget=budget, until=until, enough=enough), bound


def _never_full(problem: Problem) -> bool:
    """Return whether there are new sites only, whose size never binds, for one kind of slots."""
    if len(problem.pairs) or problem.migrant.any() or not problem.first.all():
        return False
    pairs = problem.option_pairs
    near = np.bincount(
        pairs.facility, weights=problem.required[pairs.zone], minlength=pairs.n_facilities
    )
    return all(int(each[0]) >= lack for each, lack in zip(problem.sizes, near, strict=True))


def _most_reached(problem: Problem, budget: int, *, seconds: float, gap: float) -> Solution:
    """Return the plan that reaches the most: a far smaller program where no size binds."""
    began = perf_counter()
    smallest = np.array([int(each[0]) for each in problem.sizes], dtype=np.int64)
    cost = problem.fixed_cost + problem.cost_per_slot * smallest
    start = spend(problem, budget)
    greedy = problem.outcome(start).first
    taken, found = most_covered(
        problem.option_pairs,
        problem.required,
        cost,
        budget,
        seconds=seconds,
        slack=max(0.99, gap * greedy),
    )
    best = start
    if taken is not None:
        best = _better(problem, start, np.where(taken, smallest, 0), budget)
    high = float(floor(-found.bound + _EXACT)) if np.isfinite(found.bound) else np.inf
    high = min(high, float(problem.everything.first))
    return counted(problem, best, (high, high, greedy), gap, began)


def counted(
    problem: Problem,
    size: Integers,
    bounds: tuple[float, float, float],
    gap: float,
    began: float,
) -> Solution:
    """Return a plan of most slots with its exact outcome; bounds as for :func:`proven`."""
    outcome = problem.outcome(size)
    high, linear, greedy = bounds
    high = max(high, outcome.first)
    served = int(problem.served[problem.first].sum())
    away = (high - outcome.first) / max(high - served, 1)
    return Solution(
        size=size,
        outcome=outcome,
        status=status_of(away, gap),
        bound=high,
        gap=away,
        objective=outcome.first,
        linear=linear,
        greedy=greedy,
        seconds=perf_counter() - began,
        counts="slots",
    )


def _stages(problem: Problem) -> Iterator[str]:
    yield "first"
    if problem.migrant.any():
        yield "migrant"
    if not problem.first.all():
        yield "total"
    yield "cost"


def _keep(program: Program, reached: Outcome, stage: str) -> None:
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
        If no plan within the budget closes all.
    TimeoutError
        If none was found in time.
    """
    began = perf_counter()
    program = Program(problem)
    demand(program, problem.goal)
    stay_within(program, budget)
    objective = np.zeros(program.columns)
    objective[program.x] = problem.joined.distance_m
    answer = program.solve(objective, seconds=seconds, gap=gap)
    if answer.status == "infeasible":
        raise ValueError("no plan within the budget closes all that options can close")
    if answer.size is None:
        raise TimeoutError("no plan was found in time")
    away = max(answer.objective - answer.bound, 0.0) / max(answer.objective, 1.0)
    return Solution(
        size=answer.size,
        outcome=problem.outcome(answer.size),
        status=status_of(away, gap),
        bound=answer.bound,
        gap=away,
        objective=answer.objective,
        linear=answer.bound,
        greedy=answer.objective,
        seconds=perf_counter() - began,
        counts="slot_metres",
    )
