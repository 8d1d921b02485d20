"""HiGHS by its array interface: one least objective under rows, its status and bound read."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Thread
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import highspy
import numpy as np
from scipy.sparse import coo_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity_planner.attribution.pairs import Flags, Integers

__all__ = ["INFINITY", "Found", "Rows", "minimise"]

INFINITY: Final = highspy.kHighsInf
_TOLERANCE: Final = 1e-6
_AGREE: Final = 1e-4


@dataclass
class Rows:
    """Rows ``lower ≤ Σ value × column ≤ upper`` in the making."""

    count: int = 0
    entries: list[tuple[Integers, Integers, NDArray[np.float64]]] = field(default_factory=list)
    lower: list[NDArray[np.float64]] = field(default_factory=list)
    upper: list[NDArray[np.float64]] = field(default_factory=list)

    def add(
        self,
        rows: Integers,
        columns: Integers,
        values: NDArray[np.float64],
        *,
        lower: NDArray[np.float64],
        upper: NDArray[np.float64],
    ) -> None:
        """Add some rows, numbered from 0 among themselves, by their entries."""
        self.entries.append((rows + self.count, columns, values))
        self.lower.append(lower)
        self.upper.append(upper)
        self.count += len(lower)


@dataclass(frozen=True, slots=True)
class Found:
    """What the solver says; ``status`` is ``optimal`` (within the gap), ``limit`` or ``infeasible``.

    ``values`` is ``None`` without a solution. ``prices`` are what one unit more of each column costs
    in the objective (reduced costs, 0 between bounds); only of programs without whole columns.
    """

    status: str
    values: NDArray[np.float64] | None
    objective: float
    bound: float
    seconds: float
    prices: NDArray[np.float64] | None = None


class _Quiet(highspy.Highs):
    """HiGHS without the banner that its callbacks print on stdout, where findings go."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()


def minimise(
    objective: NDArray[np.float64],
    rows: Rows,
    *,
    upper: NDArray[np.float64],
    whole: Flags,
    seconds: float,
    gap: float = 0.0,
    slack: float = 0.0,
) -> Found:
    """Return the least objective over columns between 0 and an upper bound.

    Parameters
    ----------
    objective
        Factor of each column, ``float64[c]``.
    rows
        What binds the columns.
    upper
        Greatest value of each column, ``float64[c]``.
    whole
        Columns that are whole numbers, ``bool[c]``.
    seconds
        Time limit.
    gap
        Relative gap at which the solver may stop.
    slack
        Difference from the bound at which the solver may stop, in the objective's unit.

    Returns
    -------
    Found
        Read from the solver, not assumed.

    Raises
    ------
    ArithmeticError
        If the solver's objective is not that of its solution. Seen only when it was handed a start:
        HiGHS 1.16 then claimed optima that its presolve had made up. So none is handed over; a plan
        to begin with is a row that says what must be undercut.
    """
    began = perf_counter()
    scale = max(float(np.abs(objective).max(initial=0.0)), 1.0)
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
    solver.passModel(_model(objective / scale, rows, upper, whole))
    _run(solver)
    return _read(solver, objective, scale, mixed=bool(whole.any()), seconds=perf_counter() - began)


def _run(solver: _Quiet) -> None:
    """Run the solver in a thread of its own: this one waits in Python, where Ctrl-C is heard at once."""
    worker = Thread(target=solver.run, daemon=True)
    worker.start()
    worker.join()


def _model(
    objective: NDArray[np.float64], rows: Rows, upper: NDArray[np.float64], whole: Flags
) -> Any:  # noqa: ANN401 (a HighsLp)
    at, columns, values = (np.concatenate([entry[k] for entry in rows.entries]) for k in range(3))
    matrix = coo_array((values, (at, columns)), shape=(rows.count, len(objective))).tocsc()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(objective), rows.count
    lp.col_cost_ = objective
    lp.col_lower_ = np.zeros(len(objective))
    lp.col_upper_ = upper
    lp.row_lower_ = np.concatenate(rows.lower)
    lp.row_upper_ = np.concatenate(rows.upper)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = matrix.indptr
    lp.a_matrix_.index_ = matrix.indices
    lp.a_matrix_.value_ = matrix.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[each] for each in whole.tolist()]
    return lp


def _read(
    solver: Any,  # noqa: ANN401 (a Highs)
    objective: NDArray[np.float64],
    scale: float,
    *,
    mixed: bool,
    seconds: float,
) -> Found:
    status, info = solver.getModelStatus(), solver.getInfo()
    bound = info.mip_dual_bound * scale if mixed else -np.inf
    if status == highspy.HighsModelStatus.kInfeasible:
        return Found("infeasible", None, np.inf, np.inf, seconds)
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Found("limit", None, np.inf, bound, seconds)
    solution = solver.getSolution()
    values = np.asarray(solution.col_value)
    reached = float(objective @ values)
    if abs(reached - info.objective_function_value * scale) > _AGREE * max(abs(reached), scale):
        raise ArithmeticError("the solver's objective is not that of its solution")
    optimal = status == highspy.HighsModelStatus.kOptimal
    low = reached if optimal and not mixed else bound
    prices = None if mixed else np.asarray(solution.col_dual) * scale
    return Found("optimal" if optimal else "limit", values, reached, low, seconds, prices)
