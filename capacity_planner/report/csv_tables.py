"""The CSV tables of a run: UTF-8 with BOM, sorted by id, the same bytes for the same figures."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from capacity_planner.assessment import complaint_table
from capacity_planner.report.columns import as_arrow
from capacity_planner.schemas import OUTPUT_TABLES
from capacity_planner.texts import FORMULA_STARTS, label

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

    from numpy.typing import NDArray

    from capacity_planner.assessment import Gaps
    from capacity_planner.texts import Lang

Texts: TypeAlias = "pa.LargeStringArray"

__all__ = ["write_csv", "write_csv_tables"]

_LIVE: Final = f"^[{re.escape(''.join(FORMULA_STARTS))}]"
_STARTS_LIVE: Final = np.isin(np.arange(256), [sign.encode()[0] for sign in FORMULA_STARTS])
_SPECIAL: Final = ",", '"', "\r", "\n"
_SPECIAL_BYTES: Final = tuple(sign.encode() for sign in _SPECIAL)
_YES, _NO, _COMMA, _QUOTE, _APOSTROPHE, _NOTHING = (
    pa.scalar(text, pa.large_string()) for text in ("yes", "no", ",", '"', "'", "")
)
_ROWS_AT_ONCE: Final = 1 << 14


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
        "zones": pd.DataFrame(gaps.zones),  # plain: a column is found in half the time
        "townships": pd.DataFrame(gaps.townships),
        "links": gaps.links,
        "complaints": complaint_table(gaps.problems, lang),
    }
    notice = gaps.county.source.demonstration
    return [
        _write(
            [(each, table[each]) for each in OUTPUT_TABLES[name].names],
            folder / f"{name}.csv",
            demonstration=notice,
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
    return _write(list(table.items()), path, demonstration=demonstration)


def _write(
    columns: list[tuple[Hashable, pd.Series[Any]]], path: Path, *, demonstration: bool
) -> Path:
    """Write columns one by one: taken together, pandas would first copy numbers of a kind."""
    notice = (
        f"{label('notice.demonstration', 'zh')} / {label('notice.demonstration', 'en')}"
        if demonstration
        else None
    )
    with path.open("wb") as sink:
        sink.write(codecs.BOM_UTF8)
        heads = [_one(str(head)) for head, _ in columns]
        sink.write(_lines(heads, "data_notice" if demonstration else None))
        cells = [_arrow(column) for _, column in columns]
        # By parts, so that a table of a million rows is never there a second time as text.
        for start in range(0, len(cells[0]), _ROWS_AT_ONCE):
            part = [_written(column.slice(start, _ROWS_AT_ONCE)) for column in cells]
            sink.write(_lines(part, notice))
    return path


def _lines(cells: list[Texts], last: str | None) -> memoryview:
    """Return rows of cells, and perhaps one more for all, as the bytes of a CSV file with CR LF."""
    *others, final = cells
    end = pa.scalar("\r\n" if last is None else f",{_one(last)[0]}\r\n", pa.large_string())
    ended = pc.binary_join_element_wise(final, end, _NOTHING)
    rows = pc.binary_join_element_wise(*others, ended, _COMMA)
    # The texts of an array lie end to end: what its buffer holds is what the file shall hold.
    return memoryview(rows.buffers()[2] or b"")


def _one(text: str) -> Texts:
    """Return a single text as a cell."""
    return _quoted(pa.array([text], pa.large_string()))


def _quoted(cells: Texts) -> Texts:
    """Return cells in quotes where they hold a comma, a quote or a line end."""
    held = _bytes_of(cells)
    if not any(sign in held for sign in _SPECIAL_BYTES):
        return cells
    special = pc.match_substring_regex(cells, f"[{''.join(_SPECIAL)}]")
    doubled = pc.replace_substring(cells, '"', '""')
    return pc.if_else(
        special, pc.binary_join_element_wise(_QUOTE, doubled, _QUOTE, _NOTHING), cells
    )


def _bytes_of(cells: Texts) -> bytes:
    """Return the bytes of all cells end to end: most columns hold nothing special anywhere."""
    _, ends, text = cells.buffers()
    if text is None or not len(cells):
        return b""
    at = np.frombuffer(ends, dtype=np.int64)
    start, end = int(at[cells.offset]), int(at[cells.offset + len(cells)])
    held: bytes = text[start:end].to_pybytes()
    return held


def _first_bytes(cells: Texts) -> NDArray[np.uint8]:
    """Return the first byte of every cell; for an empty one that of its neighbour."""
    _, ends, text = cells.buffers()
    if text is None:
        return np.zeros(0, dtype=np.uint8)
    starts = np.frombuffer(ends, dtype=np.int64)[cells.offset : cells.offset + len(cells)]
    first: NDArray[np.uint8] = np.frombuffer(text, dtype=np.uint8)[starts[starts < text.size]]
    return first


def _arrow(column: pd.Series[Any]) -> pa.Array | pa.ChunkedArray:
    """Return a column as Arrow holds it, every cell of a mixed one as text."""
    if not pd.api.types.is_object_dtype(column.dtype):
        return as_arrow(column)
    values = [
        None if missing else str(value)
        for value, missing in zip(column, column.isna(), strict=True)
    ]
    return pa.array(values, pa.large_string())


def _written(cells: pa.Array | pa.ChunkedArray) -> Texts:
    """Return cells as the file holds them, empty where nothing is known; only texts need quotes."""
    values = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    return pc.fill_null(_as_text(values), _NOTHING)


def _as_text(values: pa.Array) -> Texts:
    kind = values.type
    if pa.types.is_boolean(kind):
        return pc.if_else(values, _YES, _NO)
    if pa.types.is_floating(kind):
        coded = values.dictionary_encode()
        shown = [f"{value:.10g}" for value in coded.dictionary.to_pylist()]
        return pa.array(shown, pa.large_string()).take(coded.indices)
    if pa.types.is_timestamp(kind):
        return pc.strftime(values, "%Y-%m-%d").cast(pa.large_string())
    text = values.cast(pa.large_string())
    return text if pa.types.is_integer(kind) else _harmless(text)


def _harmless(text: Texts) -> Texts:
    """Return texts as :func:`inert_text` does each, in quotes where needed."""
    if _STARTS_LIVE[_first_bytes(text)].any():
        live = pc.match_substring_regex(text, _LIVE)
        inert = pc.binary_join_element_wise(_APOSTROPHE, text, _NOTHING)
        text = pc.if_else(live, inert, text)
    return _quoted(text)
