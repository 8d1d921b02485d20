"""Complaints as lines of the console: readable however many rows share one fault."""

from __future__ import annotations

from capacity_planner.cli.console import SHORT, complaint_lines
from capacity_planner.cli.fonts import can_draw
from capacity_planner.cli.options import Run
from capacity_planner.errors import Complaint
from capacity_planner.report import drawing


def _many(count):
    return [Complaint("population_missing", "z.csv", row=row) for row in range(2, 2 + count)]


def test_a_fault_of_many_rows_is_told_in_a_few_lines_and_counted():
    lines = list(complaint_lines(_many(SHORT + 7), "en"))
    assert len(lines) == SHORT + 1
    assert lines[-1].startswith("[error population_missing] 7 more places")


def test_all_are_told_on_request():
    assert len(list(complaint_lines(_many(SHORT + 7), "zh", most=None))) == SHORT + 7


def test_errors_come_first_and_other_columns_are_not_counted_in():
    other = Complaint("columns_unused", "z.csv", params={"count": 1, "names": "x"})
    lines = list(complaint_lines([other, *_many(2)], "zh"))
    assert [line.split()[1].rstrip("]") for line in lines] == [
        "population_missing",
        "population_missing",
        "columns_unused",
    ]


def test_a_machine_without_chinese_font_is_told_what_to_install(monkeypatch, capsys):
    run = Run(county="dazhu", as_of=None, lang="zh", form="text", strict=False, loudness=0)
    monkeypatch.setattr(drawing, "_CJK_FONTS", ("No Such Font",))
    drawing.cjk_font.cache_clear()
    try:
        assert can_draw(run) is False
    finally:
        drawing.cjk_font.cache_clear()
    told = capsys.readouterr().err
    assert told.startswith("不画插图：")
    assert "No Such Font" in told
