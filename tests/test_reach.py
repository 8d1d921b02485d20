"""Straight, along streets and by a table: who is in reach, on drawings known by hand."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from squares import CRS, ORIGIN, county, frame, middle, square

from capacity_planner.assessment import assess
from capacity_planner.errors import CountyError
from capacity_planner.loaders import load_county

ZONES = [{"zone_id": "a", "population": 1000, "geometry": square(0, 0)}]
ACROSS = [{"facility_id": "f", "slots": 8, "geometry": middle(0, 2)}]


def _line(*places):
    return shapely.LineString(
        [(ORIGIN[0] + 50 + 100 * column, ORIGIN[1] + 50 + 100 * row) for column, row in places]
    )


def _with_roads(drawn, *lines):
    return drawn.with_tables(roads=gpd.GeoDataFrame(geometry=list(lines), crs=CRS))


def test_a_river_with_one_bridge_is_walked_around():
    """200 m across the river, 300 m to the bridge, 200 m over it, 300 m back: 800 m on foot."""
    banks = [_line((0, 0), (3, 0)), _line((3, 0), (3, 2)), _line((3, 2), (0, 2))]
    drawn = _with_roads(county(ZONES, ACROSS, radius_m=800, snap_limit_m=10), *banks)
    straight, walked = assess(drawn), assess(drawn, distance="network")
    assert straight.links["distance_m"].tolist() == [200]
    assert walked.links["distance_m"].tolist() == [800]
    assert assess(drawn, distance="network", radius_m=799).totals["attributed"] == 0


def test_a_way_that_does_not_exist_is_a_state_of_its_own():
    drawn = _with_roads(
        county(ZONES, ACROSS, radius_m=800, distance="network"),
        _line((0, 0), (3, 0)),
        _line((0, 2), (2, 2)),
    )
    gaps = assess(drawn)
    assert gaps.zones["out_of_reach"].tolist() == [8]
    assert {each.code for each in gaps.problems} >= {"streets_not_joined", "pairs_unreachable"}


def test_a_facility_far_from_every_street_still_serves_the_zone_it_stands_in():
    inside = [{"facility_id": "f", "slots": 8, "geometry": middle(0, 0)}]
    drawn = _with_roads(
        county(ZONES, inside, radius_m=300, distance="network", snap_limit_m=50),
        _line((20, 20), (30, 20)),
    )
    gaps = assess(drawn)
    assert gaps.zones["attributed"].tolist() == [8]
    assert "facility_far_from_streets" in {each.code for each in gaps.problems}


def test_a_ready_table_of_distances_is_taken_as_it_is():
    rows = [("f", 420.0), ("ghost", 1.0)]
    table = frame(
        "distances",
        [{"facility_id": name, "zone_id": "a", "distance_m": metres} for name, metres in rows],
    )
    drawn = county(ZONES, ACROSS, radius_m=500, distance="network").with_tables(distances=table)
    assert assess(drawn).links["distance_m"].tolist() == [420]
    assert assess(drawn, radius_m=419).totals["attributed"] == 0


def test_without_streets_the_choice_is_refused():
    with pytest.raises(CountyError) as caught:
        assess(county(ZONES, ACROSS, distance="network"))
    assert caught.value.complaints[0].code == "network_needs_streets"


def test_a_facility_at_the_edge_of_a_large_zone_serves_it_unless_distance_alone_decides():
    large = [{"zone_id": "a", "population": 1000, "geometry": square(0, 0).buffer(1000)}]
    edge = [{"facility_id": "f", "slots": 8, "geometry": middle(0, 0, east=900)}]
    assert assess(county(large, edge)).totals["attributed"] == 8
    assert assess(county(large, edge, inside_serves="no")).totals["attributed"] == 0
    on_site = [{**edge[0], "zone_id": "a"}]
    assert assess(county(large, on_site, inside_serves="no")).totals["attributed"] == 8


def test_what_is_too_far_from_every_street_is_listed_one_by_one_with_its_row_and_distance():
    zones = [
        {**ZONES[0], "zone_id": each, "geometry": square(0, at)} for at, each in enumerate("abc")
    ]
    far = [{"facility_id": "f", "slots": 8, "geometry": middle(0, 9)}]
    drawn = _with_roads(
        county(zones, far, distance="network", snap_limit_m=50), _line((0, 0), (3, 0))
    )
    told = [each for each in assess(drawn).problems if each.code.endswith("far_from_streets")]
    assert [(each.code, each.value, each.row, each.params["off_m"]) for each in told] == [
        ("facility_far_from_streets", "f", 2, 900),
        ("zone_far_from_streets", "b", 3, 100),
        ("zone_far_from_streets", "c", 4, 200),
    ]


def test_a_gate_opens_a_zone_to_the_street_behind_it():
    """By its inner point the zone's street is the southern one; its gate opens to the northern."""
    streets = [_line((0, 0), (9, 0)), _line((9, 0), (9, 2)), _line((9, 2), (0, 2))]
    drawn = _with_roads(county(ZONES, ACROSS, radius_m=2000, snap_limit_m=200), *streets)
    assert assess(drawn, distance="network").links["distance_m"].tolist() == [900 + 200 + 900]
    gate = frame("gates", [{"zone_id": "a", "geometry": middle(1, 2, north=-30)}])
    opened = drawn.with_tables(gates=gate)
    assert assess(opened, distance="network").links["distance_m"].tolist() == [100 + 30]


def test_a_blank_in_a_ready_table_is_no_way_and_told():
    table = frame("distances", [{"facility_id": "f", "zone_id": "a", "distance_m": None}])
    drawn = county(ZONES, ACROSS, radius_m=500, distance="network").with_tables(distances=table)
    gaps = assess(drawn)
    assert gaps.zones["out_of_reach"].tolist() == [8]
    told = [each for each in gaps.problems if each.code == "table_without_way"]
    assert [(each.value, each.params["count"]) for each in told] == [("f → a", 1)]


ONE_WAY = """schema = 1
name = "单行县"
code = "511724"
as_of = 2025-12-31
policy = "dazhu-2021-57"
measure_crs = "EPSG:4545"
[zones]
file = "zones.gpkg"
[facilities]
file = "facilities.gpkg"
[townships]
file = "townships.csv"
[roads]
file = "roads.gpkg"
[gates]
file = "gates.csv"
crs = "EPSG:4545"
[choices]
radius_m = 1000
distance = "network"
snap_limit_m = 60
"""


def test_one_way_signs_bind_cars_not_walkers_from_the_layer_to_the_link(tmp_path):
    """A road layer as OpenStreetMap tags it, one-way away from the facility's side both times."""
    roads = {"oneway": ["yes", "-1", "no"], "highway": ["residential", "primary", "footway"]}
    lines = [_line((0, 0), (4, 0)), _line((4, 0), (4, 3)), _line((20, 20), (22, 20))]
    for name, columns, shapes in (
        ("roads", roads, lines),
        (
            "zones",
            {
                "zone_id": ["a"],
                "township_code": ["T1"],
                "category": ["existing"],
                "population": [1000],
            },
            [square(4, 3)],
        ),
        (
            "facilities",
            {
                "facility_id": ["f"],
                "slots": [8],
                "type": ["centre"],
                "status": ["operating"],
                "filed": ["yes"],
            },
            [middle(0, 0)],
        ),
    ):
        gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS).to_file(tmp_path / f"{name}.gpkg")
    (tmp_path / "townships.csv").write_text("township_code,name\nT1,甲镇\n", "utf-8")
    east, north = ORIGIN[0] + 450, ORIGIN[1] + 250
    (tmp_path / "gates.csv").write_text(f"zone_id,lon,lat\na,{east},{north}\n", "utf-8")
    (tmp_path / "county.toml").write_text(ONE_WAY, "utf-8")
    gaps = assess(load_county(tmp_path))
    assert gaps.links["distance_m"].tolist() == [400 + 200]
    told = {each.code: each for each in gaps.problems}
    assert told["streets_not_joined"].params == {"parts": 2, "island_m": 200, "length_m": 900}
