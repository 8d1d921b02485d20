"""Readers of single files: what offices save, what is broken, and what must not be opened."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import re
import subprocess
import zipfile

import geopandas as gpd
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from capacity_planner.errors import Complaints, InputError
from capacity_planner.loaders.files import limits, workbook
from capacity_planner.loaders.files.dbf import _columns
from capacity_planner.loaders.files.encoding import decode_latin, valid_texts
from capacity_planner.loaders.files.layers import read_layer
from capacity_planner.loaders.files.members import check_members
from capacity_planner.loaders.files.raw import RawTable
from capacity_planner.loaders.files.sniff import check_archive, check_geojson, kind_of
from capacity_planner.loaders.files.tables import read_sheets


def sheets(path, *, sheet=None, encoding=None):
    """Return the sheets of a file and the codes of what was told."""
    complaints = Complaints()
    kind = kind_of(path, path.name)
    read = read_sheets(
        path, path.name, kind=kind, sheet=sheet, encoding=encoding, complaints=complaints
    )
    return read, [each.code for each in complaints]


def saved(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(what, *args, **more):
    with pytest.raises(InputError) as caught:
        what(*args, **more)
    (complaint,) = caught.value.complaints
    return complaint


def table(rows):
    return f"<html><table>{rows}</table></html>"


def test_a_web_page_s_spanning_cells_keep_the_others_in_their_columns(tmp_path):
    page = table(
        "<tr><td rowspan=2>竹阳<br>街道<td colspan=2>人口</td></tr>"
        "<tr><td>城镇<td>农村</tr>stray text"
        "<tr><td>a <table><tr><td>inner</td></tr></table><td>b<td>c</tr>"
    )
    ((sheet,), told) = sheets(saved(tmp_path, "zones.xls", page))
    assert sheet.rows == [
        ["竹阳 街道", "人口", None],
        [None, "城镇", "农村"],
        ["a inner", "b", "c"],
    ]
    assert sheet.merged == ((0, 0, 1, 0), (0, 1, 0, 2))
    assert told == ["table_is_html"]


def test_a_web_page_without_a_cell_holds_no_table(tmp_path):
    assert refusal(sheets, saved(tmp_path, "a.xls", table("<tr></tr>"))).code == "sheet_none"


def test_a_web_page_as_wide_as_no_sheet_is_refused(tmp_path):
    page = table("<tr>" + "<td>1" * (limits.SHEET_COLUMNS + 1))
    found = refusal(sheets, saved(tmp_path, "a.xls", page))
    assert (found.code, found.params["columns"]) == ("sheet_too_large", limits.SHEET_COLUMNS + 1)


def test_a_text_has_no_sheets(tmp_path):
    path = saved(tmp_path, "zones.csv", "zone_id,name\n1,甲\n")
    assert refusal(sheets, path, sheet="Sheet1").code == "sheet_missing"


def test_a_nul_far_into_a_text_is_named_by_its_line(tmp_path):
    lines = "".join(f"{number},name\n" for number in range(1, 9000))
    found = refusal(sheets, saved(tmp_path, "zones.csv", f"{lines}9000,na\x00me\n"))
    assert (found.code, found.params["line"]) == ("text_has_nul", 9000)


def test_a_quote_that_is_never_closed_is_told_where_it_opens(tmp_path):
    for end in ("", '"\n'):
        text = "zone_id,name\n1,a\n" + '2,"b\n' + "3,c\n" * 30 + end
        found = refusal(sheets, saved(tmp_path, "zones.csv", text))
        assert (found.code, found.params["line"]) == ("text_quote_open", 3)


def test_a_text_of_more_rows_than_the_nation_has_zones_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "FEATURES", 3)
    path = saved(tmp_path, "zones.csv", "zone_id\n1\n2\n")
    assert len(sheets(path)[0][0].rows) == 3
    path = saved(tmp_path, "zones.csv", "zone_id\n1\n2\n3\n")
    assert refusal(sheets, path).code == "table_too_long"


def test_blank_cells_beyond_the_heading_are_cut_and_filled_ones_told(tmp_path):
    text = "zone_id,name\n1,a,,\n2,b\n3,c,surplus\n4,d\n"
    (sheet,), told = sheets(saved(tmp_path, "zones.csv", text))
    assert told == ["row_too_long"]
    assert sheet.rows[1] == ["1", "a", None]
    assert sheet.rows[3] == ["3", "c", "surplus"]


def test_what_is_no_plain_file_is_not_waited_for(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    os.mkfifo(tmp_path / "zones.csv")
    assert refusal(kind_of, tmp_path / "zones.csv", "zones.csv").code == "file_not_a_file"


def test_a_file_beyond_the_limit_is_not_read(tmp_path):
    path = saved(tmp_path, "zones.csv", "zone_id\n")
    os.truncate(path, limits.FILE_BYTES + 1)  # a hole, no bytes on disk
    assert refusal(kind_of, path, "zones.csv").code == "file_too_large"


def test_a_folder_is_a_geodatabase_by_its_catalogue(tmp_path):
    folder = tmp_path / "zones.gdb"
    folder.mkdir()
    assert refusal(kind_of, folder, "zones.gdb").code == "file_not_a_file"
    saved(folder, "a00000001.gdbtable", (3).to_bytes(4, "little"))
    assert kind_of(folder, "zones.gdb") == "filegdb"
    saved(folder, "a00000001.gdbtable", (9).to_bytes(4, "little"))
    assert refusal(kind_of, folder, "zones.gdb").code == "file_kind_unknown"


def zipped(path, names, packing=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name in names:
            archive.writestr(name, "content " * 10)
    return path


def test_a_letter_in_word_is_no_table(tmp_path):
    path = zipped(tmp_path / "zones.docx", ["[Content_Types].xml", "word/document.xml"])
    found = refusal(kind_of, path, "zones.docx")
    assert (found.code, found.value) == ("file_is_pdf", "Word / PowerPoint")


def test_an_archive_is_looked_at_before_it_is_unpacked(tmp_path):
    path = zipped(tmp_path / "a.zip", ["zones.shp"])
    check_archive(path, "a.zip", unpacked=80, suffixes=None)
    code = refusal(check_archive, path, "a.zip", unpacked=79, suffixes=None).code
    assert code == "archive_too_large"
    other = zipped(tmp_path / "b.zip", ["zones.shp"], zipfile.ZIP_BZIP2)
    assert refusal(kind_and_layer, other).code == "archive_packing"
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag in the directory that says: encrypted
    path.write_bytes(data)
    assert refusal(kind_and_layer, path).code == "archive_encrypted"


def kind_and_layer(path, layer=None, complaints=None):
    kind = kind_of(path, path.name)
    told = Complaints() if complaints is None else complaints
    return read_layer(path, path.name, kind=kind, layer=layer, complaints=told)


def test_an_archive_whose_content_does_not_fit_its_sum_is_broken(tmp_path):
    path = zipped(tmp_path / "a.zip", ["zones.geojson"], zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"content ", b"Content ", 1))
    assert refusal(kind_and_layer, path).code == "archive_broken"


POINT = {"type": "Point", "coordinates": [107.2, 30.7]}
FEATURE = {"type": "Feature", "properties": {"zone_id": "1"}, "geometry": POINT}


def geojson(*features, **members):
    return json.dumps({"type": "FeatureCollection", **members, "features": features})


def test_a_zip_may_hold_folders(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.mkdir("图层")
        archive.writestr("图层/zones.geojson", geojson(FEATURE))
    assert kind_and_layer(tmp_path / "a.zip").headings == ("zone_id",)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"crs": {"type": "name", "proper', "crs_member_unsafe"),
        (b'{"crs": {"type": "link", "properties": {"href": "x"}}}', "crs_member_unsafe"),
        (b'{"c\\u0072s": {"type": "link"}}', "crs_member_unsafe"),
        (b'{"c\\u0072s": {"type": ', "layer_unreadable"),
    ],
)
def test_a_reference_system_in_geojson_is_a_name_or_refused(data, code):
    assert refusal(check_geojson, data, "zones.geojson").code == code


def test_a_layer_beyond_the_limits_is_refused(tmp_path, monkeypatch):
    path = saved(tmp_path, "zones.geojson", geojson(FEATURE, FEATURE))
    monkeypatch.setattr(limits, "VERTICES", 1)
    assert refusal(kind_and_layer, path).code == "layer_too_many_vertices"
    monkeypatch.setattr(limits, "FEATURES", 1)
    assert refusal(kind_and_layer, path).code == "layer_too_many_features"


def test_memory_that_runs_out_in_a_reader_is_told_as_a_file_too_large(tmp_path, monkeypatch):
    def greedy(*_, **__):
        raise MemoryError

    monkeypatch.setattr(pyogrio, "read_arrow", greedy)
    path = saved(tmp_path, "zones.geojson", geojson(FEATURE))
    assert refusal(kind_and_layer, path).code == "file_too_large"


def test_a_file_without_layers_is_told(tmp_path):
    path = saved(
        tmp_path, "zones.kml", '<kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>'
    )
    assert refusal(kind_and_layer, path).code == "layer_none"


def test_a_member_written_twice_is_told_twenty_times_at_most(tmp_path):
    twice = '{"type": "Feature", "properties": {"a": 1, "a": 2}, "geometry": null}'
    text = '{"type": "FeatureCollection", "features": [' + ",".join([twice] * 30) + "]}"
    complaints = Complaints()
    kind_and_layer(saved(tmp_path, "zones.geojson", text), complaints=complaints)
    assert [each.code for each in complaints] == ["member_doubled"] * 20


def test_texts_of_a_layer_in_gb18030_are_read_as_meant():
    pieces = ["竹阳".encode("gb18030"), None, b"A1"]
    column = pa.array(pieces, pa.binary()).view(pa.string())
    assert valid_texts(column, "zones.gpkg").to_pylist() == ["竹阳", None, "A1"]
    broken = pa.array([b"\xff\xff"], pa.binary()).view(pa.string())
    assert refusal(valid_texts, broken, "zones.gpkg").code == "text_undecodable"


def _latin(heading, *texts):
    return RawTable(
        file="zones.shp",
        sheet="",
        headings=(heading,),
        cells=(pa.array([text.decode("latin-1") for text in texts], pa.string()),),
        rows=np.arange(1, len(texts) + 1),
        geometry=None,
        crs=None,
    )


@pytest.mark.parametrize(
    ("said", "read"), [("ANSI 1252", "ÿ"), ("ISO-8859-5", "џ"), ("nonsense", None)]
)
def test_a_shapefile_of_neither_utf_8_nor_gb18030_is_read_as_it_declares(tmp_path, said, read):
    saved(tmp_path, "zones.cpg", said)
    raw = _latin("name", b"\xff")
    if read is None:
        code = refusal(decode_latin, raw, tmp_path / "zones.shp", Complaints()).code
        assert code == "text_undecodable"
    else:
        found = decode_latin(raw, tmp_path / "zones.shp", Complaints())
        assert found.cells[0].to_pylist() == [read]


def test_a_shapefile_that_declares_nothing_and_fits_nothing_is_refused(tmp_path):
    raw = _latin("name", b"\xff")
    code = refusal(decode_latin, raw, tmp_path / "zones.shp", Complaints()).code
    assert code == "text_undecodable"


def test_plain_headings_as_long_as_a_dbf_allows_may_be_cut(tmp_path):
    found = decode_latin(_latin("population", b"A"), tmp_path / "zones.shp", Complaints())
    assert found.cut == {"population"}


def _book(path, change=lambda _: None):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["zone_id", "name"])
    change(sheet)
    book.save(path)
    return path


def test_a_workbook_that_takes_too_long_is_given_up(tmp_path, monkeypatch):
    def slow(*_, timeout, **__):
        raise subprocess.TimeoutExpired("child", timeout)

    monkeypatch.setattr(workbook.subprocess, "run", slow)
    found = refusal(sheets, _book(tmp_path / "zones.xlsx"))
    assert (found.code, found.params["seconds"]) == ("workbook_too_slow", limits.WORKBOOK_SECONDS)


@pytest.mark.parametrize(
    ("status", "words", "code"),
    [
        (1, b"CalamineError: Workbook is password protected", "workbook_encrypted"),
        (1, b"MemoryError", "workbook_too_large"),
        (-9, b"", "workbook_too_large"),
        (1, b"CalamineError: no such thing", "workbook_unreadable"),
    ],
)
def test_how_a_workbook_s_reader_died_says_what_is_wrong(
    status, words, code, tmp_path, monkeypatch
):
    died = subprocess.CompletedProcess([], status, b"", b"Traceback\n" + words)
    monkeypatch.setattr(workbook.subprocess, "run", lambda *_, **__: died)
    assert refusal(sheets, _book(tmp_path / "zones.xlsx")).code == code


def test_times_of_day_and_durations_in_a_workbook_stay_what_they_are(tmp_path):
    def change(sheet):
        sheet.append([dt.datetime(2021, 9, 15), dt.datetime(2021, 9, 15, 16)])  # noqa: DTZ001
        sheet.append([dt.timedelta(hours=30), True])

    (sheet,), _ = sheets(_book(tmp_path / "zones.xlsx", change))
    assert sheet.rows[1] == [dt.date(2021, 9, 15), dt.datetime(2021, 9, 15, 16)]  # noqa: DTZ001
    assert sheet.rows[2] == ["1 day, 6:00:00", True]


def _parquet(path, **more):
    frame = gpd.GeoDataFrame({"zone_id": ["1"]}, geometry=[shapely.Point(107.2, 30.7)], crs=4490)
    frame.to_parquet(path, **more)
    return path


def test_a_geoparquet_is_read_whole_unless_asked_otherwise(tmp_path, monkeypatch):
    path = _parquet(tmp_path / "zones.parquet")
    raw = kind_and_layer(path)
    assert raw.cells[0].to_pylist() == ["1"]
    assert raw.crs.to_epsg() == 4490
    monkeypatch.setattr(limits, "FEATURES", 0)
    assert refusal(kind_and_layer, path).code == "layer_too_many_features"


def test_a_geoparquet_in_another_encoding_is_refused_by_its_name(tmp_path):
    path = _parquet(
        tmp_path / "zones.parquet", geometry_encoding="geoarrow", schema_version="1.1.0"
    )
    found = refusal(kind_and_layer, path)
    assert (found.code, found.value) == ("parquet_encoding", "point")


def test_a_geoparquet_whose_reference_system_is_nonsense_is_refused(tmp_path):
    path = _parquet(tmp_path / "zones.parquet")
    held = pq.read_table(path)
    geo = json.loads(held.schema.metadata[b"geo"])
    geo["columns"]["geometry"]["crs"] = {"type": "nonsense"}
    pq.write_table(held.replace_schema_metadata({b"geo": json.dumps(geo).encode()}), path)
    assert refusal(kind_and_layer, path).code == "crs_unreadable"


def test_a_geojson_that_gdal_reads_and_python_does_not_is_not_looked_at_twice():
    raw = _latin("a", b"1")
    raw = dataclasses.replace(raw, cells=(pa.array([1]),))
    complaints = Complaints()
    check_members(b'{"a": true' + b"[" * 100_000, raw, complaints)
    assert list(complaints) == []


def test_columns_of_a_dbf_end_at_their_mark():
    field = b"POP".ljust(11, b"\0") + b"N" + bytes(4) + b"\x08" + bytes(15)
    assert _columns(field + b"\x0d" + bytes(63)) == [("POP", ord("N"), 8)]


def _rewritten(path, change):
    """Return a workbook whose parts are changed; ``None`` leaves a part out."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            if (changed := change(name, data)) is not None:
                archive.writestr(name, changed)
    return path


def test_cells_that_do_not_say_where_they_stand_follow_one_another(tmp_path):
    def change(name, data):
        if name == "xl/styles.xml":
            return None
        return re.sub(rb'(<c) r="[A-Z0-9]+"', rb"\1", data) if "sheet1" in name else data

    def filled(sheet):
        sheet.append(["1", "=1+1"])

    path = _rewritten(_book(tmp_path / "zones.xlsx", filled), change)
    (sheet,), _ = sheets(path)
    assert [row[0] for row in sheet.rows] == ["zone_id", "1"]
