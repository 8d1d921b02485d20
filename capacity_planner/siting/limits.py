"""What programs are bound to and what they count: a goal, a budget, slots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity_planner.siting.problem import Goal
    from capacity_planner.siting.program import Program

__all__ = ["counting", "demand", "hold", "stay_within"]

#: In slots: what the tolerances of a solved relaxation may add up to over a county.
_LOOSE: Final = 0.01


def demand(program: Program, goal: Goal) -> None:
    """Bind a program to a goal: the rows that every plan that reaches it obeys."""
    program.limit(program.first_pairs(first=True), 1.0, least=goal.first)
    program.limit(program.x, 1.0, least=goal.total)
    if len(program.m):
        program.limit(program.m, 1.0, least=goal.migrant)


def stay_within(program: Program, budget: int) -> None:
    """Bind a program to a budget, and to leaving the other zones together what they have."""
    scale = max(budget, 1)
    program.limit(np.arange(program.columns), program.cost / scale, most=budget / scale)
    if program.problem.kept:
        program.limit(program.first_pairs(first=False), 1.0, least=program.problem.kept)


def hold(program: Program, prices: NDArray[np.float64], width: float) -> None:
    """Hold the options as the linear relaxation has them that would lose more than a width otherwise.

    With the distance of a plan from the relaxation as width, no plan at least as good is lost
    (fixing by reduced cost). Prices are those of
    :class:`~capacity_planner.siting.program.Answer`, ``float64[o]``.
    """
    left, taken = program.y[prices > width + _LOOSE], program.y[prices < -width - _LOOSE]
    program.limit(left, 1.0, most=0.0)
    program.limit(taken, 1.0, least=float(len(taken)))


def counting(program: Program, what: str) -> NDArray[np.float64]:
    """Return the objective that counts slots: ``first``, ``migrant`` or ``total``, as a minimum."""
    objective = np.zeros(program.columns)
    columns = {"migrant": program.m, "total": program.x}
    objective[columns[what] if what in columns else program.first_pairs(first=True)] = -1.0
    return objective
