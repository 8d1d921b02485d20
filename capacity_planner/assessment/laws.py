"""What must add up in every result, checked at run time; a breach ends the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from capacity_planner.errors import BrokenLawError

if TYPE_CHECKING:
    import pandas as pd

    from capacity_planner.assessment.result import Gaps

__all__ = ["check_laws"]


def check_laws(gaps: Gaps) -> None:
    """Check that slots and people are conserved and that all tables agree.

    Parameters
    ----------
    gaps
        A complete result.

    Raises
    ------
    BrokenLawError
        Naming the first law that does not hold, with both figures.
    """
    zones, townships, totals = gaps.zones, gaps.townships, gaps.totals
    facilities, links = gaps.facilities, gaps.links
    _equal("population", totals["population"], _sum(gaps.county.tables.zones["population"]))
    for name in ("population", "required", "attributed", "in_reach", "out_of_reach", "shortfall"):
        _equal(f"{name}: zones", totals[name], _sum(zones[name]))
        _equal(f"{name}: townships", totals[name], _sum(townships[name]))
    parts = totals["attributed"] + totals["in_reach"] + totals["out_of_reach"]
    _equal("required = attributed + in_reach + out_of_reach", totals["required"], parts)
    _equal(
        "counted = attributed + unused", totals["counted"], totals["attributed"] + totals["unused"]
    )
    _equal("links: attributed", _sum(links["slots"]), totals["attributed"])
    _equal("facilities: attributed", _sum(facilities["attributed_slots"]), totals["attributed"])
    _at_least("unused ≥ 0 in every facility", facilities["unused_slots"], 0)
    for frame in (zones, townships):
        _at_least("certain ≤ shortfall", frame["shortfall"] - frame["shortfall_certain"], 0)
        _at_least("shortfall ≤ possible", frame["shortfall_possible"] - frame["shortfall"], 0)
        _at_least("certain ≥ 0", frame["shortfall_certain"], 0)
        risk = frame["migrant_shortfall_at_risk"] - frame["migrant_shortfall_certain"]
        _at_least("migrants: certain ≤ at risk", risk, 0)


def _sum(column: pd.Series[Any]) -> int:
    return int(column.sum())


def _equal(law: str, left: int, right: int) -> None:
    if left != right:
        raise BrokenLawError.of("law_broken", law=law, left=left, right=right)


def _at_least(law: str, column: pd.Series[Any], least: int) -> None:
    if len(column) and bool((column < least).fillna(value=False).any()):
        raise BrokenLawError.of("law_broken", law=law, left=int(column.min()), right=least)
