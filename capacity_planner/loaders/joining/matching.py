"""Columns as plain arrays, and texts found in a list: what several joins need."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["NONE", "counts_of", "nearest_of", "numbers_of", "positions_of", "texts_of"]

NONE: Final = -1
"""Position of what is not there."""
_HINTS: Final = 20
_COMPARED: Final = 20_000


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


def numbers_of(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Return a column of numbers, NaN where it, or the row, has nothing.

    Examples
    --------
    >>> numbers_of(pd.DataFrame({"slots": pd.array([3, None], "Int64")}), "slots").tolist()
    [3.0, nan]
    """
    if column not in frame:
        return np.full(len(frame), np.nan)
    return frame[column].to_numpy(dtype=np.float64, na_value=np.nan)


def positions_of(asked: NDArray[np.object_], known: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return where each text first stands among the known ones, -1 where nowhere or empty.

    Examples
    --------
    >>> positions_of(np.array(["b", "", "c"], object), np.array(["a", "b", ""], object)).tolist()
    [1, -1, -1]
    """
    found = np.full(len(asked), NONE, dtype=np.int64)
    given = np.flatnonzero(asked != "")
    if not len(given) or not len(known):
        return found
    index = pd.Index(known, dtype=object)
    first = np.flatnonzero(~index.duplicated())
    at = index[first].get_indexer(pd.Index(asked[given], dtype=object))
    found[given] = np.where(at >= 0, first[at], NONE)
    return found


def nearest_of(values: Sequence[str], known: Sequence[object]) -> list[str]:
    """Return for each value the known text most like it, a dash where none is.

    Only the first few different values are compared, and with so many known texts at most: more
    would take minutes and help nobody.

    Examples
    --------
    >>> nearest_of(["东柳街到", "甲"], ["竹阳街道", "东柳街道"])
    ['东柳街道', '—']
    >>> nearest_of(["1"], ["001", "002"])
    ['001']
    """
    hints: dict[str, str] = {}
    if len(known) <= _COMPARED:
        texts = [str(each) for each in known]
        bare = {text.lstrip("0"): text for text in reversed(texts)}
        for value in list(dict.fromkeys(values))[:_HINTS]:
            if value.lstrip("0") in bare and value.strip("0"):
                hints[value] = bare[value.lstrip("0")]  # a spreadsheet took the zeros in front
                continue
            close = difflib.get_close_matches(value, texts, n=1)
            hints[value] = close[0] if close else "—"
    return [hints.get(value, "—") for value in values]
