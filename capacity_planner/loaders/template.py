"""A new county folder: workbooks to fill in, with lists to choose from, units, notes and an example."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from capacity_planner.errors import OutputError
from capacity_planner.loaders.cells.words import offered
from capacity_planner.loaders.records.examples import example_of
from capacity_planner.loaders.records.headings import first_heading
from capacity_planner.schemas import INPUT_TABLES
from capacity_planner.texts import label

if TYPE_CHECKING:
    from pathlib import Path

    from capacity_planner.schemas import Column
    from capacity_planner.texts import Lang

__all__ = ["BOOK_OPTIONS", "write_template"]

BOOK_OPTIONS: Final = {
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "in_memory": True,
}
"""Texts of offices stay texts: no live formula, no link."""
_CREATED: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001  # a fixed date, for equal bytes
_ROWS: Final = 2_000
"""Rows that lists and formats reach down to."""
_SKIPPED: Final = {
    "zones": {"township", "source_file", "source_row"},
    "facilities": {"township_code", "source_file", "source_row", "geometry"},
    "townships": {"source_file", "source_row", "geometry"},
}


def write_template(folder: Path, *, lang: Lang = "zh") -> Path:
    """Write a county folder to be filled in; it loads as it stands, with the example rows.

    Parameters
    ----------
    folder
        Made if it is not there.
    lang
        Language of headings, lists and notes.

    Returns
    -------
    Path
        The folder: ``county.toml``, ``zones.xlsx``, ``facilities.xlsx``, ``townships.xlsx``.

    Raises
    ------
    OutputError
        If there is a ``county.toml`` already, or the folder cannot be written.
    """
    if (folder / "county.toml").exists():
        raise OutputError.of("template_exists", file="county.toml", value=str(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for table in _SKIPPED:
            _write_book(folder / f"{table}.xlsx", table, lang)
        text = label("template.county", lang)
        (folder / "county.toml").write_text(text.strip() + "\n", encoding="utf-8", newline="\n")
    except (OSError, XlsxWriterException) as fault:
        raise OutputError.of("template_unwritable", value=str(folder), reason=str(fault)) from fault
    return folder


def _write_book(path: Path, table: str, lang: Lang) -> None:
    with xlsxwriter.Workbook(str(path), BOOK_OPTIONS) as book:
        book.set_properties({"created": _CREATED})
        formats = {
            "required": book.add_format(
                {"bold": True, "bg_color": "#FDE9C8", "border": 1, "text_wrap": True}
            ),
            "heading": book.add_format(
                {"bold": True, "bg_color": "#E7EEF4", "border": 1, "text_wrap": True}
            ),
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        columns = [c for c in INPUT_TABLES[table].columns if c.name not in _SKIPPED[table]]
        sheet = book.add_worksheet(label(f"template.{table}", lang))
        notes = book.add_worksheet(label("template.notes", lang))
        sheet.freeze_panes(1, 1)
        for index, column in enumerate(columns):
            _write_column(sheet, index, column, table, lang, formats)
        _write_notes(notes, columns, table, lang, formats)


def _write_column(
    sheet: Any,  # noqa: ANN401  # xlsxwriter has no types
    index: int,
    column: Column,
    table: str,
    lang: Lang,
    formats: dict[str, Any],
) -> None:
    """Write a column's heading, note, format, list of words and example."""
    text = column.kind in ("id", "text", "one_of", "yes_no", "geometry")
    shape = formats["text"] if text else formats["date"] if column.kind == "date" else None
    sheet.set_column(index, index, 18, shape)
    style = formats["required" if column.required else "heading"]
    sheet.write_string(0, index, heading_of(column, table, lang), style)
    sheet.write_comment(0, index, _note(column, table, lang), {"x_scale": 2})
    _validate(sheet, index, column, table, lang)
    value = example_of(table).get(column.name)
    if isinstance(value, tuple):
        value = value[lang == "en"]
    if isinstance(value, dt.date):
        sheet.write_datetime(1, index, value, formats["date"])
    elif isinstance(value, bool) or (column.kind == "one_of" and value is not None):
        words = dict(zip(_values(column), _words(column, table, lang), strict=True))
        sheet.write_string(1, index, words[value], formats["text"])
    elif isinstance(value, int | float):
        sheet.write_number(1, index, value)
    elif value is not None:
        sheet.write_string(1, index, value, formats["text"])


def _validate(
    sheet: Any,  # noqa: ANN401  # xlsxwriter has no types
    index: int,
    column: Column,
    table: str,
    lang: Lang,
) -> None:
    """Let a cell take only what its column allows, with a list to choose from where there is one."""
    if column.kind in ("one_of", "yes_no"):
        rule: dict[str, Any] = {"validate": "list", "source": list(_words(column, table, lang))}
    elif column.kind == "count":
        rule = {"validate": "integer", "criteria": ">=", "value": 0}
    elif column.kind == "date":
        rule = {"validate": "date", "criteria": ">=", "value": dt.date(1949, 10, 1)}
    else:
        return
    rule |= {
        "error_title": label("template.error", lang),
        "error_message": _note(column, table, lang)[:250],
    }
    sheet.data_validation(1, index, _ROWS, index, rule)


def heading_of(column: Column, table: str, lang: Lang) -> str:
    """Return a column's heading in a template, its unit in brackets.

    Examples
    --------
    >>> heading_of(INPUT_TABLES["zones"].column("population"), "zones", "zh")
    '常住人口（人）'
    """
    heading = first_heading(column.name, table) if lang == "zh" else column.name
    unit = label(f"template.unit.{column.unit}", lang) if column.unit else ""
    return f"{heading}（{unit}）" if unit and lang == "zh" else heading


def _values(column: Column) -> tuple[Any, ...]:
    return (True, False) if column.kind == "yes_no" else column.values


def _words(column: Column, table: str, lang: Lang) -> tuple[str, ...]:
    if lang == "zh":
        return offered(table, column)
    return ("yes", "no") if column.kind == "yes_no" else column.values


def _note(column: Column, table: str, lang: Lang) -> str:
    """Return what a column means, whether it is needed, and what it may hold."""
    need = label("template.required" if column.required else "template.optional", lang)
    kind = label(f"template.kind.{column.kind}", lang)
    words = ""
    if column.kind in ("one_of", "yes_no"):
        words = label("template.words", lang, words=" / ".join(_words(column, table, lang)))
    unit = (
        label("template.unit", lang, unit=label(f"template.unit.{column.unit}", lang))
        if column.unit
        else ""
    )
    return " ".join(
        part for part in (need, kind, words, unit, _meaning(column, table, lang)) if part
    )


def _meaning(column: Column, table: str, lang: Lang) -> str:
    try:
        return label(f"template.{table}.{column.name}", lang)
    except KeyError:
        return ""


def _write_notes(
    sheet: Any,  # noqa: ANN401  # xlsxwriter has no types
    columns: list[Column],
    table: str,
    lang: Lang,
    formats: dict[str, Any],
) -> None:
    """Write the sheet that explains how the table is filled in."""
    sheet.set_column(0, 0, 24, formats["wrap"])
    sheet.set_column(1, 1, 100, formats["wrap"])
    lines = label(f"template.how.{table}", lang).split("|")
    for row, line in enumerate(lines):
        sheet.merge_range(row, 0, row, 1, line, formats["wrap"])
    for row, column in enumerate(columns, start=len(lines) + 1):
        sheet.write_string(row, 0, "· " + heading_of(column, table, lang), formats["wrap"])
        sheet.write_string(row, 1, _note(column, table, lang), formats["wrap"])
