"""Straight, along streets and by a table: who is in reach, on drawings known by hand."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from squares import CRS, ORIGIN, county, middle, square

from capacity_planner.assessment import assess
from capacity_planner.errors import CountyError

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
    table = pd.DataFrame(
        {"facility_id": ["f", "ghost"], "zone_id": ["a", "a"], "distance_m": [420.0, 1.0]}
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
