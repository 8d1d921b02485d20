"""The attribution against other solvers, on whole random counties."""

from __future__ import annotations

from functools import cache

import networkx as nx
import numpy as np
import pylmcf
import pytest
import shapely
from scipy.optimize import linprog
from scipy.sparse import coo_array

from capacity_planner.attribution import (
    Pairs,
    Streets,
    attributable_ranges,
    attribute,
    check_flow,
    find_pairs,
    flow,
    forced,
    lying_in,
    maximum,
    searching,
    solvers,
    street_pairs,
    winner,
)
from capacity_planner.attribution.network import Network

COUNTIES, AT_ONCE = 1000, 50


def random_county(seed):
    """Squares in towns; on-site and exclusive facilities; two classes of children; often ties."""
    rng = np.random.default_rng(seed)
    z, f = int(rng.integers(5, 60)), int(rng.integers(2, 14))
    step = int(rng.choice([1, 50, 100]))
    towns = rng.integers(0, 3000, (int(rng.integers(1, 4)), 2))
    spot = (towns[rng.integers(0, len(towns), z + f)] + rng.normal(0, 350, (z + f, 2))) // step
    zones = shapely.points(spot[:z] * step)
    options = {
        "radius_m": int(rng.choice([300, 500, 1000])),
        "own_zone": np.where(rng.random(f) < 0.2, rng.integers(0, z, f), -1),
        "exclusive": rng.random(f) < 0.15,
        "inside": True,
    }
    given = (spot[:z] * step, shapely.points(spot[z:] * step))
    options["lying"] = lying_in(given[1], shapely.buffer(zones, 40, cap_style="square"))
    if seed % 2:
        pairs, _ = street_pairs(drawn_streets(), *given, **options, snap_m=100.0)
    else:
        pairs = find_pairs(*given, **options)
    slots, required = rng.integers(0, 60, f), rng.integers(0, 14, z)
    if seed % 3 == 0:
        return with_classes(pairs, slots, required, rng)
    return pairs, slots, required


@cache
def drawn_streets():
    """A street every 200 m."""
    at = np.arange(-1600, 4800, 200)
    low, high = np.full(len(at), -1600), np.full(len(at), 4600)
    across = np.stack([np.stack([low, at], 1), np.stack([high, at], 1)], 1)
    return Streets.of(shapely.linestrings(np.concatenate([across, across[:, :, ::-1]])))


def with_classes(pairs, slots, required, rng):
    """Each zone in two nodes, migrant and other; some facilities take no migrants."""
    migrant = rng.integers(0, required + 1)
    takes = rng.random(len(slots)) < 0.6
    open_ = takes[pairs.facility]
    twice = Pairs.nearest(
        np.concatenate([pairs.facility, pairs.facility[open_]]),
        np.concatenate([pairs.zone * 2, pairs.zone[open_] * 2 + 1]),
        np.concatenate([pairs.distance_m, pairs.distance_m[open_]]),
        n_facilities=len(slots),
        n_zones=2 * len(required),
    )
    return twice, slots, np.stack([required - migrant, migrant], axis=1).ravel()


def optimum(pairs, slots, required):
    """Most slots and fewest slot-metres by HiGHS: the oracle."""
    n, f, z = len(pairs), len(slots), len(required)
    if not n:
        return 0, 0
    rows = np.concatenate([pairs.facility, pairs.zone + f])
    limits = coo_array((np.ones(2 * n), (rows, np.tile(np.arange(n), 2))), shape=(f + z, n))
    worth = pairs.distance_m - (float(pairs.distance_m.max()) * (min(f, z) + 1) + 1)
    found = linprog(worth, A_ub=limits.tocsr(), b_ub=np.r_[slots, required], method="highs")
    assert found.status == 0
    best = np.round(found.x).astype(int)
    return best.sum(), (best * pairs.distance_m).sum()


@pytest.mark.parametrize("first", range(0, COUNTIES, AT_ONCE))
def test_equal_to_highs(first):
    """Straight and along streets, with exclusives, class limits and ties."""
    for seed in range(first, first + AT_ONCE):
        pairs, slots, required = random_county(seed)
        got = attribute(pairs, slots=slots, required=required)
        check_flow(pairs, got, slots=slots, required=required)
        best = optimum(pairs, slots, required)
        assert (got.sum(), (got * pairs.distance_m).sum()) == best, f"county {seed}"


def winner_by_big_numbers(pairs, slots, required):
    """The winner by one solve with a weight for every pair: Python's integers have no end."""
    base, n = int(max(slots.max(), required.max())) + 1, len(pairs)
    graph = nx.DiGraph()
    total = min(int(slots.sum()), int(required.sum()))
    worst = int(pairs.distance_m.max(initial=0)) * (n + 1) + 1
    graph.add_node("s", demand=-total)
    graph.add_node("t", demand=total)
    graph.add_edge("s", "t", weight=worst * base**n, capacity=total)
    for f, count in enumerate(slots.tolist()):
        graph.add_edge("s", ("f", f), weight=0, capacity=count)
    for z, count in enumerate(required.tolist()):
        graph.add_edge(("z", z), "t", weight=0, capacity=count)
    links = list(zip(pairs.facility.tolist(), pairs.zone.tolist(), strict=True))
    for place, (f, z) in enumerate(links):
        weight = int(pairs.distance_m[place]) * base**n - base ** (n - 1 - place)
        graph.add_edge(("f", f), ("z", z), weight=weight, capacity=int(slots[f]))
    best = nx.network_simplex(graph)[1]
    return [best["f", f]["z", z] for f, z in links]


@pytest.mark.parametrize("seed", range(60))
def test_the_winner_is_the_last_in_dictionary_order(seed):
    rng = np.random.default_rng(seed)
    f, z = int(rng.integers(2, 6)), int(rng.integers(3, 9))
    facility, zone = np.nonzero(rng.random((f, z)) < 0.6)
    way = rng.integers(0, int(rng.choice([1, 2, 4])), len(facility)) * 100
    pairs = Pairs(facility, zone, way, f, z)
    slots, required = rng.integers(0, 9, f), rng.integers(0, 6, z)
    got = attribute(pairs, slots=slots, required=required)
    assert got.tolist() == winner_by_big_numbers(pairs, slots, required)


def tied_county(seed):
    """Many equal distances, so that the winner is settled almost everywhere."""
    rng = np.random.default_rng(seed)
    home, work = rng.integers(0, 40, (600, 2)) * 100, rng.integers(0, 40, (40, 2)) * 100
    way = np.abs(work[:, None] - home[None]).sum(axis=2)
    facility, zone = np.nonzero(way <= 900)
    pairs = Pairs(facility, zone, way[facility, zone], 40, 600)
    return pairs, rng.integers(0, 70, 40), rng.integers(0, 7, 600)


@pytest.mark.parametrize("solver", ["ortools", "lemon"])
@pytest.mark.parametrize("peeled", [True, False])
def test_solvers_bundles_workers_and_peeling_change_no_byte(monkeypatch, solver, peeled):
    for seed in range(3):
        pairs, slots, required = tied_county(seed)
        expected = attribute(pairs, slots=slots, required=required, solver="ortools")
        if not peeled:
            monkeypatch.setattr(forced, "_WORTH", 1.0)
        for size, share in ((1, 1), (150, 400), (10**9, 10**9)):
            monkeypatch.setattr(flow, "_BUNDLE", size)
            monkeypatch.setattr(flow, "_SHARE", share)
            for workers in (1, 2) if share == 400 else (1,):
                got = attribute(
                    pairs, slots=slots, required=required, solver=solver, workers=workers
                )
                assert got.tobytes() == expected.tobytes()
        monkeypatch.undo()


def test_beyond_the_provable_range_of_penalties_the_other_solver_is_asked(monkeypatch):
    pairs, slots, required = tied_county(1)
    expected = attribute(pairs, slots=slots, required=required, solver="lemon")
    monkeypatch.setattr(solvers, "_PROVABLE", 0)
    monkeypatch.setattr(solvers, "_by_lemon", None)
    got = attribute(pairs, slots=slots, required=required)
    assert got.tobytes() == expected.tobytes()


@pytest.mark.parametrize(("provable", "asked"), [(84, 0), (85, 1)])
def test_the_range_of_penalties_ends_where_prices_could_overflow(monkeypatch, provable, asked):
    """A slot 10 m away: 21 is more than it and a detour cost, and prices of 4 nodes add up to 84."""
    one, answers, lemon = np.array([0]), [], solvers._by_lemon
    monkeypatch.setattr(solvers, "_PROVABLE", provable)
    monkeypatch.setattr(solvers, "_by_lemon", lambda *each: answers.append(each) or lemon(*each))
    network = Network(one, one, np.array([10]), np.array([3]), np.array([2]))
    assert solvers.solve(network, "auto").flow.tolist() == [2]
    assert len(answers) == asked


def tied_towns(seed, towns=6):
    """Tied counties side by side that no pair connects, so that there is something to share out."""
    made = [tied_county(100 * seed + town) for town in range(towns)]
    pairs = Pairs(
        np.concatenate([each.facility + 40 * at for at, (each, _, _) in enumerate(made)]),
        np.concatenate([each.zone + 600 * at for at, (each, _, _) in enumerate(made)]),
        np.concatenate([each.distance_m for each, _, _ in made]),
        40 * towns,
        600 * towns,
    )
    slots, required = (np.concatenate([each[part] for each in made]) for part in (1, 2))
    return pairs, slots, required


def test_prices_of_lemon_prove_its_optimum_at_once(monkeypatch):
    """Put together from the bundles, they are what the proof ends with: no round is needed."""
    pairs, slots, required = tied_towns(2)
    given = []
    monkeypatch.setattr(flow, "settle_ties", lambda *each: given.append(each) or each[1])
    for size in (1, 10**9):
        monkeypatch.setattr(flow, "_BUNDLE", size)
        attribute(pairs, slots=slots, required=required, solver="lemon")
    for network, solved, part_f, part_z, start in given:
        residual = winner._Residual.of(network, solved, part_f, part_z)
        assert residual.prices(start).tobytes() == start.tobytes()
        assert (len(start), start.dtype) == (residual.nodes, np.int64)
        assert solved.dtype == np.int64
    assert len(given) == 2


def test_processes_share_the_work_and_change_no_byte(monkeypatch):
    pairs, slots, required = tied_towns(1)
    expected = attribute(pairs, slots=slots, required=required)
    pools = []
    context = flow.multiprocessing.get_context("fork")

    class Noted:
        def __init__(self, method):
            self.method = method

        def Pool(self, processes):  # noqa: N802  # the name that multiprocessing gives it
            pools.append((self.method, processes))
            return context.Pool(processes)

    def attributed(**asked):
        return attribute(pairs, slots=slots, required=required, **asked).tobytes()

    monkeypatch.setattr(flow.multiprocessing, "get_context", Noted)
    assert attributed(workers=2) == expected.tobytes()  # too little to share out
    monkeypatch.setattr(flow, "_SHARE", 1)
    for asked in ({}, {"workers": 1}, {"workers": 2}, {"workers": 3}):
        assert attributed(**asked) == expected.tobytes()
    assert pools == [("fork", 2), ("fork", 3)]
    monkeypatch.setattr(flow.multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert attributed(workers=2) == expected.tobytes()
    assert len(pools) == 2


def test_lemon_answers_where_it_is_installed_unless_the_other_is_asked_for(monkeypatch):
    pairs, slots, required = tied_county(4)
    asked, lemon = [], solvers._by_lemon

    def noted(*given):
        asked.append(given)
        return lemon(*given)

    monkeypatch.setattr(solvers, "_by_lemon", noted)
    attribute(pairs, slots=slots, required=required, solver="ortools")
    assert not asked
    for at, chosen in enumerate(({}, {"solver": "auto"}, {"solver": "lemon"}), start=1):
        attribute(pairs, slots=slots, required=required, **chosen)
        assert len(asked) == at


@pytest.mark.parametrize(("large", "rule"), [(1, "candidate_list"), (2, "block_search")])
def test_lemon_looks_for_candidates_where_there_are_many_pairs(monkeypatch, large, rule):
    """Two pairs, of which the nearer gets what there is."""
    rules = []

    class Noted(pylmcf.Graph):
        def solve(self):
            rules.append(self.pivot_rule())
            super().solve()

    monkeypatch.setattr(pylmcf, "Graph", Noted)
    monkeypatch.setattr(solvers, "_LARGE", large)
    network = Network(
        np.array([0, 0]), np.array([0, 1]), np.array([10, 5]), np.array([3]), np.array([2, 2])
    )
    assert solvers.solve(network, "lemon").flow.tolist() == [1, 2]
    assert rules == [rule]


def test_many_pairs_change_no_byte(monkeypatch):
    for seed in range(3):
        pairs, slots, required = tied_county(seed)
        expected = attribute(pairs, slots=slots, required=required, solver="ortools")
        monkeypatch.setattr(solvers, "_LARGE", 0)
        got = attribute(pairs, slots=slots, required=required, solver="lemon")
        assert got.tobytes() == expected.tobytes()


def test_an_answer_short_of_the_optimum_is_refused(monkeypatch):
    pairs, slots, required = tied_county(3)
    unsolved = solvers.SimpleMinCostFlow.INFEASIBLE
    monkeypatch.setattr(
        solvers.SimpleMinCostFlow, "solve_max_flow_with_min_cost", lambda _: unsolved
    )
    with pytest.raises(ArithmeticError, match=r"^OR-tools did not reach the optimum$"):
        attribute(pairs, slots=slots, required=required, solver="ortools")


@pytest.mark.parametrize("room", [maximum, searching])
def test_a_range_short_of_the_maximum_is_refused(monkeypatch, room):
    pairs, slots, required = tied_county(3)
    served = attribute(pairs, slots=slots, required=required)

    class Unsolved(room.SimpleMaxFlow):
        def solve(self, source, sink):
            super().solve(source, sink)
            return self.BAD_INPUT

    monkeypatch.setattr(room, "SimpleMaxFlow", Unsolved)
    group = np.arange(len(required)) % 7
    with pytest.raises(ArithmeticError, match=r"^OR-tools did not reach the maximum flow$"):
        attributable_ranges(pairs, served, slots=slots, required=required, groupings=[group])


def test_the_order_of_rows_changes_nothing():
    pairs, slots, required = tied_county(7)
    expected = attribute(pairs, slots=slots, required=required)
    order = np.random.default_rng(0).permutation(len(pairs))
    shuffled = Pairs.nearest(
        pairs.facility[order],
        pairs.zone[order],
        pairs.distance_m[order],
        n_facilities=40,
        n_zones=600,
    )
    assert attribute(shuffled, slots=slots, required=required).tobytes() == expected.tobytes()


def test_another_slot_never_widens_a_shortfall():
    pairs, slots, required = tied_county(5)
    before = attribute(pairs, slots=slots, required=required).sum()
    for facility in range(0, 40, 7):
        more = slots.copy()
        more[facility] += 1
        assert attribute(pairs, slots=more, required=required).sum() in (before, before + 1)


def test_a_flow_that_could_be_better_is_found_out():
    facility, zone, way = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([1, 9, 9, 1])
    network = Network(facility, zone, way, np.array([2, 2]), np.array([2, 2]))
    part, start = np.zeros(2, dtype=np.int64), np.zeros(6, dtype=np.int64)
    with pytest.raises(ArithmeticError, match="not optimal"):
        winner.settle_ties(network, np.array([0, 2, 2, 0]), part, part, start)
