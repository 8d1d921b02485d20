"""The sheets of a plan: where the new slots go, and who does what by when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from capacity_planner.report.workbook.grid import Field, Grid

if TYPE_CHECKING:
    from capacity_planner.planning import Plan
    from capacity_planner.report.workbook.book import Book

__all__ = ["site_grid", "step_grid"]

_SLOTS: Final = "unit.slots"
_YUAN: Final = "unit.yuan"


def site_grid(plan: Plan) -> Grid:
    """Return the plan's sites.

    Parameters
    ----------
    plan
        A plan.

    Returns
    -------
    Grid
        One row a site.
    """
    frame = pd.DataFrame(plan.sites.drop(columns="geometry"))
    fields = (
        Field("site_id", width=24),
        Field("name", width=22),
        Field("township", width=12),
        Field("site_kind", "word", 16, words="site_kind"),
        Field("means", "word", 10, words="means"),
        Field("slots", "count", 9, _SLOTS, total="sum"),
        Field("attributed_slots", "count", 9, _SLOTS, total="sum"),
        Field("cost", "count", 14, _YUAN, total="sum"),
        Field("cost_source", width=18),
        Field("available_on", "date", 12),
        Field("opens_in", "days", 8),
        Field("floor_m2", "count", 10, "unit.square_metres", total="sum"),
        Field("data_status", "word", 9, words="data_status"),
    )
    frame["site_kind"] = frame["kind"]
    summed = ("slots", "attributed_slots", "cost", "floor_m2")
    totals = {name: int(frame[name].fillna(0).sum()) for name in summed}
    return Grid("sites", fields, frame, totals={"name": "", **totals}, paper=8)


def step_grid(plan: Plan, book: Book) -> Grid:
    """Return the plan's actions: a row for every zone that lacks slots.

    Parameters
    ----------
    plan
        A plan.
    book
        The workbook, for its language.

    Returns
    -------
    Grid
        By township, department and zone.
    """
    named = "department" if book.lang == "zh" else "department_en"
    frame = plan.actions.rename(columns={named: "who"})
    frame["sentence"] = frame[book.lang]
    frame["cost"] = frame["cost"].round()
    fields = (
        Field("township", width=12),
        Field("who", width=24, style="wrap"),
        Field("zone_id", width=16),
        Field("name", width=20),
        Field("duty", "word", 20, words="duty"),
        Field("missing", "count", 9, _SLOTS, total="sum"),
        Field("closed", "count", 9, _SLOTS, total="sum"),
        Field("left", "count", 9, _SLOTS, "={missing}-{closed}", total="sum"),
        Field("cost", "count", 13, _YUAN, total="sum"),
        Field("due", width=12),
        Field("sentence", width=90, style="wrap"),
    )
    names = ("missing", "closed", "left", "cost")
    totals = {name: int(frame[name].fillna(0).sum()) for name in names}
    return Grid("steps", fields, frame, totals={"name": "", **totals}, paper=8)
