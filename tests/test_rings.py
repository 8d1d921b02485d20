"""What corners tell by themselves, against GEOS, on outlines of few whole metres."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from space import EAST, NORTH

from capacity_planner.loaders.files.shapes import parts_of
from capacity_planner.loaders.space.rings import look_at_rings

CORNERS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=3, max_size=9)
SQUARE = [(0, 0), (9, 0), (9, 9), (0, 9)]


def outline(corners: list[tuple[float, float]]) -> shapely.Polygon:
    return shapely.Polygon([(EAST + x, NORTH + y) for x, y in corners])


def look(*shapes: shapely.Geometry | None) -> tuple[list[bool], list[bool]]:
    found = look_at_rings(np.array(shapes, dtype=object))
    return found.left.tolist(), found.sound.tolist()


@given(CORNERS)
def test_what_is_sound_is_valid_and_repeats_no_corner(corners: list[tuple[int, int]]) -> None:
    shape = outline(corners)
    _, sound = look(shape)
    again = any(one == other for one, other in pairwise(shape.exterior.coords))
    assert not sound[0] or (shapely.is_valid(shape) and not again)


@given(st.lists(CORNERS, min_size=1, max_size=5))
def test_valid_rings_run_as_geos_says_whatever_is_beside_them(
    rings: list[list[tuple[int, int]]],
) -> None:
    shapes = [each for each in map(outline, rings) if shapely.is_valid(each)]
    left, _ = look(*shapes)
    assert left == [bool(shapely.is_ccw(each.exterior)) for each in shapes]


@given(st.integers(4, 30), st.integers(0, 2**32 - 1))
def test_common_outlines_are_sound_both_ways_round(corners: int, seed: int) -> None:
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    away = np.random.default_rng(seed).uniform(40, 60, corners)
    xy = np.column_stack([EAST + away * np.cos(turn), NORTH + away * np.sin(turn)])
    left, sound = look(shapely.Polygon(xy), shapely.Polygon(xy[::-1]))
    assert (left, sound) == ([True, False], [True, True])


STAR = [(4, 9), (1, 0), (9, 6), (0, 6), (7, 0)]


@pytest.mark.parametrize(
    "shape",
    [
        outline([(0, 0), (9, 9), (9, 0), (0, 9)]),
        outline(STAR),
        outline([(0, 0), (9, 0), (9, 0), (9, 9)]),
        outline([*SQUARE, (0, 5), (9, 5), (0, 5)]),
        outline([(0, 0), (9, 9), (0, 0), (9, 9)]),
        shapely.Polygon(SQUARE, [[(1, 1), (2, 1), (2, 2)]]),
        shapely.MultiPolygon([outline(SQUARE)]),
        shapely.Polygon(),
        None,
    ],
    ids=["bow", "goes around twice", "repeats", "spike", "flat", "hole", "parts", "empty", "none"],
)
def test_what_needs_a_closer_look_is_not_called_sound(shape: shapely.Geometry | None) -> None:
    assert look(outline(SQUARE), shape, outline(SQUARE))[1] == [True, False, True]


def test_shapes_with_holes_and_parts_run_as_their_first_outer_ring() -> None:
    hole = shapely.Polygon(SQUARE[::-1], [[(1, 1), (2, 1), (2, 2)]])
    parts = shapely.MultiPolygon([shapely.Polygon(SQUARE), shapely.box(20, 20, 30, 30, ccw=False)])
    assert look(hole, parts)[0] == [False, True]


def test_more_shapes_than_are_looked_at_at_once_are_all_looked_at() -> None:
    count = next(parts_of(10**9)).stop + 3
    found = look_at_rings(np.full(count, outline(SQUARE), dtype=object))
    assert (found.left.sum(), found.sound.sum()) == (count, count)
