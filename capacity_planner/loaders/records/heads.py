"""Where in a grid of cells the headings are: below titles, in one row or in several that are merged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from capacity_planner.loaders.cells.words import fold
from capacity_planner.loaders.records.headings import match, read_heading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from capacity_planner.loaders.files.workbook import Cell, Sheet

__all__ = ["Head", "find_head", "is_number"]

_SEARCHED_ROWS: Final = 30
_HEADING_ROWS: Final = 3
_YEAR: Final = re.compile(r"^(19|20)[0-9]{2}年?(末|底|初|度)?")
_NEUTRAL: Final = re.compile(
    r"(.*(情况|信息|指标|数据|统计|概况|位置|坐标|日期|时间|明细)|基本|住宅|小区|居住区|机构|设施|托位数?"
    r"|(常住)?人口数?|人数)?"
)


@dataclass(frozen=True)
class Head:
    """Where headings were found: first row, how many rows, their joined texts, how well they fit."""

    top: int
    depth: int
    headings: tuple[str, ...]
    score: int


def find_head(
    sheet: Sheet, table: str, named: Mapping[str, str], base: str, header_row: int | None = None
) -> Head | None:
    """Return the best heading among the first rows, single or of two or three merged rows.

    Parameters
    ----------
    sheet
        Grid of cells.
    table, named, base
        As for :func:`~capacity_planner.loaders.records.headings.match`.
    header_row
        The office's number of the heading row, where the county gives it.

    Returns
    -------
    Head or None
        ``None`` where no row names a column of the table.
    """
    best: Head | None = None
    tops = range(min(_SEARCHED_ROWS, len(sheet.rows)))
    if header_row is not None:
        tops = range(*_position(sheet.lines, header_row))
    width = max((len(sheet.rows[top]) for top in tops), default=0)
    hanging = {row for first, _, last, _ in sheet.merged for row in range(first + 1, last + 1)}
    for top in tops:
        if top in hanging and header_row is None:
            continue  # a heading that is merged from above begins there
        for depth in range(1, _HEADING_ROWS + 1):
            rows = sheet.rows[top : top + depth]
            if len(rows) < depth or not _may_be_heading(rows):
                break
            headings = _joined(sheet, top, depth, table, named, base)
            score = len(match(headings, table=table, named=named, base=base).columns)
            if score and (best is None or (score, -depth) > (best.score, -best.depth)):
                best = Head(top, depth, headings, score)
        if best is not None and (best.score, best.depth) == (width, 1):
            break  # every cell has a meaning: no row below can fit better
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
    numbers = sum(is_number(cell) for cell in last)
    return bool(last) and (len(rows) == 1 or not numbers)


def is_number(text: str) -> bool:
    """Return whether a text is digits, with separators at most."""
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
        spellings = _spellings(texts)
        known = [s for s in spellings if s and (fold(s) in wanted or read_heading(s, table, base))]
        headings.append(known[0] if known else "".join(texts))
    return tuple(headings)


def _spellings(texts: Sequence[str]) -> list[str]:
    """Return the ways in which headings over each other may be read as one.

    The lowest alone only where those above it say nothing about it: 人口 under 户籍 is no 人口.
    """
    joined = ["".join(texts), "".join(reversed(texts))]
    neighbours = [a + b for a, b in pairwise(reversed(texts))]
    upper = [_YEAR.sub("", fold(text)) for text in texts[:-1]]
    alone = [texts[-1]] if texts and all(_NEUTRAL.fullmatch(text) for text in upper) else []
    return [*joined, *neighbours, *alone]


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
