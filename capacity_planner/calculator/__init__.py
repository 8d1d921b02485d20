"""The arithmetic of requirement, supply, duty and check, on arrays alone.

Every function takes arrays and gives arrays of the same length and order. Counts are ``int64``;
a ratio is an exact fraction of slots per resident, so that a ceiling never meets a float.
Enumerations come and go as the words of the table contracts.
"""

from capacity_planner.calculator.acceptance import Handover, handover
from capacity_planner.calculator.arrays import UNKNOWN
from capacity_planner.calculator.duty import duties, shortfall_parts
from capacity_planner.calculator.indicators import per_thousand, share
from capacity_planner.calculator.migrants import migrant_requirement, migrant_status
from capacity_planner.calculator.requirement import pooled_requirement, requirements
from capacity_planner.calculator.supply import Counted, counted_slots
from capacity_planner.calculator.whole_numbers import ceil_share, distribute_whole, sum_by

__all__ = [
    "UNKNOWN",
    "Counted",
    "Handover",
    "ceil_share",
    "counted_slots",
    "distribute_whole",
    "duties",
    "handover",
    "migrant_requirement",
    "migrant_status",
    "per_thousand",
    "pooled_requirement",
    "requirements",
    "share",
    "shortfall_parts",
    "sum_by",
]
