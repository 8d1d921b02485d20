"""``plan-gaps --outputs tables`` from reading to the finished folder, start-up excluded."""

from __future__ import annotations

import gc
import shutil
import sys
import tempfile
from pathlib import Path

from child import folder, measure, tell

sys.path.insert(0, str(Path(__file__).parents[1]))

from synthetic_county import make_county, write_county

from capacity_planner.cli import main
from capacity_planner.memory import release_memory

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
    release_memory()


tell(whole_job=measure(lambda: plan(county, run), before=clear))
