"""The arithmetic, against cases that can be computed by hand and oracles of a few lines."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_planner.calculator import (
    ceil_share,
    counted_slots,
    distribute_whole,
    duties,
    handover,
    migrant_requirement,
    migrant_status,
    per_thousand,
    pooled_requirement,
    requirements,
    share,
    shortfall_parts,
    sum_by,
)

# 邻水县, 25 towns, census 2020, total 707,537.
LINSHUI = np.array(
    [
        239523,
        18495,
        12991,
        21766,
        20092,
        18061,
        18689,
        32030,
        26618,
        42914,
        12515,
        34618,
        51703,
        7786,
        29882,
        21700,
        14589,
        20047,
        10733,
        12252,
        14308,
        4962,
        5659,
        10779,
        4825,
    ]
)


@pytest.mark.parametrize(
    ("population", "ratio", "slots"), [(700, 10, 7), (1250, 8, 10), (1251, 8, 11), (0, 8, 0)]
)
def test_not_fewer_than_is_an_exact_ceiling(population, ratio, slots):
    assert ceil_share(np.array([population]), ratio, 1000).tolist() == [slots]


@pytest.mark.parametrize(
    ("ratio", "separate", "pooled"),
    [(Fraction(8), 5673, 5661), (Fraction(10), 7087, 7076), (Fraction("4.5"), 3198, 3184)],
)
def test_linshui_towns_summed_and_rounded_once(ratio, separate, pooled):
    per_resident = ratio / 1000
    rule = np.zeros(25, dtype=np.int64)
    alone = requirements(LINSHUI, rule, [per_resident], np.arange(25))
    together = pooled_requirement(LINSHUI, rule, [per_resident], rule, 1)
    assert LINSHUI.sum() == 707_537
    assert (alone.sum(), together.tolist()) == (separate, [pooled])


def test_a_pooled_requirement_is_exact_beyond_64_bits():
    """The sum is 2 ** 50 + 1 and a 2 ** 10th of a slot; the products need more than 140 bits."""
    people, rule = np.array([2**50, 3**20]), np.array([0, 1])
    ratios = [Fraction(2**60 + 1, 2**60), Fraction(1, 3**20)]
    assert pooled_requirement(people, rule, ratios, rule * 0, 1).tolist() == [2**50 + 2]


def test_buildings_of_one_unit_are_rounded_up_together():
    buildings = np.full(200, 45)
    rule = np.zeros(200, dtype=np.int64)
    required = requirements(buildings, rule, [Fraction(8, 1000)], np.zeros(200, dtype=np.int64))
    assert required.tolist() == [1] * 72 + [0] * 128  # equal remainders go to the first


def test_zones_of_two_units_in_turn_keep_their_order():
    turns = np.tile([1, 0], 100)
    required = requirements(np.full(200, 45), turns * 0, [Fraction(8, 1000)], turns)
    for unit in (0, 1):
        assert required[turns == unit].tolist() == [1] * 36 + [0] * 64


def test_each_group_has_one_ceiling_of_its_own_and_outsiders_count_nowhere():
    people, group = np.array([100, 100, 900, 50, 5000]), np.array([1, 1, 2, 1, -1])
    ratios = [Fraction(8, 1000), Fraction(10, 1000)]
    rule = np.array([0, 0, 1, -1, 0])
    pooled = pooled_requirement(people, rule, ratios, group, 3)
    assert pooled.tolist() == [0, 2, 9]
    assert pooled.dtype == np.int64
    # two ratios in one group: the exact sum 0.8 + 1.0 is rounded once
    assert pooled_requirement(people[:2], np.array([0, 1]), ratios, group[:2], 2).tolist() == [0, 2]


def test_no_group_needs_nothing_in_whole_numbers():
    none = np.zeros(0, dtype=np.int64)
    assert pooled_requirement(none, none, [], none, 0).dtype == np.int64


def test_sums_by_group_stay_whole_and_leave_out_what_has_no_group():
    total = sum_by(np.array([2**53, 1, 4, 8]), np.array([0, 0, -1, 2]), 3)
    assert total.tolist() == [2**53 + 1, 0, 8]
    assert total.dtype == np.int64


def test_zones_without_a_number_get_none():
    required = requirements(
        np.array([1000, 1000]), np.array([0, -1]), [Fraction(10, 1000)], np.arange(2)
    )
    assert required.tolist() == [10, -1]


@given(
    st.lists(st.integers(0, 3_000_000), min_size=1, max_size=30),
    st.fractions(0, 50, max_denominator=100),
)
def test_requirement_is_the_least_whole_number_not_below_the_product(population, ratio):
    people = np.array(population, dtype=np.int64)
    rule = np.zeros(len(people), dtype=np.int64)
    required = requirements(people, rule, [ratio / 1000], np.arange(len(people)))
    assert required.tolist() == [math.ceil(each * ratio / 1000) for each in population]


@given(
    st.lists(st.integers(0, 100_000), min_size=1, max_size=30),
    st.lists(st.integers(0, 3), min_size=30, max_size=30),
)
def test_a_unit_needs_one_ceiling_of_its_sum(population, units):
    people = np.array(population, dtype=np.int64)
    unit = np.array(units[: len(people)], dtype=np.int64)
    required = requirements(people, np.zeros_like(people), [Fraction(8, 1000)], unit)
    for each in set(unit.tolist()):
        exact = Fraction(8 * int(people[unit == each].sum()), 1000)
        assert required[unit == each].sum() == math.ceil(exact)


@given(st.integers(0, 10**7), st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_whole_shares_add_up_and_stay_within_one_of_the_exact_share(total, weights):
    weight = np.array(weights, dtype=np.int64)
    share = distribute_whole(total, weight)
    whole = sum(weights) or len(weights)
    exact = [Fraction(total * (each if sum(weights) else 1), whole) for each in weights]
    assert share.sum() == total
    assert all(abs(got - want) < 1 for got, want in zip(share.tolist(), exact, strict=True))


def test_a_total_needs_somebody_to_take_it():
    with pytest.raises(ValueError, match=r"^a total above 0 needs at least one entry$"):
        distribute_whole(3, np.zeros(0, dtype=np.int64))
    nothing = distribute_whole(0, np.zeros(0, dtype=np.int64))
    assert (nothing.tolist(), nothing.dtype) == ([], np.int64)


def test_what_is_left_goes_by_remainder_and_not_by_size():
    # 20/9, 8/9 and 8/9: the two small ones have the greater remainders
    assert distribute_whole(4, np.array([5, 2, 2])).tolist() == [2, 1, 1]


def test_totals_beyond_what_a_float_can_count_are_shared_exactly():
    for total in (2**53 + 1, 2**53 + 3):  # a float would round the one down, the other up
        assert distribute_whole(total, np.array([7])).tolist() == [total]


def _counted(basis, **changes):
    n = 4
    never = np.full(n, np.datetime64("NaT"), dtype="datetime64[s]")
    facility = {
        "kind": np.array(["centre", "kindergarten_class", "home_based", "early_education"]),
        "status": np.array(["operating"] * n),
        "filed": np.ones(n, dtype=bool),
        "enrolled": np.array([55, 25, 4, 30]),
        "opened_on": never,
        "closed_on": never,
        "as_of": np.datetime64("2025-12-31", "s"),
        "home_based_cap": 5,
    }
    return counted_slots(np.array([60, 40, 6, 30]), basis=basis, **(facility | changes))


def test_statistical_basis_counts_children_enrolled_in_classes_and_homes():
    counted = _counted("statistical")
    assert counted.slots.sum() == 89
    assert counted.reason.tolist() == ["", "not_enrolled", "not_enrolled", "early_education"]


def test_nobody_enrolled_is_known_and_full_classes_count_whole():
    counted = _counted("statistical", enrolled=np.array([0, 0, 6, -1]))
    assert counted.slots.tolist() == [60, 0, 6, 0]
    assert counted.reason.tolist() == ["", "not_enrolled", "", "early_education"]


def test_a_home_of_exactly_the_cap_counts_whole_without_remark():
    counted = _counted("filed", home_based_cap=6)
    assert (counted.slots[2], counted.reason[2]) == (6, "")


def test_filed_basis_counts_design_slots_and_caps_homes():
    counted = _counted("filed")
    assert counted.slots.tolist() == [60, 40, 5, 0]
    assert counted.reason.tolist() == ["", "", "home_based_cap", "early_education"]


def test_without_a_home_based_rule_there_is_no_cap():
    assert _counted("filed", home_based_cap=None).slots.tolist() == [60, 40, 6, 0]


def test_unfiled_and_unknown_enrolment_do_not_count():
    unfiled = _counted("filed", filed=np.array([False, True, True, True]))
    unknown = _counted("statistical", enrolled=np.array([-1, -1, 4, 0]))
    assert (unfiled.slots[0], unfiled.reason[0]) == (0, "not_filed")
    assert unknown.slots.tolist() == [60, 0, 4, 0]
    assert unknown.reason[1] == "enrolment_unknown"


@pytest.mark.parametrize(
    ("opened", "closed", "slots", "pipeline", "reason"),
    [
        ("2025-12-31", "NaT", 60, 0, ""),
        ("2026-01-01", "NaT", 0, 60, "not_open_yet"),
        ("NaT", "2025-12-31", 0, 0, "closed"),
        ("NaT", "2026-01-01", 60, 0, ""),
    ],
)
def test_opening_and_closing_count_to_the_day(opened, closed, slots, pipeline, reason):
    nat = ["NaT"] * 3
    counted = _counted(
        "filed",
        opened_on=np.array([opened, *nat], dtype="datetime64[s]"),
        closed_on=np.array([closed, *nat], dtype="datetime64[s]"),
    )
    assert (counted.slots[0], counted.pipeline[0]) == (slots, pipeline)
    assert counted.reason[0] == reason
    assert counted.pipeline.dtype == counted.slots.dtype == np.int64


@pytest.mark.parametrize(
    ("status", "pipeline", "reason"),
    [("building", 60, "pipeline"), ("planned", 60, "pipeline"), ("closed", 0, "closed")],
)
def test_what_does_not_operate_is_pipeline_or_gone(status, pipeline, reason):
    counted = _counted("filed", status=np.array([status] + ["operating"] * 3))
    assert (counted.slots[0], counted.pipeline[0]) == (0, pipeline)
    assert counted.reason[0] == reason


def test_early_education_without_care_is_no_pipeline_either():
    counted = _counted("filed", status=np.array(["operating"] * 3 + ["building"]))
    assert (counted.pipeline[3], counted.reason[3]) == (0, "early_education")


def test_an_unknown_basis_is_refused():
    with pytest.raises(ValueError, match="basis"):
        _counted("naive")


def test_three_parts_make_up_the_requirement():
    required, attributed = np.array([10, 10, 0]), np.array([4, 0, 0])
    near, far = shortfall_parts(required, attributed, np.array([True, False, False]))
    assert (attributed + near + far).tolist() == required.tolist()
    assert (near.tolist(), far.tolist()) == ([6, 0, 0], [0, 10, 0])


@pytest.mark.parametrize(
    ("category", "missing", "has", "duty"),
    [
        ("new", 3, True, "build_with_housing"),
        ("new", 3, False, "build_with_housing"),
        ("existing", 3, False, "provide_by_deadline"),
        ("old_town", 3, False, "provide_by_deadline"),
        ("existing", 3, True, "top_up"),
        ("old_town", 3, True, "top_up"),
        ("rural", 0, False, "consider"),
        ("rural", 0, True, "consider"),
        ("existing", 0, False, "met"),
        ("existing", 1, False, "provide_by_deadline"),
    ],
)
def test_duty_by_category_and_presence(category, missing, has, duty):
    assert duties(np.array([category]), np.array([missing]), np.array([has])).tolist() == [duty]


def test_migrant_part_is_rounded_up_and_unknown_stays_unknown():
    required = np.array([10, 10, 10, 0, -1])
    got = migrant_requirement(required, np.array([1, 30, -1, 5, 5]), np.array([30, 30, 30, 0, 30]))
    assert got.tolist() == [1, 10, -1, 0, -1]


def test_no_migrant_child_is_a_count_and_one_child_is_a_whole():
    got = migrant_requirement(np.array([10, 10]), np.array([0, 1]), np.array([30, 1]))
    assert got.tolist() == [0, 10]


def test_migrants_where_there_are_no_children_need_nothing():
    # the loaders refuse such counts; whoever calls with them gets no slot out of nothing
    assert migrant_requirement(np.array([10]), np.array([5]), np.array([0])).tolist() == [0]


@pytest.mark.parametrize(
    ("required", "certain", "at_risk", "complete", "state"),
    [
        (5, 0, 0, True, "met"),
        (5, 0, 2, True, "at_risk"),
        (5, 0, 1, True, "at_risk"),
        (0, 0, 0, True, "met"),
        (5, 1, 2, True, "short"),
        (5, 1, 2, False, "short"),
        (5, 0, 0, False, "not_checked"),
        (5, 0, 2, False, "not_checked"),
        (-1, 0, 0, False, "not_checked"),
    ],
)
def test_migrant_states(required, certain, at_risk, complete, state):
    columns = (np.array([each]) for each in (required, certain, at_risk, complete))
    assert migrant_status(*columns).tolist() == [state]


def _hand_over(housing, facility, *, zone=0, closed=False):
    def days(*words):
        return np.array(words, dtype="datetime64[s]")

    found = handover(
        is_new=np.array([True]),
        zone_accepted_on=days(housing[0]),
        zone_delivered_on=days(housing[1]),
        on_site_zone=np.array([zone]),
        facility_accepted_on=days(facility[0]),
        facility_handed_over_on=days(facility[1]),
        closed=np.array([closed]),
        as_of=np.datetime64("2025-12-31", "s"),
    )
    return found.state[0], int(found.days[0])


HOUSING = ("2023-05-01", "2023-06-01")


@pytest.mark.parametrize(
    ("facility", "state"),
    [
        (("2023-05-01", "2023-06-01"), ("together", 0)),
        (("2023-04-01", "2023-05-31"), ("together", 0)),
        (("2023-05-01", "2023-06-02"), ("late", 1)),
        (("2023-05-11", "2023-06-02"), ("late", 10)),
        (("NaT", "2023-06-01"), ("unknown", 0)),
        (("2023-05-01", "NaT"), ("unknown", 0)),
    ],
)
def test_hand_over_with_the_housing(facility, state):
    assert _hand_over(HOUSING, facility) == state


def test_hand_over_without_facility_or_dates_or_before_delivery():
    later = ("2026-01-01", "2026-02-01")
    assert _hand_over(HOUSING, HOUSING, zone=-1) == ("missing", 0)
    assert _hand_over(HOUSING, HOUSING, closed=True) == ("missing", 0)
    assert _hand_over(("NaT", "2023-06-01"), HOUSING) == ("unknown", 0)
    assert _hand_over(later, ("NaT", "NaT")) == ("planned", 0)
    assert _hand_over(later, HOUSING, zone=-1) == ("planned", 0)


def test_of_two_facilities_on_site_the_better_stands_for_the_zone():
    days = np.array(["2023-05-01"] * 2, dtype="datetime64[s]")
    found = handover(
        is_new=np.array([True, False]),
        zone_accepted_on=days,
        zone_delivered_on=days,
        on_site_zone=np.array([0, 0, 1]),
        facility_accepted_on=np.array(["2023-06-01", "2023-05-01", "NaT"], dtype="datetime64[s]"),
        facility_handed_over_on=np.array(["2023-05-01"] * 3, dtype="datetime64[s]"),
        closed=np.zeros(3, dtype=bool),
        as_of=np.datetime64("2025-12-31", "s"),
    )
    assert found.state.tolist() == ["together", ""]
    assert found.facility.tolist() == [1, -1]
    assert found.days.dtype == found.facility.dtype == np.int64


@pytest.mark.parametrize(
    ("accepted", "state", "days", "stands"),
    [
        (["2023-05-21", "2023-05-11"], "late", 10, 1),  # the shorter delay
        (["NaT", "2023-05-11"], "late", 10, 1),  # a known delay before an unknown one
        (["2023-05-01", "2023-05-01"], "together", 0, 0),  # of equal ones the first
        (["9999-12-31", "NaT"], "late", 2_913_418, 0),  # however long the delay
    ],
)
def test_which_of_two_facilities_stands_for_the_zone(accepted, state, days, stands):
    housing = np.array(["2023-05-01"], dtype="datetime64[s]")
    found = handover(
        is_new=np.array([True]),
        zone_accepted_on=housing,
        zone_delivered_on=housing,
        on_site_zone=np.array([0, 0]),
        facility_accepted_on=np.array(accepted, dtype="datetime64[s]"),
        facility_handed_over_on=housing.repeat(2),
        closed=np.zeros(2, dtype=bool),
        as_of=np.datetime64("2025-12-31", "s"),
    )
    assert (found.state[0], found.days[0], found.facility[0]) == (state, days, stands)


def test_housing_delivered_on_the_day_is_delivered():
    today = ("2025-12-31", "2025-12-31")
    assert _hand_over(today, ("NaT", "NaT")) == ("unknown", 0)
    assert _hand_over(today, today, zone=-1) == ("missing", 0)


def test_slots_per_thousand_are_rounded_half_up_to_two_places():
    slots, people = np.array([60, 1, 1, 3, 7]), np.array([13_333, 8_000, 1, 0, 1_600])
    got = per_thousand(slots, people)
    assert got[:3].tolist() == [4.5, 0.13, 1000.0]
    assert np.isnan(got[3])
    assert got[4] == 4.38  # 4.375
    assert per_thousand(np.array([2_000_000]), np.array([2])).tolist() == [1e9]


def test_shares_are_rounded_half_up_to_four_places_and_none_of_nothing():
    assert [share(1, 3), share(1, 32), share(3, 3), share(0, 5)] == [0.3333, 0.0313, 1.0, 0.0]
    assert share(1, 20_000) == 0.0001
    assert share(5, 0) is None
