"""One county of a batch: run it, or keep the finished run where nothing has changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from capacity_planner.assessment import Gaps, assess
from capacity_planner.errors import PlannerError
from capacity_planner.loaders import load_county
from capacity_planner.report import inert_text
from capacity_planner.runs import write_run
from capacity_planner.schemas import OUTPUT_TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from capacity_planner.texts import Lang

__all__ = ["Outcome", "Task", "run_county"]

_PACKAGES: Final = ("capacity_planner", "geopandas", "numpy", "ortools", "pandas", "shapely")


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker needs to run one county; travels between machines as plain data."""

    folder: Path
    out: Path
    record: Path
    lang: Lang = "zh"
    as_of: date | None = None
    choices: Mapping[str, object] = field(default_factory=dict)

    @property
    def county(self) -> str:
        """Name of the county's folder, by which results are told apart."""
        return self.folder.name

    def fingerprint(self) -> str:
        """Return the SHA-256 of everything that shapes the run: inputs, options and versions."""
        found = hashlib.sha256()
        options = [self.lang, str(self.as_of), sorted(map(str, self.choices.items()))]
        versions = [version(name) for name in _PACKAGES]
        found.update(json.dumps([options, versions]).encode())
        for path in sorted(each for each in self.folder.rglob("*") if each.is_file()):
            found.update(path.relative_to(self.folder).as_posix().encode())
            found.update(hashlib.sha256(path.read_bytes()).digest())
        return found.hexdigest()


@dataclass(frozen=True)
class Outcome:
    """What one county gave: its sums and townships, or what is wrong with its input.

    ``state`` is ``done``, ``kept`` (finished earlier, nothing changed) or ``failed``.
    """

    county: str
    state: str
    fingerprint: str
    name: str = ""
    code: str = ""
    demonstration: bool = False
    totals: dict[str, int] = field(default_factory=dict)
    townships: list[dict[str, Any]] = field(default_factory=list)
    facilities: list[list[Any]] = field(default_factory=list)
    outline: str = ""
    complaints: list[dict[str, Any]] = field(default_factory=list)


def run_county(task: Task) -> Outcome:
    """Run one county and return its outcome; bad input is an outcome, not an exception.

    Parameters
    ----------
    task
        The county, where to write and under which options.

    Returns
    -------
    Outcome
        With state ``kept`` if an earlier outcome of the same fingerprint is on record and its run
        is still there.
    """
    fingerprint = task.fingerprint()
    earlier = _recall(task, fingerprint)
    if earlier is not None:
        return earlier
    try:
        gaps = assess(load_county(task.folder), as_of=task.as_of, **task.choices)
        write_run(gaps, task.out, lang=task.lang)
    except PlannerError as error:
        return Outcome(
            task.county, "failed", fingerprint, complaints=_plain(error, task.county, task.lang)
        )
    outcome = _summarise(gaps, task, fingerprint)
    _record(task.record, outcome)
    return outcome


def _recall(task: Task, fingerprint: str) -> Outcome | None:
    """Return the recorded outcome if it is of the same fingerprint and its run is whole."""
    try:
        noted = json.loads(task.record.read_text(encoding="utf-8"))
        if noted["fingerprint"] != fingerprint or not (task.out / "run.json").is_file():
            return None
        return Outcome(**{**noted, "state": "kept"})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _record(path: Path, outcome: Outcome) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(outcome), ensure_ascii=False), encoding="utf-8")
    part.replace(path)


def _plain(error: PlannerError, county: str, lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "county": county,
            "severity": each.severity,
            "code": each.code,
            "file": each.file,
            "row": each.row,
            "column": each.column,
            "value": inert_text(each.value),
            "message": each.message(lang),
            "remedy": each.remedy(lang),
        }
        for each in error.complaints
    ]


def _summarise(gaps: Gaps, task: Task, fingerprint: str) -> Outcome:
    source = gaps.county.source
    townships = gaps.townships[list(OUTPUT_TABLES["townships"].names)]
    counted = gaps.facilities[gaps.facilities["counted_slots"] > 0].to_crs(4326)
    shapes = gaps.county.tables.boundary
    ground = gaps.zones if shapes is None else shapes
    outline = ground.geometry.union_all().simplify(200.0)
    return Outcome(
        county=task.county,
        state="done",
        fingerprint=fingerprint,
        name=source.name,
        code=source.code,
        demonstration=source.demonstration,
        totals=dict(gaps.totals),
        townships=json.loads(townships.to_json(orient="records")),
        facilities=[
            [row.facility_id, row.name_, int(row.counted_slots), *_place(row.geometry)]
            for row in counted.rename(columns={"name": "name_"}).itertuples()
        ],
        outline=_lonlat(outline, gaps.zones.crs),
    )


def _place(point: Any) -> list[float | None]:  # noqa: ANN401 (a shapely point or nothing)
    return [None, None] if point is None else [round(point.x, 5), round(point.y, 5)]


def _lonlat(shape: Any, crs: Any) -> str:  # noqa: ANN401 (a shapely geometry and its CRS)
    import geopandas as gpd  # noqa: PLC0415 (the loaders have imported it by now)
    import shapely  # noqa: PLC0415

    moved = gpd.GeoSeries([shape], crs=crs).to_crs(4326).iloc[0]
    return str(shapely.to_wkt(moved, rounding_precision=5))
