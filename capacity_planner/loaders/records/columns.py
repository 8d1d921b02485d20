"""From cells as read to the typed columns of the table contracts, every change told.

Columns that are already clean (whole numbers, plain digits, tidy texts) are taken over at once;
only odd cells pass through the grammar of :mod:`~capacity_planner.loaders.cells.values`, each distinct
one once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from capacity_planner.loaders.cells.dates import read_date
from capacity_planner.loaders.cells.values import (
    LARGEST_COUNT,
    SIGNED_UNITS,
    Reading,
    read_id,
    read_number,
    read_text,
    read_word,
)
from capacity_planner.loaders.cells.words import fold, offered, plain_words, synonyms
from capacity_planner.loaders.files.raw import Teller
from capacity_planner.loaders.tell import Headings, Months
from capacity_planner.schemas import INPUT_TABLES, Column

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints
    from capacity_planner.loaders.files.raw import Cells, RawTable
    from capacity_planner.loaders.records.headings import Matching
    from capacity_planner.schemas import Kind

__all__ = ["DTYPES", "typed_frame"]

DTYPES: Final = {
    "id": "str",
    "text": "str",
    "one_of": "str",
    "count": "Int64",
    "number": "Float64",
    "date": "datetime64[s]",
    "yes_no": "boolean",
}
"""pandas dtype by kind of column."""
_COLLAPSED: Final = frozenset(
    {
        "text_normalised",
        "word_read_as",
        "id_float_text",
        "id_dressed",
        "date_normalised",
        "date_from_serial",
    }
)
"""Repairs told once for each column, with the first row and their number: they change no meaning."""
_DIGITS: Final = r"^[0-9]{1,15}$"
_DECIMALS: Final = r"^-?[0-9]{1,15}(\.[0-9]{1,17})?$"
_TIDY: Final = r"^[!-~\x{4e00}-\x{9fff}]+$"
"""Texts that nothing could be done to: ASCII and common Chinese letters without a blank."""


@dataclass
class _Column:
    """A column being read: its cells in our dtype, and the odd readings by row index."""

    cells: Any
    odd: list[tuple[int, object, Reading]] = field(default_factory=list)


def typed_frame(
    raw: RawTable,
    matching: Matching,
    *,
    table: str,
    defaults: Mapping[str, object],
    complaints: Complaints,
) -> pd.DataFrame:
    """Return a table's rows in the contract's columns and dtypes.

    Parameters
    ----------
    raw
        As read, totals rows removed.
    matching
        Which heading holds which column.
    table
        Name of the input table.
    defaults
        The county's values for columns that the file lacks.
    complaints
        Grows by every cell that was not plain.

    Returns
    -------
    pd.DataFrame
        All columns of the contract, ``source_file``, ``source_row``, ``source_sheet``, and
        ``geometry`` (shapely objects in the file's own units) where the file has any.
        ``attrs["headings"]`` holds the office's heading by our name, ``attrs["months"]`` the rows
        that have a date without a day.
    """
    contract = INPUT_TABLES[table]
    frame: dict[str, Any] = {}
    months: set[int] = set()
    columns = [
        c for c in contract.columns if c.kind != "geometry" and not c.name.startswith("source_")
    ]
    for column in columns:
        index = matching.columns.get(column.name)
        if index is not None:
            factor = matching.factors.get(column.name, Decimal(1))
            found = _read_column(raw.cells[index], column, table, factor, raw.epoch)
            _tell(found, column, table, raw, index, complaints)
            frame[column.name] = found.cells
            months.update(int(raw.rows[i]) for i, _, r in found.odd if r.code == "date_month_only")
        elif column.name in defaults:
            frame[column.name] = _default(column, defaults[column.name], table, raw, complaints)
        else:
            frame[column.name] = _repeated(None, column.kind, len(raw.rows))
    frame["source_file"] = _repeated(raw.file, "text", len(raw.rows))
    frame["source_row"] = pd.array(raw.rows, dtype="Int64")
    frame["source_sheet"] = _repeated(raw.sheet, "text", len(raw.rows))
    geometry = raw.geometry
    if geometry is None and "geometry" in matching.columns:
        geometry = _from_wkt(raw, matching.columns["geometry"], complaints)
    if geometry is not None:
        frame["geometry"] = pd.Series(geometry, dtype=object)
    typed = pd.DataFrame(frame, index=range(len(raw.rows)), copy=False)
    typed.attrs["months"] = Months(months)
    headings = {name: raw.place(index) for name, index in matching.columns.items()}
    typed.attrs["headings"] = Headings(headings)
    return typed


def _read_column(
    cells: Cells, column: Column, table: str, factor: Decimal, epoch: dt.date
) -> _Column:
    """Return one column's values in its dtype."""
    if isinstance(cells, pa.Array) and pa.types.is_null(cells.type):
        return _Column(_repeated(None, column.kind, len(cells)))
    if isinstance(cells, pa.Array) and column.kind in ("count", "number") and factor == 1:
        fast = _fast_numbers(cells, column)
        if fast is not None:
            return fast
    if isinstance(cells, pa.Array) and column.kind in ("id", "text"):
        fast = _fast_texts(cells, column)
        if fast is not None:
            return fast
    if isinstance(cells, pa.Array) and column.kind == "yes_no" and pa.types.is_boolean(cells.type):
        return _Column(pd.array(_listed(cells), dtype="boolean"))
    return _each(cells, column, _reader(column, table, factor, epoch))


def _reader(
    column: Column, table: str, factor: Decimal, epoch: dt.date
) -> Callable[[object], Reading]:
    """Return the function that reads one cell of a column."""
    if column.kind in ("count", "number"):
        return lambda cell: read_number(cell, column, factor=factor)
    if column.kind == "date":
        return lambda cell: read_date(cell, epoch=epoch)
    if column.kind == "id":
        return read_id
    if column.kind == "text":
        return read_text
    plain = plain_words(table, column)

    def word(cell: object) -> Reading:
        reading = read_word(cell, column, table)
        if reading.code == "word_read_as" and fold(str(cell)) in plain:
            return Reading(reading.value)
        return reading

    return word


def _fast_numbers(cells: pa.Array, column: Column) -> _Column | None:
    """Return whole and plain numbers without a loop; odd cells go through the grammar."""
    kind = cells.type
    if pa.types.is_integer(kind):
        values = cells.cast(pa.int64(), safe=False)
        least = 0 if column.kind == "count" else -LARGEST_COUNT
        fit = pc.and_(pc.greater_equal(values, least), pc.less_equal(values, LARGEST_COUNT))
        plain = pc.fill_null(fit, fill_value=True)
    elif pa.types.is_floating(kind):
        values = cells.cast(pa.float64())
        whole = pc.and_(pc.is_finite(values), pc.equal(values, pc.floor(values)))
        sized = pc.and_(pc.greater_equal(values, 0.0), pc.less_equal(values, float(LARGEST_COUNT)))
        fit = pc.and_(whole, sized) if column.kind == "count" else pc.is_finite(values)
        plain = pc.fill_null(fit, fill_value=True)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        pattern = _DIGITS if column.kind == "count" else _DECIMALS
        plain = pc.fill_null(pc.match_substring_regex(cells, pattern), fill_value=True)
        kept = pc.if_else(plain, cells, None)
        values = kept.cast(pa.int64() if column.kind == "count" else pa.float64())
    else:
        return None
    if column.kind == "number" and column.unit not in SIGNED_UNITS:
        plain = pc.and_(plain, pc.fill_null(pc.greater_equal(values, 0), fill_value=True))
    odd = np.flatnonzero(~plain.to_numpy(zero_copy_only=False))
    numbers = _masked(pc.if_else(plain, values, None), column)
    return _mend(_Column(numbers), cells, odd, lambda cell: read_number(cell, column))


def _masked(values: pa.Array, column: Column) -> Any:  # noqa: ANN401  # pandas' masked arrays
    missing = values.is_null().to_numpy(zero_copy_only=False)
    filled = pc.fill_null(values, 0)
    if column.kind == "count":
        return pd.arrays.IntegerArray(
            filled.cast(pa.int64(), safe=False).to_numpy().copy(), missing.copy()
        )
    return pd.arrays.FloatingArray(filled.cast(pa.float64()).to_numpy().copy(), missing.copy())


def _fast_texts(cells: pa.Array, column: Column) -> _Column | None:
    """Return tidy texts and whole-number ids without a loop."""
    kind = cells.type
    if pa.types.is_integer(kind):
        return _Column(pd.array(cells.cast(pa.string()), dtype="str"))
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return None
    pattern = _TIDY if column.kind == "text" else r"^[A-Z_]*[0-9_\-]+$"
    tidy = pc.fill_null(pc.match_substring_regex(cells, pattern), fill_value=True)
    odd = np.flatnonzero(~tidy.to_numpy(zero_copy_only=False))
    reader = read_id if column.kind == "id" else read_text
    if not len(odd):
        return _Column(pd.array(cells, dtype="str"))
    values = np.array(cells.to_pylist(), dtype=object)
    found = _mend(_Column(values), cells, odd, reader)
    found.cells = pd.array(found.cells, dtype="str")
    return found


def _mend(
    found: _Column, cells: pa.Array, odd: NDArray[np.int64], reader: Callable[[object], Reading]
) -> _Column:
    """Read the odd cells, each distinct one once, into ``found``."""
    seen: dict[object, Reading] = {}
    for index, cell in zip(odd.tolist(), cells.take(pa.array(odd)).to_pylist(), strict=True):
        reading = seen.get(cell)
        if reading is None:
            reading = seen[cell] = reader(cell)
        found.cells[index] = pd.NA if reading.value is None else reading.value
        if reading.code:
            found.odd.append((index, cell, reading))
    return found


def _each(cells: Cells, column: Column, reader: Callable[[object], Reading]) -> _Column:
    """Read each distinct cell once, then hand its reading to every row that has it."""
    distinct, at = _distinct(cells)
    readings = [reader(cell) for cell in distinct]
    found = _array([reading.value for reading in readings], column.kind).take(at)
    told = np.array([bool(reading.code) for reading in readings], dtype=bool)
    odd = [(int(row), distinct[at[row]], readings[at[row]]) for row in np.flatnonzero(told[at])]
    return _Column(found, odd)


def _distinct(cells: Cells) -> tuple[list[Any], NDArray[np.int64]]:
    """Return a column's distinct cells, and which of them each row has, shape ``(n,)``."""
    if isinstance(cells, pa.Array) and not pa.types.is_nested(cells.type):
        if pa.types.is_timestamp(cells.type) and cells.type.unit == "ns":
            cells = cells.cast(pa.timestamp("us", cells.type.tz), safe=False)
        coded = cells.dictionary_encode(null_encoding="encode")
        return coded.dictionary.to_pylist(), coded.indices.to_numpy().astype(np.int64)
    codes: dict[tuple[type, object], int] = {}
    plain = [str(cell) if isinstance(cell, dict | list) else cell for cell in _listed(cells)]
    at = [codes.setdefault((type(cell), cell), len(codes)) for cell in plain]
    return [cell for _, cell in codes], np.array(at, dtype=np.int64)


def _listed(cells: Cells) -> list[Any]:
    listed: list[Any] = cells.to_pylist() if isinstance(cells, pa.Array) else list(cells)
    return listed


def _repeated(value: object, kind: Kind, count: int) -> Any:  # noqa: ANN401  # pandas' arrays
    """Return one value, ``None`` for nothing, so many times."""
    one = _nothing(kind) if value is None else _array([value], kind)
    return one.take(np.zeros(count, dtype=np.int64))


@cache
def _nothing(kind: Kind) -> Any:  # noqa: ANN401  # pandas' arrays
    return _array([None], kind)


def _array(values: list[object], kind: Kind) -> Any:  # noqa: ANN401  # pandas' arrays
    if kind == "date":
        days = [np.datetime64("NaT") if value is None else value for value in values]
        return pd.Series(np.array(days, dtype="datetime64[s]")).array
    filled: Any = [pd.NA if value is None else value for value in values]
    return pd.array(filled, dtype=DTYPES[kind])


def _default(
    column: Column, value: object, table: str, raw: RawTable, complaints: Complaints
) -> Any:  # noqa: ANN401  # pandas' arrays
    """Return a column filled with the county's default, told once."""
    shown = value.isoformat() if isinstance(value, dt.date) else str(value)
    reading = _reader(column, table, Decimal(1), raw.epoch)(value)
    if reading.value is None:
        complaints.add(
            "default_unreadable",
            file="county.toml",
            column=f"{table}.defaults.{column.name}",
            value=shown,
        )
    complaints.add(
        "default_applied",
        file=raw.file,
        sheet=raw.sheet,
        column=column.name,
        value=shown,
        count=len(raw.rows),
    )
    return _repeated(reading.value, column.kind, len(raw.rows))


def _tell(
    found: _Column, column: Column, table: str, raw: RawTable, index: int, complaints: Complaints
) -> None:
    """Tell of every odd cell; harmless repairs once for each column and meaning."""
    teller, place = Teller(complaints, raw.file, raw.sheet), raw.place(index)
    alike: dict[tuple[str, str], list[tuple[int, object, Reading]]] = {}
    for row, cell, reading in found.odd:
        if reading.code in _COLLAPSED:
            word = fold(str(cell)) if reading.code == "word_read_as" else ""
            alike.setdefault((reading.code, word), []).append((row, cell, reading))
            continue
        line, code = int(raw.rows[row]), _code_for(reading.code, column)
        hints = complaints.keeps(code, raw.file) and _hints(reading.code, cell, column, table)
        params = {**reading.params, **(hints or {})}
        teller.add(code, row=line, column=place, value=_shown(cell), our=column.name, **params)
    for (code, _), cases in alike.items():
        row, cell, reading = cases[0]
        params = {**reading.params, "count": len(cases), "our": column.name}
        teller.add(code, row=int(raw.rows[row]), column=place, value=_shown(cell), **params)


def _code_for(code: str, column: Column) -> str:
    """Return the code; a required cell that says nothing is missing, whatever it says."""
    silent = {"dash_as_missing", "unknown_as_missing", "none_as_missing"}
    return "value_missing" if column.required and column.kind != "id" and code in silent else code


def _hints(code: str, cell: object, column: Column, table: str) -> dict[str, object]:
    if code not in ("word_unknown", "yes_no_unknown"):
        return {}
    import difflib  # noqa: PLC0415  # only for a word that nobody knows

    close = difflib.get_close_matches(fold(str(cell)), synonyms(table, column), 1, 0.6)
    return {"allowed": "、".join(offered(table, column)), "nearest": close[0] if close else "—"}


def _shown(cell: object) -> str:
    """Return a cell as the office sees it."""
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    return repr(cell) if isinstance(cell, float) else str(cell)


def _from_wkt(raw: RawTable, index: int, complaints: Complaints) -> NDArray[np.object_]:
    """Return outlines from texts; one that cannot be read is told by row and left empty."""
    cells = _listed(raw.cells[index])
    texts = np.array([str(c).strip() if c is not None else None for c in cells], dtype=object)
    found = np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), dtype=object)
    for row in np.flatnonzero(
        [t is not None and g is None for t, g in zip(texts, found, strict=True)]
    ):
        complaints.add(
            "wkt_unreadable", file=raw.file, sheet=raw.sheet, row=int(raw.rows[row]),
            column=raw.place(index), value=texts[row][:60],
        )  # fmt: skip
    return found
