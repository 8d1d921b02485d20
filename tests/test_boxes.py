"""Boxes that share an area, against a tree that is asked for every one of them."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from space import EAST, NORTH

from capacity_planner.loaders.space.boxes import sharing_pairs

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
    one, other = sharing_pairs(boxes, deep=DEEP)
    assert list(zip(one.tolist(), other.tolist(), strict=True)) == by_tree(boxes)


def test_neighbours_of_a_grid_share_only_seams_and_one_vast_box_shares_with_all() -> None:
    grid = [(x, y, 1, 1) for x in range(30) for y in range(30)]
    assert len(sharing_pairs(drawn(grid), deep=DEEP)[0]) == 0
    one, other = sharing_pairs(drawn([*grid, (0, 0, 900, 900)]), deep=DEEP)
    assert one.tolist() == list(range(900))
    assert set(other.tolist()) == {900}
