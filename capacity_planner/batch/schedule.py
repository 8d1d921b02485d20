"""Running the counties of a batch one after the other, or on dask's distributed scheduler."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from capacity_planner.batch.counties import find_counties
from capacity_planner.batch.national import BatchResult, write_national
from capacity_planner.batch.task import Outcome, Task, failed_outcome, run_county
from capacity_planner.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from capacity_planner.runs.outputs import Outputs
    from capacity_planner.texts import Lang

__all__ = ["run_batch"]

_ANSWER_SECONDS: Final = 20


def _silent(_: Outcome, _done: int, _whole: int) -> None:
    """Tell nobody."""


def run_batch(
    folder: Path,
    out: Path,
    *,
    workers: int = 0,
    scheduler: str | None = None,
    lang: Lang = "zh",
    as_of: date | None = None,
    choices: Mapping[str, object] | None = None,
    outputs: Outputs | None = None,
    progress: Callable[[Outcome, int, int], None] = _silent,
    dashboard: Callable[[str], None] = lambda _: None,
) -> BatchResult:
    """Run every county of a folder, write each run and the national tables, and return the result.

    Parameters
    ----------
    folder
        County folders, or one dataset partitioned by county; see :func:`find_counties`.
    out
        One folder a county is written into it, beside the national tables and ``.batch``, the
        records by which finished counties are not run again.
    workers
        Processes on this machine; 0 runs the counties one after the other in this process.
    scheduler
        Address of a running scheduler, such as ``tcp://10.0.0.5:8786``; its workers must see the
        same folders.
    lang, as_of, choices
        As for a single run; each county keeps its own policy and choices otherwise.
    outputs
        Which files each run has; by default by the county's size.
    progress
        Called with each outcome as it arrives, how many there are by now and how many there will be.
    dashboard
        Called once with the address of the scheduler's dashboard, where there is one.

    Returns
    -------
    BatchResult
        Outcomes by county name. One county's bad input is its own outcome; the others go on.

    Raises
    ------
    CountyError
        If the folder holds no county.
    OutputError
        If dask is asked for and not installed, or no scheduler answers.
    """
    # Workers run elsewhere: what they are given must not depend on where this process stands.
    folder, out = folder.resolve(), out.resolve()
    records = out / ".batch"
    tasks = [
        Task(
            folder=county,
            out=out / county.name,
            record=records / f"{county.name}.json",
            lang=lang,
            as_of=as_of,
            choices=dict(choices or {}),
            outputs=outputs,
        )
        for county in find_counties(folder, records / "input")
    ]
    outcomes = []
    for outcome in _outcomes(tasks, workers, scheduler, dashboard):
        outcomes.append(outcome)
        progress(outcome, len(outcomes), len(tasks))
    result = BatchResult(tuple(sorted(outcomes, key=lambda each: each.county)))
    write_national(result, out, lang=lang)
    return result


def _outcomes(
    tasks: list[Task], workers: int, scheduler: str | None, dashboard: Callable[[str], None]
) -> Iterator[Outcome]:
    if scheduler is None and workers == 0:
        yield from map(_run_here, tasks)
        return
    with _client(workers, scheduler) as client:
        from distributed import as_completed  # noqa: PLC0415 (an extra)

        dashboard(client.dashboard_link)
        # A worker that dies takes its task to another one; a run's folder is whole or not at all,
        # so that the second try starts clean.
        futures = {client.submit(run_county, task, pure=False): task for task in tasks}
        for future in as_completed(list(futures)):
            error = future.exception()
            # A county that kills every worker that takes it is lost; the others are not.
            yield future.result() if error is None else failed_outcome(futures[future], error)


def _run_here(task: Task) -> Outcome:
    try:
        return run_county(task)
    except Exception as error:  # noqa: BLE001 (one county's fault must not stop the others)
        return failed_outcome(task, error)


@contextmanager
def _client(workers: int, scheduler: str | None) -> Iterator[Any]:
    try:
        from distributed import Client, LocalCluster  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise OutputError.of("batch_needs_dask") from error
    if scheduler is not None:
        try:
            client = Client(scheduler, timeout=_ANSWER_SECONDS)
        except (OSError, ValueError) as error:
            raise OutputError.of("batch_no_scheduler", value=scheduler) from error
        with client:
            yield client
        return
    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client
