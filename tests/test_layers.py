"""GIS layers: what a GIS finds in them, styles and aliases, and what each format keeps."""

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from squares import county, middle, square

from capacity_planner.assessment import assess
from capacity_planner.loaders import load_county
from capacity_planner.report import geoparquet, write_geopackage
from capacity_planner.report.classes import TOWNSHIPS
from capacity_planner.report.gis import GIS_FORMATS, write_gis
from capacity_planner.report.styles import layer_style

LAYERS = ("zones", "townships", "facilities", "links")


@pytest.fixture(scope="module")
def gaps():
    return assess(load_county("dazhu"))


@pytest.fixture(scope="module")
def package(gaps, tmp_path_factory):
    return write_geopackage(gaps, tmp_path_factory.mktemp("gpkg"), run_hash="ab" * 32)


def rows(package, question):
    with closing(sqlite3.connect(package)) as store:
        return store.execute(question).fetchall()


def test_layers_hold_the_run_s_rows(gaps, package):
    assert pyogrio.read_dataframe(package, layer="reach", read_geometry=False).shape == (
        len(gaps.pairs.zone),
        3,
    )
    for name in LAYERS:
        layer = gpd.read_file(package, layer=name)
        assert len(layer) == len(getattr(gaps, name))
        assert layer.crs == gaps.zones.crs
    zones = gpd.read_file(package, layer="zones")
    assert zones["shortfall"].sum() == gaps.totals["shortfall"]


def test_every_layer_has_a_style_that_qgis_takes_by_itself(package):
    found = rows(
        package,
        "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML, update_time FROM layer_styles",
    )
    assert [each[0] for each in found] == list(LAYERS)
    geometry = dict(rows(package, "SELECT table_name, column_name FROM gpkg_geometry_columns"))
    for name, column, default, style, when in found:
        assert geometry[name] == column
        assert default
        assert when.startswith("2025-12-31")
        tree = ET.fromstring(style)  # noqa: S314 (our own text)
        listed = {each.get("symbol") for each in tree.iter("rule")}
        assert listed == {each.get("name") for each in tree.iter("symbol")}


def test_rules_of_a_style_are_fixed_classes():
    tree = ET.fromstring(layer_style("zones", "zh"))  # noqa: S314 (our own text)
    wheres = [each.get("filter") for each in tree.iter("rule")]
    assert wheres[0] == '"required" IS NULL'
    assert wheres[2] == '"shortfall" >= 1 AND "shortfall" < 6'
    assert wheres[-1] == '"shortfall" >= 51'


def test_townships_leave_the_ground_to_the_zones_from_near():
    tree = ET.fromstring(layer_style("townships", "zh"))  # noqa: S314 (our own text)
    *fills, line = tree.iter("rule")
    assert {each.get("scalemindenom") for each in fills} == {line.get("scalemaxdenom")}
    assert all(each.get("scalemaxdenom") is None for each in fills)
    symbol = next(each for each in tree.iter("symbol") if each.get("name") == line.get("symbol"))
    assert any(each.get("k") == "style" and each.get("v") == "no" for each in symbol.iter("prop"))


def test_labels_appear_from_near_as_qgis_writes_it():
    tree = ET.fromstring(layer_style("zones", "zh"))  # noqa: S314 (our own text)
    scales = next(tree.iter("rendering"))
    assert (scales.get("scaleMin"), scales.get("scaleMax")) == ("1", "25000")


QGIS = """
import json, os, sys
from qgis.core import QgsApplication, QgsMapRendererParallelJob, QgsMapSettings, QgsVectorLayer
from qgis.PyQt.QtCore import QSize
app = QgsApplication([], False)
app.initQgis()
found = {}
for name in sys.argv[2:]:
    layer = QgsVectorLayer(f"{sys.argv[1]}|layername={name}", name, "ogr")
    told, styled = layer.loadDefaultStyle()
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setExtent(layer.extent())
    settings.setDestinationCrs(layer.crs())
    settings.setOutputSize(QSize(400, 400))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    colours = {image.pixelColor(x, y).name() for x in range(400) for y in range(400)}
    found[name] = {
        "rows": layer.featureCount(),
        "styled": styled,
        "renderer": layer.renderer().type(),
        "labels": layer.labelsEnabled(),
        "legend": [each.label() for each in layer.renderer().legendSymbolItems()],
        "aliases": [layer.attributeAlias(at) for at in range(len(layer.fields()))],
        "colours": sorted(colours),
    }
print(json.dumps(found), flush=True)
os._exit(0)  # QGIS falls over its own layers on the way out
"""
DEBIANS_PYTHON = "/usr/bin/python3"
HAS_QGIS = (
    Path(DEBIANS_PYTHON).exists()
    and subprocess.run(
        [DEBIANS_PYTHON, "-c", "import qgis.core"], capture_output=True, check=False
    ).returncode
    == 0
)


@pytest.mark.skipif(not HAS_QGIS, reason="Debian's python3-qgis is not installed")
def test_qgis_opens_every_layer_coloured_and_labelled(gaps, package):
    done = subprocess.run(
        [DEBIANS_PYTHON, "-c", QGIS, str(package), *LAYERS],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={"QT_QPA_PLATFORM": "offscreen", "HOME": str(package.parent), "PATH": "/usr/bin"},
    )
    assert "Warning" not in done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    for each in found.values():
        assert each["styled"]
        assert each["renderer"] == "RuleRenderer"
        assert each["labels"]
    assert found["zones"]["rows"] == len(gaps.zones)
    assert "缺 1–5 个" in found["zones"]["legend"]
    assert "居住区编号" in found["zones"]["aliases"]
    assert set(TOWNSHIPS.fills[2:]) <= set(found["townships"]["colours"])
    assert "#08519c" in found["facilities"]["colours"]


def test_aliases_are_chinese_and_the_metadata_name_the_run(package):
    aliases = dict(
        rows(package, "SELECT column_name, name FROM gpkg_data_columns WHERE table_name = 'zones'")
    )
    assert aliases["required"] == "应配托位"
    assert len(set(aliases.values())) == len(aliases)
    (about,) = rows(package, "SELECT metadata FROM gpkg_metadata")
    said = json.loads(about[0])
    assert said["run_hash"] == "ab" * 32
    assert "演示数据" in said["data_notice"]


def test_same_figures_same_bytes(gaps, package, tmp_path):
    again = write_geopackage(gaps, tmp_path, run_hash="ab" * 32)
    assert again.read_bytes() == package.read_bytes()


@pytest.mark.parametrize("form", GIS_FORMATS)
def test_further_formats_agree_and_say_their_limits(gaps, form, tmp_path):
    written = write_gis(gaps, tmp_path, form)
    place = tmp_path / f"gis_{form}"
    read = gpd.read_parquet if form == "parquet" else gpd.read_file
    zones = read(place / f"zones.{form}")
    assert len(zones) == len(gaps.zones)
    assert int(zones["shortfall"].sum()) == gaps.totals["shortfall"]
    assert zones.crs.to_epsg() == (4326 if form == "geojson" else gaps.zones.crs.to_epsg())
    note = (place / "README.txt").read_text(encoding="utf-8")
    assert "演示数据" in note
    assert (place / "README.txt") in written
    if form == "shp":
        assert set(zones["name"]) == set(gaps.zones["name"])
        assert "migr_cert = migrant_shortfall_certain" in note


def test_a_shapefile_s_short_names_are_all_different(gaps, tmp_path):
    write_gis(gaps, tmp_path, "shp")
    for name in LAYERS:
        columns = list(gpd.read_file(tmp_path / "gis_shp" / f"{name}.shp").columns)
        assert len(set(columns)) == len(columns)
        assert len(columns) >= len(getattr(gaps, name).columns)


@pytest.mark.parametrize("form", GIS_FORMATS)
def test_a_county_without_places_of_facilities_is_written(form, tmp_path):
    zones = [{"zone_id": "a", "population": 1000, "geometry": square(0, 0)}]
    facilities = [{"facility_id": "f", "slots": 5, "zone_id": "a", "geometry": None}]
    gaps = assess(county(zones, facilities))
    assert write_gis(gaps, tmp_path, form)
    assert write_gis(
        assess(county(zones, [{**facilities[0], "geometry": middle(0, 0)}])), tmp_path, form
    )


def test_an_unknown_format_is_refused(gaps, tmp_path):
    with pytest.raises(ValueError, match="form must be one of"):
        write_gis(gaps, tmp_path, "dwg")


@pytest.mark.parametrize("at_once", [3, 1 << 16])
@pytest.mark.parametrize("lost", [[], [1, 4], range(7)])
@pytest.mark.parametrize("count", [7, 0])
def test_lines_are_written_as_if_they_had_been_made(tmp_path, monkeypatch, at_once, lost, count):
    """Some facilities, or all of them, have no place; the rows come in one part or in three."""
    monkeypatch.setattr(geoparquet, "_ROWS_AT_ONCE", at_once)
    starts, ends = np.random.default_rng(1).random((2, count, 2)) * 1_000
    starts[[at for at in lost if at < count]] = np.nan
    table = pd.DataFrame({"slots": np.arange(count)})
    lines = np.full(count, None, dtype=object)
    there = np.isfinite(starts[:, 0])
    lines[there] = shapely.linestrings(np.stack([starts[there], ends[there]], axis=1))
    made = gpd.GeoDataFrame(table, geometry=lines, crs="EPSG:4545")
    made_path = geoparquet.write_geoparquet(made, tmp_path / "made.parquet")
    laid_out = geoparquet.write_lines(
        table, tmp_path / "laid_out.parquet", starts=starts, ends=ends, crs=made.crs
    )
    assert laid_out.read_bytes() == made_path.read_bytes()
    assert gpd.read_parquet(laid_out).geometry.isna().sum() == count - there.sum()
