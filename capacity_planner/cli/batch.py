"""``plan-gaps batch``: many counties, on this machine or on a cluster."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import click

from capacity_planner.cli.console import log, table
from capacity_planner.cli.options import language_option
from capacity_planner.texts import label

if TYPE_CHECKING:
    from datetime import datetime

    from capacity_planner.batch import BatchResult, Outcome
    from capacity_planner.runs.outputs import Outputs

__all__ = ["batch"]


@click.command(short_help="多个县一起算。Many counties, here or on a cluster.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), default=Path("out"), metavar="DIR")
@click.option("--workers", type=click.IntRange(0, 512), default=2, help="本机进程数。[2]")
@click.option(
    "--scheduler", metavar="tcp://HOST:PORT", help="已有的 dask 调度器。A running scheduler."
)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="基准日。[each county.toml]")
@click.option(
    "--outputs",
    type=click.Choice(["all", "overview", "tables"]),
    help="每县写出哪些结果。What each county's run writes. [by its size]",
)
@language_option
@click.pass_context
def batch(
    ctx: click.Context,
    folder: Path,
    out: Path,
    workers: int,
    scheduler: str | None,
    as_of: datetime | None,
    outputs: Outputs | None,
    lang: Any,  # noqa: ANN401 (a Lang)
) -> None:
    """逐县计算 FOLDER 中的全部县域文件夹，写出各县结果与汇总。Run every county of FOLDER.

    Counties that were finished with equal inputs and versions are not run again; one county's bad
    input does not stop the others (exit code 1 at the end, with a list).
    """
    from capacity_planner.batch import run_batch

    def progress(outcome: Outcome, done: int, whole: int) -> None:
        state = label(f"batch.{outcome.state}", lang)
        seconds = f"{outcome.seconds:.1f}"
        said = {"done": done, "whole": whole, "state": state, "seconds": seconds}
        log(label("batch.progress", lang, county=outcome.county, **said), loudness=0)

    def dashboard(link: str) -> None:
        log(label("batch.dashboard", lang, link=link), loudness=0)

    result = run_batch(
        folder,
        out,
        workers=workers,
        scheduler=scheduler,
        lang=lang,
        as_of=as_of.date() if as_of else None,
        outputs=outputs,
        progress=progress,
        dashboard=dashboard,
    )
    click.echo(_findings(result, lang))
    for claim in result.claimed_twice:
        click.echo(claim.told(lang), err=True)
    _tell_cost(result, lang)
    click.echo(label("batch.written", lang, out=str(out)))
    if result.failed or result.claimed_twice:
        ctx.exit(1)


def _findings(result: BatchResult, lang: Any) -> str:  # noqa: ANN401 (a Lang)
    names = ("population", "required", "attributed", "shortfall")
    heads = [label("noun.county", lang), *(label(f"quantity.{each}", lang) for each in names)]
    rows = [[each.name, *(each.totals[name] for name in names)] for each in result.usable]
    return "\n".join([table(heads, rows), *(each.told(lang) for each in result.failed)])


def _tell_cost(result: BatchResult, lang: Any) -> None:  # noqa: ANN401 (a Lang)
    """Say what the counties that were run now have cost, by which a cluster can be sized."""
    run = [each for each in result.outcomes if each.state == "done"]
    if not run:
        return
    longest = max(run, key=lambda each: each.seconds)
    said = {
        "median": f"{median(each.seconds for each in run):.1f}",
        "longest": f"{longest.seconds:.1f}",
        "county": longest.county,
        "mib": max(each.peak_mib for each in run),
    }
    log(label("batch.spent", lang, **said), loudness=0)
