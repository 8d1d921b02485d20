"""Siting on a real city: the best single site and the best pair, proven and found by hand."""

from dataclasses import replace
from heapq import heapify, heappop

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow
from squares import frame
from test_toronto import TORONTO, gaps, pytestmark  # noqa: F401 (fixture and marks)

from capacity_planner.planning import site

PLACES = 4_000


@pytest.fixture(scope="module")
def ready(gaps):  # noqa: F811 (the fixture)
    """The assessment with a candidate of 4,000 places at every zone's inner point."""
    points = gaps.zones.geometry.representative_point().to_numpy()
    rows = [
        {
            "candidate_id": f"{zone}",
            "name": f"{zone}",
            "kind": "site",
            "means": "build",
            "max_slots": PLACES,
            "fixed_cost": 1,
            "cost_per_slot": 0,
            "geometry": point,
        }
        for zone, point in zip(gaps.zones["zone_id"], points, strict=True)
    ]
    candidates = frame("candidates", rows).set_crs(gaps.zones.crs, allow_override=True)
    return replace(gaps, county=gaps.county.with_tables(candidates=candidates))


def _graph(reach, slots, required):
    n_from, n_to = reach.shape
    facility, zone = np.nonzero(reach)
    source, sink = n_from + n_to, n_from + n_to + 1
    start = np.concatenate([np.full(n_from, source), facility, n_from + np.arange(n_to)])
    end = np.concatenate([np.arange(n_from), n_from + zone, np.full(n_to, sink)])
    capacity = np.concatenate([slots, np.asarray(slots)[facility], required]).astype(np.int32)
    return csr_array((capacity, (start, end)), shape=(sink + 1, sink + 1)), source, sink


def _gain(found, sites):
    """Slots gained by some sites, by scipy's maximum flow alone."""
    pairs, zones = found.pairs, len(found.zones)
    reach = np.zeros((pairs.n_facilities, zones), dtype=bool)
    reach[pairs.facility, pairs.zone] = True
    points = found.county.tables.candidates.geometry.to_numpy()
    inner = found.zones.geometry.representative_point()
    near = np.array([inner.distance(points[at]) <= 2_000 for at in sites]).reshape(-1, zones)
    inside = np.array([found.zones.geometry.intersects(points[at]) for at in sites])
    slots = [*found.facilities["counted_slots"].astype(int), *([PLACES] * len(sites))]
    graph = _graph(
        np.vstack([reach, near | inside.reshape(-1, zones)]),
        slots,
        found.zones["required"].astype(int).to_numpy(),
    )
    return maximum_flow(*graph).flow_value - found.totals["attributed"]


@pytest.mark.parametrize("count", [1, 2])
def test_the_best_sites_are_proven_and_found_by_hand(ready, count):
    plan = site(
        ready,
        mode="budget",
        budget=count,
        close="all",
        classes=[],
        min_slots=PLACES,
        max_slots=PLACES,
        gap_percent=0,
        time_limit_s=120,
    )
    assert plan.solution.status == "optimal"
    assert len(plan.sites) == count
    again = plan.after.totals["attributed"] - ready.totals["attributed"]
    assert plan.totals["closed"] == again
    order = ready.county.tables.candidates["candidate_id"].tolist()
    assert _gain(ready, [order.index(each) for each in plan.sites["candidate_id"]]) == again
    assert again == (_best_single(ready) if count == 1 else _best_pair(ready))


def _best_single(ready):
    return max(_gain(ready, [at]) for at in range(len(ready.zones)))


def _best_pair(ready):
    """All pairs in the order of a bound: two sites gain at most what each gains alone."""
    alone = [_gain(ready, [at]) for at in range(len(ready.zones))]
    heap = [
        (-(alone[one] + alone[other]), one, other)
        for one in range(len(alone))
        for other in range(one)
    ]
    heapify(heap)
    best = 0
    while heap and -heap[0][0] > best:
        _, one, other = heappop(heap)
        best = max(best, _gain(ready, [one, other]))
    return best
