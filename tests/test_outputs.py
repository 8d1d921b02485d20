"""What a large county's run writes, how it reads and writes shapes, and pages made on demand."""

from __future__ import annotations

import json
import shutil

import geopandas as gpd
import pyarrow.parquet as pq
import pytest
import shapely
from click.testing import CliRunner
from mapped import chromium, open_page, watched_page
from synthetic_county import make_county, write_county

from capacity_planner.assessment import assess
from capacity_planner.attribution import lying_in
from capacity_planner.cli.app import plan_gaps
from capacity_planner.errors import BrokenLawError, InputError, UnknownNameError
from capacity_planner.loaders import load_county
from capacity_planner.report import gis
from capacity_planner.runs import add_township_pages, outputs, write_run
from capacity_planner.runs.verify import verify_run

TABLES = {
    "zones.csv",
    "townships.csv",
    "links.csv",
    "complaints.csv",
    "run.json",
    *(f"gis_parquet/{name}.parquet" for name in ("zones", "townships", "facilities", "links")),
    "gis_parquet/README.txt",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("counties") / "synthetic"
    write_county(make_county(260, 20), place)
    return place


@pytest.fixture(scope="module")
def gaps(folder):
    return assess(load_county(folder))


def _files(run):
    return {path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file()}


def test_tables_and_overview_are_just_that(gaps, tmp_path):
    assert _files(write_run(gaps, tmp_path / "t", outputs="tables")) == TABLES
    assert _files(write_run(gaps, tmp_path / "o", outputs="overview")) == {*TABLES, "index.html"}


def test_every_extent_tells_the_same_figures(gaps, tmp_path):
    runs = [write_run(gaps, tmp_path / each, outputs=each) for each in outputs.OUTPUTS]
    for name in ("zones.csv", "townships.csv", "links.csv", "complaints.csv"):
        assert len({(run / name).read_bytes() for run in runs}) == 1
    hashes = {json.loads((run / "run.json").read_text("utf-8"))["run_hash"] for run in runs}
    assert len(hashes) == 1


def test_a_layer_that_disagrees_ends_the_run(gaps, tmp_path, monkeypatch):
    def dishonest(frame, path, **more):
        if path.name == "townships.parquet":
            frame = frame.assign(shortfall=frame["shortfall"] + 1)
        return honest(frame, path, **more)

    honest = gis.write_geoparquet
    monkeypatch.setattr(gis, "write_geoparquet", dishonest)
    with pytest.raises(BrokenLawError):
        write_run(gaps, tmp_path / "run", outputs="tables")
    assert list(tmp_path.iterdir()) == []


def test_the_size_chooses_and_the_console_says_so(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(outputs, "MOST_IN_ALL", 200)
    words = ["--county", str(folder), "--out", str(tmp_path / "run"), "--lang", "en"]
    done = CliRunner().invoke(plan_gaps, words, catch_exceptions=False)
    assert done.exit_code == 0
    assert _files(tmp_path / "run") == {*TABLES, "index.html"}
    assert "260 zones: writing tables, GeoParquet layers and an overview map" in done.stderr
    told = next(line for line in done.stderr.splitlines() if line.startswith("Peak memory"))
    assert 50 < int(told.split()[2].replace(",", "")) < 8_000


def _wkb(path):
    return pq.read_table(path, columns=["geometry"])["geometry"].to_pylist()


def test_shapes_that_nobody_moved_are_written_as_they_were_read(folder, gaps, tmp_path):
    run = write_run(gaps, tmp_path / "run", outputs="tables")
    sent = dict(
        zip(
            gpd.read_parquet(folder / "zones.parquet")["zone_id"],
            _wkb(folder / "zones.parquet"),
            strict=True,
        )
    )
    written = run / "gis_parquet" / "zones.parquet"
    read = gpd.read_parquet(written)
    assert _wkb(written) == [sent[each] for each in read["zone_id"]]
    assert read.crs == gaps.zones.crs
    assert shapely.equals_exact(read.geometry.to_numpy(), gaps.zones.geometry.to_numpy()).all()


def test_bytes_are_passed_on_only_where_a_shape_is_as_sent(folder, tmp_path):
    place = tmp_path / "c"
    shutil.copytree(folder, place)
    zones = gpd.read_parquet(place / "zones.parquet")
    bow = zones.geometry[7].bounds
    zones.loc[7, "geometry"] = shapely.Polygon(
        [bow[:2], (bow[2], bow[3]), (bow[2], bow[1]), (bow[0], bow[3]), bow[:2]]
    )
    mended = zones["zone_id"][7]
    zones.to_parquet(place / "zones.parquet")
    county = load_county(place)
    assert "geometry_repaired" in {each.code[:17] for each in county.tables.complaints}
    passed = county.tables.zones_stored
    ids = county.tables.zones["zone_id"].to_numpy()
    assert passed.rows[ids == mended].tolist() == [-1]
    assert (passed.rows >= 0).sum() == len(ids) - 1
    run = write_run(assess(county), tmp_path / "run", outputs="tables")
    written = gpd.read_parquet(run / "gis_parquet" / "zones.parquet")
    now = county.tables.zones.geometry.to_numpy()
    assert shapely.equals_exact(written.geometry.to_numpy(), now).all()


def test_bytes_are_not_passed_on_when_zones_were_projected_or_replaced(folder, gaps, tmp_path):
    place = tmp_path / "c"
    shutil.copytree(folder, place)
    gpd.read_parquet(place / "zones.parquet").to_crs(4490).to_parquet(place / "zones.parquet")
    assert load_county(place).tables.zones_stored is None
    assert gaps.county.tables.zones_stored is not None
    other = gaps.county.with_tables(zones=gaps.county.tables.zones.iloc[:5])
    assert other.tables.zones_stored is None


def test_where_facilities_lie_is_found_once_whatever_the_order_of_rows(folder, tmp_path):
    place = tmp_path / "c"
    shutil.copytree(folder, place)
    zones = gpd.read_parquet(place / "zones.parquet")
    sites = gpd.read_parquet(place / "facilities.parquet")
    sites.loc[:2, "geometry"] = [  # on a corner, in a zone that another one lies upon, nowhere
        shapely.get_point(zones.geometry[5].exterior, 0),
        zones.geometry[9].representative_point(),
        None,
    ]
    zones.loc[10, "geometry"] = zones.geometry[9].buffer(1)
    zones.iloc[::-1].to_parquet(place / "zones.parquet")
    sites.sample(frac=1, random_state=4).to_parquet(place / "facilities.parquet")
    county = load_county(place)
    tables = county.tables
    found = lying_in(tables.facilities.geometry.to_numpy(), tables.zones.geometry.to_numpy())
    pairs = set(zip(*(each.tolist() for each in found), strict=True))
    assert {(0, 5), (1, 9), (1, 10)} <= pairs
    assert set(zip(*(each.tolist() for each in tables.lying), strict=True)) == pairs
    for moved in ({"zones": tables.zones[1:]}, {"facilities": tables.facilities[1:]}):
        assert county.with_tables(**moved).tables.lying is None
    assert county.with_choices(radius_m=300).tables.lying is tables.lying


def test_shapes_in_another_order_or_of_a_changed_file_are_encoded_anew(folder, gaps, tmp_path):
    place = tmp_path / "c"
    shutil.copytree(folder, place)
    zones = gpd.read_parquet(place / "zones.parquet")
    zones.iloc[::-1].to_parquet(place / "zones.parquet")
    turned = load_county(place)
    assert turned.tables.zones_stored is None
    zones.to_parquet(place / "zones.parquet")
    county = load_county(place)
    moved = zones.set_geometry(zones.translate(1))
    moved.to_parquet(place / "zones.parquet")
    written = [
        _wkb(
            write_run(assess(each), tmp_path / f"{at}", outputs="tables")
            / "gis_parquet"
            / "zones.parquet"
        )
        for at, each in enumerate((gaps.county, turned, county))
    ]
    assert written[0] == written[1] == written[2]


def test_columns_without_a_meaning_are_named_and_not_read(folder, tmp_path):
    place = tmp_path / "c"
    shutil.copytree(folder, place)
    zones = gpd.read_parquet(place / "zones.parquet")
    zones.insert(3, "remark", [f"remark {number}" for number in range(len(zones))])
    zones.to_parquet(place / "zones.parquet")
    about = pq.ParquetFile(place / "zones.parquet").metadata.row_group(0).column(3)
    assert about.path_in_schema == "remark"
    data = bytearray((place / "zones.parquet").read_bytes())
    start = about.dictionary_page_offset or about.data_page_offset
    data[start : start + about.total_compressed_size] = bytes(about.total_compressed_size)
    (place / "zones.parquet").write_bytes(data)
    with pytest.raises(OSError, match=r"thrift|Thrift|page"):
        pq.read_table(place / "zones.parquet")
    county = load_county(place)
    assert len(county.tables.zones) == len(zones)
    told = {each.code for each in county.tables.complaints}
    assert told == {"columns_unused", "facility_without_township", "further_complaints"}


@pytest.fixture
def overview(gaps, tmp_path):
    return write_run(gaps, tmp_path / "run", outputs="overview")


def test_pages_on_demand_belong_to_their_run(gaps, overview, folder):
    code, name = gaps.townships[["township_code", "name"]].iloc[0]
    (page,) = add_township_pages(overview, [name], county=folder)
    assert page == overview / "townships" / f"{code}.html"
    run_hash = json.loads((overview / "run.json").read_text("utf-8"))["run_hash"]
    assert f'"run":"{run_hash}"' in page.read_text("utf-8")
    assert verify_run(overview, county=folder).stands
    page.write_text("edited", "utf-8")
    assert not verify_run(overview, county=folder).stands
    with pytest.raises(UnknownNameError):
        add_township_pages(overview, ["no such place"], county=folder)


def test_a_page_on_demand_is_the_page_of_a_whole_run(gaps, overview, folder, tmp_path):
    code = str(gaps.townships["township_code"].iloc[0])
    whole = write_run(gaps, tmp_path / "whole", outputs="all") / "townships" / f"{code}.html"
    (page,) = add_township_pages(overview, [code], county=folder)
    asked = page.read_text("utf-8").replace('"on_demand":true', '"on_demand":false')
    assert asked == whole.read_text("utf-8")


def test_pages_of_changed_inputs_are_refused(overview, folder, tmp_path):
    place = tmp_path / "changed"
    shutil.copytree(folder, place)
    settings = (place / "county.toml").read_text("utf-8")
    (place / "county.toml").write_text(settings + "\n# changed\n", "utf-8")
    with pytest.raises(InputError) as caught:
        add_township_pages(overview, ["T0000000"], county=place)
    assert caught.value.complaints[0].code == "pages_of_another_run"
    assert not (overview / "townships").exists()


@pytest.mark.browser
def test_an_overview_says_how_to_get_a_township_s_page(overview, gaps):
    code = str(gaps.townships["township_code"].iloc[0])
    with chromium() as browser, watched_page(browser) as watched:
        page = open_page(watched, overview / "index.html", f"#township={code}")
        assert page.get_by_text(f"plan-gaps pages 结果文件夹 {code}").is_visible()
        assert not page.locator("#go-township").is_visible()
        assert page.locator("a[href^='townships/']").count() == 0
