"""How far an earlier forecast was from what was counted since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from capacity_planner.assessment import assess
from capacity_planner.errors import CountyError
from capacity_planner.planning.later import county_on

if TYPE_CHECKING:
    from capacity_planner.assessment import Gaps
    from capacity_planner.county import County

__all__ = ["backtest"]

_QUANTITIES: Final = ("population", "required", "counted_slots", "shortfall")


def backtest(earlier: County, later: County, scenario: str | None = None) -> pd.DataFrame:
    """Return forecast and count side by side, by township and for the county.

    Parameters
    ----------
    earlier
        Last year's folder, with ``[forecast]``.
    later
        This year's, the same county.
    scenario
        Name of a scenario of the earlier folder; ``middle`` or the first one if not given.

    Returns
    -------
    pandas.DataFrame
        A row a township that either has, then one for the county with an empty code: for each of
        population, required, counted_slots and shortfall the forecast, the count, the error
        (forecast − count) and the error in percent of the count.

    Raises
    ------
    CountyError
        If the later data are not later, or the earlier county has no such scenario.
    """
    if later.as_of <= earlier.as_of:
        raise CountyError.of(
            "backtest_not_later",
            file="county.toml",
            column="as_of",
            value=later.as_of.isoformat(),
            earlier=earlier.as_of.isoformat(),
        )
    foreseen = assess(county_on(earlier, later.as_of, scenario), as_of=later.as_of)
    counted = assess(later)
    table = _by_township(foreseen).add_suffix("_forecast").join(_by_township(counted), how="outer")
    names = table.pop("name").fillna(table.pop("name_forecast"))
    whole = pd.DataFrame([table.sum()], index=[""]).astype("Int64")
    table = pd.concat([table.astype("Int64"), whole])
    out = pd.DataFrame(index=table.index)
    out.insert(0, "name", names.reindex(table.index).fillna(""))
    for quantity in _QUANTITIES:
        expected, found = table[f"{quantity}_forecast"], table[quantity]
        out[f"{quantity}_forecast"], out[f"{quantity}_counted"] = expected, found
        out[f"{quantity}_error"] = expected - found
        percent = (expected - found).astype("Float64") * 100 / found.astype("Float64")
        out[f"{quantity}_error_percent"] = percent.where(found > 0).round(2)
    out = out.reset_index(names="township_code")
    last = out["township_code"] == ""
    return pd.concat([out[~last], out[last]], ignore_index=True)


def _by_township(gaps: Gaps) -> Any:  # noqa: ANN401 (a DataFrame whose stubs are too narrow)
    table = gaps.townships.set_index("township_code")
    return pd.DataFrame(table[["name", *_QUANTITIES]])
