"""What one cell says, in the forms that offices write: numbers, words, ids and days."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from capacity_planner.loaders.cells.dates import read_date
from capacity_planner.loaders.cells.values import read_id, read_number, read_text, read_word
from capacity_planner.schemas import INPUT_TABLES

POPULATION = INPUT_TABLES["zones"].column("population")
LONGITUDE = INPUT_TABLES["facilities"].column("lon")
CATEGORY = INPUT_TABLES["zones"].column("category")
FILED = INPUT_TABLES["facilities"].column("filed")


def said(reading):
    return reading.value, reading.code


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        (None, None, ""),
        ("　", None, ""),
        (math.nan, None, ""),
        (math.inf, None, "number_infinite"),
        (True, None, "number_is_yes_no"),
        (dt.date(2021, 9, 15), None, "number_is_date"),
        (1200, 1200, ""),
        (1200.0, 1200, ""),
        (1200.5, None, "count_not_whole"),
        (0.1 * 3 * 10, 3, "count_nearly_whole"),
        (-1, None, "count_negative"),
        (2**53, None, "count_too_large"),
        ("１２００", 1200, "number_normalised"),
        ("一千二百", 1200, "number_chinese"),
        ("百百千", None, "number_unreadable"),
        ("1.2E3", None, "number_scientific"),
        ("1200①", None, "number_unreadable"),
    ],
)
def test_a_count(cell, value, code):
    assert said(read_number(cell, POPULATION)) == (value, code)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("107°12′14.4″E", 107.204),  # 12 / 60 + 14.4 / 3600
        ("107°30′W", -107.5),
        ("107°60′", None),
        ("107°12′60″", None),
        ("107,204", None),
    ],
)
def test_degrees(cell, value):
    found = read_number(cell, LONGITUDE)
    assert found.value == value
    assert found.code == ("degrees_unreadable" if value is None else "number_normalised")


@pytest.mark.parametrize(
    ("cell", "column", "value", "code"),
    [
        (None, CATEGORY, None, ""),
        (math.nan, FILED, None, ""),
        (" ", FILED, None, ""),
        (True, FILED, True, ""),
        (1.0, FILED, True, "word_read_as"),  # a spreadsheet's 1
        (0.0, FILED, False, "word_read_as"),
        ("——", CATEGORY, None, "dash_as_missing"),
        ("不详", FILED, None, "unknown_as_missing"),
        ("也许", FILED, None, "yes_no_unknown"),
        ("也许", CATEGORY, None, "word_unknown"),
    ],
)
def test_a_word(cell, column, value, code):
    table = "zones" if column is CATEGORY else "facilities"
    assert said(read_word(cell, column, table)) == (value, code)


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        (None, None, ""),
        (math.nan, None, ""),
        ("\u200e\u200b", None, ""),
        (17.0, "17", ""),
        (dt.date(2021, 9, 15), "2021-09-15", ""),
        ("阳光\u3000小区\n", "阳光 小区", "text_normalised"),
    ],
)
def test_a_name(cell, value, code):
    assert said(read_text(cell)) == (value, code)


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        (math.nan, None, ""),
        (False, None, "id_unreadable"),
        (dt.datetime(2021, 9, 15), None, "id_is_date"),  # noqa: DTZ001  # as a spreadsheet gives it
        (1.5, None, "id_unreadable"),
        (1e15, None, "id_digits_lost"),
        ("####", None, "id_unreadable"),  # a column too narrow, exported
        ("#3", "#3", ""),
        ('="007"', "007", "id_dressed"),
        ("'007", "007", "id_dressed"),
        ("无", None, "none_as_missing"),
        ("511724.0", "511724", "id_float_text"),
        ("1.0", "1.0", ""),
    ],
)
def test_an_id(cell, value, code):
    assert said(read_id(cell)) == (value, code)


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        (None, None, ""),
        ("", None, ""),
        (True, None, "date_unreadable"),
        (dt.datetime(2021, 9, 15, 16, tzinfo=dt.UTC), None, "date_time_zone"),  # the 16th in Dazhu
        (dt.datetime(2021, 9, 15, tzinfo=dt.UTC), dt.date(2021, 9, 15), ""),
        (dt.date(1021, 9, 15), None, "date_implausible"),
        (44454, dt.date(2021, 9, 15), "date_from_serial"),
        (20210915, dt.date(2021, 9, 15), "date_normalised"),
        (20211315, None, "date_impossible"),
        (123.5, None, "date_unreadable"),
        ("44454", dt.date(2021, 9, 15), "date_from_serial"),
        ("无", None, "none_as_missing"),
        ("-", None, "dash_as_missing"),
        ("不详", None, "unknown_as_missing"),
        ("15.9.2021", dt.date(2021, 9, 15), "date_normalised"),
        ("9/15/2021", dt.date(2021, 9, 15), "date_normalised"),
        ("15/15/2021", None, "date_impossible"),
        ("3/4/2021", None, "date_ambiguous"),
        ("2021年9月", dt.date(2021, 9, 1), "date_month_only"),
        ("2021", None, "date_year_only"),
        (2021, None, "date_year_only"),
        ("2021年", None, "date_year_only"),
        ("二〇二一年九月廿日", dt.date(2021, 9, 20), "date_normalised"),
        ("2021-09-15T00:00:00Z", dt.date(2021, 9, 15), "date_normalised"),
        ("2021-09-15 08:00:00+09:00", None, "date_time_zone"),
        ("哪天", None, "date_unreadable"),
    ],
)
def test_a_day(cell, value, code):
    assert said(read_date(cell)) == (value, code)


def test_day_numbers_of_a_mac_workbook_count_from_1904():
    assert read_date(42992, epoch=dt.date(1904, 1, 1)).value == dt.date(2021, 9, 15)
