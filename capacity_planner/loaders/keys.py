"""Rows that are no records (totals), records without a name or a needed value, and names used twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from capacity_planner.loaders.tell import id_column
from capacity_planner.loaders.words import fold
from capacity_planner.schemas import INPUT_TABLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints
    from capacity_planner.loaders.headings import Matching
    from capacity_planner.loaders.raw import Cells, RawTable

__all__ = ["check_keys", "check_required", "check_totals", "total_rows"]

_TOTAL: Final = re.compile(
    r"(全?[县市区乡镇街道社村]*(合计|总计|小计|共计|累计|总和|总数|汇总)|计|(sub|grand)?total|sum)[:：]?",
)
_TOTAL_TAIL: Final = re.compile(r".{1,20}(合计|总计|小计|共计)[:：]?")
_MOST: Final = 20


def total_rows(raw: RawTable, matching: Matching) -> NDArray[np.bool_]:
    """Return which rows are named as totals: 合计, 小计, 总计 in a column of texts.

    Parameters
    ----------
    raw
        As read, ``n`` rows.
    matching
        Only columns with a meaning, and the first one, are looked at.

    Returns
    -------
    NDArray[np.bool_]
        Shape ``(n,)``. Whether they add up is for :func:`check_totals`.
    """
    named = np.zeros(len(raw.rows), dtype=bool)
    names = {"zone_id", "facility_id", "township_code", "candidate_id", "name", "township"}
    columns = {index for name, index in matching.columns.items() if name in names} | {0}
    for index in columns:
        if index < len(raw.cells):
            named |= _named_total(raw.cells[index])
    return named


def _named_total(cells: Cells) -> NDArray[np.bool_]:
    if isinstance(cells, pa.Array):
        if not pa.types.is_string(cells.type) and not pa.types.is_large_string(cells.type):
            return np.zeros(len(cells), dtype=bool)
        likely = pc.fill_null(
            pc.match_substring_regex(cells, "计|總|总|汇|(?i)total|sum"), fill_value=False
        )
        found: NDArray[np.bool_] = likely.to_numpy(zero_copy_only=False).copy()
    else:
        found = np.array([isinstance(cell, str) for cell in cells], dtype=bool)
    for row in np.flatnonzero(found):
        cell = cells[row].as_py() if isinstance(cells, pa.Array) else cells[row]
        word = fold(str(cell))
        found[row] = bool(_TOTAL.fullmatch(word) or _TOTAL_TAIL.fullmatch(word))
    return found


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
    counts = [c.name for c in INPUT_TABLES[table].columns if c.kind == "count" and c.name in frame]
    counts = [name for name in counts if name != "source_row"]
    lines = totals["source_row"].to_numpy(dtype=np.int64)
    for position, line in enumerate(lines):
        told = {name: totals[name].iloc[position] for name in counts}
        told = {name: int(value) for name, value in told.items() if not pd.isna(value)}
        where = {
            "file": totals["source_file"].iloc[position],
            "sheet": totals["source_sheet"].iloc[position],
            "row": int(line),
        }
        spans = _spans(frame, lines, position)
        misses = [_difference(frame, told, span) for span in spans]
        if not told or any(miss is None for miss in misses):
            complaints.add("totals_row_skipped", **where, value=_shown(told))
            continue
        name, stated, summed = misses[0] or ("", 0, 0)
        complaints.add(
            "totals_row_disagrees", **where, value=stated, column=name, stated=stated, summed=summed
        )


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


def _shown(told: dict[str, int]) -> str:
    return ", ".join(f"{name} {value}" for name, value in told.items())


def check_required(frame: pd.DataFrame, *, table: str, complaints: Complaints) -> None:
    """Tell of records without a required value, unless the cell has been told of already."""
    told = {(c.file, c.row, c.column) for c in complaints if c.severity == "error"}
    for column in INPUT_TABLES[table].columns:
        if not column.required or column.kind == "geometry" or column.name not in frame:
            continue
        heading = frame.attrs.get("headings", {}).get(column.name)
        if heading is None:
            continue
        code = "id_missing" if column.kind == "id" else "value_missing"
        for place in np.flatnonzero(frame[column.name].isna()):
            row, file = int(frame["source_row"].iloc[place]), frame["source_file"].iloc[place]
            if (file, row, heading) not in told:
                sheet = frame["source_sheet"].iloc[place]
                complaints.add(
                    code, file=file, sheet=sheet, row=row, column=heading, our=column.name
                )


def check_keys(frame: pd.DataFrame, *, table: str, complaints: Complaints) -> pd.DataFrame:
    """Tell of ids that several records bear, with the rows of all of them.

    Parameters
    ----------
    frame
        Typed records.
    table
        Name of the input table.
    complaints
        Grows by an error for each id.

    Returns
    -------
    pd.DataFrame
        The records with an id, the first of each: so the checks that follow can go on.
    """
    key = id_column(table)
    if not key or key not in frame:
        return frame
    present = frame[frame[key].notna()]
    doubled = present[present[key].duplicated(keep=False)]
    for value, rows in doubled.groupby(key, sort=True):
        _tell_doubled(str(value), rows, frame, key, complaints)
    if len(present) == len(frame) and not len(doubled):
        return frame
    return present.drop_duplicates(key).reset_index(drop=True)


def _tell_doubled(
    value: str, rows: pd.DataFrame, frame: pd.DataFrame, key: str, complaints: Complaints
) -> None:
    lines = [int(line) for line in rows["source_row"]]
    shown = ", ".join(map(str, lines[:_MOST])) + (" …" if len(lines) > _MOST else "")
    complaints.add(
        "id_doubled",
        file=rows["source_file"].iloc[0],
        sheet=rows["source_sheet"].iloc[0],
        row=lines[1],
        column=frame.attrs.get("headings", {}).get(key, key),
        value=value,
        rows=shown,
    )
