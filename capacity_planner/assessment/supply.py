"""Who is served by which slots: the array rooms run on one case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import shapely

from capacity_planner.assessment.case import counts, dates, truths, words
from capacity_planner.assessment.reach import find_reach
from capacity_planner.attribution import (
    Pairs,
    attributable_ranges,
    attribute,
    check_flow,
)
from capacity_planner.calculator import (
    Counted,
    counted_slots,
    migrant_requirement,
    requirements,
    sum_by,
)
from capacity_planner.loaders.files.shapes import answers_of
from capacity_planner.memory import release_memory

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity_planner.assessment.case import Case
    from capacity_planner.errors import Complaint

Ints: TypeAlias = "NDArray[np.int64]"
Bools: TypeAlias = "NDArray[np.bool_]"

__all__ = ["Migrants", "Served", "among", "check_migrants", "count_supply", "serve"]


@dataclass(frozen=True)
class Served:
    """Requirement, links and ranges of one case; z zones, t townships, n pairs.

    ``inner_xy`` (``float64[z, 2]``, metres) is the point inside each zone to which distances go.
    """

    required: Ints
    pairs: Pairs
    flow: Ints
    attributed: Ints
    reached: Bools
    zone_min: Ints
    zone_max: Ints
    township_min: Ints
    township_max: Ints
    inner_xy: NDArray[np.float64]
    complaints: tuple[Complaint, ...]

    @property
    def has_number(self) -> Bools:
        """Zones for which the rules set a number, ``bool[z]``."""
        return self.required >= 0


@dataclass(frozen=True)
class Migrants:
    """The migrant-child check by zone, by township and for the county.

    ``required`` is ``int64[z]`` with :data:`UNKNOWN` where nothing could be checked; ``certain`` and
    ``at_risk`` are ``int64``: of each zone, then each township, then the county.
    """

    required: Ints
    urban: Bools
    zone: tuple[Ints, Ints]
    township: tuple[Ints, Ints]
    county: tuple[int, int]


def count_supply(case: Case) -> Counted:
    """Return what each facility of the case gives at its date."""
    facilities = case.county.tables.facilities
    return counted_slots(
        counts(facilities["slots"]),
        kind=words(facilities["type"]),
        status=words(facilities["status"]),
        filed=truths(facilities["filed"], unknown=False),
        enrolled=counts(facilities["enrolled_u3"]),
        opened_on=dates(facilities["opened_on"]),
        closed_on=dates(facilities["closed_on"]),
        as_of=case.as_of64,
        basis=case.choices.basis,
        home_based_cap=case.home_based_cap,
    )


def serve(case: Case, slots: Ints) -> Served:
    """Return who is served, given the counted slots of each facility (``int64[f]``)."""
    required = requirements(case.population, case.rule, case.ratios, case.unit)
    (inner_xy,) = answers_of(case.polygons, _inner_xy)
    pairs, complaints = find_reach(case, slots > 0, inner_xy)
    release_memory()
    need = np.maximum(required, 0)
    flow = attribute(pairs, slots=slots, required=need)
    check_flow(pairs, flow, slots=slots, required=need)
    n_townships = len(case.county.tables.townships)
    by_zone, by_township = attributable_ranges(
        pairs,
        flow,
        slots=slots,
        required=need,
        groupings=[np.arange(len(need), dtype=np.int64), case.township],
    )
    return Served(
        required=required,
        pairs=pairs,
        flow=flow,
        attributed=sum_by(flow, pairs.zone, len(need)),
        reached=among(pairs.zone, len(need)),
        zone_min=by_zone[0],
        zone_max=by_zone[1],
        township_min=_fit(by_township[0], n_townships),
        township_max=_fit(by_township[1], n_townships),
        inner_xy=inner_xy,
        complaints=complaints,
    )


def _inner_xy(polygons: NDArray[np.object_]) -> NDArray[np.float64]:
    points = shapely.point_on_surface(polygons)
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def among(zone: Ints, n: int) -> Bools:
    """Return which of ``n`` zones are named, ``bool[n]``."""
    found = np.zeros(n, dtype=bool)
    found[zone] = True
    return found


def _fit(by_group: Ints, n: int) -> Ints:
    """Return the array with zeros for trailing groups that have no member."""
    return np.pad(by_group, (0, n - len(by_group)))


def check_migrants(case: Case, served: Served, slots: Ints) -> Migrants:
    """Return the migrant-child check, a second network of (zone, class) nodes.

    A facility that does not take migrant children serves the other class only.
    Node ``z`` is a zone's other children, node ``z + n`` its migrant workers' children.
    """
    tables = case.county.tables
    n = len(served.required)
    needed = migrant_requirement(
        served.required, counts(tables.zones["migrant_u3"]), counts(tables.zones["children_u3"])
    )
    migrant = np.maximum(needed, 0)
    classes = np.concatenate([np.maximum(served.required, 0) - migrant, migrant])
    unknown = case.choices.unknown_accepts_migrants == "yes"
    accepts = truths(tables.facilities["accepts_migrants"], unknown=unknown)
    pairs = _by_class(served.pairs, accepts, n)
    sizes = (n, len(tables.townships), 1)
    groups = (np.arange(n, dtype=np.int64), case.township, np.zeros(n, dtype=np.int64))
    nodes = [
        np.concatenate([np.full(n, -1, dtype=np.int64), np.where(needed >= 0, group, -1)])
        for group in groups
    ]
    release_memory()
    ranges = attributable_ranges(pairs, None, slots=slots, required=classes, groupings=nodes)
    zone, township, county = (
        _missing(sum_by(classes, node, size), *found)
        for node, size, found in zip(nodes, sizes, ranges, strict=True)
    )
    return Migrants(
        required=needed,
        urban=served.has_number,
        zone=zone,
        township=township,
        county=(int(county[0][0]), int(county[1][0])),
    )


def _missing(whole: Ints, least: Ints, most: Ints) -> tuple[Ints, Ints]:
    """Return what is certainly missing and what is at risk, given what each group requires."""
    return whole - _fit(most, len(whole)), whole - _fit(least, len(whole))


def _by_class(pairs: Pairs, accepts: Bools, n_zones: int) -> Pairs:
    """Return the pairs of both classes; how far it is does not matter to who is left over."""
    own = np.bincount(pairs.facility, minlength=pairs.n_facilities)
    both = own * (1 + accepts)
    facility = np.repeat(np.arange(pairs.n_facilities), both)
    # of each facility the other children first, then, if it takes them, the migrant workers'
    at = np.arange(len(pairs)) + (np.cumsum(both - own) - (both - own))[pairs.facility]
    takes = accepts[pairs.facility]
    node = np.empty_like(facility)
    node[at] = pairs.zone
    node[(at + own[pairs.facility])[takes]] = pairs.zone[takes] + n_zones
    nowhere = np.zeros(len(node), dtype=np.int64)  # unlike zeros_like, of no memory until written
    return Pairs(facility, node, nowhere, pairs.n_facilities, 2 * n_zones)
