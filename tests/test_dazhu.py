"""Dazhu's demonstration data: sums, provenance, shapes, and the same bytes every time."""

import csv
import doctest
import json
import subprocess
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data" / "dazhu"
FACTS = ROOT / "data" / "facts"
MADE = (
    "boundary.geojson",
    "candidates.csv",
    "facilities.csv",
    "streets.geojson",
    "townships.geojson",
    "zones.geojson",
)


def _features(name):
    return [each["properties"] for each in json.loads((DATA / name).read_text("utf-8"))["features"]]


def _rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _metres(name):
    return gpd.read_file(DATA / name).to_crs("EPSG:4545")


@pytest.fixture(scope="module")
def zones():
    return _features("zones.geojson")


@pytest.fixture(scope="module")
def facilities():
    return _rows(DATA / "facilities.csv")


@pytest.fixture(scope="module")
def zone_shapes():
    return _metres("zones.geojson")


@pytest.fixture(scope="module")
def township_shapes():
    return _metres("townships.geojson")


def test_script_makes_the_same_bytes(tmp_path):
    script = ROOT / "scripts" / "make_dazhu.py"
    subprocess.run([sys.executable, script, "--out", tmp_path], check=True, capture_output=True)
    assert sorted(each.name for each in tmp_path.iterdir()) == list(MADE)
    for name in MADE:
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes(), name


def test_data_stay_small():
    assert sum(each.stat().st_size for each in DATA.iterdir()) < 2_000_000


def test_residents_add_up_to_the_census(zones):
    urban = sum(zone["population"] for zone in zones if zone["category"] != "rural")
    rural = sum(zone["population"] for zone in zones if zone["category"] == "rural")
    assert (urban, rural, urban + rural) == (383_959, 458_001, 841_960)


def test_children_add_up_to_the_middle_estimate(zones):
    assert sum(zone["children_u3"] for zone in zones) == 18_907


def test_migrants_add_up_to_the_census_and_their_children_to_its_share(zones):
    assert sum(zone["migrant_population"] for zone in zones) == 156_567 + 21_943 + 25_905
    checked = [zone for zone in zones if zone["migrant_u3"] is not None]
    children = sum(zone["children_u3"] for zone in checked)
    share = round(children * 204_415 / 841_960)
    assert sum(zone["migrant_u3"] for zone in checked) == share
    assert len(zones) - len(checked) == 7


def test_the_one_published_township_total_is_met(zones):
    guanyin = sum(zone["population"] for zone in zones if zone["township_code"] == "511724109")
    assert guanyin == 39_163
    sent = {each["township_code"]: each["population"] for each in _features("townships.geojson")}
    assert {code: total for code, total in sent.items() if total} == {"511724109": 39_163}


def test_no_part_is_larger_than_its_whole(zones):
    for zone in zones:
        assert 0 <= (zone["migrant_u3"] or 0) <= zone["children_u3"] <= zone["population"]
        assert 0 <= zone["migrant_population"] <= zone["population"]


def test_zones_of_every_category(zones):
    count = Counter(zone["category"] for zone in zones)
    assert count == {"old_town": 123, "existing": 258, "new": 85, "rural": 235}
    planned = [zone for zone in zones if not zone["population"]]
    assert len(planned) == 10
    assert all(
        zone["category"] == "new" and zone["delivered_on"] > "2025-12-31" and zone["dwellings"] > 0
        for zone in planned
    )


def test_dates_follow_the_category(zones):
    for zone in zones:
        if zone["category"] in ("old_town", "rural"):
            assert zone["permitted_on"] is zone["delivered_on"] is None
        else:
            is_new = zone["permitted_on"] >= "2021-09-15"
            assert is_new == (zone["category"] == "new")
            assert is_new or zone["delivered_on"] < "2021-09-15"
            assert zone["permitted_on"] < zone["delivered_on"]
            if zone["accepted_on"]:
                assert zone["permitted_on"] < zone["accepted_on"] < zone["delivered_on"]


def test_rural_areas_answer_yes_no_or_nothing(zones):
    answers = Counter(
        zone["rural_childcare_considered"] for zone in zones if zone["category"] == "rural"
    )
    assert set(answers) == {"yes", "no", None}
    assert all(
        zone["rural_childcare_considered"] is None for zone in zones if zone["category"] != "rural"
    )


def test_units_join_existing_zones_of_one_township(zones):
    members = [zone for zone in zones if zone["unit_id"]]
    assert Counter(Counter(zone["unit_id"] for zone in members).values()) == {3: 8}
    townships = {(zone["unit_id"], zone["township_code"]) for zone in members}
    assert len(townships) == 8
    assert {zone["category"] for zone in members} == {"existing"}


def test_every_record_says_what_it_is(zones, facilities):
    assert {zone["data_status"] for zone in zones} == {"synthetic"}
    assert {each["data_status"] for each in facilities} == {"synthetic"}
    assert {each["data_status"] for each in _rows(DATA / "candidates.csv")} == {"synthetic"}
    assert {each["data_status"] for each in _features("townships.geojson")} == {"derived"}
    assert {each["data_status"] for each in _features("boundary.geojson")} == {"real"}


def test_synthetic_ids_and_names_cannot_be_taken_for_real(zones, facilities):
    candidates = _rows(DATA / "candidates.csv")
    ids = [
        *(zone["zone_id"] for zone in zones),
        *(each["facility_id"] for each in facilities),
        *(each["candidate_id"] for each in candidates),
    ]
    assert all(each.startswith("SYN-") for each in ids)
    assert len(set(ids)) == len(ids)
    announced = facilities[-1]["name"]
    assert "位置为虚构" in announced
    names = [each["name"] for each in (*zones, *facilities, *candidates)]
    assert all(name.startswith("示例") for name in names if name != announced)
    assert len({zone["name"] for zone in zones}) == len(zones)


def test_townships_are_those_of_the_official_list():
    keys = ("township_code", "name", "kind")
    ours = [tuple(each[key] for key in keys) for each in _features("townships.geojson")]
    official = [tuple(each[key] for key in keys) for each in _rows(FACTS / "townships.csv")]
    assert ours == official
    assert len(ours) == 31


def test_county_line_is_the_real_one():
    def line(path):
        return json.loads(path.read_text("utf-8"))["features"][0]["geometry"]["coordinates"]

    ours = line(DATA / "boundary.geojson")
    (real,) = line(FACTS / "county_boundary.geojson")
    assert ours == real


def test_townships_share_borders_and_fill_the_county(township_shapes):
    cells = township_shapes.geometry.to_numpy()
    assert {cell.geom_type for cell in cells} == {"Polygon"}
    assert shapely.is_valid(cells).all()
    assert shapely.coverage_is_valid(cells)
    county = _metres("boundary.geojson").geometry.iloc[0]
    # straight in degrees is not quite straight in metres: up to 0.1 m off along a long edge
    assert shapely.union_all(cells).symmetric_difference(county).area < 1e-6 * county.area


def test_zones_do_not_overlap(zone_shapes):
    shapes = zone_shapes.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = left < right
    overlap = shapely.area(shapely.intersection(shapes[left[pairs]], shapes[right[pairs]]))
    assert overlap.max() == 0


def test_zones_lie_inside_county_and_township(zone_shapes, township_shapes):
    county = _metres("boundary.geojson").geometry.iloc[0]
    assert zone_shapes.within(county).all()
    cells = township_shapes.set_index("township_code").geometry
    own = gpd.GeoSeries(cells.loc[zone_shapes.township_code].to_numpy(), crs=cells.crs)
    assert zone_shapes.within(own).all()


def test_blocks_have_the_size_of_blocks(zone_shapes):
    town = zone_shapes[zone_shapes.category != "rural"]
    hectares = town.area / 10_000
    assert hectares.between(1.3, 10).all()
    assert hectares.median() > 3
    assert (zone_shapes[zone_shapes.category == "rural"].area / 10_000).median() > 400


def test_facilities_of_every_type_and_status(facilities):
    assert Counter(each["type"] for each in facilities) == {
        "centre": 21,
        "community_embedded": 15,
        "kindergarten_class": 14,
        "home_based": 7,
        "comprehensive_centre": 3,
        "employer_run": 3,
        "early_education": 3,
    }
    statuses = Counter(each["status"] for each in facilities)
    assert statuses == {"operating": 57, "building": 3, "planned": 3, "closed": 3}


def test_facilities_show_what_the_rules_tell_apart(facilities):
    operating = [each for each in facilities if each["status"] == "operating"]
    assert sum(each["filed"] == "no" for each in operating) >= 5
    assert {each["accepts_migrants"] for each in operating} == {"yes", "no", ""}
    assert {each["registered"] for each in operating} == {"yes", "no"}
    assert any(each["demonstration"] == "yes" for each in operating)
    assert any(each["type"] == "home_based" and int(each["slots"]) > 5 for each in operating)
    exclusive = [each for each in facilities if each["exclusive"] == "yes"]
    assert {each["type"] for each in exclusive} == {"employer_run"}
    assert all(each["zone_id"] for each in exclusive)
    assert any(each["status"] == "planned" and each["slots"] == "150" for each in facilities)


def test_dates_of_facilities_are_possible(facilities):
    for each in facilities:
        if each["status"] == "operating":
            assert each["opened_on"] <= "2025-12-31"
            assert not each["closed_on"]
        elif each["status"] == "closed":
            assert each["opened_on"] < each["closed_on"] <= "2025-12-31"
        else:
            assert each["opened_on"] > "2025-12-31"
        if each["enrolled_u3"]:
            assert int(each["enrolled_u3"]) <= int(each["slots"])


def test_hand_over_in_every_state(zones, facilities):
    housing = {zone["zone_id"]: zone for zone in zones}
    on_site = {each["zone_id"]: each for each in facilities if each["zone_id"]}
    states = Counter(
        _hand_over(zone, on_site.get(zone_id))
        for zone_id, zone in housing.items()
        if zone["category"] == "new"
    )
    assert set(states) == {"together", "late", "planned", "missing", "unknown"}
    assert (states["together"], states["late"], states["unknown"]) == (5, 4, 2)


def _hand_over(zone, facility):
    if facility is None:
        return "missing"
    if zone["delivered_on"] > "2025-12-31":
        return "planned"
    if not facility["handed_over_on"]:
        return "unknown"
    return "together" if facility["handed_over_on"] <= zone["delivered_on"] else "late"


def test_facilities_stand_where_they_say(zone_shapes, facilities):
    places = gpd.GeoSeries.from_xy(
        [float(each["lon"]) for each in facilities],
        [float(each["lat"]) for each in facilities],
        crs="EPSG:4490",
    ).to_crs(zone_shapes.crs)
    shapes = zone_shapes.set_index("zone_id").geometry
    for place, each in zip(places, facilities, strict=True):
        if each["zone_id"]:
            assert shapes[each["zone_id"]].contains(place)
    county = _metres("boundary.geojson").geometry.iloc[0]
    assert places.within(county).all()


def test_streets_hang_together_and_reach_every_block(zone_shapes):
    streets = _metres("streets.geojson")
    assert {each["data_status"] for each in _features("streets.geojson")} == {"synthetic"}
    county = _metres("boundary.geojson").geometry.iloc[0]
    assert streets.within(county).all()
    joined = shapely.union_all(streets.geometry.to_numpy())
    left, right = streets.sindex.query(streets.geometry, predicate="intersects")
    links = csr_array((np.ones(len(left)), (left, right)), shape=(len(streets),) * 2)
    assert connected_components(links, directed=False)[0] == 1
    blocks = zone_shapes[zone_shapes.category != "rural"].geometry.to_numpy()
    assert shapely.distance(shapely.point_on_surface(blocks), joined).max() < 200


def test_candidates_are_of_every_kind_and_means():
    candidates = _rows(DATA / "candidates.csv")
    assert len(candidates) == 46
    assert {each["kind"] for each in candidates} == {
        "idle_land",
        "community_centre",
        "park",
        "school",
        "health_centre",
    }
    assert {each["means"] for each in candidates} == {"build", "purchase", "swap", "lease"}
    assert all(int(each["max_slots"]) >= 15 for each in candidates)


@pytest.mark.parametrize("module", ["chance", "people"])
def test_examples_in_the_script_hold(monkeypatch, module):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    result = doctest.testmod(import_module(f"dazhu_data.{module}"))
    assert result.attempted > 0
    assert result.failed == 0


def test_shares_under_caps_keep_every_person(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    split_capped = import_module("dazhu_data.chance").split_capped
    assert split_capped(10, [1.0, 1.0, 0.0], [2, 3, 9]) == [2, 3, 5]
    with pytest.raises(ValueError, match="do not fit"):
        split_capped(3, [1.0], [2])


def test_readme_tells_every_file_and_column(zones, facilities):
    text = (ROOT / "data" / "README.md").read_text("utf-8")
    for name in MADE:
        assert name in text
    lived_in = sum(zone["population"] > 0 for zone in zones)
    assert f"{lived_in} zones in which people live and {len(zones) - lived_in} that" in text
    assert f"{len(facilities)} facilities of every type" in text
    assert f"{len(_features('streets.geojson'))} streets and roads" in text
    assert f"{len(_rows(DATA / 'candidates.csv'))} premises" in text
    for column in (*zones[0], *facilities[0]):
        assert f"`{column}`" in text, column
