"""The commands beside the main job, in one process: findings, data on request, exit codes."""

from __future__ import annotations

import errno
import json
import re
import shutil
from datetime import date

import pytest
import xlsxwriter
from click.testing import CliRunner
from faults import clean_office, csv_text

from capacity_planner import batch, runs
from capacity_planner.batch import run_batch
from capacity_planner.cli import main, rules
from capacity_planner.cli.app import plan_gaps
from capacity_planner.cli.console import table

COST = {"fixed_cost": 100, "cost_per_slot": 10, "source": "test"}
SITING = {
    "find_premises": "lease",
    "min_slots": 1,
    "max_slots": 150,
    "size_source": "test",
    "classes": [],
    "costs": {"lease": COST, "build": COST},
    "budget_by_year": {"2026": 300, "2027": 500},
}


def ask(*words):
    """Run a command; whatever goes wrong must be an error of the tool."""
    return CliRunner().invoke(plan_gaps, list(map(str, words)), catch_exceptions=False)


def row(text, first):
    """Return the numbers of a table's line that begins with this word."""
    line = next(each for each in text.splitlines() if each.startswith(first))
    return [int(each.replace(",", "")) for each in line.split()[1:]]


def ended(words):
    """Return the exit code of the whole command."""
    with pytest.raises(SystemExit) as caught:
        main(list(map(str, words)))
    return caught.value.code


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Two counties and their runs: in the second, 1,000 more people and 20 more (unused) slots."""
    folder = tmp_path_factory.mktemp("commands")
    clean_office(folder / "a").write()
    office = clean_office(folder / "b")
    office.zones[1]["population"] += 1000
    office.facilities[0]["slots"] += 20
    office.write()
    for name in "ab":
        done = ask("--county", folder / name, "--out", folder / f"run_{name}", "-q")
        assert done.exit_code == 0
    return folder


def test_diff_puts_a_township_s_change_down_to_its_people(place):
    done = ask("diff", place / "run_a", place / "run_b", "--lang", "en")
    # An existing area must have 8 slots per 1,000 people; the further slots found nobody in reach.
    assert row(done.stdout, "竹阳街道") == [6, 14, 8, 8, 0, 0, 0, 0]
    assert row(done.stdout, "County") == [42, 50, 8, 8, 0, 0, 0, 0]
    assert "东柳街道" not in done.stdout
    assert "zone population: 1\n  002 700 → 1700\n" in done.stdout
    assert "facility slots: 1\n  F01 60 → 80\n" in done.stdout
    assert done.exit_code == 0


def test_diff_lists_every_township_on_request_and_says_when_nothing_changed(place):
    done = ask("diff", place / "run_a", place / "run_a", "--all")
    assert row(done.stdout, "东柳街道") == [36, 36, 0, 0, 0, 0, 0, 0]
    assert "两次的数据、规则和选择相同。" in done.stdout


def test_diff_as_data_says_the_same(place):
    said = json.loads(ask("diff", place / "run_a", place / "run_b", "--format", "json").stdout)
    assert [each["change"] for each in said["townships"]] == [8, 0, 8]
    assert [each["id"] for each in said["changed"]] == ["002", "F01"]


def test_diff_names_what_only_one_run_has_and_says_words_as_words(place, tmp_path):
    shutil.copytree(place / "a", tmp_path / "c")
    listed = tmp_path / "c" / "facilities.csv"
    lines = listed.read_text(encoding="utf-8").replace("kindergarten_class", "home_based")
    listed.write_text("\n".join(lines.splitlines()[:-1]) + "\n", encoding="utf-8")
    ask("--county", tmp_path / "c", "--out", tmp_path / "run", "-q")
    done = ask("diff", place / "run_a", tmp_path / "run")
    assert "设施 不再有: 1\n  F03\n" in done.stdout
    assert "设施 设施类型: 1\n  F02 幼儿园托班 → 家庭托育点\n" in done.stdout
    back = ask("diff", tmp_path / "run", place / "run_a")
    assert "设施 新增: 1\n  F03\n" in back.stdout


def test_diff_of_another_day_names_both_days(place, tmp_path):
    ask("--county", place / "a", "--as-of", "2025-06-30", "--out", tmp_path / "run", "-q")
    done = ask("diff", tmp_path / "run", place / "run_a", "--lang", "en")
    assert "2025-06-30 → 2025-12-31" in done.stdout


def test_diff_needs_the_layers_of_a_whole_run(place, tmp_path, capsys):
    out = tmp_path / "run"
    ask("--county", place / "a", "--out", out, "--outputs", "tables", "-q")
    assert ended(["diff", out, place / "run_a", "--lang", "en"]) == 1
    assert "Run again for a complete folder" in capsys.readouterr().err


def test_verify_says_that_a_run_stands(place):
    done = ask("verify", place / "run_a", "--county", place / "a")
    assert done.exit_code == 0
    assert done.stdout.startswith("一致")


def test_verify_names_changed_inputs_and_the_figures_that_moved(place):
    words = ("verify", place / "run_a", "--county", place / "b")
    done = ask(*words, "--lang", "en")
    assert done.exit_code == 1
    assert re.search(
        r"^\[error verify_input_changed\] The input zones.geojson", done.stdout, re.MULTILINE
    )
    assert "recorded 8301, recomputed 9301" in done.stdout
    said = json.loads(ask(*words, "--format", "json").stdout)
    assert said["stands"] is False
    assert {each["file"] for each in said["differences"]} >= {"zones.geojson", "facilities.csv"}


def test_pages_adds_the_asked_township_to_an_overview(place, tmp_path, capsys):
    out, words = tmp_path / "run", ("--county", place / "a")
    ask(*words, "--out", out, "--outputs", "overview", "-q")
    assert not (out / "townships").exists()
    done = ask("pages", out, "竹阳街道", *words, "--lang", "en")
    (page,) = (out / "townships").glob("*.html")
    assert str(page) in done.stdout
    assert ended(["pages", out, "511724009", *words]) == 1
    assert "511724001" in capsys.readouterr().err  # the nearest ones


def test_check_writes_a_cleaned_copy_or_the_list_of_errors(place, tmp_path, capsys):
    done = ask("check", "--county", place / "a", "--fix-out", tmp_path / "mended")
    assert done.exit_code == 0
    again = ask("check", "--county", tmp_path / "mended", "--strict", "--lang", "en")
    assert "8,301" in again.stdout
    office = clean_office(tmp_path / "bad")
    office.zones[2]["population"] = -5
    words = ("check", "--county", office.write(), "--fix-out", tmp_path / "list", "--lang", "en")
    assert ended(words) == 1
    (path,) = (tmp_path / "list").iterdir()
    said = capsys.readouterr()
    assert str(path) in said.err
    assert "-5" in said.out


def test_rules_as_data_are_those_of_the_day():
    said = json.loads(ask("rules", "--as-of", "2025-12-31", "--format", "json").stdout)
    ratio = next(each for each in said["rules"] if each["rule"] == "ratio_existing")
    assert (ratio["value"], ratio["standing"]) == ("8", "有效")
    assert {"radius_m", "basis"} <= {each["choice"] for each in said["choices"]}


@pytest.fixture(scope="module")
def later(tmp_path_factory):
    """A county that grows by a tenth each year and has costs for new sites."""
    office = clean_office(tmp_path_factory.mktemp("later") / "county")
    growing = {"zh": "中方案", "en": "Middle", "growth_per_year": {"default": 0.1}}
    office.config["forecast"] = {"horizon": 2027, "scenarios": {"middle": growing}}
    office.config["siting"] = SITING
    return office.write()


def test_forecast_as_data_grows_by_a_tenth_a_year(later, tmp_path):
    words = ("--county", later, "--out", tmp_path / "f", "--no-charts", "-q")
    rows = json.loads(ask("forecast", *words, "--format", "json").stdout)
    assert [(each["year"], each["population"]) for each in rows] == [(2026, 9131), (2027, 10045)]
    assert rows[0]["name"] == "试验县"


def test_forecast_s_test_by_last_year_as_data(later, tmp_path):
    office = clean_office(tmp_path / "now")
    office.config["as_of"] = date(2026, 12, 31).isoformat()
    words = ("forecast", "--county", office.write(), "--backtest", later)
    whole = json.loads(ask(*words, "--format", "json").stdout)[-1]
    assert whole["population_error"] == 9131 - 8301
    done = ask(*words, "--lang", "en")
    assert row(done.stdout.replace("10.0", "10"), "County")[:4] == [9131, 8301, 830, 10]


def test_site_by_year_spends_what_there_is_and_says_what_is_missing(later, tmp_path):
    words = ("--county", later, "--close", "all", "--lang", "en")
    words += ("--mode", "phases", "--deadline", "2026-12-31")
    done = ask("site", *words, "--out", tmp_path / "plan")
    # 300 yuan: one site (100) of 20 slots (10 each); all 42 slots on three sites cost 720.
    assert "bring 300 yuan, closing all costs at least 720" in done.stdout
    assert row(done.stdout, "2026") == [1, 20, 300, 300, 20, 42, 22]


def test_site_by_year_says_how_far_the_best_plan_stays_behind(tmp_path):
    office = clean_office(tmp_path / "county")
    office.config["siting"] = SITING | {"closed_percent_by_year": {"2026": 100}}
    words = ("--county", office.write(), "--mode", "phases", "--deadline", "2027-12-31", "-q")
    done = ask("site", *words, "--lang", "en", "--out", tmp_path / "plan")
    assert "behind by 31 slots at most" in done.stdout
    # Of its sites of 6, 11 and 25 slots the first year's 300 yuan pay for the one of 11: 100 + 110.
    assert row(done.stdout, "2026") == [1, 11, 210, 300, 11, 42, 31]
    assert row(done.stdout, "2027")[4:] == [42, 42, 0]


def test_site_lists_other_plans_of_similar_cost(tmp_path):
    office = clean_office(tmp_path / "county")
    at = office.zones[3]["geometry"].centroid  # where premises could be found as well
    school = {"candidate_id": "C1", "name": "备选", "means": "lease", "kind": "school"}
    school |= {"max_slots": 100, "lon": at.x, "lat": at.y}
    office.put("candidates", "candidates.csv", csv_text([school]))
    office.config["siting"] = SITING
    words = ("--county", office.write(), "--alternatives", "1", "--lang", "en", "-q")
    done = ask("site", *words, "--out", tmp_path / "plan")
    assert "Alternative 1: 3 sites with 42 slots, 720 yuan, 2 the same as in the" in done.stdout
    assert (tmp_path / "plan" / "sites_alternative_1.csv").exists()


def test_site_for_a_forecast_year_closes_the_shortfall_of_that_year(later, tmp_path):
    words = ("--county", later, "--year", "2027", "--format", "json", "-q")
    said = json.loads(ask("site", *words, "--out", tmp_path / "plan").stdout)
    assert (said["shortfall_before"], said["shortfall_after"]) == (52, 0)
    assert said["cost"] == said["sites"] * 100 + said["slots"] * 10


@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        (KeyboardInterrupt(), 130, ""),
        (MemoryError(), 1, "Out of memory; nothing was written."),
        (
            ZeroDivisionError("by nought"),
            1,
            "A fault of the program (ZeroDivisionError: by nought)",
        ),
    ],
)
def test_what_goes_wrong_inside_is_told_in_a_sentence(fault, code, told, monkeypatch, capsys):
    def fail(_):
        raise fault

    monkeypatch.setattr(rules, "load_policy", fail)
    assert ended(["rules", "--lang", "en"]) == code
    said = capsys.readouterr().err
    assert told in said
    assert "Traceback" not in said


def test_a_fault_of_the_program_shows_its_trace_to_who_asks_as_told(monkeypatch, capsys):
    monkeypatch.setattr(rules, "load_policy", lambda _: 1 // 0)
    assert ended(["rules"]) == 1
    assert "plan-gaps -v" in capsys.readouterr().err
    with pytest.raises(ZeroDivisionError):
        main(["-v", "rules"])


def test_slots_without_a_place_are_told_in_the_county_s_total(tmp_path):
    office = clean_office(tmp_path / "county")
    del office.facilities[0]["lon"], office.facilities[0]["lat"]
    done = ask("--county", office.write(), "--out", tmp_path / "run", "--lang", "en", "-q")
    assert "60 counted slots have no coordinates" in done.stdout


def test_explain_of_real_data_has_no_notice(place):
    done = ask("explain", "--county", place / "a", "002", "--lang", "en")
    assert "700" in done.stdout
    assert "demonstration" not in done.stdout
    page = ask("explain", "--county", place / "a", "002", "--format", "html").stdout
    assert "演示数据" not in page


def test_a_full_disk_under_a_run_is_told_and_leaves_nothing(place, tmp_path, monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(xlsxwriter.workbook, "ZipFile", full)
    words = ["--county", place / "a", "--out", tmp_path / "run", "--lang", "en"]
    assert ended(words) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_table_of_the_console_leaves_what_is_unknown_empty():
    assert table(["township", "n"], [["a", None], ["b", 1]]).splitlines()[1] == "a"


def test_a_strict_run_ends_where_a_rule_stands_in_for_a_lapsed_one(place, tmp_path, capsys):
    words = ["--county", place / "a", "--out", tmp_path / "run", "--strict", "--lang", "en"]
    assert ended([*words, "--as-of", "2026-12-31"]) == 1
    assert "stands in" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_pdf_of_a_run_of_tables_has_a_report_to_be_made_of(place, tmp_path, monkeypatch):
    made = []

    def convert(document, **_):
        made.append(document.name)
        return document.rename(document.with_suffix(".pdf"))

    monkeypatch.setattr(runs, "convert_to_pdf", convert)
    words = ("--county", place / "a", "--out", tmp_path / "run", "--outputs", "tables", "--pdf")
    assert ask(*words, "-q").exit_code == 0
    assert made == ["report.docx"]


def test_batch_says_where_its_work_can_be_watched(tmp_path, monkeypatch):
    clean_office(tmp_path / "in" / "a").write()

    def watched(*args, dashboard, **more):
        dashboard("http://127.0.0.1:8787/status")
        return run_batch(*args, dashboard=dashboard, **more)

    monkeypatch.setattr(batch, "run_batch", watched)
    words = ("batch", tmp_path / "in", "--out", tmp_path / "out", "--workers", "0")
    assert "http://127.0.0.1:8787/status" in ask(*words).stderr


def test_forecast_of_real_data_is_a_table_without_notice(later, tmp_path):
    words = ("--county", later, "--out", tmp_path / "f", "--no-charts", "--lang", "en")
    done = ask("forecast", *words)
    assert row(done.stdout, "2026")[0] == 9131
    assert "demonstration" not in done.stdout


def test_site_by_year_that_keeps_up_says_nothing_of_falling_behind(tmp_path):
    office = clean_office(tmp_path / "county")
    office.config["siting"] = SITING | {"budget_by_year": {"2026": 720}}
    words = ("--county", office.write(), "--mode", "phases", "--deadline", "2026-12-31", "-q")
    done = ask("site", *words, "--lang", "en", "--out", tmp_path / "plan")
    assert row(done.stdout, "2026") == [3, 42, 720, 720, 42, 42, 0]
    assert "behind" not in done.stdout


def test_where_nothing_is_missing_no_site_is_planned(tmp_path):
    office = clean_office(tmp_path / "county")
    office.config["siting"] = SITING
    for zone in office.zones:
        zone["category"] = "rural"
    words = ("--county", office.write(), "--out", tmp_path / "plan", "--lang", "en", "-q")
    assert "0 sites with 0 slots for 0 yuan" in ask("site", *words).stdout
    assert len((tmp_path / "plan" / "sites.csv").read_text("utf-8-sig").splitlines()) == 1
