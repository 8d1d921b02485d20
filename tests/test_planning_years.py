"""Later years of a county: dates to the day, people by plan, rules as they stand, back-tests."""

import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from squares import county, middle, square

import capacity_planner as cp
from capacity_planner.assessment import assess
from capacity_planner.cli.app import plan_gaps
from capacity_planner.county import (
    CostPlan,
    ForecastPlan,
    GrowthPlan,
    ScenarioPlan,
    TargetPlan,
    shipped_folder,
)
from capacity_planner.errors import CountyError
from capacity_planner.planning import apply_scenario, backtest, county_on, forecast, site
from capacity_planner.planning.years import FORECAST_COLUMNS
from capacity_planner.report.drawing import strict_glyphs
from capacity_planner.report.forecasts import draw_outlook
from capacity_planner.report.plans import write_plan_scenarios


def looking_ahead(made, *, targets=None, horizon=2028, **scenarios):
    plans = {
        name: ScenarioPlan(zh=name, en=name, **keys)
        for name, keys in (scenarios or {"middle": {}}).items()
    }
    section = ForecastPlan(horizon=horizon, scenarios=plans)
    return replace(made, source=replace(made.source, forecast=section, targets=targets or {}))


def zone(zone_id, column, population, **more):
    return {"zone_id": zone_id, "geometry": square(column, 0), "population": population, **more}


def facility(facility_id, column, slots, **more):
    return {"facility_id": facility_id, "geometry": middle(column, 0), "slots": slots, **more}


@pytest.mark.parametrize("status", ["building", "planned", "operating"])
def test_a_facility_that_opens_in_2027_counts_from_that_very_day(status):
    opens = facility(
        "f", 0, 30, status=status, opened_on=date(2027, 5, 10), filed=status == "operating"
    )
    made = looking_ahead(county([zone("z", 0, 5000)], [opens]))
    for day, counted in [
        (date(2026, 12, 31), 0),
        (date(2027, 5, 9), 0),
        (date(2027, 5, 10), 30),
        (date(2028, 12, 31), 30),
    ]:
        assert assess(county_on(made, day), as_of=day).totals["counted"] == counted
    years = forecast(made).table.query("level == 'county'").set_index("year")["counted"]
    assert years.to_dict() == {2026: 0, 2027: 30, 2028: 30}


def test_a_facility_that_closes_counts_until_the_day_before():
    closes = facility("f", 0, 30, closed_on=date(2027, 5, 10))
    made = looking_ahead(county([zone("z", 0, 5000)], [closes]))
    for day, counted in [(date(2027, 5, 9), 30), (date(2027, 5, 10), 0)]:
        assert assess(county_on(made, day), as_of=day).totals["counted"] == counted


def test_a_facility_grows_on_its_very_day_and_may_shrink_again():
    made = county([zone("z", 0, 9000)], [facility("f", 0, 30)])
    plans = {"middle": ScenarioPlan(zh="中", en="middle")}
    grow = [
        GrowthPlan(facility_id="f", slots=20, on=date(2028, 3, 1)),
        GrowthPlan(facility_id="f", slots=45, on=date(2027, 9, 1)),
        GrowthPlan(facility_id="f", slots=99, on=made.as_of),
    ]
    section = ForecastPlan(horizon=2028, scenarios=plans, grow=grow)
    made = replace(made, source=replace(made.source, forecast=section))
    for day, counted in [
        (date(2027, 8, 31), 30),
        (date(2027, 9, 1), 45),
        (date(2028, 2, 29), 45),
        (date(2028, 3, 1), 20),
    ]:
        assert assess(county_on(made, day), as_of=day).totals["counted"] == counted


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"growth_per_year": {"rual": Decimal("0.01")}}, "rural"),
        ({"growth_per_year": {"T9": Decimal("0.01")}}, "T9"),
        ({"population_by_year": {"T9": {"2027": 5}}}, "T9"),
    ],
)
def test_what_a_scenario_names_must_be_there(keys, told):
    made = county([zone("a", 0, 1000, township_code="T1")], [])
    with pytest.raises(CountyError, match=told):
        forecast(looking_ahead(made, middle=keys))


def test_a_growing_facility_must_be_there():
    made = looking_ahead(county([zone("a", 0, 1000)], [facility("f1", 0, 30)]))
    grow = [GrowthPlan(facility_id="f2", slots=20, on=date(2028, 3, 1))]
    section = made.source.forecast.model_copy(update={"grow": grow})
    with pytest.raises(CountyError, match="f1"):
        forecast(replace(made, source=replace(made.source, forecast=section)))


def test_charts_show_the_benchmark_and_targets_with_their_standing():
    target = TargetPlan(
        zh="县目标", en="county target", value=Decimal(3), unit="slots_per_1000_residents",
        by=date(2040, 12, 31), source="县规划",
    )  # fmt: skip
    made = looking_ahead(county([zone("a", 0, 1000)], []), targets={"own": target})
    with strict_glyphs():
        figure = draw_outlook([forecast(made)], "", lang="en")
    told = [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
    drawn = {line.get_ydata()[0] for line in figure.axes[1].lines[1:]}
    assert drawn == {3.0, 4.5}
    assert any("county target" in each and "not yet due" in each for each in told)
    assert any("4.5" in each and "lapsed" in each for each in told)


def test_a_plan_opens_in_a_forecast_year_by_year(tmp_path):
    made = county(
        [zone("n", 0, 2000, category="new"), zone("e", 30, 5000)],
        [facility("f", 31, 10)],
    )
    made = looking_ahead(made)
    costs = dict.fromkeys(
        ("build", "expand"), CostPlan(fixed_cost=100, cost_per_slot=10, source="test")
    )
    plan = site(
        assess(made),
        costs=costs,
        close="all",
        expand_max_slots=40,
        mode="phases",
        budget_by_year={"2026": 400, "2027": 500},
        deadline=date(2027, 12, 31),
    )
    opens = plan.phases.set_index("year")["shortfall"].to_dict()
    later = apply_scenario(made, write_plan_scenarios(plan, tmp_path)[1])
    found = forecast(later).table.query("level == 'county'").set_index("year")["shortfall"]
    assert {year: found[year] for year in opens} == opens
    assert opens[2026] > opens[2027] == 0


def test_a_pipeline_without_a_date_never_opens():
    made = looking_ahead(county([zone("z", 0, 5000)], [facility("f", 0, 9, status="planned")]))
    last = forecast(made).years[2028]
    assert last.totals["counted"] == 0
    assert last.totals["pipeline"] == 9


def test_new_housing_arrives_on_its_day_and_fills():
    coming = zone(
        "n", 5, 0, category="new", dwellings=100, delivered_on=date(2027, 6, 30), children_u3=0
    )
    made = county(
        [zone("z", 0, 1000, children_u3=30), coming], [], persons_per_dwelling=Decimal("2.5")
    )
    made = looking_ahead(made, middle={"occupancy": [Decimal("0.4"), Decimal("0.8")]})
    table = forecast(made).table
    rows = table[table["zone_id"] == "n"].set_index("year")
    assert rows["population"].to_dict() == {2026: 0, 2027: 100, 2028: 200}
    assert rows["required"].to_dict() == {2026: 0, 2027: 1, 2028: 2}
    assert rows["children_u3"].to_dict() == {2026: 0, 2027: 3, 2028: 6}


def test_growth_by_township_then_category_then_default():
    made = county(
        [
            zone("a", 0, 1000, township_code="T1"),
            zone("b", 1, 1000, township_code="T2", category="new"),
            zone("c", 2, 1000, township_code="T2"),
        ],
        [],
    )
    growth = {"T1": Decimal("0.1"), "new": Decimal("0.2"), "default": Decimal("-0.1")}
    last = forecast(looking_ahead(made, horizon=2026, middle={"growth_per_year": growth}))
    found = last.years[2026].zones.set_index("zone_id")["population"].to_dict()
    assert found == {"a": 1100, "b": 1200, "c": 900}


def test_a_plan_of_years_goes_before_growth_and_holds_new_housing():
    coming = zone(
        "n", 5, 0, category="new", dwellings=100, delivered_on=date(2026, 6, 30), township_code="T1"
    )
    made = county(
        [zone("a", 0, 1000, township_code="T1"), coming], [], persons_per_dwelling=Decimal(2)
    )
    made = looking_ahead(made, middle={"population_by_year": {"T1": {"2027": 1500}}})
    table = forecast(made).table
    towns = table[table["level"] == "township"].set_index("year")["population"]
    assert towns.to_dict() == {2026: 1250, 2027: 1500, 2028: 1500}
    own = table[table["zone_id"] == "a"].set_index("year")["population"]
    assert own.to_dict() == {2026: 1050, 2027: 1300, 2028: 1300}


def test_children_by_births_and_migrants_in_proportion():
    made = county([zone("a", 0, 1000, children_u3=30, migrant_u3=15)], [])
    made = looking_ahead(made, middle={"births_per_1000": Decimal(8)})
    row = forecast(made).years[2026].zones.iloc[0]
    assert (row["children_u3"], row["migrant_u3"]) == (24, 12)


def test_after_its_opinion_lapses_the_stand_in_is_used_and_announced():
    made = looking_ahead(county([zone("a", 0, 1000)], []))
    outlook = forecast(made)
    for gaps in outlook.years.values():
        assert set(gaps.zones["standing"]) == {"stand_in"}
        assert {"rule_stands_in", "forecast_scenario"} <= {each.code for each in gaps.problems}
    lines = outlook.lines[outlook.lines["line"] == "benchmark"]
    assert set(lines["standing"]) == {"lapsed"}


def test_targets_are_lines_with_their_day():
    target = TargetPlan(
        zh="县目标", en="county target", value=Decimal(3), unit="slots_per_1000_residents",
        by=date(2027, 12, 31), source="县规划",
    )  # fmt: skip
    made = looking_ahead(county([zone("a", 0, 1000)], []), targets={"own": target})
    lines = forecast(made).lines
    found = lines[lines["line"] == "own"].set_index("year")["standing"].to_dict()
    assert found == {2026: "not_yet", 2027: "in_force", 2028: "in_force"}


def test_the_table_adds_up_and_the_county_stays():
    made = looking_ahead(
        county(
            [zone(f"z{at}", at, 700 + at, township_code=f"T{at % 2}") for at in range(6)],
            [facility("f", 2, 20)],
        ),
        middle={"growth_per_year": {"default": Decimal("0.013")}},
    )
    before = made.tables.zones["population"].tolist()
    table = forecast(made).table
    assert list(table.columns) == list(FORECAST_COLUMNS)
    for _, part in table.groupby("year"):
        for name in ("population", "required", "attributed", "shortfall"):
            sums = {level: rows[name].sum() for level, rows in part.groupby("level")}
            assert len(set(sums.values())) == 1, name
    assert made.tables.zones["population"].tolist() == before


def test_a_missing_section_or_scenario_is_told():
    made = county([zone("a", 0, 1000)], [])
    with pytest.raises(CountyError, match="forecast"):
        forecast(made)
    with pytest.raises(CountyError, match="midle"):
        forecast(looking_ahead(made), "midle")


def test_a_back_test_by_township():
    made = county(
        [zone("a", 0, 1000, township_code="T1"), zone("b", 1, 500, township_code="T2")], []
    )
    made = looking_ahead(made, middle={"growth_per_year": {"default": Decimal("0.1")}})
    later = county(
        [zone("a", 0, 1000, township_code="T1"), zone("b", 1, 600, township_code="T2")],
        [],
        as_of=date(2026, 12, 31),
    )
    found = backtest(made, later).set_index("township_code")
    assert found["population_error"].to_dict() == {"T1": 100, "T2": -50, "": 50}
    assert found["population_error_percent"].to_dict() == {"T1": 10.0, "T2": -8.33, "": 3.12}
    with pytest.raises(CountyError):
        backtest(later, made)


def test_a_plan_for_a_later_year():
    made = looking_ahead(county([zone("a", 0, 1000, category="new")], []))
    costs = {"build": CostPlan(fixed_cost=1, cost_per_slot=1, source="test")}
    plan = site(forecast(made).years[2028], costs=costs)
    assert plan.totals["shortfall_after"] == 0
    assert plan.before.as_of == date(2028, 12, 31)


def test_dazhu_grows_by_its_planned_housing():
    made = cp.load_county("dazhu")
    outlook = cp.forecast(made, "middle", horizon=2027)
    coming = made.tables.zones["delivered_on"] > np.datetime64("2025-12-31")
    ids = set(made.tables.zones.loc[coming, "zone_id"])
    table = outlook.table[outlook.table["zone_id"].isin(ids)]
    by_year = table.groupby("year")["population"].sum()
    assert 0 < by_year[2026] < by_year[2027]


def test_the_command_writes_the_forecast(tmp_path):
    words = ["forecast", "--county", "dazhu", "--horizon", "2026", "--out", str(tmp_path / "f")]
    done = CliRunner().invoke(plan_gaps, [*words, "--lang", "en"])
    assert done.exit_code == 0, done.output
    assert "Middle (synthetic example)" in done.output
    out = tmp_path / "f"
    assert (out / "forecast.csv").read_bytes()[:3] == b"\xef\xbb\xbf"
    townships = len(cp.load_county("dazhu").tables.townships)
    assert len(list((out / "charts").glob("*.png"))) == townships + 1
    assert len(list((out / "townships").glob("*.html"))) == townships
    assert '"kind":"forecast"' in (out / "index.html").read_text("utf-8")


def test_the_command_tells_how_an_earlier_forecast_fared(tmp_path):
    folder = tmp_path / "later"
    shutil.copytree(shipped_folder("dazhu"), folder)
    settings = (folder / "county.toml").read_text("utf-8")
    later = settings.replace("as_of = 2025-12-31", "as_of = 2026-12-31")
    (folder / "county.toml").write_text(later.replace("horizon = 2030", "horizon = 2031"), "utf-8")
    out = tmp_path / "back"
    words = ["forecast", "--county", str(folder), "--backtest", "dazhu", "--out", str(out)]
    done = CliRunner().invoke(plan_gaps, [*words, "--lang", "en"])
    assert done.exit_code == 0, done.output
    assert "2025-12-31 foresaw for 2026-12-31" in done.output
    told = pd.read_csv(out / "backtest.csv", encoding="utf-8-sig")
    whole = told[told["township_code"].isna()].iloc[0]
    assert whole["population_error"] == whole["population_forecast"] - whole["population_counted"]
    assert f"{int(whole['population_error']):,}" in done.output


def test_children_as_a_share_of_the_people():
    made = county([zone("a", 0, 1000, children_u3=30, migrant_u3=15)], [])
    made = looking_ahead(made, middle={"children_share": Decimal("0.02")})
    assert forecast(made).years[2026].zones["children_u3"].tolist() == [20]


def test_a_plan_of_no_years_changes_nothing():
    made = county([zone("a", 0, 1000)], [])
    found = forecast(looking_ahead(made, middle={"population_by_year": {"T1": {}}}))
    assert found.years[2026].totals["population"] == 1000


def test_townships_of_an_outlook_are_its_table_s():
    found = forecast(looking_ahead(county([zone("a", 0, 1000)], [])))
    assert found.townships["township_code"].tolist() == ["T1"] * len(found.years)
