"""The attribution by one OR-tools solve of the whole graph."""

from __future__ import annotations

from typing import Any

import numpy as np
from child import folder, load, measure, served, tell
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

given = load(folder())


def solve() -> Any:  # noqa: ANN401 (an array)
    """Return the optimal flow."""
    facility, zone, way = given["facility"], given["zone"], given["distance_m"]
    slots, required = given["slots"], given["required"]
    f, z, n = len(slots), len(required), len(facility)
    model = SimpleMinCostFlow()
    model.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([facility, np.full(f, f + z), np.arange(f, f + z)]),
        np.concatenate([zone + f, np.arange(f), np.full(z, f + z + 1)]),
        np.concatenate([np.minimum(slots[facility], required[zone]), slots, required]),
        np.concatenate([way, np.zeros(f + z, dtype=np.int64)]),
    )
    most = int(min(slots.sum(), required.sum()))
    model.set_node_supply(f + z, most)
    model.set_node_supply(f + z + 1, -most)
    if model.solve_max_flow_with_min_cost() != model.OPTIMAL:
        raise ArithmeticError("OR-tools did not reach the optimum")
    return np.asarray(model.flows(np.arange(n)), dtype=np.int64)


tell(ortools=measure(solve, outcome=lambda flow: served(flow, given["distance_m"])))
