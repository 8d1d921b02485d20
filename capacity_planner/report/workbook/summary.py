"""The first sheet: the county's figures, each a formula that leads to its sheet, and a picture of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xlsxwriter.utility import quote_sheetname

from capacity_planner.report.workbook.book import HEAD_ROW, Book
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlsxwriter.worksheet import Worksheet

    from capacity_planner.report.workbook.grid import Grid, Ranges

__all__ = ["write_summary"]

_LINES: Final = (
    ("population", "unit.persons", "townships", "population"),
    ("counted", "unit.slots", "townships", "counted_slots"),
    ("required", "unit.slots", "townships", "required"),
    ("required_pooled", "unit.slots", "townships", "required_pooled"),
    ("attributed", "unit.slots", "townships", "attributed"),
    ("in_reach", "unit.slots", "townships", "in_reach"),
    ("out_of_reach", "unit.slots", "townships", "out_of_reach"),
    ("shortfall", "unit.slots", "townships", "shortfall"),
    ("unused", "unit.slots", "facilities", "unused_slots"),
    ("pipeline", "unit.slots", "facilities", "pipeline_slots"),
    ("migrant_required", "unit.slots", "migrants", "migrant_required"),
)
_PARTS: Final = (("attributed", "#2C7FB8"), ("in_reach", "#FDB863"), ("out_of_reach", "#B35806"))
_CHART_ROWS: Final = 40
_FIGURE_HEIGHT: Final = 20
_HEAD_HEIGHT: Final = 34
_PIXELS_PER_ROW: Final = 20


def write_summary(book: Book, grids: Mapping[str, Grid], ranges: Mapping[str, Any]) -> Worksheet:
    """Write the county's figures, checks, indicators and the chart of the three plain numbers.

    Parameters
    ----------
    book
        The workbook.
    grids, ranges
        The other sheets' tables by name.

    Returns
    -------
    Worksheet
        The sheet.
    """
    sheet = book.sheet("summary", paper=9, columns=4)
    for at, width in enumerate((38, 14, 12, 76)):
        sheet.set_column(at, at, width)
    sheet.set_row(HEAD_ROW - 1, _HEAD_HEIGHT)
    for at, name in enumerate(("item", "value", "unit", "remark")):
        sheet.write_string(HEAD_ROW - 1, at, book.heading(name), book.style("head"))
    row = _write_figures(book, sheet, grids)
    row = _write_checks(book, sheet, row + 1, ranges)
    row = _write_indicators(book, sheet, row + 1)
    row = _write_answers(book, sheet, row + 1)
    _add_chart(book, sheet, row + 1, grids["townships"])
    sheet.freeze_panes(HEAD_ROW, 1)
    return sheet


def _total_cell(book: Book, grid: Grid, column: str) -> str:
    sheet = quote_sheetname(book.title(grid.name))
    return f"={sheet}!${grid.letter(column)}${grid.last + 1}"


def _write_figures(book: Book, sheet: Worksheet, grids: Mapping[str, Grid]) -> int:
    row = HEAD_ROW
    for name, unit, grid, column in _LINES:
        _write_words(book, sheet, row, name, unit)
        value = book.gaps.totals[name]
        formula = _total_cell(book, grids[grid], column)
        sheet.write_formula(row, 1, formula, book.style("big_live"), value)
        row += 1
    for name in ("migrant_shortfall_certain", "migrant_shortfall_at_risk"):
        _write_words(book, sheet, row, name, "unit.slots")
        sheet.write_number(row, 1, book.gaps.totals[name], book.style("big"))
        row += 1
    return row


def _write_words(book: Book, sheet: Worksheet, row: int, name: str, unit: str) -> None:
    """Write what stands around a figure: its name, unit and meaning."""
    sheet.set_row(row, _FIGURE_HEIGHT)
    sheet.write_string(row, 0, book.heading(name).replace("\n", " / "), book.style("text"))
    sheet.write_string(row, 2, label(unit, book.lang), book.style("text"))
    sheet.write_string(row, 3, label(f"workbook.about.{name}", book.lang), book.style("about"))


def _write_checks(book: Book, sheet: Worksheet, row: int, ranges: Mapping[str, Any]) -> int:
    """Write the conservation laws as formulas that say yes or no."""
    zones: Ranges = ranges["zones"]
    facilities: Ranges = ranges["facilities"]
    links: Ranges = ranges["links"]
    laws = {
        "parts": f"SUM({zones.attributed})+SUM({zones.in_reach})+SUM({zones.out_of_reach})=SUM({zones.required})",
        "slots": f"SUM({facilities.attributed_slots})+SUM({facilities.unused_slots})=SUM({facilities.counted_slots})",
        "links": f"SUM({links.slots})=SUM({zones.attributed})",
        "townships": f"SUM({ranges['townships'].required})=SUM({zones.required})",
    }
    sheet.write_string(row, 0, label("workbook.checks", book.lang), book.style("subtitle"))
    yes, no = book.word("word.yes"), book.word("word.no")
    for law, formula in laws.items():
        row += 1
        sheet.write_string(row, 0, label(f"workbook.law.{law}", book.lang), book.style("wrap"))
        sheet.write_formula(row, 1, f'=IF({formula},"{yes}","{no}")', book.style("text"), yes)
    return row + 1


def _write_indicators(book: Book, sheet: Worksheet, row: int) -> int:
    sheet.write_string(row, 0, label("workbook.indicators", book.lang), book.style("subtitle"))
    for each in book.gaps.indicators.to_dict("records"):
        row += 1
        name = str(each["indicator"])
        sheet.write_string(row, 0, label(f"indicator.{name}", book.lang), book.style("wrap"))
        above, below = int(each["numerator"]), int(each["denominator"])
        style = "share" if each["unit"] == "share" else "whole" if below == 1 else "quotient"
        if below:
            told = f"={above}/{below}"
            sheet.write_formula(row, 1, told, book.style(f"{style}_live"), above / below)
        else:
            sheet.write_blank(row, 1, None, book.style(style))
        if name == "slots_per_1000":
            said = label("workbook.benchmark", book.lang)
            sheet.write_string(row, 3, said, book.style("about"))
    return row + 1


def _write_answers(book: Book, sheet: Worksheet, row: int) -> int:
    """Write how to read the workbook."""
    sheet.write_string(row, 0, label("workbook.how", book.lang), book.style("subtitle"))
    for key in ("ratio", "served", "live", "rural"):
        row += 1
        sheet.write_string(row, 0, label(f"workbook.how.{key}", book.lang), book.style("remark"))
    return row + 1


def _add_chart(book: Book, sheet: Worksheet, row: int, grid: Grid) -> None:
    chart = book.file.add_chart({"type": "bar", "subtype": "stacked"})
    title = book.title(grid.name)
    names = f"={grid.column('name', title)}"
    for name, colour in _PARTS:
        chart.add_series(
            {
                "name": label(f"quantity.{name}", book.lang),
                "categories": names,
                "values": f"={grid.column(name, title)}",
                "fill": {"color": colour},
                "gap": 40,
            }
        )
    chart.set_title({"name": label("workbook.chart", book.lang), "name_font": {"size": 12}})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 8}, "interval_unit": 1})
    chart.set_x_axis(
        {
            "num_font": {"size": 8},
            "major_gridlines": {"visible": True, "line": {"color": "#DDDDDD"}},
        }
    )
    chart.set_legend({"position": "top"})
    height = 160 + 20 * min(len(grid.frame), _CHART_ROWS)
    chart.set_size({"width": 900, "height": height})
    sheet.insert_chart(row, 0, chart)
    # Without an area of its own the print ends within the chart's frame.
    sheet.print_area(0, 0, row + height // _PIXELS_PER_ROW + 2, 3)
