"""One reader for all tables: CSV, TSV and text, workbooks, and web pages saved as ``.xls``."""

from __future__ import annotations

import csv
import io
from collections import Counter
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

from capacity_planner.loaders.files import limits
from capacity_planner.loaders.files.encoding import decode_text
from capacity_planner.loaders.files.sniff import check_size, refuse
from capacity_planner.loaders.files.workbook import Sheet, read_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from capacity_planner.errors import Complaints
    from capacity_planner.loaders.files.sniff import Kind

__all__ = ["TABLE_KINDS", "read_sheets"]

TABLE_KINDS: Final = frozenset({"workbook", "html", "text"})
_DELIMITERS: Final = (",", "\t", ";", "|", "，")
_LINES_IN_CELL: Final = 20
_END_OF_FILE: Final = "\x1a"
"""What DOS programs still write behind the last line."""


def read_sheets(
    path: Path,
    file: str,
    *,
    kind: Kind,
    sheet: str | None,
    encoding: str | None = None,
    complaints: Complaints,
) -> list[Sheet]:
    """Return the grids of cells that a table file holds.

    Parameters
    ----------
    path
        The file.
    file
        Its name as the county folder gives it.
    kind
        ``"workbook"``, ``"html"`` or ``"text"``, as its bytes say.
    sheet
        Name of a workbook's sheet, or ``None`` for all visible ones.
    encoding
        Of a text table, where the county gives it.
    complaints
        Grows by what was odd but readable.

    Returns
    -------
    list[Sheet]
        At least one.

    Raises
    ------
    InputError
        If the file is broken, unsafe or beyond a limit.
    """
    if kind == "workbook":
        return read_workbook(path, file, sheet=sheet, complaints=complaints)
    check_size(path, file, limit=limits.TEXT_BYTES)
    if sheet is not None:
        refuse("sheet_missing", file, value=sheet, names="")
    text, found = decode_text(path.read_bytes(), file, declared=encoding)
    if kind == "html":
        complaints.add("table_is_html", file=file)
        return _html_sheets(text, file)
    if found not in ("utf-8", encoding):
        complaints.add("text_encoding_found", file=file, value=found)
    return [_text_sheet(text, file, complaints)]


def _text_sheet(text: str, file: str, complaints: Complaints) -> Sheet:
    """Return a delimited text's cells; lines are numbered as an editor shows them."""
    text = text.rstrip(_END_OF_FILE)
    if not text.strip():
        refuse("file_empty", file)
    if "\x00" in text:
        refuse("text_has_nul", file, line=text.count("\n", 0, text.index("\x00")) + 1)
    delimiter = _delimiter(text)
    csv.field_size_limit(limits.CELL_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str | None]] = []
    lines: list[int] = []
    before = 0
    try:
        for cells in reader:
            if reader.line_num - before > _LINES_IN_CELL:
                refuse("text_quote_open", file, line=before + 1)
            rows.append([cell if cell.strip() else None for cell in cells])
            lines.append(before + 1)
            before = reader.line_num
            if len(rows) > limits.FEATURES:
                refuse("table_too_long", file, limit=limits.FEATURES)
    except csv.Error as fault:
        code = "text_quote_open" if "end of data" in str(fault) else "text_unreadable"
        refuse(code, file, line=before + 1, reason=str(fault))
    _check_widths(rows, lines, file, complaints)
    return Sheet("", rows, lines)  # type: ignore[arg-type]  # texts are cells


def _delimiter(text: str) -> str:
    """Return the sign that parts the first lines most evenly; a comma where none does."""
    lines = [line for line in text.lstrip()[:20_000].splitlines()[:30] if line.strip()]
    best, best_score = ",", 0
    for sign in _DELIMITERS:
        counts = Counter(line.count(sign) for line in lines)
        count, times = max(counts.items(), key=lambda item: (item[0] > 0, item[1], item[0]))
        score = times * (count > 0)
        if score > best_score:
            best, best_score = sign, score
    return best


def _check_widths(
    rows: list[list[str | None]], lines: list[int], file: str, complaints: Complaints
) -> None:
    """Tell of lines with more or fewer cells than the widest heading-like line.

    A surplus cell shifts everything behind it, so it is an error; a short line has only lost its
    blank ends, as Excel writes them.
    """
    if len(set(map(len, rows))) == 1:
        return
    widths = Counter(len(row) for row in rows if len(row) - row.count(None) > 1)
    widths = widths or Counter(len(row) for row in rows)
    usual = max(widths, key=lambda width: (widths[width], width))
    short = 0
    for row, line in zip(rows, lines, strict=True):
        while len(row) > usual and row[-1] is None:
            row.pop()
        if len(row) > usual:
            complaints.add(
                "row_too_long",
                file=file,
                row=line,
                value=row[-1] or "",
                count=len(row),
                usual=usual,
            )
        short += 1 < len(row) < usual
    widest = max(len(row) for row in rows)
    for row in rows:
        row.extend([None] * (widest - len(row)))
    if short:
        complaints.add("rows_too_short", file=file, count=short, usual=usual)


class _TableParser(HTMLParser):
    """Collect the cells of every table of a page, spans as merged ranges."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str | None]]] = []
        self.merged: list[list[tuple[int, int, int, int]]] = []
        self._text: list[str] | None = None
        self._span = (1, 1)
        self._depth = 0
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, row or cell."""
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
                self.merged.append([])
        elif tag == "tr" and self._depth == 1:
            self._close_cell()
            self.tables[-1].append([])
        elif tag in {"td", "th"} and self._depth == 1 and self.tables[-1]:
            self._close_cell()
            given = dict(attrs)
            self._span = (_whole(given.get("rowspan")), _whole(given.get("colspan")))
            self._text = []
        elif tag == "br" and self._text is not None:
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """Close a cell, row or table."""
        if tag in {"td", "th", "tr", "table"} and self._depth == 1:
            self._close_cell()
        if tag == "table":
            self._depth = max(self._depth - 1, 0)

    def handle_data(self, data: str) -> None:
        """Add to the open cell."""
        if self._text is not None:
            self._text.append(data)

    def _close_cell(self) -> None:
        if self._text is None:
            return
        text = " ".join("".join(self._text).split()) or None
        self._text = None
        row = self.tables[-1][-1]
        top = len(self.tables[-1]) - 1
        left = self._free_column(top, len(row))
        row.extend([None] * (left - len(row)))
        height, width = self._span
        row.extend([text, *[None] * (width - 1)])
        self._cells += width
        if (height, width) != (1, 1):
            self.merged[-1].append((top, left, top + height - 1, left + width - 1))

    def _free_column(self, row: int, column: int) -> int:
        """Return the first column from ``column`` on that no cell from above reaches into."""
        moved = True
        while moved:
            moved = False
            for top, left, bottom, right in self.merged[-1]:
                if top < row <= bottom and left <= column <= right:
                    column, moved = right + 1, True
        return column


def _whole(text: str | None) -> int:
    return (
        min(max(int(text), 1), limits.SHEET_COLUMNS)
        if text and text.isascii() and text.isdigit()
        else 1
    )


def _html_sheets(text: str, file: str) -> list[Sheet]:
    parser = _TableParser()
    parser.feed(text)
    parser.close()
    sheets = []
    for rows, merged in zip(parser.tables, parser.merged, strict=True):
        width = max((len(row) for row in rows), default=0)
        if width > limits.SHEET_COLUMNS or len(rows) > limits.SHEET_ROWS:
            refuse(
                "sheet_too_large", file, value="", rows=len(rows), columns=width,
                row_limit=limits.SHEET_ROWS, column_limit=limits.SHEET_COLUMNS,
            )  # fmt: skip
        if width:
            grid = [[*row, *[None] * (width - len(row))] for row in rows]
            numbers = list(range(1, len(rows) + 1))
            sheets.append(Sheet("", grid, numbers, tuple(merged), lettered=True))  # type: ignore[arg-type]
    return sheets or refuse("sheet_none", file)
