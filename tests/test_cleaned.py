"""The cleaned copy loads, to the same figures, and shows each repair where it was made."""

from __future__ import annotations

import errno
from datetime import date
from importlib.resources import files

import faults_tables  # noqa: F401  # registers its cases
import faults_values  # noqa: F401
import openpyxl
import pytest
import shapely
import xlsxwriter
from faults import FAULTS, clean_office, difference, geojson

from capacity_planner.errors import Complaints, InputError, OutputError
from capacity_planner.loaders import load_county, write_cleaned, write_complaints, write_template
from capacity_planner.loaders.cleaned import toml_text

CASES = (
    "totals_row",
    "title_rows",
    "thousands_comma",
    "date_chinese",
    "category_synonym",
    "headings_chinese",
)


def spoilt(tmp_path, name):
    office = clean_office(tmp_path / "county")
    FAULTS[name].build(office)
    return load_county(office.write())


@pytest.mark.parametrize("name", CASES)
def test_cleaned_copy_loads_to_the_same_figures(tmp_path, name):
    county = spoilt(tmp_path, name)
    found = Complaints()
    again = load_county(write_cleaned(county, tmp_path / "out"), complaints=found)
    assert difference(again, county) == ""
    assert list(found) == []


def test_registered_base_becomes_residents(tmp_path):
    office = clean_office(tmp_path / "county")
    office.config["choices"] = {"population_base": "registered"}
    for row in office.zones:
        row["migrant_population"] = 100
    county = load_county(office.write())
    again = load_county(write_cleaned(county, tmp_path / "out"))
    assert difference(again, county) == ""
    assert (
        again.tables.zones["population"].sum() == sum(r["population"] for r in office.zones) + 600
    )


def test_repairs_are_marked_and_listed(tmp_path):
    county = spoilt(tmp_path, "thousands_comma")
    book = openpyxl.load_workbook(write_cleaned(county, tmp_path / "out") / "cleaned.xlsx")
    sheet = book["居住区"]
    column = next(cell.column for cell in sheet[1] if cell.value == "常住人口（人）")
    cell = sheet.cell(2, column)
    assert cell.value == 1200
    assert "1,200" in cell.comment.text
    assert cell.fill.start_color.rgb == "FFFFF2B3"
    changes = [row[1] for row in book["修改清单"].iter_rows(values_only=True)]
    assert "number_normalised" in changes


def test_names_never_become_formulas(tmp_path):
    office = clean_office(tmp_path / "county")
    office.facilities[0]["name"] = "=HYPERLINK(1)"
    county = load_county(office.write())
    book = openpyxl.load_workbook(write_cleaned(county, tmp_path / "out") / "cleaned.xlsx")
    cells = [cell for row in book["托育机构"].iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_a_filled_folder_is_left_alone(tmp_path):
    county = spoilt(tmp_path, "totals_row")
    write_cleaned(county, tmp_path / "out")
    with pytest.raises(OutputError):
        write_cleaned(county, tmp_path / "out")


def test_errors_go_back_to_the_office_as_a_list(tmp_path):
    office = clean_office(tmp_path / "in")
    office.facilities[0].update(type="小卖部", slots="约六十", name="=1+1")
    found = Complaints()
    with pytest.raises(InputError) as refusal:
        load_county(office.write(), complaints=found)
    path = write_complaints(refusal.value.complaints, tmp_path / "out", lang="zh")
    rows = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    assert len(rows) == len(refusal.value.complaints) + 1
    told = {row[1]: row for row in rows[1:]}
    assert told["word_unknown"][2:7] == ("facilities.csv", "", "2", "type", "小卖部")
    assert told["number_approximate"][0] == "已修复"
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["complaints.xlsx"]
    with pytest.raises(OutputError):
        write_complaints(refusal.value.complaints, tmp_path / "out")


@pytest.fixture
def full_disk(monkeypatch):
    """From here on, a workbook finds no space when it is put on disk."""

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    return lambda: monkeypatch.setattr(xlsxwriter.workbook, "ZipFile", full)


def test_a_full_disk_is_told_by_whatever_writes_a_workbook(tmp_path, full_disk):
    county = spoilt(tmp_path, "totals_row")
    full_disk()
    writers = (
        lambda: write_cleaned(county, tmp_path / "copy"),
        lambda: write_complaints(county.tables.complaints, tmp_path / "list"),
        lambda: write_template(tmp_path / "template"),
    )
    for write in writers:
        with pytest.raises(OutputError, match="No space left on device") as caught:
            write()
        assert caught.value.complaints[0].code == "template_unwritable"


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError) as caught:
        write_complaints([], tmp_path / "file" / "list")
    assert caught.value.complaints[0].code == "template_unwritable"


def test_the_copy_takes_the_county_s_own_policy_plans_and_boundary_along(tmp_path):
    office = clean_office(tmp_path / "county")
    policy = files("capacity_planner") / "policies" / "dazhu-2021-57.toml"
    office.path("ours.toml").write_bytes(policy.read_bytes())
    office.config["policy"] = "ours.toml"
    grown = {"facility_id": "F01", "slots": 90, "on": date(2026, 7, 1)}
    growing = {"zh": "中", "en": "middle", "growth_per_year": {"default": 0.01, "511724001": 0.02}}
    plan = {"horizon": 2027, "scenarios": {"middle": growing}, "grow": [grown]}
    whole = shapely.union_all([row["geometry"] for row in office.townships])
    office.put("boundary", "boundary.geojson", geojson([{"name": "县", "geometry": whole}]))
    folder = office.write()
    with (folder / "county.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n" + toml_text({"forecast": plan}))
    county = load_county(folder)
    again = load_county(write_cleaned(county, tmp_path / "out"))
    assert again.source.forecast == county.source.forecast
    assert again.source.policy == county.source.policy
    assert (tmp_path / "out" / "ours.toml").is_file()
    assert again.tables.boundary.geometry.area.sum() == pytest.approx(
        county.tables.boundary.geometry.area.sum()
    )
