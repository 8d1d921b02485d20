"""Bad inputs: what readers pass over in silence, figures that can hardly be, files that are none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
import shapely
from faults import SIDE, SOUTH, WEST, Office, csv_text, fault, geojson, square
from faults_files import shapefile_members, write_shapefile
from faults_tables import book, facilities, people, send

if TYPE_CHECKING:
    from pathlib import Path

# --- files that hold neither table nor layer


@fault("files", "refused", "file_is_pdf")
def report_named_xlsx(office: Office) -> None:
    office.put("facilities", "facilities.xlsx", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")


@fault("files", "refused", "file_is_archive")
def rar_named_zip(office: Office) -> None:
    office.put("zones", "zones.zip", b"Rar!\x1a\x07\x00" + bytes(100))


@fault("files", "refused", "file_is_drawing")
def drawing_as_dwg(office: Office) -> None:
    office.put("zones", "zones.dwg", b"AC1032" + bytes(200))


@fault("files", "refused", "file_is_drawing")
def drawing_as_dxf(office: Office) -> None:
    office.put("zones", "zones.dxf", "  0\nSECTION\n  2\nHEADER\n  0\nENDSEC\n  0\nEOF\n")


@fault("files", "refused", "file_is_database")
def access_database(office: Office) -> None:
    office.put("zones", "zones.mdb", b"\x00\x01\x00\x00Standard Jet DB\x00" + bytes(200))


@fault("files", "refused", "file_is_picture")
def scan_as_picture(office: Office) -> None:
    office.put("facilities", "facilities.jpg", b"\xff\xd8\xff\xe0" + bytes(200))


@fault("files", "refused", "shapefile_part")
def table_of_a_shapefile_named(office: Office) -> None:
    for name, content in shapefile_members(office).items():
        office.path(name).write_bytes(content)
    office.config["zones"]["file"] = "zones.dbf"


@fault("files", "refused", "json_is_other")
def features_line_by_line(office: Office) -> None:
    features = json.loads(geojson(office.zones))["features"]
    office.put("zones", "zones.geojson", "\n".join(map(json.dumps, features)))


@fault("files", "refused", "json_is_other")
def features_as_a_bare_list(office: Office) -> None:
    features = json.loads(geojson(office.zones))["features"]
    office.put("zones", "zones.geojson", json.dumps(features))


@fault("files", "refused", "json_is_other")
def layer_of_a_map_server(office: Office) -> None:
    rings = {"rings": [list(map(list, square(0, 0).exterior.coords))]}
    tree = {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 4490},
        "features": [{"attributes": {"zone_id": "001"}, "geometry": rings}],
    }
    office.put("zones", "zones.json", json.dumps(tree))


# --- what readers pass over


@fault("files", "refused", "member_doubled")
def property_written_twice(office: Office) -> None:
    text = geojson(office.zones)
    text = text.replace('"population": 1200', '"population": 1200, "population": 9999')
    office.put("zones", "zones.geojson", text)


@fault("values", "refused", "number_is_yes_no")
def truth_for_a_number_in_geojson(office: Office) -> None:
    office.zones[0].update(population=True, children_u3=0, migrant_u3=0, dwellings=1)


def _table_of(office: Office) -> Path:
    return write_shapefile(office, "UTF-8", cpg="UTF-8").with_suffix(".dbf")


@fault("files", "warned", "shapefile_rows_deleted")
def shapefile_with_a_deleted_row(office: Office) -> None:
    path = _table_of(office)
    data = bytearray(path.read_bytes())
    data[int.from_bytes(data[8:10], "little")] = ord("*")
    path.write_bytes(data)


@fault("values", "refused", "number_overflowed")
def number_too_long_for_its_column(office: Office) -> None:
    for row in office.zones:
        row["population"] += 1_000_000_000_000_000_00
    path = _table_of(office)
    data = path.read_bytes()
    number = str(office.zones[0]["population"]).encode()
    path.write_bytes(data.replace(number, b"*" * len(number), 1))


# --- people


@fault("joins", "repaired", "population_zone_by_name")
def population_by_names_of_zones(office: Office) -> None:
    cells = people(office)
    cells[0][0] = "小区名称"
    for row, zone in zip(cells[1:], office.zones, strict=True):
        row[0] = zone["name"]
    send(office, book({"人口": cells}), "population")


@fault("joins", "refused", "population_without_zone")
def population_by_a_name_that_nobody_has(office: Office) -> None:
    population_by_names_of_zones(office)
    office.zones[0]["name"] = "改了名的小区"


def _totals(office: Office, rows: list[dict[str, Any]]) -> None:
    for row in office.zones:
        for key in ("population", "children_u3", "migrant_u3"):
            del row[key]
    office.put("population", "population.csv", csv_text(rows), distribute=True)


@fault("joins", "warned", "population_by_dwellings")
def totals_of_villages(office: Office) -> None:
    """Two villages of one name in two townships, one of them in a township of its own."""
    for row, village in zip(office.zones, "甲甲乙甲丙丙", strict=True):
        row["所属社区"] = f"{village}社区"
    named = [("竹阳", "甲", 2001), ("竹阳", "乙", 999), ("东柳", "甲", 500), ("东柳", "丙", 1500)]
    _totals(
        office,
        [{"乡镇": f"{t}街道", "社区": f"{v} 社区", "常住人口": count} for t, v, count in named],
    )


@fault("joins", "refused", "total_without_zone")
def total_of_a_village_without_zones(office: Office) -> None:
    totals_of_villages(office)
    path = office.path("population.csv")
    path.write_text(path.read_text("utf-8") + "东柳街道,丁社区,300\r\n", "utf-8")


@fault("joins", "refused", "total_without_township")
def total_of_an_unknown_township(office: Office) -> None:
    _totals(office, [{"乡镇": "竹阳街道", "常住人口": 3000}, {"乡镇": "西柳街道", "常住人口": 99}])


def _raster(
    office: Office, cells: Any, *, west: float = WEST, crs: str | None = "EPSG:4326"
) -> None:
    for row in office.zones:
        for key in ("population", "children_u3", "migrant_u3"):
            del row[key]
    bands = np.atleast_3d(np.asarray(cells, dtype=np.float32))
    place = rasterio.Affine(SIDE, 0, west, 0, -SIDE, SOUTH + 2 * SIDE)
    shape = {"height": bands.shape[0], "width": bands.shape[1], "count": bands.shape[2]}
    path = office.path("people.tif")
    with rasterio.open(
        path, "w", driver="GTiff", dtype="float32", crs=crs, transform=place, **shape
    ) as sink:
        sink.write(np.moveaxis(bands, 2, 0))
    office.config["population"] = {"file": "people.tif"}


CELLS = [[1250, 1251, 3000], [1200, 700, 900]]


@fault("joins", "warned", "population_by_raster")
def population_from_a_raster(office: Office) -> None:
    _raster(office, CELLS)


@fault("joins", "refused", "raster_misses_zone")
def raster_of_half_the_county(office: Office) -> None:
    _raster(office, [row[:1] for row in CELLS])


@fault("joins", "refused", "raster_elsewhere")
def raster_without_anybody_under_the_zones(office: Office) -> None:
    cells = np.zeros((2, 6))
    cells[:, 5] = 100
    _raster(office, cells)


@fault("joins", "refused", "raster_without_crs")
def raster_without_coordinate_system(office: Office) -> None:
    _raster(office, CELLS, crs=None)


@fault("joins", "refused", "raster_bands")
def picture_as_population(office: Office) -> None:
    _raster(office, np.ones((2, 3, 3)))


@fault("joins", "refused", "crs_xian80")
def raster_on_an_old_datum(office: Office) -> None:
    _raster(office, CELLS, crs="EPSG:4610")


# --- figures and places that can hardly be


@fault("consistency", "refused", "nobody_anywhere", "dwellings_without_people")
def nobody_lives_anywhere(office: Office) -> None:
    for row in office.zones:
        row.update(population=0, children_u3=0, migrant_u3=0)


@fault("consistency", "warned", "dwellings_without_people")
def new_area_not_yet_lived_in(office: Office) -> None:
    office.zones[0].update(population=0, children_u3=0, migrant_u3=0)


@fault("consistency", "warned", "category_differs_from_date")
def new_zone_permitted_long_ago(office: Office) -> None:
    office.zones[0]["permitted_on"] = "2010-05-01"


@fault("consistency", "warned", "category_differs_from_date")
def built_zone_permitted_lately(office: Office) -> None:
    office.zones[1]["permitted_on"] = "2024-05-01"


@fault("consistency", "warned", "zone_vast")
def part_of_a_zone_far_away(office: Office) -> None:
    away = shapely.box(108.2, 30.7, 108.201, 30.701)
    office.zones[0]["geometry"] = shapely.MultiPolygon([office.zones[0]["geometry"], away])


@fault("consistency", "warned", "closed_but_operating")
def closed_facility_that_operates(office: Office) -> None:
    office.facilities[0]["closed_on"] = "2024-12-01"


@fault("consistency", "warned", "operating_before_opening")
def facility_that_operates_before_it_opens(office: Office) -> None:
    office.facilities[0]["opened_on"] = "2027-09-01"


@fault("consistency", "warned", "slots_none")
def facility_that_operates_without_slots(office: Office) -> None:
    office.facilities[0].update(slots=0, enrolled_u3=0)


@fault("consistency", "warned", "places_shared")
def facilities_all_at_one_point(office: Office) -> None:
    for row in office.facilities:
        row.update(lon=107.20512, lat=30.70211)


@fault("consistency", "warned", "coordinates_coarse")
def coordinates_of_two_decimals(office: Office) -> None:
    for row in office.facilities:
        row.update(lon=round(row["lon"], 2), lat=round(row["lat"], 2))


# --- places in one column


def _together(office: Office, sign: str, heading: str = "经纬度") -> None:
    for row in office.facilities:
        row[heading] = f"{row.pop('lon')}{sign}{row.pop('lat')}"


@fault("coordinates", "repaired", "places_parted")
def longitude_and_latitude_in_one_column(office: Office) -> None:
    _together(office, ",")


@fault("coordinates", "repaired", "places_parted")
def longitude_and_latitude_with_a_wide_comma(office: Office) -> None:
    _together(office, "，", "坐标")


@fault("coordinates", "repaired", "places_parted", "axes_swapped")
def latitude_and_longitude_in_one_column(office: Office) -> None:
    for row in office.facilities:
        row["GPS坐标"] = f"({row.pop('lat')} {row.pop('lon')})".replace("(", "(")


@fault("coordinates", "refused", "places_parted", "degrees_unreadable")
def one_place_of_three_numbers(office: Office) -> None:
    _together(office, ",")
    office.facilities[0]["经纬度"] += ",350"


@fault("coordinates", "refused", "facilities_without_places")
def facilities_without_any_coordinates(office: Office) -> None:
    for row in office.facilities:
        del row["lon"], row["lat"]


@fault("tables", "clean")
def heading_with_a_footnote_mark(office: Office) -> None:
    cells = facilities(office)
    cells[0] = [f"{name}①" if name == "托位数" else name for name in cells[0]]
    send(office, book({"机构": cells}))


@fault("tables", "clean")
def sheet_named_with_a_blank(office: Office) -> None:
    send(office, book({"机构 ": facilities(office)}), sheet="机构")


@fault("joins", "refused", "raster_beyond_belief")
def raster_with_more_people_than_there_are(office: Office) -> None:
    _raster(office, [[1e30 for _ in row] for row in CELLS])


@fault("files", "refused", "headings_not_found")
def table_beneath_a_screen_of_blank_lines(office: Office) -> None:
    office.put("facilities", "facilities.csv", "\r\n" * 12_000 + csv_text(office.facilities))
