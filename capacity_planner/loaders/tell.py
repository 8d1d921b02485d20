"""Complaints about rows of a frame: each with its file, sheet and row as the office sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from capacity_planner.errors import Complaint

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from capacity_planner.errors import Complaints

__all__ = ["MANY", "id_column", "tell_rows"]

MANY: Final = 10
"""Rows of one kind that are told one by one where the rest is only counted."""

_IDS: Final = {
    "zones": "zone_id",
    "facilities": "facility_id",
    "townships": "township_code",
    "candidates": "candidate_id",
}


def id_column(table: str) -> str:
    """Return the column that names a table's rows, empty where rows have no name.

    Examples
    --------
    >>> id_column("zones"), id_column("roads")
    ('zone_id', '')
    """
    return _IDS.get(table, "")


def tell_rows(
    complaints: Complaints,
    code: str,
    rows: pd.DataFrame,
    *,
    column: str = "",
    value: Sequence[object] | str = "",
    most: int | None = None,
    **params: Any,  # noqa: ANN401  # whatever the sentence names
) -> None:
    """Complain about each row of a frame.

    Parameters
    ----------
    complaints
        Grows by one complaint a row.
    code
        Of the catalogue.
    rows
        The rows at fault, with ``source_file``, ``source_row`` and perhaps ``source_sheet``.
    column
        Our name of the column; the office's own heading is told where the frame knows it
        (``frame.attrs["headings"]``).
    value
        Raw value of each row, or one text for all.
    most
        Rows to tell one by one; further ones are counted in one closing complaint.
    **params
        For the sentence: a list gives each row its own value, anything else is one for all.
    """
    count = len(rows)
    told = count if most is None or count <= most else most
    heading = rows.attrs.get("headings", {}).get(column, column)
    files, sheets = _texts(rows, "source_file"), _texts(rows, "source_sheet")
    numbers: list[object] = rows["source_row"].tolist() if "source_row" in rows else [None] * count
    for at in range(told):
        own = {
            key: given[at] if isinstance(given, list) else given for key, given in params.items()
        }
        number = numbers[at]
        row = number if isinstance(number, int) else None
        raw = value if isinstance(value, str) else str(value[at])
        complaints.extend([Complaint(code, files[at], sheets[at], row, heading, raw, own)])
    if told < count:
        rest = {"count": count - told, "code": code}
        complaints.extend([Complaint("further_complaints", files[0], sheets[0], params=rest)])


def _texts(rows: pd.DataFrame, column: str) -> list[str]:
    if column not in rows:
        return [""] * len(rows)
    return [each if isinstance(each, str) else "" for each in rows[column].tolist()]
