"""A county that is changed step by step, judged afresh by the oracle after every step."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

import hypothesis.strategies as st
from drawn import AS_OF, CATEGORIES, Drawn
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from oracle import Expected, migrant_part
from squares import middle, square
from trials import trials

from capacity_planner.assessment.laws import check_laws

if TYPE_CHECKING:
    from capacity_planner.assessment import Gaps

places = st.tuples(st.integers(0, 9), st.integers(0, 1))
people = st.integers(0, 1500)
slots = st.integers(0, 15)
days = st.dates(date(2024, 1, 1), date(2027, 12, 31))
spans = st.one_of(st.none(), st.integers(0, 1500))
LAPSE = date(2026, 9, 15)


class GrowingCounty(RuleBasedStateMachine):
    """Zones and facilities come, change and go; the date and the radius move."""

    def __init__(self) -> None:
        super().__init__()
        self.zones: dict[str, dict] = {}
        self.facilities: dict[str, dict] = {}
        self.as_of, self.radius_m = AS_OF, 300
        self.made = 0

    @initialize(cell=places, population=people)
    def begin(self, cell, population):
        self.add_zone(cell, population, "existing", "T1", None, None)

    @rule(
        cell=places,
        population=people,
        category=st.sampled_from(CATEGORIES),
        township=st.sampled_from(["T1", "T2", "T3"]),
        unit=st.sampled_from([None, "u", "v"]),
        children=st.one_of(st.none(), st.tuples(st.integers(0, 40), st.integers(0, 40))),
    )
    @precondition(lambda self: len(self.zones) < 6)
    def add_zone(self, cell, population, category, township, unit, children):
        self.made += 1
        young, migrants = children or (None, None)
        self.zones[f"z{self.made:03}"] = {
            "zone_id": f"z{self.made:03}",
            "geometry": square(*cell),
            "population": population,
            "category": category,
            "township_code": township,
            "unit_id": unit,
            "children_u3": young,
            "migrant_u3": migrants,
        }

    @rule(
        cell=places,
        number=slots,
        kind=st.sampled_from(["centre", "home_based"]),
        accepts=st.booleans(),
        filed=st.sampled_from([True, True, False]),
    )
    @precondition(lambda self: len(self.facilities) < 5)
    def add_facility(self, cell, number, kind, accepts, filed):
        self.made += 1
        self.facilities[f"f{self.made:03}"] = {
            "facility_id": f"f{self.made:03}",
            "geometry": middle(*cell, east=20.0),
            "slots": number,
            "type": kind,
            "status": "operating",
            "filed": filed,
            "accepts_migrants": accepts,
        }

    @rule(data=st.data())
    @precondition(lambda self: len(self.zones) > 1)
    def remove_zone(self, data):
        del self.zones[data.draw(st.sampled_from(sorted(self.zones)))]

    @rule(data=st.data())
    @precondition(lambda self: self.facilities)
    def remove_facility(self, data):
        """What goes takes nothing from anybody but its own slots."""
        before = self.assess()
        gone = data.draw(st.sampled_from(sorted(self.facilities)))
        del self.facilities[gone]
        lost = int(before.facilities.set_index("facility_id")["counted_slots"][gone])
        less = before.totals["attributed"] - self.assess().totals["attributed"]
        assert 0 <= less <= lost

    @rule(data=st.data(), population=people)
    def change_population(self, data, population):
        """More people never shrink what the county needs; fewer never widen it."""
        before = self.assess().totals["required"]
        zone = self.zones[data.draw(st.sampled_from(sorted(self.zones)))]
        grows = population >= zone["population"]
        zone["population"] = population
        after = self.assess().totals["required"]
        assert after >= before if grows else after <= before

    @rule(data=st.data(), category=st.sampled_from(CATEGORIES))
    def change_category(self, data, category):
        self.zones[data.draw(st.sampled_from(sorted(self.zones)))]["category"] = category

    @rule(data=st.data(), number=slots)
    @precondition(lambda self: self.facilities)
    def change_slots(self, data, number):
        """More slots never widen a shortfall; fewer never narrow it."""
        before = self.assess().totals["shortfall"]
        facility = self.facilities[data.draw(st.sampled_from(sorted(self.facilities)))]
        grows = number >= facility["slots"]
        facility["slots"] = number
        after = self.assess().totals["shortfall"]
        assert after <= before if grows else after >= before

    @rule(data=st.data(), exclusive=st.booleans())
    @precondition(lambda self: self.facilities)
    def stand_on_site(self, data, exclusive):
        """A facility is for one zone, perhaps for it alone; the zone may go before it does."""
        facility = self.facilities[data.draw(st.sampled_from(sorted(self.facilities)))]
        facility["zone_id"] = data.draw(st.sampled_from(sorted(self.zones)))
        facility["exclusive"] = exclusive

    @rule(data=st.data(), opened=st.one_of(st.none(), days), span=spans)
    @precondition(lambda self: self.facilities)
    def change_dates(self, data, opened, span):
        facility = self.facilities[data.draw(st.sampled_from(sorted(self.facilities)))]
        closed = (opened or date(2024, 1, 1)) + timedelta(days=span) if span is not None else None
        facility["opened_on"] = opened and opened.isoformat()
        facility["closed_on"] = closed and closed.isoformat()

    @rule(data=st.data(), status=st.sampled_from(["operating", "building", "planned", "closed"]))
    @precondition(lambda self: self.facilities)
    def change_status(self, data, status):
        self.facilities[data.draw(st.sampled_from(sorted(self.facilities)))]["status"] = status

    @rule(day=st.one_of(days, st.sampled_from([LAPSE, LAPSE - timedelta(days=1)])))
    def move_date(self, day):
        self.as_of = day

    @rule(radius_m=st.sampled_from([0, 120, 300, 320]))
    def change_radius(self, radius_m):
        self.radius_m = radius_m

    def assess(self) -> Gaps:
        drawn = Drawn(list(self.zones.values()), list(self.facilities.values()), {})
        return drawn.assess(radius_m=self.radius_m, as_of=self.as_of)

    @invariant()
    @precondition(lambda self: self.zones)
    def agrees_with_the_oracle(self):
        gaps = self.assess()
        zones = list(self.zones.values())
        expected = Expected.of(
            zones, list(self.facilities.values()), as_of=self.as_of, radius_m=self.radius_m
        )
        check_laws(gaps)
        self._same_whole(gaps, expected)
        self._same_zones(gaps, expected)
        self._same_townships(gaps, expected, zones)
        self._same_migrants(gaps, expected, zones)

    def _same_whole(self, gaps: Gaps, expected: Expected) -> None:
        counted = gaps.facilities.set_index("facility_id")["counted_slots"].to_dict()
        assert counted == expected.counted
        assert gaps.totals["attributed"] == expected.whole
        metres = int((gaps.links["slots"] * gaps.links["distance_m"]).sum())
        assert metres == expected.metres
        edges = set(expected.edges)
        links = gaps.links[["facility_id", "zone_id", "distance_m"]].itertuples(index=False)
        assert {tuple(each) for each in links} <= edges

    def _same_zones(self, gaps: Gaps, expected: Expected) -> None:
        reached = {zone for _, zone, _ in expected.edges}
        lapsed = "stand_in" if self.as_of >= LAPSE else "in_force"
        for row in gaps.zones.itertuples():
            need = expected.required[row.zone_id]
            if need is None:
                assert row.duty == "consider"
                continue
            least, most = expected.least_and_most({row.zone_id})
            assert (row.required, row.attributed_min, row.attributed_max) == (need, least, most)
            assert row.attributed + row.in_reach + row.out_of_reach == need
            assert (row.in_reach if row.zone_id not in reached else row.out_of_reach) == 0
            assert row.standing == lapsed

    def _same_townships(self, gaps: Gaps, expected: Expected, zones: list[dict]) -> None:
        members = defaultdict(set)
        for zone in zones:
            members[zone["township_code"]].add(zone["zone_id"])
        assert set(gaps.townships["township_code"]) == set(members)
        for row in gaps.townships.itertuples():
            inside = members[row.township_code]
            least, most = expected.least_and_most(inside)
            need = sum(expected.need[name] for name in inside)
            assert row.required == need
            assert (row.shortfall_certain, row.shortfall_possible) == (need - most, need - least)
            if self._checked(inside):
                assert (
                    row.migrant_required,
                    row.migrant_shortfall_certain,
                    row.migrant_shortfall_at_risk,
                ) == expected.migrants(zones, self._takes(), inside)

    def _same_migrants(self, gaps: Gaps, expected: Expected, zones: list[dict]) -> None:
        told = tuple(
            gaps.totals[f"migrant_{name}"]
            for name in ("required", "shortfall_certain", "shortfall_at_risk")
        )
        assert told == expected.migrants(zones, self._takes(), set(self.zones))

    def _takes(self) -> set[str]:
        return {name for name, each in self.facilities.items() if each["accepts_migrants"]}

    def _checked(self, inside: set[str]) -> bool:
        return any(migrant_part(self.zones[name], 0) is not None for name in inside)


TestGrowingCounty = GrowingCounty.TestCase
TestGrowingCounty.settings = settings(trials(6), stateful_step_count=12)
