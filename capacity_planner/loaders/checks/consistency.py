"""Figures that cannot be true together, or hardly: told by row, before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity_planner.loaders.checks.supply import check_facilities
from capacity_planner.loaders.matching import numbers_of, positions_of
from capacity_planner.loaders.tell import MANY, ids_at, tell_pair, tell_rows, tell_table

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints
    from capacity_planner.loaders.space.outlines import Outlines
    from capacity_planner.policy import Policy

__all__ = ["check_consistency"]

_DENSE_PER_KM2: Final = 500_000
_CHILD_SHARE: Final = 0.15
_HOUSEHOLD: Final = (0.3, 10.0)
_VAST_M: Final = 30_000.0
"""A rural community reaches ten kilometres; farther only with a part that lies elsewhere."""
_TOTAL_SHARE: Final = 0.01
_TOTAL_PERSONS: Final = 10


def check_consistency(
    zones: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame,
    *,
    outlines: Outlines,
    policy: Policy | None,
    as_of: date,
    complaints: Complaints,
) -> None:
    """Tell figures that contradict each other or are beyond belief.

    Parameters
    ----------
    zones, facilities, townships
        As they come out of the joins, in metres.
    outlines
        The zones' shapes.
    policy
        Limits of class sizes and home-based points come from its rules; a policy without such a
        rule, or none, checks nothing there.
    as_of
        Date at which the rules are asked.
    complaints
        Grows by errors (what cannot be) and warnings (what can hardly be).
    """
    _check_people(zones, complaints)
    _check_extent(zones, outlines, complaints)
    _check_belief(zones, outlines, as_of, complaints)
    _check_dates(zones, facilities, complaints)
    check_facilities(facilities, zones, policy=policy, as_of=as_of, complaints=complaints)
    _check_totals(zones, townships, complaints)


def _check_people(zones: gpd.GeoDataFrame, complaints: Complaints) -> None:
    if len(zones) and (numbers_of(zones, "population") == 0).all():
        tell_table(complaints, "nobody_anywhere", zones, column="population", value="0")
    for code, part, whole in (
        ("children_exceed_population", "children_u3", "population"),
        ("migrants_exceed_children", "migrant_u3", "children_u3"),
        ("migrants_exceed_population", "migrant_population", "population"),
    ):
        over = numbers_of(zones, part) > numbers_of(zones, whole)
        if over.any():
            tell_pair(complaints, code, zones[over], part, whole)


def _check_extent(zones: gpd.GeoDataFrame, outlines: Outlines, complaints: Complaints) -> None:
    """Tell zones that reach too far: a part of them has come to lie elsewhere."""
    box = outlines.boxes
    reach = np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])
    vast = reach > _VAST_M
    tell_rows(
        complaints,
        "zone_vast",
        zones,
        at=vast,
        column="geometry",
        value=ids_at(zones, vast, "zones"),
        km=[round(float(each) / 1_000) for each in reach[vast]],
        most=MANY,
    )


def _check_belief(
    zones: gpd.GeoDataFrame, outlines: Outlines, as_of: date, complaints: Complaints
) -> None:
    people = numbers_of(zones, "population")
    with np.errstate(divide="ignore", invalid="ignore"):
        density = people / outlines.areas * 1e6
        share = numbers_of(zones, "children_u3") / people
    dense = density > _DENSE_PER_KM2
    tell_rows(
        complaints,
        "density_beyond_belief",
        zones,
        at=dense,
        column="population",
        value=[str(int(each)) for each in people[dense]],
        density=[round(float(each)) for each in density[dense]],
        most=MANY,
    )
    _check_households(zones, people, as_of, complaints)
    _check_children(zones, share, complaints)


def _check_households(
    zones: gpd.GeoDataFrame, people: NDArray[np.float64], as_of: date, complaints: Complaints
) -> None:
    homes = numbers_of(zones, "dwellings")
    with np.errstate(divide="ignore", invalid="ignore"):
        household = people / homes
    empty = (people == 0) & (homes > 0)
    if "delivered_on" in zones:  # nobody lives in what is not handed over yet
        later = (zones["delivered_on"] > pd.Timestamp(as_of)).fillna(value=False)
        empty &= ~later.to_numpy(dtype=np.bool_)
    tell_rows(
        complaints,
        "dwellings_without_people",
        zones,
        at=empty,
        column="population",
        value="0",
        homes=[int(each) for each in homes[empty]],
        most=MANY,
    )
    odd = ((household < _HOUSEHOLD[0]) & (people > 0)) | (household > _HOUSEHOLD[1])
    tell_rows(
        complaints,
        "household_beyond_belief",
        zones,
        at=odd,
        column="population",
        value=[str(int(each)) for each in people[odd]],
        homes=[int(each) for each in homes[odd]],
        most=MANY,
    )


def _check_children(
    zones: gpd.GeoDataFrame, share: NDArray[np.float64], complaints: Complaints
) -> None:
    many = (share > _CHILD_SHARE) & (share <= 1)
    tell_rows(
        complaints,
        "children_beyond_belief",
        zones,
        at=many,
        column="children_u3",
        value=[f"{each:.0%}" for each in share[many]],
        most=MANY,
    )


def _check_dates(
    zones: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, complaints: Complaints
) -> None:
    for code, frame, early, late in (
        ("opened_after_closed", facilities, "opened_on", "closed_on"),
        ("accepted_after_handed_over", facilities, "accepted_on", "handed_over_on"),
        ("permitted_after_accepted", zones, "permitted_on", "accepted_on"),
        ("accepted_after_delivered", zones, "accepted_on", "delivered_on"),
    ):
        if early in frame and late in frame:
            wrong = frame[early].to_numpy() > frame[late].to_numpy()
            if wrong.any():
                shown = frame[wrong].assign(
                    **{each: frame[each].dt.strftime("%Y-%m-%d") for each in (early, late)}
                )
                tell_pair(complaints, code, shown, early, late)


def _check_totals(
    zones: gpd.GeoDataFrame, townships: gpd.GeoDataFrame, complaints: Complaints
) -> None:
    """Tell townships, and a county, whose zones do not add up to their own total."""
    told = numbers_of(townships, "population")
    if np.isnan(told).all() or not townships["township_code"].is_unique:
        return
    people = np.nan_to_num(numbers_of(zones, "population"))
    at = positions_of(zones["township_code"], townships["township_code"])
    sums = np.bincount(at[at >= 0], weights=people[at >= 0], minlength=len(told))
    gap = np.abs(sums - told)
    off = gap > np.maximum(_TOTAL_SHARE * told, _TOTAL_PERSONS)
    order = np.flatnonzero(off)[np.argsort(-gap[off], kind="stable")]
    tell_rows(
        complaints,
        "township_total_differs",
        townships,
        at=order,
        column="population",
        value=[str(int(each)) for each in told[order]],
        most=5,
        name=townships["name"].astype(str).to_numpy()[order].tolist(),
        zones=[int(each) for each in sums[order]],
    )
    if np.isnan(told).any():
        return
    total, own = int(people.sum()), int(told.sum())
    if abs(total - own) > max(_TOTAL_SHARE * own, _TOTAL_PERSONS):
        value = str(own)
        tell_table(
            complaints,
            "county_total_differs",
            townships,
            column="population",
            value=value,
            zones=total,
        )
