"""Totals of townships or villages, or the cells of a population raster, in whole persons to zones.

Whole persons by largest remainder: each zone gets the whole part of its exact share, the persons left
over go to the largest remainders, the earlier zone first where they are equal. Totals stay exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from capacity_planner.errors import InputError
from capacity_planner.loaders.tell import tell_rows

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints

__all__ = ["apportion", "distribute", "distribute_raster"]

_PARENTS: Final = {
    "children_u3": "population",
    "migrant_population": "population",
    "migrant_u3": "children_u3",
}
"""Whose distribution a part of the people follows, so that no part outgrows its whole."""
_AREA_SCALE: Final = 100
"""Areas become whole numbers of 0.01 m² before they weigh anything."""


def apportion(
    totals: NDArray[np.int64], weights: NDArray[np.int64], group: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return whole shares of each group's total, by largest remainder.

    Parameters
    ----------
    totals
        Shape (g,), ≥ 0: what each group shares out.
    weights
        Shape (n,), ≥ 0, whole.
    group
        Shape (n,): the group of each weight, 0 to g - 1.

    Returns
    -------
    NDArray[np.int64]
        Shape (n,); sums to each group's total. Equal remainders: the earlier comes first. A group
        without weight shares evenly.

    Raises
    ------
    ValueError
        If a group with something to share has no members.

    Examples
    --------
    >>> apportion(np.array([10]), np.array([1, 1, 1]), np.array([0, 0, 0])).tolist()
    [4, 3, 3]
    """
    totals, weights = np.asarray(totals, np.int64), np.asarray(weights, np.int64)
    sums = np.zeros(len(totals), dtype=np.int64)
    np.add.at(sums, group, weights)
    weights = np.where(sums[group] > 0, weights, 1)
    sums = np.zeros(len(totals), dtype=np.int64)
    np.add.at(sums, group, weights)
    if (totals[sums == 0] > 0).any():
        raise ValueError("a group without members has a total to share")
    # Beyond 64 bits the products are taken in Python's own integers.
    wide = float(totals.max(initial=0)) * float(weights.max(initial=0)) >= 2.0**62
    kind = object if wide else np.int64
    product = totals.astype(kind)[group] * weights.astype(kind)
    share = (product // sums.astype(kind)[group]).astype(np.int64)
    rest = (product - share.astype(kind) * sums.astype(kind)[group]).astype(np.int64)
    left = totals.copy()
    np.subtract.at(left, group, share)
    order = np.lexsort((np.arange(len(group)), -rest, group))
    rank = np.empty(len(group), dtype=np.int64)
    starts = np.searchsorted(group[order], np.arange(len(totals)))
    rank[order] = np.arange(len(group)) - starts[group[order]]
    return np.asarray(share + (rank < left[group]), dtype=np.int64)


def distribute(
    zones: gpd.GeoDataFrame,
    totals: pd.DataFrame,
    *,
    by: str = "township_code",
    complaints: Complaints,
) -> gpd.GeoDataFrame:
    """Return the zones with shares of larger totals, whole persons, nobody lost.

    Parameters
    ----------
    zones
        With ``by``, perhaps ``dwellings`` and ``floor_area_m2``, and polygons in metres. Zones that
        have a population of their own keep it and take it off the total.
    totals
        With ``by`` and the counts of :data:`~capacity_planner.loaders.joins.COUNTS`, persons.
    by
        Column of both that says who belongs together: ``township_code`` or a village's.
    complaints
        Grows by totals without zone and totals smaller than what their zones already have (errors),
        and by the weights used (dwellings, else floor area, else area).

    Returns
    -------
    geopandas.GeoDataFrame
        Same order; ``population_origin`` is ``distributed`` where a share was given.
    """
    out = zones.copy()
    keys = zones[by].astype("str").fillna("").to_numpy(dtype=object)
    wanted = totals[by].astype("str").fillna("").to_numpy(dtype=object)
    group = pd.Index(wanted).drop_duplicates().get_indexer(keys)
    totals = totals[~pd.Series(wanted, index=totals.index).duplicated()]
    own = _numbers(out, "population")
    open_ones = np.flatnonzero((group >= 0) & np.isnan(own))
    people = _left_over(totals, own, group, complaints)
    members = np.bincount(group[open_ones], minlength=len(totals))
    homeless = (members == 0) & (people > 0)
    tell_rows(
        complaints,
        "total_without_zone",
        totals[homeless],
        column=by,
        value=totals[by][homeless].astype(str).tolist(),
        people=people[homeless].tolist(),
    )
    weights, basis = _weights(out, group, open_ones, len(totals))
    for name in ("dwellings", "floor_area", "area"):
        used = totals[(basis == name) & (members > 0)]
        code = f"population_by_{name}"
        count = int(members[(basis == name)].sum())
        tell_rows(complaints, code, used.iloc[:1].assign(source_row=None), count=count)
    people = np.where(homeless, 0, people)
    shares = {"population": apportion(people, weights[open_ones], group[open_ones])}
    _set(out, "population", open_ones, shares["population"])
    for column, parent in _PARENTS.items():
        if column not in totals or not totals[column].notna().any():
            continue
        follow = shares.get(parent, shares["population"])
        part = totals[column].fillna(0).to_numpy(dtype=np.int64) - _group_sum(
            out, column, group, len(totals)
        )
        part = np.where(homeless, 0, np.maximum(part, 0))
        shares[column] = apportion(part, follow, group[open_ones])
        _set(out, column, open_ones, shares[column])
    if "population_origin" not in out:
        out["population_origin"] = pd.Series([None] * len(out), index=out.index, dtype="str")
    out.iloc[open_ones, out.columns.get_loc("population_origin")] = "distributed"
    return out


def distribute_raster(
    zones: gpd.GeoDataFrame, raster: Path, *, complaints: Complaints
) -> gpd.GeoDataFrame:
    """Return the zones with the people of a population raster, whole persons.

    Parameters
    ----------
    zones
        Polygons in metres.
    raster
        A GeoTIFF of persons per cell.
    complaints
        Grows by the people whose cells no zone covers.

    Returns
    -------
    geopandas.GeoDataFrame
        Same order; those inside zones and those outside add up to the raster's own total.

    Raises
    ------
    InputError
        If the packages of the extra ``raster`` are not installed or the raster cannot be read.
    """
    try:
        import exactextract  # noqa: PLC0415  # an extra
        import rasterio  # noqa: PLC0415
    except ImportError as missing:
        raise InputError.of("raster_extra_missing", file=raster.name) from missing
    with rasterio.open(raster) as source:
        total = float(np.ma.sum(np.ma.masked_less(source.read(1, masked=True), 0)))
        shapes = zones[["geometry"]].to_crs(source.crs)
    found = exactextract.exact_extract(str(raster), shapes, ["sum"], output="pandas")
    exact = found["sum"].fillna(0).clip(lower=0).to_numpy(dtype=np.float64)
    inside = round(float(exact.sum()))
    weights = np.round(exact * 1_000_000).astype(np.int64)
    people = apportion(np.array([inside]), weights, np.zeros(len(zones), dtype=np.int64))
    outside = round(total) - inside
    if outside > 0:
        complaints.add("raster_outside_zones", file=raster.name, people=outside, total=round(total))
    out = zones.copy()
    at = np.arange(len(zones))
    _set(out, "population", at, people)
    out["population_origin"] = pd.Series(["distributed"] * len(out), index=out.index, dtype="str")
    return out


def _numbers(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    if column not in frame:
        return np.full(len(frame), np.nan)
    return frame[column].to_numpy(dtype=np.float64, na_value=np.nan)


def _group_sum(
    zones: pd.DataFrame, column: str, group: NDArray[np.int64], groups: int
) -> NDArray[np.int64]:
    values = np.nan_to_num(_numbers(zones, column)).astype(np.int64)
    sums = np.zeros(groups, dtype=np.int64)
    inside = group >= 0
    np.add.at(sums, group[inside], values[inside])
    return sums


def _left_over(
    totals: pd.DataFrame,
    own: NDArray[np.float64],
    group: NDArray[np.int64],
    complaints: Complaints,
) -> NDArray[np.int64]:
    """Return what is left of each total when the zones' own counts are taken off."""
    told = totals["population"].fillna(0).to_numpy(dtype=np.int64)
    counted = np.zeros(len(totals), dtype=np.int64)
    known = (group >= 0) & ~np.isnan(own)
    np.add.at(counted, group[known], own[known].astype(np.int64))
    over = counted > told
    tell_rows(
        complaints,
        "total_below_zones",
        totals[over],
        column="population",
        value=told[over].astype(str).tolist(),
        zones=counted[over].tolist(),
    )
    return np.maximum(told - counted, 0)


def _weights(
    zones: gpd.GeoDataFrame, group: NDArray[np.int64], open_ones: NDArray[np.int64], groups: int
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return a whole weight for each zone, and for each group what the weight is."""
    area = shapely.area(np.asarray(zones.geometry.to_numpy(), dtype=object))
    weights = np.round(area * _AREA_SCALE).astype(np.int64)
    basis = np.full(groups, "area", dtype=object)
    for name, values in (
        ("floor_area", _numbers(zones, "floor_area_m2") * _AREA_SCALE),
        ("dwellings", _numbers(zones, "dwellings")),
    ):
        complete = np.ones(groups, dtype=np.bool_)
        complete[group[open_ones][~(values[open_ones] >= 0)]] = False
        some = np.zeros(groups, dtype=np.bool_)
        some[group[open_ones][values[open_ones] > 0]] = True
        use = complete & some
        mine = (group >= 0) & use[group] & ~np.isnan(values)
        weights[mine] = np.round(values[mine]).astype(np.int64)
        basis[use] = name
    return weights, basis


def _set(
    zones: gpd.GeoDataFrame, column: str, at: NDArray[np.int64], values: NDArray[np.int64]
) -> None:
    empty = pd.Series([None] * len(zones), index=zones.index, dtype="Int64")
    series = zones[column].astype("Int64").copy() if column in zones else empty
    series.iloc[at] = values
    zones[column] = series
