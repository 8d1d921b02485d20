"""Laws that no county may break, tried on counties drawn at random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import shapely
from drawn import Drawn, counties, facilities, zones
from hypothesis import assume, given
from hypothesis import strategies as st
from oracle import Row, reach
from squares import middle
from trials import trials

from capacity_planner.assessment import Gaps, supply

if TYPE_CHECKING:
    import random

MISSING = ("shortfall_certain", "shortfall", "shortfall_possible")


def by_id(gaps: Gaps, name: str, *, of: str = "zones") -> pd.Series[Any]:
    frame = getattr(gaps, of)
    return frame.set_index(frame.columns[0])[name].fillna(0).astype("int64")


@trials(40)
@given(counties(), st.data())
def test_more_slots_never_widen_a_shortfall(drawn, data):
    chosen = data.draw(st.sampled_from(drawn.facilities))["facility_id"]
    more = drawn.with_facility(chosen, slots=drawn.facility(chosen)["slots"] + 3)
    before, after = drawn.assess(), more.assess()
    for name in ("shortfall", "migrant_shortfall_certain", "migrant_shortfall_at_risk"):
        assert after.totals[name] <= before.totals[name]
    for table in ("zones", "townships"):
        for name in ("shortfall_certain", "shortfall_possible"):
            assert (by_id(after, name, of=table) <= by_id(before, name, of=table)).all()


@trials(40)
@given(counties(), st.data())
def test_more_people_never_shrink_a_requirement(drawn, data):
    chosen = data.draw(st.sampled_from(drawn.zones))
    grown = chosen["population"] + data.draw(st.integers(1, 300))
    before, after = drawn.assess(), drawn.with_zone(chosen["zone_id"], population=grown).assess()
    for name in ("required", "required_pooled"):
        assert after.totals[name] >= before.totals[name]
    units = [each["unit_id"] or each["zone_id"] for each in sorted(drawn.zones, key=_name)]
    least, most = (
        by_id(gaps, "required").groupby(units).sum().sort_index() for gaps in (before, after)
    )
    assert (most >= least).all()
    pooled = (by_id(gaps, "required_pooled", of="townships") for gaps in (before, after))
    assert (next(pooled) <= next(pooled)).all()


def _name(row: dict[str, Any]) -> str:
    return row["zone_id"]


@trials(30)
@given(counties(units=False, migrants=False), st.data())
def test_splitting_a_zone_in_two_under_one_unit_changes_nothing(drawn, data):
    """The halves' inner points lie 25 m off; a radius of 350 m reaches what the whole reaches."""
    chosen = data.draw(st.sampled_from(drawn.zones))
    people = data.draw(st.integers(0, chosen["population"]))
    halves = _halves(chosen, people)
    others = [each for each in drawn.zones if each is not chosen]
    split = Drawn([*others, *halves], drawn.facilities, drawn.choices)
    whole, parts = drawn.assess(radius_m=350), split.assess(radius_m=350)
    assert {**parts.totals, "zones": 0} == {**whole.totals, "zones": 0}
    for name in ("required", "required_pooled", "shortfall_certain", "shortfall_possible"):
        one, two = (by_id(gaps, name, of="townships") for gaps in (parts, whole))
        assert one.tolist() == two.tolist()
    own = [each["zone_id"] for each in halves]
    for name in ("required", "out_of_reach"):
        assert by_id(parts, name)[own].sum() == by_id(whole, name)[chosen["zone_id"]]


def _halves(zone: Row, people: int) -> list[Row]:
    """Return the west and the east half of a zone as two zones of one unit."""
    west, south, east, north = zone["geometry"].bounds
    middle_x = (west + east) / 2
    return [
        {
            **zone,
            "unit_id": "u",
            "zone_id": f"{zone['zone_id']}-{end}",
            "population": population,
            "geometry": shapely.box(left, south, right, north),
        }
        for end, population, left, right in (
            (1, people, west, middle_x),
            (2, zone["population"] - people, middle_x, east),
        )
    ]


@st.composite
def neighbours(draw):
    """Two counties side by side: columns up to 5 and from 6 on, ids and townships of their own."""
    sides = []
    for side, columns in (("a", (0, 5)), ("b", (6, 11))):
        townships = (f"{side}1", f"{side}2")
        drawn = draw(counties(columns=columns, townships=townships, prefix=side))
        sides.append(drawn)
    return sides


@trials(40)
@given(neighbours())
def test_merging_neighbouring_counties_changes_only_what_crosses_the_border(sides):
    one, other = sides
    merged = Drawn([*one.zones, *other.zones], [*one.facilities, *other.facilities], one.choices)
    apart, together = [side.assess() for side in sides], merged.assess()
    columns = [
        name
        for name in together.zones.columns
        if name not in {"geometry", "source_row", "township"}
    ]
    touched = _linked_across(sides, merged)
    for gaps in apart:
        inner = gaps.zones[~gaps.zones["zone_id"].isin(touched)].reset_index(drop=True)
        same = together.zones[together.zones["zone_id"].isin(inner["zone_id"])]
        pd.testing.assert_frame_equal(
            pd.DataFrame(inner[columns]),
            pd.DataFrame(same[columns]).reset_index(drop=True),
            check_dtype=False,
        )
    for name in ("population", "required", "counted", "pipeline", "migrant_required"):
        assert together.totals[name] == sum(gaps.totals[name] for gaps in apart)
    gained = together.totals["attributed"] - sum(gaps.totals["attributed"] for gaps in apart)
    assert gained == 0 if not touched else gained >= 0


def _linked_across(sides: list[Drawn], merged: Drawn) -> set[str]:
    """Return the zones that a chain of reach joins to the border, by plain search."""
    edges = reach(merged.zones, merged.running, merged.choices["radius_m"])
    side_of = {
        name: at
        for at, side in enumerate(sides)
        for name in [
            *(each["zone_id"] for each in side.zones),
            *(each["facility_id"] for each in side.facilities),
        ]
    }
    linked = {edge[:2] for edge in edges if side_of[edge[0]] != side_of[edge[1]]}
    names = {name for edge in linked for name in edge}
    while True:
        more = {name for edge in edges if names & set(edge[:2]) for name in edge[:2]} - names
        if not more:
            return names & {each["zone_id"] for each in merged.zones}
        names |= more


@trials(30)
@given(counties(units=False), st.randoms(use_true_random=False))
def test_the_order_of_ids_changes_totals_by_nothing(drawn, chance: random.Random):
    first, second = drawn.assess(), drawn.renamed(chance).assess()
    assert second.totals == first.totals
    assert _slot_metres(second) == _slot_metres(first)
    for name in ("required", "shortfall_certain", "shortfall_possible", "migrant_required"):
        one, two = (by_id(gaps, name, of="townships") for gaps in (second, first))
        assert one.tolist() == two.tolist()


def _slot_metres(gaps: Gaps) -> int:
    return int((gaps.links["slots"] * gaps.links["distance_m"]).sum())


@trials(30)
@given(counties(), st.randoms(use_true_random=False))
def test_the_order_of_ids_moves_no_requirement_of_a_unit(drawn, chance: random.Random):
    """Which member of a unit gets a slot of an equal remainder follows the ids; no sum does."""
    first, second = drawn.assess(), drawn.renamed(chance).assess()
    for name in ("population", "required", "required_pooled", "counted", "pipeline"):
        assert second.totals[name] == first.totals[name]
    units = [
        gaps.zones.assign(unit=gaps.zones["unit_id"].fillna("")).groupby("unit")["required"].sum()
        for gaps in (first, second)
    ]
    pd.testing.assert_series_equal(*units)


@trials(30)
@given(counties(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(drawn, chance: random.Random):
    first = drawn.assess()
    second = Drawn(
        chance.sample(drawn.zones, len(drawn.zones)),
        chance.sample(drawn.facilities, len(drawn.facilities)),
        drawn.choices,
    ).assess()
    columns = [name for name in first.zones.columns if name not in {"source_row", "geometry"}]
    pd.testing.assert_frame_equal(
        pd.DataFrame(first.zones[columns]), pd.DataFrame(second.zones[columns])
    )
    pd.testing.assert_frame_equal(first.links, second.links)


@trials(40)
@given(counties())
def test_certain_shortfall_possible_and_links_agree(drawn):
    gaps = drawn.assess()
    for table in ("zones", "townships"):
        certain, shortfall, possible = (by_id(gaps, name, of=table) for name in MISSING)
        assert (certain >= 0).all()
        assert (certain <= shortfall).all()
        assert (shortfall <= possible).all()
        assert (possible <= by_id(gaps, "required", of=table)).all()
    into, out = (gaps.links.groupby(end)["slots"].sum() for end in ("zone_id", "facility_id"))
    attributed = by_id(gaps, "attributed")
    assert into.reindex(attributed.index, fill_value=0).tolist() == attributed.tolist()
    given_ = by_id(gaps, "attributed_slots", of="facilities")
    assert out.reindex(given_.index, fill_value=0).tolist() == given_.tolist()
    assert (given_ <= by_id(gaps, "counted_slots", of="facilities")).all()


@trials(40)
@given(counties())
def test_migrants_and_locals_make_up_the_requirement(drawn):
    seen = []

    def note(pairs, flow, *, required, **more):
        seen.append(required)
        return ranges(pairs, flow, required=required, **more)

    ranges = supply.attributable_ranges
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(supply, "attributable_ranges", note)
        gaps = drawn.assess()
    whole, classes = seen
    locals_, migrants = np.split(classes, 2)
    assert (locals_ + migrants == whole).all()
    assert (locals_ >= 0).all()
    assert migrants.tolist() == by_id(gaps, "migrant_required").tolist()
    assert whole.tolist() == by_id(gaps, "required").tolist()
    assert gaps.totals["migrant_required"] == migrants.sum()
    assert by_id(gaps, "migrant_required", of="townships").sum() == migrants.sum()


@trials(25)
@given(st.data())
def test_a_county_far_away_changes_nothing(data):
    """Facilities and zones that no reach joins do not know of one another."""
    near = Drawn(data.draw(zones()), data.draw(facilities()), {"radius_m": 300})
    far = {
        "facility_id": "zz",
        "slots": 50,
        "type": "centre",
        "status": "operating",
        "filed": True,
        "accepts_migrants": True,
        "geometry": middle(500, 500),
    }
    assume(near.running)
    alone, beside = near.assess(), Drawn(near.zones, [*near.facilities, far], near.choices).assess()
    pd.testing.assert_frame_equal(
        pd.DataFrame(alone.zones.drop(columns="geometry")),
        pd.DataFrame(beside.zones.drop(columns="geometry")),
    )
    assert beside.totals["unused"] == alone.totals["unused"] + 50
