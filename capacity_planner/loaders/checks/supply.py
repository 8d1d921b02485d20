"""Facilities whose figures, dates or places can hardly be true, told by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from capacity_planner.loaders.joining.names import plain_name
from capacity_planner.loaders.matching import numbers_of, positions_of, texts_of
from capacity_planner.loaders.tell import MANY, ids_at, tell_pair, tell_rows, tell_table

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints
    from capacity_planner.policy import Policy

__all__ = ["check_facilities"]

_SAME_PLACE_M: Final = 20.0
_SAME_POINT_M: Final = 1.0
_CROWD: Final = 3
"""Two facilities may share a building; so many at one point were placed by a search for the town."""
_SLOTS: Final = 1_000
_OFF_SITE_M: Final = 500.0
_FINE: Final = 2
"""Decimals of a degree that still leave a kilometre open."""
_DEGREES: Final = 180.0


def check_facilities(
    facilities: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    *,
    policy: Policy | None,
    as_of: date,
    complaints: Complaints,
) -> None:
    """Tell facilities that contradict themselves, their type, their zone or one another.

    Parameters
    ----------
    facilities, zones
        As they come out of the joins, in metres.
    policy
        Limits of class sizes and home-based points come from its rules; a policy without such a
        rule, or none, checks nothing there.
    as_of
        Date at which the rules are asked and facilities count.
    complaints
        Grows by warnings.
    """
    _check_slots(facilities, complaints)
    _check_classes(facilities, policy, as_of, complaints)
    _check_standing(facilities, as_of, complaints)
    _check_twice(facilities, complaints)
    _check_crowds(facilities, complaints)
    _check_fineness(facilities, complaints)
    _check_on_site(facilities, zones, complaints)


def _check_slots(facilities: gpd.GeoDataFrame, complaints: Complaints) -> None:
    slots, enrolled = numbers_of(facilities, "slots"), numbers_of(facilities, "enrolled_u3")
    over = enrolled > slots
    if over.any():
        tell_pair(complaints, "enrolled_exceed_slots", facilities[over], "enrolled_u3", "slots")
    huge = slots > _SLOTS
    value = [str(int(each)) for each in slots[huge]]
    tell_rows(complaints, "slots_beyond_belief", facilities, at=huge, column="slots", value=value)
    bare = (slots == 0) & (texts_of(facilities, "status") == "operating")
    value = texts_of(facilities, "facility_id")[bare].tolist()
    tell_rows(complaints, "slots_none", facilities, at=bare, column="slots", value=value, most=MANY)


def _check_classes(
    facilities: gpd.GeoDataFrame, policy: Policy | None, as_of: date, complaints: Complaints
) -> None:
    slots, kinds = numbers_of(facilities, "slots"), texts_of(facilities, "type")
    for kind, rule, code in (
        ("home_based", "limit_home_based", "home_based_too_large"),
        ("kindergarten_class", "class_size_senior", "more_than_one_class"),
    ):
        limit = _limit(policy, rule, as_of)
        if limit is not None:
            wrong = (kinds == kind) & (slots > limit)
            value = [str(int(each)) for each in slots[wrong]]
            tell_rows(
                complaints, code, facilities, at=wrong, column="slots", value=value, limit=limit,
                most=MANY,
            )  # fmt: skip


def _limit(policy: Policy | None, rule: str, as_of: date) -> int | None:
    """Return a limit of the policy, or nothing where it has no such rule in force."""
    if policy is None:
        return None
    try:
        value = policy.standing(rule, as_of).rule.value
    except LookupError:
        return None
    return None if value is None else int(value)


def _check_standing(facilities: gpd.GeoDataFrame, as_of: date, complaints: Complaints) -> None:
    """Tell facilities whose status says that they operate and whose dates say that they do not."""
    operating = texts_of(facilities, "status") == "operating"
    moment = np.datetime64(as_of, "s")
    for code, column, past in (
        ("closed_but_operating", "closed_on", True),
        ("operating_before_opening", "opened_on", False),
    ):
        if column not in facilities:
            continue
        dates = facilities[column].to_numpy()
        wrong = operating & ((dates <= moment) if past else (dates > moment))
        value = np.datetime_as_string(dates[wrong], unit="D").tolist()
        tell_rows(
            complaints, code, facilities, at=wrong, column=column, value=value,
            as_of=as_of.isoformat(), most=MANY,
        )  # fmt: skip


def _pairs_within(
    facilities: gpd.GeoDataFrame, distance_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of facilities so near each other, the earlier first."""
    points = np.asarray(facilities.geometry.to_numpy(), dtype=object)
    there = np.flatnonzero(~shapely.is_missing(points))
    one, other = shapely.STRtree(points[there]).query(
        points[there], predicate="dwithin", distance=distance_m
    )
    ahead = one < other
    return there[one[ahead]], there[other[ahead]]


def _check_twice(facilities: gpd.GeoDataFrame, complaints: Complaints) -> None:
    """Tell facilities at the place and of the name of an earlier one."""
    one, other = _pairs_within(facilities, _SAME_PLACE_M)
    names = texts_of(facilities, "name")
    same = [
        bool(names[a]) and plain_name(names[a]) == plain_name(names[b])
        for a, b in zip(one, other, strict=True)
    ]
    one, other = one[same], other[same]
    ids = texts_of(facilities, "facility_id")
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


def _check_crowds(facilities: gpd.GeoDataFrame, complaints: Complaints) -> None:
    """Tell several facilities at one point: an address that was not found gets the town's middle."""
    one, other = _pairs_within(facilities, _SAME_POINT_M)
    ids = texts_of(facilities, "facility_id")
    told: set[int] = set()
    for first in np.unique(one).tolist():
        crowd = [first, *other[one == first].tolist()]
        if len(crowd) >= _CROWD and first not in told:
            told.update(crowd)
            tell_rows(
                complaints, "places_shared", facilities, at=np.array([first]),
                value=", ".join(ids[crowd][:MANY]), count=len(crowd),
            )  # fmt: skip


def _check_fineness(facilities: gpd.GeoDataFrame, complaints: Complaints) -> None:
    """Tell tables whose degrees were rounded so far that the radius means little."""
    lon, lat = numbers_of(facilities, "lon"), numbers_of(facilities, "lat")
    given = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= _DEGREES)
    if given.sum() < _CROWD:
        return
    pairs = np.column_stack([lon[given], lat[given]])
    coarse = (np.abs(np.round(pairs, _FINE) - pairs) < 1e-9).all(axis=1)  # noqa: PLR2004  # a decimal text
    if coarse.mean() > 0.5:  # noqa: PLR2004  # most
        value = f"{pairs[coarse][0][0]:g}, {pairs[coarse][0][1]:g}"
        tell_table(
            complaints, "coordinates_coarse", facilities, value=value, count=int(coarse.sum())
        )


def _check_on_site(
    facilities: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, complaints: Complaints
) -> None:
    """Tell facilities that lie far from the zone that they are on site for."""
    if "zone_id" not in facilities or facilities["zone_id"].isna().all():
        return
    own = positions_of(facilities["zone_id"], zones["zone_id"])
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
        value=ids_at(zones, own[at[far]], "zones"),
        distance=[round(float(each)) for each in away[far]],
        most=MANY,
    )
