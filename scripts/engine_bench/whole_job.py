"""``plan-gaps --outputs tables`` from reading to the finished folder, and where its time goes.

Start-up is excluded. The steps are timed in repetitions of their own, for a clock at each of them
costs a little, too.
"""

from __future__ import annotations

import gc
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from child import folder, measure, tell

sys.path.insert(0, str(Path(__file__).parents[1]))

from synthetic_county import make_county, write_county

from capacity_planner.cli import main
from capacity_planner.memory import release_memory

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = {
    "reading tables and shapes": ("loaders._read_all",),
    "placing and mending shapes": ("loaders._placed", "loaders.Outlines.of"),
    "datum, far places": ("loaders.suspect_datum", "loaders.tell_outside"),
    "townships, facilities, people": (
        "loaders.assign_townships",
        "loaders.locate_facilities",
        "loaders.settle_facilities",
        "loaders._populated",
        "loaders.settle_categories",
    ),
    "duplicates, overlaps, consistency": (
        "loaders.check_duplicates",
        "loaders.check_overlaps",
        "loaders.check_consistency",
    ),
    "pairs, attribution, ranges": ("assessment.count_supply", "assessment.serve"),
    "migrants' check": ("assessment.check_migrants",),
    "tables, indicators": (
        "assessment.zone_table",
        "assessment.township_table",
        "assessment.facility_table",
        "assessment.link_table",
        "assessment.totals",
        "assessment.indicators",
        "assessment.noticed",
    ),
    "laws checked": ("assessment.check_laws",),
    "writing CSV": ("runs.write_csv_tables",),
    "writing GeoParquet": ("runs.write_gis",),
    "reading back, fingerprints": ("runs.check_agreement", "runs.hash_file"),
}
"""Steps of a run by the functions that take them; none of these calls another."""
county, run = folder(), Path(sys.argv[3])


def plan(source: Path, target: Path) -> None:
    """Run the command and refuse any other end than a good one."""
    try:
        main(["--county", str(source), "--out", str(target), "--outputs", "tables", "-q"])
    except SystemExit as ended:
        if ended.code:
            raise


with tempfile.TemporaryDirectory() as name:
    # whatever is imported on the way is start-up
    write_county(make_county(200, 6), Path(name) / "small")
    plan(Path(name) / "small", Path(name) / "run")


def clear() -> None:
    """Start each repetition as a fresh process would: no earlier run, nothing left in memory."""
    shutil.rmtree(run, ignore_errors=True)
    gc.collect()
    release_memory(beyond_mib=0)


def clocked(name: str, spent: dict[str, float]) -> None:
    """Put a clock around a function of the package, where its caller looks it up."""
    room, _, path = name.partition(".")
    *outer, last = path.split(".")
    place: Any = import_module(f"capacity_planner.{room}")
    for part in outer:
        place = getattr(place, part)
    work: Callable[..., Any] = getattr(place, last)

    def timed(*args: object, **kwargs: object) -> object:
        start = time.process_time()
        try:
            return work(*args, **kwargs)
        finally:
            spent[name] += time.process_time() - start

    setattr(place, last, timed)


def steps(repeat: int) -> dict[str, float]:
    """Return the median of each step's processor seconds, and of what is left between them."""
    spent: dict[str, float] = defaultdict(float)
    for names in STEPS.values():
        for name in names:
            clocked(name, spent)
    seen: dict[str, list[float]] = defaultdict(list)
    for _ in range(repeat):
        clear()
        spent.clear()
        start = time.process_time()
        plan(county, run)
        whole = time.process_time() - start
        for step, names in STEPS.items():
            seen[step].append(sum(spent[name] for name in names))
        seen["all the rest"].append(whole - sum(spent.values()))
    return {step: statistics.median(each) for step, each in seen.items()}


tell(
    whole_job=measure(lambda: plan(county, run), before=clear) | {"steps": steps(int(sys.argv[2]))}
)
