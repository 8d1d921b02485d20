"""Figures that contradict each other or are beyond belief: each told by row, clean ones never."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from space import EAST, NORTH, codes, counts, facilities, square, texts, townships, zones

from capacity_planner.errors import Complaints
from capacity_planner.loaders.checks.consistency import check_consistency
from capacity_planner.loaders.space.outlines import Outlines
from capacity_planner.policy import load_policy

if TYPE_CHECKING:
    import geopandas as gpd

TODAY = date(2025, 12, 31)
POLICY = load_policy("dazhu-2021-57")
SHAPES = [square(0, 0), square(2, 0)]


def days(*values: str | None) -> pd.Series[Any]:
    return pd.Series(pd.to_datetime(list(values))).astype("datetime64[s]")


def homes(**columns: Any) -> gpd.GeoDataFrame:
    given = {
        "township_code": texts("1", "1"),
        "population": counts(700, 1250),
        "dwellings": counts(300, 500),
        "children_u3": counts(14, 25),
        "migrant_u3": counts(2, 3),
    }
    return zones(SHAPES, **{**given, **columns})


def centres(*places: tuple[float, float] | None, **columns: Any) -> gpd.GeoDataFrame:
    at = places or ((EAST + 50, NORTH + 50), (EAST + 250, NORTH + 50))
    given = {"name": texts(*[f"托育园{each}" for each in range(len(at))])}
    return facilities(at, **{**given, **columns})


def checked(
    zone_rows: gpd.GeoDataFrame | None = None,
    facility_rows: gpd.GeoDataFrame | None = None,
    *,
    towns: gpd.GeoDataFrame | None = None,
    policy: Any = POLICY,
) -> Complaints:
    told = Complaints()
    zone_rows = homes() if zone_rows is None else zone_rows
    check_consistency(
        zone_rows,
        centres() if facility_rows is None else facility_rows,
        townships({"1": "竹阳街道"}) if towns is None else towns,
        outlines=Outlines.of(zone_rows),
        policy=policy,
        as_of=TODAY,
        complaints=told,
    )
    return told


def test_a_clean_county_is_met_with_silence() -> None:
    assert codes(checked()) == []
    assert codes(checked(policy=None)) == []


@pytest.mark.parametrize(
    ("column", "values", "code", "severity"),
    [
        ("children_u3", (14, 1251), "children_exceed_population", "error"),
        ("migrant_u3", (2, 26), "migrants_exceed_children", "error"),
        ("migrant_population", (2, 1251), "migrants_exceed_population", "warning"),
        ("population", (700, 50_000), "density_beyond_belief", "warning"),
        ("children_u3", (14, 300), "children_beyond_belief", "warning"),
        ("dwellings", (300, 100), "household_beyond_belief", "warning"),
        ("dwellings", (300, 12_500), "household_beyond_belief", "warning"),
    ],
)
def test_people_who_cannot_be(
    column: str, values: tuple[int, int], code: str, severity: str
) -> None:
    told = list(checked(homes(**{column: counts(*values)})))
    assert (code, 3, severity) in [(each.code, each.row, each.severity) for each in told]
    assert {each.row for each in told} == {3}


def test_equal_counts_and_blanks_are_no_contradiction() -> None:
    few = homes(
        population=counts(10, None),
        dwellings=counts(5, None),
        children_u3=counts(1, 3),
        migrant_u3=counts(1, None),
    )
    assert codes(checked(few)) == []


def test_dwellings_without_people_are_told_and_a_county_without_anybody_is_refused() -> None:
    none = counts(0, 0)
    first = homes(
        population=counts(0, 10), dwellings=counts(5, 4), children_u3=none, migrant_u3=none
    )
    assert codes(checked(first)) == ["dwellings_without_people"]
    all_empty = homes(population=none, dwellings=none, children_u3=none, migrant_u3=none)
    assert codes(checked(all_empty)) == ["nobody_anywhere"]


@pytest.mark.parametrize(
    ("table", "early", "late", "code", "severity"),
    [
        ("facilities", "opened_on", "closed_on", "opened_after_closed", "error"),
        ("facilities", "accepted_on", "handed_over_on", "accepted_after_handed_over", "warning"),
        ("zones", "permitted_on", "accepted_on", "permitted_after_accepted", "warning"),
        ("zones", "accepted_on", "delivered_on", "accepted_after_delivered", "warning"),
    ],
)
def test_dates_in_the_wrong_order(
    table: str, early: str, late: str, code: str, severity: str
) -> None:
    columns = {early: days("2024-05-01", "2024-05-02"), late: days("2024-05-01", "2024-05-01")}
    told = checked(homes(**columns)) if table == "zones" else checked(None, centres(**columns))
    assert [(each.code, each.row, each.value, each.severity) for each in told] == [
        (code, 3, "2024-05-02", severity)
    ]
    blank = {early: days("2024-05-01", None), late: days(None, "2024-05-01")}
    told = checked(homes(**blank)) if table == "zones" else checked(None, centres(**blank))
    assert codes(told) == []


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"enrolled_u3": counts(60, 61)}, ["enrolled_exceed_slots"]),
        ({"slots": counts(60, 1_001)}, ["slots_beyond_belief"]),
        ({"type": texts("centre", "home_based"), "slots": counts(60, 6)}, ["home_based_too_large"]),
        ({"type": texts("centre", "home_based"), "slots": counts(60, 5)}, []),
        ({"type": texts("centre", "kindergarten_class")}, ["more_than_one_class"]),
        ({"type": texts("centre", "kindergarten_class"), "slots": counts(60, 20)}, []),
    ],
)
def test_slots_against_the_limits_of_their_kind(
    columns: dict[str, Any], expected: list[str]
) -> None:
    told = checked(None, centres(**columns))
    assert codes(told) == expected
    assert {each.row for each in told} <= {3}


def test_limits_come_from_the_policy_alone() -> None:
    large = centres(type=texts("home_based", "kindergarten_class"))

    def lapsed(*_: Any) -> Any:
        raise LookupError

    assert codes(checked(None, large, policy=SimpleNamespace(standing=lapsed))) == []
    assert codes(checked(None, large, policy=None)) == []


def test_a_facility_entered_twice_is_told_whatever_its_blanks() -> None:
    here = (EAST + 50, NORTH + 50)
    twice = centres(here, (here[0] + 5, here[1]), name=texts("小天使托育园", "小天使 托育园"))
    assert [(each.code, each.value, each.params["other"]) for each in checked(None, twice)] == [
        ("facility_twice", "F2", "F1")
    ]


@pytest.mark.parametrize(
    ("offset", "names"), [(500, ("甲", "甲")), (0, ("甲", "乙")), (0, (None, None))]
)
def test_two_facilities_are_not_one(offset: float, names: tuple[str | None, str | None]) -> None:
    places = ((EAST + 50, NORTH + 50), (EAST + 50 + offset, NORTH + 50))
    assert codes(checked(None, centres(*places, name=texts(*names)))) == []


def test_a_facility_far_from_its_own_zone_is_told() -> None:
    rows = centres((EAST + 50, NORTH + 50), (EAST + 2_000, NORTH), zone_id=texts("Z1", "Z2"))
    told = list(checked(None, rows))
    assert [(each.code, each.row, each.params["distance"]) for each in told] == [
        ("facility_off_site", 3, 1_700)
    ]


def own_total(*totals: int | None) -> gpd.GeoDataFrame:
    towns = townships({"1": "竹阳街道", "2": "东柳街道"})
    return towns.assign(population=counts(*totals))


def test_totals_that_differ_are_told_for_township_and_county() -> None:
    split = homes(township_code=texts("1", "2"))
    assert codes(checked(split, towns=own_total(700, 1250))) == []
    assert codes(checked(split, towns=own_total(705, 1250))) == []  # within ten persons
    told = list(checked(split, towns=own_total(700, 1400)))
    assert [(each.code, each.value) for each in told] == [
        ("township_total_differs", "1400"),
        ("county_total_differs", "2100"),
    ]
    assert codes(checked(split, towns=own_total(700, None))) == []


def test_exchanged_totals_are_told_although_the_county_agrees() -> None:
    split = homes(township_code=texts("1", "2"))
    told = checked(split, towns=own_total(1250, 700))
    assert codes(told) == ["township_total_differs"] * 2


def test_nothing_to_check_is_nothing_to_tell() -> None:
    assert codes(checked(homes().iloc[:0], centres().iloc[:0])) == []
