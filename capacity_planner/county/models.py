"""What ``county.toml`` must look like."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field

from capacity_planner.settings import Day, Model, Number, Schema, Text, Words

__all__ = [
    "TABLES",
    "CostPlan",
    "CountyFile",
    "ForecastPlan",
    "GrowthPlan",
    "ScenarioPlan",
    "SitingPlan",
    "TableConfig",
    "TargetPlan",
]

Positive = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
Share = Annotated[Number, Field(ge=0, le=1)]
Growth = Annotated[Number, Field(ge=Decimal("-0.5"), le=Decimal("0.5"))]
Count = Annotated[int, Field(ge=0, le=10**9)]
Percent = Annotated[Number, Field(ge=0, le=100)]

ClassKind: TypeAlias = Literal["infant", "junior", "senior", "mixed"]
_SEPARATE: Final[tuple[ClassKind, ...]] = ("infant", "junior", "senior")

TABLES: Final = (
    "zones",
    "population",
    "facilities",
    "townships",
    "candidates",
    "roads",
    "distances",
    "gates",
    "boundary",
)


class TableConfig(Model):
    """One table of a county: its file and how to read it.

    Parameters
    ----------
    file
        Path within the county folder.
    layer, sheet
        Layer of a database, sheet of a workbook; found by itself where not given.
    crs
        Coordinate system, needed only where the file does not say.
    datum
        What the coordinates are shifted by: ``wgs84``, ``cgcs2000``, ``gcj02`` or ``bd09``.
    encoding
        Encoding of a text table, found by itself where not given.
    header_row
        Row of the headings, counted from 1; found by itself where not given.
    columns
        Our name to the office's heading.
    defaults
        Value for a column that the file lacks, in the type of the column: text, ``int``,
        :class:`~decimal.Decimal`, :class:`~datetime.date`, or ``bool`` for yes and no.
    distribute
        Only for ``population``: totals of townships or a raster are distributed to zones.
    unit
        Only for ``distances``: ``m`` or ``min``.
    """

    file: Text
    layer: Text | None = None
    sheet: Text | None = None
    crs: Annotated[str, Field(min_length=1, max_length=10_000)] | None = None
    datum: Literal["wgs84", "cgcs2000", "gcj02", "bd09"] = "wgs84"
    encoding: Literal["utf-8", "gb18030", "utf-16"] | None = None
    header_row: Annotated[int, Field(ge=1, le=1_000)] | None = None
    columns: dict[str, Text] = Field(default_factory=dict)
    defaults: dict[str, Any] = Field(default_factory=dict)
    distribute: bool = False
    unit: Literal["m", "min"] = "m"


class ScenarioPlan(Model):
    """``[forecast.scenarios.<name>]``: how the population moves.

    Parameters
    ----------
    zh, en
        What the scenario is called.
    growth_per_year
        Yearly growth as a share (0.01 is 1 %), by township code, category or ``default``.
    population_by_year
        Township code to year to residents, where a plan gives them; goes before growth.
    occupancy
        Share of a new zone's dwellings lived in, in the year of its delivery and each one after.
    children_share
        Children under three per resident.
    births_per_1000
        Births per 1,000 residents a year; instead of ``children_share``.
    """

    zh: Words
    en: Words
    growth_per_year: dict[str, Growth] = Field(default_factory=dict)
    population_by_year: dict[str, dict[str, Count]] = Field(default_factory=dict)
    occupancy: list[Share] = Field(default_factory=list, max_length=50)
    children_share: Share | None = None
    births_per_1000: Annotated[Number, Field(ge=0, le=100)] | None = None


class GrowthPlan(Model):
    """``[[forecast.grow]]``: a facility's slots from a day on, where it is to grow or to shrink.

    Parameters
    ----------
    facility_id
        One that there is.
    slots
        All its slots from then on.
    on
        The day.
    """

    facility_id: Text
    slots: Count
    on: Day


class ForecastPlan(Model):
    """``[forecast]``: the last year, the scenarios by name, and facilities that grow on a day."""

    horizon: Annotated[int, Field(ge=1900, le=2200)]
    scenarios: Annotated[dict[str, ScenarioPlan], Field(min_length=1, max_length=20)]
    grow: Annotated[list[GrowthPlan], Field(max_length=10_000)] = Field(default_factory=list)


class CostPlan(Model):
    """``[siting.costs.<means>]``: fixed and per slot, in yuan, and where the figures are from."""

    fixed_cost: NotNegative
    cost_per_slot: NotNegative
    source: Words


class SitingPlan(Model):
    """``[siting]``: what a plan of new slots may do.

    Parameters
    ----------
    mode
        ``least_cost`` (close all duties), ``budget`` (most slots within it), ``phases`` (the
        cheapest plan, opened year by year) or ``shortest`` (close all duties with the shortest ways
        that a budget allows).
    close
        ``duties`` (benchmarks only lose nothing by it) or ``all``.
    budget
        Yuan.
    budget_by_year
        Yuan that each year brings, for ``phases``; a year that is not named brings nothing, and what
        a year does not spend is carried on.
    closed_percent_by_year
        Percent of what can be closed that must be closed by the end of a year, for ``phases``.
    first_year
        First year in which a site can open; by default that of the assessment.
    deadline
        Day by which duties must be closed.
    min_slots, max_slots
        Size of a site.
    expand_max_slots
        Slots by which a centre may grow; 0 for none.
    size_source
        Where the limits of size are from; required with them.
    find_premises
        Means by which premises still to be found count as an option inside every built-up zone
        without a facility; without it only named candidates do.
    classes
        Kinds of classes that a site's slots are made of; their sizes are the policy's. Empty: any
        number of slots.
    accepts_migrants
        Whether new sites take migrant workers' children.
    alternatives
        How many near-optimal plans to show.
    differ
        How many sites of every other plan an alternative must do without.
    within_percent
        How much dearer an alternative may be.
    gap_percent, time_limit_s
        When the solver may stop.
    floor_m2_per_slot, land_m2_per_slot
        Building and land area per slot; no default, sources differ.
    area_source
        Where the areas per slot are from; required with them.
    costs
        By means: ``build``, ``purchase``, ``swap``, ``lease``, ``expand``.
    """

    mode: Literal["least_cost", "budget", "phases", "shortest"] = "least_cost"
    close: Literal["duties", "all"] = "duties"
    budget: NotNegative | None = None
    budget_by_year: dict[str, NotNegative] = Field(default_factory=dict)
    closed_percent_by_year: dict[str, Percent] = Field(default_factory=dict)
    first_year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    deadline: Day | None = None
    min_slots: Count | None = None
    max_slots: Count | None = None
    expand_max_slots: Count = 0
    size_source: Words | None = None
    find_premises: Literal["purchase", "swap", "lease"] | None = None
    classes: list[ClassKind] = Field(default_factory=lambda: list(_SEPARATE), max_length=4)
    accepts_migrants: bool = True
    alternatives: Annotated[int, Field(ge=0, le=20)] = 0
    differ: Annotated[int, Field(ge=1, le=1_000)] = 1
    within_percent: NotNegative = Decimal(5)
    gap_percent: NotNegative = Decimal("0.5")
    time_limit_s: Annotated[int, Field(ge=1, le=86_400)] = 60
    floor_m2_per_slot: Positive | None = None
    land_m2_per_slot: Positive | None = None
    area_source: Words | None = None
    costs: dict[Literal["build", "purchase", "swap", "lease", "expand"], CostPlan] = Field(
        default_factory=dict
    )


class TargetPlan(Model):
    """``[targets.<name>]``: a target of the county's own, shown as a line beside the figures."""

    zh: Words
    en: Words
    value: Positive
    unit: Literal["slots_per_1000_residents", "slots", "percent"]
    by: Day
    source: Words


class CountyFile(Model):
    """The whole of ``county.toml``."""

    schema_: Schema = Field(alias="schema")
    name: Text
    name_en: Text | None = None
    code: Text | None = None
    as_of: Day
    policy: Text
    measure_crs: Annotated[Text, Field(pattern=r"^(EPSG|ESRI):[0-9]{4,6}$")] | None = None
    demonstration: bool = False
    zones: TableConfig
    facilities: TableConfig
    population: TableConfig | None = None
    townships: TableConfig | None = None
    candidates: TableConfig | None = None
    roads: TableConfig | None = None
    distances: TableConfig | None = None
    gates: TableConfig | None = None
    boundary: TableConfig | None = None
    choices: dict[str, Any] = Field(default_factory=dict)
    forecast: ForecastPlan | None = None
    siting: SitingPlan | None = None
    targets: dict[str, TargetPlan] = Field(default_factory=dict)
