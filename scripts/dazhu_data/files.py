"""The rows as files: GeoJSON with a feature a line, CSV in UTF-8, the same bytes every time."""

from __future__ import annotations

import csv
import json
from datetime import date
from typing import TYPE_CHECKING, Final

from shapely.geometry import mapping

from dazhu_data.cells import to_degrees

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from dazhu_data.candidates import Candidate
    from dazhu_data.facilities import Facility
    from dazhu_data.facts import Facts
    from dazhu_data.zones import Zone

_CRS: Final = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
_FACILITY_FIELDS: Final = (
    *("facility_id", "name", "type", "slots", "registered", "filed", "status", "opened_on"),
    *("closed_on", "accepted_on", "handed_over_on", "enrolled_u3", "inclusive", "demonstration"),
    *("accepts_migrants", "zone_id", "exclusive"),
)
_CANDIDATE_FIELDS: Final = (
    *("candidate_id", "name", "kind", "means", "max_slots", "cost_per_slot", "fixed_cost"),
    "available_on",
)


def write_boundary(path: Path, facts: Facts) -> None:
    """Write the county line, as it is in the facts."""
    properties = {"code": "511724", "name": "大竹县", "data_status": "real"}
    _write_geojson(path, "boundary", [(properties, facts.boundary)])


def write_townships(
    path: Path, facts: Facts, cells: Sequence[BaseGeometry], totals: Mapping[str, int]
) -> None:
    """Write the townships; ``totals`` holds the residents of those that publish them."""
    _write_geojson(
        path,
        "townships",
        [
            (
                {
                    "township_code": township.code,
                    "name": township.name,
                    "kind": township.kind,
                    "population": totals.get(township.code),
                    "data_status": "derived",
                },
                to_degrees(cell),
            )
            for township, cell in zip(facts.townships, cells, strict=True)
        ],
    )


def write_zones(path: Path, zones: Sequence[Zone]) -> None:
    """Write the synthetic zones."""
    _write_geojson(
        path, "zones", [(_zone_properties(zone), to_degrees(zone.shape)) for zone in zones]
    )


def write_streets(path: Path, streets: Sequence[BaseGeometry]) -> None:
    """Write the synthetic streets and roads."""
    _write_geojson(
        path,
        "streets",
        [
            ({"street_id": f"SYN-S-{number:04d}", "data_status": "synthetic"}, to_degrees(street))
            for number, street in enumerate(streets, start=1)
        ],
    )


def write_facilities(path: Path, facilities: Sequence[Facility]) -> None:
    """Write the synthetic facilities."""
    _write_csv(path, _FACILITY_FIELDS, facilities)


def write_candidates(path: Path, candidates: Sequence[Candidate]) -> None:
    """Write the synthetic candidate premises."""
    _write_csv(path, _CANDIDATE_FIELDS, candidates)


def _zone_properties(zone: Zone) -> dict[str, object]:
    return {
        "zone_id": zone.zone_id,
        "name": zone.name,
        "township_code": zone.township.code,
        "unit_id": zone.unit_id or None,
        "category": zone.category,
        "permitted_on": _text(zone.permitted_on) or None,
        "accepted_on": _text(zone.accepted_on) or None,
        "delivered_on": _text(zone.delivered_on) or None,
        "dwellings": zone.dwellings,
        "population": zone.population,
        "children_u3": zone.children_u3,
        "migrant_u3": zone.migrant_u3,
        "migrant_population": zone.migrant_population,
        "rural_childcare_considered": zone.rural_childcare_considered or None,
        "data_status": "synthetic",
    }


def _write_geojson(
    path: Path, name: str, rows: Iterable[tuple[Mapping[str, object], BaseGeometry]]
) -> None:
    features = ",\n".join(
        _json({"type": "Feature", "properties": properties, "geometry": mapping(shape)})
        for properties, shape in rows
    )
    head = f'{{"type":"FeatureCollection","name":"{name}","crs":{_json(_CRS)},"features":['
    path.write_text(f"{head}\n{features}\n]}}\n", encoding="utf-8", newline="\n")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _write_csv(
    path: Path, fields: Sequence[str], rows: Sequence[Facility] | Sequence[Candidate]
) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*fields, "lon", "lat", "data_status"])
        for row in rows:
            values = [_text(getattr(row, field)) for field in fields]
            lon, lat = row.lon_lat
            writer.writerow([*values, f"{lon:.6f}", f"{lat:.6f}", "synthetic"])


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
