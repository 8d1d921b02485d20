"""The mixed-integer program of a siting problem, built as arrays and solved by HiGHS.

Columns: whether an option is taken (y), how large it is (k steps above its smallest size, or one
choice among its sizes), slots on each pair of facility or option and zone (x), and the same again
for the migrant part of the requirements (m).
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import highspy
import numpy as np
from scipy.sparse import coo_array

from capacity_planner.siting.sizes import step_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity_planner.attribution.pairs import Flags, Integers
    from capacity_planner.siting.problem import Problem

__all__ = ["Answer", "Program"]

_INFINITY: Final = highspy.kHighsInf
_TOLERANCE: Final = 1e-6
_AGREE: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver says: sizes (``None`` without any plan), objective, bound, seconds.

    ``status`` is ``optimal`` (within the gap asked for), ``limit`` or ``infeasible``.
    """

    status: str
    size: Integers | None
    objective: float
    bound: float
    seconds: float


class _Quiet(highspy.Highs):
    """HiGHS without the banner that its callbacks print on stdout, where findings go."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()


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
        self._lower: list[NDArray[np.float64]] = []
        self._upper: list[NDArray[np.float64]] = []
        self._entries: list[tuple[Integers, Integers, NDArray[np.float64]]] = []
        self._rows = 0
        self._place_columns()
        self._bind_sizes()
        self._bind_flows(self.x, problem.required, np.ones(self._f + self._o, dtype=bool))
        if problem.migrant.any():
            takes = np.concatenate([problem.accepts, problem.option_accepts])
            self._bind_flows(self.m, problem.migrant, takes)

    # ------------------------------------------------------------------ columns

    def _place_columns(self) -> None:
        problem = self.problem
        self._f, self._o = problem.pairs.n_facilities, problem.option_pairs.n_facilities
        n = len(problem.joined)
        self._steps = [step_of(each) for each in problem.sizes]
        widths = [
            1 if step is not None else len(sizes)
            for step, sizes in zip(self._steps, problem.sizes, strict=True)
        ]
        self.y = np.arange(self._o, dtype=np.int64)
        ends = self._o + np.cumsum([0, *widths], dtype=np.int64)
        self.k = [np.arange(ends[at], ends[at + 1]) for at in range(self._o)]
        self.x = np.arange(n, dtype=np.int64) + ends[-1]
        more = n if problem.migrant.any() else 0
        self.m = np.arange(more, dtype=np.int64) + ends[-1] + n
        self.columns = int(ends[-1]) + n + more
        self.upper = np.full(self.columns, _INFINITY)
        self.upper[: ends[-1]] = 1.0
        self.whole = np.zeros(self.columns, dtype=bool)
        self.whole[: ends[-1]] = not self._relaxed
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
        least: float = -_INFINITY,
        most: float = _INFINITY,
    ) -> None:
        """Add the row ``least ≤ Σ factor × column ≤ most``."""
        rows = np.zeros(len(columns), dtype=np.int64)
        values = np.broadcast_to(np.asarray(factors, dtype=np.float64), columns.shape)
        self._add(rows, columns, values, np.array([least]), np.array([most]))

    def _add(
        self,
        rows: Integers,
        columns: Integers,
        values: NDArray[np.float64],
        lower: NDArray[np.float64],
        upper: NDArray[np.float64],
    ) -> None:
        self._entries.append((rows + self._rows, columns, values))
        self._lower.append(lower)
        self._upper.append(upper)
        self._rows += len(lower)

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
        self._add(
            np.concatenate([joined.facility, self._f + self.option_of[sized]]),
            np.concatenate([flow, sized]),
            np.concatenate([np.ones(len(flow)), -self.size_of[sized]]),
            np.full(self._f + self._o, -_INFINITY),
            slots.astype(np.float64),
        )
        z = len(required)
        self._add(
            joined.zone,
            flow,
            np.ones(len(flow)),
            np.full(z, -_INFINITY),
            required.astype(np.float64),
        )
        self._tighten(flow, required)

    def _tighten(self, flow: Integers, required: Integers) -> None:
        """Add x ≤ min(largest, required) × y: true of any plan, and close to it when relaxed."""
        joined = self.problem.joined
        at = np.flatnonzero(joined.facility >= self._f)
        option = joined.facility[at] - self._f
        most = np.minimum(self.problem.largest[option], required[joined.zone[at]])
        rows = np.arange(len(at), dtype=np.int64)
        self._add(
            np.concatenate([rows, rows]),
            np.concatenate([flow[at], self.y[option]]),
            np.concatenate([np.ones(len(at)), -most.astype(np.float64)]),
            np.full(len(at), -_INFINITY),
            np.zeros(len(at)),
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
            If the solver's objective is not that of its solution (never seen without a start that
            it was handed; with one, HiGHS 1.16 claimed optima that its presolve had made up).
        """
        began = perf_counter()
        scale = _scale(objective)
        solver: Any = _Quiet()
        for name, value in {
            "output_flag": False,
            "threads": 1,
            "time_limit": max(seconds, 0.05),
            "mip_rel_gap": gap,
            "mip_abs_gap": slack / scale,
            "mip_feasibility_tolerance": _TOLERANCE,
        }.items():
            solver.setOptionValue(name, value)
        solver.passModel(self._model(objective / scale))
        solver.run()
        return self._answer(solver, objective, perf_counter() - began)

    def _model(self, objective: NDArray[np.float64]) -> Any:  # noqa: ANN401 (a HighsLp)
        rows, columns, values = (
            np.concatenate([entry[at] for entry in self._entries]) for at in range(3)
        )
        matrix = coo_array((values, (rows, columns)), shape=(self._rows, self.columns)).tocsc()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.columns, self._rows
        lp.col_cost_ = objective
        lp.col_lower_ = np.zeros(self.columns)
        lp.col_upper_ = self.upper
        lp.row_lower_ = np.concatenate(self._lower)
        lp.row_upper_ = np.concatenate(self._upper)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = matrix.indptr
        lp.a_matrix_.index_ = matrix.indices
        lp.a_matrix_.value_ = matrix.data
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[whole] for whole in self.whole.tolist()]
        return lp

    def _answer(
        self,
        solver: Any,  # noqa: ANN401 (a Highs)
        objective: NDArray[np.float64],
        seconds: float,
    ) -> Answer:
        status, info = solver.getModelStatus(), solver.getInfo()
        scale, mixed = _scale(objective), bool(self.whole.any())
        bound = info.mip_dual_bound * scale if mixed else -np.inf
        if status == highspy.HighsModelStatus.kInfeasible:
            return Answer("infeasible", None, np.inf, np.inf, seconds)
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return Answer("limit", None, np.inf, bound, seconds)
        values = np.asarray(solver.getSolution().col_value)
        reached = float(objective @ values)
        if abs(reached - info.objective_function_value * scale) > _AGREE * max(abs(reached), scale):
            raise ArithmeticError("the solver's objective is not that of its solution")
        optimal = status == highspy.HighsModelStatus.kOptimal
        word = "optimal" if optimal else "limit"
        if not mixed:
            return Answer(word, None, reached, reached if optimal else bound, seconds)
        return Answer(word, self._sizes_of(values), reached, bound, seconds)

    def _sizes_of(self, values: NDArray[np.float64]) -> Integers:
        taken = values[self.y] > 0.5  # noqa: PLR2004 (a binary)
        size = np.zeros(self._o, dtype=np.int64)
        sized = np.flatnonzero(self.size_of > 0)
        weight = np.rint(values[sized]) * self.size_of[sized]
        np.add.at(size, self.option_of[sized], weight.astype(np.int64))
        return np.where(taken, size, 0)


def _scale(objective: NDArray[np.float64]) -> float:
    """Return what an objective is divided by, so that money does not drown the tolerances."""
    return max(float(np.abs(objective).max(initial=0.0)), 1.0)
