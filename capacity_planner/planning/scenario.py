"""What-if files: small changes over a county, named and composable, checked like ``county.toml``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import geopandas as gpd
import pandas as pd
from pydantic import Field

from capacity_planner.county import GrowthPlan
from capacity_planner.errors import Complaint, CountyError
from capacity_planner.planning.building import facility_rows, townships_of
from capacity_planner.schemas import INPUT_TABLES, InputFile
from capacity_planner.settings import (
    Day,
    Model,
    Number,
    Text,
    Words,
    check,
    inside,
    nearest,
    read_toml,
    sha256_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from capacity_planner.county import County, ForecastPlan
    from capacity_planner.policy import Policy

__all__ = ["Scenario", "apply_scenario", "read_scenario"]

Count = Annotated[int, Field(ge=0, le=10**9)]
Degrees = Annotated[Number, Field(ge=-180, le=180)]
_MOST: Final = 10_000
_RATIOS: Final = {"new": "ratio_new", "existing": "ratio_existing", "old_town": "ratio_old_town"}


class AddFacility(Model):
    """``[[add_facility]]``: a new one, in degrees of WGS 84; it counts as filed unless it says no."""

    facility_id: Text
    name: Text | None = None
    type: Literal[
        "centre", "comprehensive_centre", "kindergarten_class", "home_based", "employer_run",
        "community_embedded",
    ] = "centre"  # fmt: skip
    slots: Count
    lon: Degrees
    lat: Degrees
    status: Literal["operating", "building", "planned"] = "operating"
    opened_on: Day | None = None
    filed: bool = True
    accepts_migrants: bool = True
    exclusive: bool = False
    zone_id: Text | None = None


class ChangeFacility(Model):
    """``[[change_facility]]``: slots, dates or standing of one that there is."""

    facility_id: Text
    slots: Count | None = None
    status: Literal["operating", "building", "planned", "closed"] | None = None
    opened_on: Day | None = None
    closed_on: Day | None = None
    filed: bool | None = None
    accepts_migrants: bool | None = None
    enrolled_u3: Count | None = None


class ChangeZone(Model):
    """``[[change_zone]]``: people, category or dates of one that there is."""

    zone_id: Text
    population: Count | None = None
    children_u3: Count | None = None
    migrant_u3: Count | None = None
    category: Literal["new", "existing", "old_town", "rural"] | None = None
    dwellings: Count | None = None
    delivered_on: Day | None = None
    accepted_on: Day | None = None


class CloseFacility(Model):
    """``[[close_facility]]``: one that no longer counts, from a day on or altogether."""

    facility_id: Text
    on: Day | None = None


class GrowFacility(GrowthPlan):
    """``[[grow_facility]]``: slots of one from a day on, for forecasts; as ``[[forecast.grow]]``."""


class ScenarioFile(Model):
    """The whole of a scenario file."""

    schema_: Literal[1] = Field(alias="schema")
    id: Text
    zh: Words
    en: Words
    after: Annotated[list[Text], Field(max_length=20)] = Field(default_factory=list)
    as_of: Day | None = None
    choices: dict[str, Any] = Field(default_factory=dict)
    ratios: dict[Literal["new", "existing", "old_town"], Annotated[Number, Field(gt=0)]] = Field(
        default_factory=dict
    )
    add_facility: Annotated[list[AddFacility], Field(max_length=_MOST)] = Field(
        default_factory=list
    )
    change_facility: Annotated[list[ChangeFacility], Field(max_length=_MOST)] = Field(
        default_factory=list
    )
    close_facility: Annotated[list[CloseFacility], Field(max_length=_MOST)] = Field(
        default_factory=list
    )
    grow_facility: Annotated[list[GrowFacility], Field(max_length=_MOST)] = Field(
        default_factory=list
    )
    change_zone: Annotated[list[ChangeZone], Field(max_length=_MOST)] = Field(default_factory=list)

    @property
    def changes(self) -> int:
        """How many things the file changes."""
        facilities = len(self.add_facility) + len(self.change_facility) + len(self.close_facility)
        facilities += len(self.grow_facility)
        single = len(self.choices) + len(self.ratios) + (self.as_of is not None)
        return facilities + len(self.change_zone) + single


@dataclass(frozen=True)
class Scenario:
    """A scenario file as read, with those that it comes after before it.

    Parameters
    ----------
    steps
        File name, content and SHA-256 of each, in the order in which they apply.
    """

    steps: tuple[tuple[str, ScenarioFile, str], ...]

    @property
    def name(self) -> str:
        """The id of the last file."""
        return self.steps[-1][1].id


def read_scenario(path: Path) -> Scenario:
    """Return a scenario file and all that it comes after, checked.

    Parameters
    ----------
    path
        A TOML file; names in ``after`` are files in the same folder or below.

    Returns
    -------
    Scenario
        Each file once, however often it is named.

    Raises
    ------
    CountyError
        With every fault of a file, or if files come after each other in a circle.
    """
    steps: dict[Path, tuple[str, ScenarioFile, str]] = {}
    _collect(Path(path), (), steps)
    return Scenario(tuple(steps.values()))


def _collect(
    path: Path, above: tuple[Path, ...], steps: dict[Path, tuple[str, ScenarioFile, str]]
) -> None:
    resolved = path.resolve()
    if resolved in above:
        raise CountyError.of("scenario_circle", file=path.name, value=path.name)
    if resolved in steps:
        return
    data = read_toml(path, file=path.name, error=CountyError)
    model = check(ScenarioFile, data, file=path.name, error=CountyError)
    for name in model.after:
        before = inside(path.parent, name, file=path.name, column="after", error=CountyError)
        _collect(before, (*above, resolved), steps)
    steps[resolved] = (path.name, model, sha256_of(path))


def apply_scenario(county: County, scenario: Scenario | Path | str) -> County:
    """Return the county as a scenario would have it.

    Parameters
    ----------
    county
        Stays as it is.
    scenario
        As read, or the path of its file.

    Returns
    -------
    County
        Its complaints say which scenario was applied, its files list the scenario's, and changed
        rows and rules are marked.

    Raises
    ------
    CountyError
        If a file has a fault, or names a facility or zone that does not exist, or adds one that does.
    """
    if not isinstance(scenario, Scenario):
        scenario = read_scenario(Path(scenario))
    for file, step, digest in scenario.steps:
        county = _apply(county, file, step, digest)
    return county


def _apply(county: County, file: str, step: ScenarioFile, digest: str) -> County:
    faults = list(_unknown(county, file, step))
    if faults:
        raise CountyError(faults)
    if step.choices:
        county = county.with_choices(**step.choices)
    told = Complaint(
        "scenario_applied", file, params={"zh_name": step.zh, "en_name": step.en, "count": step.changes}
    )  # fmt: skip
    tables = county.tables
    moved = county.with_tables(
        zones=_changed(tables.zones, "zone_id", step.change_zone),
        facilities=_facilities(county, step),
        complaints=(*tables.complaints, told),
        files=(*tables.files, InputFile(file, "scenario", digest)),
    )
    source = replace(
        moved.source,
        policy=_policy(moved.policy, step),
        as_of=step.as_of or moved.source.as_of,
        forecast=_forecast(moved.source.forecast, step),
    )
    return replace(moved, source=source)


def _forecast(plan: ForecastPlan | None, step: ScenarioFile) -> ForecastPlan | None:
    """Return the forecast section with a step's growing facilities."""
    if not step.grow_facility:
        return plan
    if plan is None:
        raise CountyError.of("forecast_missing", file="county.toml", column="forecast")
    return plan.model_copy(update={"grow": [*plan.grow, *step.grow_facility]})


def _unknown(county: County, file: str, step: ScenarioFile) -> Iterator[Complaint]:
    """Yield what a step names that is not there, and what it adds that is."""
    facilities = set(county.tables.facilities["facility_id"])
    zones = set(county.tables.zones["zone_id"])
    added: set[str] = set()
    for each in step.add_facility:
        if each.facility_id in facilities | added:
            yield Complaint("scenario_exists", file, column="add_facility", value=each.facility_id)
        added.add(each.facility_id)
        if each.zone_id is not None and each.zone_id not in zones:
            yield _missing(file, "add_facility.zone_id", each.zone_id, zones)
    for name, changed in (
        ("change_facility", step.change_facility),
        ("close_facility", step.close_facility),
        ("grow_facility", step.grow_facility),
    ):
        for one in changed:
            if one.facility_id not in facilities:
                yield _missing(file, name, one.facility_id, facilities)
    for zone in step.change_zone:
        if zone.zone_id not in zones:
            yield _missing(file, "change_zone", zone.zone_id, zones)


def _missing(file: str, column: str, value: str, known: set[str]) -> Complaint:
    params = {"nearest": nearest(value, known)}
    return Complaint("scenario_unknown", file, column=column, value=value, params=params)


def _changed(table: Any, key: str, changes: Sequence[Model]) -> Any:  # noqa: ANN401 (GeoDataFrames)
    """Return a table with the values that changes give; what they leave out stays."""
    out = table.copy()
    for change in changes:
        given = change.model_dump(exclude_none=True)
        at = out[key] == given.pop(key)
        for column, value in given.items():
            out.loc[at, column] = pd.Timestamp(value) if _is_date(table, column) else value
    return out


def _is_date(table: Any, column: str) -> bool:  # noqa: ANN401
    return bool(pd.api.types.is_datetime64_any_dtype(table[column].dtype))


def _facilities(county: County, step: ScenarioFile) -> Any:  # noqa: ANN401 (a GeoDataFrame)
    """Return the facilities with a step's changes, closures and additions."""
    out = _changed(county.tables.facilities, "facility_id", step.change_facility)
    for closed in step.close_facility:
        at = out["facility_id"] == closed.facility_id
        if closed.on is None:
            out.loc[at, "status"] = "closed"
        else:
            out.loc[at, "closed_on"] = pd.Timestamp(closed.on)
    if not step.add_facility:
        return out
    fresh = _added(county, step.add_facility)
    joined = pd.concat([out, fresh], ignore_index=True).sort_values(
        "facility_id", ignore_index=True
    )
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=out.crs)


def _added(county: County, added: Sequence[AddFacility]) -> gpd.GeoDataFrame:
    like = county.tables.facilities
    given = pd.DataFrame([each.model_dump() for each in added])
    degrees = gpd.points_from_xy(given["lon"].astype(float), given["lat"].astype(float), crs=4326)
    points = gpd.GeoSeries(degrees).to_crs(county.tables.zones.crs)
    given["registered"] = given["filed"]
    given["data_status"] = "proposed"
    given["township_code"] = townships_of(county.tables, points.to_numpy())
    known = {column.name for column in INPUT_TABLES["facilities"].columns}
    kept = given[[name for name in given.columns if name in known]]
    return facility_rows(kept.drop(columns=["lon", "lat"]), points, like=like)


def _policy(policy: Policy, step: ScenarioFile) -> Policy:
    """Return the policy with a step's ratios in place of its own, every one marked as assumed."""
    values = {_RATIOS[category]: value for category, value in step.ratios.items()}
    if not values:
        return policy
    rules = tuple(
        replace(
            rule,
            value=values[rule.id],
            clause=f"{rule.clause}（假设：{step.zh}）",
            confidence="I",
        )
        if rule.id in values
        else rule
        for rule in policy.rules
    )
    behind = _policy(policy.behind, step) if policy.behind else None
    return replace(policy, rules=rules, behind=behind)
