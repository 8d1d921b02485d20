"""One written grammar for what stands in a cell: numbers, dates, yes and no, words, ids.

Every function takes one cell and returns a :class:`Reading`: the value, and the code of the
complaint where the cell was not plain. Nothing is guessed: what can mean two things is an error.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from capacity_planner.loaders.cells.words import all_units, fold, nothing_words, synonyms, units

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capacity_planner.schemas import Column

__all__ = [
    "LARGEST_COUNT",
    "SIGNED_UNITS",
    "Reading",
    "read_id",
    "read_number",
    "read_text",
    "read_word",
]

LARGEST_COUNT: Final = 2**53 - 1
"""Beyond it a number that passed through a spreadsheet is no longer exact."""
SIGNED_UNITS: Final = frozenset({"degrees", "m"})
"""Units of numbers that may stand below nought; a distance that does is told where it is used."""
_EXCEL_DIGITS: Final = 10**15

_PLAIN: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_GROUPED: Final = re.compile(r"-?[0-9]{1,3}([, ])[0-9]{3}(\1[0-9]{3})*(\.[0-9]+)?")
_SCIENTIFIC: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]+")
_RANGE: Final = re.compile(
    r"[0-9]\s*[-~～至到—–]\s*[0-9]|^[<>≤≥＜＞]|不(足|少于|低于|超过)|以[上下内]$"
)
_ABOUT: Final = re.compile(
    r"^(大约|约|近|大概|~|≈|～|ca\.?|approx\.?|about)\s*|(左右|上下|余|多)$", re.IGNORECASE
)
_ABOUT_INSIDE: Final = re.compile(r"[余多](?=[^0-9]*$)")
_PARTS: Final = re.compile(
    r"(?P<number>-?[0-9][0-9, ]*(?:\.[0-9]+)?)\s*(?P<power>[十百千万亿]*)(?P<unit>.*)", re.DOTALL
)
_CHINESE: Final = re.compile(
    r"(?P<number>[零〇○一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟萬億廿卅]+)(?P<unit>.*)",
    re.DOTALL,
)
_POWERS: Final = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_DEGREES: Final = re.compile(
    r"(?P<before>[NSEWnsew]|东经|西经|北纬|南纬)?\s*(?P<d>[0-9]{1,3}(\.[0-9]+)?)\s*[°度º]?"
    r"(\s*(?P<m>[0-9]{1,2}(\.[0-9]+)?)\s*['′’分])?(\s*(?P<s>[0-9]{1,2}(\.[0-9]+)?)\s*(\"|″|”|''|秒))?"
    r"\s*(?P<after>[NSEWnsew])?"
)
_SIXTY: Final = 60
_SCIENTIFIC_ID: Final = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]{1,2}", re.IGNORECASE)
_MISSING_CODES: Final = {
    "none": "none_as_missing",
    "dash": "dash_as_missing",
    "unknown": "unknown_as_missing",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cell says: its value (``None`` for missing), and a complaint's code and parameters."""

    value: Any = None
    code: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


MISSING: Final = Reading()


def _widths(text: str) -> str:
    """Return text with full-width forms and odd blanks made plain, and nothing else changed.

    NFKC would turn ``1200①`` into ``12001``: footnote marks and superscripts must stay what they are.
    """
    letters = []
    for letter in text:
        if "\uff01" <= letter <= "\uff5e":
            letters.append(chr(ord(letter) - 0xFEE0))
        elif letter.isspace() or letter in "\ufeff\u200b":
            letters.append(" ")
        else:
            letters.append(letter)
    return "".join(letters).strip()


def _nothing(text: str, column: Column) -> Reading | None:
    """Return the reading of a cell that says nothing, or ``None`` if it says something."""
    kind = nothing_words().get(fold(text))
    if kind is None:
        return None
    if kind == "none" and column.kind == "count":
        code = "none_unclear" if column.name == "population" else "none_as_zero"
        return Reading(None if code == "none_unclear" else 0, code)
    return Reading(None, _MISSING_CODES[kind])


def read_number(cell: object, column: Column, *, factor: Decimal = Decimal(1)) -> Reading:
    """Return a count (``int``) or number (``float``) from a cell.

    Parameters
    ----------
    cell
        Text, number, date, truth value or ``None``.
    column
        A column of kind ``count`` or ``number``; its unit says which units may stand in the cell.
    factor
        What one means by the column's heading, such as 10,000 for 万人.

    Returns
    -------
    Reading
        With a code wherever the cell was not a plain number.

    Examples
    --------
    >>> from capacity_planner.schemas import INPUT_TABLES
    >>> population = INPUT_TABLES["zones"].column("population")
    >>> read_number("1.2万人", population).value
    12000
    >>> read_number("1200户", population).code
    'number_unit_wrong'
    """
    if cell is None:
        return MISSING
    if isinstance(cell, bool):
        return Reading(None, "number_is_yes_no")
    if isinstance(cell, dt.date | dt.datetime):
        return Reading(None, "number_is_date")
    if isinstance(cell, int):
        return _settle(Decimal(cell) * factor, column, "")
    if isinstance(cell, float | Decimal):
        return _from_float(float(cell), column, factor)
    return _from_text(str(cell), column, factor)


def _from_float(cell: float, column: Column, factor: Decimal) -> Reading:
    if math.isnan(cell):
        return MISSING
    if math.isinf(cell):
        return Reading(None, "number_infinite")
    if column.kind == "count" and factor == 1 and cell != round(cell):
        near = abs(cell - round(cell)) <= 1e-9 * max(abs(cell), 1.0)
        return (
            _settle(Decimal(round(cell)), column, "count_nearly_whole")
            if near
            else Reading(None, "count_not_whole")
        )
    return _settle(Decimal(repr(cell)) * factor, column, "")


def _from_text(raw: str, column: Column, factor: Decimal) -> Reading:
    text = _widths(raw)
    if not text:
        return MISSING
    nothing = _nothing(raw.strip(), column)
    if nothing is not None:
        return nothing
    if _PLAIN.fullmatch(text):
        code = "" if text == raw.strip(" \t\r\n") else "number_normalised"
        return _settle(Decimal(text) * factor, column, code)
    if column.unit == "degrees":
        return _from_degrees(text)
    bad = _not_a_number(text)
    return Reading(None, bad) if bad else _dressed(text, column, factor)


def _from_degrees(text: str) -> Reading:
    """Read 107°12′14.4″E or 30.736°N; a comma may be a decimal one, so none is allowed."""
    found = _DEGREES.fullmatch(text)
    if found is None:
        return Reading(None, "degrees_unreadable")
    whole, minutes, seconds = (Decimal(found[part] or 0) for part in ("d", "m", "s"))
    if minutes >= _SIXTY or seconds >= _SIXTY:
        return Reading(None, "degrees_unreadable")
    amount = whole + minutes / _SIXTY + seconds / _SIXTY**2
    south = (found["before"] or found["after"] or "") in ("S", "W", "s", "w", "南纬", "西经")
    read = round(-amount if south else amount, 9)
    return Reading(float(read), "number_normalised", {"read": f"{read:f}"})


def _not_a_number(text: str) -> str:
    """Return the code for texts that hold digits and still are no single number."""
    if _SCIENTIFIC.fullmatch(text):
        return "number_scientific"
    if any(unicodedata.category(letter) == "No" for letter in text):
        return "number_unreadable"
    if text.endswith(("%", "‰")):
        return "number_percent"
    return "number_range" if _RANGE.search(text) else ""


def _dressed(text: str, column: Column, factor: Decimal) -> Reading:
    """Read a number with about-words, separators, powers of ten and units around it."""
    bare = _ABOUT.sub("", text).strip()
    bare = _ABOUT_INSIDE.sub("", _ABOUT.sub("", bare)).strip()
    about = bare != text
    parts = _PARTS.fullmatch(bare)
    if parts:
        amount, code = _digits(parts["number"].strip()), "number_normalised"
        for letter in parts["power"]:
            amount = amount * _POWERS[letter] if amount is not None else None
        code = "number_power" if parts["power"] else code
    else:
        parts = _CHINESE.fullmatch(bare)
        amount, code = (_chinese(parts["number"]) if parts else None), "number_chinese"
    if amount is None or parts is None:
        return Reading(None, "number_unreadable")
    unit = fold(parts["unit"])
    size = Decimal(1) if not unit else units(column.unit).get(unit)
    if size is None:
        return Reading(
            None,
            "number_unit_wrong" if unit in all_units() else "number_unreadable",
            {"unit": parts["unit"].strip()},
        )
    if unit and code == "number_normalised":
        code = "number_unit"
    return _settle(amount * size * factor, column, "number_approximate" if about else code)


def _digits(text: str) -> Decimal | None:
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    return Decimal(text.replace(",", "").replace(" ", "")) if _GROUPED.fullmatch(text) else None


def _chinese(text: str) -> Decimal | None:
    import cn2an  # noqa: PLC0415  # only where someone wrote numerals out

    try:
        return Decimal(str(cn2an.cn2an(text.replace("○", "〇"), "normal")))
    except (ValueError, KeyError, IndexError):
        return None


def _settle(amount: Decimal, column: Column, code: str) -> Reading:
    """Return a number in the column's kind, refusing what the kind does not allow."""
    if column.kind != "count":
        if amount < 0 and column.unit not in SIGNED_UNITS:
            return Reading(None, "count_negative")
        return Reading(float(amount), code, {"read": _shown(amount)})
    if amount != amount.to_integral_value():
        return Reading(None, "count_not_whole")
    if amount < 0:
        return Reading(None, "count_negative")
    if amount > LARGEST_COUNT:
        return Reading(None, "count_too_large")
    return Reading(int(amount), code, {"read": _shown(amount)})


def _shown(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def read_word(cell: object, column: Column, table: str) -> Reading:
    """Return one of a column's own words, or a truth value, from a cell.

    Examples
    --------
    >>> from capacity_planner.schemas import INPUT_TABLES
    >>> read_word("老旧小区", INPUT_TABLES["zones"].column("category"), "zones").value
    'old_town'
    """
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return MISSING
    if isinstance(cell, bool) and column.kind == "yes_no":
        return Reading(cell)
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    word = fold(str(cell))
    if not word:
        return MISSING
    value = synonyms(table, column).get(word)
    if value is not None:
        return Reading(
            value == "yes" if column.kind == "yes_no" else value, "word_read_as", {"read": value}
        )
    nothing = _nothing(str(cell).strip(), column)
    if nothing is not None:
        return nothing
    return Reading(None, "yes_no_unknown" if column.kind == "yes_no" else "word_unknown")


def read_text(cell: object) -> Reading:
    """Return a name: NFKC, trimmed, blanks single, without control and direction marks.

    Examples
    --------
    >>> read_text("阳光小区（一期） ").value
    '阳光小区(一期)'
    """
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return MISSING
    raw = _number_text(cell)
    kept = "".join(
        c for c in raw if c in "\t\n\r " or unicodedata.category(c) not in {"Cc", "Cf", "Cs"}
    )
    text = " ".join(unicodedata.normalize("NFKC", kept).split())
    if not text:
        return MISSING
    return Reading(text, "" if text == raw else "text_normalised", {"read": text})


def _number_text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXCEL_DIGITS:
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, dt.date | dt.datetime) else str(cell)


def read_id(cell: object) -> Reading:  # one return a form
    """Return an id to the letter, leading zeros included.

    A number is written without its decimal point; one that a spreadsheet has already rounded is an
    error, because its last digits are gone.

    Examples
    --------
    >>> read_id("007").value, read_id(511724101001.0).value, read_id("5.11724E+11").code
    ('007', '511724101001', 'id_scientific')
    """
    if isinstance(cell, bool):
        return Reading(None, "id_unreadable")
    if isinstance(cell, dt.date | dt.datetime):
        return Reading(None, "id_is_date")
    if isinstance(cell, float) and not math.isnan(cell):
        if not cell.is_integer():
            return Reading(None, "id_unreadable")
        if abs(cell) >= _EXCEL_DIGITS:
            return Reading(None, "id_digits_lost")
    reading = read_text(cell)
    return reading if reading.value is None else _id_text(reading)


def _id_text(reading: Reading) -> Reading:  # noqa: PLR0911  # one return a form
    text = str(reading.value)
    if text.startswith('="') and text.endswith('"'):
        return Reading(text[2:-1], "id_dressed", {"read": text[2:-1]})
    if text.startswith("'") and len(text) > 1:
        return Reading(text[1:], "id_dressed", {"read": text[1:]})
    if _SCIENTIFIC_ID.fullmatch(text) and ("+" in text or "." in text):
        return Reading(None, "id_scientific")
    kind = nothing_words().get(fold(text))
    if kind is not None:
        return Reading(None, _MISSING_CODES[kind])
    if text.startswith("#") and text.strip("#") == "":
        return Reading(None, "id_unreadable")
    head, point, tail = text.partition(".")
    if point and head.isdigit() and tail.strip("0") == "" and len(head) >= 3:  # noqa: PLR2004  # "511724.0", never "1.0"
        return Reading(head, "id_float_text", {"read": head})
    return reading
