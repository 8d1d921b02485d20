"""Tables as compact columns: what the page script unpacks into plain arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd

from capacity_planner.mapper.shapes import pack

if TYPE_CHECKING:
    from collections.abc import Iterable

Column: TypeAlias = "dict[str, Any]"

__all__ = ["choice_column", "count_column", "number_column", "text_column", "truth_column"]

_FEW: Final = 4


def count_column(values: pd.Series[Any]) -> Column:
    """Return whole numbers ≥ 0, packed; -1 stands for none.

    Parameters
    ----------
    values
        Integers of length n, ``<NA>`` where there is none.

    Returns
    -------
    dict
        ``all`` where every row has the same value, else ``pack``.

    Examples
    --------
    >>> count_column(pd.Series([3, 3], dtype="Int64"))
    {'all': 3}
    """
    whole = values.fillna(-1).to_numpy(dtype=np.int64)
    if len(whole) and (whole == whole[0]).all():
        return {"all": None if whole[0] < 0 else int(whole[0])}
    return {"pack": pack(whole)}


def text_column(values: pd.Series[Any]) -> Column:
    """Return text, as a list of the distinct words and a packed position where few differ.

    Parameters
    ----------
    values
        Words of length n; missing ones become empty.

    Returns
    -------
    dict
        ``list``, or ``of`` and packed ``at``.

    Examples
    --------
    >>> text_column(pd.Series(["a", None, "b"]))
    {'list': ['a', '', 'b']}
    """
    words = values.astype(object).where(values.notna(), "").astype(str)
    codes, distinct = pd.factorize(words)
    if len(distinct) * _FEW > len(words):
        return {"list": words.tolist()}
    return {"of": [str(word) for word in distinct], "at": pack(codes.astype(np.int64))}


def choice_column(values: pd.Series[Any], of: Iterable[str]) -> Column:
    """Return words of a fixed list as packed positions; -1 for anything else.

    Parameters
    ----------
    values
        Words of length n.
    of
        The fixed list.

    Returns
    -------
    dict
        ``of`` and packed ``at``.

    Examples
    --------
    >>> choice_column(pd.Series(["b", ""]), ("a", "b"))
    {'of': ['a', 'b'], 'at': 'CB'}
    """
    known = list(of)
    at = pd.Index(known).get_indexer(pd.Index(values.fillna("").astype(str)))
    return {"of": known, "at": pack(at.astype(np.int64))}


def truth_column(values: pd.Series[Any]) -> Column:
    """Return yes, no or unknown as packed 1, 0 and -1.

    Parameters
    ----------
    values
        Yes, no or missing, length n.

    Returns
    -------
    dict
        As :func:`count_column`.
    """
    return count_column(values.astype("boolean").astype("Int64"))


def number_column(values: pd.Series[Any], places: int = 2) -> Column:
    """Return numbers with up to some decimals as a list, ``None`` where there is none.

    Parameters
    ----------
    values
        Floats of length n.
    places
        Decimals to keep.

    Returns
    -------
    dict
        ``list``.

    Examples
    --------
    >>> number_column(pd.Series([4.5, None]))
    {'list': [4.5, None]}
    """
    return {
        "list": [
            None if pd.isna(value) else round(float(value), places) for value in values.tolist()
        ]
    }
