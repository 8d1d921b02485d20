"""Shapes that must be refused, repaired or told, on squares of 100 m."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from space import EAST, NORTH, codes, counts, square, texts, zones

from capacity_planner.errors import Complaints
from capacity_planner.loaders.files.shapes import take_points, take_polygons
from capacity_planner.loaders.space.geometry import repair, with_coordinates
from capacity_planner.loaders.space.outlines import Outlines
from capacity_planner.loaders.space.overlaps import check_duplicates, check_overlaps

with np.errstate(invalid="ignore"):
    NAN = shapely.from_wkt("POLYGON ((0 0, nan 1, 1 1, 0 0))")
    INFINITE = shapely.from_wkt("POLYGON ((0 0, inf 1, -inf 1, 0 0))")


def taken(*shapes: Any, table: str = "zones") -> tuple[list[Any], list[tuple[str, int | None]]]:
    told = Complaints()
    rows = zones([None] * len(shapes)).drop(columns="geometry")
    given_shapes = np.empty(len(shapes), dtype=object)
    given_shapes[:] = shapes
    kept = take_polygons(given_shapes, rows, table=table, complaints=told)
    return kept.tolist(), [(each.code, each.row) for each in told]


def repaired(*shapes: Any, table: str = "zones") -> tuple[Any, Complaints]:
    told = Complaints()
    return repair(zones(list(shapes)), table=table, complaints=told), told


def at(*pairs: tuple[float, float]) -> list[tuple[float, float]]:
    return [(EAST + x, NORTH + y) for x, y in pairs]


# --- kinds


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (None, "geometry_missing"),
        (shapely.Polygon(), "geometry_missing"),
        (shapely.GeometryCollection(), "geometry_not_polygon"),
        (shapely.Point(1, 2), "geometry_not_polygon"),
        (shapely.MultiPoint([(1, 2), (3, 4)]), "geometry_not_polygon"),
        (shapely.LineString([(0, 0), (1, 1), (1, 0), (0, 0)]), "geometry_not_polygon"),
        (shapely.GeometryCollection([shapely.Point(1, 2)]), "geometry_not_polygon"),
        (NAN, "coordinates_not_finite"),
        (INFINITE, "coordinates_not_finite"),
    ],
)
def test_rows_without_a_polygon_are_refused_by_row(shape: Any, code: str) -> None:
    kept, told = taken(square(0, 0), shape, square(2, 0))
    assert told == [(code, 3)]
    assert [each is None for each in kept] == [False, True, False]


def test_townships_may_lack_a_shape_but_a_point_is_told() -> None:
    kept, told = taken(None, shapely.Point(1, 2), square(0, 0), table="townships")
    assert told == [("township_not_polygon", 3)]
    assert [each is None for each in kept] == [True, True, False]


def test_a_collection_keeps_its_polygons() -> None:
    mixed = shapely.GeometryCollection([square(0, 0), shapely.Point(1, 2), square(3, 0)])
    kept, told = taken(mixed)
    assert told == [("geometry_parts_dropped", 2)]
    assert kept[0].area == 20_000


def test_heights_and_measures_are_dropped_once_for_all() -> None:
    tall = shapely.force_3d(square(0, 0), 300.0)
    measured = shapely.from_wkt("POLYGON M ((0 0 1, 10 0 1, 10 10 1, 0 0 1))")
    kept, told = taken(tall, measured, square(2, 0))
    assert told == [("geometry_z_dropped", 2)]
    assert not any(shapely.has_z(kept) | shapely.has_m(kept))
    assert kept[0].area == 10_000


def test_points_from_what_offices_draw() -> None:
    told = Complaints()
    shapes = np.array(
        [
            shapely.Point(1, 2),
            square(0, 0),
            shapely.MultiPoint([(3, 4)]),
            shapely.MultiPoint([(3, 4), (5, 6)]),
            shapely.LineString([(0, 0), (1, 1)]),
            shapely.Point(np.nan, 1),
            shapely.Point(),
            None,
        ],
        dtype=object,
    )
    rows = zones([None] * len(shapes)).drop(columns="geometry")
    points = take_points(shapes, rows, complaints=told)
    assert [each is None for each in points] == [False] * 3 + [True] * 5
    assert points[1].within(square(0, 0))
    assert points[2].equals(shapely.Point(3, 4))
    assert codes(told) == ["point_from_polygon"]


# --- repairs


def test_clean_shapes_stay_as_they_are() -> None:
    hole = square(0, 0, 300).difference(square(1, 1))
    parts = shapely.MultiPolygon([square(8, 8), square(10, 8)])
    frame, told = repaired(square(5, 5), shapely.orient_polygons(hole), parts)
    assert codes(told) == []
    assert frame.geometry.area.tolist() == [10_000, 80_000, 20_000]


def test_a_bow_tie_becomes_two_triangles_and_says_what_moved() -> None:
    bow = shapely.Polygon(at((0, 0), (100, 100), (100, 0), (0, 100)))
    frame, told = repaired(bow)
    assert frame.geometry.area.tolist() == [5_000]
    assert codes(told) == ["geometry_repaired_much"]
    assert next(iter(told)).params["area"] == "5,000.0"
    assert next(iter(told)).value == "Self-intersection"


def test_a_spike_is_cut_off_and_hardly_moves_anything() -> None:
    spike = shapely.Polygon(
        at((0, 0), (100, 0), (100, 50), (150, 50), (100, 50), (100, 100), (0, 100))
    )
    frame, told = repaired(spike)
    assert frame.geometry.area.tolist() == [10_000]
    assert codes(told) == ["geometry_repaired"]


def test_overlapping_parts_are_merged_not_cut_out() -> None:
    parts = shapely.MultiPolygon([square(0, 0), square(0.5, 0)])
    frame, told = repaired(parts)
    assert frame.geometry.area.tolist() == [15_000]
    assert codes(told) == ["geometry_repaired_much"]


def test_repeated_vertices_are_dropped() -> None:
    doubled = shapely.Polygon(at((0, 0), (100, 0), (100, 0), (100, 0), (100, 100), (0, 100)))
    frame, told = repaired(doubled, square(5, 5))
    assert codes(told) == ["geometry_points_repeated"]
    assert next(iter(told)).params["count"] == 2
    assert shapely.get_num_coordinates(frame.geometry.iloc[0]) == 5


def test_a_ring_the_other_way_round_is_turned() -> None:
    turned = shapely.Polygon(square(4, 0).exterior.coords[::-1])
    for shapes in (
        [square(0, 0), square(2, 0), turned],
        [*map(shapely.reverse, [square(0, 0), square(2, 0)]), square(4, 0)],
    ):
        ways = {shape.exterior.is_ccw for shape in shapes}
        frame, told = repaired(*shapes)
        assert len(ways) == 2
        assert [(each.code, each.row) for each in told] == [("geometry_rings_turned", 4)]
        assert len({shape.exterior.is_ccw for shape in frame.geometry}) == 1
        assert frame.geometry.area.tolist() == [10_000] * 3


def test_rings_of_shapes_with_holes_and_parts_are_turned_too() -> None:
    hole = square(0, 0, 300).difference(square(1, 1))
    one = shapely.orient_polygons(hole, exterior_cw=True)
    parts = shapely.orient_polygons(
        shapely.MultiPolygon([square(8, 8), square(10, 8)]), exterior_cw=True
    )
    other = shapely.orient_polygons(shapely.box(EAST - 200, NORTH, EAST - 100, NORTH + 100))
    frame, told = repaired(one, parts, other)
    assert [(each.code, each.row) for each in told] == [("geometry_rings_turned", 4)]
    assert not frame.geometry.iloc[2].exterior.is_ccw


def test_slivers_are_dropped_with_their_area() -> None:
    sliver = shapely.box(EAST + 200, NORTH, EAST + 200.5, NORTH + 1)
    frame, told = repaired(shapely.MultiPolygon([square(0, 0), sliver]), square(5, 5))
    assert codes(told) == ["geometry_sliver_dropped"]
    assert next(iter(told)).params["area"] == "0.500"
    assert frame.geometry.area.tolist() == [10_000, 10_000]


def test_zones_without_area_are_refused_by_row() -> None:
    flat = shapely.Polygon(at((0, 0), (100, 0), (50, 0)))
    frame, told = repaired(square(5, 5), flat)
    assert [(each.code, each.row) for each in told if each.severity == "error"] == [
        ("geometry_without_area", 3)
    ]
    assert frame["zone_id"].tolist() == ["Z1"]


def test_a_township_without_area_keeps_its_row() -> None:
    frame, told = repaired(shapely.Polygon(at((0, 0), (100, 0), (50, 0))), table="townships")
    assert len(frame) == 1
    assert frame.geometry.isna().all()
    assert not told.has_errors


def test_left_over_lines_of_drawing_are_told() -> None:
    _, told = repaired(
        shapely.box(EAST, NORTH, EAST + 6_000, NORTH + 0.9),
        shapely.box(EAST, NORTH, EAST + 0.9, NORTH + 0.9),
        shapely.box(EAST, NORTH, EAST + 6_000, NORTH + 0.1),
        square(5, 5),
    )
    assert [(each.code, each.row) for each in told] == [
        ("geometry_without_area", 3),
        ("geometry_without_area", 4),
        ("geometry_thin", 2),
    ]


def test_points_and_lines_are_not_repaired() -> None:
    frame, told = repaired(shapely.Point(1, 2), table="facilities")
    assert frame.geometry.iloc[0].equals(shapely.Point(1, 2))
    assert codes(told) == []


def test_the_given_frame_is_not_changed() -> None:
    bow = shapely.Polygon(at((0, 0), (100, 100), (100, 0), (0, 100)))
    frame = zones([bow])
    repair(frame, table="zones", complaints=Complaints())
    assert frame.geometry.iloc[0] is bow or frame.geometry.iloc[0].equals_exact(bow)


# --- pairs


def overlaps(shapes: list[Any], *people: int | None) -> Complaints:
    told = Complaints()
    columns = {"population": counts(*people)} if people else {}
    homes = zones(shapes, **columns)
    check_overlaps(homes, outlines=Outlines.of(homes), complaints=told)
    return told


def test_neighbours_do_not_overlap() -> None:
    assert codes(overlaps([square(x, y) for x in range(9) for y in range(9)])) == []


def test_an_overlap_is_told_with_area_share_and_people() -> None:
    told = list(overlaps([square(0, 0), square(0.75, 0)], 400, 800))
    assert [(each.code, each.row, each.value) for each in told] == [("zones_overlap", 2, "Z1")]
    assert told[0].params == {"other": "Z2", "area": 2_500, "share": "25.0%", "people": 300}


def test_the_largest_overlap_comes_first() -> None:
    told = list(overlaps([square(0, 0), square(0.9, 0), square(1.4, 0)]))
    assert [(each.value, each.params["other"]) for each in told] == [("Z2", "Z3"), ("Z1", "Z2")]


def test_a_zone_inside_another_overlaps_it_whole() -> None:
    told = list(overlaps([square(0, 0, 300), square(1, 1)], 900, 100))
    assert told[0].params == {"other": "Z2", "area": 10_000, "share": "100.0%", "people": 200}


def test_hairlines_between_neighbours_are_not_overlaps() -> None:
    assert codes(overlaps([square(0, 0), square(0.9999, 0)])) == []


def test_a_zone_in_the_hole_of_another_does_not_overlap_it() -> None:
    ring = square(0, 0, 300).difference(square(1, 1))
    assert codes(overlaps([ring, square(1, 1)])) == []


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12))
def test_overlaps_are_those_of_every_pair(cells: list[tuple[int, int]]) -> None:
    shapes = [square(x / 2, y / 2) for x, y in cells]
    expected = sum(
        one.intersection(other).area > 1 and not one.equals(other)
        for at_one, one in enumerate(shapes)
        for other in shapes[at_one + 1 :]
    )
    assert len(codes(overlaps(shapes))) == expected


def test_the_same_shape_or_name_twice_is_told() -> None:
    told = Complaints()
    frame = zones(
        [square(0, 0), square(0, 0), square(2, 0), square(4, 0), square(6, 0)],
        name=texts("南苑", "北苑", "东苑 一期", "东苑一期", "东苑一期"),
        township_code=texts("1", "1", "1", "1", "2"),
    )
    check_duplicates(frame, outlines=Outlines.of(frame), complaints=told)
    assert [(each.code, each.value, each.params["other"]) for each in told] == [
        ("zones_same_geometry", "Z2", "Z1"),
        ("zones_same_name", "Z4", "Z3"),
    ]


def test_the_same_shape_drawn_from_another_corner_is_the_same() -> None:
    told = Complaints()
    ring = list(square(0, 0).exterior.coords)[:-1]
    twins = zones([square(0, 0), shapely.Polygon(ring[2:] + ring[:2])])
    check_duplicates(twins, outlines=Outlines.of(twins), complaints=told)
    assert codes(told) == ["zones_same_geometry"]


def test_nothing_to_check_is_nothing_to_tell() -> None:
    told = Complaints()
    empty = zones([])
    repair(empty, table="zones", complaints=told)
    check_overlaps(empty, outlines=Outlines.of(empty), complaints=told)
    check_duplicates(empty, outlines=Outlines.of(empty), complaints=told)
    assert codes(told) == []


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 5), st.booleans())
def test_coordinates_can_be_replaced_in_every_kind(count: int, mixed: bool) -> None:  # noqa: FBT001
    shapes = np.array([square(each, 0) for each in range(count)] + [None] * mixed, dtype=object)
    if mixed:
        shapes[-1] = square(0, 0, 300).difference(square(1, 1))
    moved = with_coordinates(shapes, shapely.get_coordinates(shapes) + 7.0)
    expected = [shapely.transform(each, lambda xy: xy + 7.0) for each in shapes]
    assert all(a.equals(b) for a, b in zip(moved, expected, strict=True))
