"""``plan-gaps review``: read review notes back and write the minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from capacity_planner.cli.options import language_option
from capacity_planner.texts import label

__all__ = ["review"]


@click.command(
    short_help="读回审阅意见，写纪要。Read a map's review notes back, write the minutes."
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--run",
    "run_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="意见所属的结果文件夹。The run that the notes belong to.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="纪要写到哪里。[current folder]"
)
@language_option
def review(file: Path, run_folder: Path, out: Path | None, lang: Any) -> None:  # noqa: ANN401
    """核对 FILE 属于该结果，写出纪要（CSV 与 Word 表）。Check that FILE belongs to the run, write the minutes (CSV and a table in Word)."""
    from capacity_planner.mapper import minutes_table, read_review, write_minutes
    from capacity_planner.report import write_minutes_document

    decisions = read_review(file, run_folder)
    written = write_minutes(decisions, out or Path(), lang=lang)
    table = minutes_table(decisions, lang=lang)
    report = write_minutes_document(table, run_folder, written.parent, lang=lang)
    click.echo(
        label("cli.reviewed", lang, count=len(decisions), out=str(written), report=str(report))
    )
