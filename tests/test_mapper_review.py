"""Review notes that come back: bound to their run, checked field by field, written as minutes."""

from __future__ import annotations

import json
import os

import docx
import pytest
from click.testing import CliRunner

from capacity_planner.cli.app import plan_gaps
from capacity_planner.errors import InputError, OutputError
from capacity_planner.mapper import manifest_hash, minutes_table, read_review, write_minutes
from capacity_planner.report import write_minutes_document

RUN = "ab" * 32
ZONES = (
    "zone_id,name,township,required,attributed,shortfall,duty\n"
    '001,"甲, 小区",东街,8,3,5,top_up\n'
    "=2,乙\u2028园,西街,,,,consider\n"
)
GOOD = {"zone_id": "001", "decision": "means", "means": "lease", "note": "@看现场"}


@pytest.fixture
def run(tmp_path):
    manifest = {
        "run_hash": RUN,
        "county": {"name": "大竹县", "name_en": "Dazhu County"},
        "as_of": "2025-12-31",
        "demonstration": True,
        "data_notice": {"zh": "演示数据", "en": "demonstration data"},
    }
    (tmp_path / "run.json").write_text(json.dumps(manifest), encoding="utf-8")
    (tmp_path / "zones.csv").write_text(ZONES, encoding="utf-8-sig")
    return tmp_path


def _sent(folder, decisions, **more):
    path = folder / "review.json"
    content = {"format": 1, "run": RUN, "decisions": decisions, **more}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_decisions_come_with_the_figures_of_the_run(run):
    other = {"zone_id": "=2", "decision": "", "means": "", "note": "只有说明"}
    first, second = read_review(_sent(run, [other, GOOD]), run)
    assert (first.zone_id, first.shortfall, first.name) == ("001", "5", "甲, 小区")
    assert (second.zone_id, second.required, second.name) == ("=2", "", "乙\u2028园")


def test_minutes_are_a_table_that_runs_nothing(run):
    other = {"zone_id": "=2", "decision": "defer", "means": "", "note": ""}
    path = write_minutes(read_review(_sent(run, [GOOD, other]), run), run / "out")
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    lines = raw.decode("utf-8-sig").split("\r\n")
    assert lines[0].startswith("居住区编号,名称,")
    assert lines[1] == '001,"甲, 小区",东街,8,3,5,补足（低于基准）,定方式,租赁,\'@看现场'
    assert lines[2].startswith("'=2,")


def test_another_runs_notes_are_refused_with_both_hashes(run):
    with pytest.raises(InputError, match="另一次计算") as told:
        read_review(_sent(run, [GOOD], run="cd" * 32), run)
    assert "cdcdcdcdcdcd" in str(told.value)
    assert RUN[:12] in str(told.value)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"zone_id": 1}, "zone_id"),
        ({"decision": "maybe"}, "decision"),
        ({"means": ""}, "means"),
        ({"decision": "agree"}, "means"),
        ({"means": "steal"}, "means"),
        ({"note": None}, "note"),
        ({"note": "x" * 2001}, "note"),
    ],
)
def test_a_note_that_the_page_could_not_make_is_refused(run, change, field):
    with pytest.raises(InputError) as told:
        read_review(_sent(run, [GOOD, {**GOOD, **change}]), run)
    assert told.value.complaints[0].column == field
    assert told.value.complaints[0].params["number"] == 2


def test_all_faults_are_told_at_once(run):
    wrong = [{**GOOD, "zone_id": "no"}, {**GOOD, "means": "x"}, None, GOOD, GOOD]
    with pytest.raises(InputError) as told:
        read_review(_sent(run, wrong), run)
    codes = [each.code for each in told.value.complaints]
    assert codes == [
        "review_zone_unknown",
        "review_entry_broken",
        "review_entry_broken",
        "review_zone_unknown",
    ]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 2}', "\x00", "[" * 100_000])
def test_what_is_no_review_is_refused(run, content):
    path = run / "x.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="核查记录"):
        read_review(path, run)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"run\.json"):
        manifest_hash(tmp_path)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_minutes_stand_in_the_report_as_a_table(run, lang):
    other = {"zone_id": "=2", "decision": "", "means": "", "note": "<w:p>只有说明"}
    sent = _sent(run, [GOOD, other])
    table = minutes_table(read_review(sent, run), lang=lang)
    path = write_minutes_document(table, run, run, lang=lang)
    file = docx.Document(str(path))
    cells = [[cell.text for cell in row.cells] for row in file.tables[0].rows]
    shown = [[each.replace("\u2028", "") for each in row] for row in table.to_numpy().tolist()]
    assert cells == [list(table.columns), *shown]  # what a Word file cannot hold is left out
    said = "\n".join(each.text for each in file.paragraphs)
    notice, counts = {
        "zh": ("演示数据", "2 个：定方式 1 个，只有说明 1 个"),
        "en": ("demonstration data", "2 zones were reviewed: Choose means 1, Note only 1"),
    }[lang]
    assert notice in said
    assert counts in said
    assert RUN[:12] in said
    first = path.read_bytes()
    assert write_minutes_document(table, run, run, lang=lang).read_bytes() == first


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_writes_both_in_its_language(run, lang):
    out = run / "minutes"
    words = [
        "review",
        str(_sent(run, [GOOD])),
        "--run",
        str(run),
        "--out",
        str(out),
        "--lang",
        lang,
    ]
    done = CliRunner().invoke(plan_gaps, words)
    assert done.exit_code == 0, done.output
    assert {each.name for each in out.iterdir()} == {"minutes.csv", "minutes.docx"}
    csv_lines = (out / "minutes.csv").read_text(encoding="utf-8-sig").splitlines()
    assert csv_lines[1].split(",")[-2] == {"zh": "租赁", "en": "Lease"}[lang]
    assert all(name in done.output for name in ("minutes.csv", "minutes.docx"))


def test_notes_larger_than_any_review_are_not_read(run):
    sent = run / "review.json"
    sent.touch()
    os.truncate(sent, 1 << 30)  # a hole, no bytes on disk
    with pytest.raises(InputError) as caught:
        read_review(sent, run)
    assert caught.value.complaints[0].code == "review_unreadable"


def test_a_run_without_its_table_of_zones_is_refused(run):
    sent = _sent(run, [])
    (run / "zones.csv").unlink()
    with pytest.raises(InputError) as caught:
        read_review(sent, run)
    assert caught.value.complaints[0].code == "review_no_run"


def test_minutes_that_cannot_be_written_are_told(run):
    (run / "file").touch()
    with pytest.raises(OutputError) as caught:
        write_minutes([], run / "file", lang="zh")
    assert caught.value.complaints[0].code == "out_not_writable"
    table = minutes_table([], lang="zh")
    with pytest.raises(OutputError) as again:
        write_minutes_document(table, run, run / "file", lang="zh")
    assert again.value.complaints[0].code == "out_not_writable"
    (run / "run.json").write_text("[", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        write_minutes_document(table, run, run, lang="zh")
    assert refused.value.complaints[0].code == "review_no_run"
