"""A real city through the same loaders: every licensed centre of Toronto, January 2024."""

import csv
import json
import shutil
from collections import Counter
from fractions import Fraction
from math import ceil
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

import capacity_planner as cp

SHARED = Path(__file__).parents[1].parent / "shared"
TORONTO = SHARED / "cases" / "toronto"
RADIUS_M = 2_000
RATIO = Fraction(35, 1000)

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(
        not TORONTO.is_dir(), reason="the real cases do not lie beside this checkout"
    ),
]

COUNTY = """
schema = 1
name = "多伦多"
name_en = "Toronto"
code = "3520005"
as_of = 2024-01-31
policy = "ratio-35.toml"

[zones]
file = "zones.geojson"
[zones.columns]
zone_id = "id"
[zones.defaults]
category = "existing"

[facilities]
file = "facilities.csv"
crs = "EPSG:4326"
[facilities.columns]
facility_id = "id"
slots = "capacity"
[facilities.defaults]
type = "centre"
status = "operating"
registered = true
filed = true

[townships]
file = "townships.geojson"
[townships.columns]
township_code = "id"

[choices]
radius_m = 2000
inside_serves = "no" # the published optimum counts distances alone
"""

POLICY = """
schema = 1
id = "ratio-35"
name = "每千人口35个托位"
name_en = "35 slots per 1,000 residents"

[documents.case]
title = "按每千人口35个托位试算"
title_en = "Trial calculation at 35 slots per 1,000 residents"
confidence = "I"

[rules]
ratio_existing = { value = 35, unit = "slots_per_1000_residents", from = 2020-01-01, \
document = "case", clause = "1" }
ratio_new = { value = 35, unit = "slots_per_1000_residents", from = 2020-01-01, \
document = "case", clause = "1" }
ratio_old_town = { value = 35, unit = "slots_per_1000_residents", from = 2020-01-01, \
document = "case", clause = "1" }
"""


def _rows(name):
    with (TORONTO / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _features(name):
    return json.loads((TORONTO / name).read_text("utf-8"))["features"]


@pytest.fixture(scope="module")
def gaps(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toronto")
    for name in ("zones.geojson", "facilities.csv", "townships.geojson"):
        shutil.copyfile(TORONTO / name, folder / name)
    (folder / "county.toml").write_text(COUNTY, "utf-8")
    (folder / "ratio-35.toml").write_text(POLICY, "utf-8")
    return cp.assess(cp.load_county(folder))


def test_requirement_by_neighbourhood_and_pooled(gaps):
    assert gaps.totals["required"] == 96_712
    assert gaps.totals["required_pooled"] == 96_646
    assert gaps.totals["zones"] == len(_features("zones.geojson")) == 139


def test_nobody_is_lost(gaps):
    residents = sum(each["properties"]["population"] for each in _features("zones.geojson"))
    assert gaps.totals["population"] == residents == gaps.zones["population"].sum()
    assert gaps.townships["population"].sum() == residents


def test_ward_capacities_are_the_published_ones_but_for_two(gaps):
    published = {row["ward"]: int(row["spaces"]) for row in _rows("published_ward_spaces.csv")}
    ours = gaps.townships.set_index("township_code")["counted_slots"].to_dict()
    difference = {ward: ours[ward] - spaces for ward, spaces in published.items()}
    assert {ward: gap for ward, gap in difference.items() if gap} == {"W10": -62, "W16": -67}


def test_centres_without_a_place_are_listed_not_lost(gaps):
    placeless = {
        row["id"]: int(row["capacity"]) for row in _rows("facilities.csv") if not row["lon"]
    }
    assert sorted(placeless.values()) == [62, 67]
    assert gaps.totals["without_place"] == 129
    assert gaps.totals["counted"] == sum(int(row["capacity"]) for row in _rows("facilities.csv"))
    told = gaps.complaints[gaps.complaints["code"] == "facility_without_place"]
    lines = {row["id"]: at for at, row in enumerate(_rows("facilities.csv"), start=2)}
    assert sorted(told["row"]) == sorted(lines[each] for each in placeless)
    ours = gaps.facilities.set_index("facility_id")
    assert ours.loc[sorted(placeless), "counted_slots"].to_dict() == placeless
    assert ours.loc[sorted(placeless), "attributed_slots"].eq(0).all()


def test_attribution_is_the_true_optimum_and_the_published_one(gaps):
    assert gaps.totals["attributed"] == _most_slots(inside=False)
    assert abs(gaps.totals["attributed"] - 78_664) <= 0.005 * 78_664


def test_centres_far_from_the_middle_of_their_own_large_neighbourhood_add_to_it(gaps):
    """By the tool's own rule a facility serves the zone that it lies in, however large that is."""
    gaps = cp.assess(gaps.county, inside_serves="yes")
    assert gaps.totals["attributed"] == _most_slots(inside=True) == 80_148


def test_a_policy_without_duties_is_said_to_have_none(gaps):
    short = gaps.zones.loc[gaps.zones["shortfall"] > 0, "zone_id"].iloc[0]
    assert "（无有效条款）" in cp.explain_zone(gaps, short).text("zh")
    assert "(no clause in force)" in cp.explain_zone(gaps, short).text("en")


def test_no_slot_is_used_twice(gaps):
    used = gaps.links.groupby("facility_id")["slots"].sum()
    capacity = {row["id"]: int(row["capacity"]) for row in _rows("facilities.csv")}
    assert all(used[each] <= capacity[each] for each in used.index)
    met = gaps.links.groupby("zone_id")["slots"].sum()
    required = gaps.zones.set_index("zone_id")["required"]
    assert (met <= required[met.index]).all()
    assert gaps.links["slots"].sum() == gaps.totals["attributed"]


def _most_slots(*, inside):
    """Return the optimum by scipy's maximum flow, from the files and pyproj alone."""
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32617", always_xy=True).transform
    zones = _features("zones.geojson")
    shapes = np.array([shapely.geometry.shape(each["geometry"]) for each in zones])
    shapes = shapely.make_valid(shapely.transform(shapes, to_metres, interleaved=False))
    centres = [row for row in _rows("facilities.csv") if row["lon"]]
    x, y = to_metres([float(row["lon"]) for row in centres], [float(row["lat"]) for row in centres])
    points = shapely.points(x, y)
    inner = shapely.point_on_surface(shapes)
    reached = shapely.distance(points[:, None], inner[None, :]) <= RADIUS_M
    if inside:
        reached |= shapely.intersects(points[:, None], shapes[None, :])
    slots = [int(row["capacity"]) for row in centres]
    required = [ceil(each["properties"]["population"] * RATIO) for each in zones]
    return _flow(reached, slots, required)


def _flow(reached, slots, required):
    n_from, n_to = reached.shape
    source, sink = n_from + n_to, n_from + n_to + 1
    facility, zone = np.nonzero(reached)
    edges = [
        (np.full(n_from, source), np.arange(n_from), slots),
        (facility, n_from + zone, np.array(slots)[facility]),
        (n_from + np.arange(n_to), np.full(n_to, sink), required),
    ]
    start, end, capacity = (np.concatenate(part) for part in zip(*edges, strict=True))
    graph = csr_array((capacity.astype(np.int32), (start, end)), shape=(sink + 1, sink + 1))
    graph.indices, graph.indptr = graph.indices.astype(np.int32), graph.indptr.astype(np.int32)
    return maximum_flow(graph, source, sink).flow_value


def test_oracle_counts_what_a_hand_can_count():
    reached = np.array([[True, True], [False, True]])
    assert _flow(reached, [5, 4], [3, 4]) == 7
    assert Counter(_flow(reached, [each, 0], [3, 4]) for each in (2, 9)) == {2: 1, 7: 1}
