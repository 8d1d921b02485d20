"""Facilities to townships and zones: what each names as its own, and where it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from capacity_planner.loaders.joining.names import match_names
from capacity_planner.loaders.joining.townships import declared_townships, settled
from capacity_planner.loaders.matching import NONE, nearest_of, positions_of, texts_of
from capacity_planner.loaders.tell import MANY, ids_at, tell_rows

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints

__all__ = ["locate_facilities"]

# What comes of broken coordinates is looked at and told; numpy need not warn of it as well.
_QUIET: Final = np.errstate(invalid="ignore", over="ignore", divide="ignore")


@_QUIET
def locate_facilities(
    facilities: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    *,
    lying: tuple[NDArray[np.int64], NDArray[np.int64]],
    complaints: Complaints,
) -> gpd.GeoDataFrame:
    """Return the facilities, each with the township that it declares, else the one it lies in.

    Parameters
    ----------
    facilities
        Points in metres or ``None``; ``zone_id`` names the zone a facility is on site for;
        ``township_code`` or ``township`` (a name), where the county gives them.
    townships
        Polygons or ``None``.
    zones
        With ``township_code``: they tell the township where townships have no shape.
    lying
        Facility and zone, by row, of every facility that lies in a zone, in order.
    complaints
        Grows by facilities that name an unknown zone or township, that lie in another township than
        they declare, and that belong to none.

    Returns
    -------
    geopandas.GeoDataFrame
        Same order, with ``township_code`` and ``township``, its name, empty where it is unknown.
    """
    points = np.asarray(facilities.geometry.to_numpy(), dtype=object)
    cells = shapely.STRtree(townships.geometry.to_numpy())
    point, cell = cells.query(points, predicate="intersects")
    spatial = _first_holder((point, cell), len(points))
    named, on_site = _own_zones(facilities, zones, complaints)
    declared = _declared(facilities, townships, spatial, complaints)
    found = np.where(declared >= 0, declared, spatial)
    theirs = zones["township_code"]
    for at in (_first_holder(lying, len(points)), on_site):
        open_ones = np.flatnonzero((found < 0) & (at >= 0))
        if not len(open_ones):
            continue
        codes = texts_of(theirs.iloc[at[open_ones]].to_frame(), "township_code")
        found[open_ones] = positions_of(codes, townships["township_code"])
    _tell_lost(facilities, found, points, complaints)
    out = settled(facilities, townships, found)
    if "zone_id" in out:
        out["zone_id"] = pd.Series(named, index=out.index, dtype="str").replace("", pd.NA)
    return out


def _declared(
    facilities: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame,
    spatial: NDArray[np.int64],
    complaints: Complaints,
) -> NDArray[np.int64]:
    """Return the township that each facility declares, -1 none; tell where the map says otherwise."""
    codes, names = texts_of(facilities, "township_code"), texts_of(facilities, "township")
    if not ((codes != "") | (names != "")).any():
        return np.full(len(facilities), NONE, dtype=np.int64)
    declared = declared_townships(facilities, townships, codes, names, complaints)
    known = texts_of(townships, "name")
    differ = (declared >= 0) & (spatial >= 0) & (declared != spatial)
    tell_rows(
        complaints,
        "facility_in_other_township",
        facilities,
        at=differ,
        column="township",
        value=ids_at(facilities, differ, "facilities"),
        most=MANY,
        declared=known[declared[differ]].tolist(),
        spatial=known[spatial[differ]].tolist(),
    )
    return declared


def _tell_lost(
    facilities: gpd.GeoDataFrame,
    found: NDArray[np.int64],
    points: NDArray[np.object_],
    complaints: Complaints,
) -> None:
    """Tell facilities that have a place but no township; that one has no place is told elsewhere."""
    lost = (found < 0) & ~(shapely.is_missing(points) | shapely.is_empty(points))
    tell_rows(
        complaints,
        "facility_without_township",
        facilities,
        at=lost,
        value=ids_at(facilities, lost, "facilities"),
        most=MANY,
    )


def _own_zones(
    facilities: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    complaints: Complaints,
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Return the ids of the zones that facilities are on site for, and where those zones stand.

    Offices also write the zone's name in that column: one that names a single zone is read as its
    id, and told.
    """
    named = texts_of(facilities, "zone_id")
    if not (named != "").any():
        return named, np.full(len(named), NONE, dtype=np.int64)
    at = positions_of(named, zones["zone_id"])
    if not (unknown := (named != "") & (at < 0)).any():
        return named, at
    ids = texts_of(zones, "zone_id")
    names = texts_of(zones, "name")
    read = match_names(named[unknown].tolist(), names.tolist())
    at[unknown] = np.maximum(read, NONE)
    known = unknown & (at >= 0)
    tell_rows(
        complaints,
        "facility_zone_by_name",
        facilities,
        at=known,
        column="zone_id",
        value=named[known].tolist(),
        zone=ids[at[known]].tolist(),
    )
    lost = unknown & (at < 0)
    tell_rows(
        complaints,
        "facility_zone_unknown",
        facilities,
        at=lost,
        column="zone_id",
        value=named[lost].tolist(),
        nearest=nearest_of(named[lost].tolist(), ids.tolist()),
    )
    named[known] = ids[at[known]]
    return named, at


def _first_holder(
    lying: tuple[NDArray[np.int64], NDArray[np.int64]], points: int
) -> NDArray[np.int64]:
    """Return the first of the shapes that each of so many points lies in or on, -1 where none does."""
    point, shape = lying
    holder = np.full(points, NONE, dtype=np.int64)
    order = np.argsort(-shape, kind="stable")
    holder[point[order]] = shape[order]
    return holder
