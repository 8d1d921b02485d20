"""Pairs on squares drawn in code, where every distance is known by hand."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity_planner.attribution import Pairs, find_pairs, lying_in


def squares(*corners, side=100):
    x, y = np.array(corners, dtype=float).T
    return shapely.box(x, y, x + side, y + side)


def found(polygons, points, radius_m, *, own=None, exclusive=None):
    own = np.full(len(points), -1) if own is None else np.array(own)
    exclusive = np.zeros(len(points), bool) if exclusive is None else np.array(exclusive)
    pairs = find_pairs(
        shapely.get_coordinates(shapely.centroid(polygons)),
        points,
        lying=lying_in(points, polygons),
        radius_m=radius_m,
        own_zone=own,
        exclusive=exclusive,
        inside=True,
    )
    return list(
        zip(pairs.facility.tolist(), pairs.zone.tolist(), pairs.distance_m.tolist(), strict=True)
    )


def test_reach_ends_at_the_radius_exactly():
    zone = squares((0, 0))
    points = shapely.points([[50 + 180, 50 + 240], [50 + 180, 50 + 240.001], [50, 350]])
    assert found(zone, points, 300) == [(0, 0, 300), (2, 0, 300)]


def test_distance_is_rounded_half_up_and_reach_is_not():
    zone = squares((0, 0))
    points = shapely.points([[350.5, 50], [350.4, 50], [300.5, 50], [300.4, 50]])
    assert found(zone, points, 300) == [(2, 0, 251), (3, 0, 250)]
    assert found(zone, points, 301) == [(0, 0, 301), (1, 0, 300), (2, 0, 251), (3, 0, 250)]


def test_ground_and_inner_point_of_a_zone_like_an_l():
    """Its box is not its ground, and whoever stands on the point is there with any radius."""
    zone = np.array([shapely.box(0, 0, 300, 300) - shapely.box(100, 100, 300, 300)])
    assert shapely.get_coordinates(shapely.centroid(zone)).tolist() == [[110, 110]]
    points = shapely.points([[250, 250], [110, 110], [110 + 80, 110 - 60]])
    assert found(zone, points, 0) == [(1, 0, 0), (2, 0, 100)]


def test_a_facility_in_the_zone_serves_it_at_any_distance():
    zone = squares((0, 0), side=1000)
    points = shapely.points([[1000, 1000], [1000.001, 1000]])
    assert found(zone, points, 300) == [(0, 0, 707)]


def test_on_site_and_exclusive():
    zones = squares((0, 0), (100, 0), (5000, 0))
    points = shapely.points([[50, 50], [50, 50], [50, 50], [100, 50]])
    links = found(zones, points, 300, own=[2, 2, -1, -1], exclusive=[False, True, True, True])
    assert links == [
        (0, 0, 0),
        (0, 1, 100),
        (0, 2, 5000),
        (1, 2, 5000),
        (2, 0, 0),
        (3, 0, 50),
        (3, 1, 50),
    ]


def test_a_facility_without_a_place_serves_its_own_zone_only():
    zones = squares((0, 0), (100, 0))
    points = np.array([None, None, shapely.Point()], dtype=object)
    assert found(zones, points, 300, own=[1, -1, -1]) == [(0, 1, 0)]


def test_no_facility_and_no_zone():
    none = np.zeros(0, dtype=object)
    assert found(squares((0, 0)), none, 300) == []
    assert found(none, shapely.points([[0, 0]]), 300) == []


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 400))
def test_every_pair_is_found_as_a_plain_loop_finds_it(seed, radius):
    rng = np.random.default_rng(seed)
    zones = shapely.box(*(corner := rng.integers(0, 900, (2, 12))), *(corner + 80))
    points = shapely.points(rng.integers(0, 900, (2, 9)).T)
    own = rng.integers(-1, 12, 9)
    exclusive = rng.random(9) < 0.3
    expected = []
    for f, point in enumerate(points):
        for z, zone in enumerate(zones):
            inside = zone.covers(point)
            near = point.distance(zone.centroid) <= radius
            if own[f] == z or ((inside and own[f] < 0) if exclusive[f] else (inside or near)):
                expected.append((f, z, int(point.distance(zone.centroid) + 0.5)))
    assert found(zones, points, radius, own=own, exclusive=exclusive) == expected


def test_lying_inside_serves_only_where_the_choice_says_so():
    """An exclusive facility that names no zone keeps the one that it lies in, either way."""
    zones = squares((0, 0), (1000, 1000))
    points = shapely.points([[95, 95], [95, 95], [95, 95]])
    ground = {"own_zone": np.array([-1, -1, 1]), "exclusive": np.array([False, True, True])}
    ground["lying"] = lying_in(points, zones)
    middles = shapely.get_coordinates(shapely.centroid(zones))
    reached = {
        inside: find_pairs(middles, points, radius_m=10, inside=inside, **ground)
        for inside in (True, False)
    }
    assert reached[True].facility.tolist() == [0, 1, 2]
    assert reached[False].facility.tolist() == [1, 2]
    assert reached[False].zone.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("facility", "zone", "distance", "said"),
    [
        ([0, 0], [1, 0], [1, 1], "not in order of facility and zone, or not unique"),
        ([1, 0], [0, 1], [1, 1], "not in order of facility and zone, or not unique"),
        ([0, 0], [0, 0], [1, 1], "not in order of facility and zone, or not unique"),
        ([0, 2], [0, 0], [1, 1], "a facility or zone number is out of bounds"),
        ([0, 0], [0, 3], [1, 1], "a facility or zone number is out of bounds"),
        ([-1, 0], [0, 0], [1, 1], "a number or a distance is negative"),
        ([0, 0], [-1, 0], [1, 1], "a number or a distance is negative"),
        ([0, 0], [0, 1], [0, -1], "a number or a distance is negative"),
        ([0, 0], [0, 1], [0, 2**32], "a distance is longer than any on earth"),
        ([0], [0, 0], [1, 1], "facility, zone and distance_m differ in length"),
        ([0, 0], [0], [1, 1], "facility, zone and distance_m differ in length"),
        ([0, 0], [0, 1], [1], "facility, zone and distance_m differ in length"),
    ],
)
def test_broken_pairs_are_refused(facility, zone, distance, said):
    with pytest.raises(ValueError, match=f"^pairs: {said}$"):
        Pairs(np.array(facility), np.array(zone), np.array(distance), 2, 3)


def test_pairs_at_their_bounds_hold_and_are_whole_numbers():
    small, whole = np.array([0, 1], dtype=np.int32), np.array([0, 1])
    assert Pairs(whole, whole, whole, 2, 2).zone is whole  # a nation's arrays are not copied
    pairs = Pairs(small, small + 1, small, 2, 3)
    for name in ("facility", "zone", "distance_m"):
        assert getattr(pairs, name).dtype == np.int64
    with pytest.raises(TypeError):
        Pairs(small, small, small * 0.5, 2, 3)


def test_wrong_lengths_are_refused():
    zones, points = squares((0, 0)), shapely.points([[0, 0]])
    told = r"^find_pairs: own_zone, exclusive and facility_points differ in length$"
    for own, exclusive in (([-1, -1], [False]), ([-1], [False, True]), ([-1, -1], [False, False])):
        with pytest.raises(ValueError, match=told):
            found(zones, points, 300, own=own, exclusive=exclusive)
    for own in ([1], [-2]):
        with pytest.raises(ValueError, match=r"^find_pairs: own_zone is out of bounds$"):
            found(zones, points, 300, own=own)
