"""What becomes of the rows that offices send: headings, types, dates, people, places."""

from __future__ import annotations

import datetime as dt
import gc
from decimal import Decimal

import geopandas as gpd
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import pytest
from faults import clean_office, csv_text, geojson

from capacity_planner.errors import Complaints, PlannerError
from capacity_planner.loaders import load_county
from capacity_planner.loaders.matching import nearest_of
from capacity_planner.loaders.records import inputs
from capacity_planner.loaders.records.headings import match, read_heading
from capacity_planner.loaders.records.inputs import _digest
from capacity_planner.loaders.space.places import _unusable


@pytest.fixture
def office(tmp_path):
    return clean_office(tmp_path / "county")


def loaded(office):
    """Return the county's tables and what was told, by code."""
    found = Complaints()
    tables = load_county(office.write(), complaints=found).tables
    return tables, {each.code: each for each in found}


def refused(office):
    with pytest.raises(PlannerError) as caught:
        load_county(office.write())
    return {each.code: each for each in caught.value.complaints}


def people(tables):
    return tables.zones["population"].tolist()


PEOPLE = [1200, 700, 1250, 1251, 3000, 900]


@pytest.mark.parametrize(
    ("heading", "meant"),
    [
        ("人口（常住）", ("population", Decimal(1))),
        ("常住人口（万人）", ("population", Decimal(10_000))),
        ("人口（户籍）", None),  # others than those who live there
        ("常住人口（万人）（户籍）", None),
    ],
)
def test_a_remark_in_brackets_is_part_of_the_meaning(heading, meant):
    assert read_heading(heading, "zones", "resident") == meant


def _zones_as(office, change):
    """Send the zones as GeoParquet, its columns changed."""
    rows = [{k: v for k, v in row.items() if k != "geometry"} for row in office.zones]
    frame = gpd.GeoDataFrame(rows, geometry=[r["geometry"] for r in office.zones], crs=4326)
    frame["permitted_on"] = frame["permitted_on"].astype("datetime64[ns]")
    path = office.path("zones.parquet")
    frame.to_parquet(path)
    table = change(pq.read_table(path))
    pq.write_table(table, path)
    office.config["zones"] = {"file": "zones.parquet"}


def _column(table, name, values):
    return table.set_column(table.column_names.index(name), name, values)


def test_a_store_s_own_types_are_read_as_the_same_county(office, tmp_path):
    plain = clean_office(tmp_path / "plain")
    for row in plain.zones:
        row["name"] = "12"

    def change(table):
        table = _column(table, "population", pa.array(map(Decimal, PEOPLE), pa.decimal128(9, 1)))
        table = _column(table, "name", pa.array([12.0] * 6))
        return _column(table, "zone_id", pa.array([float(n) for n in range(101, 107)]))

    for number, row in enumerate(plain.zones):
        row["zone_id"] = str(101 + number)
    _zones_as(office, change)
    mine, told = loaded(office)
    other, _ = loaded(plain)
    assert people(mine) == PEOPLE
    for name in ("zone_id", "name", "category", "permitted_on"):
        assert mine.zones[name].tolist() == other.zones[name].tolist()
    assert "date_time_zone" not in told


def test_a_default_that_says_nothing_is_told_in_county_toml(office):
    for row in office.facilities:
        row.pop("zone_id", None)
    office.config["facilities"] = {"defaults": {"zone_id": "不详"}}
    found = refused(office)["default_unreadable"]
    assert (found.file, found.column) == ("county.toml", "facilities.defaults.zone_id")


def test_a_large_file_gets_its_fingerprint_beside_the_reading(office, monkeypatch):
    small, _ = loaded(office)
    monkeypatch.setattr(inputs, "_LARGE", 0)
    large, _ = loaded(office)
    assert large.files == small.files
    assert people(large) == PEOPLE


def test_where_every_outline_is_broken_nothing_is_said_of_missing_ones(office):
    broken = csv_text(office.zones).replace("POLYGON ((", "POLYGON (")
    office.put("zones", "zones.csv", broken, crs="EPSG:4326")
    found = refused(office)
    assert "wkt_unreadable" in found
    assert "zones_without_shapes" not in found


def test_a_heading_may_be_named_in_other_widths(office):
    for row in office.zones:
        row["常住（人）"] = row.pop("population")
    office.config["zones"] = {"columns": {"population": "常住(人)"}}
    assert people(loaded(office)[0]) == PEOPLE


def _book(office, change, sheets=("机构",)):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in sheets:
        sheet = book.create_sheet(name)
        sheet.append(list(office.facilities[0]))
        for row in office.facilities:
            sheet.append(list(row.values()))
    change(book)
    book.save(office.path("facilities.xlsx"))
    office.config["facilities"] = {"file": "facilities.xlsx"}


def test_a_moment_in_a_column_of_numbers_is_shown_as_the_office_sees_it(office):
    def change(book):
        book["机构"]["D2"] = dt.datetime(2021, 9, 15, 16, 30)  # noqa: DTZ001

    _book(office, change)
    found = refused(office)["number_is_date"]
    assert found.value == "2021-09-15 16:30:00"


def test_a_hidden_column_without_heading_is_nothing_to_tell(office):
    def change(book):
        book["机构"].column_dimensions["Z"].hidden = True
        book["机构"].column_dimensions["D"].hidden = True

    _book(office, change)
    found = Complaints()
    load_county(office.write(), complaints=found)
    assert [each.column for each in found if each.code == "column_hidden"] == ["D slots"]


def test_of_sheets_that_all_lack_something_the_likeliest_is_told_about(office):
    def change(book):
        book["机构"]["D1"] = "其他"
        book["说明"].delete_cols(2, 20)

    _book(office, change, sheets=("说明", "机构"))
    assert {each.sheet for each in refused(office).values()} == {"机构"}


def test_a_row_whose_id_is_a_heading_s_word_is_a_row(office):
    office.facilities[0]["facility_id"] = "type"
    tables, told = loaded(office)
    assert "type" in tables.facilities["facility_id"].tolist()
    assert "heading_repeated" not in told


def test_the_sum_of_a_folder_is_that_of_its_files(tmp_path):
    (tmp_path / "a").write_text("content", encoding="utf-8")
    before = _digest(tmp_path)
    (tmp_path / "empty").mkdir()
    assert _digest(tmp_path) == before
    (tmp_path / "empty" / "b").write_text("more", encoding="utf-8")
    assert _digest(tmp_path) != before


def test_a_policy_without_a_day_for_new_areas_cannot_date_a_zone(office):
    office.config["policy"] = "china-national"
    office.zones[0]["category"] = None
    assert "category_without_rule" in refused(office)


def test_a_policy_without_a_day_for_new_areas_contradicts_no_zone(office):
    office.config["policy"] = "china-national"
    assert "category_differs_from_date" not in loaded(office)[1]


def test_a_month_alone_dates_a_zone_unless_it_is_the_rule_s_own(office):
    office.zones[0] |= {"category": None, "permitted_on": "2022-03"}
    assert loaded(office)[0].zones["category"].iloc[0] == "new"


def test_people_of_a_zone_without_dwellings_cannot_be_planned(office):
    office.zones[1] |= {"population": None, "dwellings": None}
    found = refused(office)["population_missing"]
    assert found.column == "population"
    office.zones[2]["population"] = None
    assert "population_missing" in refused(office)


def test_distances_without_their_columns_are_refused_by_heading(office):
    office.put("distances", "distances.csv", csv_text([{"facility_id": "F01", "far": 3}]), unit="m")
    assert refused(office)


def test_a_facility_in_no_zone_may_stand_alone(office):
    del office.facilities[1:]
    office.facilities[0] |= {"lon": 107.2005, "lat": 30.7125}  # north of all zones
    tables, told = loaded(office)
    assert "facility_off_site" not in told
    assert len(tables.facilities) == 1


def test_a_system_that_does_not_say_where_it_is_used_holds_everywhere(office, tmp_path):
    office.config["zones"] = {"crs": "+proj=longlat +ellps=GRS80 +type=crs"}
    mine, plain = loaded(office)[0], loaded(clean_office(tmp_path / "plain"))[0]
    assert mine.zones.area.tolist() == pytest.approx(plain.zones.area.tolist(), rel=1e-6)


def test_a_datum_whose_shift_nobody_knows_is_refused(office):
    office.config["zones"] = {"crs": "+proj=longlat +ellps=clrk66 +type=crs"}
    assert "crs_shift_unknown" in refused(office)


def test_loading_leaves_the_collector_as_it_was(office):
    gc.disable()
    try:
        loaded(office)
        assert not gc.isenabled()
    finally:
        gc.enable()
    load_county(office.folder)
    assert gc.isenabled()


def test_a_heading_that_was_cut_where_two_columns_are_still_alike_is_neither():
    cut = frozenset({"migrant_", "permitted_"})
    found = match(["migrant_", "permitted_"], table="zones", named={}, base="resident", cut=cut)
    assert found.columns == {"permitted_on": 1}


def test_a_boundary_without_an_outline_is_refused(office):
    office.put("boundary", "boundary.geojson", geojson([{"name": "县", "geometry": None}]))
    assert {each.file for each in refused(office).values()} == {"boundary.geojson"}


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("EPSG:4490", ""),
        ("EPSG:4301", ""),  # Tokyo's, on Bessel's ellipsoid: its shift is known
        ("+proj=longlat +ellps=clrk66 +type=crs", "crs_shift_unknown"),
        ("+proj=geocent +ellps=GRS80 +type=crs", "crs_not_on_the_ground"),
    ],
)
def test_a_system_serves_where_the_way_to_ours_is_known(system, code):
    assert _unusable(pyproj.CRS(system)) == code


def test_among_more_ids_than_can_be_compared_none_is_offered_as_nearest():
    assert nearest_of(["1"], range(20_000)) == ["1"]
    assert nearest_of(["1"], range(20_001)) == ["—"]
