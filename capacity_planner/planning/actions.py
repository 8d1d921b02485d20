"""Who does what, where and by when: one sentence for every zone that lacks slots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from capacity_planner.planning.departments import departments, way_of
from capacity_planner.texts import LANGUAGES, label, load_catalogue

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd

    from capacity_planner.assessment import Gaps
    from capacity_planner.texts import Lang

__all__ = ["ACTION_COLUMNS", "list_actions"]

ACTION_COLUMNS: Final = (
    "township_code",
    "township",
    "department",
    "department_en",
    "zone_id",
    "name",
    "category",
    "duty",
    "clause",
    "missing",
    "closed",
    "left",
    "means",
    "site_ids",
    "new_slots",
    "cost",
    "earliest",
    "due",
    "department_clause",
    "depends_on",
    "zh",
    "en",
)
"""Columns of ``actions.csv``; ``cost`` in yuan, the zone's part of its sites' costs by slots."""

_WAN: Final = 10_000


def list_actions(
    before: Gaps, after: Gaps, sites: gpd.GeoDataFrame, *, deadline: date | None
) -> pd.DataFrame:
    """Return the action list of a plan.

    Parameters
    ----------
    before, after
        The assessment that the plan is for, and the same county assessed with the sites built.
    sites
        Sites of the plan.
    deadline
        Day by which duties must be closed, if the county has set one.

    Returns
    -------
    pandas.DataFrame
        :data:`ACTION_COLUMNS`, a row for every zone with a shortfall, by township, department and
        zone.
    """
    zones = before.zones
    short = zones[zones["shortfall"].fillna(0) > 0]
    left = after.zones.set_index("zone_id")["shortfall"]
    by_id = sites.set_index("site_id", drop=False)
    links = after.links[after.links["facility_id"].isin(by_id.index)]
    by_zone = dict(iter(links.groupby("zone_id")))
    rows = []
    for _, zone in short.iterrows():
        given = by_zone.get(zone["zone_id"])
        closed = int(zone["shortfall"] - left[zone["zone_id"]])
        used = [
            (by_id.loc[link["facility_id"]], int(link["slots"]))
            for _, link in (given.iterrows() if given is not None and closed > 0 else ())
        ]
        rows.append(_row(before, zone, used, closed, deadline))
    table = pd.DataFrame(rows, columns=list(ACTION_COLUMNS))
    for name in ("missing", "closed", "left", "new_slots"):
        table[name] = table[name].astype("Int64")
    table["cost"] = table["cost"].astype("Float64")
    return table.sort_values(["township_code", "department", "zone_id"], ignore_index=True)


def _row(
    gaps: Gaps,
    zone: pd.Series[Any],
    used: list[tuple[Any, int]],
    closed: int,
    deadline: date | None,
) -> list[Any]:
    way = _way(used, closed)
    who = {lang: departments(gaps, way, lang) for lang in LANGUAGES}
    missing = int(zone["shortfall"])
    cost = sum(float(site["cost"]) * slots / int(site["slots"]) for site, slots in used)
    earliest = [site["available_on"] for site, _ in used if pd.notna(site["available_on"])]
    facts: dict[str, Any] = {
        "township_code": zone["township_code"],
        "township": zone["township"],
        "department": who["zh"][0],
        "department_en": who["en"][0],
        "zone_id": zone["zone_id"],
        "name": zone["name"],
        "category": zone["category"],
        "duty": zone["duty"],
        "clause": zone["clause"],
        "missing": missing,
        "closed": max(closed, 0),
        "left": missing - closed,
        "means": " ".join(sorted({str(site["means"]) for site, _ in used})),
        "site_ids": " ".join(str(site["site_id"]) for site, _ in used),
        "new_slots": sum(slots for _, slots in used),
        "cost": round(cost, 2),
        "earliest": f"{max(earliest):%Y-%m-%d}" if earliest else "",
        "due": _due(zone, deadline),
        "department_clause": who["zh"][1],
        "depends_on": label(f"action.depends.{way}", "zh"),
    }
    for lang in LANGUAGES:
        facts[lang] = _sentence(zone, facts, used, way, who[lang][0], lang)
    return [facts[name] for name in ACTION_COLUMNS]


def _way(used: list[tuple[Any, int]], closed: int) -> str:
    """Return the way by which a zone is helped: that of the site that gives it most."""
    if not used:
        return "freed" if closed > 0 else "none"
    site = max(used, key=lambda each: each[1])[0]
    return way_of(str(site["kind"]), str(site["premises"]), str(site["means"]))


def _due(zone: pd.Series[Any], deadline: date | None) -> str:
    """Return the day by which the duty falls due: with the housing, else the county's deadline."""
    delivered = zone["delivered_on"]
    if zone["duty"] == "build_with_housing" and pd.notna(delivered):
        return f"{delivered:%Y-%m-%d}"
    return deadline.isoformat() if deadline and zone["duty"] == "provide_by_deadline" else ""


def _sentence(
    zone: pd.Series[Any],
    facts: dict[str, Any],
    used: list[tuple[Any, int]],
    way: str,
    department: str,
    lang: Lang,
) -> str:
    told = [
        label(
            "action.missing",
            lang,
            township=zone["township"],
            zone=zone["name"],
            missing=facts["missing"],
            duty=label(f"duty.{zone['duty']}", lang),
            clause=zone["clause"] or label("clause.none", lang),
        )
    ]
    told += [_by_site(site, slots, lang) for site, slots in used]
    if way == "freed":
        told.append(label("action.freed", lang, closed=facts["closed"]))
    if facts["left"] > 0:
        told.append(label("action.left", lang, left=facts["left"]))
    due = facts["due"]
    told.append(label("action.due", lang, due=due) if due else label("action.no_due", lang))
    told.append(label("action.who", lang, department=department))
    told.append(label("action.depends", lang, depends=label(f"action.depends.{way}", lang)))
    return ("；" if lang == "zh" else "; ").join(told) + ("。" if lang == "zh" else ".")


def _by_site(site: Any, slots: int, lang: Lang) -> str:  # noqa: ANN401 (a pandas row)
    opens = site["available_on"]
    cost = float(site["cost"])
    return label(
        "action.site",
        lang,
        means=label(f"means.{site['means']}", lang),
        name=site["name"],
        kind=_premises(site, lang),
        slots=slots,
        size=int(site["slots"]),
        cost=f"{cost / _WAN:,.2f}" if lang == "zh" else f"{cost:,.0f}",
        earliest=label("action.earliest", lang, day=f"{opens:%Y-%m-%d}")
        if pd.notna(opens)
        else label("action.any_time", lang),
    )


def _premises(site: Any, lang: Lang) -> str:  # noqa: ANN401 (a pandas row)
    """Return what a site is: the premises that the opinion names, else the kind of option."""
    kind = f"premises.{site['premises']}"
    known = load_catalogue("labels")
    return label(kind if kind in known else f"site_kind.{site['kind']}", lang)
