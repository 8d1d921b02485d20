"""The files of a plan and of a forecast."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from capacity_planner.report.csv_tables import write_csv
from capacity_planner.report.manifest import build_manifest
from capacity_planner.texts import LANGUAGES, label

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from capacity_planner.planning import Plan
    from capacity_planner.texts import Lang

__all__ = ["draw_plan", "plan_manifest", "write_plan_scenarios", "write_plan_tables"]

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


def write_plan_scenarios(plan: Plan, folder: Path) -> list[Path]:
    """Write the plan as what-if files, for ``--scenario`` over the same county.

    Parameters
    ----------
    plan
        A plan.
    folder
        An existing folder.

    Returns
    -------
    list of pathlib.Path
        ``plan.toml`` has all sites open: an assessment with it is the plan's own one with the sites
        built, and ``plan-gaps diff`` explains what the plan moves. ``plan_by_year.toml``, where the
        county has a forecast, opens each site on its day: a forecast with it shows the shortfall
        fall year by year.
    """
    written = [_write_scenario(plan, folder / "plan.toml", dated=False)]
    if plan.before.county.source.forecast is not None:
        written.append(_write_scenario(plan, folder / "plan_by_year.toml", dated=True))
    return written


def _write_scenario(plan: Plan, path: Path, *, dated: bool) -> Path:
    key = "plan.scenario_dated" if dated else "plan.scenario"
    lines = ["schema = 1", f"id = {_quoted(path.stem)}"]
    lines += [f"{lang} = {_quoted(label(key, lang, sites=len(plan.sites)))}" for lang in LANGUAGES]
    grown = plan.after.facilities.set_index("facility_id")["slots"]
    degrees = plan.sites.geometry.to_crs("EPSG:4326")
    for (_, site), point in zip(plan.sites.iterrows(), degrees, strict=True):
        day = _opening_day(site) if dated else ""
        if site["kind"] == "expand":
            lines += _grown(str(site["facility_id"]), int(grown[site["facility_id"]]), day)
        else:
            lines += _added(site, point, day, accepts=plan.settings.accepts_migrants)
    path.write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")
    return path


def _opening_day(site: Any) -> str:  # noqa: ANN401 (a pandas row)
    """Return the day on which a site opens: when it is available, else the end of its year."""
    ready, year = site["available_on"], int(site["opens_in"])
    return f"{ready:%Y-%m-%d}" if pd.notna(ready) and ready.year == year else f"{year}-12-31"


def _grown(facility_id: str, slots: int, day: str) -> list[str]:
    head = "[[grow_facility]]" if day else "[[change_facility]]"
    told = ["", head, f"facility_id = {_quoted(facility_id)}", f"slots = {slots}"]
    return [*told, f"on = {day}"] if day else told


def _added(site: Any, point: Any, day: str, *, accepts: bool) -> list[str]:  # noqa: ANN401
    told = ["", "[[add_facility]]", f"facility_id = {_quoted(site['site_id'])}"]
    told += [f"name = {_quoted(site['name'])}"] if site["name"] else []
    told += [f"slots = {int(site['slots'])}", f"lon = {point.x:.6f}", f"lat = {point.y:.6f}"]
    told += [f"opened_on = {day}"] if day else []
    told.append(f"accepts_migrants = {str(accepts).lower()}")
    return [*told, f"zone_id = {_quoted(site['zone_id'])}"] if site["zone_id"] else told


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
