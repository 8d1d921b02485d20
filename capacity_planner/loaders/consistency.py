"""Figures that cannot be true together, or hardly: told by row, before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

from capacity_planner.loaders.names import plain_name
from capacity_planner.loaders.tell import MANY, tell_rows, tell_table

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints
    from capacity_planner.policy import Policy

__all__ = ["check_consistency"]

_SAME_PLACE_M: Final = 20.0
_DENSE_PER_KM2: Final = 500_000
_CHILD_SHARE: Final = 0.15
_HOUSEHOLD: Final = (0.3, 10.0)
_SLOTS: Final = 1_000
_OFF_SITE_M: Final = 500.0
_TOTAL_SHARE: Final = 0.01
_TOTAL_PERSONS: Final = 10


def check_consistency(
    zones: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame,
    *,
    policy: Policy | None,
    as_of: date,
    complaints: Complaints,
) -> None:
    """Tell figures that contradict each other or are beyond belief.

    Parameters
    ----------
    zones, facilities, townships
        As they come out of the joins, in metres.
    policy
        Limits of class sizes and home-based points come from its rules; a policy without such a
        rule, or none, checks nothing there.
    as_of
        Date at which the rules are asked.
    complaints
        Grows by errors (what cannot be) and warnings (what can hardly be).
    """
    _check_people(zones, complaints)
    _check_belief(zones, complaints)
    _check_dates(zones, facilities, complaints)
    _check_slots(facilities, policy, as_of, complaints)
    _check_twice(facilities, complaints)
    _check_on_site(facilities, zones, complaints)
    _check_totals(zones, townships, complaints)


def _numbers(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    if column not in frame:
        return np.full(len(frame), np.nan)
    return frame[column].to_numpy(dtype=np.float64, na_value=np.nan)


def _tell_pair(
    complaints: Complaints, code: str, rows: pd.DataFrame, column: str, other: str
) -> None:
    value = [str(each) for each in rows[column]]
    against = [str(each) for each in rows[other]]
    tell_rows(complaints, code, rows, column=column, value=value, other=against)


def _check_people(zones: gpd.GeoDataFrame, complaints: Complaints) -> None:
    for code, part, whole in (
        ("children_exceed_population", "children_u3", "population"),
        ("migrants_exceed_children", "migrant_u3", "children_u3"),
        ("migrants_exceed_population", "migrant_population", "population"),
    ):
        over = _numbers(zones, part) > _numbers(zones, whole)
        if over.any():
            _tell_pair(complaints, code, zones[over], part, whole)


def _check_belief(zones: gpd.GeoDataFrame, complaints: Complaints) -> None:
    people = _numbers(zones, "population")
    area = shapely.area(np.asarray(zones.geometry.to_numpy(), dtype=object))
    with np.errstate(divide="ignore", invalid="ignore"):
        density = people / area * 1e6
        share = _numbers(zones, "children_u3") / people
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
    homes = _numbers(zones, "dwellings")
    with np.errstate(divide="ignore", invalid="ignore"):
        household = people / homes
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
            wrong = (frame[early] > frame[late]).fillna(value=False).to_numpy(dtype=np.bool_)
            if wrong.any():
                shown = frame[wrong].assign(
                    **{each: frame[each].dt.strftime("%Y-%m-%d") for each in (early, late)}
                )
                _tell_pair(complaints, code, shown, early, late)


def _check_slots(
    facilities: gpd.GeoDataFrame, policy: Policy | None, as_of: date, complaints: Complaints
) -> None:
    slots, enrolled = _numbers(facilities, "slots"), _numbers(facilities, "enrolled_u3")
    over = enrolled > slots
    if over.any():
        _tell_pair(complaints, "enrolled_exceed_slots", facilities[over], "enrolled_u3", "slots")
    huge = slots > _SLOTS
    value = [str(int(each)) for each in slots[huge]]
    tell_rows(complaints, "slots_beyond_belief", facilities, at=huge, column="slots", value=value)
    if "type" not in facilities:
        return
    kinds = facilities["type"].fillna("").to_numpy(dtype=object)
    for kind, rule, code in (
        ("home_based", "limit_home_based", "home_based_too_large"),
        ("kindergarten_class", "class_size_senior", "more_than_one_class"),
    ):
        limit = _limit(policy, rule, as_of)
        if limit is not None:
            wrong = (kinds == kind) & (slots > limit)
            value = [str(int(each)) for each in slots[wrong]]
            rows = facilities[wrong]
            tell_rows(complaints, code, rows, column="slots", value=value, limit=limit, most=MANY)


def _limit(policy: Policy | None, rule: str, as_of: date) -> int | None:
    """Return a limit of the policy, or nothing where it has no such rule in force."""
    if policy is None:
        return None
    try:
        value = policy.standing(rule, as_of).rule.value
    except LookupError:
        return None
    return None if value is None else int(value)


def _check_twice(facilities: gpd.GeoDataFrame, complaints: Complaints) -> None:
    """Tell facilities at the place and of the name of an earlier one."""
    points = np.asarray(facilities.geometry.to_numpy(), dtype=object)
    there = np.flatnonzero(~shapely.is_missing(points))
    if "name" not in facilities or len(there) < 2:  # noqa: PLR2004  # a pair
        return
    one, other = shapely.STRtree(points[there]).query(
        points[there], predicate="dwithin", distance=_SAME_PLACE_M
    )
    one, other = there[one[one < other]], there[other[one < other]]
    names = facilities["name"].fillna("").astype(str).to_numpy(dtype=object)
    same = [
        bool(names[a]) and plain_name(names[a]) == plain_name(names[b])
        for a, b in zip(one, other, strict=True)
    ]
    one, other = one[same], other[same]
    ids = facilities["facility_id"].astype(str).to_numpy()
    tell_rows(
        complaints,
        "facility_twice",
        facilities,
        at=other,
        column="facility_id",
        value=ids[other].tolist(),
        other=ids[one].tolist(),
        name=names[other].tolist(),
    )


def _check_on_site(
    facilities: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, complaints: Complaints
) -> None:
    """Tell facilities that lie far from the zone that they are on site for."""
    if "zone_id" not in facilities or facilities["zone_id"].isna().all():
        return
    ids = pd.Index(zones["zone_id"].astype("str"))
    if not ids.is_unique:
        return
    own = ids.get_indexer(pd.Index(facilities["zone_id"].astype("str").fillna("")))
    points = np.asarray(facilities.geometry.to_numpy(), dtype=object)
    at = np.flatnonzero((own >= 0) & ~shapely.is_missing(points))
    shapes = np.asarray(zones.geometry.to_numpy(), dtype=object)
    away = shapely.distance(points[at], shapes[own[at]])
    far = away > _OFF_SITE_M
    tell_rows(
        complaints,
        "facility_off_site",
        facilities,
        at=at[far],
        column="zone_id",
        value=ids[own[at[far]]].tolist(),
        distance=[round(float(each)) for each in away[far]],
        most=MANY,
    )


def _check_totals(
    zones: gpd.GeoDataFrame, townships: gpd.GeoDataFrame, complaints: Complaints
) -> None:
    """Tell townships, and a county, whose zones do not add up to their own total."""
    told = _numbers(townships, "population")
    codes = pd.Index(townships["township_code"].astype(str))
    people = np.nan_to_num(_numbers(zones, "population"))
    at = codes.get_indexer(zones["township_code"].astype(str)) if codes.is_unique else None
    if at is None or np.isnan(told).all():
        return
    sums = np.bincount(at[at >= 0], weights=people[at >= 0], minlength=len(codes))
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
