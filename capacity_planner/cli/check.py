"""``plan-gaps check``: load, complain, write nothing."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capacity_planner.cli.console import SHORT, complaint_lines, log
from capacity_planner.cli.options import Run, run_options
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity_planner.county import County
    from capacity_planner.errors import Complaint

__all__ = ["check"]


@click.command(short_help="检查输入，不写结果。Load and complain, write nothing.")
@run_options()
@click.option(
    "--fix-out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="写出清理后的输入副本；有错误时写出问题清单。"
    "Write a cleaned copy of the inputs, every repair marked; where there are errors, their list.",
)
def check(run: Run, fix_out: Path | None) -> int:
    """检查县域文件夹：列出全部错误、修复与提醒。Load a county and list every complaint."""
    from capacity_planner.errors import PlannerError

    try:
        county = run.load()
    except PlannerError as error:
        _tell(error.complaints, run, usable=False)
        if fix_out is not None:
            from capacity_planner.loaders import write_complaints

            path = write_complaints(error.complaints, fix_out, lang=run.lang)
            log(label("cli.complaints_written", run.lang, out=str(path)), loudness=run.loudness)
        return 1
    _tell(county.tables.complaints, run, usable=True)
    if run.form == "text":
        click.echo(_summary(county, run))
    if fix_out is not None:
        from capacity_planner.loaders import write_cleaned

        write_cleaned(county, fix_out, lang=run.lang)
        log(label("cli.written", run.lang, out=str(fix_out)), loudness=run.loudness)
    return 0


def _tell(complaints: Sequence[Complaint], run: Run, *, usable: bool) -> None:
    """Print the complaints: they are what this command finds."""
    if run.form == "json":
        found = {"usable": usable, "complaints": [each.record(run.lang) for each in complaints]}
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for line in complaint_lines(complaints, run.lang, most=None if run.loudness > 0 else SHORT):
        click.echo(line)


def _summary(county: County, run: Run) -> str:
    tables = county.tables
    found = Counter(each.severity for each in tables.complaints)
    return label(
        "cli.checked",
        run.lang,
        zones=len(tables.zones),
        facilities=len(tables.facilities),
        townships=len(tables.townships),
        population=int(tables.zones["population"].sum()),
        repaired=found["repaired"],
        warnings=found["warning"],
    )
