"""What facilities keep: each short zone once, and for a group only what lies outside of it."""

from __future__ import annotations

import numpy as np
import pytest

from capacity_planner.attribution import Pairs, attributable_ranges
from capacity_planner.attribution.network import Network
from capacity_planner.attribution.region import Region
from capacity_planner.attribution.reserves import Reserves
from capacity_planner.attribution.searching import Search


def region(*kin):
    """Zones 0, 2 and 3 lack 2, 3 and 1; around facility 0 are 2 of them, around 1 are 6, 2 has 3."""
    facility, zone = np.array([0, 0, 1, 1, 1, 1, 2, 2]), np.array([0, 1, 0, 1, 2, 3, 1, 2])
    network = Network(facility, zone, zone, np.array([4, 4, 4]), np.array([6, 8, 3, 1]))
    flow = np.array([4, 0, 0, 4, 0, 0, 4, 0])
    return Region.of(network, flow, np.array(kin))


def test_who_has_least_around_keeps_a_short_zone():
    reserves = Reserves.of(region([-1, -1, -1, -1]))
    assert reserves.keeper[[0, 2, 3]].tolist() == [0, 2, 1]
    assert reserves.kept.tolist() == [2, 1, 3]


def test_what_lies_in_a_group_is_not_kept_for_it():
    """Groups 0 to 3 are single zones, group 4 zones 0 and 2, group 5 zone 3; 6 is beyond all."""
    reserves = Reserves.of(region([0, 1, 2, 3], [4, -1, 4, 5]))
    kept = [
        reserves.outside(np.full(3, group), np.arange(3)).tolist()
        for group in (0, 1, 2, 3, 4, 5, 6)
    ]
    assert kept == [[0, 1, 3], [2, 1, 3], [2, 1, 0], [2, 0, 3], [0, 1, 0], [2, 0, 3], [2, 1, 3]]
    assert reserves.outside(np.array([0, 4]), np.array([0, 2])).tolist() == [0, 0]
    none = np.zeros(0, dtype=np.int64)
    assert reserves.outside(none, none).tolist() == []


@pytest.mark.parametrize(
    ("lacking", "group", "least", "sizes"),
    [
        (5, [0, -1, -1, 0], 0, [1]),  # the second facility keeps as much as comes to it
        (4, [0, -1, -1, 0], 1, [1, 2]),  # not enough: perhaps there is more behind it
        (5, [0, -1, 0, 0], 5, [1, 2]),  # what it keeps is the group's own
    ],
)
def test_who_keeps_as_much_as_comes_is_not_searched(monkeypatch, lacking, group, least, sizes):
    """What zone 0 frees goes to zone 1, and from there to zone 2; zone 3 lacks 5 itself."""
    noted, flow_of = [], Search._flow
    monkeypatch.setattr(
        Search, "_flow", lambda self, freed: noted.append(len(self.near)) or flow_of(self, freed)
    )
    pairs = Pairs(np.array([0, 0, 0, 1, 1]), np.array([0, 1, 3, 1, 2]), np.arange(5), 2, 4)
    counts = {"slots": np.array([5, 5]), "required": np.array([5, 5, lacking, 5])}
    ((found, _),) = attributable_ranges(
        pairs, np.array([5, 0, 0, 5, 0]), **counts, groupings=[np.array(group)]
    )
    assert (found.tolist(), noted) == ([least], sizes)
