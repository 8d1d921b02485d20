"""Looking ahead: later years, new sites, what-if scenarios, and what is to be done by whom.

Frame adapters of the array rooms :mod:`~capacity_planner.siting` and
:mod:`~capacity_planner.forecasting`; every figure comes from a fresh assessment.
"""

from capacity_planner.planning.backtest import backtest
from capacity_planner.planning.later import county_on
from capacity_planner.planning.plan import Plan
from capacity_planner.planning.scenario import Scenario, apply_scenario, read_scenario
from capacity_planner.planning.sites import site
from capacity_planner.planning.years import Outlook, forecast

__all__ = [
    "Outlook",
    "Plan",
    "Scenario",
    "apply_scenario",
    "backtest",
    "county_on",
    "forecast",
    "read_scenario",
    "site",
]
