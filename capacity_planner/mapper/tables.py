"""The result's tables as a page carries them: every column of the CSV files that the page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd
import shapely

from capacity_planner.mapper.columns import (
    choice_column,
    count_column,
    number_column,
    text_column,
    truth_column,
)
from capacity_planner.mapper.shapes import pack, pack_points, pack_polygons
from capacity_planner.schemas import (
    CATEGORIES,
    DATA_STATUSES,
    DUTIES,
    FACILITY_STATUSES,
    FACILITY_TYPES,
    HANDOVERS,
    MIGRANT_STATUSES,
    POPULATION_ORIGINS,
)

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd

    from capacity_planner.assessment.shapes import TownshipShapes
    from capacity_planner.mapper.shapes import Drawing

Table: TypeAlias = "dict[str, Any]"

__all__ = [
    "AGES", "FACILITY_FIGURES", "TOWNSHIP_FIGURES", "ZONE_FIGURES", "facility_table", "link_table",
    "township_table", "zone_ages", "zone_table",
]  # fmt: skip

AGES: Final = ("planned", "under_5", "5_to_9", "10_to_19", "20_and_more", "unknown")
"""Classes of a zone's age at the run's date, by delivery, else acceptance, else permission."""
ZONE_FIGURES: Final = (
    "population",
    "required",
    "attributed",
    "in_reach",
    "out_of_reach",
    "attributed_min",
    "attributed_max",
    "shortfall",
    "shortfall_certain",
    "shortfall_possible",
    "children_u3",
    "migrant_u3",
    "migrant_required",
    "migrant_shortfall_certain",
    "migrant_shortfall_at_risk",
)
"""Figures of a zone that another date or a plan changes."""
_ZONE_TEXTS: Final = ("zone_id", "name", "clause", "source_file")
_ZONE_CHOICES: Final = {
    "category": CATEGORIES,
    "duty": DUTIES,
    "migrant_status": MIGRANT_STATUSES,
    "handover": HANDOVERS,
    "population_origin": POPULATION_ORIGINS,
    "data_status": DATA_STATUSES,
}
TOWNSHIP_FIGURES: Final = (
    "population",
    "counted_slots",
    "required",
    "required_pooled",
    "attributed",
    "in_reach",
    "out_of_reach",
    "shortfall",
    "shortfall_certain",
    "shortfall_possible",
    "migrant_required",
    "migrant_shortfall_certain",
    "migrant_shortfall_at_risk",
    "pipeline_slots",
)
"""Figures of a township that another date or a plan changes."""
FACILITY_FIGURES: Final = (
    "slots",
    "counted_slots",
    "attributed_slots",
    "unused_slots",
    "pipeline_slots",
)
"""Figures of a facility that another date or a plan changes."""

_AGE_YEARS: Final = (0, 5, 10, 20)
_ZONE_COUNTS: Final = (*ZONE_FIGURES, "handover_days", "source_row")
_TOWNSHIP_COUNTS: Final = ("zones", *TOWNSHIP_FIGURES)
_FACILITY_COUNTS: Final = (*FACILITY_FIGURES, "enrolled_u3", "source_row")


def zone_table(
    zones: gpd.GeoDataFrame,
    townships: list[str],
    as_of: date,
    drawing: Drawing,
    *,
    linked: pd.Series[Any],
) -> Table:
    """Return the zones of a page with their polygons, and the inner points of those served.

    Parameters
    ----------
    zones
        Rows of ``Gaps.zones``.
    townships
        Codes of the page's townships, to whose positions the zones point.
    as_of
        Date of the run, for the zones' age.
    drawing
        How coordinates are made.
    linked
        Ids of the zones to which links lead.

    Returns
    -------
    dict
        ``n``, ``columns``, ``shape``, and ``points`` of the rows ``pointed``.
    """
    polygons = np.asarray(zones.geometry.to_numpy(), dtype=object)
    pointed = np.flatnonzero(zones["zone_id"].isin(set(linked)))
    columns = {name: count_column(zones[name]) for name in _ZONE_COUNTS}
    columns |= {name: text_column(zones[name]) for name in _ZONE_TEXTS}
    columns |= {name: choice_column(zones[name], of) for name, of in _ZONE_CHOICES.items()}
    columns["ratio_per_1000"] = text_column(zones["ratio_per_1000"].map(_plain, na_action="ignore"))
    columns["has_facility"] = truth_column(zones["has_facility"])
    columns["township"] = _positions(zones["township_code"], townships)
    columns["age"] = choice_column(zone_ages(zones, as_of), AGES)
    return {
        "n": len(zones),
        "columns": columns,
        "shape": pack_polygons(polygons, drawing),
        "points": pack_points(shapely.point_on_surface(polygons[pointed]), drawing),
        "pointed": pack(pointed),
    }


def zone_ages(zones: pd.DataFrame, as_of: date) -> pd.Series[Any]:
    """Return the age class of each zone, one of :data:`AGES`.

    Parameters
    ----------
    zones
        With ``delivered_on``, ``accepted_on`` and ``permitted_on``, length n.
    as_of
        Date of the run.

    Returns
    -------
    pandas.Series
        Words of length n, same index.

    Examples
    --------
    >>> from datetime import date
    >>> built = pd.DataFrame({"delivered_on": pd.to_datetime(["2021-06-01", None])})
    >>> built = built.assign(accepted_on=pd.NaT, permitted_on=pd.NaT)
    >>> zone_ages(built, date(2026, 6, 1)).tolist()
    ['5_to_9', 'unknown']
    """
    day = pd.to_datetime(zones["delivered_on"])
    for other in ("accepted_on", "permitted_on"):
        day = day.fillna(pd.to_datetime(zones[other]))
    # Whole years passed, as birthdays are counted.
    birthday = (day.dt.month * 100 + day.dt.day) > as_of.month * 100 + as_of.day
    years = as_of.year - day.dt.year - birthday
    years = years.where(day <= pd.Timestamp(as_of), -1)
    classes = np.searchsorted(_AGE_YEARS, years.fillna(-1).to_numpy(), side="right")
    words = np.array(AGES, dtype=object)[classes]
    return pd.Series(np.where(day.isna(), AGES[-1], words), index=zones.index)


def township_table(
    townships: gpd.GeoDataFrame, shapes: TownshipShapes, files: dict[str, str], drawing: Drawing
) -> Table:
    """Return the townships of a page with their shapes and the files of their own pages.

    Parameters
    ----------
    townships
        Rows of ``Gaps.townships``.
    shapes
        What stands for each of these rows on the map.
    files
        File name of each township's page, by code.
    drawing
        How coordinates are made.

    Returns
    -------
    dict
        ``n``, ``columns``, ``shape``, and ``points`` of the rows ``pointed``.
    """
    there = ~shapely.is_missing(shapes.shapes)
    columns = {name: count_column(townships[name]) for name in _TOWNSHIP_COUNTS}
    columns |= {name: text_column(townships[name]) for name in ("township_code", "name")}
    columns["slots_per_1000"] = number_column(townships["slots_per_1000"])
    columns["migrant_status"] = choice_column(townships["migrant_status"], MIGRANT_STATUSES)
    columns["data_status"] = choice_column(townships["data_status"], DATA_STATUSES)
    columns["outlined"] = truth_column(pd.Series(shapes.outlined))
    columns["schematic"] = truth_column(pd.Series(shapes.schematic))
    columns["file"] = {"list": [files[code] for code in townships["township_code"]]}
    return {
        "n": len(townships),
        "columns": columns,
        "shape": pack_polygons(shapes.shapes, drawing),
        "points": pack_points(shapely.point_on_surface(shapes.shapes[there]), drawing),
        "pointed": pack(np.flatnonzero(there)),
    }


def facility_table(facilities: gpd.GeoDataFrame, townships: list[str], drawing: Drawing) -> Table:
    """Return the facilities of a page; those without a place are in the table, not on the map.

    Parameters
    ----------
    facilities
        Rows of ``Gaps.facilities``.
    townships
        Codes of the page's townships.
    drawing
        How coordinates are made.

    Returns
    -------
    dict
        ``n``, ``columns``, and ``points`` of the rows ``pointed``.
    """
    points = np.asarray(facilities.geometry.to_numpy(), dtype=object)
    there = ~(shapely.is_missing(points) | shapely.is_empty(points))
    columns = {name: count_column(facilities[name]) for name in _FACILITY_COUNTS}
    names = ("facility_id", "name", "not_counted_reason", "source_file")
    columns |= {name: text_column(facilities[name]) for name in names}
    columns["type"] = choice_column(facilities["type"], FACILITY_TYPES)
    columns["status"] = choice_column(facilities["status"], FACILITY_STATUSES)
    columns["data_status"] = choice_column(facilities["data_status"], DATA_STATUSES)
    for name in ("inclusive", "accepts_migrants", "filed", "exclusive"):
        columns[name] = truth_column(facilities[name])
    columns["township"] = _positions(facilities["township_code"], townships)
    return {
        "n": len(facilities),
        "columns": columns,
        "points": pack_points(points[there], drawing),
        "pointed": pack(np.flatnonzero(there)),
    }


def link_table(links: pd.DataFrame, facilities: pd.Series[Any], zones: pd.Series[Any]) -> Table:
    """Return the links as positions in the page's facilities and zones, slots and metres.

    Parameters
    ----------
    links
        Rows of ``Gaps.links``.
    facilities, zones
        Ids of the page's facilities and zones.

    Returns
    -------
    dict
        Packed ``facility``, ``zone``, ``slots`` and ``distance_m`` (metres), one entry a link.
    """
    facility = pd.Index(facilities).get_indexer(pd.Index(links["facility_id"]))
    zone = pd.Index(zones).get_indexer(pd.Index(links["zone_id"]))
    return {
        "facility": pack(facility.astype(np.int64)),
        "zone": pack(zone.astype(np.int64)),
        "slots": pack(links["slots"].to_numpy(dtype=np.int64)),
        "distance_m": pack(links["distance_m"].to_numpy(dtype=np.int64)),
    }


def _positions(codes: pd.Series[Any], among: list[str]) -> dict[str, Any]:
    at = pd.Index(among).get_indexer(pd.Index(codes.fillna("").astype(str)))
    return {"pack": pack(at.astype(np.int64))}


def _plain(value: float) -> str:
    return f"{float(value):g}"
