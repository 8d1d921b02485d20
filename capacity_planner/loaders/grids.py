"""From a sheet's grid of cells to a table: headings found, merged cells filled, non-data left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from capacity_planner.loaders.headings import match, read_heading
from capacity_planner.loaders.raw import RawTable, Teller
from capacity_planner.loaders.sniff import refuse
from capacity_planner.loaders.words import all_units, fold
from capacity_planner.schemas import INPUT_TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints
    from capacity_planner.loaders.raw import Cells
    from capacity_planner.loaders.workbook import Cell, Sheet

__all__ = ["choose_sheet", "column_letter", "table_of"]

_SEARCHED_ROWS: Final = 30
_HEADING_ROWS: Final = 3
_NOTE: Final = re.compile(
    r"^(注|备注|说明|填表|制表|审核|填报|单位负责|数据来源|资料来源|联系|note|source)",
    re.IGNORECASE,
)
_COLUMN_NUMBERS: Final = frozenset("甲乙丙丁戊己庚辛")


@dataclass(frozen=True)
class _Head:
    """Where headings were found: first row, how many rows, their joined texts, how well they fit."""

    top: int
    depth: int
    headings: tuple[str, ...]
    score: int


def choose_sheet(
    sheets: Sequence[Sheet], file: str, *, table: str, named: Mapping[str, str], base: str
) -> Sheet:
    """Return the one sheet whose headings belong to a table.

    Parameters
    ----------
    sheets
        Visible sheets, or the one that the county named.
    file
        For the complaint.
    table, named, base
        As for :func:`~capacity_planner.loaders.headings.match`.

    Returns
    -------
    Sheet
        The best fit.

    Raises
    ------
    InputError
        If two sheets fit: reading the wrong one would be silent.
    """
    if len(sheets) == 1:
        return sheets[0]
    required = {c.name for c in INPUT_TABLES[table].columns if c.required and c.kind != "geometry"}
    heads = [_find_head(sheet, table, named, base) for sheet in sheets]
    fitting = [
        sheet
        for sheet, head in zip(sheets, heads, strict=True)
        if head
        and required <= set(match(head.headings, table=table, named=named, base=base).columns)
    ]
    if len(fitting) > 1:
        refuse("sheet_ambiguous", file, names=", ".join(sheet.name for sheet in fitting))
    if fitting:
        return fitting[0]
    scores = [head.score if head else 0 for head in heads]
    return sheets[scores.index(max(scores))]


def table_of(
    sheet: Sheet,
    file: str,
    *,
    table: str,
    named: Mapping[str, str],
    base: str,
    header_row: int | None = None,
    complaints: Complaints,
) -> RawTable:
    """Return a sheet's data rows under their headings.

    Parameters
    ----------
    sheet
        Grid of cells.
    file
        Its file, for the complaints.
    table, named, base
        As for :func:`~capacity_planner.loaders.headings.match`.
    header_row
        The office's number of the row of headings, where the county gives it.
    complaints
        Grows by every row that was left out and every cell that was filled.

    Returns
    -------
    RawTable
        Rows with the office's own numbers; blank rows are gone.

    Raises
    ------
    InputError
        If no headings are found.
    """
    head = _find_head(sheet, table, named, base, header_row)
    if head is None:
        refuse("headings_not_found", file, value=table)
    teller = Teller(complaints, file, sheet.name)
    if head.top and header_row is None:
        teller.add("title_rows_skipped", count=head.top, row=sheet.lines[head.top])
    first = head.top + head.depth
    letters = tuple(column_letter(i) if sheet.lettered else "" for i in range(len(head.headings)))
    used = set(match(head.headings, table=table, named=named, base=base).columns.values())
    _fill_merged(sheet, first, head, used, letters, teller)
    kept = _data_rows(sheet, first, head, teller)
    _complain_unread(sheet, kept, head, letters, teller)
    _complain_unnamed(sheet, kept, head, letters, teller)
    columns = _columns(sheet, kept, len(head.headings))
    lines = np.array([sheet.lines[row] for row in kept], dtype=np.int64)
    return RawTable(file, sheet.name, head.headings, columns, lines, letters, epoch=sheet.epoch)


def column_letter(index: int) -> str:
    """Return Excel's letters of a column counted from 0.

    Examples
    --------
    >>> column_letter(0), column_letter(27)
    ('A', 'AB')
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _find_head(
    sheet: Sheet, table: str, named: Mapping[str, str], base: str, header_row: int | None = None
) -> _Head | None:
    """Return the best heading among the first rows, single or of two or three merged rows."""
    best: _Head | None = None
    tops = range(min(_SEARCHED_ROWS, len(sheet.rows)))
    if header_row is not None:
        tops = range(*_position(sheet.lines, header_row))
    for top in tops:
        for depth in range(1, _HEADING_ROWS + 1):
            rows = sheet.rows[top : top + depth]
            if len(rows) < depth or not _may_be_heading(rows):
                break
            headings = _joined(sheet, top, depth, table, named, base)
            score = len(match(headings, table=table, named=named, base=base).columns)
            if score and (best is None or (score, -depth) > (best.score, -best.depth)):
                best = _Head(top, depth, headings, score)
    return best


def _position(lines: Sequence[int], number: int) -> tuple[int, int]:
    """Return the span of indices, one or none, of the row with an office's number."""
    at = lines.index(number) if number in lines else 0
    return (at, at + 1) if number in lines else (0, 0)


def _may_be_heading(rows: Sequence[Sequence[Cell]]) -> bool:
    """Return whether a block holds texts only, a text in its last row among them."""
    texts = [cell for row in rows for cell in row if cell is not None]
    if not texts or not all(isinstance(cell, str) for cell in texts):
        return False
    last = [str(cell) for cell in rows[-1] if cell is not None]
    numbers = sum(_is_number(cell) for cell in last)
    return bool(last) and (len(rows) == 1 or not numbers)


def _is_number(text: str) -> bool:
    return text.replace(",", "").replace(".", "", 1).strip().isdigit()


def _joined(
    sheet: Sheet, top: int, depth: int, table: str, named: Mapping[str, str], base: str
) -> tuple[str, ...]:
    """Return one heading a column: the joining of merged rows that is known, else all of them."""
    levels = [_spread(sheet, top + level, last=level == depth - 1) for level in range(depth)]
    wanted = {fold(heading) for heading in named.values()}
    headings = []
    for parts in zip(*levels, strict=True):
        texts = [text for i, text in enumerate(parts) if text and text not in parts[:i]]
        spellings = (
            ["".join(texts), "".join(reversed(texts)), *reversed(texts)] if depth > 1 else texts
        )
        known = [s for s in spellings if s and (fold(s) in wanted or read_heading(s, table, base))]
        headings.append(known[0] if known else "".join(texts))
    return tuple(headings)


def _spread(sheet: Sheet, row: int, *, last: bool) -> list[str]:
    """Return a heading row's texts with merged ones repeated over their columns.

    Text tables have lost their merges: there an upper heading reaches to the right over blanks.
    """
    texts = ["" if cell is None else " ".join(str(cell).split()) for cell in sheet.rows[row]]
    for first, left, bottom, right in sheet.merged:
        if first <= row <= bottom and left < len(texts):
            source = sheet.rows[first][left]
            for column in range(left, min(right + 1, len(texts))):
                texts[column] = "" if source is None else " ".join(str(source).split())
    if not sheet.merged and not last:
        below = sheet.rows[row + 1]
        for column in range(1, len(texts)):
            if not texts[column] and below[column] is not None:
                texts[column] = texts[column - 1]
    return texts


def _fill_merged(
    sheet: Sheet,
    first: int,
    head: _Head,
    used: set[int],
    letters: Sequence[str],
    teller: Teller,
) -> None:
    """Repeat a merged text over the rows that it spans; a merged number belongs to no single row."""
    for top, left, bottom, _ in sheet.merged:
        if top < first or left not in used:
            continue
        value = sheet.rows[top][left]
        if value is None or (bottom == top):
            continue
        place = f"{letters[left]} {head.headings[left]}".strip()
        code = (
            "merged_filled" if isinstance(value, str) and not _is_number(value) else "number_merged"
        )
        teller.add(code, row=sheet.lines[top], column=place, value=value, count=bottom - top + 1)
        if code == "merged_filled":
            for row in range(top, min(bottom + 1, len(sheet.rows))):
                sheet.rows[row][left] = value


def _data_rows(sheet: Sheet, first: int, head: _Head, teller: Teller) -> list[int]:
    """Return the indices of rows that hold data, telling of those that do not."""
    kept: list[int] = []
    headings = [fold(heading) for heading in head.headings]
    for index in range(first, len(sheet.rows)):
        row = sheet.rows[index]
        texts = [cell for cell in row if cell is not None]
        if not texts:
            continue
        code = _not_data(row, texts, headings, beginning=not kept)
        if code:
            shown = " ".join(str(cell) for cell in texts)[:80]
            teller.add(code, row=sheet.lines[index], value=shown)
        else:
            kept.append(index)
    return kept


def _not_data(
    row: Sequence[Cell], texts: Sequence[Cell], headings: Sequence[str], *, beginning: bool
) -> str:
    """Return the code that tells why a row is no data, or an empty text."""
    if len(texts) == 1 and isinstance(texts[0], str) and _NOTE.match(texts[0].strip("（( ")):
        return "note_row_skipped"
    if isinstance(texts[0], str) and fold(texts[0]) in headings:
        folded = [fold(str(cell)) if cell is not None else "" for cell in row]
        same = sum(bool(a) and a == b for a, b in zip(folded, headings, strict=False))
        if same >= max(2, len(texts) - 1):
            return "heading_repeated"
    if not beginning:
        return ""
    filled = [fold(str(cell)) for cell in texts]
    if all(cell.strip("()") in all_units() or cell in _COLUMN_NUMBERS for cell in filled):
        return "unit_row_skipped"
    return "number_row_skipped" if _is_numbering(filled) else ""


def _is_numbering(filled: Sequence[str]) -> bool:
    """Return whether a row only numbers its columns: 甲 乙 1 2 3, or 1 2 3 4."""
    numbers = [cell.removesuffix(".0") for cell in filled if cell not in _COLUMN_NUMBERS]
    wanted = [str(number + 1) for number in range(len(numbers))]
    return len(filled) > 2 and len(numbers) > 1 and numbers == wanted  # noqa: PLR2004  # two could be data


def _complain_unread(
    sheet: Sheet,
    kept: Sequence[int],
    head: _Head,
    letters: Sequence[str],
    teller: Teller,
) -> None:
    """Tell of hidden rows and columns that are read, and of cells that hold an error or no value."""
    lines = {sheet.lines[row] for row in kept}
    hidden = [row for row in sheet.hidden_rows if row in lines]
    if hidden:
        shown = ", ".join(map(str, hidden[:20]))
        teller.add("rows_hidden", row=hidden[0], count=len(hidden), rows=shown)
    for number in sheet.hidden_columns:
        if number <= len(head.headings) and head.headings[number - 1]:
            place = f"{letters[number - 1]} {head.headings[number - 1]}"
            teller.add("column_hidden", column=place)
    for address, shown in sheet.errors.items():
        _complain_cell("cell_is_error", address, shown, lines, head, teller)
    for address in sheet.formulas:
        _complain_cell("formula_without_value", address, "", lines, head, teller)


def _complain_cell(
    code: str,
    address: str,
    shown: str,
    lines: set[int],
    head: _Head,
    teller: Teller,
) -> None:
    letters = address.rstrip("0123456789")
    line = int(address[len(letters) :])
    names = {column_letter(i): heading for i, heading in enumerate(head.headings)}
    if line in lines and names.get(letters):
        teller.add(code, row=line, column=f"{letters} {names[letters]}", value=shown)


def _complain_unnamed(
    sheet: Sheet,
    kept: Sequence[int],
    head: _Head,
    letters: Sequence[str],
    teller: Teller,
) -> None:
    """Tell of values under no heading: in a text table a surplus cell has shifted the columns."""
    for column, heading in enumerate(head.headings):
        if heading:
            continue
        filled = [
            row
            for row in kept
            if column < len(sheet.rows[row]) and sheet.rows[row][column] is not None
        ]
        if filled:
            code = "column_unnamed" if sheet.lettered else "column_shifted"
            teller.add(code, row=sheet.lines[filled[0]], column=letters[column],
                value=sheet.rows[filled[0]][column], count=len(filled),
            )  # fmt: skip


def _columns(sheet: Sheet, kept: Sequence[int], width: int) -> tuple[Cells, ...]:
    """Return columns of the kept rows: Arrow texts where all cells are, else objects."""
    blank: list[Any] = [None] * width
    rows = [(sheet.rows[row] + blank)[:width] for row in kept]
    return tuple(_column([row[i] for row in rows]) for i in range(width))


def _column(values: list[Any]) -> Cells:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {str}:
        return pa.array(values, pa.string())
    if kinds in ({float}, {int}):
        return pa.array(values, pa.float64() if kinds == {float} else pa.int64())
    column: NDArray[np.object_] = np.empty(len(values), dtype=object)
    column[:] = values
    return column
