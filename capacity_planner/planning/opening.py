"""In which year each site of a plan opens, what that costs and how much is closed by then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from capacity_planner.planning.options import first_year
from capacity_planner.siting import Terms, reached_in_phases

if TYPE_CHECKING:
    from capacity_planner.assessment import Gaps
    from capacity_planner.county import SitingPlan
    from capacity_planner.planning.options import Options
    from capacity_planner.siting import Phased, Problem

__all__ = ["PHASE_COLUMNS", "tell_phases", "terms_of"]

PHASE_COLUMNS: Final = (
    "year",
    "sites",
    "slots",
    "cost",
    "cost_so_far",
    "money_so_far",
    "closed",
    "asked",
    "behind",
    "shortfall",
)
"""Columns of ``plan_phases.csv``: costs in yuan; ``closed``, ``asked`` and ``behind`` are slots of
zones that come first by the end of the year, ``shortfall`` is that of all zones."""

_FEN: Final = 100
_HUNDRED: Final = 100


def terms_of(gaps: Gaps, options: Options, settings: SitingPlan) -> Terms:
    """Return what each year to the deadline allows and asks for.

    Parameters
    ----------
    gaps
        What the plan is for.
    options
        Those that may be taken.
    settings
        ``mode="phases"`` gives each year its money and the share to be closed by its end; otherwise
        a site opens as soon as it is available.

    Returns
    -------
    Terms
        One phase a year. Without a deadline the last year is the last that is named, or the last in
        which an option becomes available.
    """
    first = first_year(gaps, settings)
    ready = pd.to_datetime(options.frame["available_on"]).dt.year.fillna(first)
    year = np.maximum(ready.to_numpy(dtype=np.int64), first)
    phased = settings.mode == "phases"
    money, asked = settings.budget_by_year, settings.closed_percent_by_year
    named = [int(each) for each in (*money, *asked)] if phased else []
    horizon = max([first, *named, *year.tolist()])
    last = settings.deadline.year if settings.deadline else horizon
    years = [str(each) for each in range(first, max(last, first) + 1)]
    if not phased:
        return Terms(year - first, [None] * len(years))
    budgets = [int(money.get(each, 0) * _FEN) if money else None for each in years]
    return Terms(year - first, budgets, _shares(asked, years))


def _shares(asked: Any, years: list[str]) -> list[float]:  # noqa: ANN401 (a mapping by year)
    """Return the share asked for by the end of each year: what is asked stays asked, all at the end."""
    shares, so_far = [], 0.0
    for year in years:
        so_far = max(so_far, float(asked.get(year, 0)) / _HUNDRED)
        shares.append(so_far)
    return [*shares[:-1], 1.0]


def tell_phases(
    gaps: Gaps, problem: Problem, terms: Terms, phased: Phased, *, first: int
) -> pd.DataFrame:
    """Return what opens in each year and what it has closed by then.

    Parameters
    ----------
    gaps
        What the plan is for.
    problem
        What was decided.
    terms
        What each year allows and asks for.
    phased
        The plan.
    first
        Year of the first phase.

    Returns
    -------
    pandas.DataFrame
        :data:`PHASE_COLUMNS`, one row a year.
    """
    phases, size, phase = len(terms.budgets), phased.solution.size, phased.phase
    served = int(problem.served[problem.first].sum())
    reached = reached_in_phases(problem, size, phase, phases)
    asked = terms.targets(problem)
    rows, so_far = [], 0.0
    for now in range(phases):
        opens, by_then = phase == now, (phase >= 0) & (phase <= now)
        cost = problem.cost(np.where(opens, size, 0)) / _FEN
        so_far += cost
        purse = terms.purses[now]
        gained = problem.outcome(np.where(by_then, size, 0)).total - int(problem.served.sum())
        rows.append(
            (
                first + now,
                int(opens.sum()),
                int(size[opens].sum()),
                cost,
                so_far,
                None if purse is None else purse / _FEN,
                int(reached[now]) - served,
                int(asked[now]) - served,
                max(int(asked[now] - reached[now]), 0),
                gaps.totals["shortfall"] - gained,
            )
        )
    table = pd.DataFrame(rows, columns=list(PHASE_COLUMNS))
    return table.astype({"money_so_far": "Float64"})
