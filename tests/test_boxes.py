"""Boxes that share an area or hold a place, against a tree that is asked for every one of them."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from space import EAST, NORTH

from capacity_planner.loaders.space.boxes import Bands

DEEP = 0.01
SIDE = st.sampled_from([1, 2, 3, 5, 40, 900])
BOX = st.tuples(st.integers(0, 60), st.integers(0, 60), SIDE, SIDE)


def drawn(sides: list[tuple[int, int, int, int]]) -> np.ndarray:
    boxes = [(EAST + x, NORTH + y, EAST + x + wide, NORTH + y + high) for x, y, wide, high in sides]
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def by_tree(boxes: np.ndarray) -> list[tuple[int, int]]:
    shapes = shapely.box(*boxes.T)
    one, other = shapely.STRtree(shapes).query(shapes)
    low = np.maximum(boxes[one, :2], boxes[other, :2])
    high = np.minimum(boxes[one, 2:], boxes[other, 2:])
    kept = (one < other) & (high - low > DEEP).all(axis=1)
    return sorted(zip(one[kept].tolist(), other[kept].tolist(), strict=True))


@given(st.lists(BOX, max_size=40))
def test_pairs_are_those_of_a_tree_in_ascending_order(
    sides: list[tuple[int, int, int, int]],
) -> None:
    boxes = drawn(sides)
    one, other = Bands(boxes).sharing(deep=DEEP)
    assert list(zip(one.tolist(), other.tolist(), strict=True)) == by_tree(boxes)


def test_neighbours_of_a_grid_share_only_seams_and_one_vast_box_shares_with_all() -> None:
    grid = [(x, y, 1, 1) for x in range(30) for y in range(30)]
    assert len(Bands(drawn(grid)).sharing(deep=DEEP)[0]) == 0
    one, other = Bands(drawn([*grid, (0, 0, 900, 900)])).sharing(deep=DEEP)
    assert one.tolist() == list(range(900))
    assert set(other.tolist()) == {900}


@given(st.lists(BOX, max_size=40), st.lists(st.tuples(st.integers(-9, 99), st.integers(-9, 99))))
def test_boxes_hold_the_places_that_a_tree_finds_in_them_edges_included(
    sides: list[tuple[int, int, int, int]], spots: list[tuple[int, int]]
) -> None:
    boxes = drawn(sides)
    xy = np.array(spots, dtype=np.float64).reshape(-1, 2) + np.array([EAST, NORTH])
    place, held_by = shapely.STRtree(shapely.box(*boxes.T)).query(
        shapely.points(xy), predicate="intersects"
    )
    wanted = sorted(zip(place.tolist(), held_by.tolist(), strict=True))
    found = Bands(boxes).holding(xy)
    assert list(zip(*(each.tolist() for each in found), strict=True)) == wanted


def test_no_box_holds_what_is_no_place_or_lies_on_another_band_of_the_line() -> None:
    bands = Bands(drawn([(0, 0, 10, 10), (0, 10, 10, 10), (0, 20, 10, 10)]))
    nowhere = [(np.nan, NORTH), (np.inf, np.inf), (EAST, np.nan)]
    beyond = [(EAST + 25.0, NORTH + 5.0), (EAST - 15.0, NORTH + 15.0), (EAST + 5.0, NORTH - 5.0)]
    place, held_by = bands.holding(np.array([*nowhere, *beyond, (EAST + 5.0, NORTH + 10.0)]))
    assert (place.tolist(), held_by.tolist()) == ([6, 6], [0, 1])
