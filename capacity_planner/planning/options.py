"""What could be built: new housing's own buildings, larger centres, candidate premises, idle land."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from capacity_planner.errors import Complaint, CountyError
from capacity_planner.planning.building import townships_of
from capacity_planner.planning.departments import departments, way_of
from capacity_planner.siting import class_sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capacity_planner.assessment import Gaps
    from capacity_planner.county import SitingPlan

__all__ = ["OPTION_COLUMNS", "Options", "areas_of", "first_year", "make_options"]

OPTION_COLUMNS: Final = (
    "option_id",
    "kind",
    "name",
    "means",
    "premises",
    "zone_id",
    "facility_id",
    "candidate_id",
    "township_code",
    "min_slots",
    "max_slots",
    "fixed_cost",
    "cost_per_slot",
    "cost_source",
    "available_on",
    "department",
    "department_en",
    "floor_m2",
    "land_m2",
    "area_source",
    "left_out",
)
"""Columns of :attr:`Options.frame`; costs in yuan, areas in m² at the option's greatest size."""

_FEN: Final = 100
_MAY_GROW: Final = ("centre", "comprehensive_centre", "community_embedded")
_ROOM_FOR_CLASSES: Final = 100
_DECIMALS: Final = 6


@dataclass(frozen=True)
class Options:
    """All options of a county, those left out with the reason; ``sizes`` in the order of ``frame``.

    ``frame`` has :data:`OPTION_COLUMNS` and points in the measuring CRS; ``left_out`` is empty for
    an option that may be taken.
    """

    frame: gpd.GeoDataFrame
    sizes: tuple[np.ndarray[tuple[int], np.dtype[np.int64]], ...]

    @property
    def open(self) -> Options:
        """The options that may be taken."""
        keep = (self.frame["left_out"] == "").to_numpy()
        sizes = tuple(each for each, kept in zip(self.sizes, keep, strict=True) if kept)
        return Options(self.frame[keep].reset_index(drop=True), sizes)

    def money(self, column: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Return a column of costs in whole fen (0.01 yuan), ``int64[o]``."""
        fen = [round(Decimal(str(each)) * _FEN) for each in self.frame[column]]
        return np.array(fen, dtype=np.int64)


def first_year(gaps: Gaps, settings: SitingPlan) -> int:
    """Return the first year in which a site can open.

    Parameters
    ----------
    gaps
        What the plan is for.
    settings
        ``first_year``, if it is given.

    Returns
    -------
    int
        Else the year of the assessment if any of it is left, or the one after.
    """
    after = gaps.as_of.year + (gaps.as_of >= date(gaps.as_of.year, 12, 31))
    return settings.first_year or after


def make_options(gaps: Gaps, settings: SitingPlan, *, by: date | None) -> Options:
    """Return every option that the county's data and settings give.

    Parameters
    ----------
    gaps
        What is missing.
    settings
        Costs by means, sizes, classes.
    by
        Day by which an option must be available; ``None`` for any.

    Returns
    -------
    Options
        New zones' own buildings, centres that may grow, candidates, premises to be found, each by id.

    Raises
    ------
    CountyError
        If an option has no cost: nothing is guessed.
    """
    settings = _limited(gaps, settings)
    rows = [*_own_buildings(gaps, settings), *_larger(gaps, settings)]
    rows += [*_candidates(gaps, settings), *_to_find(gaps, settings)]
    _refuse_without_cost(rows)
    sizes = tuple(_sizes(gaps, settings, row) for row in rows)
    for row, fitting in zip(rows, sizes, strict=True):
        row["left_out"] = _why_not(row, len(fitting), by)
        row.update(_who_acts(gaps, row))
        row.update(areas_of(settings, int(fitting[-1]) if len(fitting) else 0, row["means"]))
    points = [row.pop("geometry") for row in rows]
    frame = pd.DataFrame(rows, columns=list(OPTION_COLUMNS))
    for column in ("floor_m2", "land_m2"):
        frame[column] = frame[column].astype("Float64")
    frame["available_on"] = pd.to_datetime(frame["available_on"]).astype("datetime64[s]")
    for column in ("min_slots", "max_slots"):
        frame[column] = frame[column].astype("Int64")
    for column in ("fixed_cost", "cost_per_slot"):
        frame[column] = frame[column].astype("Float64")
    geometry = _told_points(gpd.GeoSeries(points, crs=gaps.zones.crs, index=frame.index))
    return Options(gpd.GeoDataFrame(frame, geometry=geometry), sizes)


def _told_points(points: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return points moved, by a few centimetres at most, to where tables and scenario files put them.

    Both give degrees with six decimals; whoever reads a plan back then gets the very same pairs.
    """
    degrees = points.to_crs("EPSG:4326")
    there = ~(degrees.isna() | degrees.is_empty)
    told = gpd.points_from_xy(degrees.x.round(_DECIMALS), degrees.y.round(_DECIMALS), crs=4326)
    back = gpd.GeoSeries(told, index=points.index).to_crs(points.crs)
    return points.where(~there, back)


def _who_acts(gaps: Gaps, row: dict[str, Any]) -> dict[str, str]:
    way = way_of(row["kind"], row["premises"], row["means"])
    return {
        "department": departments(gaps, way, "zh")[0],
        "department_en": departments(gaps, way, "en")[0],
    }


def areas_of(settings: SitingPlan, slots: int, means: str) -> dict[str, Any]:
    """Return floor and land area of a site in m², ``None`` where the county gives none per slot.

    Parameters
    ----------
    settings
        Areas per slot and their source.
    slots
        Size of the site.
    means
        Premises that stand already need no new land: only what is built does.

    Returns
    -------
    dict
        ``floor_m2``, ``land_m2`` and ``area_source``.
    """
    floor, land = settings.floor_m2_per_slot, settings.land_m2_per_slot
    return {
        "floor_m2": float(slots * floor) if floor else None,
        "land_m2": float(slots * land) if land and means == "build" else None,
        "area_source": settings.area_source or "",
    }


def _limited(gaps: Gaps, settings: SitingPlan) -> SitingPlan:
    """Return the settings with a limit of size that never binds where the county sets none."""
    if settings.max_slots is not None:
        return settings
    missing = int(gaps.zones["shortfall"].fillna(0).sum())
    wanted = int(gaps.zones["migrant_required"].fillna(0).sum())
    return settings.model_copy(update={"max_slots": missing + wanted + _ROOM_FOR_CLASSES})


def _row(settings: SitingPlan, means: str, **given: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return one option with the settings' sizes and costs where it has none of its own."""
    row = dict.fromkeys(OPTION_COLUMNS, "") | {"means": means, "available_on": pd.NaT}
    cost = settings.costs.get(means)  # type: ignore[call-overload]  # any word may be asked for
    row |= {
        "min_slots": settings.min_slots or 1,
        "max_slots": settings.max_slots,
        "fixed_cost": float(cost.fixed_cost) if cost else None,
        "cost_per_slot": float(cost.cost_per_slot) if cost else None,
        "cost_source": cost.source if cost else "",
    }
    return row | given


def _own_buildings(gaps: Gaps, settings: SitingPlan) -> Iterator[dict[str, Any]]:
    """Yield a building of its own for each new zone that lacks slots."""
    short = (gaps.zones["category"] == "new") & (gaps.zones["shortfall"].fillna(0) > 0)
    zones, start = gaps.zones[short], pd.Timestamp(first_year(gaps, settings), 1, 1)
    points = shapely.point_on_surface(zones.geometry.to_numpy())
    for (_, zone), point in zip(zones.iterrows(), points, strict=True):
        yield _row(
            settings,
            "build",
            option_id=f"OWN-{zone['zone_id']}",
            kind="own_building",
            name=zone["name"],
            premises="own_building",
            zone_id=zone["zone_id"],
            township_code=zone["township_code"],
            available_on=zone["delivered_on"] if zone["delivered_on"] >= start else pd.NaT,
            geometry=point,
        )


def _larger(gaps: Gaps, settings: SitingPlan) -> Iterator[dict[str, Any]]:
    """Yield each centre that counts in full and may grow."""
    if not settings.expand_max_slots:
        return
    centres = gaps.facilities
    able = centres["type"].isin(_MAY_GROW) & (centres["counted_slots"] > 0)
    for _, centre in centres[able & centres.geometry.notna()].iterrows():
        yield _row(
            settings,
            "expand",
            option_id=f"MORE-{centre['facility_id']}",
            kind="expand",
            name=centre["name"],
            premises="existing_facility",
            facility_id=centre["facility_id"],
            township_code=centre["township_code"],
            min_slots=1,
            max_slots=settings.expand_max_slots,
            geometry=centre.geometry,
        )


def _candidates(gaps: Gaps, settings: SitingPlan) -> Iterator[dict[str, Any]]:
    """Yield the county's candidate premises and plots, with their own costs where they have any."""
    frame = gaps.county.tables.candidates
    if frame is None:
        return
    towns = townships_of(gaps.county.tables, frame.geometry.to_numpy())
    for (_, each), town in zip(frame.iterrows(), towns, strict=True):
        means = each["means"] if isinstance(each["means"], str) and each["means"] else "build"
        row = _row(
            settings,
            means,
            option_id=f"CAND-{each['candidate_id']}",
            kind="candidate",
            name=each["name"],
            premises=each["kind"],
            candidate_id=each["candidate_id"],
            township_code=town,
            available_on=each["available_on"],
            geometry=each.geometry,
        )
        if pd.notna(each["max_slots"]):
            row["max_slots"] = min(int(each["max_slots"]), row["max_slots"])
        for column in ("fixed_cost", "cost_per_slot"):
            if pd.notna(each[column]):
                row[column] = float(each[column])
                row["cost_source"] = each["source_file"]
        yield row


def _to_find(gaps: Gaps, settings: SitingPlan) -> Iterator[dict[str, Any]]:
    """Yield premises to be found in each built-up zone without a facility that lacks slots."""
    if settings.find_premises is None:
        return
    zones = gaps.zones[gaps.zones["duty"] == "provide_by_deadline"]
    points = shapely.point_on_surface(zones.geometry.to_numpy())
    for (_, zone), point in zip(zones.iterrows(), points, strict=True):
        yield _row(
            settings,
            settings.find_premises,
            option_id=f"FIND-{zone['zone_id']}",
            kind="to_find",
            name=zone["name"],
            premises="to_find",
            zone_id=zone["zone_id"],
            township_code=zone["township_code"],
            geometry=point,
        )


def _refuse_without_cost(rows: list[dict[str, Any]]) -> None:
    """Refuse options that nobody has priced, one complaint a means."""
    lacking: dict[str, str] = {}
    for row in rows:
        if row["fixed_cost"] is None or row["cost_per_slot"] is None:
            lacking.setdefault(row["means"], row["option_id"])
    if lacking:
        raise CountyError(
            Complaint(
                "site_cost_missing",
                "county.toml",
                column=f"siting.costs.{means}",
                value=option,
            )
            for means, option in sorted(lacking.items())
        )


def _sizes(
    gaps: Gaps, settings: SitingPlan, row: dict[str, Any]
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the sizes that whole classes give an option; the classes' sizes are the policy's."""
    classes = []
    for kind in settings.classes:
        standing = gaps.county.policy.find(f"class_size_{kind}", gaps.as_of)
        if standing is not None and standing.rule.value is not None:
            classes.append(int(standing.rule.value))
    return class_sizes(classes, least=row["min_slots"], most=row["max_slots"])


def _why_not(row: dict[str, Any], fitting: int, by: date | None) -> str:
    """Return why an option may not be taken, empty if it may."""
    point = row["geometry"]
    if point is None or point.is_empty:
        return "without_place"
    if not fitting:
        return "too_small"
    day = row["available_on"]
    late = by is not None and pd.notna(day) and pd.Timestamp(day) > pd.Timestamp(by)
    return "too_late" if late else ""
