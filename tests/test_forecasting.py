"""People of later years: exact growth, whole persons, nobody lost."""

from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_planner.forecasting import (
    children_by_births,
    children_by_share,
    grown,
    keep_in_proportion,
    occupied,
    planned_total,
    steered,
    whole_persons,
)

people = st.lists(st.integers(0, 50_000), min_size=1, max_size=8)
rates = st.fractions(Fraction(-1, 10), Fraction(1, 10), max_denominator=1000)


@given(people, rates, st.integers(0, 20), st.randoms(use_true_random=False))
def test_growth_is_exact_by_township(population, rate, years, random):
    group = np.array([random.randrange(3) for _ in population])
    base = np.array(population)
    found = grown(base, [rate] * len(base), years, group)
    for town in set(group.tolist()):
        exact = int(base[group == town].sum()) * (1 + rate) ** years
        assert found[group == town].sum() == int(exact + Fraction(1, 2))
    assert (found >= 0).all()
    away = [
        abs(int(each) - int(one) * (1 + rate) ** years)
        for each, one in zip(found, base, strict=True)
    ]
    assert max(away) < 1


@given(people)
def test_no_growth_changes_nobody(population):
    base = np.array(population)
    assert (
        grown(base, [Fraction(0)] * len(base), 7, np.zeros(len(base), int)).tolist() == population
    )


def test_growth_by_zone():
    growth = [Fraction(1, 10), Fraction(-1, 10)]
    assert grown(np.array([1000, 1000]), growth, 2, np.array([0, 1])).tolist() == [1210, 810]


@given(st.lists(st.fractions(0, 100, max_denominator=50), min_size=1, max_size=10))
def test_whole_persons_add_up(exact):
    found = whole_persons(exact, np.zeros(len(exact), int))
    assert found.sum() == int(sum(exact, Fraction(1, 2)))
    assert all(abs(int(one) - other) < 1 for one, other in zip(found, exact, strict=True))


@pytest.mark.parametrize(
    ("year", "total"), [(2026, 1200), (2030, 2000), (2032, 1800), (2035, 1500), (2037, 1815)]
)
def test_plans_of_years(year, total):
    plan = {2030: 2000, 2035: 1500}
    growth = Fraction(1, 10)
    assert planned_total(plan, year, base_year=2025, base=1000, growth=growth) == total


@given(people, st.integers(0, 100_000))
def test_a_planned_total_is_kept(population, total):
    base = np.array(population)
    found = steered(base, np.zeros(len(base), int), {0: total})
    assert found.sum() == total
    assert base.tolist() == population


@pytest.mark.parametrize(
    ("day", "share"),
    [
        ("2027-09-16", 0),
        ("2027-09-17", 30),
        ("2027-12-31", 30),
        ("2028-12-31", 50),
        ("2029-12-31", 80),
        ("2040-12-31", 80),
    ],
)
def test_new_housing_fills_from_the_day_of_delivery(day, share):
    ramp = [Fraction(3, 10), Fraction(5, 10), Fraction(8, 10)]
    delivered = np.array([date(2027, 9, 17), None], dtype="datetime64[s]")
    found = occupied(np.array([100, 100]), delivered, np.datetime64(day, "s"), ramp)
    assert found.tolist() == [share, 0]


def test_without_a_ramp_all_move_in_at_once():
    day = np.array(["2027-01-01"], dtype="datetime64[s]")
    assert occupied(np.array([70]), day, np.datetime64("2027-01-01", "s"), []).tolist() == [70]


def test_children():
    group = np.zeros(2, int)
    assert children_by_births(np.array([1000, 500]), Fraction(6), group).sum() == 27
    assert children_by_share(np.array([1000, 500]), Fraction(2, 100), group).tolist() == [20, 10]


def test_proportions_are_kept_and_the_unknown_stays_unknown():
    before, after = np.array([100, 200, 0]), np.array([200, 100, 50])
    group = np.zeros(3, int)
    assert keep_in_proportion(np.array([10, 40, 0]), before, after, group).tolist() == [20, 20, 8]
    assert keep_in_proportion(np.array([10, -1, 0]), before, after, group).tolist() == [20, -1, 5]


def test_a_total_for_a_group_without_zones_moves_nobody():
    found = steered(np.array([10, 20]), np.array([0, 1]), {5: 60, 1: 30})
    assert found.tolist() == [10, 30]
