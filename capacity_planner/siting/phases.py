"""Plans by phases: the cheapest plan whose sites open year by year within what each year brings.

Money that a phase does not spend is carried on, so the cheapest plan of all can also be paid in
phases whenever the phases together bring enough: it is then only timed. A program over copies of the
options, one for each phase in which they may open, is solved where shares of the shortfall must be
closed early and the cheapest plan cannot do that.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity_planner.attribution import Pairs
from capacity_planner.siting.budget import most_closed
from capacity_planner.siting.limits import demand
from capacity_planner.siting.program import Program
from capacity_planner.siting.solving import least_cost, proven

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from capacity_planner.attribution.pairs import Flags, Integers
    from capacity_planner.siting.problem import Problem
    from capacity_planner.siting.solving import Solution

__all__ = ["Phased", "Terms", "least_cost_in_phases", "open_in_phases", "reached_in_phases"]

_FIRST_SHARE: Final = 0.4


@dataclass(frozen=True, eq=False)
class Terms:
    """What each phase allows and asks for; p phases, o options.

    Parameters
    ----------
    earliest
        First phase in which each option may open, ``int64[o]``.
    budgets
        Money that each phase brings, ``None`` for no limit, ``p`` entries.
    shares
        Share of what can be closed of the zones that come first that must be closed by the end of
        each phase, ``float64[p]``; 0 asks for nothing. Empty asks for nothing in any phase.
    """

    earliest: Integers
    budgets: Sequence[int | None]
    shares: Sequence[float] = ()

    @property
    def purses(self) -> list[int | None]:
        """Money brought by the end of each phase, ``None`` from the first phase without a limit."""
        purses: list[int | None] = []
        for budget in self.budgets:
            before = purses[-1] if purses else 0
            purses.append(None if budget is None or before is None else before + budget)
        return purses

    def targets(self, problem: Problem) -> Integers:
        """Return the slots that zones that come first must have by the end of each phase."""
        served = int(problem.served[problem.first].sum())
        need = problem.goal.first - served
        shares = np.asarray(self.shares if len(self.shares) else np.zeros(len(self.budgets)))
        # a hair below, so that 0.3 × 10 asks for 3 and not, by its last bit, for 4
        asked: Integers = served + np.ceil(shares * need - 1e-9).astype(np.int64)
        return asked


@dataclass(frozen=True, eq=False)
class Phased:
    """A plan with its phases.

    Parameters
    ----------
    solution
        The plan and its proof. Where the phases together cannot pay for closing everything it is
        the plan that closes most, and objective and bound are slots.
    phase
        Phase in which each option opens, −1 for those not taken, ``int64[o]``.
    least
        Cost of the cheapest plan that closes all, whatever the phases bring.
    """

    solution: Solution
    phase: Integers
    least: int


def least_cost_in_phases(
    problem: Problem, terms: Terms, *, seconds: float = 60.0, gap: float = 0.0
) -> Phased:
    """Return the cheapest plan that closes all in phases, and when each of its sites opens.

    Of the possible ways to open the sites one that gives the most slots summed over the phases.

    Parameters
    ----------
    problem
        What is to be decided.
    terms
        What each phase allows and asks for.
    seconds
        Time limit in all.
    gap
        Share of the cost by which the plan may be dearer than the cheapest.

    Returns
    -------
    Phased
        If no plan meets the shares, the cheapest plan, opened as early as can be; what the phases
        then reach tells by how much they fall short.
    """
    until = perf_counter() + seconds
    found = least_cost(problem, seconds=seconds * _FIRST_SHARE, gap=gap)
    least, purse = found.outcome.cost, terms.purses[-1]
    if purse is not None and least > purse:
        found = most_closed(problem, purse, seconds=until - perf_counter(), gap=gap)
    phase = _timed(problem, found.size, terms, until=until)
    if (
        reached_in_phases(problem, found.size, phase, len(terms.budgets)) >= terms.targets(problem)
    ).all():
        return Phased(found, phase, least)
    other = (
        _cheapest(problem, terms, found, until=until, gap=gap) if found.counts == "cost" else None
    )
    if other is None:
        return Phased(found, phase, least)
    return Phased(
        other, _timed(problem, other.size, terms, until=until + seconds * _FIRST_SHARE), least
    )


def reached_in_phases(problem: Problem, size: Integers, phase: Integers, phases: int) -> Integers:
    """Return the slots that zones that come first have at the end of each phase.

    Parameters
    ----------
    problem
        What was decided.
    size, phase
        The plan and its phases, ``int64[o]``.
    phases
        How many.

    Returns
    -------
    numpy.ndarray
        ``int64[phases]``.
    """
    opened = [np.where((phase >= 0) & (phase <= now), size, 0) for now in range(phases)]
    return np.array([problem.outcome(each).first for each in opened], dtype=np.int64)


def _cheapest(
    problem: Problem, terms: Terms, found: Solution, *, until: float, gap: float
) -> Solution | None:
    """Return the cheapest plan that meets the shares; what was found without them is a bound."""
    began = perf_counter()
    copies = _Copies(problem, terms)
    program = copies.program(terms.targets(problem))
    demand(program, problem.goal)
    answer = program.solve(program.cost, seconds=until - began, gap=gap)
    if answer.size is None:
        return None
    size = np.zeros(len(problem.sizes), dtype=np.int64)
    np.add.at(size, copies.option, answer.size)
    low = max(found.bound, answer.bound)
    return proven(problem, size, (low, found.linear, problem.cost(size)), gap, began)


def _timed(problem: Problem, size: Integers, terms: Terms, *, until: float) -> Integers:
    """Return the phases of a plan that meet the shares, if any do, and give most slots over time."""
    by_hand = open_in_phases(problem, size, terms)
    if all(each is None for each in terms.budgets):
        return by_hand
    taken = np.flatnonzero(size > 0)
    fixed = _fixed(problem, size, taken)
    copies = _Copies(fixed, replace(terms, earliest=terms.earliest[taken]))
    program = copies.program(terms.targets(problem))
    for at in range(len(taken)):
        program.limit(program.y[copies.option == at], 1.0, least=1.0)
    objective = np.sum([_flow(program, each) for each in copies.flows], axis=0)
    answer = program.solve(objective, seconds=until - perf_counter(), slack=0.99)
    phase = np.full(len(size), -1, dtype=np.int64)
    if answer.size is not None:
        opened = answer.size > 0
        phase[taken[copies.option[opened]]] = copies.phase[opened]
    return max(by_hand, phase, key=lambda each: _merit(problem, size, each, terms))


def _flow(program: Program, columns: Integers) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    objective = np.zeros(program.columns)
    objective[columns[program.problem.first[program.problem.joined.zone]]] = -1.0
    return objective


def _merit(problem: Problem, size: Integers, phase: Integers, terms: Terms) -> tuple[int, int, int]:
    """Return how good phases are: all sites opened, shares met, slots summed over the phases."""
    reached = reached_in_phases(problem, size, phase, len(terms.budgets))
    short = int(np.maximum(terms.targets(problem) - reached, 0).sum())
    return -int(((size > 0) & (phase < 0)).sum()), -short, int(reached.sum())


def _fixed(problem: Problem, size: Integers, taken: Integers) -> Problem:
    """Return the problem with the options of a plan only, each of its one size."""
    keep = np.isin(problem.option_pairs.facility, taken)
    pairs = problem.option_pairs
    return replace(
        problem,
        option_pairs=Pairs(
            np.searchsorted(taken, pairs.facility[keep]).astype(np.int64),
            pairs.zone[keep],
            pairs.distance_m[keep],
            len(taken),
            pairs.n_zones,
        ),
        sizes=tuple(size[[at]] for at in taken.tolist()),
        fixed_cost=problem.fixed_cost[taken],
        cost_per_slot=problem.cost_per_slot[taken],
        option_accepts=problem.option_accepts[taken],
    )


class _Copies:
    """A problem whose options stand once for each phase in which they may open.

    Parameters
    ----------
    problem
        What is to be decided.
    terms
        What each phase allows and asks for.
    """

    def __init__(self, problem: Problem, terms: Terms) -> None:
        phases = len(terms.budgets)
        able = terms.earliest[:, None] <= np.arange(phases)[None]
        self.option, self.phase = (each.astype(np.int64) for each in np.nonzero(able))
        self._terms, self._original = terms, problem
        self._problem = _repeated(problem, self.option)
        #: Columns of the flow at the end of each phase, once :meth:`program` has made them.
        self.flows: list[Integers] = []

    def program(self, targets: Integers) -> Program:
        """Return the program: one opening at most, purses, and what each phase must reach."""
        problem = self._problem
        program = Program(problem)
        last = len(self._terms.budgets) - 1
        for now in range(last):
            open_by_then = np.concatenate([self._existing, self.phase <= now])
            self.flows.append(program.flow(problem.required, open_by_then))
        self.flows.append(program.x)
        for at in range(len(self._original.sizes)):
            program.limit(program.y[self.option == at], 1.0, most=1.0)
        self._hold_purses(program)
        first = problem.first[problem.joined.zone]
        for columns, least in zip(self.flows, targets.tolist(), strict=True):
            program.limit(columns[first], 1.0, least=least)
            if problem.kept:
                program.limit(columns[~first], 1.0, least=problem.kept)
        return program

    @property
    def _existing(self) -> Flags:
        return np.ones(self._problem.pairs.n_facilities, dtype=bool)

    def _hold_purses(self, program: Program) -> None:
        """Bind what is opened by the end of each phase to the money brought by then."""
        for now, purse in enumerate(self._terms.purses):
            if purse is None:
                return
            scale = max(purse, 1)
            counted = program.cost > 0
            counted &= np.isin(program.option_of, np.flatnonzero(self.phase <= now))
            columns = np.flatnonzero(counted)
            program.limit(columns, program.cost[columns] / scale, most=purse / scale)


def _repeated(problem: Problem, option: Integers) -> Problem:
    """Return the problem with its options repeated as a list of their numbers says."""
    pairs = problem.option_pairs
    by_option = np.searchsorted(pairs.facility, np.arange(pairs.n_facilities + 1))
    rows = [np.arange(by_option[at], by_option[at + 1]) for at in option.tolist()]
    at = np.concatenate([np.zeros(0, dtype=np.int64), *rows]).astype(np.int64)
    copy = np.repeat(np.arange(len(option)), [len(each) for each in rows]).astype(np.int64)
    return replace(
        problem,
        option_pairs=Pairs(copy, pairs.zone[at], pairs.distance_m[at], len(option), pairs.n_zones),
        sizes=tuple(problem.sizes[each] for each in option.tolist()),
        fixed_cost=problem.fixed_cost[option],
        cost_per_slot=problem.cost_per_slot[option],
        option_accepts=problem.option_accepts[option],
    )


def open_in_phases(problem: Problem, size: Integers, terms: Terms) -> Integers:
    """Return phases by hand: what may open and can be paid, most slots for the money first.

    Parameters
    ----------
    problem
        What was decided.
    size
        The plan, ``int64[o]``.
    terms
        What each phase allows.

    Returns
    -------
    numpy.ndarray
        Phase of each site, −1 for options not taken and sites that no phase can pay, ``int64[o]``.
    """
    phase = np.full(len(size), -1, dtype=np.int64)
    spent = 0
    for now, purse in enumerate(terms.purses):
        ready = (size > 0) & (phase < 0) & (terms.earliest <= now)
        if purse is None:
            phase[ready] = now
            continue
        for at in _by_gain(problem, size, phase, ready):
            price = _price(problem, size, at)
            if spent + price <= purse:
                phase[at] = now
                spent += price
    return phase


def _price(problem: Problem, size: Integers, at: int) -> int:
    return int(problem.fixed_cost[at] + problem.cost_per_slot[at] * size[at])


def _by_gain(problem: Problem, size: Integers, phase: Integers, ready: Flags) -> Iterator[int]:
    """Yield sites, each time the one that then adds most slots for its money.

    What a site adds shrinks as others open, so a gain that is out of date is a bound and only the
    best one needs to be looked at again.
    """

    def gain(at: int) -> tuple[float, float, int]:
        opened = np.where(phase >= 0, size, 0)
        before = problem.outcome(opened)
        opened[at] = size[at]
        after, price = problem.outcome(opened), max(_price(problem, size, at), 1)
        return (before.first - after.first) / price, (before.total - after.total) / price, at

    heap = [gain(at) for at in np.flatnonzero(ready).tolist()]
    heapq.heapify(heap)
    while heap:
        again = gain(heap[0][-1])
        if len(heap) == 1 or again <= min(heap[1:3]):
            heapq.heappop(heap)
            yield again[-1]
        else:
            heapq.heapreplace(heap, again)
