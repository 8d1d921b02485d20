"""``plan-gaps batch``: many counties, on this machine or on a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capacity_planner.cli.console import log, table
from capacity_planner.cli.options import language_option
from capacity_planner.texts import label

if TYPE_CHECKING:
    from datetime import datetime

    from capacity_planner.batch import BatchResult, Outcome

__all__ = ["batch"]


@click.command(short_help="多个县一起算。Many counties, here or on a cluster.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), default=Path("out"), metavar="DIR")
@click.option("--workers", type=click.IntRange(0, 512), default=2, help="本机进程数。[2]")
@click.option(
    "--scheduler", metavar="tcp://HOST:PORT", help="已有的 dask 调度器。A running scheduler."
)
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="基准日。[each county.toml]")
@language_option
@click.pass_context
def batch(
    ctx: click.Context,
    folder: Path,
    out: Path,
    workers: int,
    scheduler: str | None,
    as_of: datetime | None,
    lang: Any,  # noqa: ANN401 (a Lang)
) -> None:
    """逐县计算 FOLDER 中的全部县域文件夹，写出各县结果与汇总。Run every county of FOLDER.

    Counties that were finished with equal inputs and versions are not run again; one county's bad
    input does not stop the others (exit code 1 at the end, with a list).
    """
    from capacity_planner.batch import run_batch

    def progress(outcome: Outcome) -> None:
        log(f"{label(f'batch.{outcome.state}', lang)}  {outcome.county}", loudness=0)

    def dashboard(link: str) -> None:
        log(label("batch.dashboard", lang, link=link), loudness=0)

    result = run_batch(
        folder,
        out,
        workers=workers,
        scheduler=scheduler,
        lang=lang,
        as_of=as_of.date() if as_of else None,
        progress=progress,
        dashboard=dashboard,
    )
    click.echo(_findings(result, lang))
    for facility_id, name, counties in result.claimed_twice:
        said = label(
            "batch.twice",
            lang,
            facility=name,
            facility_id=facility_id,
            counties="、".join(counties),
        )
        click.echo(said, err=True)
    if result.failed or result.claimed_twice:
        ctx.exit(1)


def _findings(result: BatchResult, lang: Any) -> str:  # noqa: ANN401 (a Lang)
    names = ("population", "required", "attributed", "shortfall")
    heads = [label("noun.county", lang), *(label(f"quantity.{each}", lang) for each in names)]
    rows = [[each.name, *(each.totals[name] for name in names)] for each in result.usable]
    lines = [table(heads, rows)]
    for each in result.failed:
        errors = [row for row in each.complaints if row["severity"] == "error"]
        first = f"{errors[0]['file']}: {errors[0]['message']}" if errors else ""
        lines.append(
            label("batch.failure", lang, county=each.county, count=len(errors), first=first)
        )
    return "\n".join(lines)
