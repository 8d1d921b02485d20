"""Many counties: each on its own, resumable, with or without a scheduler the same bytes."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import threading
import time

import geopandas as gpd
import pytest
from distributed import LocalCluster
from faults import clean_office

from capacity_planner.batch import find_counties, run_batch
from capacity_planner.errors import CountyError


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

    result = run_batch(_counties(tmp_path / "in", ["a", "b"], b=copy), tmp_path / "out")
    assert [(name, counties) for _, name, counties in result.claimed_twice] == [
        ("a甲托育园", ("a", "b"))
    ]
    clean = run_batch(_counties(tmp_path / "clean", ["a", "b"]), tmp_path / "out2")
    assert clean.claimed_twice == ()


def test_a_partitioned_dataset_gives_the_figures_of_its_folders(tmp_path):
    folder = _counties(tmp_path / "in", ["a", "b"])
    parts = tmp_path / "parts"
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
    settings = settings.replace("zones.geojson", "zones.parquet")
    settings = settings.replace("townships.geojson", "townships.parquet")
    settings = settings.replace("facilities.csv", "facilities.parquet")
    (parts / "county.toml").write_text(settings, encoding="utf-8")
    from_parts = run_batch(parts, tmp_path / "out1").counties().drop(columns="name")
    from_folders = run_batch(folder, tmp_path / "out2").counties().drop(columns="name")
    assert from_parts.to_dict("records") == from_folders.to_dict("records")


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
