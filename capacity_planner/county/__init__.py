"""A county: its folder, its settings and choices, and its tables once loaded."""

from capacity_planner.county.choices import Choices, Origin
from capacity_planner.county.folder import (
    County,
    CountyFolder,
    open_county,
    shipped_counties,
    shipped_folder,
)
from capacity_planner.county.models import (
    CostPlan,
    ForecastPlan,
    GrowthPlan,
    ScenarioPlan,
    SitingPlan,
    TableConfig,
    TargetPlan,
)

__all__ = [
    "Choices",
    "CostPlan",
    "County",
    "CountyFolder",
    "ForecastPlan",
    "GrowthPlan",
    "Origin",
    "ScenarioPlan",
    "SitingPlan",
    "TableConfig",
    "TargetPlan",
    "open_county",
    "shipped_counties",
    "shipped_folder",
]
