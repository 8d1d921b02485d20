"""The folders of plans and forecasts, whole or not at all."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from capacity_planner.report import write_document, write_manifest, write_workbook
from capacity_planner.report.forecasts import (
    outlook_manifest,
    write_charts,
    write_outlook_tables,
)
from capacity_planner.report.plans import plan_manifest, write_plan_tables
from capacity_planner.runs.folder import whole_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from capacity_planner.planning import Outlook, Plan
    from capacity_planner.texts import Lang

__all__ = ["write_outlook", "write_plan"]


def write_plan(plan: Plan, out: Path, *, lang: Lang = "zh") -> Path:
    """Write a plan into one folder and return it.

    Parameters
    ----------
    plan
        From :func:`capacity_planner.planning.site`.
    out
        The folder; an earlier plan there is replaced in one step.
    lang
        Language of workbook and report.

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
    with whole_folder(out) as folder:
        write_plan_tables(plan, folder)
        for write in (write_workbook, write_document):
            write(plan.before, folder, lang=lang, run_hash=manifest["run_hash"], plan=plan)
        _close(manifest, folder)
    return out


def write_outlook(
    outlooks: Sequence[Outlook], out: Path, *, charts: bool = False, lang: Lang = "zh"
) -> Path:
    """Write the forecasts of one county into one folder and return it.

    Parameters
    ----------
    outlooks
        One a scenario, at least one.
    out
        The folder; an earlier forecast there is replaced in one step.
    charts
        Whether to draw a chart a township too.
    lang
        Language of the charts.

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
