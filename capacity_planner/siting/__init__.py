"""Where new slots go: which options are taken, how large, at what cost, and the proof.

Arrays in, arrays out: this room knows no table, file, rule or map. Existing facilities stay, and
their slots and the new ones are attributed together, so that what a plan promises is what a fresh
attribution gives.
"""

from capacity_planner.siting.budget import most_closed, shortest_ways
from capacity_planner.siting.others import alternatives
from capacity_planner.siting.phases import (
    Phased,
    Terms,
    least_cost_in_phases,
    open_in_phases,
    reached_in_phases,
)
from capacity_planner.siting.problem import Goal, Outcome, Problem
from capacity_planner.siting.sizes import class_sizes
from capacity_planner.siting.solving import Solution, least_cost, linear_bound

__all__ = [
    "Goal",
    "Outcome",
    "Phased",
    "Problem",
    "Solution",
    "Terms",
    "alternatives",
    "class_sizes",
    "least_cost",
    "least_cost_in_phases",
    "linear_bound",
    "most_closed",
    "open_in_phases",
    "reached_in_phases",
    "shortest_ways",
]
