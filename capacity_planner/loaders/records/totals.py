"""Rows that are no records: totals, by their name or because they add up, and parts of others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from capacity_planner.loaders.cells.words import fold
from capacity_planner.loaders.tell import id_column
from capacity_planner.schemas import INPUT_TABLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints
    from capacity_planner.loaders.files.raw import Cells, RawTable
    from capacity_planner.loaders.records.headings import Matching

__all__ = ["check_totals", "leave_out_sums", "named_rows", "names_total"]

_WORD: Final = "(合计|总计|小计|共计|累计|总和|总数|汇总)"
_TOTAL: Final = re.compile(
    rf"(全?[县市区乡镇街道社村]*{_WORD}|计|(sub|grand)?total|sum|全[县市区镇乡])[:：]?"
    rf"|.{{1,20}}(合计|总计|小计|共计)[:：]?"
    rf"|{_WORD}[:：]?[(（]?[0-9一二三四五六七八九十百]+[家个处户所间项名人座][)）]?"
)
_PART: Final = re.compile(r"(其中|平均|均值|占比|比例|比重|增长|同比)([:：].*|[值数率]?)")
_LIKELY: Final = "计|總|总|汇|全|其中|平均|均值|占比|比|增长|(?i)total|sum"
_NAMES: Final = frozenset(
    {"zone_id", "facility_id", "township_code", "candidate_id", "name", "township", "village"}
)
_WHOSE: Final = ("zone_id", "name", "township_code", "township", "village")
"""What tells a row of a population table whose people it counts."""
_PAIR: Final = 2
"""A sum has two terms at least; a row equal to a single other one is a copy."""


def names_total(cell: object) -> bool:
    """Return whether a cell names a total.

    Examples
    --------
    >>> [names_total(each) for each in ("合 计", "竹阳街道小计", "合计3家", "合计新村", 12)]
    [True, True, True, False, False]
    """
    return isinstance(cell, str) and bool(_TOTAL.fullmatch(fold(cell)))


def _names_part(cell: object) -> bool:
    return isinstance(cell, str) and bool(_PART.fullmatch(fold(cell)))


def named_rows(raw: RawTable, matching: Matching) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows are named as totals, and which as parts or means of the others.

    Parameters
    ----------
    raw
        As read, ``n`` rows.
    matching
        Only columns of names, and the first one, are looked at.

    Returns
    -------
    tuple of NDArray[np.bool_]
        Each of shape ``(n,)``: 合计, 小计, 总计; 其中：城区, 平均. Whether totals add up is for
        :func:`check_totals`.
    """
    totals = np.zeros(len(raw.rows), dtype=np.bool_)
    parts = np.zeros(len(raw.rows), dtype=np.bool_)
    columns = {index for name, index in matching.columns.items() if name in _NAMES} | {0}
    for index in sorted(columns):
        if index < len(raw.cells):
            column = raw.cells[index]
            for row in _likely_rows(column).tolist():
                cell = column[row]
                text = cell.as_py() if isinstance(cell, pa.Scalar) else cell
                totals[row] |= names_total(text)
                parts[row] |= _names_part(text)
    return totals, parts & ~totals


def _likely_rows(cells: Cells) -> NDArray[np.int64]:
    """Return the rows whose cell may name a total, a part or a mean."""
    if not isinstance(cells, pa.Array):
        return np.flatnonzero([isinstance(cell, str) for cell in cells])
    if not pa.types.is_string(cells.type) and not pa.types.is_large_string(cells.type):
        return np.zeros(0, dtype=np.int64)
    likely = pc.fill_null(pc.match_substring_regex(cells, _LIKELY), fill_value=False)
    return np.flatnonzero(likely.to_numpy(zero_copy_only=False))


def check_totals(
    frame: pd.DataFrame, totals: pd.DataFrame, *, table: str, complaints: Complaints
) -> None:
    """Tell of the totals rows that were left out; one that does not add up is an error.

    Parameters
    ----------
    frame
        Typed records with ``source_row``.
    totals
        Typed totals rows of the same file.
    table
        Name of the input table.
    complaints
        Grows by one complaint for each totals row.
    """
    lines = totals["source_row"].to_numpy(dtype=np.int64)
    for position in range(len(lines)):
        told = _told(totals, position, table)
        where = _where(totals, position)
        misses = [_difference(frame, told, span) for span in _spans(frame, lines, position)]
        if not told:
            complaints.add("totals_row_bare", **where)
            continue
        if any(miss is None for miss in misses):
            complaints.add("totals_row_skipped", **where, value=_shown(told, totals))
            continue
        name, stated, summed = misses[0] or ("", 0, 0)
        complaints.add(
            "totals_row_disagrees", **where, value=stated, column=_heading(name, totals),
            stated=stated, summed=summed,
        )  # fmt: skip


def leave_out_sums(frame: pd.DataFrame, *, table: str, complaints: Complaints) -> pd.DataFrame:
    """Return the records without those that bear no name and hold the sums of others.

    A row without an id whose every count is the sum of the rows above it, below it, or of all, is a
    total that nobody wrote 合计 beside.

    Parameters
    ----------
    frame
        Typed records, totals by name already left out.
    table
        Name of the input table.
    complaints
        Grows by one repair for each row left out.

    Returns
    -------
    pd.DataFrame
        The other rows, numbered anew; the same object where there is no such row.
    """
    bare = _without_name(frame, table)
    if not bare.any():
        return frame
    named = frame[~bare]
    lines = frame["source_row"].to_numpy(dtype=np.int64)[bare]
    summing = np.zeros(len(frame), dtype=np.bool_)
    for position, at in enumerate(np.flatnonzero(bare).tolist()):
        told = _told(frame, at, table)
        spans = [span for span in _spans(named, lines, position) if span.sum() >= _PAIR]
        if any(told.values()) and any(_difference(named, told, span) is None for span in spans):
            summing[at] = True
            complaints.add("totals_row_by_sum", **_where(frame, at), value=_shown(told, frame))
    return frame[~summing].reset_index(drop=True) if summing.any() else frame


def _without_name(frame: pd.DataFrame, table: str) -> NDArray[np.bool_]:
    """Return which rows say nowhere what they are about, shape ``(n,)``."""
    keys = [id_column(table)] if id_column(table) else list(_WHOSE)
    bare = np.ones(len(frame), dtype=np.bool_)
    for key in keys:
        if key in frame:
            bare &= frame[key].isna().to_numpy(dtype=np.bool_)
    return bare if any(key in frame for key in keys) else ~bare


def _told(rows: pd.DataFrame, position: int, table: str) -> dict[str, int]:
    """Return the counts that a row gives."""
    counts = [
        column.name
        for column in INPUT_TABLES[table].columns
        if column.kind == "count" and column.name in rows and column.name != "source_row"
    ]
    told = {name: rows[name].iloc[position] for name in counts}
    return {name: int(value) for name, value in told.items() if not pd.isna(value)}


def _where(rows: pd.DataFrame, position: int) -> dict[str, Any]:
    row = rows.iloc[position]
    return {
        "file": row["source_file"],
        "sheet": row["source_sheet"],
        "row": int(row["source_row"]),
    }


def _spans(frame: pd.DataFrame, lines: NDArray[np.int64], position: int) -> list[NDArray[np.bool_]]:
    """Return the sets of records that a total may sum: all, those since the last, those to the next."""
    rows = frame["source_row"].to_numpy(dtype=np.int64)
    line = lines[position]
    above = lines[lines < line].max(initial=0)
    below = lines[lines > line].min(initial=np.iinfo(np.int64).max)
    every = np.ones(len(rows), dtype=bool)
    return [
        every,
        (rows > above) & (rows < line),
        (rows > line) & (rows < below),
        rows < line,
        rows > line,
    ]


def _difference(
    frame: pd.DataFrame, told: dict[str, int], span: NDArray[np.bool_]
) -> tuple[str, int, int] | None:
    """Return the first column whose sum over a span is not what the totals row says."""
    if not span.any():
        return ("", 0, 0)
    for name, stated in told.items():
        summed = int(frame[name][span].fillna(0).sum())
        if summed != stated:
            return (name, stated, summed)
    return None


def _heading(name: str, rows: pd.DataFrame) -> str:
    return str(rows.attrs.get("headings", {}).get(name, name))


def _shown(told: dict[str, int], rows: pd.DataFrame) -> str:
    return ", ".join(f"{_heading(name, rows)} {value:,}" for name, value in told.items())
