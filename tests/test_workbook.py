"""The workbook's formulas give what the run gave: cached, in LibreOffice, and in a formula library."""

import csv
import math
import zipfile
from fractions import Fraction

import hypothesis
import hypothesis.strategies as st
import ironcalc
import numpy as np
import pandas as pd
import pytest
from openpyxl.utils.cell import coordinate_to_tuple
from recalculated import (
    HEAD_ROW,
    convert,
    english,
    formula_cells,
    needs_office,
    open_workbook,
    sheet_rows,
    without_values,
)
from squares import county, middle, square

from capacity_planner.assessment import assess
from capacity_planner.calculator import distribute_whole
from capacity_planner.loaders import load_county
from capacity_planner.planning import site
from capacity_planner.report import write_csv_tables, write_workbook
from capacity_planner.report.workbook.grid import Field, Grid, sum_where
from capacity_planner.texts import label, text_width

NAMES = ("=1+1", "@SUM(A1)", "+A1", "-2", "https://a.example/", "{{7*7}}", "老=院&里", "12")


@pytest.fixture(scope="module")
def gaps():
    return assess(load_county("dazhu"))


@pytest.fixture(scope="module")
def book(gaps, tmp_path_factory):
    return write_workbook(gaps, tmp_path_factory.mktemp("book"), run_hash="ab" * 32)


@pytest.fixture(scope="module")
def squares():
    people = (700, 1250, 1251, 45, 45, 45, 0, 999)
    zones = [
        {
            "zone_id": f"Z{at}",
            "name": name,
            "population": number,
            "category": "new" if at == 0 else "existing",
            "unit_id": "U" if 3 <= at <= 5 else None,
            "township_code": f"T{at % 2}",
            "children_u3": 30,
            "migrant_u3": at,
            "geometry": square(4 * at, 0),
        }
        for at, (name, number) in enumerate(zip(NAMES, people, strict=True))
    ]
    facilities = [
        {"facility_id": "=F1", "name": "=cmd", "slots": 9, "geometry": middle(4, 0)},
        {"facility_id": "F2", "slots": 3, "filed": False, "geometry": middle(8, 0)},
    ]
    return assess(county(zones, facilities))


@hypothesis.given(
    population=st.integers(0, 5_000_000),
    ratio=st.decimals("0.000001", "100", places=6),
)
def test_the_formula_of_the_requirement_is_exact_in_binary_floating_point(population, ratio):
    shown = math.ceil(round(population * float(ratio), 6) / 1000)
    assert shown == math.ceil(Fraction(ratio) * population / 1000)


@pytest.mark.parametrize(
    ("population", "ratio", "slots"), [(700, 10, 7), (1250, 8, 10), (1251, 8, 11), (1000, 2.3, 3)]
)
def test_requirements_by_hand(population, ratio, slots):
    assert math.ceil(round(population * ratio, 6) / 1000) == slots


def test_cached_values_are_the_run_s(gaps, book):
    read = open_workbook(book, values=True)
    zones = sheet_rows(read, "居住区")
    assert len(zones) == len(gaps.zones)
    columns = {
        "Residents": "population",
        "Required": "required",
        "Served": "attributed",
        "Near but full": "in_reach",
        "None near": "out_of_reach",
        "Shortfall": "shortfall",
        "Certain shortfall": "shortfall_certain",
        "Possible shortfall": "shortfall_possible",
    }
    for shown, (_, row) in zip(zones, gaps.zones.iterrows(), strict=False):
        assert shown["Zone id"] == row["zone_id"]
        for heading, name in columns.items():
            expected = None if pd.isna(row[name]) else int(row[name])
            assert shown[heading] == expected, (row["zone_id"], heading)
    for shown, (_, row) in zip(
        sheet_rows(read, "乡镇街道"), gaps.townships.iterrows(), strict=False
    ):
        assert shown["Township code"] == row["township_code"]
        assert shown["Shortfall"] == row["shortfall"]
        assert shown["Required, rounded once"] == row["required_pooled"]


def test_a_requirement_is_a_formula_wherever_there_is_a_number(gaps, book):
    read = open_workbook(book, values=False)
    required = [row["Required"] for row in sheet_rows(read, "居住区")]
    known = gaps.zones["required"].notna().tolist()
    assert [isinstance(each, str) and each.startswith("=") for each in required] == known


def test_every_sheet_has_titles_panes_filters_and_print_set_up(book):
    read = open_workbook(book, values=True)
    assert read.sheetnames[:3] == ["汇总", "乡镇街道", "居住区"]
    for sheet in read:
        assert sheet.freeze_panes, sheet.title
        assert sheet.page_setup.paperSize in {8, 9}
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert "演示数据" in sheet["A2"].value
        heads = [cell.value for cell in sheet[HEAD_ROW] if cell.value]
        assert all("\n" in each for each in heads), sheet.title
    assert read["居住区"].auto_filter.ref is not None


def test_same_figures_same_bytes(gaps, book, tmp_path):
    again = write_workbook(gaps, tmp_path, run_hash="ab" * 32)
    assert again.read_bytes() == book.read_bytes()


def test_names_are_never_formulas_or_links(squares, tmp_path):
    path = write_workbook(squares, tmp_path)
    read = open_workbook(path, values=False)
    names = [row["Name"] for row in sheet_rows(read, "居住区")]
    assert names[: len(NAMES)] == list(NAMES)
    cells = {cell for row in read["居住区"].iter_rows() for cell in row if cell.value in NAMES}
    assert cells
    assert all(cell.data_type == "s" and cell.hyperlink is None for cell in cells)
    with zipfile.ZipFile(path) as parts:
        assert not any(
            b"a.example" in parts.read(name) for name in parts.namelist() if "_rels" in name
        )


def test_english_stands_first_on_request(squares, tmp_path):
    read = open_workbook(write_workbook(squares, tmp_path, lang="en"), values=True)
    assert read.sheetnames[0] == "Summary"
    assert read["Zones"][HEAD_ROW][0].value == "Zone id\n居住区编号"


@pytest.mark.parametrize(
    ("keys", "plain"),
    [
        (["511724001", "511724002"], True),
        (["a", "A"], False),
        (["1", "01"], False),
        (["1", "1.0"], False),
        (["12345678901234567", "12345678901234568"], False),
        (["a*", "b"], False),
        (["", "b"], False),
        ([">5", "b"], False),
    ],
)
def test_sumif_is_used_only_where_it_tells_keys_apart(keys, plain):
    assert sum_where(keys, "A:A", "A1", "B:B").startswith("SUMIF") == plain


def by_office(path, tmp_path, edits=None):
    """Return a reader of cells as LibreOffice computes them from nothing."""
    bare = without_values(path, tmp_path / "bare.xlsx", edits=edits)
    folder = tmp_path / "office"
    folder.mkdir()
    read = open_workbook(convert(bare, folder, "xlsx"), values=True)
    return lambda sheet, cell: read[sheet][cell].value


def by_library(path, tmp_path, edits=None):
    """Return a reader of cells as a formula library computes them; every cached value is wrong."""
    wrong = without_values(path, tmp_path / "wrong.xlsx", edits=edits, instead="-987")
    model = ironcalc.load_from_xlsx(str(wrong), "en", "UTC", "en")
    model.evaluate()
    sheets = [each["name"] for each in model.get_worksheets_properties()]

    def read(sheet, cell):
        value = model.get_cell_value(sheets.index(sheet), *coordinate_to_tuple(cell))
        return None if value == "" else value

    return read


ENGINES = (
    pytest.param(by_office, marks=[pytest.mark.office, needs_office], id="libreoffice"),
    pytest.param(by_library, id="library"),
)
RATIO_OF_8_BECOMES_9_3 = {r"(<c r=\"C\d+\" s=\"\d+\">)<v>8</v>": r"\1<v>9.3</v>"}


def compare_all(path, read):
    """Compare every formula's cached value with what an engine computes; return how many."""
    cached, cells = open_workbook(path, values=True), formula_cells(path)
    for sheet, cell, text in cells:
        before, after = cached[sheet][cell].value, read(sheet, cell)
        same = before == after
        if isinstance(before, (int, float)) and isinstance(after, (int, float)):
            same = abs(before - after) < 1e-9
        assert same, (sheet, cell, text, before, after)
    return len(cells)


def shown_by(read, path, sheet, heading):
    """Return a column by its zone ids as an engine computes it."""
    table = open_workbook(path, values=False)[sheet]
    heads = [english(cell.value) for cell in table[HEAD_ROW]]
    ids, wanted = heads.index("Zone id"), heads.index(heading)
    rows = [row for row in table.iter_rows(min_row=HEAD_ROW + 1) if row[ids].value]
    return {row[ids].value: read(sheet, row[wanted].coordinate) for row in rows}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_cached_value_is_computed(engine, book, tmp_path):
    assert compare_all(book, engine(book, tmp_path)) > 5_000


@pytest.mark.parametrize("engine", ENGINES)
def test_the_engines_compute_the_figures_of_zones_csv(engine, gaps, book, tmp_path):
    read = engine(book, tmp_path)
    with (write_csv_tables(gaps, tmp_path, lang="zh")[0]).open(
        encoding="utf-8-sig", newline=""
    ) as source:
        rows = {row["zone_id"]: row for row in csv.DictReader(source)}
    for heading, name in {"Required": "required", "Shortfall": "shortfall"}.items():
        found = shown_by(read, book, "居住区", heading)
        assert {
            zone: "" if value is None else str(int(value)) for zone, value in found.items()
        } == {zone: row[name] for zone, row in rows.items()}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_changed_ratio_moves_the_sheet(engine, gaps, book, tmp_path):
    ratio = Fraction("9.3")
    read = engine(book, tmp_path, RATIO_OF_8_BECOMES_9_3)
    shown = shown_by(read, book, "居住区", "Required")
    zones = gaps.zones[gaps.zones["category"].isin(["existing", "old_town"])]
    alone = zones[zones["unit_id"].fillna("") == ""]
    for _, row in alone.iterrows():
        expected = math.ceil(ratio * int(row["population"]) / 1000)
        assert shown[row["zone_id"]] == expected, row["zone_id"]
    for _, unit in zones[zones["unit_id"].fillna("") != ""].groupby("unit_id"):
        people = unit["population"].to_numpy(dtype=np.int64)
        whole = math.ceil(ratio * int(people.sum()) / 1000)
        shares = distribute_whole(whole, people)
        assert [shown[each] for each in unit["zone_id"]] == shares.tolist()
    new = gaps.zones[gaps.zones["category"] == "new"].set_index("zone_id")["required"]
    assert all(shown[zone] == required for zone, required in new.items())
    missing = shown_by(read, book, "居住区", "Shortfall")
    served = shown_by(read, book, "居住区", "Served")
    for zone, required in shown.items():
        if required is not None:
            assert missing[zone] == required - served[zone], zone


@pytest.mark.office
@needs_office
def test_names_that_look_like_formulas_leave_the_sums_right(squares, tmp_path):
    path = write_workbook(squares, tmp_path)
    assert compare_all(path, by_office(path, tmp_path)) > 100


@pytest.fixture(scope="module")
def planned(gaps):
    return site(gaps)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_plan_has_its_two_sheets(gaps, planned, lang, tmp_path):
    path = write_workbook(gaps, tmp_path, lang=lang, plan=planned)
    read = open_workbook(path, values=True)
    sheet = {name: label(f"sheet.{name}", lang) for name in ("sites", "steps")}
    heads = {name: label(f"col.{name}", lang) for name in ("site_id", "slots", "who", "closed")}
    sites = _records(read[sheet["sites"]])
    made = planned.sites.set_index("site_id")["slots"]
    assert {row[heads["site_id"]]: row[heads["slots"]] for row in sites[:-1]} == made.to_dict()
    assert sites[-1][heads["slots"]] == planned.totals["slots"]
    steps = _records(read[sheet["steps"]])
    assert len(steps) - 1 == len(planned.actions)
    assert steps[-1][heads["closed"]] == planned.actions["closed"].sum()
    named = planned.actions["department" if lang == "zh" else "department_en"]
    assert [row[heads["who"]] for row in steps[:-1]] == named.tolist()
    if lang == "en":
        assert named.str.isascii().all()
    assert compare_all(path, by_library(path, tmp_path)) > 5_000


def _records(sheet):
    heads = [str(cell.value).split("\n")[0] for cell in sheet[HEAD_ROW]]
    rows = sheet.iter_rows(min_row=HEAD_ROW + 1, values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows if any(row)]


def test_wrapped_texts_have_room(book):
    read = open_workbook(book, values=True)
    rules = read["规则与选择"]
    for row in rules.iter_rows(min_row=HEAD_ROW + 1):
        text = next((cell.value for cell in row if cell.column == 8 and cell.value), None)
        if text and text_width(text) > 2 * 80:
            assert rules.row_dimensions[row[0].row].height >= 30, text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_words_of_the_catalogue_fit_their_columns(gaps, lang, tmp_path):
    read = open_workbook(write_workbook(gaps, tmp_path, lang=lang), values=True)
    for name, heading in {"zones": "category", "actions": "duty"}.items():
        sheet = read[label(f"sheet.{name}", lang)]
        heads = [str(cell.value).split("\n")[0] for cell in sheet[HEAD_ROW]]
        at = heads.index(label(f"col.{heading}", lang))
        cells = [row[at] for row in sheet.iter_rows(min_row=HEAD_ROW + 1) if row[at].value]
        widest = max(text_width(str(cell.value)) for cell in cells)
        assert sheet.column_dimensions[cells[0].column_letter].width > widest


def test_a_formula_over_a_column_that_is_not_there_is_a_fault_of_the_program():
    grid = Grid("zones", (Field("a"),), pd.DataFrame({"a": [1]}))
    assert grid.letter("a") == "A"
    with pytest.raises(KeyError, match=r"zones\.b"):
        grid.letter("b")
