"""From arrays back to tables: the zones, townships, facilities and links of a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa

from capacity_planner.assessment.case import dates
from capacity_planner.assessment.supply import among
from capacity_planner.calculator import (
    UNKNOWN,
    Counted,
    duties,
    handover,
    migrant_status,
    per_thousand,
    pooled_requirement,
    shortfall_parts,
    sum_by,
)
from capacity_planner.schemas import OUTPUT_TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from pandas.api.extensions import ExtensionArray

    from capacity_planner.assessment.case import Case
    from capacity_planner.assessment.supply import Migrants, Served

Ints: TypeAlias = "NDArray[np.int64]"
Bools: TypeAlias = "NDArray[np.bool_]"
Cells: TypeAlias = "ExtensionArray | NDArray[Any]"
Columns: TypeAlias = "dict[str, pd.Series[Any] | Cells]"
"""What is made here has no index: pandas would compare those of all columns."""

__all__ = ["facility_table", "link_table", "township_table", "zone_table"]

_ZONE_GIVEN = (
    "zone_id",
    "township_code",
    "category",
    "population",
    "children_u3",
    "migrant_u3",
    "source_file",
    "source_row",
)
_ZONE_EXTRAS = (
    "unit_id",
    "population_origin",
    "category_origin",
    "dwellings",
    "permitted_on",
    "accepted_on",
    "delivered_on",
    "migrant_population",
    "rural_childcare_considered",
    "data_status",
)


def _where(values: Ints, known: Bools) -> ExtensionArray:
    """Return whole numbers with ``<NA>`` where they are not known."""
    return pd.arrays.IntegerArray(values, ~known)


def zone_table(
    case: Case, served: Served, migrants: Migrants, counted: Counted
) -> gpd.GeoDataFrame:
    """Return one row a zone: the columns of ``zones.csv``, the extras and the geometry."""
    zones = pd.DataFrame(case.county.tables.zones)
    known = served.has_number
    need = np.maximum(served.required, 0)
    in_reach, out_of_reach = shortfall_parts(need, served.attributed, served.reached)
    missing = need - served.attributed
    has_facility = _has_facility(case, served, counted)
    duty = _texts(duties(case.category, missing, has_facility))
    out: Columns = {name: zones[name] for name in (*_ZONE_GIVEN, *_ZONE_EXTRAS)}
    out["name"] = zones["name"].fillna("")
    out["township"] = _taken(case.county.tables.townships["name"].tolist(), case.township)
    out["ratio_per_1000"] = _ratio_per_1000(case)
    for name, values in {
        "required": need,
        "attributed": served.attributed,
        "in_reach": in_reach,
        "out_of_reach": out_of_reach,
        "attributed_min": served.zone_min,
        "attributed_max": served.zone_max,
        "shortfall": missing,
        "shortfall_certain": need - served.zone_max,
        "shortfall_possible": need - served.zone_min,
    }.items():
        out[name] = _where(values, known)
    out["has_facility"] = has_facility
    out["duty"] = duty
    out["clause"] = _clauses(case, pd.Series(duty), zones["category"])
    rules = {category: each.rule.id for category, each in case.standings.items()}
    standing = {category: each.standing for category, each in case.standings.items()}
    out["rule_id"] = _looked_up(zones["category"], rules)
    out["standing"] = _looked_up(zones["category"], standing)
    _add_migrants(out, migrants)
    _add_handover(out, case, counted)
    return _ordered(out, "zones", case.county.tables.zones.geometry)


def _clauses(case: Case, duty: pd.Series[str], category: pd.Series[str]) -> ExtensionArray:
    """Return the clause behind each zone's duty, looked up once for each pair of words."""
    (of_duty, duties_), (of_category, categories) = pd.factorize(duty), pd.factorize(category)
    found = [case.clause(each, other) for each in duties_ for other in categories]
    return _taken(found, of_duty * len(categories) + of_category)


def _looked_up(words: pd.Series[str], found: Mapping[str, str]) -> ExtensionArray:
    """Return a text for each word, empty where none is found."""
    codes, distinct = pd.factorize(words)
    return _taken([found.get(each, "") for each in distinct], codes)


def _taken(texts: list[str], at: Ints) -> ExtensionArray:
    """Return the text at each position, an empty one at -1."""
    return pd.array([*texts, ""], dtype="str").take(at)


def _texts(words: NDArray[np.str_]) -> ExtensionArray:
    """Return words, few of which differ: told apart as bytes, each of them is made a text once."""
    held = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(words.itemsize), len(words), [None, pa.py_buffer(np.ascontiguousarray(words))]
    )
    coded = held.dictionary_encode()
    distinct = np.frombuffer(b"".join(coded.dictionary.to_pylist()), words.dtype)
    return _taken(distinct.tolist(), coded.indices.to_numpy())


def _ordered(columns: Columns, table: str, geometry: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Return the columns as a frame: those of the output first, then extras, then geometry."""
    first = {name: columns[name] for name in OUTPUT_TABLES[table].names}
    return _framed(first | columns | {"geometry": geometry}, geometry.index)


def _framed(columns: Columns, index: pd.Index[Any]) -> gpd.GeoDataFrame:
    plain = pd.DataFrame(columns, index=index, copy=False)
    # Named as text: handed over as a series, every column would be looked at.
    return gpd.GeoDataFrame(plain, geometry="geometry", copy=False)


def _ratio_per_1000(case: Case) -> ExtensionArray:
    values = np.array([float(ratio * 1000) for ratio in case.ratios] + [np.nan])
    return pd.array(values[case.rule], dtype="Float64")


def _has_facility(case: Case, served: Served, counted: Counted) -> Bools:
    """Return which zones have a counted facility in the sense of the choice."""
    if case.choices.facility_presence == "reach":
        return served.reached
    return among(
        case.on_site_zone[(counted.slots > 0) & (case.on_site_zone >= 0)], len(served.required)
    )


def _add_migrants(out: Columns, migrants: Migrants) -> None:
    certain, at_risk = migrants.zone
    checked = migrants.required != UNKNOWN
    status = migrant_status(migrants.required, certain, at_risk, checked)
    # A copy, for townships are summed from the original, and the laws hold the two against each other.
    out["migrant_required"] = _where(migrants.required.copy(), checked)
    out["migrant_status"] = _texts(np.where(migrants.urban, status, ""))
    out["migrant_shortfall_certain"] = _where(certain, checked)
    out["migrant_shortfall_at_risk"] = _where(at_risk, checked)


def _add_handover(out: Columns, case: Case, counted: Counted) -> None:
    zones, facilities = case.county.tables.zones, case.county.tables.facilities
    found = handover(
        is_new=case.category == "new",
        zone_accepted_on=dates(zones["accepted_on"]),
        zone_delivered_on=dates(zones["delivered_on"]),
        on_site_zone=case.on_site_zone,
        facility_accepted_on=dates(facilities["accepted_on"]),
        facility_handed_over_on=dates(facilities["handed_over_on"]),
        closed=np.isin(counted.reason, ("closed", "early_education")),
        as_of=case.as_of64,
    )
    out["handover"] = _texts(found.state)
    out["handover_days"] = _where(found.days, found.state == "late")
    out["handover_facility_id"] = _taken(facilities["facility_id"].tolist(), found.facility)


def township_table(
    case: Case, zones: gpd.GeoDataFrame, served: Served, migrants: Migrants, counted: Counted
) -> gpd.GeoDataFrame:
    """Return one row a township: the columns of ``townships.csv``, the extras and the geometry."""
    townships = case.county.tables.townships
    n = len(townships)
    need = np.maximum(served.required, 0)

    def total(values: Ints) -> Ints:
        return sum_by(values, case.township, n)

    in_reach, out_of_reach = shortfall_parts(need, served.attributed, served.reached)
    population, slots = total(case.population), sum_by(counted.slots, case.facility_township, n)
    required = total(need)
    out: Columns = {name: townships[name] for name in ("township_code", "name")}
    for name, values in {
        "zones": total(np.ones(len(zones), dtype=np.int64)),
        "population": population,
        "counted_slots": slots,
        "required": required,
        "required_pooled": pooled_requirement(
            case.population, case.rule, case.ratios, case.township, n
        ),
        "attributed": total(served.attributed),
        "in_reach": total(in_reach),
        "out_of_reach": total(out_of_reach),
        "shortfall": total(need - served.attributed),
        "shortfall_certain": required - served.township_max,
        "shortfall_possible": required - served.township_min,
        "pipeline_slots": sum_by(counted.pipeline, case.facility_township, n),
    }.items():
        out[name] = _where(values, np.ones(n, dtype=bool))
    out["slots_per_1000"] = pd.array(per_thousand(slots, population), dtype="Float64")
    _add_township_migrants(out, case, migrants)
    out["kind"], out["data_status"] = townships["kind"], townships["data_status"]
    out["population_own"] = townships["population"]
    return _ordered(out, "townships", townships.geometry)


def _add_township_migrants(out: Columns, case: Case, migrants: Migrants) -> None:
    n = len(case.county.tables.townships)
    checked = migrants.required != UNKNOWN
    urban = sum_by(migrants.urban.astype(np.int64), case.township, n)
    checked_zones = sum_by((checked & migrants.urban).astype(np.int64), case.township, n)
    some = checked_zones > 0
    needed = sum_by(np.maximum(migrants.required, 0), case.township, n)
    certain, at_risk = migrants.township
    status = migrant_status(
        np.where(some, needed, UNKNOWN), certain, at_risk, checked_zones == urban
    )
    out["migrant_required"] = _where(needed, some)
    out["migrant_shortfall_certain"] = _where(certain, some)
    out["migrant_shortfall_at_risk"] = _where(at_risk, some)
    out["migrant_status"] = _texts(np.where(urban > 0, status, ""))


def facility_table(case: Case, served: Served, counted: Counted) -> gpd.GeoDataFrame:
    """Return the facilities as loaded, with what counts, what is used and what is free."""
    facilities = case.county.tables.facilities
    given = sum_by(served.flow, served.pairs.facility, len(facilities))
    out: Columns = {str(name): column for name, column in pd.DataFrame(facilities).items()}
    out["name"] = facilities["name"].fillna("")
    # copies, for the totals are summed from the originals
    out["counted_slots"] = counted.slots.copy()
    out["not_counted_reason"] = _texts(counted.reason)
    out["pipeline_slots"] = counted.pipeline.copy()
    out["attributed_slots"] = given
    out["unused_slots"] = counted.slots - given
    return _framed(out, facilities.index)


def link_table(case: Case, served: Served) -> pd.DataFrame:
    """Return the links that carry slots, sorted by facility and zone."""
    tables, pairs = case.county.tables, served.pairs
    used = np.flatnonzero(served.flow > 0)
    return pd.DataFrame(
        {
            "facility_id": tables.facilities["facility_id"].array.take(pairs.facility[used]),
            "zone_id": tables.zones["zone_id"].array.take(pairs.zone[used]),
            "slots": served.flow[used],
            "distance_m": pairs.distance_m[used],
        }
    )
