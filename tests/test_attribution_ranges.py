"""Ranges by F(S): equal to enumeration on tiny cases and to direct maximum flows on larger ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_flow

from capacity_planner.attribution import (
    Pairs,
    alike,
    attributable_ranges,
    attribute,
    check_flow,
    maximum,
    ranges,
    rerouting,
)
from capacity_planner.attribution.alike import Merged
from capacity_planner.attribution.network import Network


def random_county(seed, *, f=14, z=60, reach=2.6, plenty=1.0):
    """A small clustered county in which some parts are short and others are not."""
    rng = np.random.default_rng(seed)
    home, work = rng.random((z, 2)) * 10, rng.random((f, 2)) * 10
    way = np.hypot(*(work[:, None] - home[None]).transpose(2, 0, 1))
    facility, zone = np.nonzero(way < reach)
    pairs = Pairs(facility, zone, (way[facility, zone] * 20).astype(int), f, z)
    required = rng.integers(0, 9, z)
    slots = (rng.integers(0, 30, f) * plenty).astype(int)
    return pairs, slots, required


def most_slots(pairs, slots, required, zones):
    """F(S) by scipy: the oracle."""
    f, z = len(slots), len(required)
    wanted = np.where(zones, required, 0)
    tail = np.concatenate([pairs.facility, np.full(f, f + z), np.arange(f, f + z)])
    head = np.concatenate([pairs.zone + f, np.arange(f), np.full(z, f + z + 1)])
    room = np.concatenate([slots[pairs.facility], slots, wanted]).astype(np.int32)
    graph = coo_array((room, (tail, head)), shape=(f + z + 2,) * 2).tocsr()
    return maximum_flow(graph, f + z, f + z + 1).flow_value


@pytest.mark.parametrize("plenty", [0.3, 0.8, 1.0, 1.6])
@pytest.mark.parametrize("seed", range(6))
def test_equal_to_direct_maximum_flows(seed, plenty):
    pairs, slots, required = random_county(seed, plenty=plenty)
    flow = attribute(pairs, slots=slots, required=required)
    rng = np.random.default_rng(seed)
    everyone = np.ones(len(required), dtype=bool)
    best = most_slots(pairs, slots, required, everyone)
    assert flow.sum() == best
    groupings = [
        np.arange(60),
        rng.integers(-1, 6, 60),
        np.arange(60) // 8,
        np.zeros(60, int),
        rng.permutation(90)[:60] - 30,
    ]
    groupings[-1][groupings[-1] < 0] = -1
    found = attributable_ranges(pairs, flow, slots=slots, required=required, groupings=groupings)
    for group, (least, most) in zip(groupings, found, strict=True):
        for each in range(group.max() + 1):
            assert most[each] == most_slots(pairs, slots, required, group == each)
            assert least[each] == best - most_slots(pairs, slots, required, group != each)


def test_a_district_whose_slots_have_far_to_go():
    """A chain: what the first group frees must be led on through every facility to the last zone."""
    n = 40
    facility = np.repeat(np.arange(n), 2)
    zone = facility + np.tile([0, 1], n)
    pairs = Pairs(facility, zone, np.tile([1, 2], n), n, n + 1)
    counts = {"slots": np.full(n, 5), "required": np.full(n + 1, 5)}
    flow = attribute(pairs, **counts)
    assert flow.tolist() == [5, 0] * n
    group = np.full(n + 1, -1)
    group[:3] = 0
    ((least, most),) = attributable_ranges(pairs, flow, **counts, groupings=[group])
    assert (least.tolist(), most.tolist()) == ([10], [15])


def test_portions_do_not_change_the_answer(monkeypatch):
    pairs, slots, required = random_county(3, f=30, z=200)
    flow = attribute(pairs, slots=slots, required=required)
    groupings = [np.random.default_rng(3).integers(-1, 25, 200), np.arange(200)]
    asked = {"slots": slots, "required": required, "groupings": groupings}
    whole = attributable_ranges(pairs, flow, **asked)
    monkeypatch.setattr(rerouting, "_AT_ONCE", 40)
    parts = attributable_ranges(pairs, flow, **asked)
    assert np.array(whole[0]).tolist() == np.array(parts[0]).tolist()
    assert np.array(whole[1]).tolist() == np.array(parts[1]).tolist()


def test_any_flow_with_the_most_slots_gives_the_same_range():
    facility, zone = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2])
    pairs = Pairs(facility, zone, np.array([9, 9, 9, 9]), 2, 3)
    counts = {"slots": np.array([4, 4]), "required": np.array([4, 4, 4])}
    ranges = [
        attributable_ranges(pairs, np.array(flow), **counts, groupings=[np.arange(3)])[0]
        for flow in ([4, 0, 4, 0], [4, 0, 0, 4], [0, 4, 0, 4], [2, 2, 2, 2])
    ]
    for least, most in ranges:
        assert least.tolist() == [0, 0, 0]
        assert most.tolist() == [4, 4, 4]


def test_a_group_of_none_and_no_pairs():
    none = np.zeros(0, dtype=np.int64)
    pairs = Pairs(none, none, none, 1, 2)
    asked = {"slots": np.array([3]), "required": np.array([1, 1])}
    groupings = [np.array([-1, 1]), np.array([-1, -1])]
    ranges = attributable_ranges(pairs, none, **asked, groupings=groupings)
    assert [[of.tolist() for of in each] for each in ranges] == [[[0, 0], [0, 0]], [[], []]]
    assert attributable_ranges(pairs, none, **asked, groupings=[]) == []


def test_a_wrong_group_is_refused():
    none = np.zeros(0, dtype=np.int64)
    pairs = Pairs(none, none, none, 1, 2)
    with pytest.raises(ValueError, match=r"^groupings: whole numbers of shape \(2,\) are needed$"):
        attributable_ranges(
            pairs, none, slots=np.array([3]), required=np.array([1, 1]), groupings=[np.array([0])]
        )


@pytest.mark.parametrize("plenty", [0.3, 0.8, 1.0, 1.6])
@pytest.mark.parametrize("worth", [0.1, 1.0])
def test_a_maximum_flow_has_the_most_slots_peeled_or_not(monkeypatch, plenty, worth):
    monkeypatch.setattr(maximum, "_WORTH", worth)
    for seed in range(10):
        pairs, slots, required = random_county(seed, plenty=plenty)
        network = Network(pairs.facility, pairs.zone, pairs.distance_m, slots, required)
        before = slots.copy(), required.copy()
        flow = maximum.maximum_flow(network)
        check_flow(pairs, flow, slots=slots, required=required)
        everyone = np.ones(len(required), dtype=bool)
        assert flow.sum() == most_slots(pairs, slots, required, everyone)
        assert (slots == before[0]).all()
        assert (required == before[1]).all()


def test_without_a_flow_the_counts_are_checked_all_the_same():
    none = np.zeros(0, dtype=np.int64)
    pairs = Pairs(none, none, none, 1, 2)
    with pytest.raises(ValueError, match=r"^slots: a count is negative or the sum is too large$"):
        attributable_ranges(
            pairs, None, slots=np.array([-3]), required=np.array([1, 1]), groupings=[]
        )


# numbers so large that their product would lose its highest digits
LARGE = [(1, 1), (2**48, 1), (2**30, 2**32), (2**32, 2**30 - 1)]


@pytest.mark.parametrize(("one", "other"), LARGE)
@pytest.mark.parametrize("largest", [1, 10**6, 2**62])
def test_zones_are_merged_where_facilities_and_groups_are_the_same(
    monkeypatch, largest, one, other
):
    """However many facilities fit into the number by which zones are compared."""
    monkeypatch.setattr(alike, "_LARGEST", largest)
    pairs, slots, required = random_county(5, z=300)
    network = Network(pairs.facility, pairs.zone, pairs.distance_m, slots, required)
    network, _, _ = network.only(np.arange(len(network)))
    rng = np.random.default_rng(5)
    size = len(network.required)
    groups = [rng.integers(-1, 2, size) * one, rng.integers(0, 3, size) * other]
    groups[0][groups[0] < 0] = -1
    flow = rng.integers(0, 4, len(network))
    merged = Merged.of(network, flow, groups)
    signs = [
        (
            frozenset(network.facility[network.zone == zone].tolist()),
            groups[0][zone],
            groups[1][zone],
        )
        for zone in range(size)
    ]
    assert len(set(signs)) == len(merged.first) == merged.zone.max() + 1 < size
    assert [signs[merged.first[zone]] for zone in merged.zone] == signs
    ends = {}
    for facility, zone, slots in zip(
        network.facility, merged.zone[network.zone], flow, strict=True
    ):
        ends[facility, zone] = ends.get((facility, zone), 0) + slots
    small = merged.network
    found = zip(small.facility, small.zone, merged.flow, strict=True)
    assert [((facility, zone), slots) for facility, zone, slots in found] == sorted(ends.items())
    sums = [network.required[merged.zone == zone].sum() for zone in range(len(merged.first))]
    assert small.required.tolist() == sums
    assert small.slots.tolist() == network.slots.tolist()


def test_only_groupings_with_larger_groups_keep_zones_apart(monkeypatch):
    """A grouping of single zones would leave nothing to merge."""
    pairs, slots, required = random_county(2)
    flow = attribute(pairs, slots=slots, required=required)
    seen = []

    class Noted(Merged):
        @classmethod
        def of(cls, network, flow, groups):
            seen.extend(groups)
            return Merged.of(network, flow, groups)

    monkeypatch.setattr(ranges, "Merged", Noted)
    groupings = [np.arange(60), np.arange(60) // 8]
    attributable_ranges(pairs, flow, slots=slots, required=required, groupings=groupings)
    assert len(seen) == 1
    assert np.bincount(seen[0]).max() > 1
