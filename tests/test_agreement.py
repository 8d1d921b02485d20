"""Written files are read back before they get their name: one that disagrees ends the run."""

from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from itertools import product

import pytest
from mapped import squares_gaps
from squares import county, middle, square
from trust.laws import FIGURES

from capacity_planner import assessment, runs
from capacity_planner.assessment import assess
from capacity_planner.errors import BrokenLawError
from capacity_planner.runs import write_run
from capacity_planner.runs.agreement import check_agreement


@pytest.fixture(scope="module")
def gaps():
    zones = [
        {"zone_id": "a", "name": "甲", "population": 1000, "geometry": square(0, 0)},
        {"zone_id": "b", "name": "乙", "population": 900, "geometry": square(9, 0)},
        {"zone_id": "c", "population": 500, "category": "rural", "geometry": square(20, 0)},
    ]
    return assess(county(zones, [{"facility_id": "f", "slots": 5, "geometry": middle(0, 0)}]))


def _replace(path, old, new):
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


def _sql(path, statement):
    with closing(sqlite3.connect(path)) as base:
        # a layer's triggers call functions that only GDAL has
        triggers = base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            base.execute(f'DROP TRIGGER "{name}"')
        base.execute(statement)
        base.commit()


def _truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _number_in_sheet(path):
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    sheet = "xl/worksheets/sheet3.xml"
    assert b"<v>1000</v>" in parts[sheet]
    parts[sheet] = parts[sheet].replace(b"<v>1000</v>", b"<v>1001</v>", 1)
    with zipfile.ZipFile(path, "w") as sink:
        for name, content in parts.items():
            sink.writestr(name, content)


FAULTS = {
    "csv_figure": ("write_csv_tables", "zones.csv", lambda p: _replace(p, b",1000,", b",1001,")),
    "csv_row_gone": ("write_csv_tables", "townships.csv", _truncate),
    "csv_no_number": ("write_csv_tables", "zones.csv", lambda p: _replace(p, b",1000,", b",many,")),
    "csv_empty": ("write_csv_tables", "links.csv", lambda p: p.write_bytes(b"")),
    "layer_figure": (
        "write_geopackage",
        "gaps.gpkg",
        lambda p: _sql(p, "UPDATE townships SET shortfall = shortfall + 1"),
    ),
    "layer_cut": ("write_geopackage", "gaps.gpkg", _truncate),
    "page_figure": (
        "write_maps",
        "index.html",
        lambda p: (
            _replace(p, b'"population":1900', b'"population":1901')
            if b'"population":1900' in p.read_bytes()
            else _replace(p, b'"population":2400', b'"population":2401')
        ),
    ),
    "page_of_another_run": (
        "write_maps",
        "townships/T1.html",
        lambda p: _replace(p, b'"run":"', b'"run":"0'),
    ),
    "page_cut": ("write_maps", "index.html", _truncate),
    "sheet_figure": ("write_workbook", "gaps.xlsx", _number_in_sheet),
    "sheet_cut": ("write_workbook", "gaps.xlsx", _truncate),
    "report_cut": ("write_document", "report.docx", _truncate),
}


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_file_that_disagrees_ends_the_run_and_nothing_is_written(
    name, gaps, tmp_path, monkeypatch
):
    writer, file, spoil = FAULTS[name]
    honest = getattr(runs, writer)

    def dishonest(result, folder, **more):
        made = honest(result, folder, **more)
        spoil(folder / file)
        return made

    monkeypatch.setattr(runs, writer, dishonest)
    with pytest.raises(BrokenLawError) as caught:
        write_run(gaps, tmp_path / "run")
    assert caught.value.complaints[0].code == "law_broken"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("maker", "column"), [(maker, each) for maker in FIGURES for each in FIGURES[maker]]
)
def test_a_figure_changed_on_its_way_breaks_a_law(maker, column, monkeypatch):
    drawn = squares_gaps().county
    honest = getattr(assessment, maker)
    tries = iter(product((0, -1), (1, -1)))

    def dishonest(*given):
        row, change = next(tries)
        table = honest(*given)
        known = table.index[table[column].notna()]
        table.loc[known[row], column] += change
        return table

    monkeypatch.setattr(assessment, maker, dishonest)
    for _ in range(4):
        with pytest.raises(BrokenLawError):
            assess(drawn)
    assert list(tries) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_honest_run_agrees_in_either_language(gaps, tmp_path, lang, monkeypatch):
    compared = []

    def counting(*args, **more):
        compared.append(check_agreement(*args, **more))
        return compared[-1]

    monkeypatch.setattr(runs, "check_agreement", counting)
    write_run(gaps, tmp_path / "run", lang=lang)
    assert compared == [2 * (6 + 6 + 1) + 12 + len(gaps.totals)]
