"""Bad inputs: files as a whole (kinds, encodings, companions, archives, layers)."""

from __future__ import annotations

import csv
import html
import io
import json
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyogrio
from faults import Office, Row, csv_text, fault, geojson, square
from faults_tables import book, facilities, send

if TYPE_CHECKING:
    from pathlib import Path

SHORT = {"township_code": "town_code", "permitted_on": "permitted", "children_u3": "child_u3"}
WHOLE = {"TARGET_ARCGIS_VERSION": "ARCGIS_PRO_3_2_OR_LATER"}


def frame(rows: list[Row]) -> gpd.GeoDataFrame:
    """Return rows as a frame in WGS 84."""
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=4326)


def write_layer(office: Office, name: str, driver: str, **keys: Any) -> Path:
    """Write the zones by GDAL and name the file in the configuration."""
    path = office.path(name)
    pyogrio.write_dataframe(frame(office.zones), path, driver=driver, **keys)
    office.config["zones"] = {"file": name}
    return path


def write_shapefile(office: Office, encoding: str, *, cpg: str | None = None) -> Path:
    """Write the zones as a Shapefile in an encoding; ``cpg`` is what stands beside it."""
    path = office.path("zones.shp")
    zones = frame(office.zones).rename(columns=SHORT)
    pyogrio.write_dataframe(zones, path, driver="ESRI Shapefile", encoding=encoding)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    office.config["zones"] = {"file": "zones.shp", "columns": dict(SHORT)}
    return path


def pack(office: Office, name: str, members: dict[str, bytes]) -> Path:
    """Write a zip of members as the zones' file."""
    path = office.path(name)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for inner, content in members.items():
            archive.writestr(inner, content)
    office.config["zones"] = {**office.config.get("zones", {}), "file": name}
    return path


def shapefile_members(office: Office) -> dict[str, bytes]:
    """Return the files of a Shapefile of the zones, removed from the folder."""
    path = write_shapefile(office, "UTF-8", cpg="UTF-8")
    members = {each.name: each.read_bytes() for each in sorted(path.parent.glob("zones.*"))}
    for name in members:
        (path.parent / name).unlink()
    return members


def biff(cells: list[list[Any]]) -> bytes:
    """Return a BIFF8 workbook of one sheet in an OLE file: what ``.xls`` and ``.et`` are."""

    def record(number: int, body: bytes) -> bytes:
        return struct.pack("<HH", number, len(body)) + body

    begin = struct.pack("<HHHHII", 0x600, 0x5, 0x0DBB, 0x07CC, 0, 6)
    sheet = record(0x809, begin[:2] + struct.pack("<H", 0x10) + begin[4:])
    for r, row in enumerate(cells):
        for c, cell in enumerate(row):
            if isinstance(cell, str):
                text = cell.encode("utf-16-le")
                body = struct.pack("<HHHHB", r, c, 0, len(cell), 1) + text
                sheet += record(0x204, body)
            elif cell is not None:
                sheet += record(0x203, struct.pack("<HHHd", r, c, 0, float(cell)))
    sheet += record(0x0A, b"")
    name = "机构".encode("utf-16-le")
    bound = struct.pack("<IBBBB", 0, 0, 0, len(name) // 2, 1) + name
    head = record(0x809, begin) + record(0x42, struct.pack("<H", 1200))
    offset = len(head) + len(record(0x85, bound)) + len(record(0x0A, b""))
    globals_ = head + record(0x85, struct.pack("<I", offset) + bound[4:]) + record(0x0A, b"")
    return _ole(globals_ + sheet)


def _ole(stream: bytes) -> bytes:
    stream += b"\0" * (max(4096, -(-len(stream) // 512) * 512) - len(stream))
    sectors = len(stream) // 512
    free, end, fat_mark = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    fat = [fat_mark, end, *range(3, sectors + 2), end]
    fat += [free] * (128 - len(fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    header += struct.pack(
        "<HHHHHHIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, 1, 1, 0, 4096, end, 0, end, 0
    )
    header += struct.pack("<I", 0) + struct.pack("<I", free) * 108

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        text = (name.encode("utf-16-le") + b"\0\0").ljust(64, b"\0")
        links = struct.pack("<IIII", free, free, child, 0) + b"\0" * 32
        used = len(name) * 2 + 2 if name else 0
        return (
            text
            + struct.pack("<HBB", used, kind, 1)
            + links[:12]
            + b"\0" * 36
            + struct.pack("<IQ", start, size)
        )

    directory = entry("Root Entry", 5, 1, end, 0) + entry("Workbook", 2, free, 2, len(stream))
    directory += entry("", 0, free, 0, 0) * 2
    return header + struct.pack("<128I", *fat) + directory + stream


@fault("files", "clean")
def geopackage(office: Office) -> None:
    write_layer(office, "zones.gpkg", "GPKG")


@fault("files", "clean")
def geopackage_table_without_shapes(office: Office) -> None:
    path = office.path("facilities.gpkg")
    pyogrio.write_dataframe(pd.DataFrame(office.facilities), path, driver="GPKG")
    office.config["facilities"] = {"file": "facilities.gpkg"}


@fault("files", "clean")
def flatgeobuf(office: Office) -> None:
    write_layer(office, "zones.fgb", "FlatGeobuf")


@fault("files", "refused", "layer_unreadable")
def flatgeobuf_with_a_shape_of_no_parts(office: Office) -> None:
    write_layer(office, "zones.fgb", "FlatGeobuf")
    path = office.path("zones.fgb")
    parts = struct.pack("<4H", 8, 12, 4, 8)  # where a shape's table says its parts and corners lie
    before, _, after = path.read_bytes().rpartition(parts)
    path.write_bytes(before + bytes(2) + parts[2:] + after)


@fault("files", "clean")
def file_geodatabase(office: Office) -> None:
    write_layer(office, "zones.gdb", "OpenFileGDB", **WHOLE)


@fault("files", "clean")
def file_geodatabase_zipped(office: Office) -> None:
    folder = write_layer(office, "zones.gdb", "OpenFileGDB", **WHOLE)
    pack(office, "zones.gdb.zip", {f"zones.gdb/{e.name}": e.read_bytes() for e in folder.iterdir()})


@fault("files", "clean")
def geoparquet(office: Office) -> None:
    frame(office.zones).to_parquet(office.path("zones.parquet"))
    office.config["zones"] = {"file": "zones.parquet"}


@fault("files", "clean")
def keyhole_markup(office: Office) -> None:
    """KML keeps the name in a tag of its own and everything else as texts."""
    marks = []
    for row in office.zones:
        data = "".join(
            f'<Data name="{key}"><value>{value}</value></Data>'
            for key, value in row.items()
            if key not in {"name", "geometry"}
        )
        corners = " ".join(f"{x},{y}" for x, y in row["geometry"].exterior.coords)
        marks.append(
            f"<Placemark><name>{row['name']}</name><ExtendedData>{data}</ExtendedData><Polygon>"
            f"<outerBoundaryIs><LinearRing><coordinates>{corners}</coordinates></LinearRing>"
            "</outerBoundaryIs></Polygon></Placemark>"
        )
    text = (
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{"".join(marks)}</Document></kml>'
    )
    office.put("zones", "zones.kml", '<?xml version="1.0" encoding="UTF-8"?>\n' + text)


@fault("files", "refused", "layer_ambiguous")
def several_layers(office: Office) -> None:
    for layer in ("规划", "现状"):
        pyogrio.write_dataframe(
            frame(office.zones), office.path("zones.gpkg"), layer=layer, driver="GPKG"
        )
    office.config["zones"] = {"file": "zones.gpkg"}


@fault("files", "clean")
def several_layers_one_named(office: Office) -> None:
    several_layers(office)
    office.config["zones"]["layer"] = "现状"


@fault("files", "refused", "layer_missing")
def named_layer_missing(office: Office) -> None:
    several_layers(office)
    office.config["zones"]["layer"] = "小区"


@fault("files", "repaired", "shapefile_encoding_found")
def shapefile_gbk_without_cpg(office: Office) -> None:
    write_shapefile(office, "GBK")


@fault("files", "clean")
def shapefile_gbk_with_cpg_of_utf8(office: Office) -> None:
    write_shapefile(office, "GBK", cpg="UTF-8")


@fault("files", "repaired", "shapefile_encoding_found")
def shapefile_utf8_without_cpg(office: Office) -> None:
    write_shapefile(office, "UTF-8")


@fault("files", "repaired", "heading_cut_off")
def shapefile_headings_cut_off(office: Office) -> None:
    write_shapefile(office, "UTF-8", cpg="UTF-8")
    zones = frame(office.zones).rename(
        columns={
            "township_code": "township_c",
            "permitted_on": "permitted_",
            "children_u3": "children_u",
        }
    )
    pyogrio.write_dataframe(
        zones, office.path("zones.shp"), driver="ESRI Shapefile", encoding="UTF-8"
    )
    office.config["zones"] = {"file": "zones.shp"}


@fault("files", "repaired", "heading_cut_off")
def shapefile_chinese_headings_cut_in_a_letter(office: Office) -> None:
    """The third letter of four ends within the ten bytes that a heading may have, the fourth not."""
    path = write_shapefile(office, "UTF-8", cpg="UTF-8").with_suffix(".dbf")
    heading = "小区编号".encode()[:10]
    path.write_bytes(path.read_bytes().replace(b"zone_id\0\0\0\0", heading + b"\0", 1))


@fault("files", "clean")
def shapefile_chinese_headings_gbk(office: Office) -> None:
    path = write_shapefile(office, "GBK", cpg="GBK").with_suffix(".dbf")
    heading = "小区编号".encode("gbk").ljust(11, b"\0")
    path.write_bytes(path.read_bytes().replace(b"zone_id\0\0\0\0", heading, 1))


@fault("files", "refused", "shapefile_without_prj")
def shapefile_without_prj(office: Office) -> None:
    write_shapefile(office, "UTF-8", cpg="UTF-8").with_suffix(".prj").unlink()


@fault("files", "warned", "shapefile_without_prj", same=True)
def shapefile_without_prj_but_crs_named(office: Office) -> None:
    write_shapefile(office, "UTF-8", cpg="UTF-8").with_suffix(".prj").unlink()
    office.config["zones"]["crs"] = "EPSG:4326"


@fault("files", "repaired", "shapefile_without_shx")
def shapefile_without_shx(office: Office) -> None:
    write_shapefile(office, "UTF-8", cpg="UTF-8").with_suffix(".shx").unlink()


@fault("files", "refused", "shapefile_without_dbf")
def shapefile_without_dbf(office: Office) -> None:
    write_shapefile(office, "UTF-8", cpg="UTF-8").with_suffix(".dbf").unlink()


@fault("files", "refused", "layer_unreadable")
def shapefile_cut_short(office: Office) -> None:
    path = write_shapefile(office, "UTF-8", cpg="UTF-8")
    path.write_bytes(path.read_bytes()[:60])


@fault("files", "repaired", "text_cut_off", same=False)
def shapefile_text_cut_in_a_letter(office: Office) -> None:
    office.zones[0]["name"] = "长" * 40
    path = write_shapefile(office, "UTF-8", cpg="UTF-8").with_suffix(".dbf")
    data = path.read_bytes()
    name = ("长" * 40).encode()
    path.write_bytes(data.replace(name, name[:-1] + b" "))


@fault("files", "clean")
def shapefile_zipped(office: Office) -> None:
    pack(office, "zones.zip", shapefile_members(office))


@fault("files", "clean")
def shapefile_zipped_in_a_folder(office: Office) -> None:
    members = shapefile_members(office)
    pack(office, "zones.zip", {f"小区/{name}": content for name, content in members.items()})


@fault("files", "refused", "archive_several_layers")
def two_layers_in_one_archive(office: Office) -> None:
    members = shapefile_members(office)
    others = {name.replace("zones", "old"): content for name, content in members.items()}
    pack(office, "zones.zip", {**members, **others})


@fault("files", "refused", "archive_without_layer")
def archive_of_documents(office: Office) -> None:
    pack(office, "zones.zip", {"readme.txt": b"x"})


@fault("files", "refused", "archive_broken")
def archive_cut_short(office: Office) -> None:
    path = pack(office, "zones.zip", shapefile_members(office))
    path.write_bytes(path.read_bytes()[:400])


@fault("files", "refused", "file_missing")
def file_missing(office: Office) -> None:
    office.config["zones"] = {"file": "小区.geojson"}


@fault("files", "refused", "file_empty")
def file_empty(office: Office) -> None:
    office.put("zones", "zones.geojson", b"")


@fault("files", "refused", "file_not_a_file")
def file_is_a_folder(office: Office) -> None:
    office.path("zones.geojson").mkdir()
    office.config["zones"] = {"file": "zones.geojson"}


@fault("files", "refused", "file_is_picture")
def picture_named_geojson(office: Office) -> None:
    office.put("zones", "zones.geojson", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))


@fault("files", "refused", "layer_unreadable")
def geojson_cut_short(office: Office) -> None:
    text = geojson(office.zones)
    office.put("zones", "zones.geojson", text[: len(text) // 2])


@fault("files", "clean")
def geojson_with_byte_order_mark(office: Office) -> None:
    office.put("zones", "zones.geojson", b"\xef\xbb\xbf" + geojson(office.zones).encode())


@fault("files", "refused", "geometry_unreadable")
def geojson_ring_left_open(office: Office) -> None:
    tree = json.loads(geojson(office.zones))
    tree["features"][0]["geometry"]["coordinates"][0].pop()
    office.put("zones", "zones.geojson", json.dumps(tree))


@fault("files", "refused", "geometry_missing")
def geojson_coordinates_as_texts(office: Office) -> None:
    tree = json.loads(geojson(office.zones))
    ring = tree["features"][0]["geometry"]["coordinates"][0]
    tree["features"][0]["geometry"]["coordinates"][0] = [[str(x), str(y)] for x, y in ring]
    office.put("zones", "zones.geojson", json.dumps(tree))


@fault("files", "clean")
def geojson_named_json(office: Office) -> None:
    office.put("zones", "zones.json", geojson(office.zones))


@fault("files", "clean")
def layer_under_another_name(office: Office) -> None:
    """A GeoPackage that someone renamed is still a GeoPackage."""
    path = write_layer(office, "zones.gpkg", "GPKG")
    path.rename(path.with_suffix(".shp"))
    office.config["zones"] = {"file": "zones.shp"}


@fault("files", "clean")
def csv_with_byte_order_mark(office: Office) -> None:
    office.put(
        "facilities", "facilities.csv", b"\xef\xbb\xbf" + csv_text(office.facilities).encode()
    )


@fault("files", "repaired", "text_encoding_found")
def csv_gbk(office: Office) -> None:
    office.put("facilities", "facilities.csv", csv_text(office.facilities).encode("gbk"))


@fault("files", "repaired", "text_encoding_found")
def csv_utf16(office: Office) -> None:
    office.put("facilities", "facilities.csv", csv_text(office.facilities).encode("utf-16"))


@fault("files", "repaired", "text_encoding_found")
def csv_utf16_without_mark(office: Office) -> None:
    office.put("facilities", "facilities.csv", csv_text(office.facilities).encode("utf-16-le"))


@fault("files", "refused", "text_undecodable")
def csv_of_mixed_encodings(office: Office) -> None:
    good = csv_text(office.facilities).encode()
    office.put("facilities", "facilities.csv", good.replace("乙".encode(), b"\xd2\xff\xff"))


@fault("files", "refused", "text_undecodable")
def csv_declared_wrongly(office: Office) -> None:
    office.put(
        "facilities", "facilities.csv", csv_text(office.facilities).encode("gbk"), encoding="utf-8"
    )


@fault("files", "clean")
def csv_gbk_declared(office: Office) -> None:
    content = csv_text(office.facilities).encode("gb18030")
    office.put("facilities", "facilities.csv", content, encoding="gb18030")


@fault("files", "clean")
def csv_old_mac_line_ends(office: Office) -> None:
    office.put("facilities", "facilities.csv", csv_text(office.facilities).replace("\r\n", "\r"))


@fault("files", "refused", "file_kind_unknown")
def csv_with_nul(office: Office) -> None:
    text = csv_text(office.facilities).replace("乙托育园", "乙\x00托育园")
    office.put("facilities", "facilities.csv", text)


@fault("files", "repaired", "table_is_html")
def web_page_saved_as_xls(office: Office) -> None:
    rows = [
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>"
        for row in facilities(office)
    ]
    page = f'<html><head><meta charset="gb2312"></head><body><table>{"".join(rows)}</table></body></html>'
    office.put("facilities", "facilities.xls", page.encode("gbk"))


@fault("files", "clean")
def text_saved_as_xls(office: Office) -> None:
    office.put("facilities", "facilities.xls", csv_text(office.facilities, delimiter="\t"))


@fault("files", "clean")
def xls(office: Office) -> None:
    office.put("facilities", "facilities.xls", biff(facilities(office)))


@fault("files", "clean")
def et(office: Office) -> None:
    office.put("facilities", "facilities.et", biff(facilities(office)))


@fault("files", "clean")
def xlsx_named_xls(office: Office) -> None:
    send(office, book({"机构": facilities(office)}))
    path = office.path("facilities.xlsx")
    path.rename(path.with_suffix(".xls"))
    office.config["facilities"]["file"] = "facilities.xls"


@fault("files", "refused", "workbook_unreadable")
def xls_cut_short(office: Office) -> None:
    office.put("facilities", "facilities.xls", biff(facilities(office))[:900])


@fault("files", "refused", "archive_broken")
def xlsx_cut_short(office: Office) -> None:
    send(office, book({"机构": facilities(office)}))
    path = office.path("facilities.xlsx")
    path.write_bytes(path.read_bytes()[:3_000])


@fault("files", "refused", "file_kind_unknown")
def spreadsheet_xml(office: Office) -> None:
    office.put(
        "facilities", "facilities.xls", '<?xml version="1.0"?><Workbook xmlns="urn:x"></Workbook>'
    )


@fault("files", "refused", "parquet_without_geometry")
def parquet_without_geometry(office: Office) -> None:
    frame(office.zones).drop(columns="geometry").to_parquet(office.path("zones.parquet"))
    office.config["zones"] = {"file": "zones.parquet"}


@fault("files", "clean")
def excel_drops_blank_ends(office: Office) -> None:
    """Written by a csv writer that quotes texts: the same table."""
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC)
    for row in office.facilities:
        row["closed_on"] = ""
    writer.writerow(list(office.facilities[0]))
    writer.writerows(row.values() for row in office.facilities)
    office.put("facilities", "facilities.csv", stream.getvalue())


@fault("files", "refused", "geometry_not_polygon")
def table_of_points_as_zones(office: Office) -> None:
    for row in office.zones:
        row["geometry"] = square(0, 0).centroid


@fault("files", "repaired", "text_encoding_found")
def geojson_in_gbk(office: Office) -> None:
    office.put("zones", "zones.geojson", geojson(office.zones).encode("gbk"))


@fault("files", "refused", "shapefile_cut")
def shapefile_table_cut_short(office: Office) -> None:
    path = write_shapefile(office, "UTF-8", cpg="UTF-8").with_suffix(".dbf")
    path.write_bytes(path.read_bytes()[:-300])


@fault("files", "refused", "shapefile_cut")
def shapefile_index_of_another_copy(office: Office) -> None:
    path = write_shapefile(office, "UTF-8", cpg="UTF-8").with_suffix(".shx")
    path.write_bytes(path.read_bytes()[:-8])


@fault("files", "clean")
def layer_beside_a_plain_table(office: Office) -> None:
    path = write_layer(office, "zones.gpkg", "GPKG")
    people = frame(office.zones)[["zone_id", "population"]]
    pyogrio.write_dataframe(people, path, layer="人口表", driver="GPKG")


@fault("files", "clean")
def archive_with_names_in_gbk(office: Office) -> None:
    """Written by Windows: the names inside are GBK and do not say so."""
    members = shapefile_members(office)
    path = office.path("zones.zip")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr("AAAA" + name.removeprefix("zones"), content)
    path.write_bytes(path.read_bytes().replace(b"AAAA", "小区".encode("gbk")))
    office.config["zones"]["file"] = "zones.zip"
