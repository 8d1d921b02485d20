"""A county with sites built: facilities added or grown, as rows of its own tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity_planner.county import County
    from capacity_planner.schemas import Tables

__all__ = ["build_sites", "facility_rows", "townships_of"]


def build_sites(county: County, sites: gpd.GeoDataFrame, *, accepts_migrants: bool) -> County:
    """Return the county as if sites were built and open.

    Parameters
    ----------
    county
        Stays as it is.
    sites
        Rows with ``site_id``, ``name``, ``kind``, ``slots``, ``zone_id`` (own building),
        ``facility_id`` (expansion), ``township_code`` and a point in the measuring CRS.
    accepts_migrants
        Whether new facilities take migrant workers' children.

    Returns
    -------
    County
        New facilities are registered, filed and operating, with ``data_status`` ``proposed``; an
        expansion adds its slots to the facility's own row.
    """
    facilities = county.tables.facilities.copy()
    grown = sites[sites["kind"] == "expand"].groupby("facility_id")["slots"].sum()
    more = facilities["facility_id"].map(grown).fillna(0).astype("Int64")
    facilities["slots"] = facilities["slots"] + more
    added = sites[sites["kind"] != "expand"]
    if len(added):
        fresh = _site_rows(added, facilities, accepts_migrants=accepts_migrants)
        facilities = pd.concat([facilities, fresh], ignore_index=True)
    facilities = facilities.sort_values("facility_id", ignore_index=True)
    return county.with_tables(
        facilities=gpd.GeoDataFrame(facilities, geometry="geometry", crs=county.tables.zones.crs)
    )


def _site_rows(
    sites: gpd.GeoDataFrame, like: gpd.GeoDataFrame, *, accepts_migrants: bool
) -> gpd.GeoDataFrame:
    """Return sites as rows of the facilities table, built and open."""
    given = pd.DataFrame(
        {
            "facility_id": sites["site_id"],
            "name": sites["name"],
            "type": "centre",
            "slots": sites["slots"],
            "registered": True,
            "filed": True,
            "status": "operating",
            "accepts_migrants": accepts_migrants,
            "zone_id": sites["zone_id"].replace("", None),
            "exclusive": False,
            "township_code": sites["township_code"],
            "data_status": "proposed",
        }
    )
    return facility_rows(given, sites.geometry, like=like)


def facility_rows(
    given: pd.DataFrame, points: gpd.GeoSeries, *, like: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return new facilities as rows of a facilities table, in its columns and their kinds.

    Parameters
    ----------
    given
        Values by column, one row a facility.
    points
        Their places in the measuring CRS, in the same order.
    like
        The table that they will join.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns of ``like``; what is not given is empty.
    """
    frame = pd.DataFrame(index=given.index)
    for column in like.columns:
        if column == "geometry":
            frame[column] = gpd.GeoSeries(points.to_numpy(), index=given.index, crs=like.crs)
        else:
            values = given[column] if column in given else pd.Series(None, index=given.index)
            frame[column] = values.astype(object).astype(like[column].dtype)
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=like.crs)


def townships_of(tables: Tables, points: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the code of each point's township: that of the outline around it, else the nearest zone's.

    Parameters
    ----------
    tables
        A county's tables.
    points
        ``object[n]`` in the measuring CRS, ``None`` without a place.

    Returns
    -------
    numpy.ndarray
        Codes, ``object[n]``, empty without a place or without zones.
    """
    found = np.full(len(points), "", dtype=object)
    near = shapely.STRtree(tables.zones.geometry.to_numpy())
    (at, zone) = near.query_nearest(points, all_matches=False)
    found[at] = tables.zones["township_code"].to_numpy(dtype=object)[zone]
    around = shapely.STRtree(tables.townships.geometry.to_numpy())
    at, town = around.query(points, predicate="intersects")
    order = np.argsort(-town, kind="stable")  # of several outlines the first
    found[at[order]] = tables.townships["township_code"].to_numpy(dtype=object)[town[order]]
    return found
