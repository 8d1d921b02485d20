"""E2SFCA by PySAL access, given the distances."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from access import fca, weights
from child import RADIUS_M, folder, load, measure, tell

STEPS = {300: 1.0, 500: 0.68, 1000: 0.22}

warnings.simplefilter("ignore")
county = folder()
given = load(county)
costs = pd.DataFrame(
    {"origin": given["zone"], "dest": given["facility"], "cost": given["distance_m"]}
)
people = pd.DataFrame(
    {"geoid": np.arange(len(given["required"])), "demand": given["population"].astype(float)}
)
places = pd.DataFrame(
    {"geoid": np.arange(len(given["slots"])), "supply": given["slots"].astype(float)}
)


def work() -> Any:  # noqa: ANN401 (a series)
    """Return the slots per head of each zone."""
    return fca.two_stage_fca(
        people, places, costs, max_cost=RADIUS_M, weight_fn=weights.step_fn(STEPS)
    )


def keep(found: Any) -> dict[str, Any]:  # noqa: ANN401 (a series)
    """Keep the values, so that they can be compared."""
    values = found.reindex(people["geoid"], fill_value=0.0).to_numpy()
    np.save(county / "by_access.npy", values)
    return {}


tell(access=measure(work, outcome=keep))
