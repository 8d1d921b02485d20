"""``plan-gaps figures``: static maps for print and slides."""

from __future__ import annotations

from pathlib import Path

import click

from capacity_planner.cli.options import Run, run_options
from capacity_planner.texts import label

__all__ = ["figures"]


@click.command(short_help="静态地图（PNG、SVG、PDF）。Static maps as PNG, SVG or PDF.")
@run_options(out=True)
@click.option(
    "--as",
    "formats",
    type=click.Choice(["png", "svg", "pdf"]),
    multiple=True,
    default=["png"],
    help="文件格式，可重复。File format, may be repeated. [png]",
)
@click.option(
    "--township",
    "townships",
    multiple=True,
    metavar="CODE|NAME",
    help="另画这个乡镇街道，可重复；all 为全部。A township too, may be repeated; all for every one.",
)
def figures(run: Run, formats: tuple[str, ...], townships: tuple[str, ...]) -> None:
    """画全县（和乡镇）托位缺口图，带图例、比例尺、指北针和数据性质。Draw the county's map, and townships'."""
    from capacity_planner.report.figures import write_figures

    gaps = run.assess()
    wanted = tuple(gaps.townships["township_code"]) if "all" in townships else townships
    out = run.out or Path("out") / gaps.county.source.folder.name / "figures"
    written = write_figures(gaps, out, lang=run.lang, formats=formats, townships=wanted)
    click.echo(label("cli.written", run.lang, out=f"{out} ({len(written)})"))
