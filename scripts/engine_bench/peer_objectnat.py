"""ObjectNat's provision, given its matrix clipped to the radius."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from child import RADIUS_M, folder, load, measure, tell
from objectnat import config, get_service_provision

config.change_logger_lvl("ERROR")
given = load(folder())
matrix = np.full((len(given["required"]), len(given["slots"])), np.inf)
matrix[given["zone"], given["facility"]] = given["distance_m"]
buildings = pd.DataFrame({"demand": given["required"]})
services = pd.DataFrame({"capacity": given["slots"]})
distances = pd.DataFrame(matrix)
del matrix


def solve() -> Any:  # noqa: ANN401 (a provision result)
    """Return what ObjectNat makes of it."""
    return get_service_provision(
        buildings=buildings, distance_matrix=distances, services=services, threshold=RADIUS_M
    )


def served(result: Any) -> dict[str, Any]:  # noqa: ANN401 (a provision result)
    """Return slots and slot-metres within the radius."""
    flow = result.flow.sparse.to_coo()
    way = distances.to_numpy()[flow.row, flow.col]
    near = way <= RADIUS_M
    return {"met": int(flow.data[near].sum()), "metres": int((flow.data * way)[near].sum())}


tell(objectnat=measure(solve, outcome=served))
