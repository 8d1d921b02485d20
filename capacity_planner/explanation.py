"""Why this number: the derivation of a figure as lines that lead to clauses and source rows.

A line is a key of the labels catalogue and its values; console, page and notebook render the same
lines in either language. A value that is itself a word of the catalogue is a :class:`Word`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
import shapely

from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capacity_planner.assessment import Gaps
    from capacity_planner.texts import Lang

__all__ = [
    "Explanation",
    "Line",
    "Word",
    "explain_facility",
    "explain_township",
    "explain_zone",
    "explain_zones",
]


class Word(str):
    """A value that is a key of the labels catalogue, put into words when it is shown."""

    __slots__ = ()


Value: TypeAlias = int | str | Word
Row: TypeAlias = Any
"""A row of a result's table: its values differ in type from column to column."""


@dataclass(frozen=True, slots=True)
class Line:
    """One step of a derivation: a key of the labels catalogue and the values it names."""

    key: str
    params: dict[str, Value]

    def text(self, lang: Lang) -> str:
        """Return the sentence in one language."""
        said = {
            name: label(value, lang) if isinstance(value, Word) else value
            for name, value in self.params.items()
        }
        return label(self.key, lang, **said)

    def to_dict(self) -> dict[str, Any]:
        """Return the line as plain data; words as ``{"label": key}``."""
        params = {
            name: {"label": str(value)} if isinstance(value, Word) else value
            for name, value in self.params.items()
        }
        return {"key": self.key, "params": params}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The derivation of one zone's, facility's or township's figures."""

    kind: str
    id: str
    lines: tuple[Line, ...]

    def text(self, lang: Lang) -> str:
        """Return all lines in one language."""
        return "\n".join(line.text(lang) for line in self.lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the derivation as plain data."""
        return {"kind": self.kind, "id": self.id, "lines": [line.to_dict() for line in self.lines]}


def _line(key: str, **params: Value) -> Line:
    return Line(f"explain.{key}", params)


def explain_zone(gaps: Gaps, zone_id: str) -> Explanation:
    """Return why a zone has its figures: population × ratio, who serves it, what is missing, whose duty.

    Parameters
    ----------
    gaps
        A result.
    zone_id
        The zone's id, to the letter.

    Returns
    -------
    Explanation
        In the order in which the figures arise.

    Raises
    ------
    UnknownNameError
        If there is no such zone.
    """
    row: Row = gaps.zone(zone_id)
    return _Evidence(gaps, only=int(row.name)).zone(row)


def explain_zones(gaps: Gaps) -> Iterator[Explanation]:
    """Yield the derivation of every zone, in the order of ``gaps.zones``."""
    evidence = _Evidence(gaps)
    for _, row in gaps.zones.iterrows():
        yield evidence.zone(row)


class _Evidence:
    """What lies around the zones of a result, gathered once for all of them."""

    def __init__(self, gaps: Gaps, only: int | None = None) -> None:
        self.gaps = gaps
        self.links = dict(iter(gaps.links.groupby("zone_id", sort=False)))
        self.names = dict(zip(gaps.facilities["facility_id"], gaps.facilities["name"], strict=True))
        self.citations = {each.rule.id: each for each in gaps.standings}
        self.not_counted = self._find_not_counted(only)
        self.units = gaps.zones[gaps.zones["unit_id"].fillna("") != ""].groupby("unit_id")

    def _find_not_counted(self, only: int | None) -> dict[int, list[tuple[int, int]]]:
        """Return (facility, metres) near each zone for facilities that do not count in full."""
        gaps, near = self.gaps, defaultdict(list)
        left_out = np.flatnonzero(gaps.facilities["not_counted_reason"] != "")
        points = gaps.facilities.geometry.to_numpy()[left_out]
        zones = np.arange(len(gaps.zones)) if only is None else np.array([only])
        polygons = gaps.zones.geometry.to_numpy()[zones]
        tree = shapely.STRtree(polygons)
        radius = float(gaps.choices.radius_m)
        facility, zone = tree.query(points, predicate="dwithin", distance=radius)
        inner = shapely.point_on_surface(polygons)
        metres = np.floor(shapely.distance(points[facility], inner[zone]) + 0.5).astype(np.int64)
        inside = shapely.intersects(points[facility], polygons[zone])
        for at in np.flatnonzero(inside | (metres <= radius)):
            near[int(zones[zone[at]])].append((int(left_out[facility[at]]), int(metres[at])))
        return near

    def zone(self, row: Row) -> Explanation:
        """Return the derivation of one zone's row."""
        lines = [*self._requirement(row), *self._service(row), *self._checks(row)]
        return Explanation("zone", row["zone_id"], tuple(lines))

    def _requirement(self, row: Row) -> Iterator[Line]:
        yield _line(
            "zone",
            name=row["name"],
            zone_id=row["zone_id"],
            township=row["township"],
            category=Word(f"category.{row['category']}"),
        )
        yield _line(
            "population",
            population=int(row["population"]),
            origin=Word(f"origin.{row['population_origin']}"),
            file=row["source_file"],
            row=_text(row["source_row"]),
        )
        if pd.isna(row["required"]):
            yield _line("no_number", clause=row["clause"])
            return
        standing = self.citations[row["rule_id"]]
        yield _line(
            "ratio",
            ratio=_text(standing.rule.value),
            citation=f"{standing.document.name('zh')} {standing.rule.clause}",
            standing=Word(f"standing.{standing.standing}"),
        )
        yield from self._rounded(row, _text(standing.rule.value))

    def _rounded(self, row: Row, ratio: str) -> Iterator[Line]:
        unit = "" if pd.isna(row["unit_id"]) else row["unit_id"]
        required = int(row["required"])
        if unit:
            members = self.units.get_group(unit)
            same = members[members["rule_id"] == row["rule_id"]]
            if len(same) > 1:
                yield _line(
                    "unit",
                    unit=unit,
                    zones=len(same),
                    population=int(same["population"].sum()),
                    unit_required=int(same["required"].sum()),
                    required=required,
                )
                return
        yield _line("ceiling", population=int(row["population"]), ratio=ratio, required=required)

    def _service(self, row: Row) -> Iterator[Line]:
        for link in self._links_of(row["zone_id"]):
            yield _line(
                "link",
                facility=self.names.get(link.facility_id, ""),
                facility_id=link.facility_id,
                slots=int(link.slots),
                distance_m=int(link.distance_m),
            )
        for facility, metres in self.not_counted.get(int(row.name), ()):
            yield _not_counted(self.gaps.facilities.iloc[facility], metres)
        if pd.isna(row["required"]):
            return
        parts = ("required", "attributed", "in_reach", "out_of_reach", "shortfall")
        yield _line("parts", **{name: int(row[name]) for name in parts})
        if row["shortfall_certain"] != row["shortfall_possible"]:
            ends = ("attributed_min", "attributed_max", "shortfall_certain", "shortfall_possible")
            yield _line("range", **{name: int(row[name]) for name in ends})

    def _links_of(self, zone_id: str) -> Iterator[Any]:
        links = self.links.get(zone_id)
        if links is not None:
            yield from _tuples(links)

    def _checks(self, row: Row) -> Iterator[Line]:
        yield _line("duty", duty=Word(f"duty.{row['duty']}"), clause=row["clause"])
        if row["migrant_status"]:
            known = not pd.isna(row["migrant_required"])
            yield _line(
                "migrants" if known else "migrants_unknown",
                status=Word(f"migrant.{row['migrant_status']}"),
                **(_migrant_numbers(row) if known else {}),
            )
        if row["handover"]:
            yield _line(
                "handover_late" if row["handover"] == "late" else "handover",
                state=Word(f"handover.{row['handover']}"),
                facility_id=row["handover_facility_id"],
                days=0 if pd.isna(row["handover_days"]) else int(row["handover_days"]),
            )


def _migrant_numbers(row: Row) -> dict[str, Value]:
    names = (
        "migrant_u3",
        "children_u3",
        "migrant_required",
        "migrant_shortfall_certain",
        "migrant_shortfall_at_risk",
    )
    return {name: int(row[name]) for name in names}


def _not_counted(facility: Row, metres: int) -> Line:
    return _line(
        "not_counted",
        facility=facility["name"],
        facility_id=facility["facility_id"],
        slots=int(facility["slots"]),
        counted=int(facility["counted_slots"]),
        reason=Word(f"reason.{facility['not_counted_reason']}"),
        distance_m=metres,
    )


def _tuples(links: pd.DataFrame) -> Iterator[Row]:
    yield from links.itertuples()


def _text(value: Any) -> str:  # noqa: ANN401 (a cell)
    return "" if value is None or pd.isna(value) else str(value)


def explain_facility(gaps: Gaps, facility_id: str) -> Explanation:
    """Return where a facility's slots go, which stay unused and why.

    Parameters
    ----------
    gaps
        A result.
    facility_id
        The facility's id, to the letter.

    Returns
    -------
    Explanation
        What counts, each link, what is left over and the reason.

    Raises
    ------
    UnknownNameError
        If there is no such facility.
    """
    row = gaps.facility(facility_id)
    lines = [
        _line(
            "facility",
            name=row["name"],
            facility_id=facility_id,
            type=Word(f"type.{row['type']}"),
            status=Word(f"facility_status.{row['status']}"),
            file=row["source_file"],
            row=_text(row["source_row"]),
        )
    ]
    numbers: dict[str, Value] = {"slots": int(row["slots"]), "counted": int(row["counted_slots"])}
    if row["not_counted_reason"]:
        reason = Word(f"reason.{row['not_counted_reason']}")
        lines.append(_line("facility_part", reason=reason, **numbers))
    else:
        lines.append(_line("facility_counted", **numbers))
    links = gaps.links[gaps.links["facility_id"] == facility_id]
    names = gaps.zones.set_index("zone_id")["name"]
    lines += [
        _line(
            "facility_link",
            zone=names[link.zone_id],
            zone_id=link.zone_id,
            slots=int(link.slots),
            distance_m=int(link.distance_m),
        )
        for link in _tuples(links)
    ]
    if row["unused_slots"] > 0:
        lines.append(_unused(gaps, row))
    return Explanation("facility", facility_id, tuple(lines))


def _unused(gaps: Gaps, row: Row) -> Line:
    """Return why slots stay unused: no place, nobody in reach, or everyone in reach is served."""
    reach = gaps.pairs.zone[gaps.pairs.facility == int(row.name)]
    unused = int(row["unused_slots"])
    if row.geometry is None and not len(reach):
        return _line("unused_no_place", unused=unused)
    if not gaps.zones["required"].iloc[reach].fillna(0).any():
        return _line("unused_nobody", unused=unused, radius_m=int(gaps.choices.radius_m))
    return _line("unused_all_served", unused=unused, zones=len(reach))


def explain_township(gaps: Gaps, code_or_name: str) -> Explanation:
    """Return a township's sums, ranges and checks.

    Parameters
    ----------
    gaps
        A result.
    code_or_name
        The township's code or name.

    Returns
    -------
    Explanation
        Requirement summed and pooled, the three parts, range, supply, migrants, zones by duty.

    Raises
    ------
    UnknownNameError
        If there is no such township.
    """
    row = gaps.township(code_or_name)
    names = ("zones", "population", "required", "required_pooled", "counted_slots")
    lines = [
        _line("township", name=row["name"], township_code=row["township_code"]),
        _line("township_sums", **{name: int(row[name]) for name in names}),
        _line(
            "parts",
            **{
                name: int(row[name])
                for name in ("required", "attributed", "in_reach", "out_of_reach", "shortfall")
            },
        ),
        _line(
            "township_range",
            shortfall_certain=int(row["shortfall_certain"]),
            shortfall_possible=int(row["shortfall_possible"]),
        ),
    ]
    inside = gaps.zones[gaps.zones["township_code"] == row["township_code"]]
    missing = inside[inside["shortfall"].fillna(0) > 0]
    for duty, part in missing.groupby("duty"):
        lines.append(
            _line(
                "township_duty",
                duty=Word(f"duty.{duty}"),
                zones=len(part),
                shortfall=int(part["shortfall"].sum()),
            )
        )
    if row["migrant_status"] and not pd.isna(row["migrant_required"]):
        lines.append(
            _line(
                "township_migrants",
                status=Word(f"migrant.{row['migrant_status']}"),
                migrant_required=int(row["migrant_required"]),
                migrant_shortfall_certain=int(row["migrant_shortfall_certain"]),
                migrant_shortfall_at_risk=int(row["migrant_shortfall_at_risk"]),
            )
        )
    return Explanation("township", row["township_code"], tuple(lines))
