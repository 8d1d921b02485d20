"""What a page is made of: packed shapes, safe text, file names, sizes, equal bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tomllib
from importlib.resources import files

import folium
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from mapped import squares_gaps, unpack, unpacked
from squares import CRS, county, square

from capacity_planner.assessment import assess
from capacity_planner.errors import OutputError, UnknownNameError
from capacity_planner.mapper import choose_base_map, map_gaps, payload, write_maps
from capacity_planner.mapper.files import township_files
from capacity_planner.mapper.page import embed_json, embed_text, find_addresses
from capacity_planner.mapper.payload import Pages
from capacity_planner.mapper.pinyin import syllables
from capacity_planner.mapper.shapes import QUANTUM_DEG, Drawing, pack, pack_polygons, simplify
from capacity_planner.texts import load_catalogue


@pytest.fixture(scope="module")
def gaps():
    return squares_gaps()


@pytest.fixture(scope="module")
def page(gaps):
    return Pages(gaps, run_hash="ab" * 32).county()


@given(st.lists(st.integers(-(2**30), 2**30), max_size=30))
def test_packed_numbers_come_back(numbers):
    assert unpack(pack(np.array(numbers, dtype=np.int64))) == numbers


def test_shapes_come_back_within_a_step():
    polygons = np.array(
        [
            square(0, 0),
            None,
            shapely.MultiPolygon([square(5, 5), square(9, 9)]),
            square(20, 20).buffer(60).difference(square(20, 20)),
        ],
        dtype=object,
    )
    drawing = Drawing(shapely_crs(), tolerance_m=0.01)
    packed = pack_polygons(polygons, drawing)
    rings, corners = unpack(packed["rings"]), unpack(packed["corners"])
    assert rings == [1, 0, 2, 2]
    assert sum(corners) * 2 == len(unpack(packed["walk"]))
    steps = np.cumsum(np.array(unpack(packed["walk"])).reshape(-1, 2), axis=0)
    first = shapely.get_coordinates(polygons[0])[:4]
    assert np.allclose(steps[:4], drawing.steps(first))
    assert np.abs(steps[:4] * QUANTUM_DEG - [107, 30.7]).max() < 2


def shapely_crs():
    import pyproj  # noqa: PLC0415 (only here)

    return pyproj.CRS(CRS)


@given(st.integers(0, 2**32 - 1), st.floats(1, 30))
def test_shared_borders_stay_shared(seed, tolerance):
    rng = np.random.default_rng(seed)
    bend = np.column_stack([rng.uniform(-5, 5, 12) + 100, np.linspace(0, 100, 12)])
    west = shapely.Polygon([(0, 0), *bend, (0, 100)])
    east = shapely.Polygon([(200, 0), *bend, (200, 100)])
    thin = simplify(np.array([west, east]), tolerance)
    assert shapely.coverage_is_valid(thin)
    assert shapely.area(shapely.intersection(*thin)) == pytest.approx(0, abs=1e-9)
    assert shapely.area(shapely.union_all(thin)) == pytest.approx(20_000, rel=0.02)


def test_overlapping_and_vanishing_polygons_are_still_drawn():
    over = np.array([square(0, 0), square(0.5, 0), square(3, 3).buffer(-49.9)])
    assert not shapely.is_empty(simplify(over, 20.0)).any()


@given(st.text())
def test_json_in_a_page_never_closes_its_element(text):
    packed = embed_json([text])
    assert not set("<>&\u2028\u2029") & set(packed)
    assert json.loads(packed) == [text]


def test_a_lone_surrogate_does_not_end_the_run():
    embed_json("\ud800").encode("utf-8")
    embed_text("\ud800").encode("utf-8")


@given(st.text())
def test_text_in_a_page_holds_no_markup(text):
    assert not set("<>\"'") & set(embed_text(text))


@pytest.mark.parametrize(
    "text",
    [
        '<img src="//a.example/x">',
        "<script src='https://a.example/x.js'>",
        "@import 'x.css'",
        "a { background: url(x.png) }",
        "fetch('wss://a.example')",
    ],
)
def test_addresses_are_found(text):
    assert find_addresses(text)


@pytest.mark.parametrize(
    "text", ["url(data:image/png;base64,AA)", "getTileUrl(t)", "url(#a)", "a // b"]
)
def test_what_is_no_address_is_let_pass(text):
    assert not find_addresses(text)


def test_a_plug_in_that_would_fetch_is_refused(gaps):
    made = map_gaps(gaps)
    folium.TileLayer("https://{s}.tile.example/{z}/{x}/{y}.png", attr="x").add_to(made)
    with pytest.raises(OutputError, match=r"tile\.example"):
        made.get_root().render()


def test_a_script_that_is_not_vendored_is_refused(gaps):
    made = map_gaps(gaps)
    made.default_js.append(("more", "https://cdn.example/more.js"))
    with pytest.raises(OutputError, match=r"cdn\.example"):
        made.get_root().render()


def test_policy_allows_exactly_the_scripts_and_styles_of_the_page(gaps):
    text = map_gaps(gaps).get_root().render()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    for kind in ("script", "style"):
        allowed = re.search(rf"{kind}-src ([^;]*)", policy)[1].split()
        inline = re.findall(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL)
        hashes = [
            f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'"
            for each in inline
        ]
        assert sorted(set(hashes)) == sorted(allowed)
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")


def test_equal_input_gives_equal_bytes(tmp_path):
    for name in ("one", "two"):
        write_maps(squares_gaps(), tmp_path / name, run_hash="ab" * 32)
    for path in sorted((tmp_path / "one").rglob("*.html")):
        other = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == other.read_bytes()


def test_every_count_on_the_page_equals_the_result(gaps, page):
    for table, frame in (
        ("zones", gaps.zones),
        ("townships", gaps.townships),
        ("facilities", gaps.facilities),
    ):
        for name, packed in page[table]["columns"].items():
            if ("pack" not in packed and "all" not in packed) or name == "township":
                continue
            shape = getattr(gaps.township_shapes, name, None) if table == "townships" else None
            expected = frame[name].astype("Int64") if shape is None else pd.Series(shape)
            assert unpacked(page, table, name) == [
                None if pd.isna(value) else int(value) for value in expected
            ], name
    assert page["totals"] == dict(gaps.totals)
    assert unpack(page["links"]["slots"]) == gaps.links["slots"].tolist()


def test_words_on_the_page_equal_the_result(gaps, page):
    for name in ("zone_id", "name", "category", "duty", "clause", "migrant_status", "handover"):
        assert unpacked(page, "zones", name) == gaps.zones[name].fillna("").tolist()


def test_township_pages_share_out_all_zones(gaps):
    pages = Pages(gaps)
    found = [
        zone
        for code in gaps.townships["township_code"]
        for zone in unpacked(pages.township(code), "zones", "zone_id")
    ]
    assert sorted(found) == gaps.zones["zone_id"].tolist()


def test_every_page_says_what_it_must(gaps, page):
    assert {notice["kind"] for notice in page["notices"]} == {"schematic"}
    named = {choice["id"] for choice in page["choices"]}
    assert named == {name for name, _, _ in gaps.choices.rows()}
    assert all(choice["zh"] and choice["en"] for choice in page["choices"])
    assert any(rule["kind"] == "ratio" and rule["cited_zh"] for rule in page["rules"])


def test_a_lapsed_rule_is_announced():
    from datetime import date  # noqa: PLC0415 (only here)

    late = squares_gaps(12, as_of=date(2026, 9, 15))
    notices = [each for each in Pages(late).county()["notices"] if each["kind"] == "rule"]
    assert notices
    assert all(each["zh"] and each["en"] for each in notices)


def test_words_exist_in_both_languages_for_every_key_that_the_script_says():
    labels = load_catalogue("labels")
    folder = files("capacity_planner.mapper") / "assets"
    texts = [each.read_text(encoding="utf-8") for each in (folder / "script").iterdir()]
    texts.append((folder / "page.html").read_text(encoding="utf-8"))
    said = {
        found
        for text in texts
        for found in re.findall(r'"((?:page|quantity|notice)\.[a-z_.0-9]+[a-z0-9])"', text)
    }
    assert said
    assert said <= set(labels)


def test_a_very_large_county_leaves_zones_to_the_township_pages(gaps, monkeypatch):
    monkeypatch.setattr(payload, "MOST_ZONES", 10)
    monkeypatch.setattr(payload, "MOST_EXPLAINED", 10)
    large = Pages(gaps).county()
    assert large["zones"]["n"] == 0
    assert large["page"]["zones_elsewhere"] == len(gaps.zones)
    assert large["townships"]["n"] == len(gaps.townships)
    assert large["why"] == {}


def test_rows_without_place_or_outline_do_not_end_the_run():
    zones = [{"zone_id": "a", "population": 100, "geometry": square(0, 0)}]
    facilities = [{"facility_id": "f", "slots": 3, "geometry": None}]
    townships = [{"township_code": "T1", "name": "乡"}, {"township_code": "T2", "name": "镇"}]
    page = Pages(assess(county(zones, facilities, townships=townships))).county()
    assert page["facilities"]["points"] == ""
    assert unpack(page["townships"]["shape"]["rings"]) == [1, 0]  # a disc for the one with zones


def test_a_county_without_facilities_or_people_has_its_page():
    zones = [{"zone_id": "a", "population": 0, "geometry": square(0, 0)}]
    map_gaps(assess(county(zones, []))).get_root().render()


def test_size_of_a_page_of_twenty_thousand_zones():
    big = squares_gaps(20_000, side=150)
    assert len(map_gaps(big).get_root().render().encode()) < 4_000_000


def test_unknown_township_is_named(gaps):
    with pytest.raises(UnknownNameError, match="无此乡"):
        map_gaps(gaps, township="无此乡")


def test_file_names_are_plain_whatever_the_code_is():
    codes = ["511724001", "../x", "..", "", "CON", "a", "A", "乡", "x" * 300, "t-1", "a/b", ".hid"]
    names = township_files(codes)
    assert names["511724001"] == "511724001.html"
    assert len({name.lower() for name in names.values()}) == len(codes)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*\.html", name) for name in names.values())
    assert township_files(reversed(codes)) == names


def test_initials_of_every_reading():
    found = syllables(["重庆", "石河镇", "𠮷", "abc"])
    assert set(found["重"].split()) >= {"zhong", "chong"}
    assert found["石"].split()[0] == "shi"
    assert "a" not in found


def test_base_maps(monkeypatch):
    monkeypatch.delenv("TIANDITU_KEY", raising=False)
    with pytest.raises(OutputError, match="TIANDITU_KEY"):
        choose_base_map("tianditu")
    monkeypatch.setenv("TIANDITU_KEY", "0123abcd")
    assert choose_base_map("tianditu").crs == "EPSG3857"
    degrees = choose_base_map("tianditu-c")
    assert (degrees.crs, degrees.zoom_offset) == ("EPSG4326", 1)
    assert all(host.endswith(".tianditu.gov.cn") for host in degrees.hosts)
    assert choose_base_map(None) is None
    for wrong in ("osm", "javascript:alert(1)", "https://a b/{x}"):
        with pytest.raises(OutputError):
            choose_base_map(wrong)


def test_gaode_moves_the_page_to_its_datum(gaps):
    plain = Pages(gaps).county()
    moved = Pages(gaps, base_map=choose_base_map("gaode")).county()
    here, there = (unpack(each["zones"]["shape"]["walk"])[:2] for each in (plain, moved))
    east_m = (there[0] - here[0]) * QUANTUM_DEG * 96_000
    assert 350 < east_m < 500


def test_a_base_map_opens_the_policy_to_its_hosts_only(gaps):
    text = map_gaps(gaps, base_map="https://{s}.tiles.example/{z}/{x}/{y}.png").get_root().render()
    assert "img-src data: https://a.tiles.example https://b.tiles.example" in text
    assert "审图号" in text


def test_vendored_files_are_the_ones_on_record():
    assets = files("capacity_planner.mapper") / "assets"
    recorded = tomllib.loads((assets / "vendored.toml").read_text(encoding="utf-8"))
    for name, entry in recorded.items():
        for file, digest in entry.items():
            if file in {"version", "licence", "integrity"}:
                continue
            found = hashlib.sha256((assets / name / file).read_bytes()).hexdigest()
            assert found == digest, file
