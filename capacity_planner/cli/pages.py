"""``plan-gaps pages``: township pages of a run whose map is an overview."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from capacity_planner.cli.options import language_option
from capacity_planner.texts import label

__all__ = ["pages"]


@click.command(short_help="补写乡镇地图页。Township pages of a large county, on demand.")
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("townships", nargs=-1, required=True, metavar="CODE|NAME...")
@click.option(
    "--county",
    metavar="NAME|DIR",
    help="县名或县域文件夹。The county, by default the shipped one of the run's code.",
)
@language_option
def pages(run: Path, townships: tuple[str, ...], county: str | None, lang: Any) -> None:  # noqa: ANN401
    """为结果 RUN 补写所列乡镇的地图页。Write the pages of townships into the folder of a finished RUN.

    A large county's map is an overview; this adds the pages of the townships that you want to see,
    recomputed from the same inputs and bound to the same run.
    """
    from capacity_planner.runs import add_township_pages

    for path in add_township_pages(run, townships, county=county, lang=lang):
        click.echo(label("cli.written", lang, out=str(path)))
