"""The tables that go in and come out: their columns, kinds and units, and the frozen sets of tables.

Input tables are what the loaders promise to every later room; output tables are what every run
writes. A kind is one of ``id`` and ``text`` (pandas ``str``), ``count`` (whole, ≥ 0, ``Int64``),
``number`` (``Float64``), ``date`` (``datetime64[s]``), ``yes_no`` (``boolean``), ``one_of``
(``str`` from :attr:`Column.values`) and ``geometry``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaint
    from capacity_planner.stored import StoredShapes

__all__ = [
    "CATEGORIES",
    "DUTIES",
    "FACILITY_STATUSES",
    "FACILITY_TYPES",
    "HANDOVERS",
    "INPUT_TABLES",
    "MIGRANT_STATUSES",
    "OUTPUT_TABLES",
    "RATIO_CATEGORIES",
    "Column",
    "InputFile",
    "Kind",
    "Table",
    "Tables",
]

Kind: TypeAlias = Literal["id", "text", "count", "number", "date", "yes_no", "one_of", "geometry"]

CATEGORIES: Final = ("new", "existing", "old_town", "rural")
RATIO_CATEGORIES: Final = ("new", "existing", "old_town")
FACILITY_TYPES: Final = (
    "centre",
    "comprehensive_centre",
    "kindergarten_class",
    "home_based",
    "employer_run",
    "community_embedded",
    "early_education",
)
FACILITY_STATUSES: Final = ("operating", "building", "planned", "closed")
TOWNSHIP_KINDS: Final = ("subdistrict", "town", "township")
DATA_STATUSES: Final = ("real", "derived", "synthetic")
CANDIDATE_MEANS: Final = ("build", "purchase", "swap", "lease")
POPULATION_ORIGINS: Final = ("counted", "planned", "distributed")
DUTIES: Final = ("build_with_housing", "provide_by_deadline", "top_up", "consider", "met")
MIGRANT_STATUSES: Final = ("met", "at_risk", "short", "not_checked")
HANDOVERS: Final = ("together", "late", "planned", "missing", "unknown")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, kind, unit, the words of a ``one_of``, whether it must be there and filled."""

    name: str
    kind: Kind
    required: bool = False
    unit: str = ""
    values: tuple[str, ...] = ()
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table's name and columns, the identifying column first."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the column of that name.

        Raises
        ------
        KeyError
            If the table has no such column.
        """
        return {column.name: column for column in self.columns}[name]


_PROVENANCE: Final = (
    Column("data_status", "one_of", values=DATA_STATUSES),
    Column("source_file", "text"),
    Column("source_row", "count"),
)

INPUT_TABLES: Final[dict[str, Table]] = {
    table.name: table
    for table in (
        Table(
            "zones",
            (
                Column("zone_id", "id", required=True),
                Column("name", "text"),
                Column("township_code", "id"),
                Column("township", "text"),
                Column("village", "text"),
                Column("unit_id", "id"),
                Column("category", "one_of", values=CATEGORIES),
                Column("permitted_on", "date"),
                Column("accepted_on", "date"),
                Column("delivered_on", "date"),
                Column("dwellings", "count", unit="dwellings"),
                Column("floor_area_m2", "number", unit="m²"),
                Column("population", "count", unit="persons"),
                Column("children_u3", "count", unit="persons"),
                Column("migrant_u3", "count", unit="persons"),
                Column("migrant_population", "count", unit="persons"),
                Column("rural_childcare_considered", "yes_no"),
                *_PROVENANCE,
                Column("geometry", "geometry", required=True),
            ),
        ),
        Table(
            "population",
            (
                Column("zone_id", "id"),
                Column("name", "text"),
                Column("township_code", "id"),
                Column("township", "text"),
                Column("village", "text"),
                Column("population", "count", required=True, unit="persons"),
                Column("households", "count", unit="households"),
                Column("children_u3", "count", unit="persons"),
                Column("migrant_u3", "count", unit="persons"),
                Column("migrant_population", "count", unit="persons"),
                *_PROVENANCE,
            ),
        ),
        Table(
            "facilities",
            (
                Column("facility_id", "id", required=True),
                Column("name", "text"),
                Column("township_code", "id"),
                Column("township", "text"),
                Column("type", "one_of", values=FACILITY_TYPES),
                Column("slots", "count", required=True, unit="slots"),
                Column("registered", "yes_no"),
                Column("filed", "yes_no"),
                Column("status", "one_of", values=FACILITY_STATUSES),
                Column("opened_on", "date"),
                Column("closed_on", "date"),
                Column("accepted_on", "date"),
                Column("handed_over_on", "date"),
                Column("enrolled_u3", "count", unit="persons"),
                Column("inclusive", "yes_no"),
                Column("demonstration", "yes_no"),
                Column("accepts_migrants", "yes_no"),
                Column("zone_id", "id"),
                Column("exclusive", "yes_no"),
                Column("lon", "number", unit="degrees"),
                Column("lat", "number", unit="degrees"),
                *_PROVENANCE,
                Column("geometry", "geometry"),
            ),
        ),
        Table(
            "townships",
            (
                Column("township_code", "id", required=True),
                Column("name", "text", required=True),
                Column("kind", "one_of", values=TOWNSHIP_KINDS),
                Column("population", "count", unit="persons"),
                *_PROVENANCE,
                Column("geometry", "geometry"),
            ),
        ),
        Table(
            "candidates",
            (
                Column("candidate_id", "id", required=True),
                Column("name", "text"),
                Column("kind", "text"),
                Column("means", "one_of", values=CANDIDATE_MEANS),
                Column("max_slots", "count", unit="slots"),
                Column("cost_per_slot", "number", unit="yuan per slot"),
                Column("fixed_cost", "number", unit="yuan"),
                Column("available_on", "date"),
                Column("lon", "number", unit="degrees"),
                Column("lat", "number", unit="degrees"),
                *_PROVENANCE,
                Column("geometry", "geometry"),
            ),
        ),
        Table("roads", (Column("geometry", "geometry", required=True),)),
        Table(
            "distances",
            (
                Column("facility_id", "id", required=True),
                Column("zone_id", "id", required=True),
                Column("distance_m", "number", required=True, unit="m", blank=True),
                *_PROVENANCE,
            ),
        ),
        Table(
            "gates",
            (
                Column("zone_id", "id", required=True),
                Column("name", "text"),
                Column("lon", "number", unit="degrees"),
                Column("lat", "number", unit="degrees"),
                *_PROVENANCE,
                Column("geometry", "geometry"),
            ),
        ),
        Table("boundary", (Column("name", "text"), Column("geometry", "geometry", required=True))),
    )
}

OUTPUT_TABLES: Final[dict[str, Table]] = {
    table.name: table
    for table in (
        Table(
            "zones",
            (
                Column("zone_id", "id"),
                Column("name", "text"),
                Column("township_code", "id"),
                Column("township", "text"),
                Column("category", "one_of", values=CATEGORIES),
                Column("population", "count", unit="persons"),
                Column("ratio_per_1000", "number", unit="slots per 1,000 residents"),
                Column("required", "count", unit="slots"),
                Column("attributed", "count", unit="slots"),
                Column("in_reach", "count", unit="slots"),
                Column("out_of_reach", "count", unit="slots"),
                Column("attributed_min", "count", unit="slots"),
                Column("attributed_max", "count", unit="slots"),
                Column("shortfall", "count", unit="slots"),
                Column("shortfall_certain", "count", unit="slots"),
                Column("shortfall_possible", "count", unit="slots"),
                Column("has_facility", "yes_no"),
                Column("duty", "one_of", values=DUTIES),
                Column("clause", "text"),
                Column("children_u3", "count", unit="persons"),
                Column("migrant_u3", "count", unit="persons"),
                Column("migrant_required", "count", unit="slots"),
                Column("migrant_status", "one_of", values=MIGRANT_STATUSES),
                Column("handover", "one_of", values=HANDOVERS),
                Column("source_file", "text"),
                Column("source_row", "count"),
            ),
        ),
        Table(
            "townships",
            (
                Column("township_code", "id"),
                Column("name", "text"),
                Column("zones", "count"),
                Column("population", "count", unit="persons"),
                Column("counted_slots", "count", unit="slots"),
                Column("slots_per_1000", "number", unit="slots per 1,000 residents"),
                Column("required", "count", unit="slots"),
                Column("required_pooled", "count", unit="slots"),
                Column("attributed", "count", unit="slots"),
                Column("in_reach", "count", unit="slots"),
                Column("out_of_reach", "count", unit="slots"),
                Column("shortfall", "count", unit="slots"),
                Column("shortfall_certain", "count", unit="slots"),
                Column("shortfall_possible", "count", unit="slots"),
                Column("migrant_required", "count", unit="slots"),
                Column("migrant_shortfall_certain", "count", unit="slots"),
                Column("migrant_shortfall_at_risk", "count", unit="slots"),
                Column("migrant_status", "one_of", values=MIGRANT_STATUSES),
            ),
        ),
        Table(
            "links",
            (
                Column("facility_id", "id"),
                Column("zone_id", "id"),
                Column("slots", "count", unit="slots"),
                Column("distance_m", "count", unit="m"),
            ),
        ),
        Table(
            "complaints",
            (
                Column("severity", "one_of", values=("error", "repaired", "warning")),
                Column("code", "id"),
                Column("file", "text"),
                Column("sheet", "text"),
                Column("row", "count"),
                Column("column", "text"),
                Column("value", "text"),
                Column("message", "text"),
                Column("remedy", "text"),
            ),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file that was read: its path in the county folder, its table and its SHA-256 in hex."""

    path: str
    table: str
    sha256: str


@dataclass(frozen=True)
class Tables:
    """The county's data after loading, as every later room may trust them.

    Every frame is sorted by its id with a fresh ``RangeIndex``, holds all columns of its input
    schema (missing ones empty, of the right dtype) and lies in one measuring CRS in metres.

    Parameters
    ----------
    zones
        Polygons. ``category`` and ``population`` are settled; ``category_origin`` is ``filed``,
        ``dated``, ``default`` or ``undated``; ``population_origin`` is ``counted``, ``planned`` or
        ``distributed``; ``township_code`` names a row of ``townships``.
    facilities
        Points; an empty geometry (``None``) where a facility has no place on the map.
        ``township_code`` and ``township`` are those of the township that it names, else of the one
        that it lies in, else empty.
    townships
        Polygons or ``None``; derived from the zones where the county sends none.
    boundary
        The county line, or ``None``.
    candidates, roads
        As sent, or ``None``.
    distances
        Metres between facilities and zones, sorted by both ids; missing where there is no way.
        ``None`` where the county sends none.
    gates
        Points where zones open to the street, sorted by zone, or ``None``.
    complaints
        Repairs and warnings (errors have ended the run).
    files
        What was read.
    lying
        Facility and zone of every facility that lies in a zone, its edge included: two arrays of row
        numbers. ``None`` where the facilities or the zones are not those that were loaded.
    zones_stored
        Where the zones' shapes lie in the file they came from, of those that were neither moved nor
        mended; ``None`` if all were, or if the file is no GeoParquet in the order of the ids.
    """

    zones: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    townships: gpd.GeoDataFrame
    boundary: gpd.GeoDataFrame | None = None
    candidates: gpd.GeoDataFrame | None = None
    roads: gpd.GeoDataFrame | None = None
    distances: pd.DataFrame | None = None
    gates: gpd.GeoDataFrame | None = None
    complaints: tuple[Complaint, ...] = ()
    files: tuple[InputFile, ...] = field(default=())
    lying: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
    zones_stored: StoredShapes | None = None
