"""Bad inputs: what strangers send to make a reader open, fetch or fill something else."""

from __future__ import annotations

import io
import json
import zipfile

from faults import Office, csv_text, fault, geojson
from faults_files import pack, shapefile_members
from faults_tables import book, facilities, send

VRT = """<OGRVRTDataSource><OGRVRTLayer name="zones">
<SrcDataSource relativeToVRT="1">townships.geojson</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"""


def _virtual(name: str) -> None:
    def build(office: Office) -> None:
        office.put("zones", name, VRT)

    build.__name__ = f"virtual_layer_named_{name.rpartition('.')[2]}"
    fault("security", "refused", "file_unsafe")(build)


for _name in (
    "zones.geojson",
    "zones.gpkg",
    "zones.shp",
    "zones.fgb",
    "zones.vrt",
    "zones.kml",
    "zones.csv",
):
    _virtual(_name)


@fault("security", "refused", "file_unsafe")
def virtual_layer_behind_a_comment(office: Office) -> None:
    text = '<?xml version="1.0"?><!-- <kml xmlns="http://www.opengis.net/kml/2.2"> -->' + VRT
    office.put("zones", "zones.kml", text)


@fault("security", "refused", "file_unsafe")
def virtual_layer_inside_markup(office: Office) -> None:
    text = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><description>{VRT}</description></Document></kml>'
    office.put("zones", "zones.kml", text)


@fault("security", "refused", "file_unsafe")
def pipeline_of_gdal(office: Office) -> None:
    step = {
        "type": "gdal_streamed_alg",
        "command_line": "gdal vector pipeline ! read townships.geojson",
    }
    office.put("zones", "zones.geojson", json.dumps(step))


@fault("security", "refused", "file_unsafe")
def web_feature_service(office: Office) -> None:
    text = "<OGRWFSDataSource><URL>http://127.0.0.1:9/wfs</URL></OGRWFSDataSource>"
    office.put("zones", "zones.gpkg", text)


@fault("security", "refused", "crs_member_unsafe")
def crs_as_link(office: Office) -> None:
    member = {"type": "link", "properties": {"href": "http://127.0.0.1:9/crs", "type": "proj4"}}
    office.put("zones", "zones.geojson", geojson(office.zones, crs=member))


@fault("security", "refused", "crs_member_unsafe")
def crs_as_link_in_escapes(office: Office) -> None:
    member = {"type": "link", "properties": {"href": "http://127.0.0.1:9/crs", "type": "proj4"}}
    text = (
        geojson(office.zones, crs=member)
        .replace('"crs"', '"\\u0063rs"')
        .replace('"link"', '"l\\u0069nk"')
    )
    office.put("zones", "zones.geojson", text)


@fault("security", "refused", "crs_member_unsafe")
def crs_of_one_shape(office: Office) -> None:
    tree = json.loads(geojson(office.zones))
    tree["features"][0]["geometry"]["crs"] = {
        "type": "link",
        "properties": {"href": "/etc/hostname"},
    }
    office.put("zones", "zones.geojson", json.dumps(tree))


@fault("security", "refused", "crs_member_unsafe")
def crs_name_that_is_a_path(office: Office) -> None:
    member = {"type": "name", "properties": {"name": "/vsicurl/http://127.0.0.1:9/crs"}}
    office.put("zones", "zones.geojson", geojson(office.zones, crs=member))


@fault("security", "clean")
def crs_by_name(office: Office) -> None:
    member = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    office.put("zones", "zones.geojson", geojson(office.zones, crs=member))


@fault("security", "refused", "file_unsafe")
def markup_with_entities(office: Office) -> None:
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "ha"}">' for i in range(9))
    text = f'<kml xmlns="http://www.opengis.net/kml/2.2"><!-- <!DOCTYPE k [{entities}]> --></kml>'
    office.put("zones", "zones.kml", text)


@fault("security", "refused", "file_unsafe")
def markup_with_network_link(office: Office) -> None:
    text = (
        '<kml xmlns="http://www.opengis.net/kml/2.2"><NetworkLink><Link>'
        "<href>http://127.0.0.1:9/</href></Link></NetworkLink></kml>"
    )
    office.put("zones", "zones.kml", text)


@fault("security", "refused")
def path_out_of_the_folder(office: Office) -> None:
    office.path("zones.geojson").write_text(geojson(office.zones), "utf-8")
    office.config["zones"] = {"file": f"../{office.folder.name}/../secret.geojson"}
    (office.folder.parent / "secret.geojson").write_text(geojson(office.zones), "utf-8")


@fault("security", "refused")
def path_absolute(office: Office) -> None:
    outside = office.folder.parent / "secret.geojson"
    outside.write_text(geojson(office.zones), "utf-8")
    office.config["zones"] = {"file": str(outside)}


@fault("security", "refused")
def path_by_a_link(office: Office) -> None:
    outside = office.folder.parent / "secret.geojson"
    outside.write_text(geojson(office.zones), "utf-8")
    office.path("zones.geojson").symlink_to(outside)
    office.config["zones"] = {"file": "zones.geojson"}


@fault("security", "refused")
def path_that_is_an_address(office: Office) -> None:
    office.config["zones"] = {"file": "/vsicurl/http://127.0.0.1:9/zones.geojson"}


@fault("security", "refused")
def path_into_an_archive(office: Office) -> None:
    pack(office, "zones.zip", shapefile_members(office))
    office.config["zones"]["file"] = "/vsizip/zones.zip"


@fault("security", "refused", "archive_path")
def archive_that_climbs_out(office: Office) -> None:
    pack(office, "zones.zip", {**shapefile_members(office), "../../climbed.shp": b"x"})


@fault("security", "refused", "archive_path")
def archive_with_absolute_path(office: Office) -> None:
    pack(office, "zones.zip", {**shapefile_members(office), "/etc/climbed.prj": b"x"})


@fault("security", "refused", "archive_path")
def archive_with_a_link(office: Office) -> None:
    path = pack(office, "zones.zip", shapefile_members(office))
    link = zipfile.ZipInfo("zones.qpj")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")


@fault("security", "refused", "archive_broken")
def archive_with_a_member_without_a_name(office: Office) -> None:
    path = pack(office, "zones.zip", {**shapefile_members(office), "~~~~~~~~": b"x"})
    path.write_bytes(path.read_bytes().replace(b"~~~~~~~~", bytes(8)))


@fault("security", "refused", "archive_foreign")
def archive_with_a_program(office: Office) -> None:
    pack(office, "zones.zip", {**shapefile_members(office), "setup.exe": b"MZ"})


@fault("security", "refused", "archive_foreign")
def archive_with_a_virtual_layer(office: Office) -> None:
    pack(office, "zones.zip", {"zones.vrt": VRT.encode()})


@fault("security", "refused", "archive_ratio")
def archive_bomb(office: Office) -> None:
    pack(office, "zones.zip", {"zones.shp": b"\0" * (40 << 20)})


@fault("security", "refused", "archive_without_layer")
def archive_in_an_archive(office: Office) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("zones.shp", b"x")
    pack(office, "zones.zip", {"zones.shp": inner.getvalue()})


@fault("security", "refused", "archive_too_many")
def archive_of_too_many_files(office: Office) -> None:
    pack(office, "zones.zip", {f"{number}.txt": b"" for number in range(5_001)})


def _tampered(office: Office, part: str, old: bytes, new: bytes) -> None:
    """Write the facilities' workbook with one part of it changed."""
    send(office, book({"机构": facilities(office)}))
    path = office.path("facilities.xlsx")
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    parts[part] = parts[part].replace(old, new, 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as sink:
        for name, content in parts.items():
            sink.writestr(name, content)


@fault("security", "refused")
def workbook_with_a_cell_far_away(office: Office) -> None:
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    _tampered(office, "xl/worksheets/sheet1.xml", b"</sheetData>", far)


@fault("security", "refused")
def workbook_too_many_columns(office: Office) -> None:
    far = b'<row r="9"><c r="XFD9"><v>1</v></c></row></sheetData>'
    _tampered(office, "xl/worksheets/sheet1.xml", b"</sheetData>", far)


@fault("security", "refused", "archive_ratio")
def workbook_bomb(office: Office) -> None:
    _tampered(
        office, "xl/worksheets/sheet1.xml", b"</sheetData>", b"</sheetData>" + b" " * (80 << 20)
    )


@fault("security", "clean")
def workbook_with_entities(office: Office) -> None:
    """A document type in a sheet is not expanded: the cells stay what they are."""
    _tampered(
        office,
        "xl/worksheets/sheet1.xml",
        b"<worksheet",
        b'<!DOCTYPE w [<!ENTITY e "x">]><worksheet',
    )


@fault("security", "repaired", same=False)
def name_that_is_a_template(office: Office) -> None:
    office.zones[0]["name"] = "{{ 7*191 }} ${alert(1)} <script>"
    office.zones[1]["name"] = "第二\u200b小区"


@fault("security", "clean", same=False)
def name_that_is_a_formula(office: Office) -> None:
    office.facilities[0]["name"] = "=1+1"


@fault("security", "refused", "text_undecodable")
def program_named_csv(office: Office) -> None:
    office.put("facilities", "facilities.csv", bytes(range(1, 256)) * 40)


@fault("security", "refused")
def cell_of_a_million_letters(office: Office) -> None:
    text = csv_text(office.facilities).replace("乙托育园", "乙" * 1_000_000)
    office.put("facilities", "facilities.csv", text)


@fault("security", "refused")
def deeply_nested_json(office: Office) -> None:
    office.put("zones", "zones.geojson", "[" * 100_000 + "]" * 100_000)
