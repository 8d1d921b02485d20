"""Time siting on seeded counties and write ``docs/benchmarks_siting.md``.

Run ``python scripts/bench_siting.py [--seconds S] [--write] [ZONESxCANDIDATES …]``. Towns are
clusters; every zone needs 8 slots per 1,000 residents; facilities and candidates reach 1,000 m. For
each county the plan of this package stands beside the bound of the linear relaxation, beside greedy
and local search alone, and beside one mixed-integer program of the whole, which gets the same rows,
solver and seconds and neither start nor parts.

Maximal covering is compared with spopt on the same data. spopt is installed into an environment of
its own (``--peer``, by default in the folder for temporary files), is run there as a process of its
own, and is timed without its imports. It solves with CBC, its usual solver, and with HiGHS; the
faster of the two counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.spatial import cKDTree

from capacity_planner.attribution import Pairs, attribute
from capacity_planner.siting import Problem, Solution, class_sizes, least_cost, most_closed
from capacity_planner.siting.budget import by_hand
from capacity_planner.siting.greedy import cover
from capacity_planner.siting.limits import counting, demand, stay_within
from capacity_planner.siting.program import Program
from capacity_planner.siting.solving import linear_bound, relaxed_to_goal, relaxed_within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RADIUS_M: Final = 1_000
GAP: Final = 0.005
USUAL: Final = ((2_000, 300), (5_000, 500), (10_000, 1_000))
PAGE: Final = Path(__file__).parents[1] / "docs" / "benchmarks_siting.md"
PEER: Final = ("spopt==0.7.0", "highspy>=1.9")
PEER_SCRIPT: Final = """
import json, sys, time
import numpy, pulp
from spopt.locate import MCLP
given = numpy.load(sys.argv[1])
far = numpy.full((len(given["weight"]), int(given["sites"])), 2.0)
far[given["zone"], given["site"]] = 0.0
began = time.perf_counter()
model = MCLP.from_cost_matrix(far, given["weight"], 1.0, p_facilities=int(given["count"]))
solver = pulp.HiGHS(msg=False) if sys.argv[2] == "HiGHS" else pulp.PULP_CBC_CMD(msg=False)
model.solve(solver)
seconds = time.perf_counter() - began
chosen = [at for at, each in enumerate(model.fac_vars) if each.value() > 0.5]
print(json.dumps({"seconds": seconds, "chosen": chosen}))
"""


@dataclass(frozen=True)
class Row:
    """One way to solve one task: what it reached, how far from the bound, in what time."""

    how: str
    reached: float
    bound: float
    seconds: float
    status: str

    @property
    def away(self) -> str:
        """Distance from the bound as a share of what was reached."""
        if not np.isfinite(self.reached) or not self.reached:
            return "–"
        return f"{abs(self.reached - self.bound) / self.reached:.2%}"


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


def least_cost_rows(problem: Problem, seconds: float) -> Iterator[Row]:
    """Yield the ways to close everything at least cost."""
    began = perf_counter()
    linear = linear_bound(problem, seconds=seconds)
    yield Row("linear bound", linear, linear, perf_counter() - began, "bound")
    found = least_cost(problem, seconds=seconds, gap=GAP)
    yield _row("this package", found)
    began = perf_counter()
    size = np.zeros(len(problem.sizes), dtype=np.int64)
    for options, part in problem.parts():
        shares = relaxed_to_goal(part, seconds=seconds)[1]
        size[options] = cover(part, part.goal, until=began + seconds, shares=shares)
    yield Row(
        "greedy and local search alone", problem.cost(size), linear, perf_counter() - began, "plan"
    )
    program = Program(problem)
    demand(program, problem.goal)
    plain = program.solve(program.cost, seconds=seconds)
    yield Row("one program of the whole", plain.objective, plain.bound, plain.seconds, plain.status)


def most_closed_rows(problem: Problem, budget: int, seconds: float) -> Iterator[Row]:
    """Yield the ways to close most within a budget."""
    began = perf_counter()
    relaxed = relaxed_within(problem, budget, seconds=seconds)
    linear = relaxed[0]
    yield Row("linear bound", linear, linear, perf_counter() - began, "bound")
    yield _row("this package", most_closed(problem, budget, seconds=seconds, gap=GAP))
    began = perf_counter()
    size, _ = by_hand(problem, budget, relaxed, until=began + seconds, enough=linear)
    first = problem.outcome(size).first
    yield Row("greedy and local search alone", first, linear, perf_counter() - began, "plan")
    program = Program(problem)
    stay_within(program, budget)
    plain = program.solve(counting(program, "first"), seconds=seconds)
    yield Row(
        "one program of the whole", -plain.objective, -plain.bound, plain.seconds, plain.status
    )


def _row(how: str, found: Solution) -> Row:
    return Row(how, found.objective, found.bound, found.seconds, found.status)


def covering_of(problem: Problem) -> Problem:
    """Return the problem as maximal covering: no facility, no cost, no size that ever binds."""
    none = np.zeros(0, dtype=np.int64)
    sites = len(problem.sizes)
    return replace(
        problem,
        pairs=Pairs(none, none, none, 0, len(problem.required)),
        slots=none,
        sizes=tuple(np.array([int(problem.required.sum())]) for _ in range(sites)),
        fixed_cost=np.ones(sites, dtype=np.int64),
        cost_per_slot=np.zeros(sites, dtype=np.int64),
        served=np.zeros(len(problem.required), dtype=np.int64),
        accepts=np.zeros(0, dtype=bool),
    )


def coverage_lines(problem: Problem, peer: Path, seconds: float) -> Iterator[str]:
    """Yield the comparison with spopt: the same optimum, how much faster, slots really gained."""
    covering, count = covering_of(problem), len(problem.sizes) // 10
    ours = most_closed(covering, count, seconds=seconds)
    chosen = np.flatnonzero(ours.size > 0)
    yield (
        f"| this package | {ours.objective:,.0f} | {ours.seconds:.2f} | {ours.status} "
        f"| {_gained(problem, chosen):,} |"
    )
    found = {solver: _peer(peer, covering, count, solver) for solver in ("CBC", "HiGHS")}
    for solver, (sites, taken) in found.items():
        size = np.zeros(len(problem.sizes), dtype=np.int64)
        size[sites] = covering.largest[sites]
        yield (
            f"| spopt, {solver} | {covering.outcome(size).first:,} | {taken:.2f} | optimal "
            f"| {_gained(problem, sites):,} |"
        )
    sites, taken = min(found.values(), key=lambda each: each[1])
    cost = problem.cost(_at_full_size(problem, sites))
    money = most_closed(problem, cost, seconds=seconds, gap=GAP)
    gained = int(money.outcome.total - problem.served.sum())
    yield (
        "| this package, sizes and costs counted, for the money of spopt's sites "
        f"| – | {money.seconds:.2f} | {money.status} | {gained:,} |"
    )
    yield ""
    yield f"{taken / ours.seconds:.0f} × faster than the faster of spopt's two solvers."


def _at_full_size(problem: Problem, sites: np.ndarray) -> np.ndarray:
    size = np.zeros(len(problem.sizes), dtype=np.int64)
    size[sites] = problem.largest[sites]
    return size


def _gained(problem: Problem, sites: np.ndarray) -> int:
    """Return the slots that sites really add at their sizes, beside the facilities that there are."""
    outcome = problem.outcome(_at_full_size(problem, sites))
    return int(outcome.total - problem.served.sum())


def prepare_peer(folder: Path) -> Path:
    """Return the interpreter of spopt's own environment, made if it is not there."""
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PEER], check=True)
    return python


def _peer(python: Path, covering: Problem, count: int, solver: str) -> tuple[np.ndarray, float]:
    """Return the sites that spopt chooses and the seconds that it took."""
    with tempfile.TemporaryDirectory() as place:
        data, script = Path(place) / "given.npz", Path(place) / "peer.py"
        script.write_text(PEER_SCRIPT, encoding="utf-8")
        pairs = covering.option_pairs
        np.savez(
            data,
            weight=covering.required,
            zone=pairs.zone,
            site=pairs.facility,
            sites=len(covering.sizes),
            count=count,
        )
        clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        told = subprocess.run(
            [str(python), str(script), str(data), solver],
            check=True,
            capture_output=True,
            text=True,
            env=clean,
        )
    said: dict[str, Any] = json.loads(told.stdout.strip().splitlines()[-1])
    return np.array(said["chosen"], dtype=np.int64), float(said["seconds"])


def report(sizes: list[tuple[int, int]], seconds: float, peer: Path) -> Iterator[str]:
    """Yield the page line by line, each as soon as it is known."""
    yield "# Siting: what was measured"
    yield ""
    yield (
        f"Made by `python scripts/bench_siting.py --write` on {platform.machine()} with "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, HiGHS "
        f"{version('highspy')}; time limit {seconds:.0f} s each, gap asked for {GAP:.1%}. Seconds "
        "are wall time of one run, the building of the programs included."
    )
    for zones, candidates in sizes:
        problem = make_problem(zones, candidates)
        missing = int(problem.required.sum() - problem.served.sum())
        yield from ("", f"## {zones:,} zones, {candidates:,} candidates")
        yield from ("", f"{missing:,} slots missing, {len(problem.joined):,} pairs within reach.")
        yield from _head("Least cost (1,000 yuan)", "cost")
        cheapest = list(least_cost_rows(problem, seconds))
        yield from _table(cheapest)
        budget = int(min(each.reached for each in cheapest[1:]) // 2)
        yield from _head(f"Most slots for {budget:,} (half the money)", "slots")
        yield from _table(most_closed_rows(problem, budget, seconds))
        count = candidates // 10
        yield from ("", f"**Maximal covering by {count} sites, beside spopt** ({PEER[0]})", "")
        yield "| how | requirement within reach | seconds | status | slots really gained |"
        yield "|---|---|---|---|---|"
        yield from coverage_lines(problem, peer, seconds)


def _head(title: str, what: str) -> Iterator[str]:
    yield from ("", f"**{title}**", "")
    yield f"| how | {what} | bound | from the bound | seconds | status |"
    yield "|---|---|---|---|---|---|"


def _table(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        reached = f"{row.reached:,.0f}" if np.isfinite(row.reached) else "no plan found"
        yield (
            f"| {row.how} | {reached} | {row.bound:,.0f} | {row.away} "
            f"| {row.seconds:.1f} | {row.status} |"
        )


def main() -> None:
    """Measure and print; with ``--write`` also write the page of the documentation."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", metavar="ZONESxCANDIDATES")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--peer", type=Path, default=Path(tempfile.gettempdir()) / "spopt-alone")
    given = parser.parse_args()
    sizes = [tuple(int(part) for part in each.split("x")) for each in given.sizes] or list(USUAL)
    peer = prepare_peer(given.peer)
    lines = []
    for line in report(sizes, given.seconds, peer):
        print(line, flush=True)
        lines.append(line)
    if given.write:
        PAGE.write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
