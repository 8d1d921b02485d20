"""Names that try to run: as county data they must come out as text, everywhere."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import pytest
from click.testing import CliRunner
from mapped import chromium, open_page, watched_page
from squares import county, middle, square

from capacity_planner.assessment import assess
from capacity_planner.cli.app import plan_gaps
from capacity_planner.mapper import read_review, write_maps

pytestmark = pytest.mark.browser

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "<!--put:script-->",
    "{{7*7}}",
    "{{ ''.__class__.__mro__ }}",
    "50{% 折扣",
    "{% raw %}",
    "{# x #}",
    "${alert(1)}",
    "`+alert(1)+`",
    "\\x3cimg src=x onerror=alert(1)\\x3e",
    "'-alert(1)-'",
    '"-alert(1)-"',
    "javascript:alert(1)",
    "&lt;b&gt; &amp; &#60;i&#62;",
    "right\u202eto\u2066left",
    "行\u2028段\u2029",
    "𠮷野家𝌆😀",
    "../../etc/passwd",
    "CON",
    "a\x00b\x07c",
    "{population} {zone_id}",
    "http://evil.example/x.js",
    "__proto__",
]


@pytest.fixture(scope="module")
def gaps():
    zones = [
        {
            "zone_id": f"{text}#{at}",
            "name": text,
            "unit_id": text,
            "township_code": text,
            "population": 1_000,
            "children_u3": 30,
            "migrant_u3": 3,
            "geometry": square(at * 2, 0),
        }
        for at, text in enumerate(HOSTILE)
    ]
    facilities = [
        {
            "facility_id": f"{text}#{at}",
            "name": text,
            "slots": 5,
            "filed": at % 2 == 0,
            "geometry": middle(at * 2, 0),
        }
        for at, text in enumerate(HOSTILE)
    ]
    townships = [
        {
            "township_code": text,
            "name": text,
            "data_status": "derived",
            "geometry": square(at * 2, 0),
        }
        for at, text in enumerate(HOSTILE)
    ]
    made = county(zones, facilities, townships=townships)
    source = replace(made.source, name=HOSTILE[2], name_en=HOSTILE[0], code=HOSTILE[3])
    return assess(replace(made, source=source))


@pytest.fixture(scope="module")
def folder(gaps, tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    write_maps(gaps, out / "maps", run_hash="ab" * 32)
    return out / "maps"


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


def test_files_stay_in_their_folder(folder, gaps):
    written = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
    assert len(written) == 1 + len(gaps.townships)
    assert all(path == "index.html" or path.startswith("townships/") for path in written)
    assert sorted(path.name for path in folder.parent.iterdir()) == ["maps"]


def test_county_page_shows_hostile_names_as_text(browser, folder, gaps):
    with watched_page(browser) as watched:
        page = open_page(watched, folder / "index.html")
        assert HOSTILE[2] in page.locator("h1").inner_text()
        page.locator("input[value=zones]").check()
        shown = page.locator("#table tbody th bdi:first-child").all_text_contents()
        assert set(shown) >= set(HOSTILE)
        for at in range(len(gaps.zones)):
            page.locator("#table tbody tr").nth(at).click()
            page.locator("#detail h2").wait_for()
        page.locator("#language").click()
        page.locator("#open-terms").click()
        page.keyboard.press("Escape")
        assert page.locator("img").count() == 0
        assert page.evaluate("Object.keys(Object.prototype).length") == 0


def test_search_tip_and_print_show_hostile_names_as_text(browser, folder, tmp_path):
    with watched_page(browser) as watched:
        page = open_page(watched, folder / "index.html")
        for typed in ("<", "{", "$", "`", "__proto__", "\\"):
            page.locator("#search").fill(typed)
            assert page.locator("#found li").count() > 0
        page.keyboard.press("Escape")
        box = page.locator("#map-frame").bounding_box()
        for step in range(20):
            page.mouse.move(box["x"] + box["width"] * step / 20, box["y"] + box["height"] / 2)
        page.pdf(path=tmp_path / "x.pdf")
        assert page.locator("img, iframe, object, embed").count() == 0


def test_township_pages_open_by_their_links(browser, folder, gaps):
    with watched_page(browser) as watched:
        page = open_page(watched, folder / "index.html")
        for at in range(0, len(gaps.townships), 4):
            page.locator("#go-township").select_option(index=at + 1)
            page.locator("#to-county").click()
            page.locator("#to-county").wait_for(state="hidden")


def test_deep_link_text_is_not_run(browser, folder):
    with watched_page(browser) as watched:
        page = open_page(
            watched, folder / "index.html", "#zone=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%230"
        )
        assert page.locator("#detail h2").inner_text() == HOSTILE[0]
        page.goto(
            folder.joinpath("index.html").as_uri()
            + "#lang=%3Cscript%3E&theme=__proto__&level=constructor"
        )
        page.reload()
        assert page.locator("h1").count() == 1


def test_imported_notes_are_text_and_bad_ones_are_refused(browser, folder, tmp_path):
    good = {"zone_id": f"{HOSTILE[0]}#0", "decision": "agree", "means": "", "note": HOSTILE[1]}
    bad = [
        [],
        {"format": 1, "run": "ab" * 32, "decisions": [{**good, "decision": HOSTILE[0]}]},
        {"format": 1, "run": "ab" * 32, "decisions": [{**good, "note": "x" * 3000}]},
        {"format": 1, "run": "ab" * 32, "decisions": [None]},
        {"format": 1, "run": None, "decisions": []},
    ]
    with watched_page(browser) as watched:
        page = open_page(watched, folder / "index.html")
        page.locator("#open-review").click()
        for at, content in enumerate([*bad, {"format": 1, "run": "ab" * 32, "decisions": [good]}]):
            sent = tmp_path / f"{at}.json"
            sent.write_text(json.dumps(content), encoding="utf-8")
            page.set_input_files("#review-file", sent)
            page.locator("#review-told:not(:empty)").wait_for()
            assert page.locator("#review tbody tr").count() == (at == len(bad))
        assert page.locator("#review tbody td").last.inner_text() == HOSTILE[1]
    (tmp_path / "run.json").write_text(json.dumps({"run_hash": "ab" * 32}), encoding="utf-8")
    (tmp_path / "zones.csv").write_text(
        'zone_id,name,township,required,attributed,shortfall,duty\n"<img src=x onerror=alert(1)>#0",n,t,8,0,8,top_up\n',
        encoding="utf-8-sig",
    )
    assert read_review(sent, tmp_path)[0].note == HOSTILE[1]


def _write_county(folder):
    """Write a county folder whose names, ids and file names all try to run."""
    zones_file = "{{7*7}}<img src=x onerror=alert(1)>${1}.geojson"
    settings = [
        "schema = 1",
        f"name = {json.dumps(HOSTILE[0])}",
        f"name_en = {json.dumps(HOSTILE[11])}",
        'code = "511724"',
        "as_of = 2025-12-31",
        'policy = "dazhu-2021-57"',
        f"[zones]\nfile = {json.dumps(zones_file)}",
        '[facilities]\nfile = "facilities.csv"\ncrs = "EPSG:4490"',
        '[choices]\nradius_m = 300\ndistance = "straight"\nbasis = "filed"',
        'population_base = "resident"\nundated = "refuse"\nfacility_presence = "inside"',
    ]
    (folder / "county.toml").write_text("\n".join(settings), encoding="utf-8")
    names = [name for name in HOSTILE if "\x00" not in name and "\u2028" not in name]
    features = [
        {
            "type": "Feature",
            "properties": {
                "zone_id": f"{name}#{at}",
                "name": name,
                "township": name,
                "category": "existing",
                "population": 1_000,
            },
            "geometry": {
                "type": "Polygon",
                "coordinates": [_ring(107.2 + at * 0.01)],
            },
        }
        for at, name in enumerate(names)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    (folder / zones_file).write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
    with (folder / "facilities.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["facility_id", "name", "slots", "lon", "lat", "type", "status", "filed"])
        writer.writerows(
            [f"{name}#{at}", name, 5, 107.2005 + at * 0.01, 30.7005, "centre", "operating", "yes"]
            for at, name in enumerate(names)
        )
    return zones_file, len(names)


def _ring(west):
    south, side = 30.7, 0.001
    corners = [(0, 0), (side, 0), (side, side), (0, side), (0, 0)]
    return [(west + x, south + y) for x, y in corners]


def test_the_list_as_a_county_folder_goes_through_the_whole_command_as_text(browser, tmp_path):
    given, out = tmp_path / "county", tmp_path / "out"
    given.mkdir()
    file, count = _write_county(given)
    done = CliRunner().invoke(plan_gaps, ["--county", str(given), "--out", str(out), "-q"])
    assert done.exit_code == 0, done.output
    with watched_page(browser) as watched:
        page = open_page(watched, out / "index.html")
        assert HOSTILE[0] in page.locator("h1").inner_text()
        page.locator("input[value=zones]").check()
        assert page.locator("#table tbody tr").count() == count
        for at in range(count):
            page.locator("#table tbody tr").nth(at).click()
            assert file in page.locator("#detail .why").inner_text()
        page.locator("#language").click()
        assert HOSTILE[11] in page.locator("h1").inner_text()
        for path in sorted((out / "townships").glob("*.html")):
            page = open_page(watched, path)
            assert page.locator("img, iframe, object, embed").count() == 0
