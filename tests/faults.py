"""A small clean county, and a registry of the ways in which offices spoil one.

A case is a function that takes a clean :class:`Office` and spoils it; :func:`fault` registers it
under its name with what must come of it. The test and ``scripts/bad_inputs.py`` run every case
through ``load_county``.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import shapely

from capacity_planner.errors import Complaints, PlannerError
from capacity_planner.loaders import load_county
from capacity_planner.texts import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from capacity_planner.county import County
    from capacity_planner.errors import Complaint

Row = dict[str, Any]
Outcome = Literal["refused", "repaired", "warned", "clean"]

MOVED_M = 0.01
WEST, SOUTH, SIDE = 107.200, 30.700, 0.004
TOWNS = {"511724001": "竹阳街道", "511724002": "东柳街道"}


@dataclass
class Office:
    """A county folder in the making: rows by our own column names, geometry in WGS 84 degrees.

    ``write`` makes GeoJSON zones and townships and CSV facilities of the rows, except for tables
    whose file a case has written itself (then it names the file in ``config``).
    """

    folder: Path
    zones: list[Row] = field(default_factory=list)
    facilities: list[Row] = field(default_factory=list)
    townships: list[Row] = field(default_factory=list)
    population: list[Row] = field(default_factory=list)
    config: Row = field(default_factory=dict)

    def path(self, name: str) -> Path:
        """Return the path of a file in the folder, making the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def put(self, table: str, name: str, content: str | bytes, **keys: Any) -> Path:
        """Write a table's file with this very content and name it in the configuration."""
        path = self.path(name)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.config[table] = {**self.config.get(table, {}), "file": name, **keys}
        return path

    def write(self) -> Path:
        """Write what is still only in rows, and ``county.toml``; return the folder."""
        for table in ("zones", "townships"):
            if "file" not in self.config.setdefault(table, {}) and getattr(self, table):
                self.put(table, f"{table}.geojson", geojson(getattr(self, table)))
        for table in ("facilities", "population"):
            if getattr(self, table) and "file" not in self.config.setdefault(table, {}):
                self.put(table, f"{table}.csv", csv_text(getattr(self, table)))
        target = self.path("county.toml")
        if not target.exists():
            target.write_text(toml_text({k: v for k, v in self.config.items() if v != {}}), "utf-8")
        return self.folder


@dataclass(frozen=True)
class Fault:
    """One bad input: its name, its kind, what must come of it and the codes to be told.

    ``refused``: an error of the tool with all ``codes``. ``repaired`` and ``warned``: loads, tells
    all ``codes`` and (if ``same``) equals the clean county. ``clean``: loads and equals it.
    """

    name: str
    group: str
    outcome: Outcome
    codes: frozenset[str]
    same: bool
    build: Callable[[Office], None]


FAULTS: dict[str, Fault] = {}


def fault(
    group: str, outcome: Outcome, *codes: str, same: bool | None = None
) -> Callable[[Callable[[Office], None]], Callable[[Office], None]]:
    """Register the decorated builder under its own name.

    ``same`` defaults to true for ``repaired`` and ``clean``, false for ``warned``.
    """

    def note(build: Callable[[Office], None]) -> Callable[[Office], None]:
        name = build.__name__
        if name in FAULTS:
            raise KeyError(name)
        equal = outcome in ("repaired", "clean") if same is None else same
        FAULTS[name] = Fault(name, group, outcome, frozenset(codes), equal, build)
        return build

    return note


def square(column: int, row: int, *, size: float = 1.0) -> shapely.Polygon:
    """Return a square of about 380 m × 440 m, ``size`` of a grid step wide."""
    west, south = WEST + column * SIDE, SOUTH + row * SIDE
    return shapely.box(west, south, west + size * SIDE, south + size * SIDE)


def clean_office(folder: Path) -> Office:
    """Return six zones in two townships, three facilities, nothing wrong anywhere."""
    office = Office(folder)
    categories = ("new", "existing", "old_town", "existing", "new", "rural")
    populations = (1200, 700, 1250, 1251, 3000, 900)
    for number, (category, population) in enumerate(zip(categories, populations, strict=True)):
        code = list(TOWNS)[number // 3]
        office.zones.append(
            {
                "zone_id": f"00{number + 1}",
                "name": f"第{'一二三四五六'[number]}小区",
                "township_code": code,
                "category": category,
                "permitted_on": "2022-03-01" if category == "new" else "2010-05-01",
                "dwellings": population // 2,
                "population": population,
                "children_u3": population // 50,
                "migrant_u3": population // 200,
                "geometry": square(number % 3, number // 3),
            }
        )
    for number, (kind, slots) in enumerate(
        (("centre", 60), ("kindergarten_class", 20), ("home_based", 5))
    ):
        place = office.zones[number * 2]["geometry"].centroid
        office.facilities.append(
            {
                "facility_id": f"F0{number + 1}",
                "name": f"{'甲乙丙'[number]}托育园",
                "type": kind,
                "slots": slots,
                "registered": "是",
                "filed": "是",
                "status": "operating",
                "opened_on": "2023-09-01",
                "enrolled_u3": slots - 2,
                "accepts_migrants": "是",
                "lon": round(place.x, 7),
                "lat": round(place.y, 7),
            }
        )
    for number, (code, name) in enumerate(TOWNS.items()):
        outline = shapely.box(
            WEST, SOUTH + number * SIDE, WEST + 3 * SIDE, SOUTH + (number + 1) * SIDE
        )
        office.townships.append(
            {"township_code": code, "name": name, "kind": "subdistrict", "geometry": outline}
        )
    office.config = {
        "schema": 1,
        "name": "试验县",
        "name_en": "Test County",
        "code": "511724",
        "as_of": "2025-12-31",
        "policy": "dazhu-2021-57",
    }
    return office


def geojson(rows: list[Row], **members: Any) -> str:
    """Return rows as GeoJSON text; ``members`` stand beside the features."""
    features = [
        {
            "type": "Feature",
            "properties": {key: value for key, value in row.items() if key != "geometry"},
            "geometry": None
            if row.get("geometry") is None
            else json.loads(shapely.to_geojson(row["geometry"])),
        }
        for row in rows
    ]
    collection = {"type": "FeatureCollection", **members, "features": features}
    return json.dumps(collection, ensure_ascii=False)


def csv_text(rows: list[Row], *, delimiter: str = ",") -> str:
    """Return rows as delimited text with a heading line; geometry as WKT."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")
    heading = list(dict.fromkeys(key for row in rows for key in row))
    writer.writerow(heading)
    for row in rows:
        cells = [row.get(key, "") for key in heading]
        writer.writerow([cell.wkt if hasattr(cell, "wkt") else cell for cell in cells])
    return stream.getvalue()


def toml_text(tree: Row) -> str:
    """Return a nested mapping as TOML; dates are written bare."""
    lines: list[str] = []
    _toml_table(tree, (), lines)
    return "\n".join(lines) + "\n"


def _toml_table(tree: Row, path: tuple[str, ...], lines: list[str]) -> None:
    if path:
        lines.append(f"[{'.'.join(path)}]")
    lines.extend(
        f"{json.dumps(key, ensure_ascii=False) if not key.isascii() else key} = {_toml_value(key, value)}"
        for key, value in tree.items()
        if not isinstance(value, dict)
    )
    for key, value in tree.items():
        if isinstance(value, dict):
            _toml_table(value, (*path, key), lines)


def _toml_value(key: str, value: Any) -> str:
    return str(value) if key == "as_of" else json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True)
class Verdict:
    """What became of a case: how it ended, the codes told, and what went wrong, if anything."""

    ended: str
    codes: tuple[str, ...]
    why: str = ""


def run_fault(case: Fault, folder: Path) -> Verdict:
    """Load the spoilt county of a case and judge what came of it."""
    office = clean_office(folder)
    case.build(office)
    found = Complaints()
    try:
        county = load_county(office.write(), complaints=found)
    except PlannerError as refusal:
        codes = {each.code for each in refusal.complaints}
        return Verdict("refused", tuple(sorted(codes)), _why_refused(case, codes, refusal))
    codes = {each.code for each in found}
    return Verdict("loaded", tuple(sorted(codes)), _why_loaded(case, codes, county, found))


def _why_refused(case: Fault, codes: set[str], refusal: PlannerError) -> str:
    if case.outcome != "refused":
        return f"refused: {refusal.tell('en')}"
    if not case.codes <= codes:
        return f"not told: {sorted(case.codes - codes)}"
    return _unfilled(refusal.complaints)


def _why_loaded(case: Fault, codes: set[str], county: County, found: Complaints) -> str:
    if case.outcome == "refused":
        return "was not refused"
    if not case.codes <= codes:
        return f"not told: {sorted(case.codes - codes)}"
    if case.outcome == "clean" and codes - case.codes:
        return f"told in vain: {sorted(codes - case.codes)}"
    return (case.same and difference(county, clean_county())) or _unfilled(found)


def _unfilled(complaints: Iterable[Complaint]) -> str:
    """Return the first sentence with a name that nothing filled in."""
    for each in complaints:
        for lang in LANGUAGES:
            if found := re.search(r"\{[a-z_0-9]+\}", each.line(lang).replace(each.value, "")):
                return f"{each.code}: {found[0]} is not filled in"
    return ""


@cache
def clean_county() -> County:
    """Return the county of which nothing is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        return load_county(clean_office(Path(folder)).write())


def difference(county: County, other: County) -> str:
    """Return where two counties' figures differ, or an empty text."""
    for table, key in (
        ("zones", "zone_id"),
        ("facilities", "facility_id"),
        ("townships", "township_code"),
    ):
        left, right = getattr(county.tables, table), getattr(other.tables, table)
        if list(left[key]) != list(right[key]):
            return f"{table}: {list(left[key])} instead of {list(right[key])}"
        for column in right.columns:
            if column in {"source_file", "source_row", "category_origin"}:
                continue
            if column == "geometry":
                away = [
                    (a is None) != (b is None) or (a is not None and a.distance(b) > MOVED_M)
                    for a, b in zip(left.geometry, right.geometry, strict=True)
                ]
                if any(away):
                    return f"{table}: geometry moved"
            elif not left[column].equals(right[column]):
                return f"{table}.{column}: {list(left[column])} instead of {list(right[column])}"
    return ""
