"""Complaints about rows of a frame: each with its file, sheet and row as the office sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from capacity_planner.errors import Complaint

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints

__all__ = [
    "MANY",
    "Headings",
    "Months",
    "id_column",
    "ids_at",
    "tell_pair",
    "tell_rows",
    "tell_table",
]

_PLACE: Final = ("source_file", "source_sheet", "source_row")
MANY: Final = 10
"""Rows of one kind that are told one by one where the rest is only counted."""

_IDS: Final = {
    "zones": "zone_id",
    "facilities": "facility_id",
    "townships": "township_code",
    "candidates": "candidate_id",
}


class _Unchanging:
    """What a frame's ``attrs`` carry: pandas copies them deeply at every step, and need not."""

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self


class Headings(_Unchanging, dict[str, str]):
    """The office's headings by our names."""


class Months(_Unchanging, frozenset[int]):
    """Rows that have a date without a day, as the office numbers them."""


def id_column(table: str) -> str:
    """Return the column that names a table's rows, empty where rows have no name.

    Examples
    --------
    >>> id_column("zones"), id_column("roads")
    ('zone_id', '')
    """
    return _IDS.get(table, "")


def ids_at(rows: pd.DataFrame, at: NDArray[Any], table: str) -> list[str]:
    """Return the ids of some rows, given as a mask or by position; empty where rows have no name.

    Examples
    --------
    >>> import pandas as pd
    >>> ids_at(pd.DataFrame({"zone_id": ["Z1", "Z2"]}), np.array([False, True]), "zones")
    ['Z2']
    """
    told, column = _positions(at), id_column(table)
    if not len(told) or column not in rows:  # most checks have nothing to tell
        return [""] * len(told)
    return [str(each) for each in rows[column].array[told]]


def tell_rows(
    complaints: Complaints,
    code: str,
    rows: pd.DataFrame,
    *,
    at: NDArray[Any] | None = None,
    column: str = "",
    value: Sequence[object] | str = "",
    most: int | None = None,
    **params: Any,  # noqa: ANN401  # whatever the sentence names
) -> None:
    """Complain about rows of a frame.

    Parameters
    ----------
    complaints
        Grows by one complaint a row.
    code
        Of the catalogue.
    rows
        With ``source_file``, ``source_row`` and perhaps ``source_sheet``.
    at
        Which of the rows are at fault: a mask or positions; all of them by default.
    column
        Our name of the column; the office's own heading is told where the frame knows it
        (``frame.attrs["headings"]``).
    value
        Raw value of each row at fault, or one text for all.
    most
        Rows to tell one by one; further ones are counted in one closing complaint.
    **params
        For the sentence: a list gives each row its own value, anything else is one for all.
    """
    positions = np.arange(len(rows)) if at is None else _positions(at)
    count = len(positions)
    if not count:
        return
    told = positions if most is None else positions[:most]
    heading = rows.attrs.get("headings", {}).get(column, column)
    places = zip(*(_cells(rows, name, told) for name in _PLACE), strict=True)
    found = []
    for each, (file, sheet, row) in enumerate(places):
        own = {
            key: given[each] if isinstance(given, list) else given for key, given in params.items()
        }
        raw = value if isinstance(value, str) else str(value[each])
        found.append(Complaint(code, file or "", sheet or "", row, heading, raw, own))
    if len(told) < count:
        first = found[0]
        rest = {"count": count - len(told), "code": code}
        found.append(Complaint("further_complaints", first.file, first.sheet, params=rest))
    complaints.extend(found)


def tell_pair(
    complaints: Complaints, code: str, rows: pd.DataFrame, column: str, other: str
) -> None:
    """Complain about rows in which two columns disagree; the sentence names both as value and other."""
    value = [str(each) for each in rows[column]] if len(rows) else []
    against = [str(each) for each in rows[other]] if len(rows) else []
    tell_rows(complaints, code, rows, column=column, value=value, other=against)


def tell_table(
    complaints: Complaints,
    code: str,
    rows: pd.DataFrame,
    *,
    column: str = "",
    value: str = "",
    **params: Any,  # noqa: ANN401  # whatever the sentence names
) -> None:
    """Complain about a table as a whole; the arguments are those of :func:`tell_rows`."""
    if len(rows):
        whole = rows[[name for name in _PLACE if name in rows]].iloc[:1].assign(source_row=None)
        tell_rows(complaints, code, whole, column=column, value=value, **params)


def _positions(at: NDArray[Any]) -> NDArray[Any]:
    return np.flatnonzero(at) if at.dtype == np.bool_ else at


def _cells(rows: pd.DataFrame, column: str, at: NDArray[Any]) -> list[Any]:
    """Return a column's cells at positions, ``None`` where it has nothing."""
    if column not in rows:
        return [None] * len(at)
    cells = rows[column].array.take(at)
    plain = cells.astype(object).tolist()
    return [None if gone else cell for cell, gone in zip(plain, cells.isna(), strict=True)]
