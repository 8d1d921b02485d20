"""Many counties: each on its own, on dask's distributed scheduler, resumable, one national table."""

from capacity_planner.batch.counties import find_counties
from capacity_planner.batch.national import BatchResult, Claim, write_national
from capacity_planner.batch.schedule import run_batch
from capacity_planner.batch.task import Outcome, Task, run_county

__all__ = [
    "BatchResult",
    "Claim",
    "Outcome",
    "Task",
    "find_counties",
    "run_batch",
    "run_county",
    "write_national",
]
