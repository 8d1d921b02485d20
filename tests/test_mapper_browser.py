"""The pages as a reader meets them: in a browser, with the network cut."""

from __future__ import annotations

import base64
import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path

import geopandas as gpd
import nbformat
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from mapped import Watched, chromium, open_page, squares_gaps, unpacked, watched_page
from nbclient import NotebookClient
from squares import CRS, county, middle, square

from capacity_planner.assessment import assess
from capacity_planner.cli.app import plan_gaps
from capacity_planner.errors import InputError
from capacity_planner.loaders import load_county
from capacity_planner.mapper import choose_base_map, map_gaps, read_review
from capacity_planner.runs import write_run

pytestmark = pytest.mark.browser

_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
"""A picture of one pixel, served as every tile."""


@pytest.fixture(scope="module")
def gaps():
    return squares_gaps()


@pytest.fixture(scope="module")
def folder(gaps, tmp_path_factory):
    return write_run(gaps, tmp_path_factory.mktemp("runs") / "squares")


@pytest.fixture(scope="module")
def dazhu(tmp_path_factory):
    county = load_county("dazhu")
    return write_run(assess(county), tmp_path_factory.mktemp("runs") / "dazhu")


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture
def watched(browser):
    with watched_page(browser) as page:
        yield page


@pytest.fixture
def page(watched, folder):
    return open_page(watched, folder / "index.html")


def _ink(page):
    """Return how many distinct colours the map's canvas shows."""
    return page.evaluate(
        """() => { const box = document.querySelector('canvas.leaflet-zoom-animated');
        const copy = new OffscreenCanvas(box.width, box.height).getContext('2d', {willReadFrequently: true});
        copy.drawImage(box, 0, 0);
        const all = copy.getImageData(0, 0, box.width, box.height).data;
        const seen = new Set();
        for (let at = 0; at < all.length; at += 4 * 37) if (all[at + 3] === 255)
          seen.add(`${all[at]},${all[at + 1]},${all[at + 2]}`);
        return seen.size; }"""
    )


def _numbers(text):
    return [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", text)]


def _cells(page):
    """Return the table's rows: the name, then what each cell shows first."""
    return page.locator("#table tbody tr").evaluate_all(
        """(rows) => rows.map((row) => [row.querySelector("th bdi").textContent,
        ...[...row.querySelectorAll("td")].map((cell) => cell.firstChild.textContent)])"""
    )


def _free_middle(page):
    """Return the middle of what legend and layers leave free of the map, in pixels."""
    return page.evaluate(
        """(() => { const box = (id) => document.getElementById(id).getBoundingClientRect();
        const frame = box("map-frame");
        return [(box("legend").right + box("layers").left) / 2, frame.top + frame.height / 2]; })()"""
    )


def _map_view(page):
    """Return where the map stands: the shift of its pane and the length of the scale bar."""
    parts = (".leaflet-map-pane", "#scale")
    return [page.locator(each).get_attribute("style") for each in parts]


def test_county_page_draws_without_a_request(page):
    assert _ink(page) > 8
    assert page.locator("h1").inner_text() == "方格县 托位缺口核查图"
    assert page.locator("#legend li").count() > 7


def test_three_plain_numbers_are_those_of_the_result(page, gaps):
    for part in ("required", "attributed", "in_reach", "out_of_reach", "shortfall"):
        shown = page.locator(f"#numbers .cell.{part} b").inner_text()
        assert _numbers(shown) == [gaps.totals[part]]


def test_township_table_equals_the_result(page, gaps):
    columns = ["name", "required", "attributed", "in_reach", "out_of_reach", "shortfall"]
    expected = gaps.townships.sort_values("shortfall", ascending=False)[columns]
    assert _cells(page) == [
        [str(row[0]), *(f"{value:,}" for value in row[1:])] for row in expected.to_numpy().tolist()
    ]


def _csv(run, table):
    return pd.read_csv(run / f"{table}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")


def _shown(value):
    return f"{int(value):,}" if value else "—"


def test_the_page_of_dazhu_shows_what_its_csv_files_say(watched, dazhu):
    assert (dazhu / "index.html").stat().st_size < 1_000_000
    page = open_page(watched, dazhu / "index.html")
    assert "演示数据，不作决策依据" in page.locator("#notices").inner_text()
    columns = ["required", "attributed", "in_reach", "out_of_reach", "shortfall"]
    townships, zones = _csv(dazhu, "townships"), _csv(dazhu, "zones")
    shown = {cells[0]: cells[1:] for cells in _cells(page)}
    assert shown == {
        row["name"]: [_shown(row[name]) for name in columns] for _, row in townships.iterrows()
    }
    for name in columns:
        total = sum(int(value) for value in townships[name])
        assert total == sum(int(value or 0) for value in zones[name])
        assert _numbers(page.locator(f"#numbers .cell.{name} b").inner_text()) == [total]


def _columns(path):
    """Return the columns of a written page's tables, as its JSON carries them."""
    text = path.read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="page-data">(.*?)</script>', text, re.DOTALL)[1])
    return {
        name: {column: unpacked(data, name, column) for column in data[name]["columns"]}
        for name in ("zones", "townships")
    }


def test_every_column_of_every_page_of_dazhu_is_that_of_its_csv_files(dazhu):
    zones, townships = _csv(dazhu, "zones"), _csv(dazhu, "townships").set_index("township_code")
    pages = [dazhu / "index.html", *sorted((dazhu / "townships").glob("*.html"))]
    for path in pages:
        there = _columns(path)
        own = zones.set_index("zone_id").loc[there["zones"]["zone_id"]]
        for table, frame, key in (
            ("zones", own, "zone_id"),
            ("townships", townships, "township_code"),
        ):
            shared = set(there[table]) & set(frame.columns)
            assert {"required", "shortfall_certain", "shortfall_possible"} < shared
            for column in shared - {"township"}:
                expected = frame.loc[there[table][key], column]
                shown = ["" if each is None else str(each) for each in there[table][column]]
                if column == "slots_per_1000":
                    assert [float(each) for each in shown] == [
                        round(float(each), 2) for each in expected
                    ]
                elif column == "has_facility":
                    assert [each == "1" for each in shown] == [each == "yes" for each in expected]
                else:
                    assert shown == expected.tolist(), (path.name, column)


def test_a_township_page_of_dazhu_shows_what_zones_csv_says(watched, dazhu):
    page = open_page(watched, dazhu / "townships" / "511724001.html")
    zones = _csv(dazhu, "zones")
    zones = zones[zones["township_code"] == "511724001"].set_index("zone_id")
    columns = ["required", "attributed", "in_reach", "out_of_reach", "shortfall"]
    rows = page.locator("#table tbody tr")
    while True:
        for at in range(rows.count()):
            zone = rows.nth(at).locator("th small bdi").inner_text()
            cells = rows.nth(at).locator("td").all_inner_texts()
            expected = zones.loc[zone]
            assert [cell.split("\n")[0] for cell in cells] == [
                _shown(expected[name]) for name in columns
            ]
            zones = zones.drop(zone)
        if not page.locator("#sheets button").last.is_enabled() or zones.empty:
            break
        page.locator("#sheets button").last.click()
    assert zones.empty


def test_sorting_by_a_heading_and_back(page, gaps):
    page.locator("button[data-column=required]").click()
    required = [_numbers(cells[1])[0] for cells in _cells(page)]
    assert required == sorted(gaps.townships["required"], reverse=True)
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("应配")
    page.locator("button[data-column=required]").click()
    assert [_numbers(cells[1])[0] for cells in _cells(page)] == sorted(required)


def test_filters_by_township_duty_migrants_and_minimum(page, gaps):
    page.locator("input[value=zones]").check()
    zones = gaps.zones
    page.select_option("#filter-duty", label="与住宅同步建设")
    expected = zones["duty"] == "build_with_housing"
    assert page.locator("#table tbody tr").count() == expected.sum()
    page.fill("#filter-minimum", "10")
    expected &= zones["shortfall"].fillna(-1) >= 10
    assert page.locator("#table tbody tr").count() == expected.sum()
    page.select_option("#filter-township", label="竹阳街道")
    expected &= zones["township"] == "竹阳街道"
    assert page.locator("#table tbody tr").count() == expected.sum()
    page.select_option("#filter-migrant", label="不足")
    expected &= zones["migrant_status"] == "short"
    assert _numbers(page.locator("#shown").inner_text()) == [expected.sum(), len(zones)]
    page.locator("#filter-clear").click()
    assert page.locator("#table tbody tr").count() == len(zones)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("zyjd", "竹阳街道"),
        ("dongliu", "东柳街道"),
        ("511724001", "东柳街道"),
        ("竹阳", "竹阳街道"),
    ],
)
def test_search_by_initials_pinyin_id_and_name(page, typed, found):
    page.locator("#search").fill(typed)
    assert found in page.locator("#found [aria-selected=true]").inner_text()
    page.keyboard.press("Enter")
    assert page.locator("#detail h2").inner_text() == found


def test_search_finds_a_zone_and_the_table_marks_it(page):
    page.locator("#search").fill("sllyl37")
    page.keyboard.press("Enter")
    assert page.locator("#detail h2").inner_text() == "示例柳月里37"
    assert page.locator("tr[aria-current] th").inner_text().startswith("示例柳月里37")
    assert page.url.endswith("#zone=Z00037")


def test_the_map_selects_the_row_and_the_row_moves_the_map(page):
    page.locator("input[value=zones]").check()
    for name in ("facilities", "pipeline"):
        page.locator(f"input[name={name}]").uncheck()
    at_first = _map_view(page)
    page.locator("#table tbody tr").nth(3).click()
    name = page.locator("#detail h2").inner_text()
    near = _map_view(page)
    assert near != at_first
    page.locator("#detail .close").click()
    assert page.locator("#detail").is_hidden()
    page.mouse.click(*_free_middle(page))
    assert page.locator("#detail h2").inner_text() == name
    assert page.locator("tr[aria-current] th bdi").first.inner_text() == name
    assert _map_view(page) == near  # what is picked on the map is in sight already


def test_the_chosen_row_is_in_sight_beneath_its_details(page):
    page.goto(page.url.split("#")[0] + "#zone=Z00037")
    page.locator("tr[aria-current]").wait_for()
    row, box, head = (
        page.locator(each).bounding_box()
        for each in ("tr[aria-current]", ".scroll", "#table thead")
    )
    assert row["y"] >= head["y"] + head["height"] - 1
    assert row["y"] + row["height"] <= box["y"] + box["height"] + 1


def test_a_click_tells_the_derivation_of_the_command_line(page, gaps):
    from capacity_planner.explanation import explain_zone  # noqa: PLC0415 (the oracle)

    page.goto(page.url.split("#")[0] + "#zone=Z00003")
    shown = page.locator("#detail .why li").all_inner_texts()
    assert shown == explain_zone(gaps, "Z00003").text("zh").splitlines()
    page.locator("#language").click()
    shown = page.locator("#detail .why li").all_inner_texts()
    assert shown == explain_zone(gaps, "Z00003").text("en").splitlines()


def test_links_lead_from_a_zone_to_its_facility_and_back(page, gaps):
    link = gaps.links.iloc[0]
    page.goto(page.url.split("#")[0] + f"#zone={link.zone_id}")
    item = page.locator("#detail .links li").first
    assert link.slots in _numbers(item.inner_text())
    item.locator("button").click()
    assert page.locator("#detail .where").inner_text() == link.facility_id
    numbers = page.locator("#detail .facts").inner_text()
    row = gaps.facilities.set_index("facility_id").loc[link.facility_id]
    assert row["unused_slots"] in _numbers(numbers)
    page.locator("#detail .links button").first.click()
    assert page.locator("#detail h2").inner_text().startswith("示例柳月里")


def test_language_switches_without_reloading(page):
    page.evaluate("window.same = true")
    page.locator("#language").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert "Squares" in page.locator("h1").inner_text()
    assert page.locator("button[data-column=shortfall]").inner_text().startswith("Shortfall")
    assert page.evaluate("window.same")
    assert "lang=en" in page.url
    page.locator("#language").click()
    assert page.locator("h1").inner_text() == "方格县 托位缺口核查图"


def test_no_word_of_either_language_is_missing(page):
    for _ in range(2):
        for theme in ("shortfall", "share", "migrant", "duty", "category", "age"):
            page.locator(f"input[name=theme][value={theme}]").check()
            assert "page." not in page.locator("body").inner_text()
        page.locator("#open-terms").click()
        assert "page." not in page.locator("#terms").inner_text()
        page.keyboard.press("Escape")
        page.locator("#language").click()


def test_themes_count_every_zone_in_the_legend(page, gaps):
    page.locator("input[value=zones]").check()
    page.locator("input[name=overlays], input[name=contested]").first.uncheck()
    for theme in ("shortfall", "share", "migrant", "duty", "category", "age"):
        page.locator(f"input[name=theme][value={theme}]").check()
        counts = page.locator("#legend ul").first.locator("b").all_inner_texts()
        assert sum(int(count.replace(",", "")) for count in counts) == len(gaps.zones)
        assert _ink(page) > 3


def test_a_rural_zone_looks_different_from_one_with_nothing_missing(page):
    page.locator("input[value=zones]").check()
    words = page.locator("#legend li").all_inner_texts()
    assert words[0].startswith("无指标")
    assert words[1].startswith("不缺")


_GREYS = """() => [...document.querySelectorAll("#legend ul")[0].querySelectorAll("canvas")].map((box) => {
  const all = box.getContext("2d").getImageData(6, 6, 30, 20).data, greys = [];
  for (let at = 0; at < all.length; at += 4)
    greys.push(0.299 * all[at] + 0.587 * all[at + 1] + 0.114 * all[at + 2]);
  return [greys.reduce((a, b) => a + b) / greys.length, Math.max(...greys) - Math.min(...greys) > 20];
})"""


def test_classes_differ_in_grey_too(page):
    page.locator("input[value=zones]").check()
    for theme in ("shortfall", "share", "migrant", "duty", "category", "age"):
        page.locator(f"input[name=theme][value={theme}]").check()
        looks = page.evaluate(_GREYS)
        plain = sorted(grey for grey, patterned in looks if not patterned)
        assert len(plain) >= 3
        assert min(b - a for a, b in itertools.pairwise(plain)) > 15, theme


@pytest.mark.parametrize(("today", "told"), [("2026-09-14", 0), ("2026-09-15", 1)])
def test_a_page_opened_after_its_rules_lapsed_says_so(watched, folder, today, told):
    watched.page.clock.set_fixed_time(f"{today}T12:00:00")
    page = open_page(watched, folder / "index.html")
    assert page.locator("#notices p.rule").count() == told


def test_township_page_stands_alone_and_leads_back(watched, folder, gaps):
    page = open_page(watched, folder / "townships" / "511724000.html")
    assert page.locator("h1").inner_text() == "竹阳街道 托位缺口核查图"
    inside = gaps.zones[gaps.zones["township_code"] == "511724000"]
    assert page.locator("#table tbody tr").count() == len(inside)
    row = gaps.township("511724000")
    assert _numbers(page.locator("#numbers .cell.shortfall b").inner_text()) == [row["shortfall"]]
    page.locator("#to-county").click()
    page.locator("h1", has_text="方格县").wait_for()
    page.select_option("#go-township", label="东柳街道")
    page.locator("h1", has_text="东柳街道").wait_for()


def _decide(page, zone, decision, note=""):
    page.evaluate(f"window.location.hash = 'zone={zone}'")
    page.locator("#detail .where", has_text=zone).wait_for()
    page.locator(f"#detail input[value={decision}]").check()
    page.locator("#detail textarea").fill(note)
    page.locator("#detail textarea").blur()


def _export(page, path):
    page.locator("#open-review").click()
    with page.expect_download() as told:
        page.locator("#review-export").click()
    told.value.save_as(path)
    page.keyboard.press("Escape")


def test_review_goes_out_comes_back_and_becomes_minutes(page, folder, tmp_path):
    _decide(page, "Z00003", "agree", "=同意 <b>")
    _decide(page, "Z00005", "means")
    page.select_option("#detail select[name=means]", "lease")
    out = tmp_path / "review.json"
    _export(page, out)
    page.reload()
    assert "2" in page.locator("#open-review").inner_text()
    decisions = read_review(out, folder)
    assert [(each.zone_id, each.decision, each.means) for each in decisions] == [
        ("Z00003", "agree", ""),
        ("Z00005", "means", "lease"),
    ]
    words = ["review", str(out), "--run", str(folder), "--out", str(tmp_path / "minutes")]
    done = CliRunner().invoke(plan_gaps, words)
    assert done.exit_code == 0, done.output
    minutes = (tmp_path / "minutes" / "minutes.csv").read_text(encoding="utf-8-sig")
    assert "'=同意 <b>" in minutes
    assert "租赁" in minutes
    page.evaluate("window.localStorage.clear()")
    page.reload()
    page.locator("#open-review").click()
    page.set_input_files("#review-file", out)
    page.locator("#review-told:not(:empty)").wait_for()
    assert _numbers(page.locator("#review-told").inner_text()) == [2]
    assert page.locator("#review tbody tr").count() == 2
    page.keyboard.press("Escape")
    _decide(page, "Z00003", "query")
    page.locator("#open-review").click()
    page.set_input_files("#review-file", out)
    page.locator("#review-told:not(:empty)").wait_for()
    assert _numbers(page.locator("#review-told").inner_text()) == [2, 1]
    assert page.locator("#review tbody td").first.inner_text() == "同意"


def test_a_note_is_kept_when_the_details_close_and_means_are_never_assumed(page):
    page.evaluate("window.location.hash = 'zone=Z00003'")
    page.locator("#detail input[value=means]").check()
    assert page.locator("tr[aria-current] .mark").count() == 0
    page.locator("#detail textarea").press_sequentially("先看")
    page.keyboard.press("Escape")
    assert page.locator("#detail").is_hidden()
    page.evaluate("window.location.hash = 'zone=Z00003'")
    assert page.locator("#detail textarea").input_value() == "先看"
    assert page.locator("tr[aria-current] .mark").inner_text() == "说明"
    page.locator("#detail input[value=means]").check()
    page.select_option("#detail select[name=means]", "swap")
    assert page.locator("tr[aria-current] .mark").inner_text() == "置换"


def test_notes_on_another_run_are_refused_with_the_reason(page, folder, tmp_path):
    other = {"format": 1, "run": "f" * 64, "decisions": []}
    sent = tmp_path / "other.json"
    sent.write_text(json.dumps(other), encoding="utf-8")
    page.locator("#open-review").click()
    page.set_input_files("#review-file", sent)
    page.locator("#review-told:not(:empty)").wait_for()
    assert "另一次计算" in page.locator("#review-told").inner_text()
    done = CliRunner().invoke(plan_gaps, ["review", str(sent), "--run", str(folder)])
    assert isinstance(done.exception, InputError)
    assert "另一次计算" in str(done.exception)


def test_keyboard_alone_reaches_everything(page):
    page.keyboard.press("/")
    page.keyboard.type("sllyl12")
    page.keyboard.press("Enter")
    assert page.locator("#detail h2").inner_text() == "示例柳月里12"
    page.keyboard.press("Escape")
    assert page.locator("#detail").is_hidden()
    page.locator("#table tbody tr[tabindex='0']").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    last = page.locator("#table tbody tr").last
    assert last.get_attribute("aria-current") == "true"
    page.locator("#map-frame .leaflet-container").focus()
    page.keyboard.press("Enter")
    assert page.locator("#detail h2").inner_text() != ""


def test_tab_walks_through_tools_map_search_and_table(page):
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    wanted = {
        "open-terms", "open-review", "paper", "print", "language", "map_page", "zoom-in", "search",
        "filter-migrant", "filter-minimum", "filter-clear", "TR",
    }  # fmt: skip
    assert wanted <= reached


def _focus(page, wanted):
    """Press Tab until the element that the selector names has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches({wanted!r})"):
            return
    pytest.fail(f"Tab never reaches {wanted}")


def _press(page, wanted, key="Enter"):
    """Tab to the element and press a key there."""
    _focus(page, wanted)
    page.keyboard.press(key)


def _wait_until_changed(page, selector, was):
    page.wait_for_function(
        "([at, was]) => document.querySelector(at).getAttribute('style') !== was",
        arg=[selector, was],
    )


def test_map_layers_and_language_by_keyboard_alone(page):
    _press(page, "#language")
    assert page.locator("html").get_attribute("lang") == "en"
    pane, scale = _map_view(page)
    _press(page, "#map-frame .leaflet-container", "ArrowRight")
    _wait_until_changed(page, ".leaflet-map-pane", pane)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.locator("#detail h2").wait_for()
    page.keyboard.press("Escape")
    _press(page, "#zoom-in")
    _wait_until_changed(page, "#scale", scale)
    _press(page, "#zoom-all")
    _press(page, "#layers summary")
    _press(page, "#layers summary")
    _press(page, "input[name=level]", "ArrowDown")
    assert page.locator("input[value=zones]").is_checked()
    _press(page, "input[name=theme]", "ArrowDown")
    assert page.locator("input[value=share]").is_checked()
    _press(page, "input[name=areas]", "Space")
    assert page.locator("input[name=areas]").is_checked()


def test_search_filters_and_table_by_keyboard_alone(page, gaps):
    _press(page, "input[name=level]", "ArrowDown")
    _focus(page, "#search")
    page.keyboard.type("sllyl1")
    page.keyboard.press("ArrowDown")
    second = page.locator("#found [aria-selected=true] bdi").first.inner_text()
    page.keyboard.press("Enter")
    assert page.locator("#detail h2").inner_text() == second
    page.keyboard.press("Escape")
    for name in ("township", "category", "duty", "migrant"):
        _press(page, f"#filter-{name}", "ArrowDown")
        assert page.locator(f"#filter-{name}").input_value() == "0"
    _focus(page, "#filter-minimum")
    page.keyboard.type("3")
    assert page.locator("#table tbody tr").count() < len(gaps.zones)
    _press(page, "#filter-clear")
    assert page.locator("#table tbody tr").count() == len(gaps.zones)
    _press(page, "button[data-column=required]")
    sorted_by = page.locator("th[aria-sort=descending] button")
    assert sorted_by.get_attribute("data-column") == "required"
    _press(page, "#table tbody tr", "ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("#table tbody tr").nth(1).get_attribute("aria-current") == "true"
    _press(page, "#detail .fold summary")
    assert page.locator("#detail .fold dl").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#detail").is_hidden()


def test_review_by_keyboard_alone(page, tmp_path):
    page.on("filechooser", lambda chooser: chooser.set_files(tmp_path / "review.json"))
    page.keyboard.press("/")
    page.keyboard.type("Z00012")
    page.keyboard.press("Enter")
    _press(page, "#detail input[value=agree]", "Space")
    _focus(page, "#detail textarea")
    page.keyboard.type("seen")
    _press(page, "#open-review")
    _focus(page, "#review-export")
    with page.expect_download() as told:
        page.keyboard.press("Enter")
    told.value.save_as(tmp_path / "review.json")
    made = json.loads((tmp_path / "review.json").read_text(encoding="utf-8"))["decisions"]
    assert made == [{"zone_id": "Z00012", "decision": "agree", "means": "", "note": "seen"}]
    _focus(page, "#review-file")
    page.keyboard.press("Enter")
    page.locator("#review-told:not(:empty)").wait_for()
    _press(page, "#review tbody .link")
    assert page.locator("#review").is_hidden()


def test_rules_print_and_other_pages_by_keyboard_alone(page):
    _press(page, "#open-terms")
    assert page.locator("#terms").is_visible()
    page.keyboard.press("Escape")
    page.evaluate("window.print = () => { window.printed = true; }")
    _press(page, "#paper", "ArrowDown")
    assert page.locator("#paper").input_value() == "a3"
    _press(page, "#print")
    assert page.evaluate("window.printed")
    _press(page, "#go-township", "ArrowDown")
    page.locator("#to-county").wait_for()
    _press(page, "#to-county")
    page.locator("#to-county").wait_for(state="hidden")


def test_a_base_map_fetches_from_its_hosts_and_names_its_source(browser, gaps, tmp_path):
    path = tmp_path / "based.html"
    base = "https://{s}.tiles.example/{z}/{x}/{y}.png"
    path.write_text(map_gaps(gaps, base_map=base).get_root().render(), encoding="utf-8")
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    open_page(Watched(page), path)
    page.wait_for_timeout(300)
    fetched = [each for each in asked if not each.startswith("file:")]
    assert fetched
    assert all(
        re.match(r"https://[abc]\.tiles\.example/\d+/\d+/\d+\.png$", each) for each in fetched
    )
    assert "审图号" in page.locator("#map-source").inner_text()
    page.close()


_TILE_PLACES = """() => {
  const lon = 107.2, lat = 30.74;
  const frame = document.getElementById("map-frame").getBoundingClientRect();
  const shown = map_page.latLngToContainerPoint([lat, lon]);
  return [...document.querySelectorAll("img.leaflet-tile")].map((img) => {
    const told = new URL(img.src).searchParams;
    const number = (...names) => Number(names.map((name) => told.get(name)).find((each) => each !== null));
    const [z, x, y] = [number("TILEMATRIX", "z"), number("TILECOL", "x"), number("TILEROW", "y")];
    const degrees = 360 / 2 ** z, sine = Math.sin((lat * Math.PI) / 180);
    const across = (lon + 180) / degrees;
    const down = img.src.includes("vec_c") || img.src.includes("cva_c") ? (90 - lat) / degrees
      : (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * 2 ** z;
    const box = img.getBoundingClientRect();
    return [box.left + (across - x) * box.width - frame.left - shown.x,
            box.top + (down - y) * box.height - frame.top - shown.y];
  }); }"""


@pytest.mark.parametrize("name", ["tianditu", "tianditu-c", "gaode"])
def test_tiles_of_known_base_maps_lie_where_the_page_draws(
    browser, gaps, tmp_path, monkeypatch, name
):
    monkeypatch.setenv("TIANDITU_KEY", "0123abcd")
    path = tmp_path / "based.html"
    made = map_gaps(gaps, base_map=choose_base_map(name, approval="GS（2024）0000号"))
    path.write_text(made.get_root().render(), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text))
    page.route(
        re.compile("^https:"), lambda route: route.fulfill(body=_PIXEL, content_type="image/png")
    )
    open_page(Watched(page), path)
    page.locator("img.leaflet-tile-loaded").first.wait_for(state="attached")
    off = page.evaluate(_TILE_PLACES)
    assert off
    assert max(abs(each) for pair in off for each in pair) < 1.5
    assert faults == []
    assert page.locator("#map-source").inner_text().endswith("审图号：GS（2024）0000号")
    context.close()


def test_deep_link_with_theme_and_language(watched, folder):
    page = open_page(watched, folder / "index.html", "#zone=Z00004&theme=duty&lang=en")
    assert page.locator("#detail .where").inner_text().startswith("Z00004")
    assert page.locator("input[value=duty]").is_checked()
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize(("paper", "size"), [("a4", "841.92 x 594.96"), ("a3", "1191.12 x 841.92")])
def test_paper_holds_map_table_choices_and_page_numbers(page, gaps, tmp_path, paper, size):
    pdfinfo, pdftotext = shutil.which("pdfinfo"), shutil.which("pdftotext")
    if pdfinfo is None or pdftotext is None:
        pytest.skip("poppler's tools are not installed")
    page.select_option("#paper", paper)
    path = tmp_path / "map.pdf"
    page.pdf(path=path, prefer_css_page_size=True, print_background=True)
    about = subprocess.check_output([pdfinfo, path], text=True)
    assert f"Page size:       {size}" in about
    text = subprocess.check_output([pdftotext, "-layout", path, "-"], text=True)
    for words in ("托位缺口核查图", "不缺", "服务半径", "采用的口径", "数据状态", "2025-12-31"):
        assert words in text
    assert re.search(r"1 ?/ ?\d", text)
    for name in gaps.townships["name"]:
        assert name in text
    assert page.locator("#sheet").is_hidden()


@pytest.mark.parametrize("paper", ["a4", "a3"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_first_sheet_is_full_and_its_zones_are_numbered(watched, folder, paper, lang, tmp_path):
    pdftotext = shutil.which("pdftotext")
    if pdftotext is None:
        pytest.skip("poppler's tools are not installed")
    page = open_page(watched, folder / "townships" / "511724000.html", f"#lang={lang}")
    page.select_option("#paper", paper)
    path = tmp_path / "map.pdf"
    page.pdf(path=path, prefer_css_page_size=True, print_background=True)
    sheets = subprocess.check_output([pdftotext, "-layout", path, "-"], text=True).split("\f")
    legend, numbered = {"zh": ("不缺", "图号"), "en": ("none missing", "No.")}[lang]
    first, second = ("".join(sheet.split()) for sheet in sheets[:2])
    assert "".join(page.locator("h1").inner_text().split()) in first
    assert legend.replace(" ", "") in first
    assert numbered in second
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    places = page.locator("#sheet table:first-child tbody td:first-child").all_inner_texts()
    assert places == [str(at + 1) for at in range(len(places))]
    inner_mm = {"a4": (273, 184), "a3": (392, 267)}[paper]
    area = page.locator("#map-area").bounding_box()
    assert (area["y"] + area["height"]) * 25.4 / 96 <= inner_mm[1]
    assert area["height"] * 25.4 / 96 > inner_mm[1] * 0.6
    assert page.evaluate("document.body.scrollWidth") * 25.4 / 96 <= inner_mm[0] + 1
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("#sheet").is_hidden()


def test_notes_are_printed_with_the_sheet(page):
    _decide(page, "Z00003", "query", "<b>现场再看</b>")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    told = page.locator("#sheet table", has_text="现场再看").inner_text()
    assert "Z00003" in told
    assert "存疑" in told
    assert "<b>现场再看</b>" in told


def test_a_filtered_table_says_so_on_paper(page, gaps):
    least = int(gaps.townships["shortfall"].max())
    page.fill("#filter-minimum", str(least))
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    shown = int((gaps.townships["shortfall"] >= least).sum())
    assert shown < len(gaps.townships)
    caption = page.locator("#sheet caption").first.inner_text()
    assert _numbers(caption) == [shown, len(gaps.townships)]


def test_service_areas_and_links_are_told_in_the_legend(page, gaps):
    assert page.locator("#legend li", has_text="服务范围").count() == 0
    page.locator("input[name=areas]").check()
    counted = (gaps.facilities["counted_slots"] > 0) & ~gaps.facilities.geometry.isna()
    row = page.locator("#legend li", has_text="服务范围")
    assert _numbers(row.locator("b").inner_text()) == [counted.sum()]
    served = gaps.links["zone_id"].iloc[0]
    page.evaluate(f"window.location.hash = 'zone={served}'")
    row = page.locator("#legend li", has_text="服务关系")
    assert _numbers(row.locator("b").inner_text()) == [(gaps.links["zone_id"] == served).sum()]


def test_townships_without_outlines_are_discs_to_be_seen_and_picked(watched, tmp_path):
    zones = [
        {"zone_id": f"Z{at}", "population": 2_000, "geometry": square(at * 300, 0)}
        | {"township_code": "左右中"[at % 3], "category": "new"}
        for at in range(3)
    ]
    facilities = [{"facility_id": "F1", "slots": 5, "geometry": middle(0, 0)}]
    townships = [{"township_code": each, "name": f"{each}镇"} for each in "左右中"]
    map_gaps(assess(county(zones, facilities, townships=townships))).save(tmp_path / "m.html")
    page = open_page(watched, tmp_path / "m.html")
    assert "未提供界线" in page.locator("#legend").inner_text()
    assert "示意" not in page.locator("#legend").inner_text()
    page.mouse.click(*_free_middle(page))
    assert page.locator("#detail h2").inner_text() == "右镇"
    page.locator("#detail .close").click()
    page.locator("input[name=level][value=zones]").check()
    assert "未提供界线" not in page.locator("#legend").inner_text()
    page.mouse.click(*_free_middle(page)[:1], _free_middle(page)[1] + 12)
    assert page.locator("#detail").is_hidden()  # no disc lies unseen among the zones


@pytest.mark.parametrize(("count", "shown"), [(300, True), (301, False)])
def test_a_county_page_opens_without_facilities_that_would_cover_it(
    watched, tmp_path, count, shown
):
    zones = [{"zone_id": "Z1", "population": 2_000, "geometry": square(0, 0)}]
    facilities = [
        {"facility_id": f"F{at:03d}", "slots": 5, "geometry": middle(at % 20, at // 20)}
        for at in range(count)
    ]
    folder = write_run(assess(county(zones, facilities)), tmp_path / "run")
    page = open_page(watched, folder / "index.html")
    for name in ("facilities", "pipeline"):
        assert page.locator(f"input[name={name}]").is_checked() == shown
    open_page(watched, folder / "townships" / "T1.html")
    assert page.locator("input[name=facilities]").is_checked()


def test_on_foot_the_zones_in_reach_are_told_instead_of_circles(watched, tmp_path):
    zones = [
        {"zone_id": f"z{at}", "population": 1000, "geometry": square(at * 3, 0)} for at in range(3)
    ]
    near = [{"facility_id": "f", "slots": 4, "geometry": middle(0, 0)}]
    street = shapely.LineString([middle(0, 0), middle(3, 0)])
    drawn = county(zones, near, radius_m=350, distance="network", snap_limit_m=60)
    gaps = assess(drawn.with_tables(roads=gpd.GeoDataFrame(geometry=[street], crs=CRS)))
    path = tmp_path / "walked.html"
    path.write_text(map_gaps(gaps).get_root().render(), encoding="utf-8")
    page = open_page(watched, path)
    page.locator("input[name=areas]").check()
    row = page.locator("#legend li", has_text="步行 350 米")
    reached = gaps.zones["attributed"] + gaps.zones["in_reach"] > 0
    assert reached.tolist() == [True, True, False]
    assert _numbers(row.locator("b").inner_text()) == [2]


def test_notes_on_a_page_outside_a_run_are_bound_to_its_figures(browser, tmp_path):
    for name, seed in (("one", 7), ("two", 8)):
        text = map_gaps(squares_gaps(seed=seed)).get_root().render()
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
    with watched_page(browser) as watched:
        page = open_page(watched, tmp_path / "one.html")
        _decide(page, "Z00003", "agree")
        _export(page, tmp_path / "review.json")
        page = open_page(watched, tmp_path / "two.html")
        assert "1" not in page.locator("#open-review").inner_text()
        page.locator("#open-review").click()
        page.set_input_files("#review-file", tmp_path / "review.json")
        page.locator("#review-told:not(:empty)").wait_for()
        assert "另一次计算" in page.locator("#review-told").inner_text()


def test_notebook_cell_shows_the_map(watched, gaps, tmp_path):
    cell = tmp_path / "cell.html"
    shown = map_gaps(gaps, township="竹阳街道")._repr_html_()
    cell.write_text(f"<!DOCTYPE html><meta charset=utf-8><body>{shown}</body>", encoding="utf-8")
    watched.page.goto(cell.as_uri())
    frame = watched.page.frame_locator("iframe")
    frame.locator("#table tbody tr").first.wait_for()
    assert frame.locator("h1").inner_text() == "竹阳街道 托位缺口核查图"


@pytest.mark.filterwarnings("ignore:.*zmq.*")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_an_executed_notebook_shows_the_map_offline(watched, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    source = "import capacity_planner as cp\ncp.map_gaps(cp.assess(cp.load_county('dazhu')))"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    shown = notebook.cells[0].outputs[-1].data["text/html"]
    cell = tmp_path / "notebook.html"
    cell.write_text(f"<!DOCTYPE html><meta charset=utf-8><body>{shown}</body>", encoding="utf-8")
    watched.page.goto(cell.as_uri())
    frame = watched.page.frame_locator("iframe")
    frame.locator("#table tbody tr").first.wait_for()
    assert frame.locator("h1").inner_text() == "大竹县 托位缺口核查图"
    assert frame.locator("#go-township").is_hidden()  # a cell has no pages beside it
    frame.locator("#search").fill("zyjd")
    watched.page.keyboard.press("Enter")
    assert frame.locator("#detail h2").inner_text() == "竹阳街道"
    assert frame.locator("#detail .actions").inner_text() == "查看其居住区"


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080), (390, 844)])
def test_nothing_sticks_out_at_usual_sizes(browser, folder, width, height):
    with watched_page(browser, width, height) as watched:
        page = open_page(watched, folder / "index.html", "#zone=Z00003")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("#map-frame").bounding_box()["height"] > 300
