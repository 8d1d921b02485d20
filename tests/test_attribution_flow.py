"""The attribution is exact: most slots, then fewest slot-metres, then one winner."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trials import trials

from capacity_planner.attribution import Pairs, attributable_ranges, attribute, check_flow
from capacity_planner.attribution.forced import peel
from capacity_planner.attribution.network import Network


def make_pairs(links, f, z):
    links = sorted(links)
    columns = np.array(links, dtype=np.int64).reshape(-1, 3).T
    return Pairs(columns[0], columns[1], columns[2], f, z)


@st.composite
def tiny_cases(draw):
    f, z = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    grid = list(itertools.product(range(f), range(z)))
    chosen = draw(st.lists(st.sampled_from(grid), unique=True, max_size=6))
    links = [(a, b, draw(st.integers(0, 3))) for a, b in chosen]
    slots = draw(st.lists(st.integers(0, 3), min_size=f, max_size=f))
    required = draw(st.lists(st.integers(0, 3), min_size=z, max_size=z))
    return make_pairs(links, f, z), np.array(slots), np.array(required)


def every_flow(pairs, slots, required):
    """All feasible flows by plain enumeration: the oracle."""
    limits = [
        range(min(slots[f], required[z]) + 1)
        for f, z in zip(pairs.facility, pairs.zone, strict=True)
    ]
    listed = list(itertools.product(*limits))
    flows = np.array(listed, dtype=np.int64).reshape(len(listed), len(pairs))
    out = np.zeros((len(flows), pairs.n_facilities), dtype=np.int64)
    into = np.zeros((len(flows), pairs.n_zones), dtype=np.int64)
    for place in range(len(pairs)):
        out[:, pairs.facility[place]] += flows[:, place]
        into[:, pairs.zone[place]] += flows[:, place]
    good = (out <= slots).all(axis=1) & (into <= required).all(axis=1)
    return flows[good], into[good]


@trials(400)
@given(tiny_cases())
def test_brute_force_finds_the_same_winner(case):
    pairs, slots, required = case
    flow = attribute(pairs, slots=slots, required=required)
    check_flow(pairs, flow, slots=slots, required=required)
    best = max(
        every_flow(pairs, slots, required)[0].tolist(),
        key=lambda each: (sum(each), -sum(each * pairs.distance_m), each),
    )
    assert flow.tolist() == best


@trials(300)
@given(tiny_cases(), st.data())
def test_brute_force_finds_the_same_ranges(case, data):
    """Of several groupings at once: some of single zones, some of groups, none of all zones."""
    pairs, slots, required = case
    size = pairs.n_zones
    groups = st.lists(st.integers(-1, 2), min_size=size, max_size=size)
    singles = st.permutations(range(-1, size)).map(lambda order: order[:size])
    drawn = data.draw(st.lists(groups | singles, max_size=3))
    groupings = [np.array(group, dtype=np.int64) for group in drawn]
    asked = {"slots": slots, "required": required, "groupings": groupings}
    flow = attribute(pairs, slots=slots, required=required)
    ranges = attributable_ranges(pairs, flow, **asked)
    flows, into = every_flow(pairs, slots, required)
    into = into[flows.sum(axis=1) == flows.sum(axis=1).max()]
    for group, (least, most) in zip(groupings, ranges, strict=True):
        sums = [into[:, group == each].sum(axis=1) for each in range(group.max(initial=-1) + 1)]
        assert least.tolist() == [each.min() for each in sums]
        assert most.tolist() == [each.max() for each in sums]
    without = attributable_ranges(pairs, None, **asked)
    assert [np.array(each).tolist() for each in without] == [
        np.array(each).tolist() for each in ranges
    ]


def peeled(links, slots, required):
    pairs = make_pairs(links, len(slots), len(required))
    flow, rest, contested = peel(
        Network(pairs.facility, pairs.zone, pairs.distance_m, np.array(slots), np.array(required))
    )
    return flow.tolist(), rest.slots.tolist(), rest.required.tolist(), contested.tolist()


def test_a_facility_with_just_enough_serves_its_zones_unless_another_is_nearer():
    """Facility 0 has the seven that zones 0 and 1 require; facility 1 is nearer to zone 1."""
    links = [(0, 0, 100), (0, 1, 60), (1, 1, 50), *rivals(1, 2, 2, 3)]
    flow, slots, required, contested = peeled(links, [7, 5, 3], [4, 3, 4, 4])
    assert flow == [4, 0, 0, 0, 0, 0, 0]
    assert (slots, required, contested) == ([3, 5, 3], [0, 3, 4, 4], [1, 2, 3, 4, 5, 6])
    flow, slots, required, contested = peeled(
        [*links[:2], (1, 1, 61), *links[3:]], [7, 5, 3], [4, 3, 4, 4]
    )
    assert flow == [4, 3, 0, 0, 0, 0, 0]
    assert (slots, required, contested) == ([0, 5, 3], [0, 0, 4, 4], [3, 4, 5, 6])


def rivals(f, g, y, z):
    """Two facilities 100 m from two zones that require more than either of them has."""
    return [(f, y, 100), (f, z, 100), (g, y, 100), (g, z, 100)]


def test_a_zone_that_takes_all_empties_its_facilities_unless_another_is_nearer():
    """Zone 0 requires the seven that facilities 0 and 1 have; zone 1 is nearer to facility 1."""
    links = [(0, 0, 100), (1, 0, 60), (1, 1, 50), *rivals(2, 3, 1, 2)]
    flow, slots, required, contested = peeled(links, [4, 3, 4, 4], [7, 5, 3])
    assert flow == [4, 0, 0, 0, 0, 0, 0]
    assert (slots, required, contested) == ([0, 3, 4, 4], [3, 5, 3], [1, 2, 3, 4, 5, 6])


def test_what_suits_both_is_given_once():
    assert peeled([(0, 0, 9)], [5], [5]) == ([5], [0], [0], [])


def test_once_its_own_zones_take_all_a_facility_gives_nothing_farther_off():
    """Own zones 0 and 1 require the five of facility 0: zone 2, 10 m farther, gets none of them."""
    links = [(0, 0, 10), (0, 1, 20), (0, 2, 30), (1, 2, 100), (1, 3, 100), (2, 3, 100)]
    flow, slots, required, contested = peeled(links, [5, 2, 3], [2, 3, 4, 4])
    assert flow == [2, 3, 0, 0, 0, 0]
    assert (slots, required, contested) == ([0, 2, 3], [0, 0, 4, 4], [3, 4, 5])


def test_of_many_own_zones_equally_far_the_first_are_served():
    """Slots for three quarters: the hundred at 0 m, and of those at 1 m the first fifty."""
    flow, *_ = peeled([(0, zone, zone % 2) for zone in range(200)], [300], [2] * 200)
    assert flow == [2] * 100 + [2, 0] * 50


def test_what_only_one_facility_is_near_is_served_from_the_nearest_on():
    """Five slots: the own zones at 1 and 2 m take them all, of two at 2 m the first one first."""
    pairs = make_pairs([(0, 0, 2), (0, 1, 9), (0, 2, 1), (0, 3, 2), (1, 1, 9)], 2, 4)
    network = Network(pairs.facility, pairs.zone, pairs.distance_m, np.array([5, 1]), np.full(4, 3))
    flow, _, contested = peel(network)
    assert flow.tolist() == [2, 0, 3, 0, 1]
    assert contested.tolist() == []


def test_nothing_gives_nothing():
    none = np.zeros(0, dtype=np.int64)
    pairs = Pairs(none, none, none, 0, 0)
    assert attribute(pairs, slots=none, required=none).tolist() == []


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        ([2, 0], "facility 0 gives 2 slots and has 1"),
        ([0, 10], "facility 1 gives 10 slots and has 9"),
        ([1, 3], "zone 0 takes 4 slots and requires 2"),
        ([-1, 0], "flow: a pair has less than no slot"),
        ([0], r"flow: whole numbers of shape \(2,\) are needed"),
        ([0.0, 0.0], r"flow: whole numbers of shape \(2,\) are needed"),
    ],
)
def test_broken_laws_are_told(flow, said):
    pairs = make_pairs([(0, 0, 5), (1, 0, 5)], 2, 1)
    with pytest.raises(ValueError, match=f"^{said}$"):
        check_flow(pairs, np.array(flow), slots=np.array([1, 9]), required=np.array([2]))


def test_the_first_of_several_breaches_is_named():
    pairs = make_pairs([(0, 0, 5), (1, 1, 5), (2, 2, 5)], 3, 3)
    flow, room = np.array([1, 7, 8]), np.array([1, 2, 3])
    with pytest.raises(ValueError, match=r"^facility 1 gives 7 slots and has 2$"):
        check_flow(pairs, flow, slots=room, required=np.array([9, 9, 9]))
    with pytest.raises(ValueError, match=r"^zone 1 takes 7 slots and requires 2$"):
        check_flow(pairs, flow, slots=np.array([9, 9, 9]), required=room)


def test_a_flow_at_its_limits_breaks_no_law():
    pairs = make_pairs([(0, 0, 5), (1, 0, 5)], 2, 1)
    for flow, slots, required in (([1, 1], [1, 1], [2]), ([0, 0], [0, 0], [0])):
        check_flow(pairs, np.array(flow), slots=np.array(slots), required=np.array(required))
    unsigned = np.array([1, 1], dtype=np.uint32)
    check_flow(pairs, unsigned, slots=unsigned, required=np.array([2], dtype=np.uint32))


@pytest.mark.parametrize("name", ["slots", "required"])
@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([1], r"whole numbers of shape \(2,\) are needed"),
        ([1.0, 1.0], r"whole numbers of shape \(2,\) are needed"),
        ([True, True], r"whole numbers of shape \(2,\) are needed"),
        ([3, -1], "a count is negative or the sum is too large"),
        ([2**53 - 1, 1], "a count is negative or the sum is too large"),
        ([2**62, 2**62], "a count is negative or the sum is too large"),
    ],
)
def test_what_is_no_count_is_refused(name, counts, said):
    pairs = make_pairs([(0, 0, 5), (1, 1, 5)], 2, 2)
    given = {"slots": np.array([1, 1]), "required": np.array([1, 1]), name: np.array(counts)}
    with pytest.raises(ValueError, match=f"^{name}: {said}$"):
        attribute(pairs, **given)


def test_counts_up_to_the_limit_are_exact():
    pairs, most = make_pairs([(0, 0, 5)], 1, 1), np.array([2**53 - 1])
    assert attribute(pairs, slots=most, required=most).tolist() == [2**53 - 1]
    nothing = np.zeros(1, dtype=np.int64)
    assert attribute(pairs, slots=nothing, required=most).tolist() == [0]
