"""One page, several moments: before and after a plan, or the years of a forecast.

A page is drawn from one result. A moment is another result of the same county; it carries only the
columns that differ from the first, so that a switch or a slider on the page changes the figures of
the same zones, townships and facilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from capacity_planner.mapper.columns import (
    choice_column,
    count_column,
    number_column,
    truth_column,
)
from capacity_planner.mapper.statements import notices
from capacity_planner.mapper.tables import (
    FACILITY_FIGURES,
    TOWNSHIP_FIGURES,
    ZONE_FIGURES,
    link_table,
)
from capacity_planner.schemas import DUTIES, FACILITY_STATUSES, MIGRANT_STATUSES
from capacity_planner.texts import LANGUAGES, label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from capacity_planner.assessment import Gaps
    from capacity_planner.mapper.columns import Column
    from capacity_planner.planning import Outlook, Plan

__all__ = ["Moment", "Story", "moment_rows", "outlook_story", "plan_story"]


@dataclass(frozen=True, eq=False)
class Moment:
    """One result that a page can show.

    Parameters
    ----------
    gaps
        The result.
    words
        What the moment is called, by language.
    path
        What the path that it belongs to is called (a forecast's scenario), by language; empty where
        there is one path only.
    """

    gaps: Gaps
    words: Mapping[str, str]
    path: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Story:
    """The moments of a page; the page opens at the first.

    Parameters
    ----------
    kind
        ``plan`` (a switch) or ``forecast`` (a slider).
    moments
        Results with the same zones, townships and facilities; a plan's last one has its sites too.
    plan
        The plan whose sites are drawn, if any.
    """

    kind: Literal["plan", "forecast"]
    moments: tuple[Moment, ...]
    plan: Plan | None = None

    @property
    def linked(self) -> pd.Series[Any]:
        """Ids of the zones that are served in any moment."""
        served: pd.Series[Any] = pd.concat([each.gaps.links["zone_id"] for each in self.moments])
        return served


def plan_story(plan: Plan) -> Story:
    """Return the two moments of a plan: before and after.

    Parameters
    ----------
    plan
        A plan.

    Returns
    -------
    Story
        With the plan's sites.
    """
    told = {name: _words(f"page.moment.{name}") for name in ("before", "after")}
    moments = (Moment(plan.before, told["before"], {}), Moment(plan.after, told["after"], {}))
    return Story("plan", moments, plan)


def outlook_story(today: Gaps, outlooks: Sequence[Outlook]) -> Story:
    """Return today and each year of each scenario.

    Parameters
    ----------
    today
        The county as it is.
    outlooks
        One a scenario.

    Returns
    -------
    Story
        Today first.
    """
    moments = [Moment(today, _words("page.moment.today"), {})]
    for outlook in outlooks:
        path = {"zh": outlook.plan.zh, "en": outlook.plan.en}
        for year, gaps in outlook.years.items():
            moments.append(Moment(gaps, dict.fromkeys(LANGUAGES, str(year)), path))
    return Story("forecast", tuple(moments))


def _words(key: str) -> dict[str, str]:
    return {lang: label(key, lang) for lang in LANGUAGES}


def moment_rows(
    story: Story, zones: pd.Series[Any], townships: Sequence[str], facilities: pd.Series[Any]
) -> list[dict[str, Any]]:
    """Return the moments of one page: words, notices, totals, and the columns that differ.

    Parameters
    ----------
    story
        The moments.
    zones, townships, facilities
        Ids of the page's rows, in their order.

    Returns
    -------
    list of dict
        The first moment's columns are all those that differ in any other, so that the page can come
        back to it.
    """
    ids = {"zones": zones, "townships": pd.Series(townships, dtype=str), "facilities": facilities}
    told = [_columns(each.gaps, ids) for each in story.moments]
    for table in ids:
        for name in list(told[0][table]):
            if all(each[table][name] == told[0][table][name] for each in told):
                for each in told:
                    del each[table][name]
    return [
        {
            **moment.words,
            "path": dict(moment.path),
            "as_of": moment.gaps.as_of.isoformat(),
            "totals": dict(moment.gaps.totals),
            "notices": notices(moment.gaps),
            "links": _links(moment.gaps, zones, facilities),
            "columns": columns,
        }
        for moment, columns in zip(story.moments, told, strict=True)
    ]


def _columns(gaps: Gaps, ids: Mapping[str, pd.Series[Any]]) -> dict[str, dict[str, Column]]:
    zones = gaps.zones.set_index("zone_id").reindex(ids["zones"])
    townships = gaps.townships.set_index("township_code").reindex(ids["townships"])
    facilities = gaps.facilities.set_index("facility_id").reindex(ids["facilities"])
    return {
        "zones": {name: count_column(zones[name]) for name in ZONE_FIGURES}
        | {
            "duty": choice_column(zones["duty"], DUTIES),
            "migrant_status": choice_column(zones["migrant_status"], MIGRANT_STATUSES),
            "has_facility": truth_column(zones["has_facility"]),
        },
        "townships": {name: count_column(townships[name]) for name in TOWNSHIP_FIGURES}
        | {
            "slots_per_1000": number_column(townships["slots_per_1000"]),
            "migrant_status": choice_column(townships["migrant_status"], MIGRANT_STATUSES),
        },
        "facilities": {name: count_column(facilities[name]) for name in FACILITY_FIGURES}
        | {"status": choice_column(facilities["status"], FACILITY_STATUSES)},
    }


def _links(gaps: Gaps, zones: pd.Series[Any], facilities: pd.Series[Any]) -> dict[str, Any]:
    here = gaps.links["zone_id"].isin(zones) & gaps.links["facility_id"].isin(facilities)
    return link_table(gaps.links[here], facilities, zones)
