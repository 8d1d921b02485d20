"""County folders: settings checked whole, choices with their origin, nothing outside is reached."""

from __future__ import annotations

import dataclasses
import pickle
import shutil
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from bad_files import bad_files, check_told
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from capacity_planner import county as room
from capacity_planner.county import (
    Choices,
    County,
    TableConfig,
    open_county,
    shipped_counties,
    shipped_folder,
)
from capacity_planner.county.models import TABLES, CountyFile
from capacity_planner.errors import CountyError, PlannerError, PolicyError, UnknownNameError
from capacity_planner.policy import load_choices
from capacity_planner.schemas import INPUT_TABLES, Tables
from capacity_planner.texts import load_catalogue

BAD = bad_files("counties")

LEAST = """
schema = 1
name = "试验县"
as_of = 2025-12-31
policy = "dazhu-2021-57"
[zones]
file = "zones.geojson"
[facilities]
file = "facilities.csv"
"""

FULL = """
schema = 1
name = "试验县"
name_en = "Test County"
code = "000001"
as_of = 2025-12-31
policy = "rules/own.toml"
measure_crs = "EPSG:4545"
demonstration = true

[zones]
file = "data/zones.gpkg"
layer = "小区"
crs = "EPSG:4490"
datum = "cgcs2000"
[zones.columns]
zone_id = "小区编号"
[zones.defaults]
category = "existing"
dwellings = 100
floor_area_m2 = 1200
permitted_on = 2010-01-01
rural_childcare_considered = "yes"
name = "无名"

[facilities]
file = 'data\\f.xlsx'
sheet = "托育"
header_row = 3
[facilities.defaults]
filed = true
inclusive = "否"

[population]
file = "p.csv"
encoding = "gb18030"
distribute = true

[townships]
file = "t.shp"
[candidates]
file = "c.csv"
[candidates.defaults]
cost_per_slot = 12000.50
[distances]
file = "d.csv"
unit = "min"
[gates]
file = "g.csv"
[boundary]
file = "b.geojson"

[choices]
radius_m = 500
distance = "network"
persons_per_dwelling = 2.30

[forecast]
horizon = 2035
[forecast.scenarios.middle]
zh = "中方案"
en = "middle"
growth_per_year = { default = -0.004, new = 0.02 }
population_by_year = { 000001 = { 2030 = 41200 } }
occupancy = [0.3, 0.6, 1]
children_share = 0.0225

[siting]
mode = "budget"
budget = 5000000
land_m2_per_slot = 12.5
area_source = "县里提供"
[siting.costs.lease]
fixed_cost = 100000
cost_per_slot = 8000
source = "县里提供"

[targets.own]
zh = "县目标"
en = "the county's target"
value = 4.5
unit = "slots_per_1000_residents"
by = 2030-12-31
source = "县里提供"
"""

POLICY = """
schema = 1
id = "own"
name = "规定"
name_en = "Rules"
[documents.rule]
title = "规定"
title_en = "Rules"
confidence = "A"
[rules]
ratio_new = { value = 9, unit = "slots_per_1000_residents", from = 2020-01-01, \
document = "rule", clause = "1" }
"""


def _folder(tmp_path, text=LEAST):
    (tmp_path / "county.toml").write_text(text, "utf-8")
    return tmp_path


def _faults(call, *args, error=CountyError, **kwargs):
    with pytest.raises(error) as caught:
        call(*args, **kwargs)
    return caught.value.complaints


@pytest.fixture
def full(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.toml").write_text(POLICY, "utf-8")
    return open_county(_folder(tmp_path, FULL))


# ------------------------------------------------------------------ what is read


def test_the_least_that_a_county_must_say(tmp_path):
    county = open_county(_folder(tmp_path))
    assert (county.name, county.name_en, county.code) == ("试验县", "试验县", "")
    assert county.as_of == date(2025, 12, 31)
    assert county.policy.id == "dazhu-2021-57"
    assert county.measure_crs is None
    assert not county.demonstration
    assert list(county.tables) == ["zones", "facilities"]
    assert county.tables["zones"] == TableConfig(file="zones.geojson")
    assert county.tables["zones"].datum == "wgs84"
    assert (county.forecast, county.siting, dict(county.targets)) == (None, None, {})


def test_everything_that_a_county_can_say(full):
    assert full.policy.rules[0].value == 9
    assert full.measure_crs == "EPSG:4545"
    assert full.demonstration
    assert list(full.tables) == [name for name in TABLES if name != "roads"]
    zones = full.tables["zones"]
    assert (zones.layer, zones.crs, zones.datum) == ("小区", "EPSG:4490", "cgcs2000")
    assert zones.columns == {"zone_id": "小区编号"}
    facilities = full.tables["facilities"]
    assert (facilities.sheet, facilities.header_row) == ("托育", 3)
    assert full.tables["population"].distribute
    assert full.tables["population"].encoding == "gb18030"
    assert full.tables["distances"].unit == "min"
    scenario = full.forecast.scenarios["middle"]
    assert full.forecast.horizon == 2035
    assert scenario.growth_per_year == {"default": Decimal("-0.004"), "new": Decimal("0.02")}
    assert scenario.population_by_year == {"000001": {"2030": 41_200}}
    assert scenario.occupancy == [Decimal("0.3"), Decimal("0.6"), Decimal(1)]
    assert full.siting.costs["lease"].cost_per_slot == 8000
    assert full.siting.land_m2_per_slot == Decimal("12.5")
    assert full.targets["own"].by == date(2030, 12, 31)


def test_defaults_take_the_type_of_their_column(full):
    assert full.tables["zones"].defaults == {
        "category": "existing",
        "dwellings": 100,
        "floor_area_m2": Decimal(1200),
        "permitted_on": date(2010, 1, 1),
        "rural_childcare_considered": True,
        "name": "无名",
    }
    assert full.tables["facilities"].defaults == {"filed": True, "inclusive": False}
    assert full.tables["candidates"].defaults == {"cost_per_slot": Decimal("12000.50")}


@pytest.mark.parametrize(
    ("word", "meant"),
    [('"yes"', True), ('"no"', False), ('"是"', True), ('"否"', False), ("false", False)],
)
def test_yes_and_no_in_either_language(tmp_path, word, meant):
    county = open_county(_folder(tmp_path, LEAST + f"defaults = {{ filed = {word} }}\n"))
    assert county.tables["facilities"].defaults["filed"] is meant


@pytest.mark.parametrize("horizon", [2026, 2075])
def test_how_far_a_forecast_may_look(tmp_path, horizon):
    scenario = '[forecast.scenarios.low]\nzh = "低"\nen = "low"\n'
    text = f"{LEAST}[forecast]\nhorizon = {horizon}\n{scenario}"
    assert open_county(_folder(tmp_path, text)).forecast.horizon == horizon


@pytest.mark.parametrize(("slots", "accepted"), [("30", True), ("29", False)])
def test_a_site_may_be_of_one_size(tmp_path, slots, accepted):
    text = f'[siting]\nmin_slots = 30\nmax_slots = {slots}\nsize_source = "县里"\n'
    folder = _folder(tmp_path, LEAST + text)
    if accepted:
        assert open_county(folder).siting.max_slots == 30
    else:
        assert _faults(open_county, folder)[0].code == "county_min_above_max"


def test_limits_of_size_and_areas_need_a_source(tmp_path):
    folder = _folder(tmp_path, LEAST + "[siting]\nmin_slots = 30\nfloor_m2_per_slot = 9\n")
    told = [(each.code, each.column) for each in _faults(open_county, folder)]
    assert told == [
        ("settings_missing_key", "siting.area_source"),
        ("settings_missing_key", "siting.size_source"),
    ]


def test_a_folder_can_be_sent_to_another_process(full):
    assert pickle.loads(pickle.dumps(full)) == full  # noqa: S301  # our own bytes


def test_settings_cannot_be_changed(full):
    county = County(full, Tables(zones="z", facilities="f", townships="t"))
    for each, name in ((full, "name"), (full.choices, "basis"), (county, "tables")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(each, name, None)
    with pytest.raises(ValidationError):
        full.tables["zones"].file = "other.geojson"


def test_the_hash_follows_the_file(tmp_path):
    first = open_county(_folder(tmp_path)).sha256
    assert len(first) == 64
    assert open_county(_folder(tmp_path, LEAST + "# \n")).sha256 != first


def test_sections_are_the_input_tables():
    assert set(TABLES) == set(INPUT_TABLES)
    assert set(TABLES) <= set(CountyFile.model_fields)


# ------------------------------------------------------------------ files with one mistake each


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_file_is_refused_with_its_faults(path, tmp_path):
    shutil.copyfile(path, tmp_path / "county.toml")
    faults = _faults(open_county, tmp_path, error=(CountyError, PolicyError))
    check_told(path, faults)


def test_faults_of_several_sections_come_at_once(tmp_path):
    text = LEAST.replace("zones.geojson", "../zones.geojson") + (
        'columns = { slot = "托位" }\n[choices]\nradius = 1\nbasis = "x"\n'
    )
    assert {fault.code for fault in _faults(open_county, _folder(tmp_path, text))} == {
        "settings_outside",
        "county_column_unknown",
        "choice_unknown",
        "choice_not_allowed",
    }


@given(st.data())
def test_a_mangled_file_is_read_or_refused(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp() / "mangled"
    folder.mkdir(exist_ok=True)
    text = FULL.replace("rules/own.toml", "dazhu-2021-57")
    start = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 30))
    put = data.draw(
        st.one_of(
            st.text(max_size=8),
            st.sampled_from(
                ["=", "[", "]", '"', "\n", "{", "}", "true", "-1", "nan", "1e9", "[[a]]"]
            ),
        )
    )
    mangled = text[:start] + put + text[start + cut :]
    (folder / "county.toml").write_bytes(mangled.encode("utf-8", "replace"))
    with suppress(PlannerError):
        assert open_county(folder).name


# ------------------------------------------------------------------ names and folders


def test_shipped_counties_open_by_name():
    assert "dazhu" in shipped_counties()
    county = open_county("dazhu")
    assert county.folder == shipped_folder("dazhu")
    assert county.code == "511724"
    assert county.demonstration


@pytest.mark.parametrize(
    "name",
    [
        "..",
        "../..",
        "dazhu/..",
        "/",
        "",
        ".",
        "dazhu/",
        "../data/dazhu",
        "大竹",
        "dazhu\0",
        "x" * 9999,
    ],
)
def test_only_names_are_looked_up_among_the_shipped(name):
    (fault,) = _faults(shipped_folder, name, error=UnknownNameError)
    assert fault.code == "county_unknown"
    assert "dazhu" in fault.line("en")
    assert len(fault.line("zh")) < 300


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("dazu", "county_unknown"),
        ("", "county_unknown"),
        ("no/such/folder", "county_unknown"),
        ("a\0b", "county_unknown"),
        ("x" * 9999, "county_unknown"),
        (".", "county_file_missing"),
        ("..", "county_file_missing"),
        ("some.csv", "county_not_a_folder"),
        ("county.toml", "county_not_a_folder"),
        ("loop", "county_unknown"),
    ],
)
def test_what_is_no_county_is_told(tmp_path, monkeypatch, name, code):
    inner = tmp_path / "empty"
    inner.mkdir()
    monkeypatch.chdir(inner)
    for file in ("some.csv", "county.toml"):
        (tmp_path / file).touch()
    (inner / "loop").symlink_to("loop")
    given = tmp_path / name if code == "county_not_a_folder" else name
    if name == "..":
        (tmp_path / "county.toml").unlink()
    (fault,) = _faults(open_county, given)
    assert fault.code == code
    assert fault.remedy("zh")


def test_a_path_is_never_a_shipped_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (fault,) = _faults(open_county, Path("dazhu"))
    assert fault.params["nearest"] == "dazhu"
    (tmp_path / "dazhu").mkdir()
    _folder(tmp_path / "dazhu")
    assert open_county(Path("dazhu")).name == "试验县"
    assert open_county("./dazhu").name == "试验县"
    assert open_county("dazhu").name == "大竹县"


def test_county_toml_that_is_a_folder_is_told(tmp_path):
    (tmp_path / "county.toml").mkdir()
    (fault,) = _faults(open_county, tmp_path)
    assert fault.code == "settings_no_file"


def test_data_of_the_wheel_go_before_those_of_a_checkout(tmp_path, monkeypatch):
    (tmp_path / "wheel" / "a").mkdir(parents=True)
    _folder(tmp_path / "wheel" / "a")
    (tmp_path / "wheel" / "no-county").mkdir()
    monkeypatch.setattr(room.folder, "_IN_WHEEL", tmp_path / "wheel")
    assert shipped_counties() == ("a",)
    assert open_county("a").name == "试验县"
    assert _faults(open_county, "dazhu")[0].code == "county_unknown"


# ------------------------------------------------------------------ paths of tables


def test_a_tables_path_lies_in_the_folder(full):
    assert full.path_of("zones") == full.folder / "data" / "zones.gpkg"
    assert full.path_of("facilities") == full.folder / "data" / "f.xlsx"
    with pytest.raises(KeyError):
        full.path_of("roads")


def test_a_link_out_of_the_folder_is_refused_when_opened_and_when_it_appears_later(tmp_path):
    folder = tmp_path / "county"
    folder.mkdir()
    (tmp_path / "secret.geojson").touch()
    county = open_county(_folder(folder))
    (folder / "zones.geojson").symlink_to("../secret.geojson")
    for call in (lambda: county.path_of("zones"), lambda: open_county(folder)):
        (fault,) = _faults(call)
        assert (fault.code, fault.column) == ("settings_outside", "zones.file")


# ------------------------------------------------------------------ choices


def test_choices_have_a_field_each():
    open_ones = [choice.id for choice in load_choices().values() if not choice.fixed]
    fields = [field.name for field in dataclasses.fields(Choices)]
    assert fields == [*open_ones, "origin"]


def test_origins_say_who_decided(full):
    origin = full.choices.replace(basis="statistical").origin
    assert origin["radius_m"] == "county"
    assert origin["basis"] == "command"
    assert origin["undated"] == "project"
    assert Choices.of({}).origin["persons_per_dwelling"] == "open"
    labels = load_catalogue("labels")
    assert all(f"decided.{each}" in labels for each in ("project", "county", "command", "open"))


def test_choices_given_again_are_the_commands_even_if_equal(full):
    again = full.choices.replace(radius_m=500)
    assert again == full.choices
    assert again.origin["radius_m"] == "command"


def test_replacing_leaves_the_first_untouched(full):
    before = dict(full.choices.origin)
    full.choices.replace(radius_m=800)
    assert full.choices.radius_m == 500
    assert dict(full.choices.origin) == before


def test_rows_print_every_choice_in_order(full):
    rows = full.choices.rows()
    assert rows[0] == ("radius_m", 500, "county")
    assert ("persons_per_dwelling", Decimal("2.30"), "county") in rows
    assert [row[0] for row in rows] == [c.id for c in load_choices().values() if not c.fixed]
    everything = full.choices.rows(fixed=True)
    assert [row[0] for row in everything] == list(load_choices())
    assert ("rounding", "ceiling_per_unit", "project") in everything
    assert ("persons_per_dwelling", None, "open") in Choices.of({}).rows()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"radius": 300}, "choice_unknown"),
        ({"origin": {}}, "choice_unknown"),
        ({"radius_m": -1}, "choice_not_whole"),
        ({"basis": "all"}, "choice_not_allowed"),
        ({"persons_per_dwelling": 0}, "choice_not_number"),
        ({"rounding": "ceiling_per_unit"}, "choice_fixed"),
    ],
)
def test_choices_on_the_command_line_are_checked(changes, code):
    (fault,) = _faults(Choices.of({}).replace, **changes)
    assert (fault.code, fault.file) == (code, "")
    assert fault.column in changes


def test_several_wrong_choices_are_told_at_once():
    assert len(_faults(Choices.of, {"radius": 1, "basis": 2, "distance": "x"})) == 3


# ------------------------------------------------------------------ a loaded county


@pytest.fixture
def county(full):
    return County(full, Tables(zones="z", facilities="f", townships="t"))


def test_a_county_answers_for_its_folder(county, full):
    assert county.name == "试验县"
    assert county.as_of == full.as_of
    assert county.policy is full.policy
    assert county.choices is full.choices


def test_a_county_with_other_choices_or_tables_is_another(county):
    other = county.with_choices(radius_m=800, basis="statistical")
    assert (other.choices.radius_m, county.choices.radius_m) == (800, 500)
    assert other.tables is county.tables
    assert county.with_tables(facilities="g").tables == Tables("z", "g", "t")
    assert county.tables.facilities == "f"
    assert county.with_choices() == county


@pytest.mark.parametrize(
    "changes",
    [
        {"population_base": "registered"},
        {"persons_per_dwelling": 3},
        {"undated": "new"},
        {"walking_m_per_min": 80},
    ],
)
def test_choices_that_shaped_the_tables_cannot_change_afterwards(county, changes):
    (fault,) = _faults(county.with_choices, **changes)
    assert fault.code == "choice_too_late"
    assert county.source.with_choices(**changes).choices != county.choices


def test_choices_that_shaped_the_tables_may_be_repeated(county):
    same = county.with_choices(persons_per_dwelling="2.3", population_base="resident")
    assert same.choices == county.choices
