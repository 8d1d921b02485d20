"""E2SFCA against PySAL access; distance bands by hand."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from access import fca, weights

from capacity_planner.attribution import Pairs, e2sfca, served_by_distance, step_weights

STEPS = [(300, 1.0), (500, 0.68), (1000, 0.22)]


def random_pairs(seed, f=25, z=300):
    rng = np.random.default_rng(seed)
    home, work = rng.random((z, 2)) * 4000, rng.random((f, 2)) * 4000
    way = np.hypot(*(work[:, None] - home[None]).transpose(2, 0, 1)).astype(int)
    facility, zone = np.nonzero(way <= 1000)
    pairs = Pairs(facility, zone, way[facility, zone], f, z)
    return pairs, rng.integers(1, 90, f), rng.integers(1, 400, z)


def by_access(pairs, slots, demand):
    """The oracle: PySAL access on the same distances."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        costs = pd.DataFrame(
            {"origin": pairs.zone, "dest": pairs.facility, "cost": pairs.distance_m}
        )
        found = fca.two_stage_fca(
            pd.DataFrame({"geoid": range(pairs.n_zones), "demand": demand.astype(float)}),
            pd.DataFrame({"geoid": range(pairs.n_facilities), "supply": slots.astype(float)}),
            costs,
            max_cost=1000,
            weight_fn=weights.step_fn(dict(STEPS)),
        )
    return found.reindex(range(pairs.n_zones), fill_value=0.0).to_numpy()


@pytest.mark.parametrize("seed", range(3))
def test_equal_to_pysal_access(seed):
    pairs, slots, demand = random_pairs(seed)
    weight = step_weights(pairs.distance_m, STEPS)
    ours = e2sfca(pairs, slots=slots, demand=demand, weight=weight)
    np.testing.assert_allclose(ours, by_access(pairs, slots, demand), rtol=1e-9, atol=1e-12)


def test_every_slot_near_somebody_is_spread_exactly_once():
    pairs, slots, demand = random_pairs(9)
    weight = step_weights(pairs.distance_m, STEPS)
    reached = np.bincount(pairs.facility, weight, pairs.n_facilities) > 0
    spread = (e2sfca(pairs, slots=slots, demand=demand, weight=weight) * demand).sum()
    assert spread == pytest.approx(slots[reached].sum())


def test_nobody_near_is_zero_and_no_warning():
    pairs = Pairs(np.array([0]), np.array([0]), np.array([100]), 2, 2)
    found = e2sfca(pairs, slots=np.array([5, 5]), demand=np.array([0, 9]), weight=np.array([1.0]))
    assert found.tolist() == [0.0, 0.0]


def test_a_facility_that_nobody_is_near_changes_nothing_for_the_others():
    """Ten slots for 20 children, six for the one child at half weight; the third is far out."""
    pairs = Pairs(np.array([0, 1]), np.array([0, 1]), np.array([100, 400]), 3, 3)
    asked = {"slots": np.array([10, 6, 7]), "demand": np.array([20, 1, 9])}
    weight = step_weights(pairs.distance_m, [(300, 1.0), (500, 0.5)])
    assert e2sfca(pairs, **asked, weight=weight).tolist() == [0.5, 6.0, 0.0]


def test_bands_end_with_their_edge():
    pairs = Pairs(np.zeros(4, int), np.arange(4), np.array([300, 301, 500, 501]), 1, 4)
    counts = {"slots": np.array([10]), "required": np.array([1, 2, 3, 14])}
    slots, share = served_by_distance(pairs, np.array([1, 2, 3, 4]), **counts, bands_m=[300, 500])
    assert slots.tolist() == [1, 5, 4]
    assert share.tolist() == [0.05, 0.25, 0.2]


def test_wrong_input_is_refused():
    pairs, slots, demand = random_pairs(0)
    weight = step_weights(pairs.distance_m, STEPS)
    right = {"slots": slots, "demand": demand, "weight": weight}
    for name, told in (
        ("slots", "slots or demand"),
        ("demand", "slots or demand"),
        ("weight",) * 2,
    ):
        with pytest.raises(ValueError, match=f"^e2sfca: {told} is of the wrong length$"):
            e2sfca(pairs, **{**right, name: right[name][1:]})
        below = right[name].copy()
        below[-1] = -1
        with pytest.raises(ValueError, match=r"^e2sfca: a number is negative$"):
            e2sfca(pairs, **{**right, name: below})
        assert e2sfca(pairs, **{**right, name: right[name] * 0}).tolist() == [0.0] * len(demand)


def test_rings_and_bands_must_grow():
    pairs, slots, demand = random_pairs(0)
    told = r"^step_weights: rings must grow and weights must not be negative$"
    for steps in ([(500, 1.0), (300, 0.5)], [(300, 1.0), (300, 0.5)], [(300, 1.0), (500, -0.5)]):
        with pytest.raises(ValueError, match=told):
            step_weights(pairs.distance_m, steps)
    assert step_weights(np.array([0, 9]), [(0, 1.0), (1, 0.0)]).tolist() == [1.0, 0.0]
    nothing = np.zeros(len(pairs), int)
    for bands in ([500, 500], [500, 300]):
        with pytest.raises(ValueError, match=r"^served_by_distance: bands must grow$"):
            served_by_distance(pairs, nothing, slots=slots, required=demand, bands_m=bands)


def test_flows_that_break_a_law_have_no_bands():
    pairs = Pairs(np.array([0]), np.array([0]), np.array([100]), 1, 1)
    one, bands = np.array([1]), [100, 101]
    for short in ("slots", "required"):
        counts = {"slots": one, "required": one, short: one * 0}
        with pytest.raises(ValueError, match="0"):
            served_by_distance(pairs, one, **counts, bands_m=bands)
    slots, share = served_by_distance(pairs, one, slots=one, required=one, bands_m=bands)
    assert (slots.tolist(), share.tolist()) == ([1, 0, 0], [1.0, 0.0, 0.0])


def test_where_nothing_is_required_no_share_is_served():
    none = np.zeros(0, int)
    pairs = Pairs(none, none, none, 1, 1)
    counts = {"slots": np.array([5]), "required": np.array([0])}
    slots, share = served_by_distance(pairs, none, **counts, bands_m=[300])
    assert (slots.tolist(), share.tolist()) == ([0, 0], [0.0, 0.0])
    assert slots.dtype == np.int64
