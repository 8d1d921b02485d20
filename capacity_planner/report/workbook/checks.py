"""The sheets of the migrant-child check, the hand-over check, and who has to act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from capacity_planner.report.workbook.grid import Field, Grid

if TYPE_CHECKING:
    from capacity_planner.assessment import Gaps

__all__ = ["action_grid", "handover_grid", "migrant_grid"]

_SLOTS: Final = "unit.slots"
_PERSONS: Final = "unit.persons"
_ZONE: Final = (
    Field("zone_id", width=16),
    Field("name", width=20),
    Field("township", width=12),
)


def _with_positions(gaps: Gaps) -> pd.DataFrame:
    frame = pd.DataFrame(gaps.zones.drop(columns="geometry"))
    frame["position"] = range(len(frame))
    return frame


def migrant_grid(gaps: Gaps) -> Grid:
    """Return the migrant-child check of every zone for which the rules set a number.

    Parameters
    ----------
    gaps
        A result.

    Returns
    -------
    Grid
        One row an urban zone; the requirement for migrant children is a formula.
    """
    frame = _with_positions(gaps)
    frame = frame[frame["required"].notna()].reset_index(drop=True)
    frame["required:formula"] = [f"={{zones[required:{at}]}}" for at in frame["position"]]
    share = (
        "=IF({children_u3}=0,0,MIN({required},ROUNDUP({required}*{migrant_u3}/{children_u3},0)))"
    )
    fields = (
        *_ZONE,
        Field("required", "count", 9, _SLOTS, total="sum"),
        Field("children_u3", "count", 10, _PERSONS),
        Field("migrant_u3", "count", 10, _PERSONS),
        Field("migrant_required", "count", 11, _SLOTS, share, total="sum"),
        Field("migrant_shortfall_certain", "count", 11, _SLOTS, bar=True),
        Field("migrant_shortfall_at_risk", "count", 11, _SLOTS, bar=True),
        Field("migrant_status", "word", 14, words="migrant"),
    )
    totals = {name: gaps.totals[name] for name in ("required", "migrant_required")}
    return Grid("migrants", fields, frame, totals={"name": "", **totals})


def handover_grid(gaps: Gaps) -> Grid:
    """Return whether each new zone's facility was accepted and handed over with the housing.

    Parameters
    ----------
    gaps
        A result.

    Returns
    -------
    Grid
        One row a new zone; the delay in days is a formula over the four dates.
    """
    frame = _with_positions(gaps)
    frame = frame[frame["handover"] != ""].reset_index(drop=True)
    own = gaps.facilities.set_index("facility_id").reindex(frame["handover_facility_id"])
    frame["facility_id"] = frame["handover_facility_id"]
    for ours, theirs in {
        "facility_name": "name",
        "facility_accepted_on": "accepted_on",
        "facility_handed_over_on": "handed_over_on",
    }.items():
        frame[ours] = own[theirs].to_numpy()
    days = "=MAX({facility_accepted_on}-{accepted_on},{facility_handed_over_on}-{delivered_on})"
    fields = (
        *_ZONE,
        Field("required", "count", 9, _SLOTS),
        Field("accepted_on", "date", 12),
        Field("delivered_on", "date", 12),
        Field("facility_id", width=13),
        Field("facility_name", width=24),
        Field("facility_accepted_on", "date", 12),
        Field("facility_handed_over_on", "date", 12),
        Field("handover", "word", 20, words="handover"),
        Field("handover_days", "days", 9, "unit.days", days),
    )
    return Grid("handover", fields, frame)


def action_grid(gaps: Gaps) -> Grid:
    """Return whose duty each shortfall is, by what means, and under which clause.

    Parameters
    ----------
    gaps
        A result.

    Returns
    -------
    Grid
        One row a zone with something missing, by duty, then the most missing slots first; then the
        rural zones, for which childcare is to be considered and no number is set.
    """
    frame = _with_positions(gaps)
    frame = frame[(frame["shortfall"].fillna(0) > 0) | (frame["duty"] == "consider")]
    order = {"build_with_housing": 0, "provide_by_deadline": 1, "top_up": 2, "consider": 3}
    frame = frame.assign(rank=frame["duty"].map(order), size=-frame["shortfall"].fillna(0))
    frame = frame.sort_values(["rank", "size", "zone_id"], ignore_index=True)
    frame["means"] = frame["duty"]
    frame["department"] = frame["duty"]
    frame["shortfall:formula"] = [f"={{zones[shortfall:{at}]}}" for at in frame["position"]]
    fields = (
        *_ZONE,
        Field("category", "word", 13, words="category"),
        Field("duty", "word", 22, words="duty"),
        Field("shortfall", "count", 10, _SLOTS, total="sum", bar=True),
        Field("shortfall_certain", "count", 10, _SLOTS),
        Field("means", "word", 40, words="means", style="wrap"),
        Field("department", "word", 76, words="department", style="wrap"),
        Field("clause", width=28),
    )
    return Grid(
        "actions",
        fields,
        frame,
        totals={"name": "", "shortfall": gaps.totals["shortfall"]},
        paper=8,
    )
