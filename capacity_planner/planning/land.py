"""Land and floor area that a plan asks for, by year: an entry for the yearly land supply plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["LAND_COLUMNS", "list_land"]

LAND_COLUMNS: Final = (
    "opens_in",
    "township_code",
    "township",
    "premises",
    "means",
    "sites",
    "slots",
    "floor_m2",
    "land_m2",
    "area_source",
)
"""Columns of ``land.csv``; areas in m², empty where the county gives no area per slot."""

_GROUP: Final = ("opens_in", "township_code", "township", "premises", "means", "area_source")


def list_land(sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return how much land and floor the sites of a plan need, by year of opening.

    Parameters
    ----------
    sites
        Sites of a plan.

    Returns
    -------
    pandas.DataFrame
        :data:`LAND_COLUMNS`, idle land before other premises; premises that stand already need no
        land.
    """
    groups = pd.DataFrame(sites).groupby(list(_GROUP), dropna=False)
    table = groups[["slots", "floor_m2", "land_m2"]].sum(min_count=1)
    table["sites"] = groups.size().astype("Int64")
    table = table.reset_index()
    other = table["premises"] != "idle_land"
    order = table.assign(other=other).sort_values(
        ["opens_in", "other", "township_code", "premises", "means"], na_position="last"
    )
    return order[list(LAND_COLUMNS)].reset_index(drop=True)
