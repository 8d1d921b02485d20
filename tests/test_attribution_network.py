"""How a problem falls apart: parts by label, bundles by size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from capacity_planner.attribution.network import Network, bundle


def network():
    return Network(
        np.array([0, 1, 1, 3]),
        np.array([0, 1, 2, 0]),
        np.array([10, 11, 12, 13]),
        np.array([1, 2, 3, 4]),
        np.array([5, 6, 7, 8]),
    )


def test_components_join_what_a_pair_joins():
    whole = network()
    of_facility, of_zone = replace(whole, required=whole.required[:3]).components()
    assert of_facility[0] == of_facility[3] == of_zone[0]
    assert of_facility[1] == of_zone[1] == of_zone[2]
    assert len(set(of_facility.tolist())) == 3


def test_a_chain_of_zones_is_one_component():
    """Each facility shares a zone with the next only."""
    facility, zone = np.array([0, 1, 1, 2, 2, 3]), np.array([2, 2, 0, 0, 1, 1])
    ones = np.ones(4, dtype=np.int64)
    of_facility, of_zone = Network(
        np.append(facility, 4), np.append(zone, 3), np.ones(7, dtype=np.int64), np.ones(5), ones
    ).components()
    assert len(set(of_facility[:4].tolist()) | set(of_zone[:3].tolist())) == 1
    assert of_facility[4] == of_zone[3] != of_facility[0]


def test_parts_come_by_label_with_numbers_of_their_own():
    """Label 1 has no member, and what is labelled below 0 belongs to no part."""
    parts = list(network().split(np.array([2, 0, -1, 2]), np.array([2, 0, 0, -1])))
    assert [part.places.tolist() for part in parts] == [[1, 2], [0, 3]]
    assert [part.facilities.tolist() for part in parts] == [[1], [0, 3]]
    assert [part.zones.tolist() for part in parts] == [[1, 2], [0]]
    first, second = (part.network for part in parts)
    assert (first.facility.tolist(), first.zone.tolist()) == ([0, 0], [0, 1])
    assert (first.slots.tolist(), first.required.tolist()) == ([2], [6, 7])
    assert (second.facility.tolist(), second.zone.tolist()) == ([0, 1], [0, 0])
    assert second.distance_m.tolist() == [10, 13]


def test_fewer_pairs_keep_the_order_of_numbers():
    smaller, facilities, zones = network().only(np.array([2, 3]))
    assert (facilities.tolist(), zones.tolist()) == ([1, 3], [0, 2])
    assert (smaller.facility.tolist(), smaller.zone.tolist()) == ([0, 1], [1, 0])
    assert (smaller.slots.tolist(), smaller.required.tolist()) == ([2, 4], [5, 7])
    assert smaller.distance_m.tolist() == [12, 13]


@pytest.mark.parametrize(
    ("weights", "size", "labels"),
    [
        ([30, 5, 900, 60], 100, [0, 0, 1, 0]),
        ([50, 50, 50], 100, [0, 0, 1]),  # full to the last pair
        ([50, 51], 100, [0, 1]),
        ([200, 300], 100, [0, 1]),  # each alone, and no bundle without a member
        ([1, 1, 1], 1, [0, 1, 2]),
        ([50] * 4, 100, [0, 0, 1, 1]),
        ([], 100, []),
    ],
)
def test_small_components_share_a_bundle(weights, size, labels):
    got = bundle(np.array(weights, dtype=np.int64), size)
    assert (got.tolist(), got.dtype) == (labels, np.int64)


def test_components_of_one_size_are_bundled_in_their_order():
    label = bundle(np.tile([2, 1], 100), 50)
    assert label[1::2].tolist() == np.repeat([0, 1], 50).tolist()
    assert label[0::2].tolist() == np.repeat([2, 3, 4, 5], 25).tolist()


def test_nothing_falls_apart_into_nothing():
    none = np.zeros(0, dtype=np.int64)
    assert list(Network(none, none, none, none, none).split(none, none)) == []
