"""A plan's folder, whole or not at all."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from capacity_planner.report import write_manifest
from capacity_planner.report.plans import plan_manifest, write_plan_tables
from capacity_planner.runs.folder import whole_folder

if TYPE_CHECKING:
    from pathlib import Path

    from capacity_planner.planning import Plan

__all__ = ["write_plan"]


def write_plan(plan: Plan, out: Path) -> Path:
    """Write a plan into one folder and return it.

    Parameters
    ----------
    plan
        From :func:`capacity_planner.planning.site`.
    out
        The folder; an earlier plan there is replaced in one step.

    Returns
    -------
    pathlib.Path
        ``out``.

    Raises
    ------
    OutputError
        If the folder cannot be written; ``out`` is then as it was.
    """
    with whole_folder(out) as folder:
        write_plan_tables(plan, folder)
        _close(plan_manifest(plan), folder)
    return out


def _close(manifest: dict[str, Any], folder: Path) -> None:
    """Write the manifest with the digests of all other files."""
    manifest["outputs"] = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    write_manifest(manifest, folder)
