"""Templates load as they stand, carry lists and notes, and are equal to the byte."""

from __future__ import annotations

import openpyxl
import pytest
import shapely

from capacity_planner.errors import Complaints, OutputError
from capacity_planner.loaders import load_county
from capacity_planner.loaders.template import write_template
from capacity_planner.schemas import FACILITY_TYPES
from capacity_planner.texts import LANGUAGES


@pytest.mark.parametrize("lang", LANGUAGES)
def test_template_loads_without_a_word(tmp_path, lang):
    found = Complaints()
    county = load_county(write_template(tmp_path / "new", lang=lang), complaints=found)
    assert [each.line("en") for each in found] == []
    assert county.tables.zones["population"].tolist() == [1200]
    assert county.tables.facilities["slots"].tolist() == [12]
    assert county.source.demonstration


def test_template_offers_lists_and_notes(tmp_path):
    book = openpyxl.load_workbook(write_template(tmp_path) / "facilities.xlsx")
    sheet = book["托育机构"]
    headings = [cell.value for cell in sheet[1]]
    assert "托位数（个）" in headings
    assert all(cell.comment for cell in sheet[1])
    lists = [rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert any(text.count(",") == len(FACILITY_TYPES) - 1 for text in lists)
    assert book.sheetnames == ["托育机构", "填表说明"]


def test_rows_filled_in_as_told_load(tmp_path):
    folder = write_template(tmp_path)
    book = openpyxl.load_workbook(folder / "zones.xlsx")
    sheet = book["居住区"]
    values = [cell.value for cell in sheet[2]]
    for number in range(2, 5):
        shift = f"{107.204 + number * 0.01:.3f}"
        row = [
            f"Z{number}",
            f"第{number}小区",
            *values[2:-1],
            values[-1].replace("107.20", shift[:-1]),
        ]
        for column, value in enumerate(row, start=1):
            sheet.cell(number + 1, column, value)
    book.save(folder / "zones.xlsx")
    found = Complaints()
    county = load_county(folder, complaints=found)
    assert county.tables.zones["population"].sum() == 4800
    told = {each.code for each in found}
    assert told == {"example_left", "township_total_differs", "county_total_differs"}


def offered(sheet):
    """Return the words of each column's drop-down list, by the column's number."""
    return {
        next(iter(rule.sqref.ranges)).min_col: rule.formula1.strip('"').split(",")
        for rule in sheet.data_validations.dataValidation
        if rule.type == "list"
    }


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("table", ["zones", "facilities", "townships"])
def test_every_word_that_a_list_offers_is_read_without_a_word(tmp_path, table, lang):
    """Row by row the example again, the lists turned on by one, ids and names its own."""
    folder = write_template(tmp_path, lang=lang)
    book = openpyxl.load_workbook(folder / f"{table}.xlsx")
    sheet = book.worksheets[0]
    example, lists = [cell.value for cell in sheet[2]], offered(sheet)
    for number in range(8):
        for column, value in enumerate(example, start=1):
            words = lists.get(column)
            own = f"{value}{number}" if column < 3 and number else value
            sheet.cell(2 + number, column, words[number % len(words)] if words else own)
    if table == "zones":
        _apart(sheet, example)
    book.save(folder / f"{table}.xlsx")
    found = Complaints()
    county = load_county(folder, complaints=found)
    assert len(getattr(county.tables, table)) == 8
    odd = {each.code for each in found}
    assert not odd & {
        "word_unknown",
        "word_read_as",
        "yes_no_unknown",
        "columns_unused",
        "text_normalised",
    }


def _apart(sheet, example):
    """Move each row's outline a hundredth of a degree farther east."""
    for number in range(8):
        outline = shapely.affinity.translate(shapely.from_wkt(example[-1]), number / 100)
        sheet.cell(2 + number, len(example), outline.wkt)


def test_template_overwrites_nothing(tmp_path):
    write_template(tmp_path)
    with pytest.raises(OutputError, match=r"county\.toml"):
        write_template(tmp_path)


def test_template_into_a_file_is_told(tmp_path):
    (tmp_path / "plain").write_text("x", "utf-8")
    with pytest.raises(OutputError):
        write_template(tmp_path / "plain")


def test_templates_are_equal_to_the_byte(tmp_path):
    one, two = write_template(tmp_path / "1"), write_template(tmp_path / "2")
    for path in one.iterdir():
        assert path.read_bytes() == (two / path.name).read_bytes(), path.name
