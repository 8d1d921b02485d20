"""Time siting on seeded counties: ``python scripts/bench_siting.py [zones candidates]…``.

Towns are clusters; every zone needs 8 slots per 1,000 residents; facilities and candidates reach
1,000 m. Prints the solver's plan beside the linear bound and the greedy plan it began with.
"""

from __future__ import annotations

import sys
from time import perf_counter

import numpy as np
from scipy.spatial import cKDTree

from capacity_planner.attribution import Pairs, attribute
from capacity_planner.siting import Problem, class_sizes, least_cost, linear_bound, most_closed

RADIUS_M = 1_000
SECONDS = 60.0
GAP = 0.005


def make_problem(zones: int, candidates: int, *, seed: int = 1) -> Problem:
    """Return a seeded county: a facility for every 33 zones, candidates of 20 to 120 slots.

    Parameters
    ----------
    zones, candidates
        How many.
    seed
        Of the random numbers.

    Returns
    -------
    Problem
        Costs in units of 1,000 yuan; every zone comes first.
    """
    rng = np.random.default_rng(seed)
    towns = rng.uniform(0, 3_000 * np.sqrt(zones / 40), (max(zones // 40, 1), 2))
    spread = rng.uniform(300, 1_500, len(towns))

    def scatter(n: int) -> np.ndarray:
        town = rng.integers(0, len(towns), n)
        return towns[town] + rng.normal(0, 1, (n, 2)) * spread[town, None]

    at = scatter(zones)
    required = -(-rng.integers(200, 4_000, zones) * 8 // 1000)
    slots = rng.integers(20, 121, zones // 33)
    existing = _reach(scatter(len(slots)), at)
    served = np.zeros(zones, dtype=np.int64)
    np.add.at(served, existing.zone, attribute(existing, slots=slots, required=required))
    sizes = tuple(
        class_sizes([10, 15, 20], least=20, most=int(most))
        for most in rng.integers(20, 121, candidates)
    )
    return Problem(
        existing,
        slots,
        required,
        _reach(scatter(candidates), at),
        sizes,
        fixed_cost=rng.integers(100, 1_000, candidates),
        cost_per_slot=rng.integers(10, 40, candidates),
        served=served,
        first=np.ones(zones, dtype=bool),
        migrant=np.zeros(zones, dtype=np.int64),
        accepts=np.ones(len(slots), dtype=bool),
        option_accepts=np.ones(candidates, dtype=bool),
    )


def _reach(sites: np.ndarray, zones: np.ndarray) -> Pairs:
    found = cKDTree(sites).sparse_distance_matrix(cKDTree(zones), RADIUS_M, output_type="ndarray")
    return Pairs.nearest(
        found["i"].astype(np.int64),
        found["j"].astype(np.int64),
        np.rint(found["v"]).astype(np.int64),
        n_facilities=len(sites),
        n_zones=len(zones),
    )


def _bench(zones: int, candidates: int) -> None:
    problem = make_problem(zones, candidates)
    whole = int(problem.required.sum() - problem.served.sum())
    print(f"{zones} zones, {candidates} candidates: {whole} slots missing")
    began = perf_counter()
    bound = linear_bound(problem)
    print(f"  linear bound of the cost {bound:.0f} in {perf_counter() - began:.1f} s")
    found = least_cost(problem, seconds=SECONDS, gap=GAP)
    print(
        f"  least cost {found.objective:.0f}, gap {found.gap:.2%} ({found.status}), "
        f"greedy {found.greedy:.0f}, {found.seconds:.1f} s"
    )
    budget = int(found.objective // 2)
    began = perf_counter()
    bound = linear_bound(problem, budget=budget)
    print(f"  half the money: linear bound {bound:.0f} slots in {perf_counter() - began:.1f} s")
    found = most_closed(problem, budget, seconds=SECONDS, gap=GAP)
    print(
        f"  most slots {found.objective:.0f}, gap {found.gap:.2%} ({found.status}), "
        f"greedy {found.greedy:.0f}, {found.seconds:.1f} s"
    )


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]] or [2_000, 300]
    for place in range(0, len(given), 2):
        _bench(given[place], given[place + 1])
