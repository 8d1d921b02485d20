"""The workbook as a whole: formats, bilingual headings, and what every sheet says at its head."""

from __future__ import annotations

from datetime import datetime, time
from math import ceil
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from capacity_planner.policy import announce
from capacity_planner.texts import label, text_width

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from capacity_planner.assessment import Gaps
    from capacity_planner.texts import Lang

__all__ = ["HEAD_ROW", "Book", "row_height"]

HEAD_ROW: Final = 5
"""Row of the headings, counted from 1; title, notice, rules and remark stand above."""

_LINE_HEIGHT: Final = 15.0
_CHARACTER: Final = 1.05
"""Of a column's width, which counts digits at 11 points; cells are written at 10."""
_INDENT: Final = 1.5
_FONT: Final = "微软雅黑"
_NUMBER: Final = {"count": "#,##0", "number": "0.00", "date": "yyyy-mm-dd", "days": "0"}
_BASE: Final = {"font_name": _FONT, "font_size": 10, "valign": "vcenter"}
_LINED: Final = {"border": 1, "border_color": "#D9DEE5"}
_CENTRED: Final = {**_LINED, "align": "center"}
_STYLES: Final[dict[str, dict[str, Any]]] = {
    "title": {"bold": True, "font_size": 16, "font_color": "#1F3A5F"},
    "subtitle": {"bold": True, "font_size": 12, "font_color": "#1F3A5F"},
    "notice": {"bold": True, "font_color": "#9C2A00"},
    "remark": {"font_color": "#555555", "font_size": 9},
    "head": {
        "bold": True,
        "font_color": "#FFFFFF",
        "bg_color": "#1F3A5F",
        "text_wrap": True,
        "align": "center",
        "border": 1,
        "border_color": "#FFFFFF",
        "font_size": 9,
    },
    "text": {**_LINED, "align": "left", "indent": 1},
    "count": _LINED,
    "number": _LINED,
    "date": _CENTRED,
    "days": _LINED,
    "word": _CENTRED,
    "yes_no": _CENTRED,
    "input": {"bg_color": "#FFF3B0", "border": 1, "num_format": "General", "bold": True},
    "wrap": {**_LINED, "text_wrap": True, "align": "left", "indent": 1},
    "ratio": {**_LINED, "num_format": "General", "align": "right"},
    "big": {
        **_LINED,
        "bold": True,
        "font_size": 13,
        "num_format": "#,##0",
        "align": "right",
        "indent": 1,
    },
    "about": {**_LINED, "font_color": "#555555", "font_size": 9, "align": "left", "indent": 1},
    "quotient": {**_LINED, "num_format": "0.00", "align": "right", "indent": 1},
    "share": {**_LINED, "num_format": "0.0%", "align": "right", "indent": 1},
    "whole": {**_LINED, "num_format": "#,##0", "align": "right", "indent": 1},
}
_LIVE: Final = {"font_color": "#0B4F8A"}
_TOTAL: Final = {"bold": True, "top": 1, "bg_color": "#E8EDF3"}


class Book:
    """An open workbook with its formats and texts.

    Parameters
    ----------
    path
        File to write.
    gaps
        The result that it shows.
    lang
        Language that stands first; the other stands beneath.
    run_hash
        Of the run's manifest.
    """

    def __init__(self, path: Path, gaps: Gaps, *, lang: Lang, run_hash: str) -> None:
        self.gaps, self.lang, self.run_hash = gaps, lang, run_hash
        self.other: Lang = "en" if lang == "zh" else "zh"
        options = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            # Its parts go where the run's other files go, and vanish with them if it is killed.
            "tmpdir": str(path.parent),
        }
        self.file = xlsxwriter.Workbook(str(path), options)
        source = gaps.county.source
        self.county = source.name if lang == "zh" else source.name_en
        self.file.set_properties(
            {
                "title": self.title("summary"),
                "subject": source.name,
                "comments": f"run {run_hash}" if run_hash else "",
                # The clock stays out, so that equal figures give equal bytes.
                "created": datetime.combine(gaps.as_of, time()),
            }
        )
        self._styles: dict[str, Format] = {}
        self.notices = _notices(gaps, lang)

    @property
    def data_bar(self) -> dict[str, Any]:
        """Data bars for missing slots, from zero."""
        return {
            "type": "data_bar",
            "bar_color": "#E08A3C",
            "bar_solid": True,
            "min_type": "num",
            "min_value": 0,
            "data_bar_2010": True,
        }

    def style(self, name: str) -> Format:
        """Return the cell format of that name; ``_live`` marks formulas, ``_total`` sums."""
        if name not in self._styles:
            mark = next((each for each in ("live", "total") if name.endswith(f"_{each}")), "")
            base = name.removesuffix(f"_{mark}") if mark else name
            given = {**_BASE, **_STYLES.get(base, {})}
            if base in _NUMBER:
                given["num_format"] = _NUMBER[base]
            given |= _LIVE if mark == "live" else _TOTAL if mark == "total" else {}
            self._styles[name] = self.file.add_format(given)
        return self._styles[name]

    def word(self, key: str) -> str:
        """Return a word in the workbook's first language."""
        return label(key, self.lang)

    def title(self, sheet: str) -> str:
        """Return a sheet's name on its tab."""
        return label(f"sheet.{sheet}", self.lang)

    def heading(self, name: str, unit: str = "") -> str:
        """Return a column's heading: both languages, then the unit."""
        lines = [label(f"col.{name}", each) for each in (self.lang, self.other)]
        if unit:
            lines.append(" / ".join(label(unit, each) for each in (self.lang, self.other)))
        return "\n".join(lines)

    def sheet(self, name: str, *, paper: int, columns: int) -> Worksheet:
        """Return a new sheet with title, notices, remark and print set-up."""
        sheet = self.file.add_worksheet(self.title(name))
        as_of = self.gaps.as_of.isoformat()
        both = " / ".join(label(f"sheet.{name}", each) for each in (self.lang, self.other))
        heads = {"county": self.county, "as_of": as_of}
        sheet.write_string(
            0, 0, label("sheet.head", self.lang, sheet=both, **heads), self.style("title")
        )
        sheet.write_string(1, 0, self.notices[0], self.style("notice"))
        sheet.write_string(2, 0, self.notices[1], self.style("notice"))
        sheet.write_string(3, 0, label(f"sheet_note.{name}", self.lang), self.style("remark"))
        sheet.set_row(0, 26)
        sheet.set_row(HEAD_ROW - 1, 66)
        sheet.hide_gridlines(2)
        self._set_up_print(sheet, name, paper=paper, columns=columns)
        return sheet

    def _set_up_print(self, sheet: Worksheet, name: str, *, paper: int, columns: int) -> None:
        sheet.set_paper(paper)
        if columns > 6:  # noqa: PLR2004 (what a portrait page holds)
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.75)
        sheet.set_header(f"&L{_plain(self.county)}&R{_plain(self.title(name))}")
        short = f"run {self.run_hash[:12]}" if self.run_hash else ""
        sheet.set_footer(f"&L&8{_plain(self.notices[0])[:120]}&C&8{short}&R&P / &N")


def row_height(cells: Iterable[tuple[object, float]]) -> float:
    """Return how high a row must be for its wrapped texts; not every program finds out by itself.

    Parameters
    ----------
    cells
        Pairs of value and column width in characters.

    Returns
    -------
    float
        Height in points.

    Examples
    --------
    >>> row_height([("托位", 10), ("购置、置换、租赁", 10)])
    30.0
    """
    wide = ((text_width(str(value)) * _CHARACTER, width - _INDENT) for value, width in cells)
    lines = (ceil(text / max(room, 1.0)) for text, room in wide)
    return _LINE_HEIGHT * max(1, *lines)


def _plain(text: str) -> str:
    """Return text for a page's header, where ``&`` begins a code."""
    return text.replace("&", "&&")[:80]


def _notices(gaps: Gaps, lang: Lang) -> tuple[str, str]:
    """Return what every sheet must say: that data are made up, and that a rule has lapsed."""
    demonstration = ""
    if gaps.county.source.demonstration:
        words = (label("notice.demonstration", each) for each in ("zh", "en"))
        demonstration = f"※ {' / '.join(words)}"
    ratios = [each for each in gaps.standings if each.rule.kind == "ratio"]
    return demonstration, " ".join(announce(ratios, lang))
