"""The files of a plan and of a forecast."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from capacity_planner.report.csv_tables import write_csv
from capacity_planner.report.manifest import build_manifest
from capacity_planner.texts import label

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from capacity_planner.planning import Plan
    from capacity_planner.texts import Lang

__all__ = ["draw_plan", "plan_manifest", "write_plan_scenario", "write_plan_tables"]

_MOST_BARS: Final = 40
_TABLES: Final = (
    "sites",
    "actions",
    "land",
    "plan_phases",
    "plan_townships",
    "plan_unreachable",
    "plan_options",
)


def write_plan_tables(plan: Plan, folder: Path) -> list[Path]:
    """Write ``sites.csv``, ``actions.csv``, ``land.csv``, townships, options, unreachable zones.

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
            (
                plan.sites,
                plan.actions,
                plan.land,
                plan.phases,
                plan.townships,
                plan.unreachable,
                plan.options,
            ),
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


def write_plan_scenario(plan: Plan, folder: Path) -> Path:
    """Write ``plan.toml``: the plan as a what-if file, for ``--scenario`` over the same county.

    Parameters
    ----------
    plan
        A plan.
    folder
        An existing folder.

    Returns
    -------
    pathlib.Path
        The file written. An assessment of the county with it is the plan's own one with the sites
        built; ``plan-gaps diff`` then explains what the plan moves.
    """
    grown = plan.after.facilities.set_index("facility_id")["slots"]
    degrees = plan.sites.geometry.to_crs("EPSG:4326")
    lines = [
        "schema = 1",
        'id = "plan"',
        f"zh = {_quoted(label('plan.scenario', 'zh', sites=len(plan.sites)))}",
        f"en = {_quoted(label('plan.scenario', 'en', sites=len(plan.sites)))}",
    ]
    for (_, site), point in zip(plan.sites.iterrows(), degrees, strict=True):
        if site["kind"] == "expand":
            lines += ["", "[[change_facility]]", f"facility_id = {_quoted(site['facility_id'])}"]
            lines.append(f"slots = {int(grown[site['facility_id']])}")
            continue
        lines += ["", "[[add_facility]]", f"facility_id = {_quoted(site['site_id'])}"]
        lines += [f"name = {_quoted(site['name'])}"] if site["name"] else []
        lines += [f"slots = {int(site['slots'])}", f"lon = {point.x:.6f}", f"lat = {point.y:.6f}"]
        lines.append(f"accepts_migrants = {str(plan.settings.accepts_migrants).lower()}")
        lines += [f"zone_id = {_quoted(site['zone_id'])}"] if site["zone_id"] else []
    path = folder / "plan.toml"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")
    return path


def _quoted(text: str) -> str:
    """Return text as a string of TOML, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


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


def draw_plan(plan: Plan, *, lang: Lang = "zh") -> Figure:
    """Return a chart of each township's shortfall before and after a plan, most missing on top.

    Parameters
    ----------
    plan
        A plan.
    lang
        Language of the words.

    Returns
    -------
    matplotlib.figure.Figure
        To be saved under :func:`~capacity_planner.report.drawing.strict_glyphs`; of very many
        townships those that lack most.
    """
    from capacity_planner.report.drawing import new_figure  # noqa: PLC0415 (tables need no charts)

    towns = plan.townships[plan.townships["before"] > 0]
    towns = towns.sort_values(["before", "township_code"], ascending=[False, True]).head(_MOST_BARS)
    figure = new_figure(160, 30 + 5 * max(len(towns), 4))
    axes = figure.add_subplot()
    names = towns["name"].tolist()
    for column, colour in (("before", "#FDB863"), ("after", "#B35806")):
        slots = towns[column].astype("int64").tolist()
        axes.barh(names, slots, color=colour, label=label(f"plan.{column}", lang))
    axes.invert_yaxis()
    axes.tick_params(axis="y", labelsize=7)
    axes.set_xlabel(label("unit.slots", lang))
    title = label("plan.chart", lang)
    if plan.before.county.source.demonstration:
        title = f"{title}\n{label('notice.demonstration', lang)}"
    axes.set_title(title)
    axes.legend(fontsize=7, loc="lower right")
    figure.tight_layout()
    return figure
