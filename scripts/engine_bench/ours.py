"""What this package's engine takes: pairs, attribution, ranges, E2SFCA."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from child import ARRAYS, RADIUS_M, folder, measure, served, tell

from capacity_planner.attribution import (
    attributable_ranges,
    attribute,
    e2sfca,
    find_pairs,
    lying_in,
    step_weights,
)

STEPS = [(300, 1.0), (500, 0.68), (1000, 0.22)]
RATIO = {"new": 10, "existing": 8, "old_town": 8, "rural": 0}

county = folder()
zones = gpd.read_parquet(county / "zones.parquet")
facilities = gpd.read_parquet(county / "facilities.parquet")
outlines = np.asarray(zones.geometry)
middles = np.asarray(zones.representative_point())
sites = np.asarray(facilities.geometry)
number = dict(zip(zones["zone_id"], range(len(zones)), strict=True))
own_zone = facilities["zone_id"].map(number).fillna(-1).to_numpy(dtype=np.int64)
exclusive = (facilities["exclusive"] == "yes").to_numpy()
population = zones["population"].to_numpy(dtype=np.int64)
slots = facilities["slots"].to_numpy(dtype=np.int64)
required = -(-population * zones["category"].map(RATIO).to_numpy(dtype=np.int64) // 1000)
township = np.unique(zones["township_code"].to_numpy(dtype=str), return_inverse=True)[1]


def pairs_of_all() -> Any:  # noqa: ANN401 (pairs)
    """Return who can serve whom."""
    return find_pairs(
        shapely.get_coordinates(middles),
        sites,
        lying=lying_in(sites, outlines),
        radius_m=RADIUS_M,
        own_zone=own_zone,
        exclusive=exclusive,
        inside=True,
    )


pairs = pairs_of_all()
np.savez(
    county / ARRAYS,
    facility=pairs.facility,
    zone=pairs.zone,
    distance_m=pairs.distance_m,
    slots=slots,
    required=required,
    population=population,
)
counts = {"slots": slots, "required": required}
flow = attribute(pairs, **counts)
weight = step_weights(pairs.distance_m, STEPS)


def ranges(*groupings: Any) -> Any:  # noqa: ANN401 (arrays)
    """Return the fewest and the most slots of every group."""
    return attributable_ranges(pairs, flow, **counts, groupings=groupings)


def access() -> Any:  # noqa: ANN401 (an array)
    """Return the slots per head of each zone."""
    return e2sfca(
        pairs, slots=slots, demand=population, weight=step_weights(pairs.distance_m, STEPS)
    )


np.save(county / "by_ours.npy", access())
tell(
    pairs=measure(pairs_of_all, outcome=lambda found: {"pairs": len(found)}),
    attribution=measure(
        lambda: attribute(pairs, **counts), outcome=lambda found: served(found, pairs.distance_m)
    ),
    ortools_only=measure(lambda: attribute(pairs, **counts, solver="ortools")),
    ranges=measure(lambda: ranges(np.arange(len(required)), township)),
    e2sfca=measure(access),
)
