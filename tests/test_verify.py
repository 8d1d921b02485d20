"""A run stands until a file, an input or a figure changes; then the first one is named."""

import json
import shutil

import pytest
from test_diff import edit_facilities, edit_settings, write_small_run

from capacity_planner.county import shipped_folder
from capacity_planner.errors import InputError
from capacity_planner.runs.verify import verify_run


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    place = tmp_path_factory.mktemp("verify")
    shutil.copytree(shipped_folder("dazhu"), place / "county")
    write_small_run(place / "county", place / "run")
    return place


@pytest.fixture
def copied(base, tmp_path):
    shutil.copytree(base / "county", tmp_path / "county")
    shutil.copytree(base / "run", tmp_path / "run")
    return tmp_path


def codes(verdict):
    return [each.code for each in verdict.differences]


def test_an_untouched_run_stands(base):
    verdict = verify_run(base / "run", county=base / "county")
    assert verdict.stands
    assert verdict.figures > 10_000
    assert verdict.inputs >= 6


def test_the_shipped_county_is_found_by_its_code(base):
    assert verify_run(base / "run").stands


def test_choices_of_the_command_line_are_kept(base, tmp_path):
    write_small_run(base / "county", tmp_path / "run", radius_m=500, basis="statistical")
    assert verify_run(tmp_path / "run", county=base / "county").stands


def test_the_first_figure_that_differs_is_named(copied):
    path = copied / "run" / "townships.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    cells = lines[1].split(",")
    column = lines[0].split(",").index("shortfall")
    cells[column] = str(int(cells[column]) + 1)
    lines[1] = ",".join(cells)
    path.write_text("\r\n".join([*lines, ""]), encoding="utf-8-sig", newline="")
    (found,) = verify_run(copied / "run", county=copied / "county").differences
    assert (found.code, found.file, found.column) == (
        "verify_figure_differs",
        "townships.csv",
        "shortfall",
    )
    assert "511724001" in found.message("zh")


def test_a_changed_input_is_named(copied):
    def close(rows):
        rows[0]["status"] = "closed"

    edit_facilities(copied / "county", close)
    verdict = verify_run(copied / "run", county=copied / "county")
    first = verdict.differences[0]
    assert (first.code, first.file) == ("verify_input_changed", "facilities.csv")
    assert "verify_figure_differs" in codes(verdict)


def test_a_changed_choice_is_an_input_and_the_figures_still_come_out(copied):
    edit_settings(copied / "county", r"^radius_m = \d+", "radius_m = 900")
    verdict = verify_run(copied / "run", county=copied / "county")
    assert codes(verdict) == ["verify_input_changed"]
    assert verdict.differences[0].file == "county.toml"


def edit_manifest(run, change):
    path = run / "run.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")


def test_an_edited_manifest_is_told(copied):
    edit_manifest(copied / "run", lambda each: each["totals"].update(shortfall=1))
    verdict = verify_run(copied / "run", county=copied / "county")
    assert codes(verdict) == ["verify_manifest_edited", "verify_figure_differs"]


def test_files_changed_or_gone_after_the_run_are_told(copied):
    digests = {"zones.csv": "0" * 64, "index.html": "0" * 64}
    edit_manifest(copied / "run", lambda each: each.update(outputs=digests))
    verdict = verify_run(copied / "run", county=copied / "county")
    assert codes(verdict) == ["verify_output_gone", "verify_output_changed"]


def test_a_county_that_is_not_shipped_must_be_named(copied):
    edit_manifest(copied / "run", lambda each: each["county"].update(code="999999"))
    with pytest.raises(InputError) as raised:
        verify_run(copied / "run")
    assert raised.value.complaints[0].code == "verify_county_needed"


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(InputError):
        verify_run(tmp_path)


def test_a_rule_that_read_otherwise_then_is_told_with_both_readings(copied):
    def change(manifest):
        rule = next(each for each in manifest["rules"] if each["rule"] == "ratio_new")
        rule["value"] = "9"
        manifest["rules"] = [each for each in manifest["rules"] if each["rule"] != "ratio_rural"]

    edit_manifest(copied / "run", change)
    told = {
        each.column: (each.params["before"].split(" · ")[0], each.params["after"].split(" · ")[0])
        for each in verify_run(copied / "run", county=copied / "county").differences
        if each.code == "verify_rule_changed"
    }
    assert told["ratio_new"] == ("9", "10")


def test_another_version_of_a_library_is_a_remark_and_no_difference(copied):
    edit_manifest(copied / "run", lambda each: each["packages"].update(numpy="0.1"))
    verdict = verify_run(copied / "run", county=copied / "county")
    (found,) = [each for each in verdict.remarks if each.code == "verify_other_version"]
    assert (found.column, found.params["before"]) == ("numpy", "0.1")
    assert "verify_other_version" not in codes(verdict)


def test_a_table_that_is_gone_is_not_compared(copied):
    whole = verify_run(copied / "run", county=copied / "county").figures
    (copied / "run" / "links.csv").unlink()
    assert verify_run(copied / "run", county=copied / "county").figures < whole


def test_a_table_that_is_none_is_refused_by_name(copied):
    (copied / "run" / "zones.csv").write_bytes(b"zone_id\r\n\xff\xfe\xfa\r\n")
    with pytest.raises(InputError) as raised:
        verify_run(copied / "run", county=copied / "county")
    assert raised.value.complaints[0].code == "run_unreadable"
