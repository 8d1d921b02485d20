"""The files of a plan and of a forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from capacity_planner.report.csv_tables import write_csv
from capacity_planner.report.manifest import build_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from capacity_planner.planning import Plan

__all__ = ["plan_manifest", "write_plan_tables"]

_TABLES: Final = ("sites", "actions", "plan_townships", "plan_unreachable", "plan_options")


def write_plan_tables(plan: Plan, folder: Path) -> list[Path]:
    """Write ``sites.csv``, ``actions.csv`` and the plan's townships, options and unreachable zones.

    Parameters
    ----------
    plan
        A plan.
    folder
        An existing folder.

    Returns
    -------
    list of pathlib.Path
        The files written; alternatives as ``sites_alternative_1.csv`` and so on.
    """
    tables = dict(
        zip(
            _TABLES,
            (plan.sites, plan.actions, plan.townships, plan.unreachable, plan.options),
            strict=True,
        )
    )
    for number, sites in enumerate(plan.alternatives, start=1):
        tables[f"sites_alternative_{number}"] = sites
    notice = plan.before.county.source.demonstration
    return [
        write_csv(_with_degrees(table), folder / f"{name}.csv", demonstration=notice)
        for name, table in tables.items()
    ]


def _with_degrees(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with longitude and latitude (WGS 84) in place of its points."""
    if "geometry" not in table.columns:
        return table
    flat = pd.DataFrame(table.drop(columns="geometry"))
    if table.geometry.isna().all():
        return flat
    degrees = table.geometry.to_crs("EPSG:4326")
    return flat.assign(lon=degrees.x.round(6), lat=degrees.y.round(6))


def plan_manifest(plan: Plan) -> dict[str, Any]:
    """Return the manifest of a plan: that of its assessment, what it was asked, and the proof.

    Parameters
    ----------
    plan
        A plan.

    Returns
    -------
    dict
        Plain data.
    """
    return {
        **build_manifest(plan.before),
        "siting": plan.settings.model_dump(mode="json"),
        "plan": dict(plan.totals),
    }
