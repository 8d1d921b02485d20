"""One figure through map, tables, workbook, report, layers, console and manifest, every township."""

import csv
import json
import re

import geopandas as gpd
import pytest
from click.testing import CliRunner
from mapped import unpacked
from recalculated import open_workbook, sheet_rows
from test_document import all_text, numbers

from capacity_planner.cli.app import plan_gaps

NAMES = ("required", "attributed", "in_reach", "out_of_reach", "shortfall")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("same") / "dazhu"
    found = CliRunner().invoke(plan_gaps, ["--county", "dazhu", "--out", str(out), "-q"])
    assert found.exit_code == 0, found.output
    return out, found.stdout


@pytest.fixture(scope="module")
def figures(run):
    """Return each township's five figures as ``townships.csv`` has them."""
    with (run[0] / "townships.csv").open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    return {
        row["township_code"]: {"name": row["name"], **{n: int(row[n]) for n in NAMES}}
        for row in rows
    }


def test_zones_add_up_to_the_townships(run, figures):
    sums = {code: dict.fromkeys(NAMES, 0) for code in figures}
    with (run[0] / "zones.csv").open(encoding="utf-8-sig", newline="") as source:
        for row in csv.DictReader(source):
            for name in NAMES:
                sums[row["township_code"]][name] += int(row[name] or 0)
    assert sums == {code: {n: row[n] for n in NAMES} for code, row in figures.items()}


def page_data(path):
    """Return what a written page draws from."""
    text = path.read_text(encoding="utf-8")
    held = re.search(
        r'<script type="application/json" id="page-data">(.*?)</script>', text, re.DOTALL
    )
    return json.loads(held[1])


def test_the_map_agrees(run, figures):
    page = page_data(run[0] / "index.html")
    codes = unpacked(page, "townships", "township_code")
    shown = {name: unpacked(page, "townships", name) for name in NAMES}
    assert {code: {name: shown[name][at] for name in NAMES} for at, code in enumerate(codes)} == {
        code: {n: row[n] for n in NAMES} for code, row in figures.items()
    }


def test_each_township_page_agrees(run, figures):
    for code, row in figures.items():
        page = page_data(run[0] / "townships" / f"{code}.html")
        summed = {
            name: sum(value or 0 for value in unpacked(page, "zones", name)) for name in NAMES
        }
        assert summed == {n: row[n] for n in NAMES}, row["name"]


def test_the_workbook_agrees(run, figures):
    heads = {
        "required": "Required",
        "attributed": "Served",
        "in_reach": "Near but full",
        "out_of_reach": "None near",
        "shortfall": "Shortfall",
    }
    shown = sheet_rows(open_workbook(run[0] / "gaps.xlsx", values=True), "乡镇街道")
    for row in shown[: len(figures)]:
        expected = figures[row["Township code"]]
        assert {name: row[heads[name]] for name in NAMES} == {n: expected[n] for n in NAMES}


def test_the_report_agrees(run, figures):
    sentences = numbers("doc.parts", "zh", all_text(run[0] / "report.docx"))[1:]
    said = [{name: int(each[name]) for name in NAMES} for each in sentences]
    assert said == [{n: row[n] for n in NAMES} for row in figures.values() if row["required"]]


def test_the_layers_agree(run, figures):
    townships = gpd.read_file(run[0] / "gaps.gpkg", layer="townships").set_index("township_code")
    for code, row in figures.items():
        assert {n: int(townships.loc[code, n]) for n in NAMES} == {n: row[n] for n in NAMES}


def test_the_console_agrees(run, figures):
    lines = {line.split()[0]: line for line in run[1].splitlines() if line.strip()}
    for row in figures.values():
        numbers = [
            int(each.replace(",", "")) for each in re.findall(r"\b[\d,]+\b", lines[row["name"]])
        ]
        wanted = [row[n] for n in NAMES]
        assert wanted in [numbers[at : at + len(wanted)] for at in range(len(numbers))], row["name"]


def test_the_manifest_agrees(run, figures):
    totals = json.loads((run[0] / "run.json").read_text(encoding="utf-8"))["totals"]
    for name in NAMES:
        assert totals[name] == sum(row[name] for row in figures.values())
