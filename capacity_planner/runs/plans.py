"""The folders of plans and forecasts, whole or not at all."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from capacity_planner.mapper import outlook_story, plan_story, write_maps
from capacity_planner.report import write_document, write_manifest, write_workbook
from capacity_planner.report.csv_tables import write_csv_tables
from capacity_planner.report.forecasts import (
    outlook_manifest,
    write_charts,
    write_outlook_tables,
)
from capacity_planner.report.plans import (
    plan_manifest,
    write_plan_scenarios,
    write_plan_tables,
)
from capacity_planner.runs.failures import told_failures
from capacity_planner.runs.folder import whole_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from capacity_planner.assessment import Gaps
    from capacity_planner.planning import Outlook, Plan
    from capacity_planner.texts import Lang

__all__ = ["write_outlook", "write_plan"]


def write_plan(plan: Plan, out: Path, *, lang: Lang = "zh") -> Path:
    """Write a plan with its maps, tables, workbook and report into one folder and return it.

    Parameters
    ----------
    plan
        From :func:`capacity_planner.planning.site`.
    out
        The folder; an earlier plan there is replaced in one step.
    lang
        Language of workbook, report and messages, and the one in which maps open.

    Returns
    -------
    pathlib.Path
        ``out``.

    Raises
    ------
    OutputError
        If the folder cannot be written; ``out`` is then as it was.
    """
    manifest = plan_manifest(plan)
    with whole_folder(out) as folder, told_failures(out):
        write_csv_tables(plan.before, folder, lang=lang)
        write_plan_tables(plan, folder)
        write_plan_scenarios(plan, folder)
        story = plan_story(plan)
        write_maps(plan.before, folder, lang=lang, run_hash=manifest["run_hash"], story=story)
        for write in (write_workbook, write_document):
            write(plan.before, folder, lang=lang, run_hash=manifest["run_hash"], plan=plan)
        _close(manifest, folder)
    return out


def write_outlook(
    today: Gaps,
    outlooks: Sequence[Outlook],
    out: Path,
    *,
    charts: bool = True,
    lang: Lang = "zh",
) -> Path:
    """Write the forecasts of one county with maps and charts into one folder and return it.

    Parameters
    ----------
    today
        The county as it is: where the maps' slider begins.
    outlooks
        One a scenario, at least one.
    out
        The folder; an earlier forecast there is replaced in one step.
    charts
        Whether to draw a chart of the county and of each township; needs a Chinese font.
    lang
        Language of the charts, and the one in which maps open.

    Returns
    -------
    pathlib.Path
        ``out``.

    Raises
    ------
    OutputError
        If the folder cannot be written, or charts lack a font; ``out`` is then as it was.
    """
    with whole_folder(out) as folder:
        write_outlook_tables(outlooks, folder)
        write_maps(today, folder, lang=lang, story=outlook_story(today, outlooks))
        if charts:
            write_charts(outlooks, folder, lang=lang)
        _close(outlook_manifest(outlooks), folder)
    return out


def _close(manifest: dict[str, Any], folder: Path) -> None:
    """Write the manifest with the digests of all other files."""
    manifest["outputs"] = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    write_manifest(manifest, folder)
