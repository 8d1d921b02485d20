"""From tables to gaps: every rule of the arithmetic on squares."""

from __future__ import annotations

from datetime import date
from itertools import combinations

import pandas as pd
import pytest
from oracle import most, reach
from squares import county, middle, square

from capacity_planner.assessment import assess
from capacity_planner.assessment.case import positions
from capacity_planner.assessment.laws import check_laws
from capacity_planner.errors import BrokenLawError, RuleNotInForceError, UnknownNameError


def _zone(zone_id, column, population=1000, **more):
    return {"zone_id": zone_id, "population": population, "geometry": square(column, 0), **more}


def _facility(facility_id, column, slots, **more):
    return {
        "facility_id": facility_id,
        "slots": slots,
        "geometry": middle(column, 0),
        **more,
    }


def _column(frame, key, name):
    return frame.set_index(frame.columns[0])[name].loc[key]


def test_requirement_by_category_and_none_for_rural():
    gaps = assess(
        county(
            [
                _zone("a", 0, 700, category="new"),
                _zone("b", 20, 1250),
                _zone("c", 40, 1251, category="old_town"),
                _zone("d", 60, 5000, category="rural"),
            ],
            [],
        )
    )
    assert gaps.zones["required"].tolist() == [7, 10, 11, pd.NA]
    assert gaps.zones["ratio_per_1000"].tolist() == [10.0, 8.0, 8.0, pd.NA]
    assert gaps.zones["duty"].tolist() == [
        "build_with_housing",
        "provide_by_deadline",
        "provide_by_deadline",
        "consider",
    ]
    assert gaps.zones["clause"].str.startswith("竹府办〔2021〕57号").all()
    assert gaps.totals["population_rural"] == 5000


def test_no_slot_counts_twice_and_the_nearer_zone_is_served_first():
    gaps = assess(county([_zone("a", 0), _zone("b", 3)], [_facility("f", 1, 10)]))
    assert gaps.links.to_dict("records") == [
        {"facility_id": "f", "zone_id": "a", "slots": 8, "distance_m": 100},
        {"facility_id": "f", "zone_id": "b", "slots": 2, "distance_m": 200},
    ]
    assert gaps.zones["in_reach"].tolist() == [0, 6]
    assert gaps.zones["shortfall_certain"].tolist() == [0, 0]
    assert gaps.zones["shortfall_possible"].tolist() == [6, 6]
    assert gaps.townships["shortfall_certain"].tolist() == [6]


def test_radius_is_measured_from_the_inner_point():
    zones = [_zone("a", 0), _zone("b", 3)]
    near = assess(county(zones, [_facility("f", 0, 8)], radius_m=299))
    far = assess(county(zones, [_facility("f", 0, 16)], radius_m=300))
    assert near.zones["out_of_reach"].tolist() == [0, 8]
    assert far.zones["attributed"].tolist() == [8, 8]


def test_an_exclusive_facility_serves_only_its_own_zone():
    facility = _facility("f", 1, 20, zone_id="a", exclusive=True, type="employer_run")
    gaps = assess(county([_zone("a", 0), _zone("b", 2)], [facility]))
    assert gaps.zones["attributed"].tolist() == [8, 0]
    assert gaps.facilities["unused_slots"].tolist() == [12]


def test_an_on_site_facility_serves_its_zone_beyond_the_radius():
    gaps = assess(county([_zone("a", 0)], [_facility("f", 50, 5, zone_id="a")]))
    assert gaps.links["distance_m"].tolist() == [5000]
    assert gaps.zones["has_facility"].tolist() == [True]
    assert gaps.zones["duty"].tolist() == ["top_up"]


@pytest.mark.parametrize(
    ("presence", "duty"), [("inside", "provide_by_deadline"), ("reach", "top_up")]
)
def test_what_without_a_facility_means_is_a_choice(presence, duty):
    gaps = assess(county([_zone("a", 0)], [_facility("f", 1, 3)], facility_presence=presence))
    assert gaps.zones["duty"].tolist() == [duty]


def test_a_facility_without_a_place_is_counted_and_serves_nobody():
    facility = {"facility_id": "f", "slots": 30, "geometry": None}
    gaps = assess(county([_zone("a", 0)], [facility]))
    assert (gaps.totals["counted"], gaps.totals["unused"], gaps.totals["without_place"]) == (
        30,
        30,
        30,
    )
    assert gaps.totals["without_township"] == 30
    assert gaps.townships["counted_slots"].tolist() == [0]


def test_zones_of_one_unit_are_rounded_up_once():
    zones = [_zone(f"z{at:03}", 10 * at, 45, unit_id="u") for at in range(200)]
    gaps = assess(county(zones, []))
    assert gaps.totals["required"] == 72
    assert not [each for each in gaps.problems if each.code == "zones_finer_than_rule"]


def test_many_small_zones_without_a_unit_are_warned_of():
    gaps = assess(county([_zone(f"z{at:03}", 10 * at, 45) for at in range(20)], []))
    assert gaps.totals["required"] == 20
    assert [each.code for each in gaps.problems] == ["zones_finer_than_rule"]


@pytest.mark.parametrize(
    ("day", "standing", "codes"),
    [
        (date(2026, 9, 14), "in_force", []),
        (date(2026, 9, 15), "stand_in", ["rule_stands_in"] * 1),
    ],
)
def test_a_lapsed_opinion_is_stood_in_for_and_announced(day, standing, codes):
    gaps = assess(county([_zone("a", 0)], []), as_of=day)
    assert gaps.zones["standing"].tolist() == [standing]
    assert [each.code for each in gaps.problems] == codes


def test_before_any_rule_the_question_is_refused():
    with pytest.raises(RuleNotInForceError):
        assess(county([_zone("a", 0)], []), as_of=date(2015, 1, 1))


def test_migrant_children_cannot_be_served_where_they_are_not_taken():
    zones = [_zone("a", 0, 1000, children_u3=40, migrant_u3=10)]
    shut = assess(county(zones, [_facility("f", 0, 8, accepts_migrants=False)]))
    open_ = assess(county(zones, [_facility("f", 0, 8, accepts_migrants=True)]))
    assert _column(shut.zones, "a", "migrant_required") == 2
    assert _column(shut.zones, "a", "migrant_status") == "short"
    assert shut.totals["migrant_shortfall_certain"] == 2
    assert _column(open_.zones, "a", "migrant_status") == "met"


def test_migrant_children_are_at_risk_when_others_come_first():
    zones = [_zone("a", 0, 1000, children_u3=40, migrant_u3=10)]
    gaps = assess(county(zones, [_facility("f", 0, 5)]))
    assert gaps.zones["migrant_shortfall_certain"].tolist() == [0]
    assert gaps.zones["migrant_shortfall_at_risk"].tolist() == [2]
    assert gaps.townships["migrant_status"].tolist() == ["at_risk"]


@pytest.mark.parametrize(("choice", "status"), [("no", "short"), ("yes", "met")])
def test_a_facility_that_does_not_say_is_judged_by_the_choice(choice, status):
    zones = [_zone("a", 0, 1000, children_u3=40, migrant_u3=10)]
    gaps = assess(
        county(
            zones, [_facility("f", 0, 8, accepts_migrants=None)], unknown_accepts_migrants=choice
        )
    )
    assert gaps.zones["migrant_status"].tolist() == [status]


def test_missing_counts_are_never_a_silent_pass():
    zones = [_zone("a", 0, children_u3=40, migrant_u3=10), _zone("b", 30)]
    gaps = assess(county(zones, [_facility("f", 0, 8)]))
    assert gaps.zones["migrant_status"].tolist() == ["met", "not_checked"]
    assert gaps.townships["migrant_status"].tolist() == ["not_checked"]


def test_hand_over_is_checked_for_new_zones_only():
    dates = {"accepted_on": "2023-05-01", "delivered_on": "2023-06-01"}
    facility = _facility("f", 0, 8, accepted_on="2023-05-01", handed_over_on="2023-06-11")
    gaps = assess(
        county([_zone("a", 0, category="new", **dates), _zone("b", 30, **dates)], [facility])
    )
    assert gaps.zones["handover"].tolist() == ["late", ""]
    assert gaps.zones["handover_days"].tolist() == [10, pd.NA]


def test_what_does_not_exist_is_named_with_what_is_near():
    gaps = assess(county([_zone("zone-1", 0)], []))
    with pytest.raises(UnknownNameError, match="zone-1"):
        gaps.zone("zone-2")


def test_the_input_is_never_changed():
    given_county = county([_zone("a", 0)], [_facility("f", 0, 8)])
    before = given_county.tables.zones.copy(), given_county.tables.facilities.copy()
    assess(given_county, radius_m=500, basis="statistical")
    pd.testing.assert_frame_equal(given_county.tables.zones, before[0])
    pd.testing.assert_frame_equal(given_county.tables.facilities, before[1])


FIGURES = [
    *(("zones", name) for name in (
        "population", "required", "attributed", "in_reach", "out_of_reach", "attributed_min",
        "attributed_max", "shortfall", "shortfall_certain", "shortfall_possible",
        "migrant_required",
    )),
    *(("townships", name) for name in (
        "zones", "population", "counted_slots", "required", "attributed", "in_reach",
        "out_of_reach", "shortfall", "migrant_required", "pipeline_slots",
    )),
    *(("facilities", name) for name in (
        "counted_slots", "pipeline_slots", "attributed_slots", "unused_slots",
    )),
    ("links", "slots"),
]  # fmt: skip


@pytest.mark.parametrize("change", [1, -1])
@pytest.mark.parametrize(("table", "column"), FIGURES)
def test_a_figure_that_is_off_by_one_breaks_a_law(table, column, change):
    zones = [
        _zone("a", 0, 1250, children_u3=40, migrant_u3=8, unit_id="u"),
        _zone("b", 1, 130, children_u3=40, migrant_u3=8, unit_id="u"),
        _zone("c", 9, 900, children_u3=40, migrant_u3=8, category="rural", township_code="T2"),
    ]
    gaps = assess(county(zones, [_facility("f", 0, 8), _facility("g", 1, 5)]))
    check_laws(gaps)
    getattr(gaps, table).loc[0, column] += change
    with pytest.raises(BrokenLawError):
        check_laws(gaps)


def test_a_breach_names_the_row_the_law_and_both_figures():
    gaps = assess(county([_zone("a", 0), _zone("b", 9)], [_facility("f", 0, 8)]))
    gaps.zones.loc[1, "out_of_reach"] = 9
    with pytest.raises(BrokenLawError, match=r"b: attributed \+ in_reach.*9.*8"):
        check_laws(gaps)


def test_a_number_without_a_rule_breaks_a_law():
    gaps = assess(county([_zone("a", 0), _zone("b", 9, category="rural")], []))
    gaps.zones.loc[1, "required"] = 0
    with pytest.raises(BrokenLawError, match="rule binds"):
        check_laws(gaps)


def test_ranges_hold_for_every_set_of_a_small_county():
    """F(S) by its definition: whoever is served first gets the most, whoever is last the least."""
    zones = [_zone(name, at) for name, at in (("a", 0), ("b", 2), ("c", 4))]
    facilities = [_facility("f", 1, 6), _facility("g", 3, 6)]
    gaps = assess(county(zones, facilities))
    supply, need = {"f": 6, "g": 6}, {"a": 8, "b": 8, "c": 8}
    edges = [edge[:2] for edge in reach(zones, facilities, 300)]
    assert gaps.totals["attributed"] == most(supply, need, edges) == 12
    highest = gaps.zones.set_index("zone_id")["attributed_max"]
    for size in (1, 2):
        for chosen in combinations("abc", size):
            best = most(supply, need, [edge for edge in edges if edge[1] in chosen])
            assert best <= highest[list(chosen)].sum()


@pytest.mark.parametrize("kind", ["str", object])
def test_positions_of_ids(kind):
    ids = pd.Series(["a", "b", "c"], dtype="str")
    wanted = pd.Series(["c", "x", None, "a", "", "c"], dtype=kind)
    assert positions(wanted, ids).tolist() == [2, -1, -1, 0, -1, 2]
    assert positions(wanted[:0], ids).tolist() == []
    assert positions(wanted, ids[:0]).tolist() == [-1] * 6
    assert positions(pd.Series([None, None], dtype=kind), ids).tolist() == [-1, -1]
    assert positions(wanted, ids).dtype == "int64"


def test_a_result_that_is_written_into_leaves_the_county_as_it_was():
    given = county([_zone("a", 0)], [_facility("f", 0, 5)])
    gaps = assess(given)
    gaps.zones.loc[0, "population"] = 7
    gaps.zones.loc[0, "zone_id"] = "b"
    gaps.townships.loc[0, "name"] = "c"
    tables = given.tables
    assert tables.zones[["zone_id", "population"]].to_numpy().tolist() == [["a", 1000]]
    assert tables.townships["name"].iloc[0] != "c"
    assert assess(given).totals == gaps.totals
