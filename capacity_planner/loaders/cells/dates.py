"""Dates in all the forms in which offices write them."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from capacity_planner.loaders.cells.values import MISSING, Reading
from capacity_planner.loaders.cells.words import fold, nothing_words

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["read_date"]

_EARLIEST: Final = dt.date(1949, 10, 1)
_LATEST: Final = dt.date(2100, 12, 31)
_SERIALS: Final = (18_264, 73_415)
"""Excel's day numbers of 1950 and 2100: a number outside is no date."""
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DAY: Final = re.compile(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*[日号]?")
_DAY_TIME: Final = re.compile(
    r"(.+?)[T ]([0-9]{1,2}):([0-9]{2})(:([0-9]{2})(\.[0-9]+)?)?\s*(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_MONTH: Final = re.compile(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*月?(份)?")
_EIGHT: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_SIX: Final = re.compile(r"((?:19|20)[0-9]{2})(0[1-9]|1[0-2])")
_DAY_LAST: Final = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")
_YEAR: Final = re.compile(r"[0-9]{4}\s*年?")
_CHINESE: Final = re.compile(
    r"[零〇○一二三四五六七八九十]+年[零〇○一二三四五六七八九十廿卅]+月([零〇○一二三四五六七八九十廿卅]+[日号])?"
)
_NUMERALS: Final = str.maketrans("零〇○一二三四五六七八九", "000123456789")


def read_date(cell: object, *, epoch: dt.date = dt.date(1899, 12, 30)) -> Reading:  # noqa: PLR0911  # one return a form
    """Return a day from a cell.

    Parameters
    ----------
    cell
        Date, text, a spreadsheet's day number, or ``None``.
    epoch
        Day 0 of such numbers.

    Returns
    -------
    Reading
        ``value`` a :class:`datetime.date`; a month alone is read as its first day and told as
        ``date_month_only``.

    Examples
    --------
    >>> read_date("二〇二一年九月十五日").value
    datetime.date(2021, 9, 15)
    >>> read_date("3/4/2021").code
    'date_ambiguous'
    """
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return MISSING
    if isinstance(cell, bool):
        return Reading(None, "date_unreadable")
    if isinstance(cell, dt.datetime):
        if cell.tzinfo is not None and cell.time() != dt.time():
            return Reading(None, "date_time_zone")
        return _plausible(cell.date(), "")
    if isinstance(cell, dt.date):
        return _plausible(cell, "")
    if isinstance(cell, int | float):
        return _from_number(float(cell), epoch)
    return _from_text(str(cell), epoch)


def _from_number(number: float, epoch: dt.date) -> Reading:
    whole = int(number)
    if _SERIALS[0] <= whole <= _SERIALS[1]:
        day = epoch + dt.timedelta(days=whole)
        return Reading(day, "date_from_serial", {"read": day.isoformat()})
    if number == whole and (_EIGHT.fullmatch(str(whole)) or _YEAR.fullmatch(str(whole))):
        return _from_text(str(whole), epoch)
    return Reading(None, "date_unreadable")


def _from_text(raw: str, epoch: dt.date) -> Reading:  # noqa: PLR0911  # one return a form
    text = unicodedata.normalize("NFKC", raw).strip()
    if not text:
        return MISSING
    nothing = nothing_words().get(fold(raw))
    if nothing is not None:
        return Reading(
            None,
            {"none": "none_as_missing", "dash": "dash_as_missing"}.get(
                nothing, "unknown_as_missing"
            ),
        )
    iso = _ISO.fullmatch(raw)
    if iso:
        return _day(iso, "")
    timed = _DAY_TIME.fullmatch(text)
    if timed:
        midnight = all(part is None or not part.strip("0.") for part in timed.group(2, 3, 5, 6))
        if timed[7] not in (None, "Z", "+08:00", "+0800") or (timed[7] == "Z" and not midnight):
            return Reading(None, "date_time_zone")
        text = timed[1]
    if _CHINESE.fullmatch(text):
        text = _arabic(text)
    for pattern, reader in _FORMS:
        found = pattern.fullmatch(text)
        if found:
            return reader(found)
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return _from_number(float(text), epoch)
    return Reading(None, "date_unreadable")


def _arabic(text: str) -> str:
    """Return 二〇二一年九月十五日 as 2021年9月15日.

    >>> _arabic("二〇二一年十二月二十日")
    '2021年12月20日'
    """
    year, _, rest = text.partition("年")
    month, _, day = rest.partition("月")
    tail = f"{_small(day[:-1])}日" if day else ""
    return f"{year.translate(_NUMERALS)}年{_small(month)}月{tail}"


def _small(text: str) -> int:
    text = text.replace("廿", "二十").replace("卅", "三十")
    tens, ten, units = text.partition("十")
    if not ten:
        return int(text.translate(_NUMERALS))
    return int(tens.translate(_NUMERALS) or 1) * 10 + int(units.translate(_NUMERALS) or 0)


def _day(found: re.Match[str], code: str = "date_normalised") -> Reading:
    return _date(int(found[1]), int(found[2]), int(found[3]), code)


def _first_of_month(found: re.Match[str]) -> Reading:
    return _date(int(found[1]), int(found[2]), 1, "date_month_only")


def _day_last(found: re.Match[str]) -> Reading:
    first, second, year = (int(part) for part in found.groups())
    if first > 12 >= second:  # noqa: PLR2004  # no thirteenth month: it is the day
        return _date(year, second, first, "date_normalised")
    if second > 12 >= first:  # noqa: PLR2004
        return _date(year, first, second, "date_normalised")
    return Reading(None, "date_impossible" if first > 12 else "date_ambiguous")  # noqa: PLR2004


def _year_alone(_found: re.Match[str]) -> Reading:
    return Reading(None, "date_year_only")


def _date(year: int, month: int, day: int, code: str) -> Reading:
    try:
        found = dt.date(year, month, day)
    except ValueError:
        return Reading(None, "date_impossible")
    return _plausible(found, code)


def _plausible(day: dt.date, code: str) -> Reading:
    if not _EARLIEST <= day <= _LATEST:
        return Reading(None, "date_implausible")
    return Reading(day, code, {"read": day.isoformat()})


_FORMS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Reading]], ...]] = (
    (_DAY, _day),
    (_EIGHT, _day),
    (_SIX, _first_of_month),
    (_MONTH, _first_of_month),
    (_DAY_LAST, _day_last),
    (_YEAR, _year_alone),
)
