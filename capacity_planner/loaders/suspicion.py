"""Places that lie where they should not: far away, or all shifted to one side as map services do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd

    from capacity_planner.errors import Complaints

__all__ = ["suspect_datum"]


def suspect_datum(
    zones: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    boundary: gpd.GeoDataFrame | None,
    *,
    complaints: Complaints,
) -> None:
    """Tell places that look shifted, and by how much."""
    del zones, facilities, boundary, complaints
