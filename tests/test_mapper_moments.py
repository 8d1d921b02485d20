"""Maps of plans and forecasts in a browser: the switch, the slider, the layer of sites."""

from dataclasses import replace
from decimal import Decimal

import pytest
from mapped import chromium, open_page, squares_gaps, unpacked, watched_page
from squares import frame, middle

from capacity_planner.assessment import assess
from capacity_planner.county import CostPlan, ForecastPlan, ScenarioPlan
from capacity_planner.mapper import map_gaps, outlook_story, plan_story, write_maps
from capacity_planner.mapper.page import embed_json
from capacity_planner.planning import forecast, site

COST = CostPlan(fixed_cost=100_000, cost_per_slot=20_000, source="test")
COSTS = dict.fromkeys(("build", "expand", "purchase", "swap", "lease"), COST)
AREAS = {"floor_m2_per_slot": 9, "land_m2_per_slot": 12, "area_source": "某标准"}
NASTY = "</script>{{ 7*191 }}${1}"


@pytest.fixture(scope="module")
def gaps():
    made = squares_gaps().county
    rows = [
        {"candidate_id": f"C{at}", "name": NASTY if at == 3 else f"备选{at}", "kind": "idle_land",
         "means": "build", "max_slots": 60, "geometry": middle(at * 1.5, 1.5)}
        for at in range(12)
    ]  # fmt: skip
    return assess(made.with_tables(candidates=frame("candidates", rows)))


@pytest.fixture(scope="module")
def plan(gaps):
    return site(gaps, costs=COSTS, expand_max_slots=20, close="all", **AREAS)


@pytest.fixture(scope="module")
def outlooks(gaps):
    plans = {
        "low": ScenarioPlan(zh="低", en="low", growth_per_year={"default": Decimal("-0.05")}),
        "high": ScenarioPlan(zh="高", en="high", growth_per_year={"default": Decimal("0.05")}),
    }
    section = ForecastPlan(horizon=2028, scenarios=plans)
    made = replace(gaps.county, source=replace(gaps.county.source, forecast=section))
    return [forecast(made, name) for name in plans]


@pytest.fixture(scope="module")
def folders(gaps, plan, outlooks, tmp_path_factory):
    place = tmp_path_factory.mktemp("moments")
    write_maps(gaps, place / "plan", story=plan_story(plan))
    write_maps(gaps, place / "years", story=outlook_story(gaps, outlooks))
    return place


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture
def watched(browser):
    with watched_page(browser, 1500, 900) as page:
        yield page


def shortfalls(page):
    rows = page.locator("#table tbody tr")
    return {
        row.locator("th small").inner_text(): int(
            row.locator("td.shortfall").inner_text().split("\n")[0].replace(",", "")
        )
        for row in rows.all()
    }


def county_shortfall(page):
    return int(page.locator("#numbers .cell.shortfall b").inner_text().replace(",", ""))


def by_township(found):
    return dict(
        zip(found.townships["township_code"], found.townships["shortfall"].astype(int), strict=True)
    )


@pytest.mark.browser
def test_the_switch_shows_the_plans_own_assessments(watched, folders, plan):
    page = open_page(watched, folders / "plan" / "index.html")
    assert shortfalls(page) == by_township(plan.before)
    page.get_by_label("建成后").check()
    assert shortfalls(page) == by_township(plan.after)
    assert county_shortfall(page) == plan.totals["shortfall_after"]
    assert page.evaluate("document.activeElement.value") == "1"
    page.get_by_label("现状", exact=True).check()
    assert shortfalls(page) == by_township(plan.before)
    told = page.locator("#moments .plan").inner_text()
    assert f"新增 {plan.totals['sites']} 处" in told
    assert f"补上缺口 {plan.totals['closed']} 个" in told


@pytest.mark.browser
@pytest.mark.parametrize("paper", ["a4", "a3"])
def test_the_plans_legend_and_sum_stand_on_the_first_sheet(watched, folders, paper):
    page = open_page(watched, folders / "plan" / "index.html")
    page.select_option("#paper", paper)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    legend, area = (page.locator(each).bounding_box() for each in ("#paper-legend", "#map-area"))
    assert legend["y"] + legend["height"] <= area["y"] + area["height"] + 1
    assert page.locator("#moments .plan").is_visible()
    assert page.locator("#moments fieldset").is_hidden()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")


@pytest.mark.browser
def test_cost_and_closed_slots_by_township(watched, folders, plan):
    page = open_page(watched, folders / "plan" / "index.html")
    row = plan.townships.sort_values("closed").iloc[-1]
    page.locator("#table tbody tr", has_text=row["township_code"]).click()
    told = page.locator("#detail").inner_text()
    assert f"{row['cost'] / 10_000:,.1f}".rstrip("0").rstrip(".") + " 万元" in told
    cells = page.locator("#table tbody tr", has_text=row["township_code"]).locator("td").all()
    assert cells[-2].inner_text() == f"{row['closed']:,}"
    page.get_by_label("方案补上的缺口").check()
    assert "方案补上的缺口" in page.locator("#legend").inner_text()


@pytest.mark.browser
def test_a_site_opens_with_its_facts_and_the_zones_it_serves(watched, folders, plan):
    chosen = plan.sites[plan.sites["means"] == "build"].iloc[0]
    address = f"#proposal={chosen['site_id']}"
    page = open_page(watched, folders / "plan" / "index.html", address)
    page.get_by_label("建成后").check()
    told = page.locator("#detail").inner_text()
    assert str(chosen["slots"]) in told
    assert f"{int(chosen['land_m2']):,} 平方米" in told
    assert "某标准" in told
    links = plan.after.links[plan.after.links["facility_id"] == chosen["site_id"]]
    assert page.locator("#detail ul.links li").count() == len(links)
    page.locator("#detail ul.links button").first.click()
    assert "建成后由新增托位服务" in page.locator("#detail").inner_text()
    assert "请切回查看" in page.locator("#detail").inner_text()
    watched.assert_quiet()


@pytest.mark.browser
def test_the_slider_walks_through_the_years_of_each_scenario(watched, folders, gaps, outlooks):
    page = open_page(watched, folders / "years" / "index.html")
    assert shortfalls(page) == by_township(gaps)
    slider = page.locator("#year")
    for year in (2026, 2027, 2028):
        slider.press("ArrowRight")
        assert page.locator("#moments output").inner_text() == str(year)
        assert shortfalls(page) == by_township(outlooks[0].years[year])
        assert f"{year}-12-31" in page.locator("#subtitle").inner_text()
    page.locator("#path").select_option("1")
    assert shortfalls(page) == by_township(outlooks[1].years[2028])
    assert "高" in page.locator("#subtitle").inner_text()
    slider = page.locator("#year")
    slider.press("Home")
    assert shortfalls(page) == by_township(gaps)


@pytest.mark.browser
def test_a_township_page_has_its_own_sites(watched, folders, plan):
    code = plan.sites["township_code"].iloc[0]
    page = open_page(watched, folders / "plan" / "townships" / f"{code}.html")
    here = plan.sites[plan.sites["township_code"] == code]
    assert f"新增 {len(here)} 处" in page.locator("#moments .plan").inner_text()
    page.locator("#language").click()
    page.get_by_label("After").check()
    assert "sites with" in page.locator("#moments .plan").inner_text()


def test_only_what_differs_is_carried(gaps, plan):
    story = map_gaps(plan).get_root()._data["story"]
    first, last = (each["columns"] for each in story["moments"])
    assert "population" not in first["zones"]
    assert {"shortfall", "attributed"} <= set(first["zones"]) == set(last["zones"])
    found = unpacked(
        {"zones": {"n": len(gaps.zones), "columns": last["zones"]}}, "zones", "shortfall"
    )
    kept = plan.after.zones["shortfall"].fillna(-1).astype(int).tolist()
    assert [-1 if each is None else each for each in found] == kept
    assert NASTY not in embed_json(story)


def test_a_map_of_a_result_a_plan_or_a_forecast(gaps, outlooks):
    assert map_gaps(gaps).get_root()._data["story"] is None
    told = map_gaps(outlooks[0], township="511724000").get_root()._data["story"]
    assert [each["zh"] for each in told["moments"]] == ["现状", "2026", "2027", "2028"]
