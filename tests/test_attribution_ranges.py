"""Ranges by F(S): equal to enumeration on tiny cases and to direct maximum flows on larger ones."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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
from capacity_planner.attribution import region as region_room
from capacity_planner.attribution.alike import Merged
from capacity_planner.attribution.network import Network
from capacity_planner.attribution.region import Region
from capacity_planner.attribution.searching import Freed, Search, _found


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


@pytest.fixture(params=[0, 1_000])
def few(request, monkeypatch):
    """What is done for many questions only, done for any number, and for no few."""
    monkeypatch.setattr(rerouting, "_FEW", request.param)


@pytest.mark.usefixtures("few")
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


def test_every_second_search_looks_a_hop_farther_on(monkeypatch):
    """The end of the chain is 37 facilities off, and the last of them keeps what is short."""
    noted, flow_of = [], Search._flow
    monkeypatch.setattr(
        Search, "_flow", lambda self, freed: noted.append(len(self.near)) or flow_of(self, freed)
    )
    test_a_district_whose_slots_have_far_to_go()
    assert noted == [3, 5, 7, 10, 13, 17, 21, 26, 31, 37, 39]


@pytest.fixture
def asked(monkeypatch):
    """Note the groups that are searched for."""
    groups, run = [], Search.run
    monkeypatch.setattr(
        Search, "run", lambda self, freed, *of: groups.extend(freed.group) or run(self, freed, *of)
    )
    return groups


def test_what_a_short_zone_next_door_takes_is_not_searched_for(asked):
    pairs = Pairs(np.zeros(3, int), np.arange(3), np.ones(3, int), 1, 3)
    counts = {"slots": np.array([5]), "required": np.array([3, 2, 5])}
    ((least, _),) = attributable_ranges(
        pairs, np.array([3, 2, 0]), **counts, groupings=[np.array([0, 0, -1])]
    )
    assert (least.tolist(), asked) == ([0], [])


def test_who_has_one_facility_only_is_searched_for_once_as_that_facility(asked):
    """After the groups of four zones comes the first facility."""
    pairs = Pairs(np.repeat([0, 1, 2], 2), np.array([0, 1, 1, 2, 2, 3]), np.tile([1, 2], 3), 3, 4)
    counts = {"slots": np.full(3, 5), "required": np.full(4, 5)}
    ((least, _),) = attributable_ranges(
        pairs, np.tile([5, 0], 3), **counts, groupings=[np.array([0, -1, -1, -1])]
    )
    assert (least.tolist(), asked) == ([0], [4])


def residual(network, flow, short):
    """The network in which slots can be led on, as a matrix of capacities for scipy."""
    f, z = len(network.slots), len(network.required)
    tail = np.concatenate([network.facility, network.zone + f, np.arange(f, f + z)])
    head = np.concatenate([network.zone + f, network.facility, np.full(z, f + z)])
    room = np.concatenate([np.full(len(network), 10**6), flow, short]).astype(np.int32)
    return coo_array((room, (tail, head)), shape=(f + z + 1,) * 2).tocsr()


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("levels", [(), (2, 5, 9), (1, 4, 16, 64)])
def test_what_a_facility_surely_leads_on_it_can_lead_on(seed, levels):
    pairs, slots, required = random_county(seed, plenty=0.8)
    flow = attribute(pairs, slots=slots, required=required)
    whole = Network(pairs.facility, pairs.zone, pairs.distance_m, slots, required)
    network, _, _ = whole.only(np.flatnonzero((slots[pairs.facility] * required[pairs.zone]) > 0))
    flow = flow[(slots[pairs.facility] * required[pairs.zone]) > 0]
    region = Region.of(network, flow, np.arange(len(network.required))[np.newaxis])
    graph = residual(region.network, region.flow, region.short)
    led = region.surely_led(levels)
    can = [maximum_flow(graph, each, graph.shape[0] - 1).flow_value for each in range(len(led))]
    assert (led <= can).all()
    assert led.any()


def test_what_a_facility_surely_leads_on_is_found_hop_by_hop(monkeypatch):
    """Each of a chain of facilities serves the zone behind it with 5; the last zone lacks 7."""
    facility, zone = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 1, 2, 2, 3])
    slots, required = np.full(3, 5), np.array([5, 5, 5, 7])
    network = Network(facility, zone, zone, slots, required)
    flow = np.array([5, 0, 5, 0, 5, 0])
    region = Region.of(network, flow, np.array([[0, 1, 2, 3]]))
    assert region.surely_led(()).tolist() == [0, 0, 7]
    assert region.surely_led((4, 6)).tolist() == [4, 4, 7]
    assert region.surely_led((3, 4, 5, 6)).tolist() == [5, 5, 7]
    for rounds, led in enumerate(([0, 0, 7], [0, 4, 7], [4, 4, 7])):
        monkeypatch.setattr(region_room, "_ROUNDS", rounds)
        assert region.surely_led((4,)).tolist() == led


def chain_to(short, *, slots=5):
    """What a facility gives zone 0 alone must be led on by zone 1 and a second facility to zone 2."""
    pairs = Pairs(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2]), np.tile([1, 2], 2), 2, 3)
    counts = {"slots": np.full(2, slots), "required": np.array([slots, slots, short])}
    return pairs, np.array([slots, 0, slots, 0]), counts


def test_who_surely_can_lose_all_is_not_searched_for(monkeypatch, asked):
    pairs, flow, counts = chain_to(8, slots=8)
    groupings = [np.array([0, -1, -1])]
    monkeypatch.setattr(rerouting, "_FEW", 0)
    ((least, _),) = attributable_ranges(pairs, flow, **counts, groupings=groupings)
    assert (least.tolist(), asked) == ([0], [])
    monkeypatch.setattr(rerouting, "_FEW", 1)
    ((least, _),) = attributable_ranges(pairs, flow, **counts, groupings=groupings)
    assert (least.tolist(), asked) == ([0], [3])


def test_no_more_slots_are_looked_for_than_are_wanted():
    """Of zone 0's slots 3 are surely lost next door and 5 by way of zone 2, but only 6 are wanted."""
    facility, zone = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 2, 2, 3])
    slots, required = np.array([3, 5, 5]), np.array([8, 6, 5, 5])
    network = Network(facility, zone, zone, slots, required)
    kin = np.array([0, -1, -1, -1])
    for wanted in (6, 2, 9):
        question = rerouting.Question(kin, np.array([wanted]))
        (lost,) = rerouting.reroutable(network, np.array([3, 0, 5, 0, 5, 0]), [question])
        assert lost.tolist() == [min(wanted, 8)]


def test_large_groups_are_asked_about_component_by_component(monkeypatch, asked):
    """Two chains side by side, of which the second can lead on 3; then facilities are asked about."""
    pairs, flow, counts = chain_to(5)
    both = Pairs(
        np.append(pairs.facility, pairs.facility + 2),
        np.append(pairs.zone, pairs.zone + 3),
        np.tile(pairs.distance_m, 2),
        4,
        6,
    )
    counts = {name: np.tile(each, 2) for name, each in counts.items()}
    counts["required"][5] = 3
    group = np.array([0, -1, -1, 0, -1, 1])
    for large, groups in ((2, [0, 0]), (1, [3, 5])):
        monkeypatch.setattr(rerouting, "_LARGE", large)
        ((least, _),) = attributable_ranges(both, np.tile(flow, 2), **counts, groupings=[group])
        assert (least.tolist(), asked) == ([2, 0], groups)
        asked.clear()


def test_nothing_is_searched_beyond_who_surely_leads_on_enough(monkeypatch):
    """The second facility leads on 5 next door: a search that comes there need not enter it."""
    pairs, flow, counts = chain_to(5)
    noted, flow_of = [], Search._flow
    monkeypatch.setattr(
        Search, "_flow", lambda self, freed: noted.append(len(self.near)) or flow_of(self, freed)
    )
    ((least, _),) = attributable_ranges(pairs, flow, **counts, groupings=[np.array([0, -1, -1])])
    assert (least.tolist(), noted) == ([0], [1])
    pairs, flow, counts = chain_to(4)
    ((least, _),) = attributable_ranges(pairs, flow, **counts, groupings=[np.array([0, -1, -1])])
    assert (least.tolist(), noted) == ([1], [1, 1, 2])


def test_what_a_group_lacks_itself_is_lacking_to_no_one_else():
    """The group's own zone lacks 5; only 3 of what its zone 0 frees can be led to another."""
    pairs = Pairs(np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 2, 3]), np.arange(5), 2, 4)
    counts = {"slots": np.full(2, 5), "required": np.array([5, 5, 5, 3])}
    ((least, most),) = attributable_ranges(
        pairs, np.array([5, 0, 5, 0, 0]), **counts, groupings=[np.array([0, -1, 0, -1])]
    )
    assert (least.tolist(), most.tolist()) == ([2], [10])


@st.composite
def small_counties(draw):
    """A few facilities and zones, some of them short, with a grouping of larger groups."""
    f, z = draw(st.integers(1, 6)), draw(st.integers(1, 9))
    near = draw(st.lists(st.booleans(), min_size=f * z, max_size=f * z))
    facility, zone = np.nonzero(np.array(near).reshape(f, z))
    counted = [draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)) for n in (f, z)]
    group = draw(st.lists(st.integers(-1, 2), min_size=z, max_size=z))
    pairs = Pairs(facility, zone, np.ones_like(zone), f, z)
    return pairs, *map(np.array, counted), np.array(group)


@settings(max_examples=400, deadline=None)
@given(
    small_counties(),
    st.lists(st.integers(1, 20), max_size=3).map(tuple),
    st.sampled_from([0, 1_000]),
    st.sampled_from([0, 1, 1_000]),
)
def test_equal_to_direct_maximum_flows_whatever_is_sure(county, levels, few, large):
    pairs, slots, required, group = county
    everyone = np.ones(len(required), dtype=bool)
    best = most_slots(pairs, slots, required, everyone)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rerouting, "_LEVELS", levels)
        patch.setattr(rerouting, "_FEW", few)
        patch.setattr(rerouting, "_LARGE", large)
        groupings = [np.arange(len(required)), group]
        found = attributable_ranges(
            pairs, None, slots=slots, required=required, groupings=groupings
        )
    for kin, (least, most) in zip(groupings, found, strict=True):
        for each in range(len(least)):
            assert most[each] == most_slots(pairs, slots, required, kin == each)
            assert least[each] == best - most_slots(pairs, slots, required, kin != each)


def test_only_what_is_among_the_others_is_found():
    for values, others, known in (([0, 1, 2], [0], [0]), ([1, 2, 4], [1, 3], [0])):
        place, found = _found(np.array(values), np.array(others))
        assert found.nonzero()[0].tolist() == known
        assert place[known].tolist() == [0]


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


def test_where_no_slot_is_used_ranges_are_whole_numbers_all_the_same():
    none, one = np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64)
    for pairs, groups in ((Pairs(none, none, none, 1, 0), none), (Pairs(one, one, one, 1, 1), one)):
        asked = {"slots": np.array([0]), "required": np.ones_like(groups), "groupings": [groups]}
        ((least, most),) = attributable_ranges(pairs, pairs.zone * 0, **asked)
        assert (least.tolist(), most.tolist()) == (groups.tolist(), groups.tolist())
        assert least.dtype == most.dtype == np.int64


def test_the_first_group_may_be_the_only_large_one():
    """Ten slots for zones 0 and 1 together, three for zone 2, whose group has one zone."""
    pairs = Pairs(np.array([0, 0, 1]), np.array([0, 1, 2]), np.array([9, 9, 9]), 2, 3)
    counts = {"slots": np.array([10, 3]), "required": np.array([8, 8, 5])}
    groups = np.array([0, 0, 1])
    groupings = [groups, np.array([0, 1, 2])]
    (least, most), each = attributable_ranges(pairs, None, **counts, groupings=groupings)
    assert (least.tolist(), most.tolist()) == ([10, 3], [10, 3])
    assert [of.tolist() for of in each] == [[2, 2, 3], [8, 8, 3]]
    assert least.dtype == most.dtype == each[0].dtype == each[1].dtype == np.int64


def test_a_groups_own_short_zones_are_no_place_to_lead_its_slots_to():
    one = np.array([0])
    counts = {"slots": np.array([5]), "required": np.array([10])}
    ((least, most),) = attributable_ranges(
        Pairs(one, one, one, 1, 1), None, **counts, groupings=[one]
    )
    assert (least.tolist(), most.tolist()) == ([5], [5])
    # zone 1 of the group is short as well, near a facility that serves others only
    pairs = Pairs(np.array([0, 0, 1, 1]), np.array([0, 3, 1, 2]), np.arange(4), 2, 4)
    counts = {"slots": np.array([5, 5]), "required": np.array([5, 5, 5, 1])}
    group = np.array([0, 0, -1, -1])
    ((least, most),) = attributable_ranges(
        pairs, np.array([5, 0, 0, 5]), **counts, groupings=[group]
    )
    assert (least.tolist(), most.tolist()) == ([4], [10])


def test_a_region_ends_where_no_short_zone_can_be_reached():
    """Zone 0 lacks a slot; zone 1 is a dead end; what zone 2 has could be led nowhere else."""
    network = Network(
        np.array([0, 0, 0, 1]),
        np.array([0, 1, 2, 2]),
        np.arange(4),
        slots=np.array([4, 5]),
        required=np.array([4, 1, 5]),
    )
    region = Region.of(network, np.array([3, 1, 0, 5]), np.array([[0, 1, 2]]))
    assert (region.network.facility.tolist(), region.network.zone.tolist()) == ([0, 0], [0, 1])
    assert (region.flow.tolist(), region.short.tolist()) == ([3, 1], [1, 0])
    assert region.kin.tolist() == [[0, 1]]
    assert (region.onto.tolist(), region.starts.tolist()) == ([0], [0, 1])
    assert (region.by.tolist(), region.lent.tolist()) == ([0, 0], [3, 1])
    assert region.lent_starts.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("groups", "facilities", "at_once", "portions"),
    [
        # facilities 0, 1, 2 lead to 1, 2, 3 zones: in all 3 after group 0, then 6, 9 and 12
        ([0, 0, 1, 3, 3, 4], [0, 1, 2, 0, 1, 2], 6, [[0, 1], [2, 3, 4], [5]]),
        ([0, 1], [0, 0], 2, [[0], [1]]),
        ([1], [2], 100, [[0]]),
    ],
)
def test_portions_are_whole_groups(monkeypatch, groups, facilities, at_once, portions):
    monkeypatch.setattr(rerouting, "_AT_ONCE", at_once)
    freed = Freed(np.array(groups), np.array(facilities), np.ones(len(groups), int))
    region = SimpleNamespace(starts=np.array([0, 1, 3, 6]))
    assert [some.tolist() for some in rerouting._portions(region, freed)] == portions


def test_where_a_facility_has_just_enough_no_solver_is_asked(monkeypatch):
    monkeypatch.setattr(maximum, "_solve", None)
    two, one = np.array([0, 1]), np.array([0, 0])
    serving = Network(one, two, two, np.array([7]), np.array([4, 3]))
    emptied = Network(two, one, two, np.array([4, 3]), np.array([7]))
    for network in (serving, emptied):
        assert maximum.maximum_flow(network).tolist() == [4, 3]


def test_bundles_of_components_are_solved_one_by_one(monkeypatch):
    """Four towns of two pairs each, two towns to a bundle; what fits into one is not taken apart."""
    solve, asked = maximum._solve, []
    monkeypatch.setattr(maximum, "_solve", lambda part: asked.append(len(part)) or solve(part))
    monkeypatch.setattr(maximum, "_BUNDLE", 4)
    facility = np.repeat(np.arange(4), 2)
    towns = Network(facility, np.arange(8), facility, np.full(4, 5), np.full(8, 3))
    assert np.bincount(facility, maximum._by_bundles(towns)).tolist() == [5, 5, 5, 5]
    assert asked == [4, 4]
    monkeypatch.setattr(maximum, "_BUNDLE", 8)
    monkeypatch.setattr(Network, "components", None)
    assert maximum._by_bundles(towns).sum() == 20


def test_a_wrong_group_is_refused():
    none = np.zeros(0, dtype=np.int64)
    pairs = Pairs(none, none, none, 1, 2)
    with pytest.raises(ValueError, match=r"^groupings: whole numbers of shape \(2,\) are needed$"):
        attributable_ranges(
            pairs, none, slots=np.array([3]), required=np.array([1, 1]), groupings=[np.array([0])]
        )


@pytest.mark.parametrize("plenty", [0.3, 0.8, 1.0, 1.6])
@pytest.mark.parametrize("worth", [0.1, 1.0])
@pytest.mark.parametrize("bundle", [1, 20, 10_000])
def test_a_maximum_flow_has_the_most_slots_peeled_or_not(monkeypatch, plenty, worth, bundle):
    monkeypatch.setattr(maximum, "_WORTH", worth)
    monkeypatch.setattr(maximum, "_BUNDLE", bundle)
    for seed in range(10):
        pairs, slots, required = random_county(seed, plenty=plenty, reach=1.2)
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


def merged(near, *groups):
    """How many zones are left, each near some facilities and in a group of each."""
    ends = sorted((facility, zone) for zone, these in enumerate(near) for facility in these)
    facility, zone = np.array(ends).T
    slots, required = np.ones(facility.max() + 1, int), np.ones(len(near), int)
    network = Network(facility, zone, zone, slots, required)
    return len(Merged.of(network, zone, [np.array(each) for each in groups]).first)


def test_zones_that_differ_are_not_merged_because_a_key_ran_over():
    """In 64 bits, 2³² × 2³² is 0, and so is what eleven more out of 64 facilities make of one."""
    assert merged([{0}] * 3, [0, 2**32, 0], [5, 5, 2**32 - 2]) == 3
    many = set(range(10, 64))
    assert merged([{0} | many, {1} | many], [0, 0]) == 2
    assert merged([{0} | many, {0} | many], [0, 0]) == 1


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
