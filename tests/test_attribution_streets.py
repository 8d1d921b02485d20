"""Walking along streets drawn in code, where every way is known by hand."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity_planner.attribution import (
    Pairs,
    Streets,
    find_pairs,
    lying_in,
    street_pairs,
    table_pairs,
    walking,
)


def lines(*each):
    return np.array([shapely.LineString(points) for points in each])


def grid(columns=5, rows=4, step=100):
    """Streets every 100 m: walks are |dx| + |dy|."""
    wide, high = (columns - 1) * step, (rows - 1) * step
    across = [[(0, y * step), (wide, y * step)] for y in range(rows)]
    up = [[(x * step, 0), (x * step, high)] for x in range(columns)]
    return Streets.of(lines(*across, *up))


def walks(streets, zones, points, radius_m=1000, *, snap_m=100.0, **options):
    """Zones are squares of 10 m around their points; facilities serve everybody."""
    zone_points, sites = shapely.points(zones), shapely.points(points)
    pairs, report = street_pairs(
        streets,
        shapely.get_coordinates(zone_points),
        sites,
        lying=lying_in(sites, shapely.buffer(zone_points, 5, cap_style="square")),
        radius_m=radius_m,
        own_zone=np.full(len(points), -1),
        exclusive=np.zeros(len(points), dtype=bool),
        inside=True,
        snap_m=snap_m,
        **options,
    )
    found = zip(
        pairs.facility.tolist(), pairs.zone.tolist(), pairs.distance_m.tolist(), strict=True
    )
    return {(f, z): d for f, z, d in found}, report


def test_a_street_grid_is_walked_round_the_corner():
    streets = grid()
    zones = [(0, 0), (200, 100), (400, 300), (150, 0), (250, 120)]
    found, report = walks(streets, zones, [(0, 0), (50, 0)])
    assert found == {
        (0, 0): 0,
        (0, 1): 300,
        (0, 2): 700,
        (0, 3): 150,
        # 20 m up to the street at y = 100, which is entered at x = 250
        (0, 4): 250 + 100 + 20,
        (1, 0): 50,
        (1, 1): 250,
        (1, 2): 650,
        (1, 3): 100,
        (1, 4): 200 + 100 + 20,
    }
    assert (report.parts, report.length_m, report.beyond) == (1, 3100.0, 0)


def test_the_radius_is_on_foot_and_exact():
    zones = [(200, 100), (200.4, 100), (201, 100)]
    found, report = walks(grid(), zones, [(0, 0)], radius_m=300)
    assert found == {(0, 0): 300}
    assert report.beyond == 2
    assert walks(grid(), [(150, 100.4)], [(0, 0)], radius_m=250)[0] == {}
    assert len(report.unreachable_facility) == 0


def test_a_river_with_one_bridge():
    """Banks 60 m apart, 1,000 m long; the bridge stands at x = 1000."""
    streets = Streets.of(lines([(0, 0), (1000, 0)], [(0, 60), (1000, 60)], [(1000, 0), (1000, 60)]))
    zones, points = [(0, 60), (900, 60)], [(0, 0)]
    straight = find_pairs(
        np.array(zones),
        shapely.points(points),
        lying=lying_in(shapely.points(points), shapely.buffer(shapely.points(zones), 5)),
        radius_m=500,
        own_zone=np.array([-1]),
        exclusive=np.array([False]),
        inside=True,
    )
    assert (straight.zone.tolist(), straight.distance_m.tolist()) == ([0], [60])
    assert walks(streets, zones, points, radius_m=500)[0] == {}
    assert walks(streets, zones, points, radius_m=2100)[0] == {(0, 0): 2060, (0, 1): 1160}


def test_two_stops_on_one_street_need_no_junction():
    street = Streets.of(lines([(0, 0), (1000, 0)]))
    found, _ = walks(street, [(400, 30), (410, 0)], [(390, -20)])
    assert found == {(0, 0): 20 + 10 + 30, (0, 1): 20 + 20}


def test_without_a_way_a_pair_is_unreachable_and_listed():
    streets = Streets.of(lines([(0, 0), (1000, 0)], [(0, 50), (300, 50)]))
    zones, points = [(100, 50), (100, 500), (100, 0)], [(100, 0), (700, 400)]
    found, report = walks(streets, zones, points, radius_m=600, snap_m=60)
    assert found == {(0, 2): 0}
    assert (report.parts, report.island_length_m) == (2, 300.0)
    assert report.zones_on_islands.tolist() == [0]
    assert report.zones_too_far.tolist() == [1]
    assert report.facilities_too_far.tolist() == [1]
    assert report.zones_off_m.tolist() == [450.0]
    assert report.facilities_off_m.tolist() == [400.0]
    assert report.unreachable_facility.tolist() == [0, 0]
    assert report.unreachable_zone.tolist() == [0, 1]
    assert report.facilities_on_islands.tolist() == []


def test_round_the_bay_is_far_and_not_unreachable():
    """An island with a road round its bay, beside a longer road: 80 m across, 900 m on foot."""
    road = [(0, -300), (3000, -300)]
    bay = [(0, 0), (410, 0), (410, 80), (0, 80)]
    zones = [(1000, -300), (2000, -300), (3000, -300), (0, 80)]
    points = [(0, 0), (900, -300)]
    found, report = walks(Streets.of(lines(road, bay)), zones, points, radius_m=300)
    assert found == {(1, 0): 100}
    assert (report.beyond, report.unreachable_facility.tolist()) == (1, [])
    assert (report.facilities_on_islands.tolist(), report.zones_on_islands.tolist()) == (
        [0],
        [3],
    )


def test_a_zone_with_a_gate_is_entered_by_it_and_the_others_at_their_point():
    street = Streets.of(lines([(0, 0), (500, 0)]))
    gates = (shapely.points([(300, 0)]), np.array([0]))
    found, _ = walks(street, [(100, 0), (200, 0)], [(0, 0)], gates=gates)
    assert found == {(0, 0): 300, (0, 1): 200}


@pytest.mark.parametrize(("inside", "reached"), [(True, [0, 1]), (False, [1])])
def test_ones_own_ground_is_where_the_choice_says(inside, reached):
    """Zone 0 is served from inside it; zone 1's point is half a metre away, without a street."""
    points = shapely.points([(700, 700), (700.5, 700)])
    pairs, report = street_pairs(
        grid(),
        np.array([(5000, 900), (700.5, 700)]),
        points,
        lying=lying_in(points, shapely.box([650, 5000], [650, 5000], [750, 5100], [750, 5100])),
        radius_m=100,
        own_zone=np.array([-1, -1]),
        exclusive=np.array([False, False]),
        inside=inside,
        snap_m=9.0,
    )
    assert sorted(set(pairs.zone.tolist())) == reached
    assert pairs.facility[pairs.zone == 1].tolist() == [1]
    assert report.facilities_off_m.round(1).tolist() == [500.0, 500.3]


def tiles(xy, node, radius_m):
    return [
        (starts.tolist(), inside.tolist())
        for starts, inside in walking._tiles(np.array(xy, float), np.array(node), radius_m)
    ]


def test_a_tile_holds_the_starts_of_a_square_and_all_that_is_near_them(monkeypatch):
    """Squares of 200 m from the origin; node 5 is 100 m east and north of node 1, node 6 101 m."""
    xy = [(0, 0), (199, 199), (200, 0), (0, 200), (-1, 0), (299, 299), (300, 300)]
    assert tiles(xy, [2, 1, 3, 0, 4], 100) == [
        ([4], [0, 4]),
        ([1, 3], [0, 1, 2, 3, 4, 5]),
        ([2], [3]),
        ([0], [2]),
    ]
    monkeypatch.setattr(walking, "_AT_ONCE", 5)
    assert [starts for starts, _ in tiles(xy, [2, 1, 3, 0, 4], 100)] == [[4], [1], [3], [2], [0]]
    monkeypatch.setattr(walking, "_AT_ONCE", 12)
    assert [starts for starts, _ in tiles(xy, [2, 1, 3, 0, 4], 100)] == [[4], [1, 3], [2], [0]]
    assert tiles(xy, [], 100) == []


def test_without_a_radius_tiles_are_two_metres_wide():
    assert tiles([(0, 0), (1.9, 0), (2.1, 0)], [0, 1, 2], 0) == [([0, 1], [0, 1]), ([2], [2])]


@pytest.mark.parametrize(("snap_m", "reached"), [(0, [0]), (20, [0, 1]), (19.999, [0])])
def test_the_snap_limit_counts_its_edge(snap_m, reached):
    streets = Streets.of(lines([(0, 0), (500, 0)]))
    found, report = walks(streets, [(100, 0), (200, 20)], [(0, 0)], snap_m=snap_m)
    assert [zone for _, zone in found] == reached
    assert report.zones_too_far.tolist() == [each for each in (0, 1) if each not in reached]


def test_gates_open_a_zone_to_another_street():
    streets = Streets.of(lines([(0, 0), (500, 0)], [(0, 0), (0, 200)], [(0, 200), (500, 200)]))
    zones, points = [(400, 20)], [(300, 200)]
    assert walks(streets, zones, points)[0] == {(0, 0): 20 + 400 + 200 + 300}
    gates = (shapely.points([(400, 190), (400, 0)]), np.array([0, 0]))
    assert walks(streets, zones, points, gates=gates)[0] == {(0, 0): 100 + 10}


def test_on_site_needs_no_street_and_exclusive_goes_nowhere_else():
    streets, spots = grid(), shapely.points([(0, 0), (100, 0)])
    points = shapely.points([(0, 3000), (0, 0)])
    pairs, _ = street_pairs(
        streets,
        shapely.get_coordinates(spots),
        points,
        lying=lying_in(points, shapely.buffer(spots, 5)),
        radius_m=500,
        own_zone=np.array([1, 0]),
        exclusive=np.array([False, True]),
        inside=True,
        snap_m=100.0,
    )
    found = zip(
        pairs.facility.tolist(), pairs.zone.tolist(), pairs.distance_m.tolist(), strict=True
    )
    assert list(found) == [(0, 1, 3002), (1, 0, 0)]


def test_small_gaps_are_closed_and_doubled_streets_are_one():
    streets = Streets.of(
        lines(
            [(0, 0), (99.96, 0)], [(100, 0), (200, 0)], [(100, 0), (200, 0)], [(50, 0), (50, 0.04)]
        )
    )
    assert int(streets.part.max()) == 0
    assert walks(streets, [(200, 0)], [(0, 0)])[0] == {(0, 0): 200}


def test_the_shorter_of_two_streets_between_two_corners():
    ways = lines([(0, 0), (0, 90), (100, 90), (100, 0)], [(0, 0), (100, 0)])
    ends = lines([(-50, 0), (0, 0)], [(100, 0), (150, 0)])
    streets = Streets.of(np.concatenate([ways, ends]))
    assert walks(streets, [(120, 0)], [(-10, 0)])[0] == {(0, 0): 130}


def test_a_bent_street_leads_on_where_it_ends():
    streets = Streets.of(lines([(0, 0), (0, 100), (100, 100)], [(100, 100), (200, 100)]))
    assert walks(streets, [(200, 100)], [(0, 0)])[0] == {(0, 0): 300}


def test_half_a_metre_is_a_street_and_a_place_on_it():
    streets = Streets.of(lines([(0, 0), (100, 0)], [(100, 0), (100.5, 0)], [(100.5, 0), (200, 0)]))
    found, report = walks(streets, [(199.5, 0)], [(0.5, 0), (100.4, 0)])
    assert found == {(0, 0): 199, (1, 0): 99}
    assert report.parts == 1


def test_an_island_is_what_is_shorter_not_what_has_fewer_corners():
    bits = [[(x, 0), (x + 50, 0)] for x in range(0, 200, 50)]
    streets = Streets.of(lines(*bits, [(0, 50), (1000, 50)]))
    _, report = walks(streets, [(100, 0), (100, 50)], [(100, 50)])
    assert (report.island_length_m, report.zones_on_islands.tolist()) == (200.0, [0])


def test_edges_come_by_start_end_length_and_second_point():
    """From south to north, then west to east: no number depends on the order of the roads."""
    in_order = [
        [(-50, -5), (-40, 60)],
        [(0, 0), (10, 40), (20, 10)],
        [(0, 0), (10, -90), (20, 10)],
        [(0, 0), (0, 20)],
        [(100, 0), (110, -30), (120, 0)],
        [(100, 0), (110, 30), (120, 0)],
    ]
    for roads in (in_order, in_order[::-1]):
        edges = Streets.of(lines(*roads)).lines
        assert [shapely.get_coordinates(each).tolist() for each in edges] == [
            [list(corner) for corner in each] for each in in_order
        ]


def test_no_street_at_all():
    with pytest.raises(ValueError, match=r"^streets: there is no line$"):
        Streets.of(np.array([None, shapely.LineString()], dtype=object))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([150, 400, 900]))
def test_on_a_grid_every_walk_is_the_sum_of_both_legs(seed, radius):
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, (9, 7), (40, 2)) * 100
    zones, points = corners[:30], corners[30:]
    found, _ = walks(grid(9, 7), zones, points, radius_m=radius)
    legs = np.abs(points[:, None] - zones[None]).sum(axis=2)
    assert found == {
        (f, z): int(legs[f, z]) for f, z in zip(*np.nonzero(legs <= radius), strict=True)
    }


@pytest.mark.parametrize("seed", range(5))
def test_the_order_and_direction_of_roads_changes_no_byte(seed):
    """Points in the middle of blocks are equally near to four streets."""
    rng = np.random.default_rng(seed)
    across = [[(0, y * 100), (700, y * 100)] for y in range(6)]
    up = [[(x * 100, 0), (x * 100, 500)] for x in range(8)]
    crooked = [[(50, 50), (55, 60), (150, 250)], [(350, 0), (350, 77), (420, 333)]]
    roads = lines(*across, *up, *crooked)
    places = rng.integers(0, 14, (80, 2)) * 50.0
    zones = shapely.points(places[:60])
    given = (places[:60], shapely.points(places[60:]))
    asked = {"own_zone": np.full(20, -1), "exclusive": np.zeros(20, bool), "radius_m": 400}
    asked |= {"inside": True, "snap_m": 100.0}
    asked["lying"] = lying_in(given[1], shapely.buffer(zones, 5))
    expected, _ = street_pairs(Streets.of(roads), *given, **asked)
    for _ in range(4):
        other = roads[rng.permutation(len(roads))]
        back = rng.random(len(other)) < 0.5
        other[back] = shapely.reverse(other[back])
        got, _ = street_pairs(Streets.of(other), *given, **asked)
        for name in ("facility", "zone", "distance_m"):
            assert getattr(got, name).tobytes() == getattr(expected, name).tobytes()


def test_a_ready_table_in_minutes():
    none = np.zeros(0, dtype=np.int64)
    ground = Pairs(np.array([1]), np.array([0]), np.array([7]), 2, 3)
    table = (np.array([0, 0, 0, 1, 0]), np.array([2, 1, 0, 2, 1]))
    pairs = table_pairs(
        *table,
        np.array([4.0, 5.0, np.nan, 1.0, 3.0]),
        radius_m=300,
        metres_per_unit=60.0,
        ground=ground,
        exclusive=np.array([False, True]),
    )
    found = zip(
        pairs.facility.tolist(), pairs.zone.tolist(), pairs.distance_m.tolist(), strict=True
    )
    assert list(found) == [(0, 1, 180), (0, 2, 240), (1, 0, 7)]
    asked = {"radius_m": 300, "ground": ground, "exclusive": np.zeros(2, bool)}
    for wrong in (-0.1, np.inf):
        ways = np.array([1.0, 1.0, 1.0, 1.0, wrong])
        with pytest.raises(ValueError, match=r"^table_pairs: a value is negative or infinite$"):
            table_pairs(*table, ways, **asked)
    with pytest.raises(ValueError, match=r"^table_pairs: facility, zone and value differ in len"):
        table_pairs(none, table[1], np.zeros(5), **asked)


def test_a_ready_table_in_metres_ends_at_the_radius():
    none = np.zeros(0, dtype=np.int64)
    pairs = table_pairs(
        np.zeros(5, int),
        np.arange(5),
        np.array([0.0, 0.4, 300.0, 300.000001, 300.4]),
        radius_m=300,
        ground=Pairs(none, none, none, 1, 5),
        exclusive=np.array([False]),
    )
    assert (pairs.zone.tolist(), pairs.distance_m.tolist()) == ([0, 1, 2], [0, 0, 300])
