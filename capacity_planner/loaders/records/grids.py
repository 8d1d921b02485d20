"""From a sheet's grid of cells to a table: headings found, merged cells filled, non-data left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from capacity_planner.loaders.cells.words import fold
from capacity_planner.loaders.files.raw import RawTable, Teller
from capacity_planner.loaders.files.sniff import refuse
from capacity_planner.loaders.records.headings import match, remark_factor
from capacity_planner.loaders.records.heads import Head, find_head, is_number
from capacity_planner.loaders.records.totals import names_total
from capacity_planner.schemas import INPUT_TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints
    from capacity_planner.loaders.files.raw import Cells
    from capacity_planner.loaders.files.workbook import Cell, Sheet

__all__ = ["choose_sheet", "column_letter", "table_of"]

_NOTE: Final = re.compile(
    r"^(注|备注|说明|填表|制表|审核|填报|单位负责|数据来源|资料来源|联系|note|source)",
    re.IGNORECASE,
)
_SIGNED: Final = re.compile(
    r"^(填表|制表|审核|审批|复核|填报|经办|统计|主管|分管|单位|负责|联系|日期|时间|电话)[^:：]{0,8}[:：]"
)
"""Who filled a table in, below it: several cells, of which none is a number."""
_GROUP: Final = re.compile(r"^[(（]?[一二三四五六七八九十]{1,3}[)）、.．]")
"""What parts a list into groups, alone in its row: 一、竹阳街道."""
_TITLE_UNIT: Final = re.compile(r"单位\s*[:：]\s*([^\s()（）]+)")
_COLUMN_NUMBERS: Final = frozenset("甲乙丙丁戊己庚辛")


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
        As for :func:`~capacity_planner.loaders.records.headings.match`.

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
    heads = [find_head(sheet, table, named, base) for sheet in sheets]
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
        As for :func:`~capacity_planner.loaders.records.headings.match`.
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
    head = find_head(sheet, table, named, base, header_row)
    if head is None:
        refuse("headings_not_found", file, value=table)
    teller = Teller(complaints, file, sheet.name)
    if head.top and header_row is None:
        teller.add("title_rows_skipped", count=head.top, row=sheet.lines[head.top])
    for row in range(head.top):
        _complain_title_unit(sheet, row, teller)
    first = head.top + head.depth
    units = _units_below(sheet, first, len(head.headings), teller)
    first += bool(units)
    letters = tuple(column_letter(i) if sheet.lettered else "" for i in range(len(head.headings)))
    used = set(match(head.headings, table=table, named=named, base=base).columns.values())
    _fill_merged(sheet, first, head, used, letters, teller)
    kept = _data_rows(sheet, first, head, teller)
    _complain_unread(sheet, kept, head, letters, teller)
    _complain_unnamed(sheet, kept, head, letters, teller)
    columns = _columns(sheet, kept, len(head.headings))
    lines = np.array([sheet.lines[row] for row in kept], dtype=np.int64)
    return RawTable(
        file, sheet.name, head.headings, columns, lines, letters, units=units, epoch=sheet.epoch
    )


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


def _complain_title_unit(sheet: Sheet, row: int, teller: Teller) -> None:
    """Refuse a title such as 单位：万人, which would make every figure mean something else."""
    for cell in sheet.rows[row]:
        found = _TITLE_UNIT.search(str(cell)) if cell is not None else None
        for unit in re.split(r"[、,，/；;]", found[1]) if found else ():
            if (remark_factor(unit) or 1) != 1:
                teller.add("title_unit", row=sheet.lines[row], value=str(cell), unit=unit)


def _units_below(sheet: Sheet, row: int, width: int, teller: Teller) -> dict[int, Decimal]:
    """Return the factors of a row of units right below the headings, empty where there is none."""
    cells = sheet.rows[row][:width] if row < len(sheet.rows) else []
    texts = {i: fold(str(cell)).strip("()") for i, cell in enumerate(cells) if cell is not None}
    plain = _COLUMN_NUMBERS | {"单位", "计量单位"}
    units = {i: remark_factor(text) for i, text in texts.items() if text not in plain}
    if not units or any(size is None for size in units.values()):
        return {}
    shown = " ".join(str(cell) for cell in cells if cell is not None)
    teller.add("unit_row_skipped", row=sheet.lines[row], value=shown[:80])
    return {i: size for i, size in units.items() if size is not None}


def _fill_merged(
    sheet: Sheet,
    first: int,
    head: Head,
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
            "merged_filled" if isinstance(value, str) and not is_number(value) else "number_merged"
        )
        teller.add(code, row=sheet.lines[top], column=place, value=value, count=bottom - top + 1)
        if code == "merged_filled":
            for row in range(top, min(bottom + 1, len(sheet.rows))):
                sheet.rows[row][left] = value


def _data_rows(sheet: Sheet, first: int, head: Head, teller: Teller) -> list[int]:
    """Return the indices of rows that hold data, telling of those that do not."""
    kept: list[int] = []
    headings = [fold(heading) for heading in head.headings]
    wide = {top for top, left, bottom, right in sheet.merged if top == bottom and right > left}
    for index in range(first, len(sheet.rows)):
        row = sheet.rows[index]
        texts = [cell for cell in row if cell is not None]
        if not texts:
            continue
        code = _not_data(row, texts, headings, beginning=not kept, wide=index in wide)
        if code:
            shown = " ".join(str(cell) for cell in texts)[:80]
            teller.add(code, row=sheet.lines[index], value=shown)
        else:
            kept.append(index)
    return kept


def _not_data(
    row: Sequence[Cell],
    texts: Sequence[Cell],
    headings: Sequence[str],
    *,
    beginning: bool,
    wide: bool,
) -> str:
    """Return the code that tells why a row is no data, or an empty text."""
    first = str(texts[0]).strip() if isinstance(texts[0], str) else ""
    if len(texts) == 1 and _NOTE.match(first.strip("（(")):
        return "note_row_skipped"
    if len(texts) == 1 and len(headings) > 2 and (wide or _GROUP.match(first)):  # noqa: PLR2004  # a name and a figure
        return "group_row_skipped"
    if _SIGNED.match(first) and not any(is_number(str(cell)) for cell in texts):
        return "note_row_skipped"
    if isinstance(texts[0], str) and fold(texts[0]) in headings:
        folded = [fold(str(cell)) if cell is not None else "" for cell in row]
        same = sum(bool(a) and a == b for a, b in zip(folded, headings, strict=False))
        if same >= max(2, len(texts) - 1):
            return "heading_repeated"
    if not beginning:
        return ""
    filled = [fold(str(cell)) for cell in texts]
    return "number_row_skipped" if _is_numbering(filled) else ""


def _is_numbering(filled: Sequence[str]) -> bool:
    """Return whether a row only numbers its columns: 甲 乙 1 2 3, or 1 2 3 4."""
    numbers = [cell.removesuffix(".0") for cell in filled if cell not in _COLUMN_NUMBERS]
    wanted = [str(number + 1) for number in range(len(numbers))]
    return len(filled) > 2 and len(numbers) > 1 and numbers == wanted  # noqa: PLR2004  # two could be data


def _complain_unread(
    sheet: Sheet,
    kept: Sequence[int],
    head: Head,
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
    if sheet.errors or sheet.formulas:
        # A total is left out anyway, whatever became of its formula.
        lines = {sheet.lines[row] for row in kept if not any(map(names_total, sheet.rows[row]))}
    for address, shown in sheet.errors.items():
        _complain_cell("cell_is_error", address, shown, lines, head, teller)
    for address in sheet.formulas:
        _complain_cell("formula_without_value", address, "", lines, head, teller)


def _complain_cell(
    code: str,
    address: str,
    shown: str,
    lines: set[int],
    head: Head,
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
    head: Head,
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
