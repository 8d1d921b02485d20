"""Bad inputs: the further tables (premises, roads, county line) and layers that do not meet."""

from __future__ import annotations

from typing import Any

import shapely
from faults import Office, csv_text, fault, geojson, square
from faults_tables import book, people, send

CANDIDATE = {
    "candidate_id": "C1", "name": "旧厂房", "kind": "idle_land", "means": "lease", "max_slots": 60,
    "cost_per_slot": 5000, "fixed_cost": 100000, "lon": 107.20215, "lat": 30.70211,
}  # fmt: skip


def _candidate(office: Office, **changed: Any) -> None:
    office.put("candidates", "candidates.csv", csv_text([CANDIDATE | changed]))


def _roads(office: Office, *shapes: Any) -> None:
    office.put("roads", "roads.geojson", geojson([{"geometry": shape} for shape in shapes]))


def _county_line(office: Office, west: float, east: float) -> None:
    line = shapely.box(west, 30.6, east, 30.8)
    office.put("boundary", "boundary.geojson", geojson([{"name": "试验县", "geometry": line}]))


STREET = shapely.LineString([(107.2, 30.702), (107.212, 30.702)])


@fault("tables", "clean")
def candidate_as_it_should_be(office: Office) -> None:
    _candidate(office)


@fault("values", "refused", "count_negative")
def candidate_of_negative_cost(office: Office) -> None:
    _candidate(office, fixed_cost=-5)


@fault("values", "repaired", "number_power")
def candidate_of_cost_in_ten_thousands(office: Office) -> None:
    _candidate(office, fixed_cost="10万元")


@fault("coordinates", "warned", "places_far")
def candidate_in_another_province(office: Office) -> None:
    _candidate(office, lon=110.2)


@fault("coordinates", "warned", "candidate_without_place")
def candidate_without_coordinates(office: Office) -> None:
    _candidate(office, lon="", lat="")


@fault("geometry", "clean")
def roads_as_they_should_be(office: Office) -> None:
    _roads(office, STREET)


@fault("geometry", "refused", "roads_without_lines")
def roads_drawn_as_areas(office: Office) -> None:
    _roads(office, STREET.buffer(0.0001))


@fault("geometry", "warned", "road_not_line", same=True)
def one_road_without_shape(office: Office) -> None:
    _roads(office, STREET, None)


@fault("coordinates", "clean")
def county_line_around_all(office: Office) -> None:
    _county_line(office, 107.1, 107.3)


@fault("coordinates", "warned", "zone_outside_county", same=True)
def county_line_of_another_county(office: Office) -> None:
    _county_line(office, 108.1, 108.3)


@fault("joins", "warned", "zone_outside_townships", same=False)
def townships_drawn_elsewhere(office: Office) -> None:
    for row in office.townships:
        row["geometry"] = shapely.affinity.translate(row["geometry"], 0.5)


@fault("joins", "refused", "text_missing")
def township_without_name(office: Office) -> None:
    office.townships[0]["name"] = ""


@fault("joins", "warned", "facility_placed_by_zone")
def facility_named_for_a_zone_but_not_placed(office: Office) -> None:
    office.facilities[0].update(lon="", lat="", zone_id="001")


@fault("geometry", "warned", "zones_overlap")
def zone_over_the_whole_county(office: Office) -> None:
    office.zones[0]["geometry"] = square(0, 0).union(square(2, 1)).envelope


@fault("tables", "clean")
def headings_of_which(office: Office) -> None:
    cells = people(office)
    rows = [
        ["小区编号", "人口", None, None],
        [None, "常住人口", "其中：3岁以下", "其中：随迁婴幼儿"],
    ]
    made = book({"人口": [*rows, *cells[1:]]})
    for area in ("A1:A2", "B1:D1"):
        made["人口"].merge_cells(area)
    send(office, made, "population")


@fault("files", "repaired", "text_encoding_found")
def geojson_in_utf16(office: Office) -> None:
    office.put("zones", "zones.geojson", geojson(office.zones).encode("utf-16"))
