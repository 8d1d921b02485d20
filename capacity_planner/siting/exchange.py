"""Local search by exact exchange: some neighbouring sites are decided anew, all others stay."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_array

from capacity_planner.attribution import Pairs
from capacity_planner.siting.flows import pair_slots
from capacity_planner.siting.greedy import worth
from capacity_planner.siting.limits import counting, stay_within
from capacity_planner.siting.program import Program

if TYPE_CHECKING:
    from capacity_planner.attribution.pairs import Flags, Integers
    from capacity_planner.siting.problem import Problem

__all__ = ["exchange_sites"]

_AT_ONCE: Final = 100
_PLACES: Final = 2
_SECONDS: Final = 6.0
_STALE: Final = 60


def exchange_sites(
    problem: Problem, size: Integers, *, budget: int, until: float, enough: float = np.inf
) -> Integers:
    """Return a plan within a budget that is at least as good, exchanging sites of two places at a time.

    Parameters
    ----------
    problem
        What is to be decided.
    size
        A plan within the budget, ``int64[o]``.
    budget
        In the unit of the problem's costs.
    until
        Moment (:func:`time.perf_counter`) at which exchanges end; they also end when many in turn
        have found nothing better.
    enough
        Slots for zones that come first at which no exchange is tried any more.

    Returns
    -------
    numpy.ndarray
        Size of each option, ``int64[o]``; the same for the same input, unless time ended it.
    """
    rng = np.random.default_rng(0)
    best, stale = problem.outcome(size), 0
    beside = _beside(problem)
    most_stale = min(_STALE, len(size))
    while best.first < enough and stale < most_stale and perf_counter() < until:
        chosen = _around(beside, rng.choice(len(size), min(_PLACES, len(size)), replace=False))
        seconds = min(_SECONDS, until - perf_counter())
        tried = _anew(problem, size, chosen, budget, seconds=seconds)
        outcome = best if tried is None else problem.outcome(tried)
        stale += 1
        if tried is not None and worth(outcome) > worth(best):
            size, best, stale = tried, outcome, 0
    return size


def _beside(problem: Problem) -> csr_array:
    """Return which options share a zone, ``o × o``."""
    pairs = problem.option_pairs
    shape = (pairs.n_facilities, pairs.n_zones)
    reach = csr_array(
        (np.ones(len(pairs), dtype=np.int32), (pairs.facility, pairs.zone)), shape=shape
    )
    return csr_array(reach @ reach.T)


def _around(beside: csr_array, centres: Integers) -> Integers:
    """Return the options around some centres, nearest in shared zones first, in rising order."""
    found: set[int] = set()
    for centre in centres.tolist():
        waiting, mine = [centre], {centre}
        while waiting and len(mine) < _AT_ONCE:
            at = waiting.pop(0)
            near = beside.indices[beside.indptr[at] : beside.indptr[at + 1]].tolist()
            new = [each for each in near if each not in mine][: _AT_ONCE - len(mine)]
            mine.update(new)
            waiting += new
        found |= mine
    return np.array(sorted(found), dtype=np.int64)


def _anew(
    problem: Problem, size: Integers, chosen: Integers, budget: int, *, seconds: float
) -> Integers | None:
    """Return the plan with some options decided anew; what others give elsewhere stays as it is."""
    others = size.copy()
    others[chosen] = 0
    program = Program(_around_only(problem, size, chosen))
    stay_within(program, budget - problem.cost(others))
    answer = program.solve(counting(program, "first"), seconds=seconds, slack=0.99)
    if answer.size is None:
        return None
    others[chosen] = answer.size
    return others


def _around_only(problem: Problem, size: Integers, chosen: Integers) -> Problem:
    """Return the problem of some options and the zones that they reach.

    Facilities and sites around give these zones what they do not give elsewhere today.
    """
    joined, f = problem.joined, problem.pairs.n_facilities
    slots = np.concatenate([problem.slots, size])
    flow = pair_slots(joined, slots, problem.required)
    slots[f + chosen] = 0
    picked = np.isin(problem.option_pairs.facility, chosen)
    zones = np.unique(problem.option_pairs.zone[picked])
    inside = np.isin(joined.zone, zones)
    elsewhere = np.bincount(joined.facility[~inside], flow[~inside], minlength=len(slots))
    givers = np.unique(joined.facility[inside])
    givers = givers[slots[givers] > 0]
    around = inside & np.isin(joined.facility, givers)
    takes = np.concatenate([problem.accepts, problem.option_accepts])
    return replace(
        problem,
        pairs=_numbered(joined, around, givers, zones),
        slots=(slots - elsewhere.astype(np.int64))[givers],
        required=problem.required[zones],
        option_pairs=_numbered(problem.option_pairs, picked, chosen, zones),
        sizes=tuple(problem.sizes[each] for each in chosen.tolist()),
        fixed_cost=problem.fixed_cost[chosen],
        cost_per_slot=problem.cost_per_slot[chosen],
        served=problem.served[zones],
        first=problem.first[zones],
        migrant=problem.migrant[zones],
        accepts=takes[givers],
        option_accepts=problem.option_accepts[chosen],
    )


def _numbered(pairs: Pairs, keep: Flags, facilities: Integers, zones: Integers) -> Pairs:
    return Pairs(
        np.searchsorted(facilities, pairs.facility[keep]).astype(np.int64),
        np.searchsorted(zones, pairs.zone[keep]).astype(np.int64),
        pairs.distance_m[keep],
        len(facilities),
        len(zones),
    )
