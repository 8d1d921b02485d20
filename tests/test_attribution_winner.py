"""The winner among equals: prices that prove the optimum, and what can still be moved."""

from __future__ import annotations

import numpy as np
import pytest

from capacity_planner.attribution.network import Network
from capacity_planner.attribution.winner import _core, _loose, _Residual, _Ring, settle_ties


def network(links, slots, required):
    facility, zone, way = np.array(links).T
    return Network(facility, zone, way, np.array(slots), np.array(required))


def residual(links, slots, required, flow):
    """All in one component: its nodes are facilities, zones, the source, the sink."""
    parts = np.zeros(len(slots), int), np.zeros(len(required), int)
    return _Residual.of(network(links, slots, required), np.array(flow), *parts)


def settled(links, slots, required, flow):
    parts = np.zeros(len(slots), int), np.zeros(len(required), int)
    start = np.zeros(len(slots) + len(required) + 2, int)
    return settle_ties(network(links, slots, required), np.array(flow), *parts, start).tolist()


def test_prices_fall_along_a_chain_of_all_nodes():
    """From the source by the facility and 5 m to the zone and the sink: the longest way there is."""
    idle = residual([(0, 0, 5)], [1], [1], [0])
    assert idle.prices(np.array([100, 100, 0, 100])).tolist() == [0, 5, 0, 5]
    assert idle.prices(np.array([0, 0, 0, 9])).tolist() == [0, 0, 0, 0]
    busy = residual([(0, 0, 5)], [1], [1], [1])
    assert busy.prices(np.array([0, 0, 0, 0])).tolist() == [-5, 0, -5, 0]
    assert busy.cost.dtype == np.int64


def test_one_spare_slot_nearer_by_is_found_out():
    links = [(0, 0, 1), (1, 0, 9)]
    told = r"^the flow is not optimal: slots can be moved to save metres$"
    with pytest.raises(ArithmeticError, match=told):
        settled(links, [1, 1], [1], [0, 1])
    assert settled(links, [1, 1], [1], [1, 0]) == [1, 0]


def test_nothing_is_loose_where_one_facility_must_serve_its_own_zone():
    """All are equally far; zone 2 has facility 1 alone, and that leaves one way for the others."""
    links = [(0, 0, 100), (0, 1, 100), (1, 0, 100), (1, 1, 100), (1, 2, 100), (2, 1, 100)]
    found = residual(links, [5, 5, 5], [5, 5, 5], [5, 0, 0, 0, 5, 5])
    price = found.prices(np.zeros(found.nodes, int))
    assert price.tolist() == [-100, -100, -100, 0, 0, 0, -100, 0]  # every pair can be used
    assert _loose(found, price).tolist() == []


def test_ways_to_dead_ends_are_dropped_from_either_end():
    """A triangle of the nodes 0, 1, 2; from 2 on to 3 and 4, and to it from 6 by 5."""
    tail, head = np.array([0, 1, 2, 2, 3, 6, 5]), np.array([1, 2, 0, 3, 4, 5, 2])
    assert _core(tail, head).tolist() == [0, 1, 2]


def test_what_is_equally_far_goes_to_the_first():
    links = [(0, 0, 100), (0, 1, 100), (1, 0, 100), (1, 1, 100)]
    for flow in ([0, 3, 3, 0], [1, 2, 2, 1], [3, 0, 0, 3]):
        assert settled(links, [3, 3], [3, 3], flow) == [3, 0, 0, 3]


def test_no_search_in_vain_where_the_ends_have_nothing_left(monkeypatch):
    searches, path = [], _Ring._path

    def noted(*asked):
        searches.append(path(*asked))
        return searches[-1]

    monkeypatch.setattr(_Ring, "_path", noted)
    links = [(f, z, 100) for f in range(3) for z in range(4)]
    flow = [0, 0, 1, 4, 1, 3, 1, 0, 3, 1, 0, 0]
    assert settled(links, [5, 5, 4], [4, 4, 2, 5], flow) == [4, 1, 0, 0, 0, 3, 2, 0, 0, 0, 0, 4]
    assert all(searches)
