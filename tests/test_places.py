"""Where numbers are on the ground: units, order, grids, datums and what is said about each."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from space import DEGREES, EAST, MEASURE, NORTH, codes, facilities, lying, square, table, zones

from capacity_planner import crs
from capacity_planner.errors import Complaints
from capacity_planner.loaders.space import places
from capacity_planner.loaders.space.outlines import Outlines
from capacity_planner.loaders.space.places import (
    declared_measure_crs,
    find_measure_crs,
    place,
)
from capacity_planner.loaders.space.suspicion import suspect_datum

TO_DEGREES = pyproj.Transformer.from_crs(MEASURE, DEGREES, always_xy=True)
POINTS = np.array([[EAST + 50, NORTH + 50], [EAST + 250, NORTH + 50], [EAST + 50, NORTH + 350]])


def config(**keys: Any) -> Any:
    return SimpleNamespace(**{"crs": None, "datum": "wgs84", **keys})


def degrees(points: np.ndarray = POINTS) -> np.ndarray:
    return np.column_stack(TO_DEGREES.transform(points[:, 0], points[:, 1]))


def listed(pairs: np.ndarray) -> pd.DataFrame:
    """Return a facilities table with two columns of numbers."""
    frame = pd.DataFrame(
        table("facilities.csv", None, facility_id=[f"F{i}" for i in range(len(pairs))])
    )
    return frame.drop(columns="geometry").assign(lon=pairs[:, 0], lat=pairs[:, 1], slots=60)


def drawn(shapes: Any, *, crs_of: pyproj.CRS | None = None) -> pd.DataFrame:
    """Return a zones table with shapes drawn in metres, in another system if asked."""
    frame = zones(shapes)
    return pd.DataFrame(frame if crs_of is None else frame.to_crs(crs_of))


def parted(frame: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray | None]:
    """Return a table without its shapes, and these."""
    if "geometry" not in frame:
        return frame, None
    return frame.drop(columns="geometry"), np.asarray(frame["geometry"].to_numpy(), dtype=object)


def put(
    frame: pd.DataFrame,
    *,
    name: str = "facilities",
    file_crs: Any = None,
    measure: pyproj.CRS = MEASURE,
    **keys: Any,
) -> tuple[gpd.GeoDataFrame, Complaints]:
    found = Complaints()
    placed = place(
        *parted(frame),
        table=name,
        config=config(**keys),
        file_crs=None if file_crs is None else pyproj.CRS(file_crs),
        measure=measure,
        complaints=found,
    )
    return placed, found


def coordinates(frame: gpd.GeoDataFrame) -> np.ndarray:
    return shapely.get_coordinates(frame.geometry.to_numpy())


# --- tables of numbers


def test_degrees_become_metres() -> None:
    placed, found = put(listed(degrees()))
    assert coordinates(placed) == pytest.approx(POINTS, abs=0.001)
    assert placed.crs == MEASURE
    assert codes(found) == []


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_map_datums_are_taken_back_exactly(datum: str) -> None:
    there = {"gcj02": crs.wgs84_to_gcj02, "bd09": crs.wgs84_to_bd09}[datum]
    placed, found = put(listed(there(degrees())), datum=datum)
    assert coordinates(placed) == pytest.approx(POINTS, abs=0.001)
    assert codes(found) == []


def test_latitude_first_is_exchanged_and_told() -> None:
    placed, found = put(listed(degrees()[:, ::-1]))
    assert coordinates(placed) == pytest.approx(POINTS, abs=0.001)
    assert codes(found) == ["axes_swapped"]


def test_latitude_first_is_noticed_outside_china_by_where_the_county_is() -> None:
    toronto = np.array([[-79.4, 43.7], [-79.3, 43.8]])
    placed, found = put(listed(toronto[:, ::-1]), measure=pyproj.CRS(32617))
    straight, _ = put(listed(toronto), measure=pyproj.CRS(32617))
    assert codes(found) == ["axes_swapped"]
    assert coordinates(placed) == pytest.approx(coordinates(straight))


def test_one_row_the_wrong_way_round_is_exchanged_and_told_by_row() -> None:
    pairs = degrees()
    pairs[1] = pairs[1, ::-1]
    placed, found = put(listed(pairs))
    assert coordinates(placed) == pytest.approx(POINTS, abs=0.001)
    assert [(each.code, each.row) for each in found] == [("axes_swapped_row", 3)]


GRIDS = {
    "three degrees with prefix": (crs.gauss_crs(108, prefixed=True), 36_000_000),
    "three degrees without": (crs.gauss_crs(108), 0),
    "six degrees with prefix": (crs.gauss_crs(105, width=6, prefixed=True), 18_000_000),
    "six degrees without": (crs.gauss_crs(105, width=6), 0),
}


@pytest.mark.parametrize("swapped", [False, True], ids=["east first", "X is north"])
@pytest.mark.parametrize("grid", GRIDS)
def test_survey_grids_are_recognised_by_their_numbers_and_told(*, grid: str, swapped: bool) -> None:
    system, zone = GRIDS[grid]
    to_grid = pyproj.Transformer.from_crs(MEASURE, system, always_xy=True)
    pairs = np.column_stack(to_grid.transform(POINTS[:, 0], POINTS[:, 1]))
    assert (pairs[:, 0] // 1_000_000 * 1_000_000 == zone).all()
    placed, found = put(listed(pairs[:, ::-1] if swapped else pairs))
    assert coordinates(placed) == pytest.approx(POINTS, abs=0.001)
    assert codes(found) == ["survey_grid_assumed"]
    assert next(iter(found)).value == system.name


@pytest.mark.parametrize("swapped", [False, True])
def test_a_declared_grid_is_used_in_either_order(*, swapped: bool) -> None:
    placed, found = put(listed(POINTS[:, ::-1] if swapped else POINTS), crs="EPSG:4545")
    assert coordinates(placed) == pytest.approx(POINTS, abs=0.001)
    assert codes(found) == (["axes_swapped"] if swapped else [])


@pytest.mark.parametrize(("declared", "zone"), [("EPSG:4545", 36_000_000), ("EPSG:4524", 0)])
@pytest.mark.parametrize("swapped", [False, True])
def test_a_prefix_unlike_the_declared_grid_is_mended_and_told(
    *, declared: str, zone: int, swapped: bool
) -> None:
    pairs = POINTS + np.array([zone, 0])
    placed, found = put(listed(pairs[:, ::-1] if swapped else pairs), crs=declared)
    assert coordinates(placed) == pytest.approx(POINTS, abs=0.001)
    assert codes(found) == ["survey_prefix"]


def test_a_prefix_of_another_zone_than_declared_is_refused() -> None:
    _, found = put(listed(POINTS + np.array([39_000_000, 0])), crs="EPSG:4545")
    assert codes(found)[0] == "crs_elsewhere"


def test_metres_that_fit_no_zone_are_refused() -> None:
    _, found = put(listed(np.array([[1_234.0, 5_678.0], [2_345.0, 6_789.0]])))
    assert codes(found)[0] == "survey_grid_unknown"


def test_degrees_are_never_measured_as_metres() -> None:
    placed, found = put(listed(degrees()), crs="EPSG:4545")
    assert codes(found)[0] == "coordinates_not_metres"
    assert placed.geometry.isna().all()


def test_metres_are_never_taken_for_degrees() -> None:
    _, found = put(listed(POINTS), crs="EPSG:4490")
    assert codes(found)[0] == "coordinates_not_degrees"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("EPSG:2361", "crs_xian80"),
        ("EPSG:4610", "crs_xian80"),
        ("EPSG:2434", "crs_beijing54"),
        ("EPSG:4978", "crs_not_on_the_ground"),
        ("EPSG:4019000", "crs_unknown"),
        ("大地2000", "crs_unknown"),
    ],
)
def test_systems_that_cannot_be_used_are_refused_with_their_reason(name: str, code: str) -> None:
    placed, found = put(listed(POINTS), crs=name)
    assert codes(found)[0] == code
    assert placed.geometry.isna().all()


def test_a_row_in_another_unit_keeps_its_slots_but_no_place() -> None:
    pairs = np.vstack([POINTS, degrees()[:1]])
    placed, found = put(listed(pairs), crs="EPSG:4545")
    assert codes(found) == ["point_not_a_place", "facility_without_place"]
    assert placed.geometry.isna().tolist() == [False, False, False, True]


@pytest.mark.parametrize("pair", [(np.nan, np.nan), (107.2, np.nan), (0.0, 0.0), (np.inf, 30.0)])
def test_facilities_without_usable_numbers_stay_without_place(pair: tuple[float, float]) -> None:
    placed, found = put(listed(np.vstack([degrees(), pair])))
    assert len(placed) == 4
    assert [(each.code, each.row) for each in found] == [("facility_without_place", 5)]


def test_a_table_without_any_place_is_refused_once_and_loses_no_row() -> None:
    placed, found = put(listed(np.full((3, 2), np.nan)))
    assert len(placed) == 3
    assert codes(found) == ["facilities_without_places"]


# --- layers


@pytest.mark.parametrize("code", [4490, 4326, 4545, 4524, 4507, 3857])
def test_layers_are_reprojected(code: int) -> None:
    placed, found = put(drawn([square(0, 0)], crs_of=pyproj.CRS(code)), name="zones", file_crs=code)
    assert placed.geometry.iloc[0].equals_exact(square(0, 0), 0.01)
    assert codes(found) == []


def test_holes_and_parts_survive() -> None:
    ring = square(0, 0, 300).difference(square(1, 1))
    parts = shapely.union_all([ring, square(5, 5)])
    for shape in (ring, parts):
        placed, _ = put(drawn([shape], crs_of=DEGREES), name="zones", file_crs=4490)
        assert placed.geometry.iloc[0].area == pytest.approx(shape.area, rel=1e-5)


def test_a_layer_that_does_not_say_its_system_is_refused() -> None:
    placed, found = put(drawn([square(0, 0)]), name="zones")
    assert codes(found) == ["crs_missing"]
    assert not len(placed)
    assert "EPSG:4545" in next(iter(found)).remedy("zh")


def test_the_county_s_word_stands_in_for_a_missing_one() -> None:
    placed, found = put(drawn([square(0, 0)]), name="zones", crs="EPSG:4545")
    assert codes(found) == []
    assert placed.geometry.iloc[0].equals(square(0, 0))


def test_two_words_for_one_place_agree() -> None:
    shapes = drawn([square(0, 0)], crs_of=DEGREES)
    _, found = put(shapes, name="zones", file_crs=4326, crs="EPSG:4490")
    assert codes(found) == []


def test_two_words_for_different_places_are_refused() -> None:
    shapes = drawn([square(0, 0)])
    _, found = put(shapes, name="zones", file_crs=4545, crs="EPSG:4546")
    assert codes(found) == ["crs_conflict"]


def test_the_county_may_mend_an_impossible_word_of_the_file() -> None:
    placed, found = put(drawn([square(0, 0)]), name="zones", file_crs=4326, crs="EPSG:4545")
    assert codes(found) == ["crs_from_county"]
    assert placed.geometry.iloc[0].equals(square(0, 0))


def test_latitude_first_in_a_layer() -> None:
    turned = drawn([square(0, 0), square(2, 0)], crs_of=DEGREES)
    turned["geometry"] = shapely.transform(turned["geometry"].to_numpy(), lambda xy: xy[:, ::-1])
    placed, found = put(turned, name="zones", file_crs=4490)
    assert codes(found) == ["axes_swapped"]
    assert placed.geometry.iloc[0].area == pytest.approx(10_000, rel=1e-4)


def test_a_zone_in_another_unit_is_refused_by_row() -> None:
    frame = drawn([square(0, 0), square(2, 0), shapely.box(107.2, 30.7, 107.3, 30.8)])
    placed, found = put(frame, name="zones", file_crs=4545)
    assert [(each.code, each.row) for each in found] == [("place_not_a_place", 4)]
    assert placed["zone_id"].tolist() == ["Z1", "Z2"]


def test_gcj02_in_a_layer_of_web_mercator() -> None:
    shifted = shapely.transform(
        gpd.GeoSeries([square(0, 0)], crs=MEASURE).to_crs(4326).to_numpy(), crs.wgs84_to_gcj02
    )
    mercator = gpd.GeoSeries(shifted, crs=4326).to_crs(3857)
    frame = drawn([square(0, 0)]).assign(geometry=mercator.to_numpy())
    placed, _ = put(frame, name="zones", file_crs=3857, datum="gcj02")
    assert placed.geometry.iloc[0].equals_exact(square(0, 0), 0.01)


def test_townships_without_shape_stay() -> None:
    frame = pd.DataFrame(table("t.csv", None, township_code=["1", "2"], name=["a", "b"]))
    placed, found = put(frame.drop(columns="geometry"), name="townships")
    assert len(placed) == 2
    assert codes(found) == []


def test_the_given_frame_is_not_changed() -> None:
    frame = drawn([square(0, 0)], crs_of=DEGREES)
    before = frame["geometry"].iloc[0]
    put(frame, name="zones", file_crs=4490)
    assert frame["geometry"].iloc[0] is before


# --- the system to measure in


def found_measure(frame: pd.DataFrame, **keys: Any) -> tuple[int | None, list[str]]:
    told = Complaints()
    file_crs = keys.pop("file_crs", None)
    measure = find_measure_crs(
        *parted(frame),
        config=config(**keys),
        file_crs=None if file_crs is None else pyproj.CRS(file_crs),
        complaints=told,
    )
    return (None if measure is None else measure.to_epsg()), codes(told)


def test_measuring_system_from_where_the_zones_lie() -> None:
    assert found_measure(drawn([square(0, 0)], crs_of=DEGREES), file_crs=4490) == (4545, [])
    assert found_measure(drawn([square(0, 0)]), file_crs=4545) == (4545, [])
    assert found_measure(drawn([square(0, 0)]), crs="EPSG:4545") == (4545, [])
    toronto = drawn([square(0, 0)]).assign(geometry=[shapely.box(-79.5, 43.6, -79.4, 43.7)])
    assert found_measure(toronto, file_crs=4326) == (32617, [])


def test_measuring_system_of_exchanged_degrees() -> None:
    turned = drawn([square(0, 0)], crs_of=DEGREES)
    turned["geometry"] = shapely.transform(turned["geometry"].to_numpy(), lambda xy: xy[:, ::-1])
    assert found_measure(turned, file_crs=4326) == (4545, [])


def test_no_measuring_system_without_a_known_place() -> None:
    assert found_measure(drawn([square(0, 0)])) == (None, ["crs_missing"])
    assert found_measure(drawn([square(0, 0)]), file_crs=2434) == (None, ["crs_beijing54"])
    assert found_measure(drawn([square(0, 0)]), file_crs=4326) == (
        None,
        ["coordinates_not_degrees"],
    )


@pytest.mark.parametrize("name", ["EPSG:4490", "EPSG:4978", "EPSG:2263", "EPSG:2379", "大地2000"])
def test_what_cannot_be_measured_in_is_refused(name: str) -> None:
    told = Complaints()
    assert declared_measure_crs(name, complaints=told) is None
    assert codes(told) == ["measure_crs_unfit"]


def test_a_grid_in_metres_can_be_measured_in() -> None:
    assert declared_measure_crs("EPSG:4545", complaints=Complaints()) == MEASURE


# --- suspicion


def suspect(
    zone_shapes: Any, points: np.ndarray, *, line: shapely.Polygon | None = None, **columns: Any
) -> Complaints:
    told = Complaints()
    boundary = None if line is None else table("line.geojson", [line])
    homes, supply = zones(zone_shapes), facilities(points, **columns)
    outlines = Outlines.of(homes)
    suspect_datum(
        homes, supply, boundary, outlines=outlines, lying=lying(supply, homes), complaints=told
    )
    return told


def shifted(points: np.ndarray, shift: Any) -> np.ndarray:
    """Return points in metres as a map service would show them."""
    back = pyproj.Transformer.from_crs(DEGREES, MEASURE, always_xy=True)
    moved = shift(degrees(points))
    return np.column_stack(back.transform(moved[:, 0], moved[:, 1]))


SCATTERED = [square(17 * (at % 6), 19 * (at // 6)) for at in range(24)]
INSIDE = shapely.get_coordinates([shape.centroid for shape in SCATTERED])


def test_true_places_raise_no_suspicion() -> None:
    assert codes(suspect(SCATTERED, INSIDE)) == []
    assert codes(suspect(SCATTERED, INSIDE + np.array([0, 150]))) == []


@pytest.mark.parametrize(
    ("shift", "name", "direction"),
    [(crs.wgs84_to_gcj02, "gcj02", "south-east"), (crs.wgs84_to_bd09, "bd09", "east")],
)
def test_facilities_of_a_map_service_are_suspected(shift: Any, name: str, direction: str) -> None:
    told = suspect(SCATTERED, shifted(INSIDE, shift))
    assert codes(told) == ["datum_suspected"]
    params = next(iter(told)).params
    assert (params["key"], params["direction_en"]) == (name, direction)
    assert params["what_en"] == "facilities"
    assert 450 < params["distance"] < 550 or name == "bd09"


def test_zones_of_a_map_service_are_suspected() -> None:
    shapes = [
        shapely.Polygon(shifted(shapely.get_coordinates(shape), crs.wgs84_to_gcj02))
        for shape in SCATTERED
    ]
    told = suspect(shapes, INSIDE)
    assert [each.params["what_en"] for each in told] == ["zones"]


def test_zones_beyond_the_county_line_are_suspected() -> None:
    line = shapely.box(*shapely.total_bounds(SCATTERED)).buffer(5)
    shapes = [
        shapely.Polygon(shifted(shapely.get_coordinates(shape), crs.wgs84_to_gcj02))
        for shape in SCATTERED
    ]
    told = suspect(shapes, shifted(INSIDE, crs.wgs84_to_gcj02), line=line)
    assert codes(told)[0] == "datum_suspected"


def test_on_site_facilities_tell_a_shift_within_tiled_zones() -> None:
    tiled = [square(at % 6, at // 6) for at in range(36)]
    middles = shapely.get_coordinates([shape.centroid for shape in tiled])
    ids = [f"Z{at + 1}" for at in range(36)]
    told = suspect(tiled, shifted(middles, crs.wgs84_to_gcj02), zone_id=ids)
    assert codes(told) == ["datum_suspected"]


def test_far_places_are_listed_with_their_distance() -> None:
    told = suspect(SCATTERED, np.vstack([INSIDE, [EAST + 300_000, NORTH]]))
    assert [(each.code, each.value) for each in told] == [("places_far", "F25")]
    assert next(iter(told)).params["distance"] == pytest.approx(291, abs=2)


def test_a_far_zone_is_listed() -> None:
    told = suspect([*SCATTERED, square(0, 3_000)], INSIDE)
    assert [(each.code, each.value) for each in told] == [("places_far", "Z25")]


def test_facilities_of_another_county_are_refused() -> None:
    told = suspect(SCATTERED, INSIDE + np.array([0, 400_000]))
    assert codes(told) == ["facilities_elsewhere"]


def test_no_facilities_no_suspicion() -> None:
    assert codes(suspect(SCATTERED, np.empty((0, 2)))) == []


def test_a_system_that_can_be_read_and_not_taken_apart_is_refused(monkeypatch):
    def fail(_crs):
        raise pyproj.exceptions.CRSError("Invalid projection")

    monkeypatch.setattr(places.geodesy, "refused_datum", fail)
    assert places._unusable(pyproj.CRS(4490)) == "crs_unknown"
