"""The mixed-integer program of a siting problem, built as arrays and solved by HiGHS.

Columns: whether an option is taken (y), how large it is (k steps above its smallest size, or one
choice among its sizes), slots on each pair of facility or option and zone (x), and the same again
for the migrant part of the requirements (m).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from capacity_planner.siting.highs import INFINITY, Rows, minimise
from capacity_planner.siting.sizes import step_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity_planner.attribution.pairs import Flags, Integers
    from capacity_planner.siting.problem import Problem

__all__ = ["Answer", "Program"]

_WHOLE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver says: sizes (``None`` without any plan), objective, bound, seconds.

    ``shares`` are the sizes of the options that a relaxed plan opens wholly, ``prices`` what taking
    each option more than it does would cost in the objective: above 0 for options it leaves, below 0
    for options it takes wholly. ``status`` is ``optimal`` (within the gap asked for), ``limit`` or
    ``infeasible``.
    """

    status: str
    size: Integers | None
    objective: float
    bound: float
    seconds: float
    shares: NDArray[np.float64] | None = None
    prices: NDArray[np.float64] | None = None


class Program:
    """One siting problem as columns and rows; limits are added before it is solved.

    Parameters
    ----------
    problem
        What is to be decided.
    relaxed
        Whether options may be taken in part: the linear bound.
    """

    def __init__(self, problem: Problem, *, relaxed: bool = False) -> None:
        self.problem = problem
        self._relaxed = relaxed
        self._rows = Rows()
        self._place_columns()
        self._bind_sizes()
        self.x = self.flow(problem.required, np.ones(self._f + self._o, dtype=bool))
        self.m = np.zeros(0, dtype=np.int64)
        if problem.migrant.any():
            takes = np.concatenate([problem.accepts, problem.option_accepts])
            self.m = self.flow(problem.migrant, takes)

    # ------------------------------------------------------------------ columns

    def _place_columns(self) -> None:
        problem = self.problem
        self._f, self._o = problem.pairs.n_facilities, problem.option_pairs.n_facilities
        self._steps = [step_of(each) for each in problem.sizes]
        widths = [
            1 if step is not None else len(sizes)
            for step, sizes in zip(self._steps, problem.sizes, strict=True)
        ]
        self.y = np.arange(self._o, dtype=np.int64)
        ends = self._o + np.cumsum([0, *widths], dtype=np.int64)
        self.k = [np.arange(ends[at], ends[at + 1]) for at in range(self._o)]
        self.columns = int(ends[-1])
        self.upper = np.ones(self.columns)
        self.whole = np.full(self.columns, not self._relaxed)
        #: Slots that one unit of a column adds to its option's size, and what it costs.
        self.size_of = np.zeros(self.columns)
        self.option_of = np.full(self.columns, -1, dtype=np.int64)
        for at, (step, sizes) in enumerate(zip(self._steps, problem.sizes, strict=True)):
            self._place_size(at, step, sizes)
        self.cost = np.zeros(self.columns)
        sized = self.option_of >= 0
        self.cost[sized] = self.size_of[sized] * problem.cost_per_slot[self.option_of[sized]]
        self.cost[self.y] += problem.fixed_cost

    def _place_size(self, at: int, step: int | None, sizes: Integers) -> None:
        self.option_of[[at, *self.k[at]]] = at
        if step is None:
            self.size_of[self.k[at]] = sizes
        else:
            self.size_of[at] = sizes[0]
            self.size_of[self.k[at]] = step
            self.upper[self.k[at]] = len(sizes) - 1

    # ------------------------------------------------------------------ rows

    def limit(
        self,
        columns: Integers,
        factors: NDArray[np.float64] | float,
        *,
        least: float = -INFINITY,
        most: float = INFINITY,
    ) -> None:
        """Add the row ``least ≤ Σ factor × column ≤ most``."""
        rows = np.zeros(len(columns), dtype=np.int64)
        values = np.broadcast_to(np.asarray(factors, dtype=np.float64), columns.shape)
        self._rows.add(rows, columns, values, lower=np.array([least]), upper=np.array([most]))

    def flow(self, required: Integers, takes: Flags) -> Integers:
        """Add one more flow of slots and return its columns, one for each joined pair.

        Parameters
        ----------
        required
            What each zone may get at most, ``int64[z]``.
        takes
            Facilities, then options, that give any, ``bool[f + o]``.
        """
        n = len(self.problem.joined)
        added = np.arange(self.columns, self.columns + n, dtype=np.int64)
        self.columns += n
        self.upper = np.concatenate([self.upper, np.full(n, INFINITY)])
        self.whole = np.concatenate([self.whole, np.zeros(n, dtype=bool)])
        self.cost = np.concatenate([self.cost, np.zeros(n)])
        self.size_of = np.concatenate([self.size_of, np.zeros(n)])
        self.option_of = np.concatenate([self.option_of, np.full(n, -1, dtype=np.int64)])
        self._bind_flows(added, required, takes)
        return added

    def _bind_sizes(self) -> None:
        """Give an option that is not taken no size: k ≤ most × y, or one size exactly if taken."""
        for at, step in enumerate(self._steps):
            if step is None:
                factors = np.concatenate([[-1.0], np.ones(len(self.k[at]))])
                self.limit(np.concatenate([[at], self.k[at]]), factors, least=0, most=0)
            elif step > 0:
                most = float(self.upper[self.k[at][0]])
                self.limit(np.array([at, self.k[at][0]]), np.array([-most, 1.0]), most=0)

    def _bind_flows(self, flow: Integers, required: Integers, takes: Flags) -> None:
        """Slots leave each facility and option once, and no zone gets more than it requires."""
        problem, joined = self.problem, self.problem.joined
        able = takes[joined.facility]
        self.upper[flow] = np.where(able, required[joined.zone], 0)
        slots = np.concatenate([problem.slots, np.zeros(self._o, dtype=np.int64)])
        sized = np.flatnonzero(self.size_of > 0)
        self._rows.add(
            np.concatenate([joined.facility, self._f + self.option_of[sized]]),
            np.concatenate([flow, sized]),
            np.concatenate([np.ones(len(flow)), -self.size_of[sized]]),
            lower=np.full(self._f + self._o, -INFINITY),
            upper=slots.astype(np.float64),
        )
        z = len(required)
        self._rows.add(
            joined.zone,
            flow,
            np.ones(len(flow)),
            lower=np.full(z, -INFINITY),
            upper=required.astype(np.float64),
        )
        self._tighten(flow, required)

    def _tighten(self, flow: Integers, required: Integers) -> None:
        """Add x ≤ min(largest, required) × y: true of any plan, and close to it when relaxed."""
        joined = self.problem.joined
        at = np.flatnonzero(joined.facility >= self._f)
        option = joined.facility[at] - self._f
        most = np.minimum(self.problem.largest[option], required[joined.zone[at]])
        rows = np.arange(len(at), dtype=np.int64)
        self._rows.add(
            np.concatenate([rows, rows]),
            np.concatenate([flow[at], self.y[option]]),
            np.concatenate([np.ones(len(at)), -most.astype(np.float64)]),
            lower=np.full(len(at), -INFINITY),
            upper=np.zeros(len(at)),
        )

    def first_pairs(self, *, first: bool) -> Integers:
        """Return the flow columns into zones that come first, or into the others."""
        chosen: Integers = self.x[self.problem.first[self.problem.joined.zone] == first]
        return chosen

    # ------------------------------------------------------------------ solving

    def solve(
        self,
        objective: NDArray[np.float64],
        *,
        seconds: float,
        gap: float = 0.0,
        slack: float = 0.0,
    ) -> Answer:
        """Return the least objective.

        Parameters
        ----------
        objective
            Factor of each column, ``float64[columns]``.
        seconds
            Time limit.
        gap
            Relative gap at which the solver may stop.
        slack
            Difference from the bound at which the solver may stop, in the objective's unit.

        Raises
        ------
        ArithmeticError
            If the solver contradicts itself; see :func:`~capacity_planner.siting.highs.minimise`.
        """
        found = minimise(
            objective,
            self._rows,
            upper=self.upper,
            whole=self.whole,
            seconds=seconds,
            gap=gap,
            slack=slack,
        )
        size = shares = prices = None
        if found.values is not None and self._relaxed:
            shares = self._shares_of(found.values)
            prices = None if found.prices is None else found.prices[self.y]
        elif found.values is not None:
            size = self._sizes_of(found.values)
        return Answer(
            found.status, size, found.objective, found.bound, found.seconds, shares, prices
        )

    def _shares_of(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sizes of the options that a relaxed plan opens wholly."""
        share = np.zeros(self._o)
        sized = np.flatnonzero(self.size_of > 0)
        np.add.at(share, self.option_of[sized], values[sized] * self.size_of[sized])
        return np.where(values[self.y] > 1 - _WHOLE, share, 0.0)

    def _sizes_of(self, values: NDArray[np.float64]) -> Integers:
        taken = values[self.y] > 0.5  # noqa: PLR2004 (a binary)
        size = np.zeros(self._o, dtype=np.int64)
        sized = np.flatnonzero(self.size_of > 0)
        weight = np.rint(values[sized]) * self.size_of[sized]
        np.add.at(size, self.option_of[sized], weight.astype(np.int64))
        return np.where(taken, size, 0)
