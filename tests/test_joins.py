"""Zones and facilities to townships, people to zones: on squares, nobody lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from space import (
    EAST,
    NORTH,
    codes,
    counts,
    facilities,
    lying,
    square,
    table,
    texts,
    townships,
    zones,
)

from capacity_planner.errors import Complaints
from capacity_planner.loaders.joining.located import locate_facilities
from capacity_planner.loaders.joining.names import AMBIGUOUS, UNKNOWN, bare_name, match_names
from capacity_planner.loaders.joining.people import join_population
from capacity_planner.loaders.joining.townships import assign_townships

if TYPE_CHECKING:
    import geopandas as gpd

few = settings(deadline=None, max_examples=25)

TOWNS = {"511724001": "竹阳街道", "511724002": "东柳街道", "511724100": "庙坝镇"}
CELLS = [square(0, 0, 1000), square(10, 0, 1000), square(20, 0, 1000)]


def assigned(
    frame: gpd.GeoDataFrame, towns: gpd.GeoDataFrame | None
) -> tuple[list[str], gpd.GeoDataFrame, Complaints]:
    told = Complaints()
    out, settled = assign_townships(frame, towns, complaints=told)
    assert out.index.equals(frame.index)
    return out["township_code"].tolist(), settled, told


# --- names


@pytest.mark.parametrize(
    "name",
    [
        "竹阳街道",
        " 竹阳街道　",
        "竹陽街道",
        "竹阳街道办事处",
        "大竹县竹阳街道",
        "四川省达州市大竹县竹阳街道",
        "竹阳",
    ],
)
def test_one_township_in_many_spellings(name: str) -> None:
    assert match_names([name], list(TOWNS.values())) == [0]


def test_a_name_that_fits_two_is_ambiguous_and_one_that_fits_none_unknown() -> None:
    known = ["石河镇", "石河乡", "清水镇"]
    asked = ["石河", "石河镇", "石河乡", "清水乡", "高明镇", ""]
    assert match_names(asked, known) == [AMBIGUOUS, 0, 1, 2, UNKNOWN, UNKNOWN]


@given(st.text(max_size=8))
def test_bare_names_never_vanish(name: str) -> None:
    assert bool(bare_name(name)) == bool("".join(name.split()))


# --- zones to townships


def test_codes_decide_without_a_word() -> None:
    frame = zones([square(1, 1), square(11, 1)], township_code=texts("511724001", "511724002"))
    found, _, told = assigned(frame, townships(TOWNS, CELLS))
    assert found == ["511724001", "511724002"]
    assert codes(told) == []


def test_codes_of_twelve_digits_are_those_of_nine() -> None:
    frame = zones([square(1, 1)], township_code=texts("511724001000"))
    assert assigned(frame, townships(TOWNS))[0] == ["511724001"]


def test_exact_names_decide_without_a_word() -> None:
    frame = zones([square(1, 1), square(11, 1)], township=texts("竹阳街道", "东柳街道"))
    found, _, told = assigned(frame, townships(TOWNS))
    assert found == ["511724001", "511724002"]
    assert codes(told) == []


def test_each_other_spelling_is_told_once_with_its_count() -> None:
    frame = zones(
        [square(1, 1), square(2, 1), square(21, 1)], township=texts("竹陽", "竹陽", "庙坝")
    )
    found, _, told = assigned(frame, townships(TOWNS, CELLS))
    assert found == ["511724001", "511724001", "511724100"]
    assert [
        (each.code, each.value, each.params["read"], each.params["count"]) for each in told
    ] == [
        ("township_name_read", "竹陽", "竹阳街道", 2),
        ("township_name_read", "庙坝", "庙坝镇", 1),
    ]


def test_ambiguous_names_are_refused() -> None:
    towns = townships({"1": "石河镇", "2": "石河乡"})
    _, _, told = assigned(zones([square(0, 0)], township=texts("石河")), towns)
    assert "township_name_ambiguous" in codes(told)
    assert told.has_errors


def test_without_a_word_the_largest_overlap_decides() -> None:
    frame = zones([square(9.7, 1), square(9.2, 1), square(11, 1)])
    found, _, told = assigned(frame, townships(TOWNS, CELLS))
    assert found == ["511724002", "511724001", "511724002"]
    assert codes(told) == []


def test_what_is_declared_wins_and_disagreement_is_told() -> None:
    frame = zones([square(11, 1)], township=texts("竹阳街道"))
    found, _, told = assigned(frame, townships(TOWNS, CELLS))
    assert found == ["511724001"]
    assert [(each.code, each.params["spatial"]) for each in told] == [
        ("township_differs_from_map", "东柳街道")
    ]


def test_many_disagreements_are_counted_not_listed() -> None:
    frame = zones([square(11, at) for at in range(9)] * 3, township=texts(*["竹阳街道"] * 27))
    _, _, told = assigned(frame, townships(TOWNS, CELLS))
    assert codes(told) == ["township_differs_from_map"] * 10 + ["further_complaints"]


def test_an_unknown_name_falls_back_on_the_map_and_suggests() -> None:
    frame = zones([square(11, 1)], township=texts("东柳街到"))
    found, _, told = assigned(frame, townships(TOWNS, CELLS))
    assert found == ["511724002"]
    assert [(each.code, each.params["nearest"]) for each in told] == [
        ("township_unknown", "东柳街道")
    ]
    assert not told.has_errors


def test_a_zone_in_no_township_is_refused() -> None:
    for towns in (townships(TOWNS, CELLS), townships(TOWNS)):
        _, _, told = assigned(zones([square(500, 1)], township=texts("仙境镇")), towns)
        assert "zone_without_township" in codes(told)


def test_code_and_name_that_differ_are_told_and_the_code_wins() -> None:
    frame = zones([square(1, 1)], township_code=texts("511724001"), township=texts("庙坝镇"))
    found, _, told = assigned(frame, townships(TOWNS))
    assert found == ["511724001"]
    assert codes(told) == ["township_code_and_name_differ"]


def test_townships_of_which_only_some_have_a_shape() -> None:
    towns = townships(TOWNS, [CELLS[0], None, CELLS[2]])
    found, _, told = assigned(zones([square(1, 1), square(21, 1)]), towns)
    assert found == ["511724001", "511724100"]
    assert codes(told) == []


def test_a_zone_in_two_overlapping_townships_goes_to_the_first() -> None:
    towns = townships({"1": "甲", "2": "乙"}, [CELLS[0], CELLS[0]])
    assert assigned(zones([square(1, 1)]), towns)[0] == ["1"]


def test_townships_are_derived_from_what_zones_declare() -> None:
    frame = zones(
        [square(at, 0) for at in range(4)],
        township_code=texts("511724002", "511724001", None, None),
        township=texts("东柳街道", "竹阳 街道", "竹阳街道", None),
    )
    found, towns, told = assigned(frame, None)
    assert found == ["511724002", "511724001", "511724001", "unassigned"]
    assert towns["name"].tolist() == ["竹阳街道", "东柳街道", "未注明乡镇"]
    assert towns.geometry.isna().all()
    assert {"townships_derived", "zone_names_no_township"} <= set(codes(told))
    assert not told.has_errors


def test_townships_derived_from_names_alone() -> None:
    found, towns, _ = assigned(zones([square(0, 0)], township=texts("竹阳街道")), None)
    assert found == ["竹阳街道"]
    assert towns["township_code"].tolist() == ["竹阳街道"]


def test_derived_names_keep_the_blanks_between_latin_words() -> None:
    frame = zones([square(at, 0) for at in range(2)], township=texts("Don  Valley", "DonValley"))
    found, towns, _ = assigned(frame, None)
    assert towns["name"].tolist() == ["Don Valley"]
    assert found == ["Don Valley", "Don Valley"]


def test_a_code_that_only_some_zones_name_is_shown_by_that_name() -> None:
    frame = zones(
        [square(at, 0) for at in range(2)],
        township_code=texts("511724001", "511724001"),
        township=texts(None, "竹阳街道"),
    )
    assert assigned(frame, None)[1]["name"].tolist() == ["竹阳街道"]


def test_no_zones_no_trouble() -> None:
    found, _, told = assigned(zones([], township=texts()), townships(TOWNS, CELLS))
    assert (found, codes(told)) == ([], [])


@few
@given(st.permutations(range(6)))
def test_order_of_rows_changes_nothing(order: list[int]) -> None:
    frame = zones(
        [square(2 * at + 0.5, 0) for at in range(6)],
        township=texts("竹陽", None, "东柳", None, None, "竹阳街道"),
    )
    towns = townships(TOWNS, CELLS)
    straight = dict(zip(frame["zone_id"], assigned(frame, towns)[0], strict=True))
    shuffled = frame.iloc[order]
    assert dict(zip(shuffled["zone_id"], assigned(shuffled, towns)[0], strict=True)) == straight


# --- facilities to townships


def located(
    frame: gpd.GeoDataFrame, towns: gpd.GeoDataFrame, homes: gpd.GeoDataFrame
) -> tuple[list[str], Complaints]:
    told = Complaints()
    out = locate_facilities(frame, towns, homes, lying=lying(frame, homes), complaints=told)
    return out["township_code"].tolist(), told


HOMES = zones([square(1, 1), square(11, 1)], township_code=texts("511724001", "511724002"))


def test_facilities_lie_in_the_township_around_them() -> None:
    frame = facilities([(EAST + 500, NORTH + 500), (EAST + 9e4, NORTH), None])
    found, told = located(frame, townships(TOWNS, CELLS), HOMES)
    assert found == ["511724001", "", ""]
    assert [(each.code, each.row) for each in told] == [("facility_without_township", 3)]


def test_a_facility_names_its_township_by_code_or_by_name() -> None:
    frame = facilities(
        [None, None, (EAST + 9e4, NORTH), (EAST + 500, NORTH + 500)],
        township_code=texts("511724002", None, None, None),
        township=texts(None, "东柳", "竹阳街道", None),
    )
    told = Complaints()
    towns = townships(TOWNS)
    out = locate_facilities(frame, towns, HOMES, lying=lying(frame, HOMES), complaints=told)
    assert out["township"].tolist() == ["东柳街道", "东柳街道", "竹阳街道", ""]
    assert codes(told) == ["township_name_read", "facility_without_township"]


def test_what_a_facility_declares_decides_and_is_told_where_the_map_differs() -> None:
    frame = facilities([(EAST + 500, NORTH + 500)] * 2, township=texts("东柳街道", "竹阳街道"))
    found, told = located(frame, townships(TOWNS, CELLS), HOMES)
    assert found == ["511724002", "511724001"]
    assert [(each.code, each.row, each.params["spatial"]) for each in told] == [
        ("facility_in_other_township", 2, "竹阳街道")
    ]


def test_a_township_that_nobody_knows_is_told_and_the_map_decides() -> None:
    frame = facilities([(EAST + 500, NORTH + 500)], township=texts("西柳"))
    found, told = located(frame, townships(TOWNS, CELLS), HOMES)
    assert found == ["511724001"]
    assert [(each.code, each.value) for each in told] == [("township_unknown", "西柳")]


def test_without_township_shapes_the_zone_around_them_tells() -> None:
    frame = facilities([(EAST + 1150, NORTH + 150), None], zone_id=texts(None, "Z1"))
    assert located(frame, townships(TOWNS), HOMES)[0] == ["511724002", "511724001"]


def test_a_facility_on_the_line_between_two_belongs_to_the_first() -> None:
    frame = facilities([(EAST + 1000, NORTH + 500)])
    assert located(frame, townships(TOWNS, CELLS), HOMES)[0] == ["511724001"]


def test_an_unknown_zone_is_told() -> None:
    frame = facilities([(EAST + 500, NORTH + 500)], zone_id=texts("Z11"))
    _, told = located(frame, townships(TOWNS, CELLS), HOMES)
    assert [(each.code, each.value, each.params["nearest"]) for each in told] == [
        ("facility_zone_unknown", "Z11", "Z1")
    ]


# --- people to zones


def people(*ids: str | None, **columns: Any) -> pd.DataFrame:
    frame = table("population.csv", None, zone_id=texts(*ids), **columns)
    return pd.DataFrame(frame.drop(columns="geometry"))


def joined(
    homes: gpd.GeoDataFrame, rows: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, list[tuple[str, int | None]], Complaints]:
    told = Complaints()
    out = join_population(homes, rows, complaints=told)
    return out, [(each.code, each.row) for each in told], told


def test_every_count_arrives() -> None:
    rows = people("Z2", "Z1", population=counts(30, 10), children_u3=counts(3, 1))
    out, told, _ = joined(zones([square(0, 0), square(2, 0)]), rows)
    assert out["population"].tolist() == [10, 30]
    assert out["children_u3"].tolist() == [1, 3]
    assert told == []


def test_rows_without_a_zone_are_an_error_that_counts_their_people() -> None:
    rows = people("Z1", "Z02", None, population=counts(10, 30, 5))
    _, told, found = joined(zones([square(0, 0), square(2, 0)]), rows)
    assert told[:2] == [("population_without_zone", 3), ("population_without_zone", 4)]
    first = next(iter(found)).params
    assert (first["people"], first["before"], first["joined"], first["nearest"]) == (
        30,
        45,
        10,
        "Z2",
    )


def test_zones_without_a_row_are_told() -> None:
    _, told, found = joined(
        zones([square(0, 0), square(2, 0)]), people("Z1", population=counts(10))
    )
    assert told == [("zone_without_population_row", 3)]
    assert not found.has_errors


def test_a_zone_with_its_own_count_needs_no_row() -> None:
    homes = zones([square(0, 0), square(2, 0)], population=counts(None, 7))
    out, told, _ = joined(homes, people("Z1", population=counts(10)))
    assert out["population"].tolist() == [10, 7]
    assert told == []


def test_two_rows_for_a_zone_are_refused() -> None:
    rows = people("Z1", "Z1", population=counts(10, 30))
    _, told, _ = joined(zones([square(0, 0)]), rows)
    assert told == [("population_row_twice", 3)]


def test_a_count_given_twice_is_told_and_the_table_decides() -> None:
    homes = zones([square(0, 0)], population=counts(7))
    out, told, _ = joined(homes, people("Z1", population=counts(10)))
    assert out["population"].tolist() == [10]
    assert told == [("population_given_twice", 2)]


def test_a_blank_in_the_table_does_not_wipe_out_a_count() -> None:
    homes = zones([square(0, 0)], population=counts(7), children_u3=counts(2))
    out, told, _ = joined(homes, people("Z1", population=counts(7), children_u3=counts(None)))
    assert out["children_u3"].tolist() == [2]
    assert told == []


@few
@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.integers(0, 10_000)),
        max_size=12,
        unique_by=lambda pair: pair[0],
    )
)
def test_nobody_is_lost(pairs: list[tuple[int, int]]) -> None:
    homes = zones([square(2 * at, 0) for at in range(6)])
    rows = people(*[f"Z{at}" for at, _ in pairs], population=counts(*[n for _, n in pairs]))
    out, _, found = joined(homes, rows)
    told = sum(each.params["people"] for each in found if each.code == "population_without_zone")
    assert int(out["population"].sum()) + told == sum(n for _, n in pairs)


def test_given_frames_are_not_changed() -> None:
    homes = zones([square(0, 0)], population=counts(7))
    join_population(homes, people("Z1", population=counts(10)), complaints=Complaints())
    assert homes["population"].tolist() == [7]
    assert shapely.equals(homes.geometry.iloc[0], square(0, 0))
