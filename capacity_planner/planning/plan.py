"""A plan: its sites, what they close, what they cost, who does what, and the proof."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import pandas as pd

from capacity_planner.planning.actions import list_actions
from capacity_planner.planning.land import list_land
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from capacity_planner.assessment import Gaps
    from capacity_planner.county import SitingPlan
    from capacity_planner.siting import Solution

__all__ = ["SITE_COLUMNS", "Plan"]

SITE_COLUMNS: Final = (
    "site_id",
    "option_id",
    "kind",
    "means",
    "premises",
    "name",
    "township_code",
    "township",
    "zone_id",
    "facility_id",
    "candidate_id",
    "slots",
    "attributed_slots",
    "cost",
    "cost_source",
    "available_on",
    "opens_in",
    "department",
    "department_en",
    "floor_m2",
    "land_m2",
    "area_source",
    "data_status",
)
"""Columns of :attr:`Plan.sites`; cost in yuan, areas in m² (empty where the county gives none)."""

_FEN: Final = 100
_DUTIES: Final = ("build_with_housing", "provide_by_deadline")


@dataclass(frozen=True)
class Plan:
    """Sites for new slots, what they close, what they cost and how good the plan is proven to be.

    Parameters
    ----------
    before, after
        The assessment that the plan is for, and the same county assessed with the sites built.
    sites
        One row a site, :data:`SITE_COLUMNS` and points in the measuring CRS.
    options
        Everything that could be chosen, with what was left out and why.
    settings
        What the plan was made with: the county's ``[siting]`` and what the call changed.
    solution
        Proof: status, bound, gap, linear bound, greedy, seconds.
    phases
        What opens in each year and how much is closed by then; see ``plan_phases.csv``.
    least
        Yuan that the cheapest plan costs, whatever money each year brings.
    alternatives
        Other plans' sites, cheapest first.
    unreachable
        Zones whose shortfall no option can close, with ``missing`` slots.
    """

    before: Gaps
    after: Gaps
    sites: gpd.GeoDataFrame
    options: gpd.GeoDataFrame
    settings: SitingPlan
    solution: Solution
    phases: pd.DataFrame
    least: float
    alternatives: tuple[gpd.GeoDataFrame, ...]
    unreachable: pd.DataFrame

    @cached_property
    def totals(self) -> Mapping[str, int | float | str]:
        """The plan in figures: slots unless the name says otherwise, costs in yuan."""
        duty = self.before.zones["duty"].isin(_DUTIES)
        gained = self.after.totals["attributed"] - self.before.totals["attributed"]
        cost = float(self.sites["cost"].sum())
        scale = _FEN if self.solution.counts == "cost" else 1
        return MappingProxyType(
            {
                "sites": len(self.sites),
                "slots": int(self.sites["slots"].sum()),
                "cost": cost,
                "closed": gained,
                "shortfall_before": self.before.totals["shortfall"],
                "shortfall_after": self.after.totals["shortfall"],
                "duty_shortfall_before": int(self.before.zones.loc[duty, "shortfall"].sum()),
                "duty_shortfall_after": int(self.after.zones.loc[duty, "shortfall"].sum()),
                "unreachable": int(self.unreachable["missing"].sum()),
                "migrant_certain_before": self.before.totals["migrant_shortfall_certain"],
                "migrant_certain_after": self.after.totals["migrant_shortfall_certain"],
                "status": self.solution.status,
                "gap": self.solution.gap,
                "proof": self.solution.counts,
                "bound": self.solution.bound / scale,
                "linear_bound": self.solution.linear / scale,
                "greedy": self.solution.greedy / scale,
                "least_cost": self.least,
                "behind": int(self.phases["behind"].max()),
            }
        )

    @cached_property
    def townships(self) -> pd.DataFrame:
        """Shortfall before and after, sites, slots and cost by township; last, sites in none."""
        columns = ["township_code", "name", "required", "shortfall", "shortfall_certain"]
        table = pd.DataFrame(self.before.townships[columns]).rename(
            columns={"shortfall": "before", "shortfall_certain": "certain_before"}
        )
        table["after"] = self.after.townships["shortfall"].to_numpy()
        table["certain_after"] = self.after.townships["shortfall_certain"].to_numpy()
        table["closed"] = table["before"] - table["after"]
        codes = self.sites["township_code"].fillna("")
        if not codes.isin(table["township_code"]).all():
            nowhere = {"township_code": "", "name": label("noun.no_township", "zh")}
            numbers = dict.fromkeys(table.columns.drop([*nowhere]), 0)
            table = pd.concat([table, pd.DataFrame([nowhere | numbers])], ignore_index=True)
        by_town = self.sites.groupby(codes)
        for name, sums in {
            "sites": by_town.size(),
            "slots": by_town["slots"].sum(),
            "cost": by_town["cost"].sum(),
        }.items():
            table[name] = table["township_code"].map(sums).fillna(0)
        return table.astype({"sites": "Int64", "slots": "Int64", "cost": "Float64"})

    @cached_property
    def actions(self) -> pd.DataFrame:
        """One sentence a zone with a shortfall, in Chinese and English; see ``actions.csv``."""
        deadline = self.settings.deadline
        return list_actions(self.before, self.after, self.sites, deadline=deadline)

    @cached_property
    def land(self) -> pd.DataFrame:
        """Land and building area by year, township and means; see ``land.csv``."""
        return list_land(self.sites)
