"""How wide the columns of a table must be: no number, id or heading is broken where room can be had."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from capacity_planner.texts import text_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["column_widths"]

_CHINESE_RUN: Final = re.compile(r"([\u2e80-\uffff]+)")
_UNBROKEN: Final = 5
"""Chinese text breaks anywhere; runs of up to so many characters (names, headings) are kept whole."""
_WIDEST_EM: Final = 50.0
"""A column asks for no more than this: longer texts wrap."""
_CHINESE_EM: Final = 1.02
_LATIN_EM: Final = 0.66
_BOLD: Final = 1.1
"""Width of a character in letter sizes, on the wide side: the reader's fonts are not known here."""
_PADDING: Final = 130
"""Twips that a cell needs beside its text."""
_TWIPS_PER_HALF_POINT: Final = 10


def column_widths(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, room: int, half_points: int
) -> list[int]:
    """Return the width of each column in twips; together they fill the room.

    Each column gets what its longest unbreakable part needs; what is left over goes where longer
    texts would still have to wrap, and lastly to all alike.

    Parameters
    ----------
    heads
        One a column.
    rows
        Texts, as many a row as there are heads.
    room
        Width of the page between its margins, in twips.
    half_points
        Size of the letters.

    Returns
    -------
    list of int
        Twips; if not even the unbreakable parts fit, all are narrowed alike.

    Examples
    --------
    >>> column_widths(["id", "text"], [["SYN-Z-001", "long " * 30]], room=6000, half_points=17)
    [1139, 4861]
    """
    columns = list(zip(heads, *rows, strict=True))
    em = half_points * _TWIPS_PER_HALF_POINT
    least = [
        _PADDING + em * max([_longest_part(head) * _BOLD, *map(_longest_part, texts)])
        for head, *texts in columns
    ]
    most = [_PADDING + em * min(_WIDEST_EM, max(map(_em, each))) for each in columns]
    most = [max(pair) for pair in zip(least, most, strict=True)]
    if sum(least) >= room:
        return _shared_out(least, room)
    if sum(most) <= room:
        return _shared_out(most, room)
    wanted = [high - low for low, high in zip(least, most, strict=True)]
    spare = (room - sum(least)) / sum(wanted)
    return _shared_out([low + more * spare for low, more in zip(least, wanted, strict=True)], room)


def _em(text: str) -> float:
    """Return the width of a text in letter sizes."""
    chinese = text_width(text) - len(text)
    return chinese * _CHINESE_EM + (len(text) - chinese) * _LATIN_EM


def _longest_part(text: str) -> float:
    """Return the width of the longest part that must not be broken, in letter sizes."""
    parts = [part for word in text.split() for part in _CHINESE_RUN.split(word)]
    kept = [part[:_UNBROKEN] if _CHINESE_RUN.fullmatch(part) else part for part in parts]
    return max(map(_em, kept), default=0.0)


def _shared_out(widths: Iterable[float], room: int) -> list[int]:
    """Return whole widths in the same proportions that fill the room."""
    given = list(widths)
    whole = [int(each * room / sum(given)) for each in given]
    whole[-1] += room - sum(whole)
    return whole
