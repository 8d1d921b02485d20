"""What the console shows: sentences of the catalogue, tables that align Chinese, errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from capacity_planner.texts import label, text_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from capacity_planner.errors import Complaint, PlannerError
    from capacity_planner.texts import Lang

__all__ = [
    "SHORT",
    "complaint_lines",
    "language_of",
    "log",
    "say",
    "table",
    "tell_error",
]

SHORT: Final = 10
"""Lines for one fault of one column that are shown unless all are asked for."""


def language_of(words: Sequence[str]) -> Lang:
    """Return the language that a command line asks for, also one that could not be parsed."""
    text = " ".join(words)
    return "en" if "--lang en" in text or "--lang=en" in text else "zh"


def say(key: str, *, words: Sequence[str], **params: object) -> None:
    """Print one sentence of the catalogue on stderr."""
    click.echo(label(key, language_of(words), **params), err=True)


def log(text: str, *, loudness: int, least: int = 0) -> None:
    """Print a line of progress on stderr unless the run was told to be quieter."""
    if loudness >= least:
        click.echo(text, err=True)


def tell_error(error: PlannerError, words: Sequence[str]) -> None:
    """Print an error's complaints on stderr, every one with its remedy."""
    most = None if {"-v", "--verbose"} & set(words) else SHORT
    for line in complaint_lines(error.complaints, language_of(words), most=most):
        click.echo(line, err=True)


def complaint_lines(
    complaints: Iterable[Complaint], lang: Lang, *, most: int | None = SHORT
) -> Iterator[str]:
    """Yield complaints as lines: errors first, each with place, sentence and remedy.

    Parameters
    ----------
    complaints
        In the order in which they were found.
    lang
        Language of the words.
    most
        Lines for one fault of one column, the rest of which are only counted; ``None`` for all.
    """
    order = {"error": 0, "repaired": 1, "warning": 2}
    alike: dict[tuple[str, ...], list[Complaint]] = {}
    for each in sorted(complaints, key=lambda complaint: order[complaint.severity]):
        alike.setdefault((each.code, each.file, each.sheet, each.column), []).append(each)
    for group in alike.values():
        word = label(f"severity.{group[0].severity}", lang)
        for each in group[:most]:
            yield f"[{word} {each.code}] {each.line(lang)}"
        if most is not None and len(group) > most:
            rest, code = len(group) - most, group[0].code
            yield f"[{word} {code}] {label('cli.further', lang, count=rest)}"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, text_columns: int = 1) -> str:
    """Return rows as aligned text; the first columns are text, the rest numbers set to the right.

    Parameters
    ----------
    heads
        One heading a column.
    rows
        Cells; whole numbers get thousands separators, ``None`` stays empty.
    text_columns
        How many leading columns are set to the left.

    Returns
    -------
    str
        Lines joined by newlines; a Chinese character counts as two columns of the console.

    Examples
    --------
    >>> print(table(["乡镇", "缺口"], [["竹阳街道", 1234]]))
    乡镇       缺口
    竹阳街道  1,234
    """
    columns = [
        _aligned([_cell(value) for value in column], right=at >= text_columns)
        for at, column in enumerate(zip(heads, *rows, strict=True))
    ]
    return "\n".join("  ".join(line).rstrip() for line in zip(*columns, strict=True))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)


def _aligned(texts: Sequence[str], *, right: bool) -> list[str]:
    """Return a column's texts, all as wide as the widest."""
    widths = [text_width(text) for text in texts]
    most = max(widths)
    gaps = (" " * (most - width) for width in widths)
    return [gap + text if right else text + gap for text, gap in zip(texts, gaps, strict=True)]
