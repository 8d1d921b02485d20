"""Names that try to run: as county data they must come out as text, everywhere."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from mapped import chromium, open_page, watched_page
from squares import county, middle, square

from capacity_planner.assessment import assess
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
