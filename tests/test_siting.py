"""Siting on arrays: against all subsets, against published definitions, and its own promises."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from capacity_planner.attribution import Pairs, attribute
from capacity_planner.siting import (
    Problem,
    Terms,
    alternatives,
    budget,
    class_sizes,
    least_cost,
    least_cost_in_phases,
    linear_bound,
    most_closed,
    open_in_phases,
    reached_in_phases,
    shortest_ways,
)
from capacity_planner.siting.core import search_core
from capacity_planner.siting.exchange import exchange_sites
from capacity_planner.siting.flows import pair_slots
from capacity_planner.siting.greedy import cover, spend, worth
from capacity_planner.siting.sizes import step_of
from capacity_planner.siting.solving import relaxed_within


def pairs_of(reach, distance=None):
    reach = np.asarray(reach, dtype=bool)
    facility, zone = np.nonzero(reach)
    metres = np.zeros(len(facility), dtype=np.int64) if distance is None else distance[reach]
    return Pairs(facility, zone, np.asarray(metres, dtype=np.int64), *reach.shape)


def problem_of(reach, option_reach, *, slots, required, sizes, fixed, each, **more):
    pairs, slots = pairs_of(reach), np.asarray(slots, dtype=np.int64)
    required = np.asarray(required, dtype=np.int64)
    served = np.zeros(len(required), dtype=np.int64)
    np.add.at(served, pairs.zone, attribute(pairs, slots=slots, required=required))
    z, o = len(required), len(sizes)
    given = {
        "first": np.ones(z, dtype=bool),
        "migrant": np.zeros(z, dtype=np.int64),
        "accepts": np.ones(len(slots), dtype=bool),
        "option_accepts": np.ones(o, dtype=bool),
    }
    return Problem(
        pairs,
        slots,
        required,
        pairs_of(option_reach, more.pop("distance", None)),
        tuple(np.asarray(size, dtype=np.int64) for size in sizes),
        np.asarray(fixed, dtype=np.int64),
        np.asarray(each, dtype=np.int64),
        served,
        **{**given, **more},
    )


def random_problem(seed, *, zones=6, facilities=2, options=4, mixed=True):
    rng = np.random.default_rng(seed)
    kinds = ([4, 8], [5, 7, 8], [6], [10, 15, 20])
    required = rng.integers(0, 9, zones)
    return problem_of(
        rng.random((facilities, zones)) < 0.35,
        rng.random((options, zones)) < 0.4,
        slots=rng.integers(0, 10, facilities),
        required=required,
        sizes=[kinds[rng.integers(0, len(kinds))] for _ in range(options)],
        fixed=rng.integers(0, 30, options),
        each=rng.integers(0, 5, options),
        first=rng.random(zones) < (0.6 if mixed else 1.1),
        migrant=rng.integers(0, required + 1) if mixed else np.zeros(zones, dtype=np.int64),
        accepts=rng.random(facilities) < 0.5,
        option_accepts=rng.random(options) < 0.8,
    )


def all_plans(problem):
    for size in product(*([0, *each.tolist()] for each in problem.sizes)):
        yield np.array(size, dtype=np.int64)


def most_by_linear_programming(problem, size):
    """Most slots of zones that come first while the others together keep theirs, by scipy alone."""
    joined = problem.joined
    slots = np.concatenate([problem.slots, size])
    rows = [(joined.facility == each) * 1.0 for each in range(len(slots))]
    rows += [(joined.zone == each) * 1.0 for each in range(len(problem.required))]
    limits = [*slots, *problem.required]
    first = problem.first[joined.zone]
    rows.append(-(~first * 1.0))
    limits.append(-problem.served[~problem.first].sum())
    if not len(joined):
        return 0
    found = linprog(-(first * 1.0), A_ub=np.array(rows), b_ub=limits, method="highs")
    return round(-found.fun)


@pytest.mark.parametrize("seed", range(40))
def test_outcome_is_that_of_linear_programming(seed):
    problem = random_problem(seed)
    rng = np.random.default_rng(seed)
    size = np.array([rng.choice([0, *each]) for each in problem.sizes], dtype=np.int64)
    assert problem.outcome(size).first == most_by_linear_programming(problem, size)


@pytest.mark.parametrize("seed", range(60))
def test_least_cost_is_that_of_all_subsets(seed):
    problem = random_problem(seed)
    solution = least_cost(problem)
    reaching = [
        problem.cost(size)
        for size in all_plans(problem)
        if problem.outcome(size).reaches(problem.goal)
    ]
    assert solution.outcome.cost == min(reaching)
    assert solution.status == "optimal"
    assert solution.gap == pytest.approx(0)
    assert solution.outcome.reaches(problem.goal)
    assert linear_bound(problem) <= solution.outcome.cost + 1e-6
    assert solution.greedy >= solution.outcome.cost


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("mixed", [True, False])
def test_most_closed_is_that_of_all_subsets(seed, mixed):
    problem = random_problem(seed, mixed=mixed)
    budget = 15 + seed
    solution = most_closed(problem, budget)

    def worth(size):
        outcome = problem.outcome(size)
        return outcome.first, outcome.migrant, outcome.total, -outcome.cost

    best = max(worth(size) for size in all_plans(problem) if problem.cost(size) <= budget)
    assert worth(solution.size) == best
    assert solution.status == "optimal"
    assert solution.outcome.cost <= budget
    assert linear_bound(problem, budget=budget) >= solution.objective - 1e-6


@pytest.mark.parametrize("seed", range(20))
def test_parts_give_the_cost_of_the_whole(seed):
    problem = random_problem(seed, zones=24, facilities=6, options=12, mixed=seed % 2 == 0)
    thin = np.random.default_rng(seed).random(len(problem.option_pairs)) < 0.3
    given = problem.option_pairs
    few = Pairs(given.facility[thin], given.zone[thin], given.distance_m[thin], 12, 24)
    problem = replace(problem, option_pairs=few)
    apart, whole = least_cost(problem), least_cost(problem, decompose=False)
    assert apart.status == whole.status == "optimal"
    assert apart.objective == whole.objective


def test_parts_share_nothing_and_lose_nothing():
    problem = random_problem(3, zones=30, facilities=8, options=10)
    seen = [options for options, _ in problem.parts()]
    assert sorted(np.concatenate(seen).tolist()) == list(range(10))
    for options, part in problem.parts():
        assert len(part.option_pairs) == np.isin(problem.option_pairs.facility, options).sum()


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_plans_by_hand_reach_and_stay_within(seed):
    problem = random_problem(seed)
    assert problem.outcome(cover(problem, problem.goal, until=0.0)).reaches(problem.goal)
    size = spend(problem, 40)
    assert problem.cost(size) <= 40
    assert problem.outcome(size).total >= problem.served.sum()


@pytest.mark.parametrize("seed", range(20))
def test_exchanges_never_lose_and_find_the_best_of_a_small_county(seed):
    problem = random_problem(seed, zones=8, facilities=3, options=5, mixed=False)
    start = spend(problem, 40)
    found = exchange_sites(problem, start, budget=40, until=np.inf)
    assert problem.cost(found) <= 40
    assert worth(problem.outcome(found)) >= worth(problem.outcome(start))
    best = max(
        problem.outcome(size).first for size in all_plans(problem) if problem.cost(size) <= 40
    )
    assert problem.outcome(found).first == best


def searched(problem, start, budget, enough=np.inf):
    linear, _, prices = relaxed_within(problem, budget, seconds=60)
    return search_core(
        problem, start, budget=budget, linear=linear, prices=prices, until=np.inf, enough=enough
    )


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("mixed", [True, False])
def test_the_search_of_the_core_never_loses_and_proves_the_best_of_a_small_county(seed, mixed):
    problem = random_problem(seed, zones=8, facilities=3, options=5, mixed=mixed)
    start = np.zeros(5, dtype=np.int64)
    core, _ = searched(problem, start, 40, enough=0)
    found, bound = searched(problem, start, 40)
    assert max(problem.cost(core), problem.cost(found)) <= 40
    assert worth(problem.outcome(core)) >= worth(problem.outcome(start))
    best = max(
        problem.outcome(size).first for size in all_plans(problem) if problem.cost(size) <= 40
    )
    assert problem.outcome(found).first == best
    assert best <= bound < best + 1
    assert worth(problem.outcome(searched(problem, found, 40)[0])) >= worth(problem.outcome(found))


@pytest.mark.parametrize("seed", range(40))
def test_prices_hold_no_option_that_a_plan_as_good_needs(seed):
    problem = random_problem(seed, options=5, mixed=seed % 2 == 0)
    linear, _, prices = relaxed_within(problem, 40, seconds=60)
    for size in all_plans(problem):
        if problem.cost(size) <= 40 and problem.outcome(size).total >= problem.served.sum():
            lost = linear - problem.outcome(size).first + 1e-6
            assert (prices[size > 0] <= lost).all()
            assert (prices[size == 0] >= -lost).all()


def test_a_small_county_of_towns_is_searched_the_same_twice_and_promises_what_it_gives():
    problem = random_problem(7, zones=60, facilities=6, options=25, mixed=False)
    thin = np.random.default_rng(7).random(len(problem.option_pairs)) < 0.2
    given = problem.option_pairs
    few = Pairs(given.facility[thin], given.zone[thin], given.distance_m[thin], 25, 60)
    problem = replace(problem, option_pairs=few)
    start = spend(problem, 150)
    (found, bound), (again, _) = searched(problem, start, 150), searched(problem, start, 150)
    assert found.tolist() == again.tolist()
    assert problem.outcome(found).first == int(bound) > problem.outcome(start).first
    flow = attribute(
        problem.joined, slots=np.concatenate([problem.slots, found]), required=problem.required
    )
    assert flow.sum() == problem.outcome(found).total


def test_money_moves_between_places_far_apart():
    """One zone has a site that gives few slots for the money; another, far away, would give more."""
    problem = problem_of(
        np.zeros((0, 2)), np.eye(2), slots=[], required=[5, 10],
        sizes=[[5], [10]], fixed=[10, 10], each=[0, 0],
    )  # fmt: skip
    assert searched(problem, np.array([5, 0]), 10)[0].tolist() == [0, 10]


def test_exchanges_keep_what_facilities_around_give_elsewhere():
    """The facility serves a far zone that the decided options do not reach: it stays served."""
    problem = problem_of(
        [[True, False, True]], [[True, False, False], [False, True, False]],
        slots=[10], required=[10, 10, 10], sizes=[[10], [10]], fixed=[5, 5], each=[0, 0],
    )  # fmt: skip
    found = exchange_sites(problem, np.array([0, 10]), budget=10, until=np.inf)
    assert problem.outcome(found).total == 30
    assert pair_slots(problem.joined, np.array([10, 10, 10]), problem.required).sum() == 30


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_more_money_never_closes_less(seed):
    problem = random_problem(seed, options=3)
    firsts = [most_closed(problem, budget).outcome.first for budget in (0, 20, 40, 80)]
    assert firsts == sorted(firsts)
    assert firsts[0] >= problem.served[problem.first].sum()


@pytest.mark.parametrize("seed", range(15))
def test_alternatives_differ_and_stay_within(seed):
    problem = random_problem(seed, options=5, mixed=False)
    best = least_cost(problem)
    others = alternatives(problem, best, count=3, within=0.5)
    plans = [best, *others]
    for at, one in enumerate(plans):
        assert one.outcome.reaches(problem.goal)
        assert one.outcome.cost <= best.outcome.cost * 1.5
        for other in plans[at + 1 :]:
            assert set(np.flatnonzero(one.size)) != set(np.flatnonzero(other.size))
    costs = [each.outcome.cost for each in others]
    assert costs == sorted(costs)
    if others:
        taken = best.size > 0
        second = min(
            problem.cost(size)
            for size in all_plans(problem)
            if problem.outcome(size).reaches(problem.goal) and not (size[taken] > 0).all()
        )
        assert costs[0] == second


def test_what_cannot_be_reached_is_told_by_zone():
    problem = problem_of(
        np.zeros((0, 3)), [[True, True, False]],
        slots=[], required=[8, 6, 5], sizes=[[10]], fixed=[1], each=[1],
    )  # fmt: skip
    assert problem.unreachable().sum() == 9
    assert problem.unreachable()[2] == 5
    assert least_cost(problem).outcome.total == 10


def test_slots_of_a_neighbour_are_freed_for_who_has_no_option():
    """An option near zone 0 only lets the existing facility serve zone 1."""
    problem = problem_of(
        [[True, True]], [[True, False]],
        slots=[10], required=[10, 10], sizes=[[10]], fixed=[5], each=[1],
    )  # fmt: skip
    solution = least_cost(problem)
    assert solution.size.tolist() == [10]
    assert solution.outcome.total == 20


def test_benchmarks_together_keep_what_they_have():
    problem = problem_of(
        [[True, True]], [[True, False]],
        slots=[10], required=[10, 10], sizes=[[10]], fixed=[5], each=[1],
        first=np.array([True, False]),
    )  # fmt: skip
    assert problem.served.tolist() == [10, 0] or problem.kept == 10
    assert least_cost(problem).outcome.first == 10


def test_classes_add_up():
    assert class_sizes([10, 15, 20], least=1, most=26).tolist() == [10, 15, 20, 25]
    assert class_sizes([10, 18], least=1, most=38).tolist() == [10, 18, 20, 28, 30, 36, 38]
    assert class_sizes([], least=3, most=5).tolist() == [3, 4, 5]
    assert class_sizes([10], least=1, most=9).tolist() == []
    assert step_of(np.array([10, 18, 20])) is None
    assert step_of(np.array([10])) == 0


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="rising"):
        problem_of(
            np.zeros((0, 1)), [[True]], slots=[], required=[1], sizes=[[5, 5]], fixed=[1], each=[1]
        )
    with pytest.raises(ValueError, match="fixed_cost"):
        problem_of(
            np.zeros((0, 1)), [[True]], slots=[], required=[1], sizes=[[5]], fixed=[1, 2], each=[1]
        )


# ---------------------------------------------------------------- published definitions


def plane(seed, n):
    xy = np.random.default_rng(seed).integers(0, 1000, (n, 2))
    return np.rint(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))).astype(np.int64)


def uncapacitated(weight, reach, distance):
    n = len(weight)
    return problem_of(
        np.zeros((0, n)), reach, slots=[], required=weight,
        sizes=[[int(weight.sum())]] * n, fixed=[1] * n, each=[0] * n, distance=distance,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_p_median(seed):
    """Hakimi 1964: p sites so that the weighted distance to the nearest one is least."""
    distance, n, p = plane(seed, 9), 9, 3
    weight = np.random.default_rng(seed).integers(1, 20, n)
    solution = shortest_ways(uncapacitated(weight, distance >= 0, distance), p)
    sites = [each for each in product([0, 1], repeat=n) if sum(each) == p]
    published = min(
        int((weight * distance[np.flatnonzero(each)].min(axis=0)).sum()) for each in sites
    )
    assert solution.objective == pytest.approx(published)


@pytest.mark.parametrize("seed", range(6))
def test_maximal_covering(seed):
    """Church and ReVelle 1974: p sites so that the most weight lies within a radius."""
    distance, n, p = plane(seed, 10), 10, 3
    weight = np.random.default_rng(seed).integers(1, 20, n)
    reach = distance <= 250
    sites = [each for each in product([0, 1], repeat=n) if sum(each) == p]
    published = max(weight[reach[np.flatnonzero(each)].any(axis=0)].sum() for each in sites)
    assert most_closed(uncapacitated(weight, reach, distance), p).objective == published


@pytest.mark.parametrize("seed", range(6))
def test_set_covering(seed):
    """Toregas et al. 1971: the fewest sites that cover every point."""
    distance, n = plane(seed, 10), 10
    reach = distance <= 300
    published = min(
        sum(each) for each in product([0, 1], repeat=n)
        if any(each) and reach[np.flatnonzero(each)].any(axis=0).all()
    )  # fmt: skip
    problem = uncapacitated(np.ones(n, dtype=np.int64), reach, distance)
    assert least_cost(problem).objective == published


@pytest.mark.parametrize("seed", range(6))
def test_capacitated_maximal_covering(seed):
    """Current and Storbeck 1988: p sites of a limited capacity; weights may be split."""
    distance, n, p, capacity = plane(seed, 9), 9, 3, 15
    weight = np.random.default_rng(seed).integers(1, 12, n)
    problem = problem_of(
        np.zeros((0, n)), distance <= 300, slots=[], required=weight,
        sizes=[[capacity]] * n, fixed=[1] * n, each=[0] * n,
    )  # fmt: skip
    sites = [np.array(each) * capacity for each in product([0, 1], repeat=n) if sum(each) == p]
    published = max(most_by_linear_programming(problem, each) for each in sites)
    assert most_closed(problem, p).objective == published


# ---------------------------------------------------------------- phases


def three_sites(**more):
    return problem_of(
        np.zeros((0, 3)), np.eye(3), slots=[], required=[10, 10, 10],
        sizes=[[10]] * 3, fixed=[0] * 3, each=[1, 2, 3], **more,
    )  # fmt: skip


def test_sites_open_when_they_may_and_can_be_paid():
    problem, size = three_sites(), np.array([10, 10, 10])
    terms = Terms(np.array([1, 0, 0]), [20, 15, 30])
    assert open_in_phases(problem, size, terms).tolist() == [1, 0, 2]
    free = Terms(np.array([1, 0, 2]), [None] * 3)
    assert open_in_phases(problem, size, free).tolist() == [1, 0, 2]
    poor = Terms(np.array([0, 0, 0]), [25, 0])
    assert open_in_phases(problem, size, poor).tolist() == [0, -1, -1]


def phased_by_hand(problem, terms):
    """Every plan, every phase of each site: the least cost that meets shares and purses, or None."""
    phases, targets = len(terms.budgets), terms.targets(problem)
    best = None
    for size in all_plans(problem):
        if not problem.outcome(size).reaches(problem.goal):
            continue
        cost = problem.cost(size)
        if best is not None and cost >= best:
            continue
        ranges = [
            range(int(terms.earliest[at]), phases) if each else [-1]
            for at, each in enumerate(size.tolist())
        ]
        for phase in product(*ranges):
            opened = np.array(phase)
            costs = [
                problem.cost(np.where((opened >= 0) & (opened <= now), size, 0))
                for now in range(phases)
            ]
            paid = all(
                purse is None or spent <= purse
                for spent, purse in zip(costs, terms.purses, strict=True)
            )
            if paid and (reached_in_phases(problem, size, opened, phases) >= targets).all():
                best = cost
                break
    return best


@pytest.mark.parametrize("seed", range(30))
def test_phases_are_as_cheap_as_all_plans_in_all_phases(seed):
    problem = random_problem(seed, options=3)
    rng = np.random.default_rng(seed)
    budgets = [None] * 2 if seed % 3 == 0 else [int(each) for each in rng.integers(20, 70, 2)]
    terms = Terms(rng.integers(0, 2, 3), budgets, [float(rng.integers(0, 11)) / 10, 1.0])
    found = least_cost_in_phases(problem, terms)
    least, size = phased_by_hand(problem, terms), found.solution.size
    reached = reached_in_phases(problem, size, found.phase, 2)
    if least is not None:
        assert found.solution.outcome.cost == least
        assert (reached >= terms.targets(problem)).all()
        assert found.solution.status == "optimal"
    elif found.solution.counts == "cost":
        assert (reached < terms.targets(problem)).any()
    else:
        assert found.least > terms.purses[-1] >= found.solution.outcome.cost
    assert ((found.phase >= 0) == (size > 0)).all()
    assert (found.phase[size > 0] >= terms.earliest[size > 0]).all()
    for now, purse in enumerate(terms.purses):
        opened = np.where((found.phase >= 0) & (found.phase <= now), size, 0)
        assert purse is None or problem.cost(opened) <= purse


def test_an_early_share_takes_a_dearer_site_that_is_ready():
    problem = problem_of(
        np.zeros((0, 1)), [[True], [True]], slots=[], required=[10],
        sizes=[[10], [10]], fixed=[5, 9], each=[0, 0],
    )  # fmt: skip
    ready_late = np.array([1, 0])
    patient = least_cost_in_phases(problem, Terms(ready_late, [None, None]))
    assert (patient.solution.size.tolist(), patient.phase.tolist()) == ([10, 0], [1, -1])
    hurried = least_cost_in_phases(problem, Terms(ready_late, [None, None], [1.0, 1.0]))
    assert (hurried.solution.size.tolist(), hurried.phase.tolist()) == ([0, 10], [-1, 0])


def test_of_equal_plans_the_one_that_helps_sooner():
    """Money for one small or one large site in the first phase: the large one opens."""
    problem = problem_of(
        np.zeros((0, 2)), np.eye(2), slots=[], required=[2, 10],
        sizes=[[2], [10]], fixed=[1, 10], each=[0, 0],
    )  # fmt: skip
    found = least_cost_in_phases(problem, Terms(np.array([0, 0]), [10, 1]))
    assert found.phase.tolist() == [1, 0]


@pytest.mark.parametrize("seed", range(15))
def test_other_plans_within_a_budget_close_nearly_as_much(seed):
    problem = random_problem(seed, options=5, mixed=False)
    best = most_closed(problem, 40)
    others = alternatives(problem, best, count=3, within=0.5, budget=40)
    gain = best.outcome.first - problem.served.sum()
    for other in others:
        assert other.outcome.cost <= 40
        assert other.outcome.first - problem.served.sum() >= 0.5 * gain - 1e-9
        assert set(np.flatnonzero(other.size)) != set(np.flatnonzero(best.size))


def one_option(**more):
    """Return a zone of 10 without slots, and one site of 10 for it at 100 + 10 · 1."""
    given = {"slots": [], "required": [10], "sizes": [[10]], "fixed": [100], "each": [1]}
    return problem_of(np.zeros((0, 1)), [[1]], **{**given, **more})


def test_the_shortest_ways_need_the_money_of_a_plan():
    assert shortest_ways(one_option(), 110).outcome.cost == 110
    with pytest.raises(ValueError, match="no plan within the budget"):
        shortest_ways(one_option(), 109)


def test_without_time_the_plan_by_hand_stands_and_says_how_far_off_it_may_be():
    problem = random_problem(24)
    best, found = (most_closed(problem, 20, seconds=each) for each in (60.0, 0.0))
    assert found.outcome.cost <= 20
    assert found.outcome.first < best.outcome.first == 11 <= found.bound
    assert found.status != "optimal"
    assert least_cost(problem, seconds=0.0).outcome.reaches(problem.goal)


def test_what_the_search_by_hand_misses_the_solver_finds(monkeypatch):
    def by_hand(problem, money, relaxed, **_):
        return spend(problem, money), relaxed[0]

    monkeypatch.setattr(budget, "by_hand", by_hand)
    found = most_closed(random_problem(24), 20)
    assert (found.outcome.first, found.status) == (11, "optimal")


def test_a_zone_that_no_option_reaches_takes_no_money():
    given = {"slots": [], "required": [10, 5], "sizes": [[10]], "fixed": [100], "each": [1]}
    found = most_closed(problem_of(np.zeros((0, 2)), [[1, 0]], **given), 110)
    assert (found.outcome.first, found.outcome.cost) == (10, 110)


def test_a_cost_below_nought_is_refused():
    with pytest.raises(ValueError, match="cost is below 0"):
        one_option(fixed=[-1])


def test_no_room_for_a_slot_is_no_size():
    assert class_sizes([10], least=0, most=0).tolist() == []


def test_where_every_site_is_needed_there_is_no_other_plan():
    problem = one_option()
    found = least_cost(problem)
    assert alternatives(problem, found, count=1, differ=2, within=1.0) == []
    assert alternatives(problem, found, count=1, differ=1, within=1.0) == []


def test_slots_that_nobody_needs_go_over_no_pair():
    pairs = pairs_of([[1, 1]])
    assert pair_slots(pairs, np.array([5]), np.array([0, 0])).tolist() == [0, 0]
