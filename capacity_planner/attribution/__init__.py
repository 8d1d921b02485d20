"""Who can be served by which slots: pairs, the exact attribution, its ranges, streets, access.

Arrays in, arrays out: this room knows no table, file, rule or map. Callers number facilities and
zones from 0 in the order of their ids; every tie is settled in that order, so the order of rows in
a file changes nothing.
"""

from capacity_planner.attribution.accessibility import e2sfca, served_by_distance, step_weights
from capacity_planner.attribution.flow import attribute
from capacity_planner.attribution.laws import check_flow
from capacity_planner.attribution.pairs import Pairs, find_pairs, lying_in
from capacity_planner.attribution.ranges import attributable_ranges
from capacity_planner.attribution.streets import Streets
from capacity_planner.attribution.walking import StreetReport, street_pairs, table_pairs

__all__ = [
    "Pairs",
    "StreetReport",
    "Streets",
    "attributable_ranges",
    "attribute",
    "check_flow",
    "e2sfca",
    "find_pairs",
    "lying_in",
    "served_by_distance",
    "step_weights",
    "street_pairs",
    "table_pairs",
]
