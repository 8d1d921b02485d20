"""The command line as a planner meets it: findings, messages, exit codes; never a traceback."""

from __future__ import annotations

import csv
import html
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recalculated import needs_office

from capacity_planner.cli.app import COMMANDS
from capacity_planner.report.gis import GIS_FORMATS
from capacity_planner.texts import label

ROOT = Path(__file__).parents[1]
DAZHU = ROOT / "data" / "dazhu"


def plan_gaps(*words, **more):
    """Run the command in a process of its own, as a planner does."""
    return subprocess.run(
        [sys.executable, "-m", "capacity_planner", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "100", **more.pop("env", {})},
        **more,
    )


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """One run of the main job, shared by the tests that read it."""
    out = tmp_path_factory.mktemp("run") / "dazhu"
    done = plan_gaps("--county", "dazhu", "--out", out)
    assert done.returncode == 0, done.stderr
    return out, done


def test_the_main_job_writes_every_output(run):
    out, _ = run
    expected = {
        "index.html",
        "zones.csv",
        "townships.csv",
        "links.csv",
        "complaints.csv",
        "gaps.gpkg",
        "run.json",
    }
    assert expected <= {path.name for path in out.iterdir()}
    assert len(list((out / "townships").glob("*.html"))) == 31


def test_the_console_shows_the_figures_of_the_tables(run):
    out, done = run
    totals = json.loads((out / "run.json").read_text(encoding="utf-8"))["totals"]
    for name in ("required", "attributed", "in_reach", "out_of_reach", "shortfall"):
        assert f"{totals[name]:,}" in done.stdout
    with (out / "townships.csv").open(encoding="utf-8-sig", newline="") as source:
        for row in csv.DictReader(source):
            line = next(each for each in done.stdout.splitlines() if each.startswith(row["name"]))
            shown = [word.replace(",", "") for word in line.split()]
            for name in ("population", "required", "attributed", "shortfall"):
                assert row[name] in shown


def test_synthetic_data_say_so_and_a_lapsed_opinion_is_announced(run):
    out, done = run
    assert "演示数据，不作决策依据 / demonstration data, not for decisions" in done.stdout
    assert "2026-09-15" in done.stderr
    for name in ("zones.csv", "townships.csv", "links.csv", "index.html"):
        assert "演示数据，不作决策依据" in (out / name).read_text(encoding="utf-8-sig")


def test_findings_go_to_stdout_and_progress_to_stderr(run):
    _, done = run
    assert "竹阳街道" in done.stdout
    assert "读取并检查输入" in done.stderr
    assert "读取并检查输入" not in done.stdout


def test_the_same_input_gives_the_same_bytes(run, tmp_path):
    out, _ = run
    again = tmp_path / "again"
    env = {"PYTHONHASHSEED": "7", "TZ": "America/Toronto", "LC_ALL": "C"}
    assert plan_gaps("--county", "dazhu", "--out", again, env=env).returncode == 0
    first = {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    second = {p.relative_to(again): p.read_bytes() for p in again.rglob("*") if p.is_file()}
    assert [str(name) for name in first if first[name] != second.get(name)] == []
    assert set(first) == set(second)


def test_json_on_stdout_is_json(tmp_path):
    done = plan_gaps("--county", "dazhu", "--format", "json", "-q", "--out", tmp_path / "run")
    found = json.loads(done.stdout)
    assert sum(row["shortfall"] for row in found["townships"]) == found["totals"]["shortfall"]


def test_a_later_date_says_which_rule_stands_in(tmp_path):
    done = plan_gaps("--county", "dazhu", "--as-of", "2026-12-31", "--out", tmp_path / "run")
    assert done.returncode == 0
    assert "川卫规〔2020〕8号" in done.stderr
    assert "川卫规〔2020〕8号" in (tmp_path / "run" / "zones.csv").read_text(encoding="utf-8-sig")


def test_a_larger_radius_serves_more(run, tmp_path):
    out, _ = run
    done = plan_gaps("--county", "dazhu", "--radius", "1000", "--out", tmp_path / "run")
    assert done.returncode == 0
    before, after = (
        json.loads((folder / "run.json").read_text(encoding="utf-8"))
        for folder in (out, tmp_path / "run")
    )
    assert after["totals"]["attributed"] > before["totals"]["attributed"]
    radius = next(each for each in after["choices"] if each["choice"] == "radius_m")
    assert (radius["value"], radius["origin"]) == ("1000", "command")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_and_stands_in_the_readme_or_docs(name):
    done = plan_gaps(name, "--help")
    written = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "README.md", *ROOT.glob("docs/**/*.md"))
    )
    assert done.returncode == 0
    assert "Usage: plan-gaps" in done.stdout
    assert name in written


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--county"], 2),
        (["--nonsense"], 2),
        (["nonsense"], 2),
        ([], 2),
        (["--county", "dazhu", "--radius", "-3"], 2),
        (["--county", "nowhere"], 1),
        (["--county", "../../etc"], 1),
        (["explain", "--county", "dazhu", "no-such-zone"], 1),
        (["rules", "--policy", "no-such-policy"], 1),
        (["--county", "dazhu", "--as-of", "2010-01-01"], 1),
    ],
)
def test_exit_codes_and_no_traceback(words, code, tmp_path):
    done = plan_gaps(*words, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stderr.strip()


def test_warnings_end_a_strict_run(tmp_path):
    done = plan_gaps("--county", "dazhu", "--strict", "--out", tmp_path / "run")
    assert done.returncode == 1
    assert not (tmp_path / "run").exists()


def test_bad_input_is_told_with_place_value_and_remedy_and_writes_nothing(tmp_path):
    folder = tmp_path / "county"
    shutil.copytree(DAZHU, folder)
    table = folder / "facilities.csv"
    with table.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    rows[0]["slots"] = "-129"
    with table.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    done = plan_gaps("--county", folder, "--out", tmp_path / "run")
    assert done.returncode == 1
    assert not (tmp_path / "run").exists()
    line = next(each for each in done.stderr.splitlines() if "-129" in each)
    assert "facilities.csv · 第 2 行" in line
    assert "slots" in line


def test_check_writes_nothing(tmp_path):
    done = plan_gaps("check", "--county", "dazhu", cwd=tmp_path)
    assert done.returncode == 0
    assert "841,960" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_explain_leads_from_clause_to_source_row(run):
    out, _ = run
    with (out / "zones.csv").open(encoding="utf-8-sig", newline="") as source:
        zone = next(row for row in csv.DictReader(source) if row["attributed"] not in ("", "0"))
    done = plan_gaps("explain", "--county", "dazhu", zone["zone_id"])
    assert "竹府办〔2021〕57号" in done.stdout
    assert zone["source_row"] in done.stdout
    assert f"= {int(zone['required']):,}" in done.stdout
    as_json = plan_gaps("explain", "--county", "dazhu", zone["zone_id"], "--format", "json")
    assert json.loads(as_json.stdout)["id"] == zone["zone_id"]


def test_explain_finds_facilities_and_townships_by_itself():
    facility = plan_gaps("explain", "--county", "dazhu", "SYN-F-001", "--lang", "en")
    township = plan_gaps("explain", "--county", "dazhu", "竹阳街道")
    assert "counted" in facility.stdout
    assert "511724001" in township.stdout


@pytest.mark.parametrize("name", ["SYN-Z-001-001", "SYN-F-001", "511724001"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_explain_as_a_page_says_the_lines_and_fetches_nothing(name, lang):
    words = ("explain", "--county", "dazhu", name, "--lang", lang)
    page = plan_gaps(*words, "--format", "html").stdout
    first, *lines, choices, _notice = plan_gaps(*words).stdout.splitlines()
    told = re.findall(r"<(?:h1|li)>(.*?)</", page)
    assert [html.unescape(each) for each in told] == [first, *lines]
    assert "演示数据" in page
    assert {
        "zh": "服务半径：300 米（由县级文件确定）",
        "en": "300 m (decided by the county's file)",
    }[lang] in choices
    assert html.escape(choices) in page
    assert "default-src 'none'" in page
    assert re.findall(r"(?:src|href)=|https?:|<script", page) == []


def test_figures_are_written_as_asked(tmp_path):
    words = ("figures", "--county", "dazhu", "--out", tmp_path, "--township", "竹阳街道")
    done = plan_gaps(*words, "--as", "png", "--as", "svg", "--as", "pdf")
    assert done.returncode == 0, done.stderr
    written = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    forms = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    assert set(written) == {f"{n}.{form}" for n in ("county", "511724001") for form in forms}
    for name, content in written.items():
        assert content.startswith(forms[name.rsplit(".")[-1]]), name


@pytest.mark.office
@needs_office
def test_every_file_is_the_same_to_the_byte_at_another_place_and_time(run, tmp_path):
    """PDF and GIS formats on request too; another hash seed, time zone, locale and folder."""
    out, _ = run
    words = [word for form in GIS_FORMATS for word in ("--gis", form)]
    places = tmp_path / "one", tmp_path / "two"
    elsewhere = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    for place, env in zip(places, ({}, elsewhere), strict=True):
        done = plan_gaps("--county", "dazhu", "--out", place, "--pdf", *words, env=env)
        assert done.returncode == 0, done.stderr
        limits = [label(f"gis.about.{form}", "zh") for form in GIS_FORMATS]
        assert all(each in done.stderr for each in limits)
    one, two = (
        {p.relative_to(place): p.read_bytes() for p in place.rglob("*") if p.is_file()}
        for place in places
    )
    assert [str(name) for name in one if one[name] != two.get(name)] == []
    added = {str(name) for name in one} - {str(p.relative_to(out)) for p in out.rglob("*")}
    assert "report.pdf" in added
    assert {name.split("/")[0] for name in added} == {
        "report.pdf",
        *(f"gis_{form}" for form in GIS_FORMATS),
    }


def test_a_map_approval_number_belongs_to_a_base_map(tmp_path):
    words = ("--county", "dazhu", "--out", tmp_path / "run", "--map-approval", "GS（1）2号")
    assert plan_gaps(*words).returncode == 2
    done = plan_gaps(*words, "--base-map", "gaode")
    assert done.returncode == 0, done.stderr
    assert "GS（1）2号" in (tmp_path / "run" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("shell", "words"), [("bash", "plan-gaps "), ("zsh", "plan-gaps "), ("fish", "plan-gaps ")]
)
def test_shells_complete_commands(shell, words):
    env = {"COMP_WORDS": words, "COMP_CWORD": "1", "COMP_LINE": words}
    found = complete(shell, "complete", env if shell != "fish" else {**env, "COMP_CWORD": ""})
    assert all(name in found for name in COMMANDS)
    assert "plan-gaps" in complete(shell, "source", {})


def complete(shell, step, env):
    """Ask the installed command what a shell's script asks it."""
    program = Path(sys.executable).with_name("plan-gaps")
    done = subprocess.run(
        [program],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
        env={**os.environ, **env, "_PLAN_GAPS_COMPLETE": f"{shell}_{step}"},
    )
    return done.stdout


@pytest.mark.parametrize(
    ("day", "standing"),
    [("2026-09-14", "有效"), ("2026-09-15", "已失效"), ("2021-09-14", "尚未施行")],
)
def test_rules_prints_the_register_with_standing(day, standing):
    done = plan_gaps("rules", "--as-of", day)
    line = next(
        each
        for each in done.stdout.splitlines()
        if each.startswith("ratio_new") and "竹府办" in each
    )
    assert standing in line
    assert "radius_m" in done.stdout


def test_list_names_what_is_shipped():
    done = plan_gaps("list")
    assert "dazhu" in done.stdout
    assert "演示数据" in done.stdout


def test_a_template_made_by_init_loads_cleanly(tmp_path):
    assert plan_gaps("init", tmp_path / "mine").returncode == 0
    done = plan_gaps("check", "--county", tmp_path / "mine")
    assert done.returncode == 0, done.stderr


def test_help_answers_without_heavy_imports():
    probe = (
        "import sys; from capacity_planner.cli.app import plan_gaps\n"
        "try: plan_gaps.main(['--help'], standalone_mode=False)\n"
        "finally: print(sorted({'pandas','geopandas','folium','numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_console_that_knows_no_chinese_gets_no_traceback(tmp_path):
    env = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = plan_gaps("--county", "dazhu", "--out", tmp_path / "run", env=env)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_gets_no_traceback():
    with subprocess.Popen(
        [sys.executable, "-m", "capacity_planner", "rules"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_check_as_data_lists_every_complaint_whether_usable_or_not(tmp_path):
    done = plan_gaps("check", "--county", "dazhu", "--format", "json")
    found = json.loads(done.stdout)
    assert found["usable"] is True
    assert {"home_based_too_large"} <= {each["code"] for each in found["complaints"]}
    assert {"file", "row", "column", "value", "message", "remedy"} <= set(found["complaints"][0])
    done = plan_gaps("check", "--county", tmp_path, "--format", "json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["usable"] is False


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ there")
def test_a_run_that_is_told_to_end_leaves_nothing_half_made(tmp_path):
    workshop = tmp_path / ".run.writing"
    with subprocess.Popen(
        [sys.executable, "-m", "capacity_planner", "--county", "dazhu", "--out", tmp_path / "run"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while process.poll() is None and not (workshop / "run" / "zones.csv").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        said = process.stderr.read()
    assert process.returncode == 143
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
