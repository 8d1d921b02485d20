"""Columns as plain arrays, and texts found in a list: what several joins need."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["NONE", "counts_of", "nearest_of", "positions_of", "texts_of"]

NONE: Final = -1
"""Position of what is not there."""


def texts_of(frame: pd.DataFrame, column: str) -> NDArray[np.object_]:
    """Return a column as trimmed texts, empty where it, or the row, has nothing.

    Examples
    --------
    >>> texts_of(pd.DataFrame({"name": [" a ", None]}), "name").tolist()
    ['a', '']
    """
    if column not in frame:
        return np.full(len(frame), "", dtype=object)
    return frame[column].astype("str").fillna("").str.strip().to_numpy(dtype=object)


def counts_of(frame: pd.DataFrame, column: str) -> NDArray[np.int64]:
    """Return a column of counts, nought where it, or the row, has nothing.

    Examples
    --------
    >>> counts_of(pd.DataFrame({"population": pd.array([3, None], "Int64")}), "population").tolist()
    [3, 0]
    """
    if column not in frame:
        return np.zeros(len(frame), dtype=np.int64)
    return frame[column].fillna(0).to_numpy(dtype=np.int64)


def positions_of(asked: NDArray[np.object_], known: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return where each text first stands among the known ones, -1 where nowhere or empty.

    Examples
    --------
    >>> positions_of(np.array(["b", "", "c"], object), np.array(["a", "b", ""], object)).tolist()
    [1, -1, -1]
    """
    first = pd.Series(np.arange(len(known)), index=pd.Index(known, dtype=object))
    first = first[~first.index.duplicated()]
    at = np.asarray(first.index.get_indexer(pd.Index(asked, dtype=object)), dtype=np.int64)
    found = np.where(at >= 0, first.to_numpy()[at] if len(first) else NONE, NONE)
    return np.where(np.asarray(asked, dtype=object) == "", NONE, found).astype(np.int64)


def nearest_of(value: str, known: Iterable[object]) -> str:
    """Return the known text most like a value, a dash where none is.

    Examples
    --------
    >>> nearest_of("东柳街到", ["竹阳街道", "东柳街道"])
    '东柳街道'
    """
    close = difflib.get_close_matches(value, [str(each) for each in known], n=1)
    return close[0] if close else "—"
