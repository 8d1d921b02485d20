"""The whole job as a plain GeoPandas loop: each facility in turn gives to the nearest zones in need."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from child import RADIUS_M, folder, measure, tell

county = folder()


def work() -> pd.DataFrame:
    """Read, join, give each facility's slots to the nearest zones in need, write."""
    zones = gpd.read_parquet(county / "zones.parquet")
    facilities = gpd.read_parquet(county / "facilities.parquet")
    ratio = zones["category"].map({"new": 10, "rural": 0}).fillna(8).astype(int)
    zones["required"] = np.ceil(zones["population"] * ratio / 1000).astype(int)
    zones["left"] = zones["required"]
    zones["point"] = zones.representative_point()
    zones = zones.set_geometry("point")
    links = []
    for facility in facilities.itertuples():
        catchment = facility.geometry.buffer(RADIUS_M)
        near = zones.iloc[zones.sindex.query(catchment, predicate="intersects")]
        if facility.exclusive == "yes":
            near = zones[zones["zone_id"] == facility.zone_id]
        near = near.assign(distance_m=near.distance(facility.geometry)).sort_values("distance_m")
        left = facility.slots
        for place, zone in near.iterrows():
            slots = min(left, zone["left"])
            if slots:
                links.append((facility.facility_id, zone["zone_id"], slots, zone["distance_m"]))
                zones.loc[place, "left"] -= slots
                left -= slots
            if not left:
                break
    zones = zones.set_geometry("geometry").drop(columns="point")
    zones["attributed"] = zones["required"] - zones["left"]
    zones.to_parquet(county / "by_geopandas.parquet")
    table = pd.DataFrame(links, columns=["facility_id", "zone_id", "slots", "distance_m"])
    table.to_csv(county / "by_geopandas.csv", index=False)
    return table


def served(links: Any) -> dict[str, Any]:  # noqa: ANN401 (a frame)
    """Return slots and slot-metres."""
    return {
        "met": int(links["slots"].sum()),
        "metres": int((links["slots"] * links["distance_m"]).sum()),
    }


tell(geopandas=measure(work, outcome=served))
