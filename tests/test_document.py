"""The report's sentences say the run's figures, and nothing else."""

import re
import sys
import tempfile
import time
import zipfile
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import docx
import numpy as np
import pytest
from recalculated import convert, needs_office
from squares import county, middle, square

from capacity_planner.assessment import assess
from capacity_planner.errors import OutputError
from capacity_planner.loaders import load_county
from capacity_planner.report import figures, write_document
from capacity_planner.report.document import chapters
from capacity_planner.report.document.columns import column_widths
from capacity_planner.report.document.page import Note
from capacity_planner.report.document.pdf import convert_to_pdf
from capacity_planner.schemas import DUTIES
from capacity_planner.texts import label, load_catalogue

LANGS = ("zh", "en")
PARTS = ("required", "attributed", "in_reach", "out_of_reach", "shortfall")


@pytest.fixture(scope="module")
def gaps():
    return assess(load_county("dazhu"))


@pytest.fixture(scope="module")
def reports(gaps, tmp_path_factory):
    return {
        lang: write_document(gaps, tmp_path_factory.mktemp(lang), lang=lang, run_hash="ab" * 32)
        for lang in LANGS
    }


def all_text(path):
    """Return every paragraph of a report, those in tables included, a line each."""
    body = docx.Document(str(path)).element.body
    paragraphs = body.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p")
    return [
        "".join(part.text or "" for part in each.iter() if part.tag.endswith("}t"))
        for each in paragraphs
    ]


WORDS = {"citation", "duty", "facility_id", "place", "places", "status", "zone", "zone_id"}


def numbers(key, lang, lines):
    """Return the figures of every sentence made from a template of the catalogue, read back."""
    template = re.escape(load_catalogue("labels")[key][lang])

    def group(found):
        return f"(?P<{found[1]}>{'.+?' if found[1] in WORDS else r'[0-9][0-9,.]*?'})"

    pattern = re.sub(r"\\\{(\w+)\\\}", group, template)
    found = (match for line in lines for match in re.finditer(pattern, line))
    return [
        {
            name: text if name in WORDS else text.replace(",", "")
            for name, text in each.groupdict().items()
        }
        for each in found
    ]


@pytest.mark.parametrize("lang", LANGS)
def test_every_township_s_sentence_says_its_figures(gaps, reports, lang):
    lines = all_text(reports[lang])
    county, *townships = numbers("doc.parts", lang, lines)
    assert {name: int(county[name]) for name in PARTS} == {n: gaps.totals[n] for n in PARTS}
    some = gaps.townships[gaps.townships["required"] > 0]
    assert len(townships) == len(some)
    for said, (_, row) in zip(townships, some.iterrows(), strict=True):
        assert {name: int(said[name]) for name in PARTS} == {n: int(row[n]) for n in PARTS}


@pytest.mark.parametrize("lang", LANGS)
def test_people_ranges_and_migrants_are_read_back(gaps, reports, lang):
    lines = all_text(reports[lang])
    people = numbers("doc.township_people", lang, lines)
    assert len(people) == len(gaps.townships)
    for said, (_, row) in zip(people, gaps.townships.iterrows(), strict=True):
        assert said["place"].endswith(row["name"])
        for name in ("zones", "population", "counted_slots"):
            assert int(said[name]) == row[name]
    contested = gaps.townships[
        gaps.townships["shortfall_certain"] != gaps.townships["shortfall_possible"]
    ]
    ranges = [
        (int(e["shortfall_certain"]), int(e["shortfall_possible"]))
        for e in numbers("doc.range", lang, lines)
    ]
    assert ranges == list(
        zip(contested["shortfall_certain"], contested["shortfall_possible"], strict=True)
    )
    migrants = numbers("doc.migrants_county", lang, lines)[0]
    assert all(int(text) == gaps.totals[name] for name, text in migrants.items())


@pytest.mark.parametrize("lang", LANGS)
def test_duties_and_migrants_of_every_township_are_read_back(gaps, reports, lang):
    lines = all_text(reports[lang])
    said = numbers("doc.township_duty", lang, lines)
    words = {label(f"duty.{duty}", lang).casefold(): duty for duty in DUTIES}
    found = [
        (words[each["duty"].casefold()], int(each["zones"]), int(each["shortfall"]))
        for each in said
    ]
    short = gaps.zones[gaps.zones["shortfall"].fillna(0) > 0]
    expected = []
    for code in gaps.townships["township_code"]:
        inside = gaps.zones[gaps.zones["township_code"] == code]
        for duty in DUTIES:
            owing = inside[inside["duty"] == duty]
            if owing.index.isin(short.index).any():
                expected.append((duty, len(owing), int(owing["shortfall"].sum())))
    assert found == expected
    checked = gaps.townships[gaps.townships["migrant_required"].notna()]
    checked = checked[checked["required"] > 0]
    names = ("migrant_required", "migrant_shortfall_certain", "migrant_shortfall_at_risk")
    told = numbers("doc.township_migrants", lang, lines)
    assert [tuple(int(each[name]) for name in names) for each in told] == [
        tuple(int(row[name]) for name in names) for _, row in checked.iterrows()
    ]
    assert [each["status"] for each in told] == [
        label(f"migrant.{status}", lang) for status in checked["migrant_status"]
    ]


@pytest.mark.parametrize("lang", LANGS)
def test_the_county_s_sentences_are_read_back(gaps, reports, lang):
    lines, totals = all_text(reports[lang]), gaps.totals
    for key in ("doc.county_people", "doc.pooled", "doc.supply"):
        (said,) = numbers(key, lang, lines)
        said.pop("place", None)
        zones = said.pop("zones", None)
        assert zones is None or int(zones) == len(gaps.zones)
        assert said
        assert {name: int(text) for name, text in said.items()} == {n: totals[n] for n in said}
    (benchmark,) = numbers("doc.benchmark_below", lang, lines)
    rate = Decimal(totals["counted"]) * 1000 / totals["population"]
    assert Decimal(benchmark["rate"]) == rate.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    assert rate < Decimal(benchmark["value"])
    worst = gaps.townships.sort_values("shortfall", ascending=False).iloc[0]
    named = label("doc.place_missing", lang, place=worst["name"], shortfall=worst["shortfall"])
    (places,) = numbers("doc.worst", lang, lines)
    assert places["places"].startswith(named)


@pytest.mark.parametrize("lang", LANGS)
def test_the_checks_are_read_back(gaps, reports, lang):
    lines, zones = all_text(reports[lang]), gaps.zones
    new = zones[zones["category"] == "new"]
    assert [int(each["zones"]) for each in numbers("doc.handover_how", lang, lines)] == [len(new)]
    late = new[new["handover"] == "late"]
    told = {each["zone_id"]: each for each in numbers("doc.late", lang, lines)}
    assert {zone: (each["facility_id"], int(each["days"])) for zone, each in told.items()} == {
        row["zone_id"]: (row["handover_facility_id"], int(row["handover_days"]))
        for _, row in late.iterrows()
    }
    statuses = gaps.townships["migrant_status"].value_counts()
    said = numbers("doc.migrants_status", lang, lines)
    assert sorted(int(each["count"]) for each in said) == sorted(statuses.tolist())


@pytest.mark.parametrize("lang", LANGS)
def test_the_annex_of_townships_is_the_table(gaps, reports, lang):
    names = ("population", "counted_slots", *PARTS, "shortfall_certain", "shortfall_possible")
    heads = [label(f"col.{name}", lang) for name in ("township", *names)]
    (table,) = (
        each
        for each in docx.Document(str(reports[lang])).tables
        if [cell.text for cell in each.rows[0].cells] == heads
    )
    rows = [[cell.text.replace(",", "") for cell in row.cells] for row in table.rows[1:]]
    expected = gaps.townships[["name", *names]].astype(str).to_numpy().tolist()
    assert rows[:-1] == expected
    sums = gaps.townships[list(names)].sum()
    assert rows[-1][1:8] == [str(int(sums[name])) for name in names[:7]]


def test_annex_tables_hold_every_zone_that_lacks_slots_by_duty(gaps, reports):
    captions = numbers("doc.t.zones", "zh", all_text(reports["zh"]))
    short = gaps.zones[gaps.zones["shortfall"].fillna(0) > 0]
    said = {each["duty"]: (int(each["zones"]), int(each["shortfall"])) for each in captions}
    by_duty = short.groupby("duty")["shortfall"]
    assert said == {
        label(f"duty.{duty}", "zh"): (len(part), int(part.sum())) for duty, part in by_duty
    }
    tables = docx.Document(str(reports["zh"])).tables
    listed = [cell.text for each in tables for cell in each.columns[0].cells]
    assert set(short["zone_id"]) <= set(listed)


def test_indicators_are_rounded_as_a_spreadsheet_shows_them(gaps, reports):
    rows = {
        row.cells[0].text: row.cells[1].text
        for table in docx.Document(str(reports["zh"])).tables
        if len(table.columns) == 2
        for row in table.rows
    }
    share = gaps.indicators.set_index("indicator").loc["inclusive_share"]
    shown = Decimal(int(share["numerator"])) * 100 / int(share["denominator"])
    rounded = shown.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    assert rows[label("indicator.inclusive_share", "zh")] == f"{rounded}%"


def test_english_headings_give_the_pinyin_of_a_township(reports):
    assert "竹阳街道 (Zhuyang subdistrict)" in all_text(reports["en"])


@pytest.mark.parametrize("half_points", [15, 17])
def test_no_number_or_id_of_a_table_is_broken(half_points):
    heads = ["Zone id", "Residents", "Why"]
    rows = [["SYN-Z-001-001", "841,960", "a long reason " * 12]]
    widths = column_widths(heads, rows, room=9072, half_points=half_points)
    assert sum(widths) == 9072
    letters = 10 * half_points * 0.66  # twips a letter of a wide font
    assert widths[0] > len(rows[0][0]) * letters
    assert widths[1] > len(heads[1]) * letters
    assert widths[2] > widths[0]


def test_columns_of_an_overfull_table_are_narrowed_alike():
    widths = column_widths(["a" * 40, "b" * 40], [], room=1000, half_points=17)
    assert widths == [500, 500]


@pytest.mark.parametrize("lang", LANGS)
def test_same_figures_same_bytes(gaps, reports, lang, tmp_path):
    again = write_document(gaps, tmp_path, lang=lang, run_hash="ab" * 32)
    assert again.read_bytes() == reports[lang].read_bytes()


def test_chinese_fonts_notice_and_pictures(gaps, reports):
    with zipfile.ZipFile(reports["zh"]) as parts:
        styles = parts.read("word/styles.xml").decode("utf-8")
        names = parts.namelist()
        foot = "".join(parts.read(each).decode("utf-8") for each in names if "footer" in each)
    assert 'w:eastAsia="仿宋"' in styles
    assert 'w:eastAsia="黑体"' in styles
    assert set(re.findall(r'<w:lang [^>]*w:eastAsia="([^"]+)"', styles)) == {"zh-CN"}
    assert "演示数据" in foot
    pictures = [each for each in names if each.startswith("word/media/")]
    assert len(pictures) == len(gaps.townships) + 1
    assert any("演示数据" in line for line in all_text(reports["zh"])[:3])


def small(**settings):
    zones = [
        {"zone_id": "a", "name": "<w:p>&\x07\u202e", "population": 1000, "geometry": square(0, 0)},
        {"zone_id": "b", "population": 900, "category": "rural", "geometry": square(9, 0)},
    ]
    facilities = [{"facility_id": "f", "slots": 5, "geometry": middle(0, 0)}]
    return assess(county(zones, facilities, **settings))


def test_a_rule_that_stands_in_is_announced(tmp_path):
    lines = all_text(write_document(small(as_of=date(2026, 9, 15)), tmp_path))
    assert any("2026-09-15" in line and "替代" in line for line in lines)


def test_names_that_are_markup_stay_text(tmp_path):
    path = write_document(small(), tmp_path)
    assert any("<w:p>&" in line for line in all_text(path))


def test_without_a_chinese_font_the_report_says_so(tmp_path, monkeypatch):
    def no_font(_):
        raise OutputError.of("figure_no_font", value="–")

    monkeypatch.setattr(figures.Atlas, "county_picture", no_font)
    lines = all_text(write_document(small(), tmp_path))
    assert load_catalogue("labels")["doc.f.none"]["zh"] in lines


def test_pdf_without_libreoffice_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutputError, match="LibreOffice"):
        convert_to_pdf(tmp_path / "report.docx", when=date(2025, 12, 31))


@pytest.mark.office
@needs_office
def test_libreoffice_opens_the_report(tmp_path):
    path = write_document(small(), tmp_path)
    assert convert(path, tmp_path, "pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.office
@needs_office
def test_the_same_report_gives_the_same_pdf_in_any_time_zone(tmp_path, monkeypatch):
    path = write_document(small(), tmp_path)
    first = convert_to_pdf(path, when=date(2025, 12, 31)).read_bytes()
    time.sleep(1.1)  # the clock of a PDF counts seconds
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    monkeypatch.setenv("LC_ALL", "C")
    assert convert_to_pdf(path, when=date(2025, 12, 31)).read_bytes() == first
    assert first.count(b"20251231000000Z") == 1
    trailer = first.rpartition(b"/ID [")[2]
    assert len(re.findall(rb"[0-9A-F]{32}", trailer)) == 3


@pytest.mark.parametrize(
    ("fails", "value"), [("raise SystemExit(3)", "CalledProcessError"), ("pass", "–")]
)
def test_a_pdf_that_libreoffice_does_not_make_is_told(fails, value, tmp_path, monkeypatch):
    office = tmp_path / "soffice"
    office.write_text(f"#!{sys.executable}\n{fails}\n", encoding="utf-8")
    office.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutputError) as caught:
        convert_to_pdf(tmp_path / "report.docx", when=date(2025, 12, 31))
    (complaint,) = caught.value.complaints
    assert (complaint.code, complaint.value) == ("pdf_failed", value)


@pytest.mark.parametrize("lang", LANGS)
def test_a_county_that_lacks_nothing_has_no_worst_place_and_rural_townships_no_number(
    lang, tmp_path
):
    zones = [
        {"zone_id": "a", "name": "甲", "geometry": square(0, 0), "population": 1000},
        {"zone_id": "b", "name": "乙", "geometry": square(9, 0), "population": 500,
         "category": "rural", "township_code": "T2"},
    ]  # fmt: skip
    served = {"facility_id": "f", "name": "园", "geometry": middle(0, 0), "slots": 30}
    text = all_text(write_document(assess(county(zones, [served])), tmp_path, lang=lang))
    assert label("doc.township_no_number", lang) in text
    worst = label("doc.worst", lang, places="").split("。")[0][:6]
    assert not [line for line in text if line.startswith(worst)]


def test_a_pair_of_zones_too_many_is_counted():
    many = [
        {"zone_id": f"z{at:03}", "name": "区", "geometry": square(at, 0), "population": 1000}
        for at in range(chapters._LONGEST + 3)
    ]
    note = Note(title="t", lang="en", when=date(2025, 12, 31))
    chapters._add_short_zones(note, assess(county(many, [])))
    assert label("doc.more_rows", "en", count=3) in note_text(note)


def test_limits_of_ways_along_streets_are_said():
    gaps = assess(load_county("dazhu"), distance="network")
    note = Note(title="t", lang="en", when=date(2025, 12, 31))
    chapters.add_limits(note, gaps)
    assert label("doc.limit.network", "en") in note_text(note)


def note_text(note):
    with tempfile.TemporaryDirectory() as folder:
        return "\n".join(all_text(note.save(Path(folder) / "note.docx")))


def test_a_cell_that_is_not_known_stays_empty():
    note = Note(title="t", lang="en", when=date(2025, 12, 31))
    note.table(["place", "n"], [["a", None], ["b", 1200]], numbers=[1])
    assert "1,200" in note_text(note)
    assert "None" not in note_text(note)


def test_a_township_without_zones_is_shown_where_it_lies(tmp_path):
    zones = [{"zone_id": "a", "name": "甲", "geometry": square(0, 0), "population": 1000}]
    towns = [
        {"township_code": code, "name": name, "geometry": square(at, 0)}
        for code, name, at in (("T1", "一乡", 0), ("T2", "二乡", 40))
    ]
    gaps = assess(county(zones, [], townships=towns))
    text = all_text(write_document(gaps, tmp_path, lang="zh"))
    assert any("二乡" in line for line in text)
    own = gaps.townships.set_index("township_code").geometry["T2"].bounds
    row = gaps.townships[gaps.townships["township_code"] == "T2"].iloc[0]
    assert figures.Atlas(gaps, lang="zh")._view(row, np.array([False])) == list(own)
