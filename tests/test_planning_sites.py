"""Plans on counties of squares: what they promise is what a fresh assessment gives."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from squares import county, frame, middle, square

import capacity_planner as cp
from capacity_planner.assessment import assess
from capacity_planner.cli.app import plan_gaps
from capacity_planner.county import CostPlan, CountyFolder, SitingPlan
from capacity_planner.errors import BrokenLawError, CountyError
from capacity_planner.mapper import plan_story
from capacity_planner.mapper.payload import Pages
from capacity_planner.planning import apply_scenario, site, sites
from capacity_planner.planning.actions import ACTION_COLUMNS
from capacity_planner.planning.sites import _keep_promise
from capacity_planner.report.drawing import strict_glyphs
from capacity_planner.report.plans import draw_plan, write_plan_scenarios
from capacity_planner.texts import label

COST = CostPlan(fixed_cost=100, cost_per_slot=10, source="test")
COSTS = dict.fromkeys(("build", "expand", "purchase", "swap", "lease"), COST)
AREAS = {"floor_m2_per_slot": 9, "land_m2_per_slot": 12, "area_source": "某标准"}


MODES = (
    lambda seed: {"mode": "budget", "budget": 50 * seed},
    lambda _: {},
    lambda seed: {
        "mode": "phases",
        "budget_by_year": {"2026": 20 * seed, "2027": 20 * seed},
        "closed_percent_by_year": {"2026": seed % 5 * 10},
    },
)


def with_candidates(made, rows):
    defaults = {"means": "lease", "kind": "school", "max_slots": 30, "name": "备选"}
    return made.with_tables(candidates=frame("candidates", [{**defaults, **row} for row in rows]))


def random_gaps(seed):
    rng = np.random.default_rng(seed)
    places = rng.permutation(14)
    zones = [
        {
            "zone_id": f"z{at:02}",
            "name": f"区{at}",
            "geometry": square(at, 0),
            "population": int(rng.integers(0, 3000)),
            "category": str(rng.choice(["new", "existing", "old_town", "rural"])),
            "township_code": f"T{rng.integers(1, 3)}",
            "children_u3": 40 if rng.random() < 0.8 else None,
            "migrant_u3": int(rng.integers(0, 40)),
        }
        for at in places[: rng.integers(2, 9)]
    ]
    facilities = [
        {
            "facility_id": f"f{number}",
            "geometry": middle(at, 0, east=float(rng.integers(-200, 200))),
            "slots": int(rng.integers(0, 30)),
            "accepts_migrants": bool(rng.random() < 0.6),
            "exclusive": bool(rng.random() < 0.1),
        }
        for number, at in enumerate(rng.integers(0, 14, rng.integers(0, 4)))
    ]
    candidates = [
        {
            "candidate_id": f"c{number}",
            "geometry": middle(at, 0, north=float(rng.integers(0, 250))),
            "means": str(rng.choice(["build", "purchase", "swap", "lease"])),
            "max_slots": int(rng.integers(5, 60)),
            "fixed_cost": float(rng.integers(0, 500)),
            "cost_per_slot": float(rng.integers(1, 50)) + 0.5,
        }
        for number, at in enumerate(rng.integers(0, 14, rng.integers(0, 5)))
    ]
    radius = int(rng.choice([150, 300, 500]))
    made = county(zones, facilities, radius_m=radius)
    return assess(with_candidates(made, candidates) if candidates else made)


@pytest.mark.parametrize("seed", range(200))
def test_the_promise_is_kept_to_the_slot(seed):
    gaps = random_gaps(seed)
    mode = MODES[seed % 3](seed)
    plan = site(
        gaps,
        costs=COSTS,
        close="all" if seed % 2 else "duties",
        expand_max_slots=20 if seed % 5 else 0,
        find_premises="lease" if seed % 7 == 0 else None,
        gap_percent=0,
        **mode,
    )
    totals = plan.totals
    promised = plan.solution.outcome.total - gaps.totals["attributed"]
    assert totals["closed"] == promised
    assert totals["shortfall_after"] == gaps.totals["shortfall"] - promised
    assert plan.solution.status == "optimal"
    assert plan.sites["cost"].sum() == pytest.approx(plan.solution.outcome.cost / 100)
    certain = plan.after.totals["migrant_shortfall_certain"]
    assert certain <= gaps.totals["migrant_shortfall_certain"]
    if not mode or totals["proof"] == "cost":
        reachable = totals["shortfall_before"] - totals["unreachable"]
        if seed % 2:
            assert totals["closed"] == reachable
    assert plan.townships["closed"].sum() == totals["closed"]
    assert len(plan.actions) == (gaps.zones["shortfall"].fillna(0) > 0).sum()
    assert gaps.county.tables.facilities["facility_id"].str.startswith("PLAN").sum() == 0


def new_zone(**more):
    return {
        "zone_id": "n", "name": "新城", "geometry": square(0, 0), "population": 2000,
        "category": "new", **more,
    }  # fmt: skip


def test_a_new_zone_gets_its_own_building_in_whole_classes():
    plan = site(assess(county([new_zone()], [])), costs=COSTS)
    assert plan.sites["option_id"].tolist() == ["OWN-n"]
    assert plan.sites["slots"].tolist() == [20]
    assert plan.sites["cost"].tolist() == [300.0]
    assert plan.after.totals["shortfall"] == 0
    row = plan.actions.iloc[0]
    assert list(plan.actions.columns) == list(ACTION_COLUMNS)
    assert "同步验收、同步交付" in row["zh"]
    assert "住建局" in row["zh"]
    assert "竹府办〔2021〕57号" in row["clause"]
    assert "Housing bureau" in row["en"]


def test_a_centre_grows_where_that_is_cheapest():
    made = county(
        [{"zone_id": "e", "name": "旧区", "geometry": square(0, 0), "population": 5000}],
        [{"facility_id": "f", "geometry": middle(1, 0), "slots": 20}],
    )
    plan = site(assess(made), costs=COSTS, expand_max_slots=40)
    assert plan.sites["site_id"].tolist() == ["f"]
    assert plan.sites["slots"].tolist() == [20]
    assert plan.sites["attributed_slots"].tolist() == [20]
    assert plan.after.facilities["slots"].tolist() == [40]


def test_sites_in_no_known_township_are_in_the_sums_and_on_the_county_page():
    made = county(
        [{"zone_id": "e", "name": "旧区", "geometry": square(0, 0), "population": 5000}],
        [{"facility_id": "f", "geometry": middle(1, 0), "slots": 20}],
    )
    plan = site(assess(made), costs=COSTS, expand_max_slots=40)
    sums = plan.townships[["sites", "slots", "cost"]]
    assert sums.sum().tolist() == [plan.totals[name] for name in ("sites", "slots", "cost")]
    assert plan.townships["sites"].tolist() == [0, 1]
    assert plan.townships.iloc[1][["township_code", "name"]].tolist() == ["", "（不知属哪个乡镇）"]
    for overview, count in ((False, 1), (True, 1)):
        pages = Pages(plan.before, story=plan_story(plan), overview=overview)
        assert pages.county()["story"]["proposals"]["n"] == count


def test_what_no_option_reaches_is_named():
    made = county(
        [
            {"zone_id": "near", "geometry": square(0, 0), "population": 5000},
            {"zone_id": "far", "geometry": square(50, 0), "population": 5000},
        ],
        [],
    )
    made = with_candidates(
        made, [{"candidate_id": "c", "geometry": middle(1, 0), "fixed_cost": 5, "cost_per_slot": 1}]
    )
    plan = site(assess(made), classes=[])
    missing = plan.unreachable.set_index("zone_id")["missing"].to_dict()
    assert missing == {"far": 40, "near": 10}
    told = plan.actions.set_index("zone_id")["zh"]
    assert "仍缺 40 个" in told["far"]
    assert "仍缺 10 个" in told["near"]


def test_duties_come_before_benchmarks():
    """Zone a has a facility (a benchmark), zone b has none (a duty); money is for one site only."""
    made = county(
        [
            {"zone_id": "a", "geometry": square(0, 0), "population": 5000},
            {"zone_id": "b", "geometry": square(30, 0), "population": 1250},
        ],
        [{"facility_id": "f", "geometry": middle(0, 0), "slots": 5}],
    )
    made = with_candidates(
        made,
        [
            {"candidate_id": "ca", "geometry": middle(1, 0), "fixed_cost": 90, "cost_per_slot": 0},
            {"candidate_id": "cb", "geometry": middle(31, 0), "fixed_cost": 90, "cost_per_slot": 0},
        ],
    )
    gaps = assess(made)
    assert gaps.zones.set_index("zone_id")["duty"].to_dict() == {
        "a": "top_up",
        "b": "provide_by_deadline",
    }
    first = site(gaps, mode="budget", budget=100)
    assert first.sites["candidate_id"].tolist() == ["cb"]
    most = site(gaps, mode="budget", budget=100, close="all")
    assert most.sites["candidate_id"].tolist() == ["ca"]
    cheapest = site(gaps)
    assert cheapest.sites["candidate_id"].tolist() == ["cb"]


def test_migrant_slots_are_at_least_as_required():
    """The zone is full, but its facility takes no migrant children: a plan must open a place."""
    zone = {
        "zone_id": "z", "geometry": square(0, 0), "population": 5000,
        "children_u3": 100, "migrant_u3": 50,
    }  # fmt: skip
    made = county(
        [zone],
        [{"facility_id": "f", "geometry": middle(0, 0), "slots": 40, "accepts_migrants": False}],
    )
    made = with_candidates(
        made, [{"candidate_id": "c", "geometry": middle(1, 0), "fixed_cost": 9, "cost_per_slot": 1}]
    )
    gaps = assess(made)
    assert gaps.totals["shortfall"] == 0
    assert gaps.totals["migrant_shortfall_certain"] == 20
    plan = site(gaps)
    assert plan.sites["slots"].tolist() == [20]
    assert plan.after.totals["migrant_shortfall_certain"] == 0


def test_dates_and_sizes_leave_options_out_and_say_why():
    made = with_candidates(
        county([{"zone_id": "z", "geometry": square(0, 0), "population": 5000}], []),
        [
            {"candidate_id": "late", "geometry": middle(0, 0), "available_on": date(2029, 1, 1)},
            {"candidate_id": "small", "geometry": middle(0, 0), "max_slots": 9},
            {"candidate_id": "nowhere", "geometry": None},
            {"candidate_id": "right", "geometry": middle(0, 0), "available_on": date(2028, 12, 31)},
        ],
    )
    plan = site(assess(made), costs=COSTS, deadline=date(2028, 12, 31))
    why = plan.options.set_index("candidate_id")["left_out"].to_dict()
    assert why == {
        "late": "too_late",
        "small": "too_small",
        "nowhere": "without_place",
        "right": "",
    }
    assert plan.sites["candidate_id"].tolist() == ["right"]
    assert plan.actions["due"].tolist() == ["2028-12-31"]


def three_years():
    made = county(
        [
            {"zone_id": f"z{at}", "geometry": square(20 * at, 0), "population": 1250}
            for at in range(3)
        ],
        [],
    )
    rows = [
        {"candidate_id": f"c{at}", "geometry": middle(20 * at, 0), "fixed_cost": 100,
         "cost_per_slot": 0, "available_on": date(2026 + at, 5, 1)}
        for at in range(3)
    ]  # fmt: skip
    return assess(with_candidates(made, rows))


def test_phases_spend_what_each_year_brings():
    plan = site(
        three_years(),
        mode="phases",
        budget_by_year={"2026": 100, "2027": 50, "2028": 150},
        deadline=date(2028, 12, 31),
        **AREAS,
    )
    opens = plan.sites.set_index("candidate_id")["opens_in"].to_dict()
    assert opens == {"c0": 2026, "c1": 2028, "c2": 2028}
    told = plan.phases.set_index("year")
    assert told["cost_so_far"].to_dict() == {2026: 100, 2027: 100, 2028: 300}
    assert told["money_so_far"].to_dict() == {2026: 100, 2027: 150, 2028: 300}
    assert told["closed"].to_dict() == {2026: 10, 2027: 10, 2028: 30}
    assert told["shortfall"].to_dict() == {2026: 20, 2027: 20, 2028: 0}
    assert plan.land["opens_in"].tolist() == [2026, 2028]
    assert plan.land["floor_m2"].tolist() == [90, 180]


def test_the_shortest_ways_that_a_budget_allows():
    """A near site costs more than a far one: with money for it, it is taken."""
    made = county([{"zone_id": "z", "geometry": square(0, 0), "population": 1250}], [])
    rows = [
        {"candidate_id": "far", "geometry": middle(2, 0), "fixed_cost": 100, "cost_per_slot": 0},
        {"candidate_id": "near", "geometry": middle(1, 0), "fixed_cost": 150, "cost_per_slot": 0},
    ]
    gaps = assess(with_candidates(made, rows), radius_m=600)
    assert site(gaps).sites["candidate_id"].tolist() == ["far"]
    near = site(gaps, mode="shortest", budget=150)
    assert near.sites["candidate_id"].tolist() == ["near"]
    assert near.totals["proof"] == "slot_metres"
    assert near.totals["closed"] == 10
    assert site(gaps, mode="shortest", budget=120).sites["candidate_id"].tolist() == ["far"]
    with pytest.raises(CountyError, match="100"):
        site(gaps, mode="shortest", budget=99)


def test_a_plan_for_a_later_year_opens_its_sites_before_it():
    """The housing of 2027 has its own building with it, not before and not after."""
    zone = new_zone(delivered_on=date(2027, 5, 1))
    gaps = assess(county([zone], []), as_of=date(2028, 12, 31))
    plan = site(gaps, costs=COSTS, first_year=2026, deadline=date(2028, 12, 31))
    assert plan.sites["opens_in"].tolist() == [2027]
    assert plan.phases["year"].tolist() == [2026, 2027, 2028]


def test_every_option_says_who_acts_and_what_area_it_takes():
    plan = site(three_years(), **AREAS)
    assert plan.options["department"].tolist() == ["卫生健康局"] * 3
    assert plan.options["floor_m2"].tolist() == [270.0] * 3
    assert plan.options["land_m2"].isna().all()
    assert plan.sites["department_en"].tolist() == ["Health bureau"] * 3


def test_money_that_is_short_closes_as_much_as_it_can_and_says_so():
    plan = site(three_years(), mode="phases", budget_by_year={"2026": 100, "2028": 150})
    assert plan.sites["opens_in"].notna().all()
    assert plan.totals["closed"] == 20
    assert plan.totals["cost"] <= 250
    assert (plan.totals["proof"], plan.totals["least_cost"]) == ("slots", 300)
    assert plan.after.totals["shortfall"] == 10


def test_a_share_that_no_year_can_reach_is_told():
    plan = site(three_years(), mode="phases", closed_percent_by_year={"2026": 50})
    told = plan.phases.set_index("year")
    assert told["asked"].to_dict() == {2026: 15, 2027: 15, 2028: 30}
    assert told["behind"].to_dict() == {2026: 5, 2027: 0, 2028: 0}
    assert plan.totals["behind"] == 5


def test_the_scenario_of_a_plan_gives_the_plans_own_assessment(tmp_path):
    gaps = random_gaps(32)
    plan = site(gaps, costs=COSTS, close="all", expand_max_slots=20, gap_percent=0)
    assert set(plan.sites["kind"]) == {"candidate", "own_building", "expand"}
    (path,) = write_plan_scenarios(plan, tmp_path)
    again = assess(apply_scenario(gaps.county, path))
    assert again.totals == plan.after.totals
    assert again.zones["attributed"].tolist() == plan.after.zones["attributed"].tolist()


def test_areas_are_given_only_where_the_county_gives_them():
    gaps = assess(county([new_zone()], []))
    bare = site(gaps, costs=COSTS).sites
    assert bare["floor_m2"].isna().all()
    shown = site(gaps, costs=COSTS, **AREAS).sites
    assert shown["floor_m2"].tolist() == [180.0]
    assert shown["land_m2"].tolist() == [240.0]
    assert shown["area_source"].tolist() == ["某标准"]


def test_a_cost_that_nobody_gave_is_asked_for():
    with pytest.raises(CountyError, match=r"siting\.costs\.build"):
        site(assess(county([new_zone()], [])))


def test_settings_are_checked():
    gaps = assess(county([new_zone()], []))
    with pytest.raises(CountyError, match="budgte"):
        site(gaps, budgte=5)
    with pytest.raises(CountyError, match="area_source"):
        site(gaps, land_m2_per_slot=12)
    with pytest.raises(CountyError, match="预算"):
        site(gaps, mode="budget", costs=COSTS)


def test_the_county_file_settles_what_the_call_does_not():
    made = county([new_zone()], [])
    source = replace(made.source, siting=SitingPlan(costs=COSTS, min_slots=30, max_slots=40))
    assert isinstance(source, CountyFolder)
    plan = site(assess(replace(made, source=source)))
    assert plan.sites["slots"].tolist() == [30]


def test_a_broken_promise_ends_the_run():
    gaps = assess(county([new_zone()], []))
    plan = site(gaps, costs=COSTS)
    problem = type("Problem", (), {"served": np.zeros(1, dtype=np.int64)})
    with pytest.raises(BrokenLawError, match="promised"):
        _keep_promise(plan.solution, gaps, gaps, problem)


def test_choices_of_the_assessment_hold_in_the_plan():
    gaps = assess(county([new_zone()], []), radius_m=500)
    assert site(gaps, costs=COSTS).after.choices.radius_m == 500


def test_the_command_writes_sites_and_actions(tmp_path):
    words = ["site", "--county", "dazhu", "--out", str(tmp_path / "plan"), "--alternatives", "0"]
    done = CliRunner().invoke(plan_gaps, [*words, "--lang", "en"])
    assert done.exit_code == 0, done.output
    assert "demonstration data, not for decisions" in done.output
    assert "from the lower bound" in done.output
    actions = pd.read_csv(tmp_path / "plan" / "actions.csv", encoding="utf-8-sig")
    gaps = cp.assess(cp.load_county("dazhu"))
    assert len(actions) == (gaps.zones["shortfall"].fillna(0) > 0).sum()
    assert actions["data_notice"].notna().all()
    assert (tmp_path / "plan" / "sites.csv").read_bytes()[:3] == b"\xef\xbb\xbf"


def test_where_no_shorter_ways_are_found_in_time_the_cheapest_plan_stands(monkeypatch):
    def late(*_, **__):
        raise TimeoutError

    monkeypatch.setattr(sites, "shortest_ways", late)
    made = county([{"zone_id": "z", "geometry": square(0, 0), "population": 1250}], [])
    row = {"candidate_id": "c", "geometry": middle(1, 0), "fixed_cost": 100, "cost_per_slot": 0}
    plan = site(assess(with_candidates(made, [row])), mode="shortest", budget=150)
    assert plan.sites["candidate_id"].tolist() == ["c"]


def test_other_plans_of_a_budget_stay_within_it():
    made = county([{"zone_id": "z", "geometry": square(0, 0), "population": 1250}], [])
    rows = [
        {"candidate_id": name, "geometry": middle(1, 0), "fixed_cost": cost, "cost_per_slot": 0}
        for name, cost in (("a", 100), ("b", 110), ("c", 200))
    ]
    gaps = assess(with_candidates(made, rows))
    plan = site(gaps, mode="budget", budget=150, alternatives=2)
    others = [each["candidate_id"].tolist() for each in plan.alternatives]
    assert [plan.sites["candidate_id"].tolist(), *others] == [["a"], ["b"]]


def test_a_candidate_without_a_limit_takes_the_county_s():
    made = county([{"zone_id": "z", "geometry": square(0, 0), "population": 5000}], [])
    row = {"candidate_id": "c", "geometry": middle(1, 0), "fixed_cost": 1, "cost_per_slot": 1}
    gaps = assess(with_candidates(made, [row | {"max_slots": None}]))
    plan = site(gaps, min_slots=1, max_slots=35, size_source="test", classes=[])
    assert plan.sites["slots"].tolist() == [35]  # of the 40 that 5,000 people need
    with strict_glyphs(chinese=True):
        chart = draw_plan(plan, lang="en")
    assert chart.axes[0].get_title() == label("plan.chart", "en")
