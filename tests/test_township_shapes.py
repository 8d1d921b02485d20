"""What stands for a township on a map: its outline, or a disc that invents no border."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from mapped import NAMES, townships_around
from squares import county, frame, middle, square

from capacity_planner.assessment import assess
from capacity_planner.assessment.shapes import township_shapes
from capacity_planner.mapper.payload import Pages
from capacity_planner.report.document import findings
from capacity_planner.report.figures import Atlas

COLUMNS = {"A": (0, 1, 2), "B": (20, 21), "C": (60,)}
"""Columns of the squares in which each township's zones stand, all in row 0."""


def _zones(columns=COLUMNS):
    return [
        {
            "zone_id": f"{code}{at}",
            "name": f"示例小区{code}{at}",
            "population": 2_000,
            "category": "new",
            "township_code": code,
            "geometry": square(at, 0),
        }
        for code, ats in columns.items()
        for at in ats
    ]


def _listed(codes, **more):
    return [{"township_code": code, "name": NAMES[at], **more} for at, code in enumerate(codes)]


def _gaps(townships, columns=COLUMNS):
    facilities = [{"facility_id": "F1", "slots": 5, "geometry": middle(0, 0)}]
    return assess(county(_zones(columns), facilities, townships=townships))


def _shapes(townships, columns=COLUMNS):
    return township_shapes(frame("townships", townships), frame("zones", _zones(columns)))


def _named(count):
    return [{"township_code": f"T{at:02d}", "name": f"乡{at}"} for at in range(count)]


def test_an_outline_stays_as_it_was_given():
    outlined = townships_around(_zones())
    found = _shapes(outlined)
    assert shapely.equals_exact(found.shapes, [each["geometry"] for each in outlined]).all()
    assert found.outlined.all()
    assert not found.discs.any()


@pytest.mark.parametrize(
    ("status", "schematic"),
    [("real", False), ("derived", True), ("synthetic", True), (None, False)],
)
def test_only_outlines_marked_so_are_schematic(status, schematic):
    outlined = [each | {"data_status": status} for each in townships_around(_zones())]
    assert _shapes(outlined).schematic.tolist() == [schematic] * len(COLUMNS)
    assert not _shapes(_listed(COLUMNS, data_status=status)).schematic.any()


def test_without_an_outline_a_disc_stands_in_the_middle_of_the_zones():
    found = _shapes(_listed(COLUMNS))
    assert found.discs.tolist() == [True, True, True]
    centres = shapely.centroid(found.shapes)
    # A's zones have their middle in its column 1, B's between 20 and 21, C's in 60
    wanted = [middle(1, 0), middle(20, 0, east=50), middle(60, 0)]
    assert shapely.distance(centres, wanted).max() < 1e-6
    # ways to the next middle: 1,950, 1,950 and 3,950 m; the usual one is 1,950 m
    radii = np.sqrt(shapely.area(found.shapes) / np.pi)
    assert radii == pytest.approx([0.45 * 1_950] * 3, rel=0.01)


def test_a_township_without_outline_and_zones_has_no_shape():
    found = _shapes(_listed([*COLUMNS, "D"]))
    assert found.shapes[3] is None
    assert found.discs.tolist() == [True, True, True, False]
    assert list(_shapes(_listed(["D"])).shapes) == [None]


def test_a_lone_township_has_a_disc_within_its_zones_extent():
    (disc,) = _shapes(_listed(["B"]), {"B": (20, 30)}).shapes
    assert shapely.area(disc) == pytest.approx(np.pi * (0.25 * 1_100) ** 2, rel=0.02)
    assert shapely.distance(shapely.centroid(disc), middle(25, 0)) < 1e-6


@given(st.lists(st.integers(0, 300), min_size=2, max_size=12))
def test_discs_stay_apart_where_their_middles_do(columns):
    rows = _named(len(columns))
    zones = [
        {"zone_id": row["township_code"], **row, "geometry": square(at, 0)}
        for row, at in zip(rows, columns, strict=True)
    ]
    shapes = township_shapes(frame("townships", rows), frame("zones", zones)).shapes
    apart = np.abs(np.subtract.outer(columns, columns)) + np.diag([10_000] * len(columns))
    nearest = apart.min(axis=1)
    usual = np.median(nearest[nearest > 0]) if nearest.any() else 0
    for one, other in zip(*np.triu_indices(len(shapes), 1), strict=True):
        if min(nearest[one], nearest[other]) > usual / 4:
            assert not shapely.intersects(shapes[one], shapes[other])


def test_the_county_page_shows_discs_and_the_township_page_none():
    pages = Pages(_gaps(_listed(COLUMNS)))
    assert pages.county()["townships"]["pointed"] != ""
    assert pages.township("A")["townships"]["pointed"] == ""
    assert {each["kind"] for each in pages.county()["notices"]} == set()


def test_maps_and_report_say_what_the_shapes_are():
    discs, drawn = _gaps(_listed(COLUMNS)), _gaps(townships_around(_zones()))
    real = _gaps([each | {"data_status": "real"} for each in townships_around(_zones())])
    assert [len(findings.shape_limits(each, "zh")) for each in (discs, drawn, real)] == [1, 1, 0]
    assert "圆" in findings.shape_limits(discs, "zh")[0]
    assert "示意" in findings.shape_limits(drawn, "zh")[0]
    words = [
        [text.get_text() for text in Atlas(each, "en").county().legends[0].get_texts()]
        for each in (discs, drawn, real)
    ]
    assert ["township line" in each for each in words] == [False, False, True]
    assert ["township line (schematic)" in each for each in words] == [False, True, False]
