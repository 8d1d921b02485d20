"""The chapter on a plan: what it closes, where, at what cost, and which department has how much to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from capacity_planner.texts import label

if TYPE_CHECKING:
    from capacity_planner.planning import Plan
    from capacity_planner.report.document.page import Note

__all__ = ["add_plan"]

_WAN: Final = 10_000
_MOST_SITES: Final = 200


def add_plan(note: Note, plan: Plan) -> None:
    """Add the plan's figures, its sites and its actions by department.

    Parameters
    ----------
    note
        The report.
    plan
        A plan for the report's result.
    """
    lang = note.lang
    totals = plan.totals
    note.heading(label("doc.h.plan", lang), level=2)
    cost = float(totals["cost"])
    note.say(
        label(
            "doc.plan",
            lang,
            sites=totals["sites"],
            slots=totals["slots"],
            closed=totals["closed"],
            before=totals["shortfall_before"],
            after=totals["shortfall_after"],
            cost=f"{cost / _WAN:,.1f}" if lang == "zh" else f"{cost:,.0f}",
        )
    )
    if totals["unreachable"]:
        note.say(label("doc.plan_unreachable", lang, slots=totals["unreachable"]))
    note.caption(label("doc.t.sites", lang))
    rows = [
        (
            row["name"],
            row["township"],
            label(f"site_kind.{row['kind']}", lang),
            label(f"means.{row['means']}", lang),
            int(row["slots"]),
            int(row["cost"]),
        )
        for row in plan.sites.head(_MOST_SITES).to_dict("records")
    ]
    heads = ("name", "township", "site_kind", "means", "slots", "cost")
    note.table(
        [label(f"col.{name}", lang) for name in heads],
        rows,
        numbers=(4, 5),
    )
    _add_departments(note, plan)


def _add_departments(note: Note, plan: Plan) -> None:
    """Add how many zones, slots and yuan each department's actions concern."""
    lang = note.lang
    named = "department" if lang == "zh" else "department_en"
    by_department = plan.actions.groupby(named, sort=True)
    rows = [
        (
            department,
            len(part),
            int(part["missing"].sum()),
            int(part["closed"].sum()),
            int(part["left"].sum()),
        )
        for department, part in by_department
    ]
    heads = ("who", "zones", "missing", "closed", "left")
    note.caption(label("doc.t.steps", lang))
    note.table(
        [label(f"col.{name}", lang) for name in heads],
        rows,
        numbers=(1, 2, 3, 4),
    )
    note.say(label("doc.plan_steps", lang))
