"""The workbook's formulas give what the run gave: cached, in LibreOffice, and in a formula library."""

import math
import warnings
import zipfile
from fractions import Fraction

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from recalculated import (
    HEAD_ROW,
    convert,
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
from capacity_planner.report import write_workbook
from capacity_planner.report.workbook.grid import sum_where

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


def _recalculated(path, tmp_path, edits=None):
    bare = without_values(path, tmp_path / "bare.xlsx", edits=edits)
    folder = tmp_path / "office"
    folder.mkdir()
    return convert(bare, folder, "xlsx")


def _compare_all(original, recalculated):
    cached, fresh = (open_workbook(each, values=True) for each in (original, recalculated))
    cells = formula_cells(original)
    for sheet, cell, text in cells:
        before, after = cached[sheet][cell].value, fresh[sheet][cell].value
        same = before == after
        if isinstance(before, (int, float)) and isinstance(after, (int, float)):
            same = abs(before - after) < 1e-9
        assert same, (sheet, cell, text, before, after)
    return len(cells)


@pytest.mark.office
@needs_office
def test_libreoffice_computes_every_cached_value(book, tmp_path):
    assert _compare_all(book, _recalculated(book, tmp_path)) > 5_000


@pytest.mark.office
@needs_office
def test_libreoffice_follows_a_changed_ratio(gaps, book, tmp_path):
    ratio = Fraction("9.3")
    edits = {r"(<c r=\"C\d+\" s=\"\d+\">)<v>8</v>": r"\1<v>9.3</v>"}
    read = open_workbook(_recalculated(book, tmp_path, edits), values=True)
    shown = {row["Zone id"]: row["Required"] for row in sheet_rows(read, "居住区")}
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


def test_a_formula_library_computes_every_cached_value(squares, tmp_path):
    formulas = pytest.importorskip("formulas", reason="the formula library is not installed")
    path = write_workbook(squares, tmp_path)
    bare = without_values(path, tmp_path / "bare.xlsx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl drops data bars and says so
        solution = formulas.ExcelModel().loads(str(bare)).finish().calculate()
    cached = open_workbook(path, values=True)
    compared = 0
    for sheet, cell, text in formula_cells(path):
        found = solution.get(f"'[bare.xlsx]{sheet}'!{cell}")
        assert found is not None, (sheet, cell)
        value, expected = found.value[0, 0], cached[sheet][cell].value
        assert value == expected or (expected is None and value == ""), (sheet, cell, text, value)
        compared += 1
    assert compared > 100
