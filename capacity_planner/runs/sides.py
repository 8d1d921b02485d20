"""Two runs as arrays over the same zones and facilities, ready to be mixed.

Everything comes from the runs' own folders: ``run.json`` for rules and choices, ``gaps.gpkg`` for
zones, facilities and who could reach whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
import pyogrio

from capacity_planner.calculator import UNKNOWN
from capacity_planner.errors import InputError
from capacity_planner.schemas import RATIO_CATEGORIES

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity_planner.runs.record import Record

Ints: TypeAlias = "NDArray[np.int64]"
Bools: TypeAlias = "NDArray[np.bool_]"

__all__ = ["Side", "Sides", "read_sides"]

_HOME_BASED: str = "limit_home_based"


@dataclass(frozen=True)
class Side:
    """One run over the union of both runs' zones (z) and facilities (f).

    Parameters
    ----------
    zones, facilities
        The layers' columns, reindexed; what the run does not have is empty.
    has_zone, has_facility
        What the run has, ``bool[z]``, ``bool[f]``.
    zone_shape, facility_shape
        Geometry as WKB, ``object[z]``, ``object[f]``.
    reach
        Facility and zone by position and whole metres, ``int64[n, 3]``.
    ratios
        Slots per resident by category.
    home_based_cap
        Slots that a home-based point counts at most.
    choices
        Answers by choice.
    as_of
        The run's date.
    """

    zones: pd.DataFrame
    facilities: pd.DataFrame
    has_zone: Bools
    has_facility: Bools
    zone_shape: NDArray[np.object_]
    facility_shape: NDArray[np.object_]
    reach: Ints
    ratios: dict[str, Fraction]
    home_based_cap: int | None
    choices: dict[str, str]
    as_of: np.datetime64

    def count(self, table: str, column: str) -> Ints:
        """Return whole numbers of ``zones`` or ``facilities``, :data:`UNKNOWN` where not given."""
        values: pd.DataFrame = getattr(self, table)
        return pd.to_numeric(values[column]).fillna(UNKNOWN).to_numpy(dtype=np.int64)

    def word(self, table: str, column: str) -> NDArray[np.object_]:
        """Return texts, empty where not given; whole numbers without decimals."""
        values: pd.DataFrame = getattr(self, table)
        return np.array([_text(each) for each in values[column].tolist()], dtype=object)

    @property
    def known(self) -> Bools:
        """Facilities whose reach the run tells: those that count in it and have one, ``bool[f]``."""
        return self.has_facility & (self.count("facilities", "counted_slots") > 0)


@dataclass(frozen=True)
class Sides:
    """Two runs over the same ids."""

    zone_ids: tuple[str, ...]
    facility_ids: tuple[str, ...]
    before: Side
    after: Side


def _text(value: object) -> str:
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.10g}"
    return str(value)


def read_sides(before: Record, after: Record) -> Sides:
    """Return two runs as arrays over the union of their ids, in the order of the ids.

    Parameters
    ----------
    before, after
        The runs.

    Returns
    -------
    Sides
        Both.

    Raises
    ------
    InputError
        If a run lacks a usable ``gaps.gpkg``.
    """
    layers = [_layers(record) for record in (before, after)]
    zone_ids, facility_ids = (
        sorted({each for side in layers for each in side[name][key]})
        for name, key in (("zones", "zone_id"), ("facilities", "facility_id"))
    )
    sides = [
        _side(record, side, zone_ids, facility_ids)
        for record, side in zip((before, after), layers, strict=True)
    ]
    return Sides(tuple(zone_ids), tuple(facility_ids), *sides)


def _layers(record: Record) -> dict[str, Any]:
    path = record.folder / "gaps.gpkg"
    try:
        found = {
            name: pyogrio.read_dataframe(f"GPKG:{path}", layer=name)
            for name in ("zones", "facilities", "reach")
        }
        # Ids are looked up below: a layer without them is no layer of ours.
        _ = (found["zones"]["zone_id"], found["facilities"]["counted_slots"])
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, KeyError) as error:
        raise InputError.of("diff_no_layers", file=record.folder.name) from error
    return found


def _side(
    record: Record, layers: dict[str, Any], zone_ids: list[str], facility_ids: list[str]
) -> Side:
    zones: gpd.GeoDataFrame = layers["zones"].set_index("zone_id")
    facilities: gpd.GeoDataFrame = layers["facilities"].set_index("facility_id")
    reach = layers["reach"]
    places = np.column_stack(
        [
            pd.Index(facility_ids).get_indexer(pd.Index(reach["facility_id"])),
            pd.Index(zone_ids).get_indexer(pd.Index(reach["zone_id"])),
            reach["distance_m"],
        ]
    )
    values = record.rule_values
    cap = values.get(_HOME_BASED)
    return Side(
        zones=pd.DataFrame(zones.drop(columns="geometry")).reindex(zone_ids),
        facilities=pd.DataFrame(facilities.drop(columns="geometry")).reindex(facility_ids),
        has_zone=np.isin(zone_ids, zones.index),
        has_facility=np.isin(facility_ids, facilities.index),
        zone_shape=zones.geometry.to_wkb().reindex(zone_ids).to_numpy(dtype=object),
        facility_shape=facilities.geometry.to_wkb().reindex(facility_ids).to_numpy(dtype=object),
        reach=places.astype(np.int64).reshape(-1, 3),
        ratios={
            category: Fraction(values[f"ratio_{category}"]) / 1000
            for category in RATIO_CATEGORIES
            if f"ratio_{category}" in values
        },
        home_based_cap=None if cap is None else int(Fraction(cap)),
        choices=record.choices,
        as_of=np.datetime64(record.as_of, "s"),
    )
