"""Zones on top of each other: overlaps with their residents, shapes and names given twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from capacity_planner.loaders.matching import codes_of, sums_of
from capacity_planner.loaders.tell import tell_rows

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints
    from capacity_planner.loaders.space.outlines import Outlines

__all__ = ["check_duplicates", "check_overlaps"]

_LEAST_M2: Final = 1.0
_LEAST_SHARE: Final = 0.001
"""An overlap below either is how lines are drawn, not who lives where."""
_SAME_M: Final = 0.01
# What comes of broken coordinates is looked at and told; numpy need not warn of it as well.
_QUIET: Final = np.errstate(invalid="ignore", over="ignore", divide="ignore")


@_QUIET
def check_overlaps(zones: gpd.GeoDataFrame, *, outlines: Outlines, complaints: Complaints) -> None:
    """Tell every pair of zones that overlap, with the area and the residents concerned.

    Parameters
    ----------
    zones
        Valid polygons in metres, with ``zone_id`` and, where known, ``population``.
    outlines
        Their shapes.
    complaints
        Grows by one warning a pair, the largest overlap first.
    """
    geometry, area = outlines.shapes, outlines.areas
    one, other = outlines.bands.sharing(deep=_SAME_M)
    if len(one) > len(geometry) // 4 and shapely.coverage_is_valid(geometry):
        return
    shared = shapely.area(shapely.intersection(geometry[one], geometry[other]))
    smaller = np.minimum(area[one], area[other])
    real = (shared > _LEAST_M2) & (shared > _LEAST_SHARE * smaller)
    real &= ~((shared > smaller * (1 - 1e-9)) & np.isclose(area[one], area[other], rtol=1e-9))
    if not real.any():
        return
    order = np.flatnonzero(real)[np.argsort(-shared[real], kind="stable")]
    one, other, shared, smaller = one[order], other[order], shared[order], smaller[order]
    people = _population(zones)
    inside = shared * (people[one] / area[one] + people[other] / area[other])
    ids = zones["zone_id"].astype(str).to_numpy()
    tell_rows(
        complaints,
        "zones_overlap",
        zones,
        at=one,
        column="geometry",
        value=ids[one].tolist(),
        other=ids[other].tolist(),
        area=[round(float(each)) for each in shared],
        share=[f"{each:.1%}" for each in shared / smaller],
        people=[round(float(each)) for each in inside],
    )


@_QUIET
def check_duplicates(
    zones: gpd.GeoDataFrame, *, outlines: Outlines, complaints: Complaints
) -> None:
    """Tell zones that have the shape, or the name within a township, of an earlier zone.

    Parameters
    ----------
    zones
        Valid polygons in metres, with ``zone_id``, ``name`` and ``township_code``.
    outlines
        Their shapes.
    complaints
        Grows by one warning for each later zone.
    """
    geometry = outlines.shapes
    boxes = np.round(outlines.boxes / _SAME_M).astype(np.int64)
    # Equal boxes have equal sums; the few sums that are equal by chance are sorted out by shape.
    first, later = _earlier_twin(boxes @ np.array([1, 1_000_003, 998_244_353, 754_974_721]))
    same = shapely.equals(geometry[first], geometry[later])
    _tell_twins(complaints, "zones_same_geometry", zones, (first[same], later[same]))
    if "name" not in zones:
        return
    names = zones["name"].fillna("").str.replace(" ", "", regex=False)
    named = np.flatnonzero(names != "")
    within = codes_of(zones["township_code"])
    first, later = _earlier_twin((sums_of(names) + within)[named])
    first, later = named[first], named[later]
    same = (within[first] == within[later]) & (names.array[first] == names.array[later])
    _tell_twins(complaints, "zones_same_name", zones, (first[same], later[same]), column="name")


def _tell_twins(
    complaints: Complaints,
    code: str,
    zones: gpd.GeoDataFrame,
    twins: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    column: str = "geometry",
) -> None:
    first, later = twins
    if not len(later):
        return
    ids = zones["zone_id"].astype(str).to_numpy()
    value, other = ids[later].tolist(), ids[first].tolist()
    tell_rows(complaints, code, zones, at=later, column=column, value=value, other=other)


def _earlier_twin(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, for rows whose key an earlier row has, that row and theirs."""
    again = pd.Series(keys).duplicated().to_numpy()
    later, single = np.flatnonzero(again), np.flatnonzero(~again)
    if not len(later):
        return later, later
    return single[pd.Index(keys[single]).get_indexer(pd.Index(keys[later]))], later


def _population(zones: gpd.GeoDataFrame) -> NDArray[np.float64]:
    if "population" not in zones:
        return np.zeros(len(zones))
    people: NDArray[np.float64] = zones["population"].to_numpy(dtype=np.float64, na_value=0.0)
    return people
