"""Many counties: each on its own, resumable, with or without a scheduler the same bytes."""

from __future__ import annotations

import csv
import os
import re
import shutil
import signal
import threading
import time

import geopandas as gpd
import numpy as np
import pytest
import shapely
import shapely.affinity
from click.testing import CliRunner
from distributed import LocalCluster
from faults import clean_office, geojson

from capacity_planner.batch import find_counties, run_batch, run_county, schedule
from capacity_planner.cli.app import plan_gaps
from capacity_planner.errors import CountyError, OutputError
from capacity_planner.mapper.page import find_addresses


def _counties(folder, names, **spoil):
    for name in names:
        office = clean_office(folder / name)
        office.config["name"] = f"试验县{name}"
        for row in office.zones:
            row["population"] += 10 * ord(name[-1])
        for row in office.facilities:
            row["name"] = f"{name}{row['name']}"
        spoil.get(name, lambda _: None)(office)
        office.write()
    return folder


def _content(out):
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and ".batch" not in path.parts
    }


def _rows(path):
    with path.open(encoding="utf-8-sig", newline="") as source:
        return list(csv.DictReader(source))


def test_national_tables_are_the_sum_of_the_counties(tmp_path):
    folder = _counties(tmp_path / "in", ["a", "b"])
    result = run_batch(folder, tmp_path / "out")
    counties = _rows(tmp_path / "out" / "counties.csv")
    townships = _rows(tmp_path / "out" / "townships.csv")
    assert [each.state for each in result.outcomes] == ["done", "done"]
    for name in ("required", "attributed", "shortfall", "population"):
        national = sum(int(row[name]) for row in counties)
        assert national == sum(int(row[name]) for row in townships)
        assert national == sum(each.totals[name] for each in result.outcomes)


def test_bad_input_of_one_county_does_not_stop_the_others(tmp_path):
    def spoil(office):
        office.zones[0]["population"] = -1

    folder = _counties(tmp_path / "in", ["a", "b", "c"], b=spoil)
    result = run_batch(folder, tmp_path / "out")
    assert [each.state for each in result.outcomes] == ["done", "failed", "done"]
    assert not (tmp_path / "out" / "b").exists()
    told = _rows(tmp_path / "out" / "failed.csv")
    assert {row["county"] for row in told} == {"b"}
    assert any(row["severity"] == "error" for row in told)


def test_finished_counties_are_kept_until_something_changes(tmp_path):
    folder = _counties(tmp_path / "in", ["a", "b"])
    run_batch(folder, tmp_path / "out")
    before = _content(tmp_path / "out")
    stamp = (tmp_path / "out" / "a" / "run.json").stat().st_mtime_ns
    again = run_batch(folder, tmp_path / "out")
    assert [each.state for each in again.outcomes] == ["kept", "kept"]
    assert (tmp_path / "out" / "a" / "run.json").stat().st_mtime_ns == stamp
    assert _content(tmp_path / "out") == before
    table = folder / "b" / "facilities.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",60,", ",61,"), encoding="utf-8")
    third = run_batch(folder, tmp_path / "out")
    assert [each.state for each in third.outcomes] == ["kept", "done"]
    shutil.rmtree(tmp_path / "out" / "a")
    assert run_batch(folder, tmp_path / "out").outcomes[0].state == "done"


def test_no_slot_counts_in_two_counties(tmp_path):
    def copy(office):
        office.facilities[0]["name"] = "a甲托育园"

    result = run_batch(
        _counties(tmp_path / "in", ["a", "b"], b=copy), tmp_path / "out", outputs="tables"
    )
    assert [(each.name, each.counties) for each in result.claimed_twice] == [
        ("a甲托育园", ("a", "b"))
    ]
    (row,) = _rows(tmp_path / "out" / "claimed_twice.csv")
    assert (row["name"], row["counties"]) == ("a甲托育园", "a、b")
    clean = run_batch(
        _counties(tmp_path / "clean", ["a", "b"]), tmp_path / "out2", outputs="tables"
    )
    assert clean.claimed_twice == ()


def test_a_facility_across_the_border_serves_its_own_county_only(tmp_path):
    """Two counties side by side, one facility between them: its slots count once, on its side."""

    def without(office):
        del office.facilities[:]
        office.facilities.append({**spare, "slots": 1, "name": "乙园", "lon": 107.5, "lat": 30.9})

    spare = dict(clean_office(tmp_path / "x").facilities[0])
    folder = _counties(tmp_path / "in", ["a", "b"], b=without)
    # The zones of both counties are the same squares: every facility of a lies in zones of b too.
    result = run_batch(folder, tmp_path / "out", outputs="tables")
    alone = run_batch(_counties(tmp_path / "in1", ["a"]), tmp_path / "out1", outputs="tables")
    assert result.claimed_twice == ()
    assert [row["message"] for each in result.failed for row in each.complaints] == []
    served = {each.county: each.totals for each in result.outcomes}
    assert served["a"] == alone.outcomes[0].totals
    assert served["a"]["attributed"] > 0
    assert served["b"]["attributed"] == 0
    listed = {
        (name, lon, lat): slots
        for each in result.usable
        for _, name, slots, lon, lat in each.facilities
    }
    assert sum(totals["counted"] for totals in served.values()) == sum(listed.values())
    for name in ("a", "b"):
        own = {row["facility_id"] for row in _rows(folder / name / "facilities.csv")}
        links = _rows(tmp_path / "out" / name / "links.csv")
        assert {row["facility_id"] for row in links} <= own


def test_one_facility_told_a_little_apart_is_still_one(tmp_path):
    def near(office):
        office.facilities[0]["name"] = "a甲托育园"
        office.facilities[0]["lon"] = float(office.facilities[0]["lon"]) + 0.0003

    def far(office):
        office.facilities[0]["name"] = "a甲托育园"
        office.facilities[0]["lon"] = float(office.facilities[0]["lon"]) + 0.003

    for shift, claims in ((near, 1), (far, 0)):
        place = tmp_path / shift.__name__
        result = run_batch(
            _counties(place / "in", ["a", "b"], b=shift), place / "out", outputs="tables"
        )
        assert len(result.claimed_twice) == claims


def _partitioned(folder, parts):
    """Lay the counties of a folder out as GeoParquet partitioned by county."""
    for name in ("a", "b"):
        office = folder / name
        for table in ("zones", "townships"):
            target = parts / table / f"county={name}"
            target.mkdir(parents=True)
            gpd.read_file(office / f"{table}.geojson").to_parquet(target / "part-0.parquet")
        target = parts / "facilities" / f"county={name}"
        target.mkdir(parents=True)
        rows = gpd.pd.read_csv(office / "facilities.csv", dtype=str)
        points = gpd.points_from_xy(rows.pop("lon").astype(float), rows.pop("lat").astype(float))
        gpd.GeoDataFrame(rows, geometry=points, crs=4326).to_parquet(target / "part-0.parquet")
    settings = (folder / "a" / "county.toml").read_text(encoding="utf-8")
    for table, suffix in (("zones", "geojson"), ("townships", "geojson"), ("facilities", "csv")):
        settings = settings.replace(f"{table}.{suffix}", f"{table}.parquet")
    settings = settings.replace("试验县a", "试验县{county}")
    (parts / "county.toml").write_text(settings, encoding="utf-8")
    return parts


def test_a_partitioned_dataset_gives_the_figures_of_its_folders(tmp_path):
    folder = _counties(tmp_path / "in", ["a", "b"])
    parts = _partitioned(folder, tmp_path / "parts")
    from_parts = run_batch(parts, tmp_path / "out1", outputs="tables").counties()
    from_folders = run_batch(folder, tmp_path / "out2", outputs="tables").counties()
    assert from_parts.to_dict("records") == from_folders.to_dict("records")
    assert list(from_parts["name"]) == ["试验县a", "试验县b"]


def test_a_partition_may_have_several_parts(tmp_path):
    parts = _partitioned(_counties(tmp_path / "in", ["a", "b"]), tmp_path / "parts")
    whole = run_batch(parts, tmp_path / "out1", outputs="tables").counties()
    file = parts / "zones" / "county=a" / "part-0.parquet"
    zones = gpd.read_parquet(file)
    zones.iloc[:1].to_parquet(file)
    zones.iloc[1:].to_parquet(file.with_name("part-1.parquet"))
    assert run_batch(parts, tmp_path / "out2", outputs="tables").counties().equals(whole)
    zones.iloc[1:].drop(columns="population").to_parquet(file.with_name("part-1.parquet"))
    with pytest.raises(CountyError) as caught:
        run_batch(parts, tmp_path / "out3", outputs="tables")
    assert caught.value.complaints[0].code == "batch_parts_differ"


def test_a_partition_may_have_settings_of_its_own(tmp_path):
    parts = _partitioned(_counties(tmp_path / "in", ["a", "b"]), tmp_path / "parts")
    before = run_batch(parts, tmp_path / "out", outputs="tables").outcomes
    own = (parts / "county.toml").read_text(encoding="utf-8").replace("试验县{county}", "自定县")
    (parts / "settings").mkdir()
    (parts / "settings" / "b.toml").write_text(own, encoding="utf-8")
    after = run_batch(parts, tmp_path / "out", outputs="tables").outcomes
    assert [each.state for each in after] == ["kept", "done"]
    assert [each.name for each in after] == [before[0].name, "自定县"]


@pytest.mark.parametrize("name", ["..", "%2Fetc", "..%2Fup", ""])
def test_a_partition_that_names_no_folder_is_refused(name, tmp_path):
    target = tmp_path / "zones" / f"county={name}"
    target.mkdir(parents=True)
    (target / "part-0.parquet").touch()
    (tmp_path / "county.toml").touch()
    with pytest.raises(CountyError) as caught:
        find_counties(tmp_path, tmp_path / "workshop")
    assert caught.value.complaints[0].code == "batch_partition_name"


def test_the_overview_shows_every_county_and_fetches_nothing(tmp_path):
    def spoil(office):
        office.zones[0]["population"] = -1

    def hostile(office):
        office.config["name"] = "<script>alert(1)</script>"

    folder = _counties(tmp_path / "in", ["a", "b", "c"], b=spoil, c=hostile)
    run_batch(folder, tmp_path / "out")
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert page.count("<path") == 2
    assert page.count('href="./a/index.html"') == page.count('href="./c/index.html"') == 2
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert find_addresses(page) == []
    assert "b：1 处错误，未计算" in page
    national = _rows(tmp_path / "out" / "counties.csv")
    assert f"缺口 {sum(int(row['shortfall']) for row in national):,}。" in page.replace(
        "&#x27;", "'"
    )


def test_counties_lie_on_the_overview_as_on_the_ground(tmp_path):
    def east(office):
        for row in (*office.zones, *office.townships):
            row["geometry"] = shapely.affinity.translate(row["geometry"], 0.5, 0)
        for row in office.facilities:
            row["lon"] = float(row["lon"]) + 0.5

    run_batch(_counties(tmp_path / "in", ["a", "b"], b=east), tmp_path / "out", outputs="tables")
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    west, right = (
        np.array([corner.split(",") for corner in outline.split()], dtype=float)
        for outline in re.findall(r'd="M([^Z]*)Z', page)
    )
    assert west[:, 0].max() < right[:, 0].min()
    wide = right[:, 0].max() - west[:, 0].min()
    assert wide == pytest.approx(1_000, abs=1)


def test_a_fault_in_one_county_does_not_stop_the_others(tmp_path, monkeypatch):
    def faulty(task):
        if task.county == "a":
            raise MemoryError("too little")
        return run_county(task)

    monkeypatch.setattr(schedule, "run_county", faulty)
    result = run_batch(_counties(tmp_path / "in", ["a", "b"]), tmp_path / "out", outputs="tables")
    assert [each.state for each in result.outcomes] == ["failed", "done"]
    assert result.failed[0].complaints[0]["code"] == "batch_county_lost"


def test_a_run_that_lost_a_file_is_run_again(tmp_path):
    folder = _counties(tmp_path / "in", ["a"])
    run_batch(folder, tmp_path / "out", outputs="tables")
    (tmp_path / "out" / "a" / "zones.csv").unlink()
    assert run_batch(folder, tmp_path / "out", outputs="tables").outcomes[0].state == "done"
    assert (tmp_path / "out" / "a" / "zones.csv").is_file()


def test_options_are_part_of_what_must_be_equal(tmp_path):
    folder = _counties(tmp_path / "in", ["a"])
    run_batch(folder, tmp_path / "out", outputs="tables")
    assert not (tmp_path / "out" / "a" / "gaps.xlsx").exists()
    for more in ({"outputs": "all"}, {"choices": {"radius_m": 500}}, {"lang": "en"}):
        assert run_batch(folder, tmp_path / "out", **more).outcomes[0].state == "done"
        assert run_batch(folder, tmp_path / "out", **more).outcomes[0].state == "kept"


def test_no_scheduler_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(schedule, "_ANSWER_SECONDS", 1)
    folder = _counties(tmp_path / "in", ["a"])
    with pytest.raises(OutputError) as caught:
        run_batch(folder, tmp_path / "out", scheduler="tcp://127.0.0.1:9")
    assert caught.value.complaints[0].code == "batch_no_scheduler"


def test_the_command_tells_progress_cost_and_a_list_of_what_failed(tmp_path):
    def spoil(office):
        office.zones[0]["population"] = -1

    folder = _counties(tmp_path / "in", ["a", "b"], b=spoil)
    words = ["batch", str(folder), "--out", str(tmp_path / "out"), "--workers", "0", "--lang", "en"]
    done = CliRunner().invoke(plan_gaps, words, catch_exceptions=False)
    assert done.exit_code == 1
    assert "[1/2] done a" in done.stderr
    assert "[2/2] failed b" in done.stderr
    assert re.search(r"s a county \(median\).*peak memory of a worker [0-9]+ MiB", done.stderr)
    assert "b: errors 1, not run." in done.stdout
    again = CliRunner().invoke(plan_gaps, words, catch_exceptions=False)
    assert "[1/2] kept, unchanged a" in again.stderr


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(CountyError):
        find_counties(tmp_path, tmp_path)


def _kill_at_the_first_result(cluster, out, killed):
    """Kill one worker process once the first county has been written."""
    for _ in range(600):
        time.sleep(0.05)
        if list(out.glob("*/run.json")):
            killed.append(cluster.workers[0].pid)
            os.kill(killed[0], signal.SIGKILL)
            return


@pytest.mark.filterwarnings("default")
def test_workers_give_the_bytes_of_the_serial_run_though_one_is_killed(tmp_path):
    folder = _counties(tmp_path / "in", [f"county-{letter}" for letter in "abcdef"])
    run_batch(folder, tmp_path / "serial")
    out, killed = tmp_path / "parallel", []
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        watch = threading.Thread(target=_kill_at_the_first_result, args=(cluster, out, killed))
        watch.start()
        result = run_batch(folder, out, scheduler=cluster.scheduler_address)
        watch.join()
    assert killed
    assert result.failed == ()
    assert _content(out) == _content(tmp_path / "serial")
    assert not [path.name for path in out.iterdir() if path.name.endswith(".writing")]


@pytest.mark.filterwarnings("default")
def test_workers_of_its_own_give_the_same_figures(tmp_path):
    folder, links = _counties(tmp_path / "in", ["a", "b"]), []
    result = run_batch(folder, tmp_path / "out", workers=2, dashboard=links.append)
    assert [each.state for each in result.outcomes] == ["done", "done"]
    assert links
    assert _content(tmp_path / "out") == _serial(folder, tmp_path / "serial")


def _serial(folder, out):
    run_batch(folder, out)
    return _content(out)


def test_the_command_names_facilities_that_two_counties_count_and_ends_with_1(tmp_path):
    for name in "ab":
        office = clean_office(tmp_path / "in" / name)
        office.config["demonstration"] = True
        if name == "b":
            for row in office.townships:
                row["geometry"] = None
        else:
            whole = shapely.union_all([row["geometry"] for row in office.townships])
            office.put("boundary", "boundary.geojson", geojson([{"name": "县", "geometry": whole}]))
        office.write()
    words = ["batch", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--workers", "0"]
    done = CliRunner().invoke(plan_gaps, words, catch_exceptions=False)
    assert done.exit_code == 1
    assert "甲托育园" in done.stderr
    assert "演示数据" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_the_command_ends_well_where_nothing_failed(tmp_path):
    folder = _counties(tmp_path / "in", ["a"])
    words = ["batch", str(folder), "--out", str(tmp_path / "out"), "--workers", "0"]
    assert CliRunner().invoke(plan_gaps, words, catch_exceptions=False).exit_code == 0


def test_where_every_county_fails_the_list_of_what_failed_is_written(tmp_path):
    def unplaced(office):
        for row in office.facilities:
            del row["lon"], row["lat"]

    folder = _counties(tmp_path / "in", ["a"], a=unplaced)
    words = ["batch", str(folder), "--out", str(tmp_path / "out"), "--workers", "0"]
    assert CliRunner().invoke(plan_gaps, words, catch_exceptions=False).exit_code == 1
    told = _rows(tmp_path / "out" / "failed.csv")
    assert {row["county"] for row in told} == {"a"}
    assert _rows(tmp_path / "out" / "counties.csv") == []
    assert (tmp_path / "out" / "index.html").exists()


def test_two_of_one_name_in_one_county_are_that_county_s_own_matter(tmp_path):
    def twice(office):
        first = office.facilities[0]
        office.facilities[1].update(name=first["name"], lon=first["lon"], lat=first["lat"])

    found = run_batch(_counties(tmp_path / "in", ["a"], a=twice), tmp_path / "out")
    assert [each.state for each in found.outcomes] == ["done"]
    assert found.claimed_twice == ()
