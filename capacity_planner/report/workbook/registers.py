"""The sheets of rules and choices, sources, and complaints: what the figures rest on."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from xlsxwriter.utility import quote_sheetname

from capacity_planner.assessment import complaint_table
from capacity_planner.policy import load_choices
from capacity_planner.report.workbook.book import HEAD_ROW, Book, row_height
from capacity_planner.report.workbook.grid import Field, Grid, write_cell
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.worksheet import Worksheet

    from capacity_planner.assessment import Gaps
    from capacity_planner.policy import Standing

__all__ = ["complaint_grid", "used_ratios", "write_rules", "write_sources"]

_RULE_HEADS: Final = (
    "rule",
    "category",
    "value",
    "unit",
    "standing",
    "citation",
    "confidence",
    "says",
)
_WIDTHS: Final = (26, 24, 14, 26, 12, 40, 14, 80)
_CHOICE_HEADS: Final = ("choice", "question", "decided", "answer", "elsewhere", "why")
_CHOICE_SPANS: Final = ((0, 0), (1, 1), (2, 2), (3, 4), (5, 6), (7, 7))
"""First and last column of each of the choices' cells beneath the rules' columns."""
_SOURCE_WIDTHS: Final = (26, 70, 22, 70)


def complaint_grid(gaps: Gaps, book: Book) -> Grid:
    """Return the repairs and warnings of the run.

    Parameters
    ----------
    gaps
        A result.
    book
        The workbook, for its language.

    Returns
    -------
    Grid
        One row a complaint, errors first, with what to do.
    """
    fields = (
        Field("severity", "word", 8, words="severity"),
        Field("code", width=24),
        Field("file", width=18),
        Field("sheet", width=12),
        Field("row", "days", 7),
        Field("column", width=16),
        Field("value", width=18),
        Field("message", width=60, style="wrap"),
        Field("remedy", width=50, style="wrap"),
    )
    return Grid("complaints", fields, complaint_table(gaps.problems, book.lang))


def used_ratios(gaps: Gaps) -> list[Standing]:
    """Return the ratios that the zones' requirements rest on, by rule id."""
    used = set(gaps.zones["rule_id"])
    return sorted(
        (each for each in gaps.standings if each.rule.id in used and each.rule.value is not None),
        key=lambda each: each.rule.id,
    )


def write_rules(book: Book) -> Worksheet:
    """Write the rules and choices; each ratio's value is a named cell on which the zones depend.

    Parameters
    ----------
    book
        The workbook.

    Returns
    -------
    Worksheet
        The sheet. Its names are the rules' ids, such as ``ratio_new``.
    """
    sheet = book.sheet("rules", paper=8, columns=len(_RULE_HEADS))
    for at, width in enumerate(_WIDTHS):
        sheet.set_column(at, at, width)
    row = _heads(book, sheet, HEAD_ROW - 1, _RULE_HEADS)
    ratios = used_ratios(book.gaps)
    for standing in ratios:
        _rule_row(book, sheet, row, standing)
        sheet.write_number(row, 2, float(standing.rule.value or 0), book.style("input"))
        place = f"={quote_sheetname(book.title('rules'))}!$C${row + 1}"
        book.file.define_name(standing.rule.id, place)
        row += 1
    others = [each for each in book.gaps.standings if each not in ratios]
    for standing in others:
        _rule_row(book, sheet, row, standing)
        row += 1
    sheet.freeze_panes(HEAD_ROW, 1)
    _write_choices(book, sheet, row + 1)
    return sheet


def _heads(
    book: Book,
    sheet: Worksheet,
    row: int,
    names: Sequence[str],
    spans: Sequence[tuple[int, int]] = (),
) -> int:
    for (first, last), name in zip(spans or _alone(names), names, strict=True):
        if last > first:
            sheet.merge_range(row, first, row, last, "", book.style("head"))
        sheet.write_string(row, first, book.heading(name), book.style("head"))
    sheet.set_row(row, 40)
    return row + 1


def _rule_row(book: Book, sheet: Worksheet, row: int, standing: Standing) -> None:
    rule, lang = standing.rule, book.lang
    cells = (
        rule.id,
        "、".join(
            label(f"category.{each}", lang) for each in rule.applies_to if _is_category(each)
        ),
        None if rule.value is None else float(rule.value),
        label(f"rule_unit.{rule.unit}", lang) if rule.unit else "",
        label(f"standing.{standing.standing}", lang),
        standing.citation(lang),
        label(f"confidence.{rule.confidence}", lang),
        rule.zh if lang == "zh" else rule.en,
    )
    _cells(book, sheet, row, cells, _WIDTHS)


def _is_category(word: str) -> bool:
    return word in {"new", "existing", "old_town", "rural"}


def _cells(
    book: Book,
    sheet: Worksheet,
    row: int,
    cells: Sequence[Any],
    widths: Sequence[float],
    spans: Sequence[tuple[int, int]] = (),
) -> None:
    room = []
    for (first, last), value in zip(spans or _alone(cells), cells, strict=True):
        style = book.style("ratio" if isinstance(value, float) else "wrap")
        if last > first:
            sheet.merge_range(row, first, row, last, "", style)
        write_cell(sheet, row, first, value, style)
        room.append((value or "", sum(widths[first : last + 1])))
    sheet.set_row(row, row_height(room))


def _alone(cells: Sequence[object]) -> list[tuple[int, int]]:
    """Return spans of one column each."""
    return [(at, at) for at in range(len(cells))]


def _write_choices(book: Book, sheet: Worksheet, row: int) -> None:
    lang = book.lang
    sheet.write_string(row, 0, label("workbook.choices", lang), book.style("subtitle"))
    row = _heads(book, sheet, row + 1, _CHOICE_HEADS, _CHOICE_SPANS)
    known = load_choices()
    for name, value, origin in book.gaps.choices.rows(fixed=True):
        choice = known[name]
        elsewhere = (
            f"{each.zh if lang == 'zh' else each.en} ({each.source})" for each in choice.elsewhere
        )
        cells = (
            name,
            choice.title(lang),
            label(f"decided.{origin}", lang),
            choice.tell(value, lang),
            "; ".join(elsewhere),
            choice.reason(lang),
        )
        _cells(book, sheet, row, cells, _WIDTHS, _CHOICE_SPANS)
        row += 1


def write_sources(book: Book) -> Worksheet:
    """Write the documents, the input files with their hashes, and what made the run.

    Parameters
    ----------
    book
        The workbook.

    Returns
    -------
    Worksheet
        The sheet.
    """
    gaps, lang = book.gaps, book.lang
    sheet = book.sheet("sources", paper=9, columns=9)
    for at, width in enumerate(_SOURCE_WIDTHS):
        sheet.set_column(at, at, width)
    row = _heads(book, sheet, HEAD_ROW - 1, ("document", "title", "confidence", "remark"))
    documents = {each.document.id + each.policy: each.document for each in gaps.standings}
    for each in documents.values():
        title = each.title if lang == "zh" else each.title_en
        note = each.note if lang == "zh" else each.note_en
        confidence = label(f"confidence.{each.confidence}", lang)
        _cells(book, sheet, row, (each.number or each.id, title, confidence, note), _SOURCE_WIDTHS)
        row += 1
    row = _heads(book, sheet, row + 1, ("file", "sha256", "table"))
    for file in gaps.county.tables.files:
        _cells(book, sheet, row, (file.path, file.sha256, file.table), _SOURCE_WIDTHS)
        row += 1
    row = _heads(book, sheet, row + 1, ("item", "value"))
    made = {
        "workbook.run_hash": book.run_hash,
        "workbook.as_of": gaps.as_of.isoformat(),
        "workbook.policy": gaps.county.policy.id,
        "workbook.measure_crs": gaps.zones.crs.to_string(),
        "workbook.version": version("capacity_planner"),
    }
    for key, value in made.items():
        _cells(book, sheet, row, (label(key, lang), value), _SOURCE_WIDTHS)
        row += 1
    for status in ("real", "derived", "synthetic"):
        said = label(f"workbook.data_{status}", lang)
        cells = (label(f"data_status.{status}", lang), said)
        _cells(book, sheet, row, cells, _SOURCE_WIDTHS)
        row += 1
    sheet.freeze_panes(HEAD_ROW, 1)
    return sheet
