"""One winner among attributions that are equally good.

All optimal attributions differ by cycles of pairs along which slots can be moved at no cost. Such
cycles are found exactly: node prices (the dual solution) make every pair's reduced cost known, and
slots can move at no cost only within a strongly connected part of the pairs whose reduced cost is
zero. A part that is a tree has no cycle; the few others are settled pair by pair: each pair, by
facility and then zone, gets the most that it can get, and is then fixed.

The prices also prove the solver's optimum (complementary slackness): a flow that could be improved
has no prices, and the search for them says so.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from capacity_planner.attribution.laws import totals
from capacity_planner.attribution.pairs import distinct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capacity_planner.attribution.network import Network
    from capacity_planner.attribution.pairs import Integers

__all__ = ["settle_ties"]

_FAR: Final = 2**60
# whole-array rounds that drop a smaller share of the arcs are dearer than going arc by arc
_WORTH: Final = 0.01


def settle_ties(
    network: Network, flow: Integers, part_f: Integers, part_z: Integers, start: Integers
) -> Integers:
    """Return the last optimal flow in dictionary order of the pairs.

    Parameters
    ----------
    network
        The problem, its pairs by facility and then zone; every facility and zone has a pair.
    flow
        Any optimal flow, shape (n,).
    part_f, part_z
        Connected component of each facility and zone, from 0.
    start
        Prices to start from, of facilities, zones, each component's source, each component's
        sink, shape (f + z + 2 c,). Any will do; good ones save time.

    Returns
    -------
    numpy.ndarray
        The winner, shape (n,).

    Raises
    ------
    ArithmeticError
        If the flow is not optimal.
    """
    residual = _Residual.of(network, flow, part_f, part_z)
    loose = _loose(residual, residual.prices(start))
    pairs = loose[loose < len(flow)]
    settled = flow.copy()
    settled[pairs] = _Ring(residual, loose, len(pairs)).settle()
    return settled


@dataclass(frozen=True, eq=False)
class _Residual:
    """A flow's residual network: each component has a source and a sink of its own.

    Nodes are facilities, zones, sources, sinks, in this order. Arcs are the pairs (facility →
    zone), source → facility and zone → sink, in this order; ``ahead`` and ``back`` say how many
    slots may be added to or taken from each.
    """

    nodes: int
    tail: Integers
    head: Integers
    cost: Integers
    ahead: Integers
    back: Integers

    @classmethod
    def of(cls, network: Network, flow: Integers, part_f: Integers, part_z: Integers) -> Self:
        """Return the residual network of a flow."""
        f, z, n = len(network.slots), len(network.required), len(network)
        given = totals(network.facility, flow, f)
        taken = totals(network.zone, flow, z)
        parts = int(part_f.max()) + 1
        return cls(
            nodes=f + z + 2 * parts,
            tail=np.concatenate([network.facility, f + z + part_f, np.arange(f, f + z)]),
            head=np.concatenate([network.zone + f, np.arange(f), f + z + parts + part_z]),
            cost=np.concatenate([network.distance_m, np.zeros_like(part_f), np.zeros_like(part_z)]),
            # a pair is bounded by its ends only
            ahead=np.concatenate(
                [np.full(n, _FAR), network.slots - given, network.required - taken]
            ),
            back=np.concatenate([flow, given, taken]),
        )

    def prices(self, start: Integers) -> Integers:
        """Return node prices under which no arc of the residual network has a negative cost.

        Shortest ways by Bellman and Ford: in each round all nodes whose price fell tell their
        neighbours. A flow that can be improved has a circle that lowers prices for ever.
        """
        forth, back = np.flatnonzero(self.ahead > 0), np.flatnonzero(self.back > 0)
        tail = np.concatenate([self.tail[forth], self.head[back]])
        head = np.concatenate([self.head[forth], self.tail[back]])
        cost = np.concatenate([self.cost[forth], -self.cost[back]])
        price = start.copy()
        fallen = distinct(tail[price[tail] + cost < price[head]])
        if len(fallen):
            order = np.argsort(tail)
            head, cost = head[order], cost[order]
            degree = np.bincount(tail, minlength=self.nodes)
            first = np.cumsum(degree) - degree
        for _ in range(self.nodes):
            if not len(fallen):
                break
            count = degree[fallen]
            arcs = np.repeat(first[fallen] - np.cumsum(count) + count, count)
            arcs += np.arange(len(arcs))
            offer, to = np.repeat(price[fallen], count) + cost[arcs], head[arcs]
            lower = offer < price[to]
            np.minimum.at(price, to[lower], offer[lower])
            fallen = distinct(to[lower])
        if len(fallen):
            raise ArithmeticError("the flow is not optimal: slots can be moved to save metres")
        return price


class _Ring:
    """The arcs that may still change: those on a circle of arcs that are not fixed.

    ``held`` says how many slots may still be distributed at each facility or zone: what its arcs
    carry that are not fixed, and what is spare. It saves searches that would find nothing.

    Parameters
    ----------
    residual
        The network.
    arcs
        Arcs among which slots can be moved in a circle at no cost, the pairs first.
    pairs
        How many of them are pairs.
    """

    def __init__(self, residual: _Residual, arcs: Integers, pairs: int) -> None:
        self.pairs = pairs
        self.tail, self.head = residual.tail[arcs].tolist(), residual.head[arcs].tolist()
        self.ahead, self.back = residual.ahead[arcs].tolist(), residual.back[arcs].tolist()
        self.arcs: dict[int, set[int]] = {node: set() for node in self.tail + self.head}
        self.held: Counter[int] = Counter()
        for arc in range(len(arcs)):
            for node in (self.tail[arc], self.head[arc]):
                self.arcs[node].add(arc)
                self.held[node] += self._share(arc)
        self._leaves = [node for node, around in self.arcs.items() if len(around) == 1]

    def settle(self) -> Integers:
        """Return the flow of the pairs once each in turn has got the most that it can."""
        for arc in range(self.pairs):
            self._prune()
            if arc in self.arcs[self.tail[arc]]:
                self._fill(arc)
        return np.array(self.back[: self.pairs])

    def _share(self, arc: int) -> int:
        """Return what an arc adds to what its ends may distribute."""
        share: int = self.back[arc] if arc < self.pairs else self.ahead[arc]
        return share

    def _fix(self, arc: int) -> None:
        """Take an arc out of every circle."""
        for node in (self.tail[arc], self.head[arc]):
            self.held[node] -= self._share(arc)
            self.arcs[node].discard(arc)
            if len(self.arcs[node]) == 1:
                self._leaves.append(node)

    def _prune(self) -> None:
        """Fix every arc that leads to a dead end."""
        while self._leaves:
            for arc in tuple(self.arcs[self._leaves.pop()]):
                self._fix(arc)

    def _fill(self, arc: int) -> None:
        """Move as many slots as possible in circles onto a pair, and fix it."""
        tail, head = self.tail[arc], self.head[arc]
        most = min(self.held[tail], self.held[head])
        for node in (tail, head):
            self.arcs[node].discard(arc)
        while self.back[arc] < most and (path := self._path(head, tail)):
            amount = min(self.ahead[each] if forth else self.back[each] for each, forth in path)
            for each, forth in path:
                moved = amount if forth else -amount
                self.ahead[each] -= moved
                self.back[each] += moved
            self.back[arc] += amount
        self._fix(arc)

    def _path(self, start: int, goal: int) -> list[tuple[int, bool]]:
        """Return the arcs of a shortest way with room, each with whether it is run forth."""
        came: dict[int, tuple[int, bool]] = {}
        queue = deque([start])
        while queue and goal not in came:
            node = queue.popleft()
            for arc in self.arcs[node]:
                forth = self.tail[arc] == node
                other = self.head[arc] if forth else self.tail[arc]
                if other not in came and (self.ahead[arc] if forth else self.back[arc]) > 0:
                    came[other] = (arc, forth)
                    queue.append(other)
        return list(self._walk_back(came, goal, start)) if goal in came else []

    def _walk_back(
        self, came: dict[int, tuple[int, bool]], goal: int, start: int
    ) -> Iterator[tuple[int, bool]]:
        """Yield the arcs from the goal back to the start."""
        node = goal
        while node != start:
            arc, forth = came[node]
            yield arc, forth
            node = self.tail[arc] if forth else self.head[arc]


def _loose(residual: _Residual, price: Integers) -> Integers:
    """Return the arcs among which slots can be moved at no cost, most often none."""
    tight = np.flatnonzero(price[residual.tail] + residual.cost == price[residual.head])
    tail, head = residual.tail[tight], residual.head[tight]
    ahead, back = residual.ahead[tight] > 0, residual.back[tight] > 0
    origin, goal = np.r_[tail[ahead], head[back]], np.r_[head[ahead], tail[back]]
    shape = (residual.nodes, residual.nodes)
    graph = coo_array((np.ones_like(origin), (origin, goal)), shape=shape)
    part = connected_components(graph, connection="strong")[1]
    inner = part[tail] == part[head]
    label, chosen = part[tail[inner]], tight[inner]
    # a strongly connected part is a tree, and then settled, if it has one arc less than nodes
    arcs, nodes = np.bincount(label), np.bincount(part)
    chosen = chosen[arcs[label] >= nodes[label]]
    loose: Integers = chosen[_core(residual.tail[chosen], residual.head[chosen])]
    return loose


def _core(tail: Integers, head: Integers) -> Integers:
    """Return the arcs that are left once those to dead ends are dropped, while that drops many."""
    core, before = np.arange(len(tail)), np.inf
    while len(core) < before * (1 - _WORTH):
        before = len(core)
        degree = np.bincount(np.r_[tail[core], head[core]])
        core = core[(degree[tail[core]] > 1) & (degree[head[core]] > 1)]
    return core
