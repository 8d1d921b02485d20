"""The words that people read, in Chinese and English, kept as data.

Two catalogues lie beside this file as TOML, one file a room: ``labels/`` (words on pages, sheets
and the console) and ``complaints/`` (what is wrong with an input and what to do about it).
"""

from __future__ import annotations

import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Lang: TypeAlias = Literal["zh", "en"]
LANGUAGES: Final[tuple[Lang, Lang]] = ("zh", "en")
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the start of a formula; the wide ones are taken so by East Asian ones."""

__all__ = [
    "FORMULA_STARTS",
    "LANGUAGES",
    "Lang",
    "decimal_text",
    "fill",
    "inert_text",
    "label",
    "load_catalogue",
    "text_width",
]


@cache
def load_catalogue(name: str) -> Mapping[str, Mapping[str, str]]:
    """Return one catalogue: key to its entry, read from every file of its folder.

    Parameters
    ----------
    name
        ``"labels"`` or ``"complaints"``.

    Returns
    -------
    Mapping[str, Mapping[str, str]]
        Read-only; each entry holds at least ``zh`` and ``en``.

    Raises
    ------
    KeyError
        If two files define the same key: a programming fault.

    Examples
    --------
    >>> load_catalogue("labels")["unit.slots"]["en"]
    'slots'
    """
    merged: dict[str, Mapping[str, str]] = {}
    folder = files(__package__) / name
    for source in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not source.name.endswith(".toml"):
            continue
        for key, entry in tomllib.loads(source.read_text(encoding="utf-8")).items():
            if key in merged:
                raise KeyError(f"{source.name}: {key} is defined twice")
            merged[key] = MappingProxyType(entry)
    return MappingProxyType(merged)


def fill(template: str, params: Mapping[str, object]) -> str:
    """Return the template with ``{name}`` replaced; whole numbers get thousands separators.

    Parameters
    ----------
    template
        Text of a catalogue, never text from data.
    params
        Values by name; a name without value stays visible as ``{name}``.

    Returns
    -------
    str
        The sentence.

    Examples
    --------
    >>> fill("{n} of {place}", {"n": 96712, "place": "Toronto"})
    '96,712 of Toronto'
    """
    for name, value in params.items():
        whole = isinstance(value, int) and not isinstance(value, bool)
        template = template.replace(f"{{{name}}}", f"{value:,}" if whole else str(value))
    return template


def label(key: str, lang: Lang, /, **params: object) -> str:
    """Return a word or sentence of the labels catalogue in one language.

    Parameters
    ----------
    key
        Key of the catalogue, such as ``"duty.top_up"``.
    lang
        ``"zh"`` or ``"en"``.
    **params
        Values for the template's names.

    Returns
    -------
    str
        The text.

    Raises
    ------
    KeyError
        If the catalogue lacks the key: a programming fault.

    Examples
    --------
    >>> label("duty.build_with_housing", "zh")
    '与住宅同步建设'
    """
    return fill(load_catalogue("labels")[key][lang], params)


def inert_text(value: str) -> str:
    """Return text that a spreadsheet shows and never runs: an apostrophe before :data:`FORMULA_STARTS`.

    Examples
    --------
    >>> inert_text("=HYPERLINK(1)"), inert_text("竹阳街道")
    ("'=HYPERLINK(1)", '竹阳街道')
    """
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def text_width(text: str) -> int:
    """Return how many columns a text takes where a Chinese character takes two.

    Parameters
    ----------
    text
        One line.

    Returns
    -------
    int
        Columns of a terminal or of a sheet's column width.

    Examples
    --------
    >>> text_width("托位 12")
    7
    """
    if text.isascii():
        return len(text)
    return sum(map(_char_width, text))


@cache
def _char_width(char: str) -> int:
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def decimal_text(numerator: int, denominator: int, places: int) -> str:
    """Return a quotient with so many decimals, a half rounded up, as spreadsheets show it.

    Parameters
    ----------
    numerator, denominator
        Whole numbers, the numerator at least 0 and the denominator at least 1.
    places
        How many decimals.

    Returns
    -------
    str
        Exact: 68.25 gives 68.3 with one decimal, where rounding a float may give 68.2.

    Examples
    --------
    >>> decimal_text(6825, 100, 1), decimal_text(1411 * 1000, 841960, 2)
    ('68.3', '1.68')
    """
    scale = 10**places
    scaled = (2 * numerator * scale + denominator) // (2 * denominator)
    whole, rest = divmod(scaled, scale)
    return f"{whole}.{rest:0{places}d}" if places else str(whole)
