"""Time siting on seeded counties: ``python scripts/bench_siting.py [zones candidates]…``.

Towns are clusters; every zone needs 8 slots per 1,000 residents; facilities and candidates reach
1,000 m. Prints the plan beside the linear bound, the plan that the solver began with, and what one
mixed-integer program of the whole, without start and parts, finds in the same time. Where spopt is
installed, its maximum coverage is timed on the same data, and the slots that both plans serve.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.util import find_spec
from time import perf_counter

import numpy as np
from scipy.spatial import cKDTree

from capacity_planner.attribution import Pairs, attribute
from capacity_planner.siting import Problem, Solution, class_sizes, least_cost, most_closed
from capacity_planner.siting.program import Program
from capacity_planner.siting.solving import counting, demand, stay_within

RADIUS_M = 1_000
SECONDS = 60.0
GAP = 0.005
HALF = 0.5


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
    found = least_cost(problem, seconds=SECONDS, gap=GAP)
    _tell("least cost", found)
    program = Program(problem)
    demand(program, problem.goal)
    plain = program.solve(program.cost, seconds=SECONDS, gap=GAP)
    print(
        f"  one program of the whole: {plain.objective:.0f} ({plain.status}), {plain.seconds:.1f} s"
    )
    budget = int(found.objective // 2)
    _tell("most slots for half the money", most_closed(problem, budget, seconds=SECONDS, gap=GAP))
    program = Program(problem)
    stay_within(program, budget)
    plain = program.solve(counting(program, "first"), seconds=SECONDS, slack=GAP * whole / 2)
    print(
        f"  one program of the whole: {-plain.objective:.0f} ({plain.status}), {plain.seconds:.1f} s"
    )
    _bench_coverage(problem)


def _tell(what: str, found: Solution) -> None:
    print(
        f"  {what}: {found.objective:.0f}, gap {found.gap:.2%} ({found.status}), "
        f"linear bound {found.linear:.0f}, first plan {found.greedy:.0f}, {found.seconds:.1f} s"
    )


def _bench_coverage(problem: Problem) -> None:
    """Compare with spopt: the most requirement within reach of a tenth of the candidates."""
    if find_spec("spopt") is None:
        return
    count = len(problem.sizes) // 10
    none = np.zeros(0, dtype=np.int64)
    covering = replace(
        problem,
        pairs=Pairs(none, none, none, 0, len(problem.required)),
        slots=none,
        sizes=tuple(np.array([int(problem.required.sum())]) for _ in problem.sizes),
        fixed_cost=np.ones(len(problem.sizes), dtype=np.int64),
        cost_per_slot=np.zeros(len(problem.sizes), dtype=np.int64),
        served=np.zeros(len(problem.required), dtype=np.int64),
        accepts=np.zeros(0, dtype=bool),
    )
    ours = most_closed(covering, count, seconds=SECONDS)
    began = perf_counter()
    theirs = _spopt_sites(covering, count)
    seconds = perf_counter() - began
    size = np.zeros(len(problem.sizes), dtype=np.int64)
    size[theirs] = covering.largest[theirs]
    print(
        f"  coverage by {count} sites: ours {ours.objective:.0f} in {ours.seconds:.2f} s, "
        f"spopt {covering.outcome(size).first} in {seconds:.2f} s ({seconds / ours.seconds:.0f} x)"
    )
    cost = problem.cost(np.where(size > 0, problem.largest, 0))
    real = [
        problem.outcome(np.where(taken > 0, problem.largest, 0)).total - problem.served.sum()
        for taken in (ours.size, size)
    ]
    money = most_closed(problem, cost, seconds=SECONDS, gap=GAP)
    print(
        f"  slots really gained at their sizes: our coverage {real[0]}, spopt {real[1]}; "
        f"our plan for the cost of spopt's {money.outcome.total - problem.served.sum()}"
    )


def _spopt_sites(problem: Problem, count: int) -> np.ndarray:
    import pulp  # noqa: PLC0415 (only where spopt is installed)
    from spopt.locate import MCLP  # noqa: PLC0415

    far = np.full((len(problem.required), len(problem.sizes)), 2.0 * RADIUS_M)
    far[problem.option_pairs.zone, problem.option_pairs.facility] = 0.0
    model = MCLP.from_cost_matrix(far, problem.required, RADIUS_M, p_facilities=count)
    model.solve(pulp.PULP_CBC_CMD(msg=False))
    return np.array([at for at, each in enumerate(model.fac_vars) if each.value() > HALF])


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]] or [2_000, 300]
    for place in range(0, len(given), 2):
        _bench(given[place], given[place + 1])
