"""One sheet's table: its columns, where each cell lies, and its cells written once with their values.

A column's formula is a template: ``{population}`` is the cell of that column in the same row,
``{zones.population}`` the whole column on another sheet, ``{yes}`` the word for yes. Every formula carries the value that the
run computed, so that a viewer that does not recalculate shows the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import pandas as pd
from xlsxwriter.utility import quote_sheetname, xl_col_to_name

from capacity_planner.report.workbook.book import HEAD_ROW, Book, row_height
from capacity_planner.texts import text_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xlsxwriter.worksheet import Worksheet

Kind: TypeAlias = Literal["text", "count", "number", "date", "yes_no", "word", "days"]

__all__ = ["Field", "Grid", "Ranges", "rows_where", "sum_where", "write_cell"]

_DIGITS_KEPT: Final = 15
_LONGEST_TEXT: Final = 32_000
_BESIDE: Final = 2
"""Width that a cell needs beside its text."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a sheet.

    Parameters
    ----------
    name
        Column of the frame; its heading is the label ``col.<name>``.
    kind
        What its cells hold; a ``word`` is put into words by the label ``<words>.<value>``.
    width
        Width in characters.
    unit
        Label of the unit, empty for none.
    formula
        Template, empty for a plain value.
    words
        Prefix of the labels of a ``word``.
    total
        Template of the cell in the last row; ``sum`` adds up the column.
    bar
        Whether cells carry data bars.
    style
        Name of a cell format in place of the kind's own.
    """

    name: str
    kind: Kind = "text"
    width: float = 12
    unit: str = ""
    formula: str = ""
    words: str = ""
    total: str = ""
    bar: bool = False
    style: str = ""


@dataclass(frozen=True)
class Grid:
    """A table on a sheet of its own.

    Parameters
    ----------
    name
        Sheet: its title is the label ``sheet.<name>``, its remark ``sheet_note.<name>``.
    fields
        The columns in order.
    frame
        One row a row; a column of the same name holds the values. A column ``<name>:formula`` holds
        a row's own template where rows differ.
    totals
        Values of the last row by column, the word for "total" where a value is empty; no last row
        without any.
    paper
        Paper size as Excel counts it: 8 is A3, 9 is A4.
    frozen
        How many leading columns stay in view.
    """

    name: str
    fields: Sequence[Field]
    frame: pd.DataFrame
    totals: Mapping[str, Any] = field(default_factory=dict)
    paper: int = 9
    frozen: int = 2

    @property
    def first(self) -> int:
        """Row of the first record, counted from 1."""
        return HEAD_ROW + 1

    @property
    def last(self) -> int:
        """Row of the last record; the first one's for an empty table, so that ranges stay ranges."""
        return HEAD_ROW + max(len(self.frame), 1)

    def letter(self, name: str) -> str:
        """Return the column's letter.

        Raises
        ------
        KeyError
            If the sheet has no such column: a programming fault.
        """
        for at, each in enumerate(self.fields):
            if each.name == name:
                return str(xl_col_to_name(at))
        raise KeyError(f"{self.name}.{name}")

    def column(self, name: str, title: str) -> str:
        """Return the column's cells as another sheet names them."""
        letter = self.letter(name)
        sheet = quote_sheetname(title)
        return f"{sheet}!${letter}${self.first}:${letter}${self.last}"

    def write(self, book: Book, ranges: Mapping[str, Any]) -> Worksheet:
        """Write the sheet: title, notices, headings, cells, sums, filters and print set-up."""
        sheet = book.sheet(self.name, paper=self.paper, columns=len(self.fields))
        for at, each in enumerate(self.fields):
            sheet.set_column(at, at, self._width(each, book))
            sheet.write_string(
                HEAD_ROW - 1, at, book.heading(each.name, each.unit), book.style("head")
            )
        for at, each in enumerate(self.fields):
            self._write_column(book, sheet, at, each, ranges)
        self._set_heights(book, sheet)
        if self.totals:
            self._write_totals(book, sheet, ranges)
        if len(self.frame):
            sheet.autofilter(HEAD_ROW - 1, 0, self.last - 1, len(self.fields) - 1)
        sheet.freeze_panes(HEAD_ROW, self.frozen)
        sheet.repeat_rows(HEAD_ROW - 1)
        return sheet

    def _width(self, each: Field, book: Book) -> float:
        """Return a column's width: words of the catalogue are wider in one language than another."""
        if each.kind != "word" or each.style or each.name not in self.frame:
            return each.width
        words = {text for text in _shown(self.frame[each.name], each, book) if text}
        return max([each.width, *(text_width(text) + _BESIDE for text in words)])

    def _write_column(
        self, book: Book, sheet: Worksheet, at: int, each: Field, ranges: Mapping[str, Any]
    ) -> None:
        style = book.style(each.style or each.kind)
        shown = list(_shown(self.frame[each.name], each, book)) if each.name in self.frame else []
        own = self.frame.get(f"{each.name}:formula")
        templates = [each.formula] * len(self.frame) if own is None else own.tolist()
        for row, (value, template) in enumerate(zip(shown, templates, strict=True), HEAD_ROW):
            if template and value is not None:
                formula = template.format_map(_Row(self, row + 1, ranges))
                sheet.write_formula(
                    row, at, formula, book.style(f"{each.style or each.kind}_live"), value
                )
            else:
                write_cell(sheet, row, at, value, style)
        if each.bar and len(self.frame):
            sheet.conditional_format(HEAD_ROW, at, self.last - 1, at, book.data_bar)

    def _set_heights(self, book: Book, sheet: Worksheet) -> None:
        """Make rows high enough for their wrapped texts."""
        wrapped = [each for each in self.fields if each.style == "wrap"]
        texts = [_shown(self.frame[each.name], each, book) for each in wrapped]
        for row, cells in enumerate(zip(*texts, strict=True), HEAD_ROW):
            widths = (each.width for each in wrapped)
            sheet.set_row(row, row_height(zip((c or "" for c in cells), widths, strict=True)))

    def _write_totals(self, book: Book, sheet: Worksheet, ranges: Mapping[str, Any]) -> None:
        row = self.last
        for at, each in enumerate(self.fields):
            value, style = self.totals.get(each.name), book.style(f"{each.kind}_total")
            letter = xl_col_to_name(at)
            template = each.total
            if template == "sum":
                template = f"=SUM({letter}{self.first}:{letter}{self.last})"
            if template and value is not None:
                formula = template.format_map(_Row(self, row + 1, ranges))
                sheet.write_formula(row, at, formula, style, value)
            else:
                write_cell(
                    sheet, row, at, book.word("workbook.total") if value == "" else value, style
                )


class Ranges:
    """What templates of other sheets name of a grid: ``{zones.population}`` is a whole column."""

    def __init__(self, grid: Grid, title: str) -> None:
        self._grid, self._title = grid, title

    def __getattr__(self, name: str) -> str:
        return self._grid.column(name, self._title)

    def __getitem__(self, place: str) -> str:
        """Return one cell: ``{units[required:3]}`` is the column's fourth record."""
        name, _, at = place.partition(":")
        sheet = quote_sheetname(self._title)
        return f"{sheet}!${self._grid.letter(name)}${self._grid.first + int(at)}"


class _Row(dict[str, Any]):
    """What a template's names stand for in one row."""

    def __init__(self, grid: Grid, row: int, ranges: Mapping[str, Any]) -> None:
        super().__init__(ranges)
        self._grid, self._row = grid, row

    def __missing__(self, name: str) -> str:
        return f"{self._grid.letter(name)}{self._row}"


def _shown(column: pd.Series[Any], each: Field, book: Book) -> Iterator[Any]:
    """Yield a column's cells as Excel holds them, ``None`` for what is not known."""
    for value in column.tolist():
        if value is None or value is pd.NaT or value is pd.NA or value != value:  # noqa: PLR0124 (NaN)
            yield None
        elif each.kind == "word":
            yield book.word(f"{each.words}.{value}") if value else None
        elif each.kind == "yes_no":
            yield book.word("word.yes" if value else "word.no")
        elif each.kind in {"count", "days"}:
            yield int(value)
        elif each.kind == "number":
            yield float(value)
        else:
            yield value if each.kind == "date" else str(value)


def write_cell(sheet: Worksheet, row: int, at: int, value: Any, style: Any) -> None:  # noqa: ANN401
    """Write one plain value; text is never taken for a formula, a link or a number."""
    if value is None or value == "":
        sheet.write_blank(row, at, None, style)
    elif isinstance(value, str):
        short = value if len(value) <= _LONGEST_TEXT else f"{value[:_LONGEST_TEXT]}…"
        sheet.write_string(row, at, short, style)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, at, value, style)
    else:
        sheet.write_datetime(row, at, value, style)


def sum_where(keys: Sequence[str], key_range: str, key: str, values: str) -> str:
    """Return the formula that sums the values in the rows of one key.

    Parameters
    ----------
    keys
        Every key that occurs; they decide which function is safe.
    key_range, key, values
        Templates of the keys' column, of the cell with the key and of the values' column.

    Returns
    -------
    str
        ``SUMIF`` where its matching is exact for these keys. It takes ``001`` for ``1``, ``a`` for
        ``A``, ``*`` for anything and numbers beyond 15 digits for one another: there
        ``SUMPRODUCT`` over ``EXACT``.

    Examples
    --------
    >>> sum_where(["511724001", "511724002"], "{zones.code}", "{code}", "{zones.slots}")
    'SUMIF({zones.code},{code},{zones.slots})'
    >>> sum_where(["1", "001"], "A1:A2", "A1", "B1:B2")
    'SUMPRODUCT(EXACT(A1:A2,A1)*B1:B2)'
    """
    if _told_apart(keys):
        return f"SUMIF({key_range},{key},{values})"
    return f"SUMPRODUCT({rows_where(keys, key_range, key)}*{values})"


def rows_where(keys: Sequence[str], key_range: str, key: str) -> str:
    """Return the condition inside ``SUMPRODUCT`` that keeps the rows of one key.

    Parameters
    ----------
    keys
        Every key that occurs; they decide which comparison is safe.
    key_range, key
        Templates of the keys' column and of the cell with the key.

    Returns
    -------
    str
        A plain comparison, which every spreadsheet program knows, or ``EXACT`` where that would
        take keys for one another.

    Examples
    --------
    >>> rows_where(["511724001", "511724002"], "A1:A2", "A1")
    '(A1:A2=A1)'
    >>> rows_where(["a", "A"], "A1:A2", "A1")
    'EXACT(A1:A2,A1)'
    """
    return f"({key_range}={key})" if _told_apart(keys) else f"EXACT({key_range},{key})"


def _told_apart(keys: Sequence[str]) -> bool:
    """Tell whether a spreadsheet's own matching tells the keys apart."""
    folded = {_as_excel_compares(each) for each in keys}
    return len(folded) == len(set(keys)) and not any(_is_pattern(each) for each in keys)


def _as_excel_compares(key: str) -> object:
    try:
        return float(key)
    except ValueError:
        return key.casefold()


def _is_pattern(key: str) -> bool:
    digits = sum(char.isdigit() for char in key)
    too_long = key.isdigit() and digits > _DIGITS_KEPT
    return not key.strip() or too_long or any(char in "*?~<>=" for char in key)
