"""Columns as plain arrays, and texts found in a list: what joins and checks need."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

Texts: TypeAlias = "NDArray[np.object_] | pd.Series"

__all__ = [
    "NONE",
    "ascend",
    "codes_of",
    "counts_of",
    "nearest_of",
    "numbers_of",
    "positions_of",
    "shared_texts_of",
    "sums_of",
    "texts_of",
]

NONE: Final = -1
"""Position of what is not there."""
_HINTS: Final = 20
_COMPARED: Final = 20_000
_SUMMED: Final = 1 << 14
"""Texts summed at once: their bytes fit the processor's cache."""
_WEIGHTS: Final = np.random.default_rng(2021).integers(1 << 63, size=1 << 10) | 1
"""Of a text's bytes by where they stand, from the first on and all over again."""


def texts_of(frame: pd.DataFrame, column: str) -> NDArray[np.object_]:
    """Return a column as trimmed texts, empty where it, or the row, has nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> texts_of(pd.DataFrame({"name": [" a ", None]}), "name").tolist()
    ['a', '']
    """
    if column not in frame:
        return np.full(len(frame), "", dtype=object)
    cells = frame[column]
    texts = _arrow_of(cells if cells.dtype == "str" else cells.astype("str"))
    trimmed = pc.fill_null(pc.utf8_trim_whitespace(texts), "")
    return np.array(trimmed.to_numpy(zero_copy_only=False), dtype=object)


def shared_texts_of(frame: pd.DataFrame, column: str) -> NDArray[np.object_]:
    """Return what :func:`texts_of` does; of texts that many rows share, each is made but once.

    Examples
    --------
    >>> import pandas as pd
    >>> shared_texts_of(pd.DataFrame({"name": [" a ", None, " a "]}, dtype="str"), "name").tolist()
    ['a', '', 'a']
    """
    if column not in frame or frame[column].dtype != "str":
        return texts_of(frame, column)
    coded = pc.fill_null(_arrow_of(frame[column]), "").dictionary_encode()
    distinct = pc.utf8_trim_whitespace(coded.dictionary).to_numpy(zero_copy_only=False)
    return np.asarray(distinct, dtype=object)[np.asarray(coded.indices, dtype=np.int64)]


def counts_of(frame: pd.DataFrame, column: str) -> NDArray[np.int64]:
    """Return a column of counts, nought where the row has nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> counts_of(pd.DataFrame({"population": pd.array([3, None], "Int64")}), "population").tolist()
    [3, 0]
    """
    return frame[column].fillna(0).to_numpy(dtype=np.int64)


def numbers_of(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Return a column of numbers, NaN where it, or the row, has nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> numbers_of(pd.DataFrame({"slots": pd.array([3, None], "Int64")}), "slots").tolist()
    [3.0, nan]
    """
    if column not in frame:
        return np.full(len(frame), np.nan)
    return frame[column].to_numpy(dtype=np.float64, na_value=np.nan)


def codes_of(texts: Texts) -> NDArray[np.int64]:
    """Return a number for each text, the same for equal ones.

    Examples
    --------
    >>> codes_of(np.array(["b", "a", "b"], object)).tolist()
    [0, 1, 0]
    """
    coded = _arrow_of(texts).dictionary_encode(null_encoding="encode")
    return np.asarray(coded.indices, dtype=np.int64)


def sums_of(texts: Texts) -> NDArray[np.int64]:
    """Return a number for each text, the same for equal ones and hardly ever for others.

    A quarter of the time of :func:`codes_of` where most texts stand there once.

    Examples
    --------
    >>> one, two, three = sums_of(np.array(["甲", "乙", "甲"], object))
    >>> bool(one == three), bool(one == two)
    (True, False)
    """
    cells = pc.fill_null(_arrow_of(texts), "")
    _, ends, data = cells.buffers()
    ends = np.frombuffer(ends, np.int64)[cells.offset :][: len(cells) + 1]
    letters = np.frombuffer(data or b"", np.uint8)
    sums = np.zeros(len(cells), np.int64)
    for first in range(0, len(cells), _SUMMED):
        bounds = ends[first : first + _SUMMED + 1]
        starts, sizes = bounds[:-1] - bounds[0], np.diff(bounds)
        place = np.arange(bounds[-1] - bounds[0]) - np.repeat(starts, sizes)
        weighed = (letters[bounds[0] : bounds[-1]] + 1) * _WEIGHTS[place % len(_WEIGHTS)]
        filled = np.flatnonzero(sizes)
        if len(filled):
            sums[first + filled] = np.add.reduceat(weighed, starts[filled])
    return sums


def positions_of(asked: Texts, known: Texts) -> NDArray[np.int64]:
    """Return where each text first stands among the known ones, -1 where nowhere or empty.

    Examples
    --------
    >>> positions_of(np.array(["b", "", "c"], object), np.array(["a", "b", ""], object)).tolist()
    [1, -1, -1]
    """
    texts, among = _arrow_of(asked), _arrow_of(known)
    texts = pc.if_else(pc.equal(texts, ""), None, texts)
    # To find texts among others, these are put in order, which takes long: only those asked for.
    meant = np.flatnonzero(pc.is_in(among, value_set=texts, skip_nulls=True))
    places = pc.index_in(texts, value_set=among.take(pa.array(meant)), skip_nulls=True)
    found = np.append(meant, NONE)[pc.fill_null(places, NONE).to_numpy()]
    return np.asarray(found, dtype=np.int64)


def ascend(texts: Texts) -> bool:
    """Return whether each text is greater than the one before it, so that none stands there twice.

    Examples
    --------
    >>> [ascend(np.array(each, object)) for each in (["a", "b"], ["a", "a"], ["a", None], [])]
    [True, False, False, True]
    """
    cells = _arrow_of(texts)
    greater = pc.all(pc.less(cells[:-1], cells[1:]), min_count=0)
    return bool(greater.as_py()) and not cells.null_count


def _arrow_of(texts: Texts) -> pa.Array:
    """Return texts as one Arrow array, without a copy where they are one."""
    cells = pa.array(texts, pa.large_string())
    if not isinstance(cells, pa.ChunkedArray):
        return cells
    return cells.chunk(0) if cells.num_chunks == 1 else cells.combine_chunks()


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
