"""The CSV tables of a run: UTF-8 with BOM, sorted by id, the same bytes for the same figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from capacity_planner.assessment import complaint_table
from capacity_planner.schemas import OUTPUT_TABLES
from capacity_planner.texts import label

if TYPE_CHECKING:
    from pathlib import Path

    from capacity_planner.assessment import Gaps
    from capacity_planner.texts import Lang

__all__ = ["inert_text", "write_csv", "write_csv_tables"]

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def inert_text(value: str) -> str:
    """Return text that a spreadsheet shows and never runs: a leading apostrophe before ``= + - @``.

    Examples
    --------
    >>> inert_text("=HYPERLINK(1)"), inert_text("竹阳街道")
    ("'=HYPERLINK(1)", '竹阳街道')
    """
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value


def write_csv_tables(gaps: Gaps, folder: Path, *, lang: Lang) -> list[Path]:
    """Write ``zones.csv``, ``townships.csv``, ``links.csv`` and ``complaints.csv``.

    Parameters
    ----------
    gaps
        A result.
    folder
        An existing folder.
    lang
        Language of the messages in ``complaints.csv``.

    Returns
    -------
    list of pathlib.Path
        The files written.
    """
    tables = {
        "zones": gaps.zones,
        "townships": gaps.townships,
        "links": gaps.links,
        "complaints": complaint_table(gaps.problems, lang),
    }
    notice = gaps.county.source.demonstration
    return [
        write_csv(
            table[list(OUTPUT_TABLES[name].names)], folder / f"{name}.csv", demonstration=notice
        )
        for name, table in tables.items()
    ]


def write_csv(table: pd.DataFrame, path: Path, *, demonstration: bool = False) -> Path:
    """Write one table and return its path.

    Parameters
    ----------
    table
        Any frame; whole numbers stay whole, what is not known stays empty, dates are ISO, yes/no are
        words, text that a spreadsheet would run is made inert.
    path
        Where to write.
    demonstration
        Whether every row carries the notice that its data are not for decisions, in a last column
        ``data_notice``.

    Returns
    -------
    pathlib.Path
        ``path``.
    """
    shown = pd.DataFrame({name: _written(table[name]) for name in table.columns})
    if demonstration:
        shown["data_notice"] = (
            f"{label('notice.demonstration', 'zh')} / {label('notice.demonstration', 'en')}"
        )
    shown.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    return path


def _written(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as the text that the file holds, ``<NA>`` where nothing is known."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.map({True: "yes", False: "no"}, na_action="ignore")
    if pd.api.types.is_float_dtype(column.dtype):
        return column.map("{:.10g}".format, na_action="ignore")
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        days: pd.Series[Any] = column.dt.strftime("%Y-%m-%d")
        return days
    if pd.api.types.is_integer_dtype(column.dtype):
        return column
    text: pd.Series[Any] = column.map(lambda value: inert_text(str(value)), na_action="ignore")
    return text
