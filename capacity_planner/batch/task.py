"""One county of a batch: run it, or keep the finished run where nothing has changed."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import shapely

from capacity_planner.assessment import Gaps, assess
from capacity_planner.errors import InputError, PlannerError
from capacity_planner.loaders import load_county
from capacity_planner.memory import peak_memory_mib
from capacity_planner.runs import write_run
from capacity_planner.runs.record import hash_file, read_run
from capacity_planner.schemas import OUTPUT_TABLES
from capacity_planner.texts import inert_text, label

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from capacity_planner.runs.outputs import Outputs
    from capacity_planner.texts import Lang

__all__ = ["Outcome", "Task", "failed_outcome", "run_county"]

_THIN_M: Final = 200.0
_STEPS: Final = 200
"""An outline keeps detail of 200 m, and of a small county a two-hundredth of its width."""

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
    outputs: Outputs | None = None

    @property
    def county(self) -> str:
        """Name of the county's folder, by which results are told apart."""
        return self.folder.name

    def fingerprint(self) -> str:
        """Return the SHA-256 of everything that shapes the run: inputs, options and versions."""
        found = hashlib.sha256()
        options = [self.lang, str(self.as_of), sorted(map(str, self.choices.items())), self.outputs]
        versions = [version(name) for name in _PACKAGES]
        found.update(json.dumps([options, versions]).encode())
        for path in sorted(each for each in self.folder.rglob("*") if each.is_file()):
            found.update(path.relative_to(self.folder).as_posix().encode())
            found.update(hash_file(path).encode())
        return found.hexdigest()


@dataclass(frozen=True)
class Outcome:
    """What one county gave: its sums and townships, or what is wrong with its input.

    ``state`` is ``done``, ``kept`` (finished earlier, nothing changed) or ``failed``. What the run
    cost is for the record only: ``seconds`` of wall time and the most memory, ``peak_mib``, that the
    worker had needed by then.
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
    seconds: float = 0.0
    peak_mib: int = 0

    def told(self, lang: Lang) -> str:
        """Return what is wrong with a county that failed: how many errors, and the first."""
        errors = [row for row in self.complaints if row["severity"] == "error"]
        first = f"{errors[0]['file']}: {errors[0]['message']}" if errors else ""
        return label("batch.failure", lang, county=self.county, count=len(errors), first=first)


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
    start = time.perf_counter()
    fingerprint = task.fingerprint()
    earlier = _recall(task, fingerprint)
    if earlier is not None:
        return earlier
    try:
        gaps = assess(load_county(task.folder), as_of=task.as_of, **task.choices)
        write_run(gaps, task.out, lang=task.lang, outputs=task.outputs)
    except PlannerError as error:
        return failed_outcome(task, error, fingerprint)
    seconds = round(time.perf_counter() - start, 2)
    outcome = replace(
        _summarise(gaps, task, fingerprint), seconds=seconds, peak_mib=peak_memory_mib()
    )
    _record(task.record, outcome)
    return outcome


def failed_outcome(task: Task, error: Exception, fingerprint: str = "") -> Outcome:
    """Return the outcome of a county that could not be run.

    Parameters
    ----------
    task
        The county.
    error
        What its run raised; anything but a :class:`PlannerError` is told as a county that was lost.
    fingerprint
        Of its input, where that is known.

    Returns
    -------
    Outcome
        With state ``failed``.
    """
    if not isinstance(error, PlannerError):
        detail = f"{type(error).__name__} {error}"[:200]
        error = InputError.of("batch_county_lost", file=task.county, value=detail)
    told = _plain(error, task.county, task.lang)
    return Outcome(task.county, "failed", fingerprint, complaints=told)


def _recall(task: Task, fingerprint: str) -> Outcome | None:
    """Return the recorded outcome if it is of the same fingerprint and its run is whole."""
    try:
        noted = json.loads(task.record.read_text(encoding="utf-8"))
        if noted["fingerprint"] != fingerprint:
            return None
        written = read_run(task.out).manifest["outputs"]
        if not all((task.out / name).is_file() for name in written):
            return None
        return Outcome(**{**noted, "state": "kept"})
    except (OSError, ValueError, KeyError, TypeError, InputError):
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
        outline=_outline(gaps),
    )


def _place(point: Any) -> list[float | None]:  # noqa: ANN401 (a shapely point or nothing)
    return [None, None] if point is None else [round(point.x, 5), round(point.y, 5)]


def _outline(gaps: Gaps) -> str:
    """Return where the county lies, thinned, as WKT in longitude and latitude.

    Its boundary where it sent one, else its townships together, else the hull of its zones: never
    the union of all zones, which takes longer than the assessment of a large county.
    """
    tables, zones = gaps.county.tables, gaps.zones.geometry
    if tables.boundary is not None:
        shape = tables.boundary.geometry.union_all()
    elif gaps.townships.geometry.notna().all():
        shape = gaps.townships.geometry.union_all()
    else:
        shape = shapely.convex_hull(shapely.multipoints(shapely.get_coordinates(zones)))
    west, south, east, north = shape.bounds
    thin = shape.simplify(min(_THIN_M, max(east - west, north - south) / _STEPS))
    moved = gpd.GeoSeries([thin], crs=zones.crs).to_crs(4326).iloc[0]
    return str(shapely.to_wkt(moved, rounding_precision=5))
