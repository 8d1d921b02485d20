"""A county's figures by another road: plain Python, exact fractions, scipy's flows and programs.

Nothing of the package is used here. Zones and facilities are the plain dictionaries that
``squares.county`` takes; every answer is by id.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

Row = dict[str, Any]
Edge = tuple[str, str, int]

RATIO = {"new": Fraction(10, 1000), "existing": Fraction(8, 1000), "old_town": Fraction(8, 1000)}
HOME_BASED = 5


def required(zones: list[Row]) -> dict[str, int | None]:
    """Return what each zone needs: one ceiling per unit and ratio, then largest remainders."""
    need: dict[str, int | None] = {}
    shared: dict[tuple[Any, ...], list[Row]] = {}
    for zone in sorted(zones, key=lambda each: each["zone_id"]):
        ratio = RATIO.get(zone["category"])
        need[zone["zone_id"]] = None
        if ratio is not None:
            unit = zone.get("unit_id") or ("alone", zone["zone_id"])
            shared.setdefault((unit, ratio), []).append(zone)
    for (_, ratio), members in shared.items():
        people = sum(each["population"] for each in members)
        total = math.ceil(people * ratio)
        exact = {
            each["zone_id"]: Fraction(total * each["population"], people) if people else Fraction(0)
            for each in members
        }
        left = total - sum(math.floor(part) for part in exact.values())
        favoured = sorted(exact, key=lambda name: (math.floor(exact[name]) - exact[name], name))
        for name, part in exact.items():
            need[name] = math.floor(part) + (name in favoured[:left])
    return need


def counted(facilities: list[Row], as_of: date) -> dict[str, int]:
    """Return the slots that count on the filed basis: open, operating and filed."""
    slots = {}
    for each in facilities:
        opened, closed = each.get("opened_on"), each.get("closed_on")
        begun = opened is None or date.fromisoformat(opened) <= as_of
        ended = closed is not None and date.fromisoformat(closed) <= as_of
        runs = each["status"] == "operating" and each["filed"] and begun and not ended
        most = HOME_BASED if each["type"] == "home_based" else each["slots"]
        slots[each["facility_id"]] = min(each["slots"], most) if runs else 0
    return slots


def reach(zones: list[Row], facilities: list[Row], radius_m: int) -> list[Edge]:
    """Return facility, zone and whole metres of every pair of which one can serve the other."""
    names = {zone["zone_id"] for zone in zones}
    edges = []
    for facility in facilities:
        own = facility.get("zone_id") if facility.get("zone_id") in names else None
        for zone in zones:
            metres = facility["geometry"].distance(zone["geometry"].centroid)
            near = metres <= radius_m and not facility.get("exclusive")
            inside = facility["geometry"].within(zone["geometry"])
            open_to_its_place = inside and not (facility.get("exclusive") and own)
            if near or open_to_its_place or zone["zone_id"] == own:
                edges.append((facility["facility_id"], zone["zone_id"], math.floor(metres + 0.5)))
    return edges


def most(supply: dict[str, int], need: dict[Any, int], pairs: list[tuple[Any, Any]]) -> int:
    """Return the most slots that can flow, by an augmenting-path maximum flow."""
    if not pairs:
        return 0
    row = {name: at + 1 for at, name in enumerate(supply)}
    column = {name: len(supply) + at + 1 for at, name in enumerate(need)}
    sink = len(supply) + len(need) + 1
    arcs = [(0, row[name], amount) for name, amount in supply.items()]
    arcs += [(column[name], sink, amount) for name, amount in need.items()]
    arcs += [(row[one], column[other], supply[one]) for one, other in pairs]
    tail, head, room = np.array(arcs, dtype=np.int32).T
    graph = csr_array((room, (tail, head)), shape=(sink + 1, sink + 1))
    return int(maximum_flow(graph, 0, sink).flow_value)


def fewest_metres(supply: dict[str, int], need: dict[str, int], edges: list[Edge]) -> int:
    """Return the fewest slot-metres of all attributions that use the most slots, by a program."""
    whole = most(supply, need, [edge[:2] for edge in edges])
    if not whole:
        return 0
    ends = [*supply, *need]
    bounds = np.array([[end in edge[:2] for edge in edges] for end in ends], dtype=float)
    solved = linprog(
        [edge[2] for edge in edges],
        A_ub=bounds,
        b_ub=[*supply.values(), *need.values()],
        A_eq=np.ones((1, len(edges))),
        b_eq=[whole],
        method="highs",
    )
    return round(solved.fun)


@dataclass(frozen=True)
class Expected:
    """What must come out for one county at one date."""

    required: dict[str, int | None]
    counted: dict[str, int]
    edges: list[Edge]
    whole: int
    metres: int

    @classmethod
    def of(cls, zones: list[Row], facilities: list[Row], *, as_of: date, radius_m: int) -> Expected:
        """Compute it all afresh."""
        need, slots = required(zones), counted(facilities, as_of)
        running = [each for each in facilities if slots[each["facility_id"]]]
        edges = reach(zones, running, radius_m)
        whole_need = {name: amount or 0 for name, amount in need.items()}
        whole = most(slots, whole_need, [edge[:2] for edge in edges])
        return cls(need, slots, edges, whole, fewest_metres(slots, whole_need, edges))

    @property
    def need(self) -> dict[str, int]:
        """Required slots, 0 where no number exists."""
        return {name: amount or 0 for name, amount in self.required.items()}

    def least_and_most(self, chosen: set[str]) -> tuple[int, int]:
        """Return the fewest and the most slots that a set of zones can have."""
        own = [edge[:2] for edge in self.edges if edge[1] in chosen]
        others = [edge[:2] for edge in self.edges if edge[1] not in chosen]
        alone = most(self.counted, self.need, own)
        return self.whole - most(self.counted, self.need, others), alone

    def migrants(self, zones: list[Row], takes: set[str], chosen: set[str]) -> tuple[int, int, int]:
        """Return what a set of zones needs for migrant children, certainly lacks and may lack."""
        part = {each["zone_id"]: migrant_part(each, self.need[each["zone_id"]]) for each in zones}
        need = {(name, "other"): self.need[name] - (part[name] or 0) for name in part}
        need |= {(name, "migrant"): amount or 0 for name, amount in part.items()}
        pairs = [(one, (other, "other")) for one, other, _ in self.edges]
        pairs += [(one, (other, "migrant")) for one, other, _ in self.edges if one in takes]
        own = {(name, "migrant") for name in chosen if part[name] is not None}
        total = sum(need[node] for node in own)
        alone = most(self.counted, need, [pair for pair in pairs if pair[1] in own])
        rest = most(self.counted, need, [pair for pair in pairs if pair[1] not in own])
        return total, total - alone, total - (most(self.counted, need, pairs) - rest)


def migrant_part(zone: Row, need: int) -> int | None:
    """Return the slots of a requirement that are for migrant workers' children."""
    children, migrants = zone.get("children_u3"), zone.get("migrant_u3")
    if zone["category"] == "rural" or children is None or migrants is None:
        return None
    return min(need, math.ceil(Fraction(need * migrants, children))) if children else 0
