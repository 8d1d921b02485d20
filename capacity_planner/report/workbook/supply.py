"""The sheets of facilities, links, and of what does not count and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from capacity_planner.report.workbook.grid import Field, Grid, sum_where

if TYPE_CHECKING:
    from capacity_planner.assessment import Gaps

__all__ = ["facility_grid", "link_grid", "not_counted_grid"]

_SLOTS: Final = "unit.slots"
_NAMED: Final = (
    Field("facility_id", width=13),
    Field("facility_name", width=26),
    Field("type", "word", 18, words="type"),
    Field("status", "word", 9, words="facility_status"),
)


def _facilities(gaps: Gaps) -> pd.DataFrame:
    frame = pd.DataFrame(gaps.facilities.drop(columns="geometry"))
    names = dict(zip(gaps.townships["township_code"], gaps.townships["name"], strict=True))
    frame["township"] = frame["township_code"].map(names)
    return frame.rename(columns={"name": "facility_name"})


def facility_grid(gaps: Gaps) -> Grid:
    """Return the facilities: what counts, what is used (a sum over the links), what is free.

    Parameters
    ----------
    gaps
        A result.

    Returns
    -------
    Grid
        One row a facility, by id.
    """
    frame = _facilities(gaps)
    ids = frame["facility_id"].tolist()
    used = sum_where(ids, "{links.facility_id}", "{facility_id}", "{links.slots}")
    fields = (
        *_NAMED,
        Field("township_code", width=12),
        Field("township", width=11),
        Field("slots", "count", 9, _SLOTS, total="sum"),
        Field("enrolled_u3", "count", 9, "unit.persons"),
        Field("counted_slots", "count", 9, _SLOTS, total="sum"),
        Field("attributed_slots", "count", 9, _SLOTS, f"={used}", total="sum"),
        Field(
            "unused_slots", "count", 9, _SLOTS, "={counted_slots}-{attributed_slots}", total="sum"
        ),
        Field("pipeline_slots", "count", 9, _SLOTS, total="sum"),
        Field("not_counted_reason", "word", 18, words="reason"),
        Field("registered", "yes_no", 8),
        Field("filed", "yes_no", 8),
        Field("inclusive", "yes_no", 8),
        Field("demonstration", "yes_no", 8),
        Field("accepts_migrants", "yes_no", 9),
        Field("opened_on", "date", 11),
        Field("closed_on", "date", 11),
        Field("data_status", "word", 8, words="data_status"),
        Field("source_file", width=16),
        Field("source_row", "days", 8),
    )
    summed = ("slots", "counted_slots", "attributed_slots", "unused_slots", "pipeline_slots")
    sums = {name: int(frame[name].sum()) for name in summed}
    return Grid("facilities", fields, frame, totals={"facility_name": "", **sums}, paper=8)


def link_grid(gaps: Gaps) -> Grid:
    """Return who is served by which slots, with the walking distance.

    Parameters
    ----------
    gaps
        A result.

    Returns
    -------
    Grid
        One row a link that carries slots.
    """
    frame = gaps.links.copy()
    facilities = gaps.facilities.set_index("facility_id")["name"]
    zones = gaps.zones.set_index("zone_id")
    frame["facility_name"] = facilities.reindex(frame["facility_id"]).to_numpy()
    frame["name"] = zones["name"].reindex(frame["zone_id"]).to_numpy()
    frame["township"] = zones["township"].reindex(frame["zone_id"]).to_numpy()
    fields = (
        Field("facility_id", width=13),
        Field("facility_name", width=26),
        Field("zone_id", width=16),
        Field("name", width=22),
        Field("township", width=12),
        Field("slots", "count", 9, _SLOTS, total="sum"),
        Field("distance_m", "count", 9, "unit.metres"),
    )
    return Grid(
        "links", fields, frame, totals={"facility_name": "", "slots": int(frame["slots"].sum())}
    )


def not_counted_grid(gaps: Gaps) -> Grid:
    """Return the facilities of which some or all slots do not count, each with its reason.

    Parameters
    ----------
    gaps
        A result.

    Returns
    -------
    Grid
        One row a facility, by reason and id.
    """
    frame = _facilities(gaps)
    frame = frame[frame["not_counted_reason"] != ""]
    frame = frame.sort_values(["not_counted_reason", "facility_id"], ignore_index=True)
    frame["not_counted"] = frame["slots"] - frame["counted_slots"]
    fields = (
        *_NAMED,
        Field("township", width=12),
        Field("slots", "count", 9, _SLOTS, total="sum"),
        Field("counted_slots", "count", 9, _SLOTS, total="sum"),
        Field("not_counted", "count", 9, _SLOTS, "={slots}-{counted_slots}", total="sum"),
        Field("not_counted_reason", "word", 26, words="reason"),
        Field("pipeline_slots", "count", 9, _SLOTS, total="sum"),
        Field("source_file", width=16),
        Field("source_row", "days", 8),
    )
    summed = ("slots", "counted_slots", "not_counted", "pipeline_slots")
    sums = {name: int(frame[name].sum()) for name in summed}
    return Grid("not_counted", fields, frame, totals={"facility_name": "", **sums})
