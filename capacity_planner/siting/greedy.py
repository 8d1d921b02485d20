"""Plans by hand: add the best option, drop what is not needed, exchange. A start for the solver.

Every plan is judged by exact flows, so a plan of this module is as true as the solver's; only its
cost or its yield may be beaten.
"""

from __future__ import annotations

import heapq
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity_planner.siting.flows import given_slots

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity_planner.attribution.pairs import Integers
    from capacity_planner.siting.problem import Goal, Outcome, Problem

__all__ = ["cover", "spend", "worth"]

_EXACT: Final = 1e-6


def worth(outcome: Outcome) -> tuple[int, int, int, int]:
    """Return what a plan within a budget is judged by, greatest first.

    Slots for zones that come first, for migrant workers' children, for all, then the lower cost.
    """
    return outcome.first, outcome.migrant, outcome.total, -outcome.cost


def cover(
    problem: Problem,
    goal: Goal,
    *,
    until: float,
    enough: float = 0.0,
    shares: NDArray[np.float64] | None = None,
) -> Integers:
    """Return a cheap plan that reaches the goal.

    Parameters
    ----------
    problem
        What is to be decided.
    goal
        Within reach of all options together.
    until
        Moment (:func:`time.perf_counter`) at which exchanges end.
    enough
        Cost at which no exchange is tried any more.
    shares
        As for :func:`spend`.

    Returns
    -------
    numpy.ndarray
        Size of each option, ``int64[o]``.
    """
    starts = [np.zeros(len(problem.sizes), dtype=np.int64)]
    starts += [] if shares is None else [_rounded_down(problem, shares)]
    plans = [_filled(problem, goal, start) for start in starts]
    return _exchange(problem, min(plans, key=problem.cost), goal, until, enough)


def _filled(problem: Problem, goal: Goal, start: Integers) -> Integers:
    """Return a plan that reaches the goal from a start, without what the goal does not need."""
    size = _add(problem, start, np.inf)
    if not problem.outcome(size).reaches(goal):
        size = problem.largest.copy()
    return _drop(problem, size, goal, _dearest_first(problem, size))


def spend(
    problem: Problem,
    budget: int,
    *,
    shares: NDArray[np.float64] | None = None,
) -> Integers:
    """Return a plan within a budget that yields much.

    Parameters
    ----------
    problem
        What is to be decided.
    budget
        In the unit of the problem's costs.
    shares
        Sizes that the linear relaxation would take, ``float64[o]``: rounded down and filled up they
        are a second plan to begin with.

    Returns
    -------
    numpy.ndarray
        Size of each option, ``int64[o]``.
    """
    size = _add(problem, np.zeros(len(problem.sizes), dtype=np.int64), budget)
    if shares is not None:
        rounded = _add(problem, _rounded_down(problem, shares), budget)
        size = max(size, rounded, key=lambda each: worth(problem.outcome(each)))
    return size


def _rounded_down(problem: Problem, shares: NDArray[np.float64]) -> Integers:
    """Return for each option its greatest size that is no more than a share, 0 for none."""
    size = np.zeros(len(problem.sizes), dtype=np.int64)
    for at, (sizes, share) in enumerate(zip(problem.sizes, shares.tolist(), strict=True)):
        fitting = sizes[sizes <= share + _EXACT]
        size[at] = fitting[-1] if len(fitting) else 0
    return size


def _add(problem: Problem, size: Integers, budget: float) -> Integers:
    """Add options by slots gained per cost until nothing is missing near any, or money ends."""
    size = size.copy()
    slots = np.concatenate([problem.slots, size])
    have = given_slots(problem.joined, slots, problem.required)[1]
    for coming_first in (True, False) if not problem.first.all() else (True,):
        target = problem.first if coming_first else np.ones(len(have), dtype=bool)
        missing = np.where(target, problem.required - have, 0)
        before = missing.copy()
        _add_for(problem, size, missing, budget)
        have += before - missing
    return size


def _add_for(problem: Problem, size: Integers, missing: Integers, budget: float) -> None:
    """Add options for what is missing by zone; ``size`` and ``missing`` change in place."""
    near = _zones_near(problem)
    rivals = np.bincount(problem.option_pairs.zone, minlength=len(missing))
    left = budget - problem.cost(size)

    def cost_of(at: int, count: int) -> int:
        """Return what it costs to make a site that large, or to make it larger than it is."""
        opens = 0 if size[at] else int(problem.fixed_cost[at])
        return opens + int(problem.cost_per_slot[at] * (count - size[at]))

    def best(at: int) -> tuple[float, int]:
        """Return the cost of a gained slot and the size at which it is least."""
        lack, now = int(missing[near[at]].sum()), int(size[at])
        sizes = problem.sizes[at][problem.sizes[at] > now]
        place = int(np.searchsorted(sizes, now + lack))
        found = (np.inf, 0)
        for count in sizes[max(place - 1, 0) : place + 1].tolist():
            cost = cost_of(at, count)
            if lack and cost <= left:
                found = min(found, (max(cost, 1) / min(count - now, lack), count))
        return found

    heap = [(best(at)[0], at) for at in range(len(size))]
    heapq.heapify(heap)
    while heap:
        promised, at = heapq.heappop(heap)
        price, count = best(at)
        if not np.isfinite(price):
            continue
        if price > promised:
            heapq.heappush(heap, (price, at))
            continue
        more = count - int(size[at])
        left -= cost_of(at, count)
        size[at] = count
        zones = near[at][np.argsort(rivals[near[at]], kind="stable")]
        before = np.cumsum(missing[zones]) - missing[zones]
        missing[zones] -= np.clip(more - before, 0, missing[zones])
        heapq.heappush(heap, (best(at)[0], at))


def _zones_near(problem: Problem) -> list[Integers]:
    pairs = problem.option_pairs
    return np.split(pairs.zone, np.searchsorted(pairs.facility, np.arange(1, pairs.n_facilities)))


def _dearest_first(problem: Problem, size: Integers) -> Integers:
    cost = problem.fixed_cost + problem.cost_per_slot * size
    taken = np.flatnonzero(size > 0)
    order: Integers = taken[np.argsort(-cost[taken] / size[taken], kind="stable")]
    return order


def _drop(problem: Problem, size: Integers, goal: Goal, order: Integers) -> Integers:
    """Return the plan without what the goal does not need: options first, then slots of options."""
    size = size.copy()
    for at in order.tolist():
        choices = np.concatenate([[0], problem.sizes[at]])
        low, high = 0, int(np.searchsorted(choices, size[at]))
        while low < high:  # more slots never reach less, so the least size is found by halves
            middle = (low + high) // 2
            size[at] = choices[middle]
            if problem.outcome(size).reaches(goal):
                high = middle
            else:
                low = middle + 1
        size[at] = choices[high]
    return size


def _exchange(
    problem: Problem, size: Integers, goal: Goal, until: float, enough: float
) -> Integers:
    """Add one option more and drop what it replaces, as long as that saves money and time lasts."""
    cost = problem.cost(size)
    for at in range(len(size)):
        if perf_counter() >= until or cost <= enough:
            break
        if size[at]:
            continue
        tried = size.copy()
        tried[at] = problem.largest[at]
        order = [each for each in _dearest_first(problem, tried).tolist() if each != at]
        tried = _drop(problem, tried, goal, np.array([*order, at], dtype=np.int64))
        if problem.cost(tried) < cost:
            size, cost = tried, problem.cost(tried)
    return size
