"""Bad inputs: where things are, what shape they have, what belongs together, what cannot be true."""

from __future__ import annotations

import copy
import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pyogrio
import pyproj
import shapely
from faults import SIDE, SOUTH, WEST, Office, Outcome, Row, csv_text, fault, geojson, square

from capacity_planner import crs

if TYPE_CHECKING:
    from collections.abc import Callable


def register(
    group: str,
    name: str,
    spoil: Callable[[Office], None],
    outcome: Outcome,
    *codes: str,
    same: bool | None = None,
) -> None:
    """Register a builder under a name of its own."""

    def build(office: Office) -> None:
        spoil(office)

    build.__name__ = name
    fault(group, outcome, *codes, same=same)(build)


def convert(source: Any, target: Any) -> Callable[[np.ndarray], np.ndarray]:
    """Return the conversion of coordinates between two systems, x first."""
    transformer = pyproj.Transformer.from_crs(source, target, always_xy=True)
    return lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))


def grid(target: Any, *, datum: str = "") -> Callable[[np.ndarray], np.ndarray]:
    """Return the conversion from degrees to a grid."""
    del datum
    return convert(4490, target)


def exchanged(xy: np.ndarray) -> np.ndarray:
    return xy[:, ::-1]


def after(*steps: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """Return several conversions as one."""

    def run(xy: np.ndarray) -> np.ndarray:
        for step in steps:
            xy = step(xy)
        return xy

    return run


def move_layer(
    office: Office, table: str, change: Callable[[np.ndarray], np.ndarray], **keys: Any
) -> None:
    """Rewrite a layer's coordinates; ``crs`` of the keys also goes into the file as its own."""
    rows: list[Row] = copy.deepcopy(getattr(office, table))
    for row in rows:
        row["geometry"] = shapely.transform(row["geometry"], change)
    setattr(office, table, rows)
    declared = keys.pop("declared", None)
    members = {}
    if declared is not None:
        named = {"name": f"urn:ogc:def:crs:EPSG::{declared}"}
        members = {"crs": {"type": "name", "properties": named}}
    office.put(table, f"{table}.geojson", geojson(rows, **members), **keys)


def move_table(office: Office, change: Callable[[np.ndarray], np.ndarray], **keys: Any) -> None:
    """Rewrite the facilities' two columns of coordinates."""
    x, y = keys.pop("headings", ("lon", "lat"))
    xy = change(np.array([[row.pop("lon"), row.pop("lat")] for row in office.facilities]))
    for row, (first, second) in zip(office.facilities, xy.tolist(), strict=True):
        row[x], row[y] = f"{first:.9f}", f"{second:.9f}"
    office.put("facilities", "facilities.csv", csv_text(office.facilities), **keys)


# --- coordinates of tables: name, change of the numbers, keys of county.toml, outcome, codes

GK3 = crs.gauss_crs(108)
GK3_PREFIX = crs.gauss_crs(108, prefixed=True)
GK6 = crs.gauss_crs(105, width=6)
GK6_PREFIX = crs.gauss_crs(105, width=6, prefixed=True)
SURVEY: dict[str, Any] = {"headings": ("X坐标", "Y坐标")}

_TABLES: tuple[tuple[Any, ...], ...] = (
    ("facilities_gcj02_declared", crs.wgs84_to_gcj02, {"datum": "gcj02"}, "clean"),
    ("facilities_bd09_declared", crs.wgs84_to_bd09, {"datum": "bd09"}, "clean"),
    ("facilities_cgcs2000_declared", np.copy, {"datum": "cgcs2000"}, "clean"),
    ("facilities_gcj02_undeclared", crs.wgs84_to_gcj02, {}, "warned", "datum_suspected"),
    ("facilities_latitude_first", exchanged, {}, "repaired", "axes_swapped"),
    ("survey_x_is_north", after(grid(GK3), exchanged), {**SURVEY, "crs": "EPSG:4545"}, "repaired", "axes_swapped"),
    ("survey_x_is_east", grid(GK3), {**SURVEY, "crs": "EPSG:4545"}, "clean"),
    ("survey_undeclared", grid(GK3), SURVEY, "warned", "survey_grid_assumed", True),
    ("survey_undeclared_x_is_north", after(grid(GK3), exchanged), SURVEY, "warned", "survey_grid_assumed", True),
    ("survey_undeclared_with_prefix", grid(GK3_PREFIX), SURVEY, "warned", "survey_grid_assumed", True),
    ("survey_undeclared_prefix_x_is_north", after(grid(GK3_PREFIX), exchanged), SURVEY, "warned", "survey_grid_assumed", True),
    ("survey_undeclared_six_degrees", grid(GK6), SURVEY, "warned", "survey_grid_assumed", True),
    ("survey_undeclared_six_degrees_prefix", grid(GK6_PREFIX), SURVEY, "warned", "survey_grid_assumed", True),
    ("survey_prefix_not_declared", grid(GK3_PREFIX), {**SURVEY, "crs": "EPSG:4545"}, "repaired", "survey_prefix"),
    ("survey_prefix_declared_but_missing", grid(GK3), {**SURVEY, "crs": "EPSG:4524"}, "repaired", "survey_prefix"),
    ("survey_of_another_zone", grid(crs.gauss_crs(117, prefixed=True)), {**SURVEY, "crs": "EPSG:4545"}, "refused", "crs_elsewhere"),
    ("survey_in_kilometres", after(grid(GK3), lambda xy: xy / 1000), SURVEY, "refused", "survey_grid_unknown"),
    ("facilities_degrees_declared_as_metres", np.copy, {"crs": "EPSG:4545"}, "refused", "coordinates_not_metres"),
    ("facilities_metres_declared_as_degrees", grid(GK3), {"crs": "EPSG:4490"}, "refused", "coordinates_not_degrees"),
    ("facilities_web_mercator_declared", grid(3857), {"crs": "EPSG:3857"}, "clean"),
    ("facilities_web_mercator_undeclared", grid(3857), {}, "refused", "survey_grid_unknown"),
    ("facilities_xian80", grid(GK3), {"crs": "EPSG:2379"}, "refused", "crs_xian80"),
    ("facilities_beijing54", grid(GK3), {"crs": "EPSG:2433"}, "refused", "crs_beijing54"),
    ("facilities_in_another_province", lambda xy: xy + np.array([9.0, 2.0]), {}, "refused", "crs_elsewhere"),
    ("facilities_in_the_next_county", lambda xy: xy + np.array([1.0, 0.0]), {}, "refused", "facilities_elsewhere"),
)  # fmt: skip

for _name, _change, _keys, _outcome, _code, *_same in (
    (*row, "") if len(row) == 4 else row for row in _TABLES
):
    register(
        "coordinates",
        _name,
        lambda office, change=_change, keys=_keys: move_table(office, change, **dict(keys)),
        _outcome,
        *([_code] if _code else []),
        same=_same[0] if _same else None,
    )

# --- coordinates of layers

_LAYERS: tuple[tuple[Any, ...], ...] = (
    ("zones_gcj02_declared", crs.wgs84_to_gcj02, {"datum": "gcj02"}, "clean"),
    ("zones_bd09_declared", crs.wgs84_to_bd09, {"datum": "bd09"}, "clean"),
    ("zones_latitude_first", exchanged, {}, "repaired", "axes_swapped"),
    ("zones_in_cgcs2000_named", np.copy, {"declared": 4490}, "clean"),
    ("zones_in_grid_named", grid(GK3), {"declared": 4545}, "clean"),
    ("zones_in_grid_with_prefix_named", grid(GK3_PREFIX), {"declared": 4524}, "clean"),
    ("zones_in_six_degrees_named", grid(GK6), {"declared": 4507}, "clean"),
    ("zones_in_web_mercator_named", grid(3857), {"declared": 3857}, "clean"),
    ("zones_prefix_unlike_named", grid(GK3_PREFIX), {"declared": 4545}, "repaired", "survey_prefix"),
    ("zones_x_is_north", after(grid(GK3), exchanged), {"declared": 4545}, "repaired", "axes_swapped"),
    ("zones_metres_without_a_word", grid(GK3), {}, "refused", "coordinates_not_degrees"),
    ("zones_metres_mended_by_county", grid(GK3), {"crs": "EPSG:4545"}, "warned", "crs_from_county", True),
    ("zones_degrees_named_as_metres", np.copy, {"declared": 4545}, "refused", "coordinates_not_metres"),
    ("zones_degrees_mended_by_county", np.copy, {"declared": 4545, "crs": "EPSG:4490"}, "warned", "crs_from_county", True),
    ("zones_two_words_agree", np.copy, {"declared": 4490, "crs": "EPSG:4326"}, "clean"),
    ("zones_two_words_differ", grid(GK3), {"declared": 4545, "crs": "EPSG:4546"}, "refused", "crs_conflict"),
    ("zones_xian80", np.copy, {"declared": 4610}, "refused", "crs_xian80"),
    ("zones_xian80_grid", grid(GK3), {"declared": 2379}, "refused", "crs_xian80"),
    ("zones_beijing54", np.copy, {"declared": 4214}, "refused", "crs_beijing54"),
    ("zones_beijing54_by_county", grid(GK3), {"declared": 4545, "crs": "EPSG:2433"}, "refused", "crs_beijing54"),
    ("zones_crs_of_the_earth_s_centre", np.copy, {"crs": "EPSG:4978"}, "refused"),
    ("zones_crs_unknown", np.copy, {"crs": "大地2000"}, "refused"),
    ("zones_off_the_earth", lambda xy: xy * 7, {}, "refused"),
)  # fmt: skip

for _name, _change, _keys, _outcome, _code, *_same in (
    (*row, "") if len(row) == 4 else row for row in _LAYERS
):
    register(
        "coordinates",
        _name,
        lambda office, change=_change, keys=_keys: move_layer(
            office, "zones", change, **dict(keys)
        ),
        _outcome,
        *([_code] if _code else []),
        same=_same[0] if _same else None,
    )


@fault("coordinates", "refused", "place_unknown")
def every_zone_an_empty_shape(office: Office) -> None:
    for zone in office.zones:
        zone["geometry"] = shapely.Polygon()


@fault("coordinates", "repaired", "axes_swapped_row")
def one_facility_latitude_first(office: Office) -> None:
    row = office.facilities[1]
    row["lon"], row["lat"] = row["lat"], row["lon"]


@fault("coordinates", "warned", "facility_without_place")
def one_facility_without_coordinates(office: Office) -> None:
    office.facilities[1].update(lon="", lat="")


@fault("coordinates", "warned", "facility_without_place")
def one_facility_without_latitude(office: Office) -> None:
    office.facilities[1]["lat"] = ""


@fault("coordinates", "warned", "facility_without_place")
def one_facility_at_zero_zero(office: Office) -> None:
    office.facilities[1].update(lon=0, lat=0)


@fault("coordinates", "warned", "point_not_a_place", "facility_without_place")
def one_facility_in_metres_among_degrees(office: Office) -> None:
    office.facilities[1].update(lon=420000, lat=3400000)


@fault("coordinates", "warned", "point_not_a_place", "facility_without_place")
def one_facility_with_a_digit_too_many(office: Office) -> None:
    office.facilities[1]["lon"] = 1072.02


@fault("coordinates", "warned", "places_far")
def one_facility_a_degree_off(office: Office) -> None:
    office.facilities[1]["lat"] += 1


@fault("coordinates", "refused", "place_not_a_place")
def one_zone_in_metres_among_degrees(office: Office) -> None:
    office.zones[2]["geometry"] = shapely.box(420000, 3400000, 420100, 3400100)


@fault("coordinates", "repaired", "axes_swapped_row")
def one_zone_latitude_first(office: Office) -> None:
    office.zones[2]["geometry"] = shapely.transform(office.zones[2]["geometry"], exchanged)


@fault("coordinates", "warned", "places_far")
def one_zone_far_away(office: Office) -> None:
    moved = shapely.transform(office.zones[2]["geometry"], lambda xy: xy + np.array([1.5, 0]))
    office.zones[2]["geometry"] = moved


@fault("coordinates", "warned", "datum_suspected")
def zones_shifted_beyond_the_county_line(office: Office) -> None:
    line = shapely.box(WEST, SOUTH, WEST + 3 * SIDE, SOUTH + 2 * SIDE).buffer(SIDE / 20)
    office.put("boundary", "boundary.geojson", geojson([{"name": "试验县", "geometry": line}]))
    for rows in (office.zones, office.townships):
        for row in rows:
            row["geometry"] = shapely.transform(row["geometry"], crs.wgs84_to_gcj02)
    for row in office.facilities:
        row["lon"], row["lat"] = crs.wgs84_to_gcj02(np.array([[row["lon"], row["lat"]]]))[0]


@fault("coordinates", "clean")
def townships_in_another_system(office: Office) -> None:
    move_layer(office, "townships", grid(GK3_PREFIX), declared=4524)


# --- shapes of zones: name, shape of the third zone, outcome, codes

_X, _Y = WEST + 2 * SIDE, SOUTH
_CORNERS = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * SIDE + (_X, _Y)


def _ring(*steps: tuple[float, float]) -> shapely.Polygon:
    return shapely.Polygon(np.array(steps) * SIDE + np.array([_X, _Y]))


_HALF = _ring((0, 0), (0.5, 0), (0.5, 1), (0, 1))
_SHAPES: tuple[tuple[Any, ...], ...] = (
    ("zone_without_shape", None, "refused", "geometry_missing"),
    ("zone_empty_shape", shapely.Polygon(), "refused", "geometry_missing"),
    ("zone_empty_collection", shapely.GeometryCollection(), "refused", "geometry_not_polygon"),
    ("zone_point", shapely.Point(_X, _Y), "refused", "geometry_not_polygon"),
    ("zone_points", shapely.MultiPoint(_CORNERS), "refused", "geometry_not_polygon"),
    ("zone_line", shapely.LineString(_CORNERS), "refused", "geometry_not_polygon"),
    ("zone_closed_line", shapely.LinearRing(_CORNERS), "refused", "geometry_not_polygon"),
    ("zone_flat", _ring((0, 0), (1, 0), (0.5, 0)), "refused", "geometry_without_area"),
    ("zone_bow_tie", _ring((0, 0), (1, 1), (1, 0), (0, 1)), "warned", "geometry_repaired_much"),
    ("zone_spike", _ring((0, 0), (1, 0), (1, 0.5), (1.2, 0.5), (1, 0.5), (1, 1), (0, 1)), "repaired", "geometry_repaired"),
    ("zone_repeated_vertices", _ring((0, 0), (1, 0), (1, 0), (1, 0), (1, 1), (0, 1)), "repaired", "geometry_points_repeated"),
    ("zone_ring_reversed", shapely.reverse(square(2, 0)), "repaired", "geometry_rings_turned"),
    ("zone_with_heights", shapely.force_3d(square(2, 0), 412.5), "repaired", "geometry_z_dropped"),
    ("zone_in_two_parts", shapely.MultiPolygon([_HALF, _ring((0.5, 0), (1, 0), (1, 1), (0.5, 1))]), "repaired"),
    ("zone_overlapping_parts", shapely.MultiPolygon([_ring((0, 0), (0.6, 0), (0.6, 1), (0, 1)), _ring((0.4, 0), (1, 0), (1, 1), (0.4, 1))]), "warned", "geometry_repaired_much"),
    ("zone_mixed_with_a_point", shapely.GeometryCollection([square(2, 0), shapely.Point(_X, _Y)]), "repaired", "geometry_parts_dropped"),
    ("zone_with_a_sliver", shapely.MultiPolygon([_ring((0, 0), (0.99, 0), (0.99, 1), (0, 1)), shapely.box(_X + 0.995 * SIDE, _Y, _X + 0.995 * SIDE + 5e-6, _Y + 5e-6)]), "repaired", "geometry_sliver_dropped"),
    ("zone_as_thin_as_a_hair", shapely.box(_X, _Y, _X + SIDE, _Y + 1e-6), "warned", "geometry_thin"),
    ("zone_hole_outside_its_shell", shapely.Polygon(_CORNERS, [_CORNERS + 3 * SIDE]), "warned", "geometry_repaired_much"),
    ("zone_hole_that_fills_it", shapely.Polygon(_CORNERS, [_CORNERS]), "refused", "geometry_without_area"),
    ("zone_on_top_of_its_neighbour", square(1, 0), "warned", "zones_same_geometry"),
    ("zone_over_half_of_its_neighbour", shapely.box(_X - SIDE / 2, _Y, _X + SIDE, _Y + SIDE), "warned", "zones_overlap"),
    ("zone_that_swallows_its_neighbour", shapely.box(_X - SIDE, _Y, _X + SIDE, _Y + SIDE), "warned", "zones_overlap"),
    ("zone_in_another_township_on_the_map", square(2, 1), "warned", "township_differs_from_map"),
)  # fmt: skip


def _reshape(office: Office, shape: Any) -> None:
    office.zones[2]["geometry"] = shape


for _name, _shape, _outcome, *_codes in _SHAPES:
    _exact = {"zone_with_a_sliver": False}
    register(
        "geometry",
        _name,
        lambda office, shape=_shape: _reshape(office, shape),
        _outcome,
        *_codes,
        same=_exact.get(_name),
    )


def _raw_coordinates(name: str, old: str, new: str, *codes: str) -> None:
    """Register a zones file in which the third zone's first coordinate is other text."""

    def build(office: Office) -> None:
        features = json.loads(geojson(office.zones))
        features["features"][2]["geometry"]["coordinates"][0][0] = ["@", "@"]
        text = json.dumps(features, ensure_ascii=False).replace(old, new)
        office.put("zones", "zones.geojson", text)

    build.__name__ = name
    fault("geometry", "refused", *codes)(build)


_raw_coordinates("coordinate_nan", '["@", "@"]', "[NaN, 30.7]")
_raw_coordinates("coordinate_infinite", '["@", "@"]', "[Infinity, 30.7]")
_raw_coordinates("coordinate_beyond_numbers", '["@", "@"]', "[1e999, 30.7]")
_raw_coordinates("coordinate_as_text", '["@", "@"]', '["107.208", "30.7"]')
_raw_coordinates("coordinate_missing", '["@", "@"]', "[]")
_raw_coordinates("coordinate_null", '["@", "@"]', "[null, null]")


def _arc_ring(shape: shapely.Polygon) -> bytes:
    """Return a curve polygon (ISO WKB 10) of one circular string (8) through a square's corners."""
    xy = shapely.get_coordinates(shape)
    points = np.vstack([xy[0], xy[1], xy[2], xy[3], xy[0]])
    ring = struct.pack("<BII", 1, 8, len(points)) + points.astype("<f8").tobytes()
    return struct.pack("<BII", 1, 10, 1) + ring


@fault("geometry", "repaired", "geometry_arcs_straightened", same=False)
def zone_with_arcs(office: Office) -> None:
    rows = [{k: v for k, v in row.items() if k != "geometry"} for row in office.zones]
    shapes = [shapely.to_wkb(row["geometry"]) for row in office.zones]
    shapes[2] = _arc_ring(office.zones[2]["geometry"])
    pyogrio.raw.write(
        office.path("zones.gpkg"),
        np.array(shapes, dtype=object),
        [
            np.array(
                [row[name] for row in rows],
                dtype=object if isinstance(rows[0][name], str) else np.int64,
            )
            for name in rows[0]
        ],
        list(rows[0]),
        crs="EPSG:4490",
        geometry_type="Unknown",
        driver="GPKG",
    )
    office.config["zones"] = {"file": "zones.gpkg"}


@fault("geometry", "warned", "township_not_polygon")
def township_drawn_as_a_point(office: Office) -> None:
    office.townships[1]["geometry"] = office.townships[1]["geometry"].centroid


@fault("geometry", "clean", same=False)
def townships_without_shape(office: Office) -> None:
    for row in office.townships:
        row.pop("geometry")
    office.put("townships", "townships.csv", csv_text(office.townships))


def _facility_layer(office: Office, shape: Callable[[Row], Any]) -> None:
    rows = [{**row, "geometry": shape(row)} for row in office.facilities]
    for row in rows:
        del row["lon"], row["lat"]
    office.put("facilities", "facilities.geojson", geojson(rows))


register("geometry", "facilities_as_points", lambda office: _facility_layer(office, lambda row: shapely.Point(row["lon"], row["lat"])), "clean")  # fmt: skip
register("geometry", "facilities_as_points_with_heights", lambda office: _facility_layer(office, lambda row: shapely.Point(row["lon"], row["lat"], 400)), "repaired", "geometry_z_dropped")  # fmt: skip
register("geometry", "facilities_as_outlines", lambda office: _facility_layer(office, lambda row: shapely.Point(row["lon"], row["lat"]).buffer(1e-4)), "repaired", "point_from_polygon", same=False)  # fmt: skip
register("geometry", "facilities_as_lines", lambda office: _facility_layer(office, lambda row: shapely.LineString([(row["lon"], row["lat"]), (WEST, SOUTH)])), "refused", "facilities_without_places")  # fmt: skip
register("geometry", "facilities_empty_points", lambda office: _facility_layer(office, lambda _: shapely.Point()), "refused", "facilities_without_places")  # fmt: skip


# --- what belongs together


def _townships_by_name(office: Office, spell: Callable[[str], str]) -> None:
    names = {row["township_code"]: row["name"] for row in office.townships}
    for row in office.zones:
        row["township"] = spell(names[row.pop("township_code")])


_SPELLINGS: tuple[tuple[str, Callable[[str], str], Outcome, tuple[str, ...]], ...] = (
    ("township_by_name", str, "clean", ()),
    ("township_name_traditional", lambda name: name.replace("竹阳", "竹陽").replace("东", "東"), "repaired", ("township_name_read",)),
    ("township_name_without_kind", lambda name: name.removesuffix("街道"), "repaired", ("township_name_read",)),
    ("township_name_with_office", lambda name: f"{name}办事处", "repaired", ("township_name_read",)),
    ("township_name_with_county", lambda name: f"大竹县{name}", "repaired", ("township_name_read",)),
    ("township_name_as_town", lambda name: name.replace("街道", "镇"), "repaired", ("township_name_read",)),
    ("township_name_misspelt", lambda name: name.replace("道", "到"), "warned", ("township_unknown",)),
    ("township_name_blank", lambda _: "", "clean", ()),
)  # fmt: skip

for _name, _spell, _outcome, _told in _SPELLINGS:
    register(
        "joins",
        _name,
        lambda office, spell=_spell: _townships_by_name(office, spell),
        _outcome,
        *_told,
        same=True,
    )


@fault("joins", "repaired")
def township_name_trailing_blanks(office: Office) -> None:
    _townships_by_name(office, lambda name: f"{name}　 ")


@fault("joins", "clean")
def township_code_of_twelve_digits(office: Office) -> None:
    for row in office.zones:
        row["township_code"] += "000"


@fault("joins", "warned", "township_unknown", same=True)
def township_code_unknown(office: Office) -> None:
    for row in office.zones:
        row["township_code"] = row["township_code"].replace("511724", "511725")


@fault("joins", "refused", "township_name_ambiguous")
def township_name_of_two(office: Office) -> None:
    office.townships[1]["name"] = "竹阳镇"
    for row in office.zones:
        del row["township_code"]
        row["township"] = "竹阳"


@fault("joins", "refused", "zone_without_township")
def township_unknown_and_no_map(office: Office) -> None:
    townships_without_shape(office)
    office.zones[2]["township_code"] = "999"


@fault("joins", "warned", "township_code_and_name_differ", same=True)
def township_code_and_name_of_two(office: Office) -> None:
    office.zones[2]["township"] = office.townships[1]["name"]


@fault("joins", "warned", "townships_derived")
def no_townships_table(office: Office) -> None:
    office.townships.clear()


@fault("joins", "clean", same=True)
def facility_names_its_township(office: Office) -> None:
    office.facilities[0]["所属街道"] = office.townships[0]["name"]


@fault("joins", "warned", "facility_in_other_township")
def facility_of_another_township(office: Office) -> None:
    office.facilities[0]["township_code"] = office.townships[1]["township_code"]


@fault("joins", "warned", "township_unknown", same=True)
def facility_of_an_unknown_township(office: Office) -> None:
    office.facilities[0]["乡镇"] = "高明镇"


@fault("joins", "warned", "facility_without_township")
def facility_beside_its_zone_and_no_outlines(office: Office) -> None:
    townships_without_shape(office)
    office.facilities[2]["lat"] += 0.003  # three quarters of a zone to the north


@fault("joins", "repaired", "facility_zone_by_name", same=False)
def facility_names_its_zone(office: Office) -> None:
    office.facilities[0]["zone_id"] = "第一小区"


@fault("joins", "warned", "facility_zone_unknown")
def facility_of_an_unknown_zone(office: Office) -> None:
    office.facilities[0]["zone_id"] = "0001"


def _apart(office: Office, spoil: Callable[[list[Row]], Any], **keys: Any) -> None:
    """Put the zones' people into a population table and spoil that."""
    columns = ("population", "children_u3", "migrant_u3")
    rows = [
        {"zone_id": row["zone_id"], **{column: row.pop(column) for column in columns}}
        for row in office.zones
    ]
    spoil(rows)
    office.put("population", "population.csv", csv_text(rows), **keys)


_PEOPLE: tuple[tuple[Any, ...], ...] = (
    ("people_apart", lambda _: None, "clean"),
    ("people_in_another_order", lambda rows: rows.reverse(), "clean"),
    ("people_of_an_unknown_zone", lambda rows: rows[0].update(zone_id="00l"), "refused", "population_without_zone"),
    ("people_without_a_zone", lambda rows: rows[0].update(zone_id=""), "refused"),
    ("people_without_leading_noughts", lambda rows: [row.update(zone_id=row["zone_id"].lstrip("0")) for row in rows], "refused", "population_without_zone"),
    ("people_of_a_zone_twice", lambda rows: rows.append(dict(rows[0])), "refused", "population_row_twice"),
    ("people_of_a_zone_missing", lambda rows: rows.pop(), "refused", "zone_without_population_row"),
    ("people_fewer_than_children", lambda rows: rows[0].update(children_u3=1201), "refused", "children_exceed_population"),
)  # fmt: skip

for _name, _spoil, _outcome, *_codes in _PEOPLE:
    register("joins", _name, lambda office, spoil=_spoil: _apart(office, spoil), _outcome, *_codes)


@fault("joins", "warned", "population_given_twice")
def people_given_twice(office: Office) -> None:
    rows = [
        {"zone_id": row["zone_id"], "population": row["population"] + 1} for row in office.zones
    ]
    office.put("population", "population.csv", csv_text(rows))


def _totals(office: Office, spoil: Callable[[list[Row]], Any], **keys: Any) -> None:
    """Put the zones' people into totals by township and spoil those."""
    sums: dict[str, Row] = {}
    for row in office.zones:
        code = row["township_code"]
        total = sums.setdefault(code, {"township_code": code, "population": 0, "children_u3": 0})
        for column in ("population", "children_u3"):
            total[column] += row.pop(column)
        del row["migrant_u3"]
    rows = list(sums.values())
    spoil(rows)
    office.put("population", "totals.csv", csv_text(rows), **keys)


_SUMS: tuple[tuple[Any, ...], ...] = (
    ("totals_to_share_out", lambda _: None, {"distribute": True}, "warned", "population_by_dwellings"),
    ("totals_not_said_to_be_shared", lambda _: None, {}, "refused"),
    ("totals_of_an_unknown_township", lambda rows: rows[0].update(township_code="511724099"), {"distribute": True}, "refused"),
    ("totals_twice", lambda rows: rows.append(dict(rows[0])), {"distribute": True}, "refused", "total_twice"),
    ("totals_blank", lambda rows: rows[0].update(population=""), {"distribute": True}, "refused"),
)  # fmt: skip

for _name, _spoil, _keys, _outcome, *_codes in _SUMS:
    register(
        "joins",
        _name,
        lambda office, spoil=_spoil, keys=_keys: _totals(office, spoil, **keys),
        _outcome,
        *_codes,
    )


# --- what cannot be true: table, row, changes, outcome, codes

_FIGURES: tuple[tuple[Any, ...], ...] = (
    ("children_more_than_people", "zones", {"children_u3": 1201}, "refused", "children_exceed_population"),
    ("migrants_more_than_children", "zones", {"migrant_u3": 25}, "refused", "migrants_exceed_children"),
    ("children_beyond_belief", "zones", {"children_u3": 400}, "warned", "children_beyond_belief"),
    ("density_beyond_belief", "zones", {"population": 99_000}, "warned", "density_beyond_belief"),
    ("household_beyond_belief", "zones", {"dwellings": 12}, "warned", "household_beyond_belief"),
    ("permitted_after_accepted", "zones", {"accepted_on": "2021-01-01"}, "warned", "permitted_after_accepted"),
    ("accepted_after_delivered", "zones", {"accepted_on": "2024-01-01", "delivered_on": "2023-01-01"}, "warned", "accepted_after_delivered"),
    ("enrolled_more_than_slots", "facilities", {"enrolled_u3": 61}, "warned", "enrolled_exceed_slots"),
    ("slots_beyond_belief", "facilities", {"slots": 6000}, "warned", "slots_beyond_belief"),
    ("home_based_with_many_slots", "facilities", {"type": "home_based"}, "warned", "home_based_too_large"),
    ("class_with_many_slots", "facilities", {"type": "kindergarten_class"}, "warned", "more_than_one_class"),
    ("opened_after_closed", "facilities", {"closed_on": "2023-08-31"}, "refused", "opened_after_closed"),
    ("accepted_after_handed_over", "facilities", {"accepted_on": "2023-02-01", "handed_over_on": "2023-01-01"}, "warned", "accepted_after_handed_over"),
    ("on_site_of_a_zone_far_off", "facilities", {"zone_id": "006"}, "warned", "facility_off_site"),
    ("township_with_another_total", "townships", {"population": 9_999}, "warned", "township_total_differs"),
)  # fmt: skip


def _put(office: Office, table: str, changes: Row) -> None:
    getattr(office, table)[0].update(changes)


for _name, _table, _changes, _outcome, *_codes in _FIGURES:
    register(
        "consistency",
        _name,
        lambda office, table=_table, changes=_changes: _put(office, table, changes),
        _outcome,
        *_codes,
    )


@fault("consistency", "warned", "facility_twice")
def facility_entered_twice(office: Office) -> None:
    office.facilities.append({**office.facilities[0], "facility_id": "F99"})


@fault("consistency", "warned", "zones_same_name")
def zone_names_given_twice(office: Office) -> None:
    office.zones[1]["name"] = office.zones[0]["name"]


@fault("consistency", "warned", "zones_same_geometry", "zones_same_name")
def zone_entered_twice(office: Office) -> None:
    office.zones.append({**office.zones[0], "zone_id": "099"})
