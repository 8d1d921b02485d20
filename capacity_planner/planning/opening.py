"""In which year each site of a plan opens."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capacity_planner.siting import open_in_phases

if TYPE_CHECKING:
    from capacity_planner.assessment import Gaps
    from capacity_planner.county import SitingPlan
    from capacity_planner.planning.options import Options
    from capacity_planner.siting import Problem

__all__ = ["years_of_opening"]

_FEN = 100


def years_of_opening(
    gaps: Gaps,
    options: Options,
    problem: Problem,
    size: np.ndarray[Any, Any],
    settings: SitingPlan,
) -> np.ndarray[Any, Any]:
    """Return the year in which each option taken opens, 0 for the others and what money never pays.

    Parameters
    ----------
    gaps
        What the plan is for.
    options
        Those that may be taken.
    problem
        Of these options.
    size
        The plan, ``int64[o]``.
    settings
        ``mode="phases"`` gives each year its money; otherwise a site opens when it is available.

    Returns
    -------
    numpy.ndarray
        ``int64[o]``.
    """
    first = gaps.as_of.year + (gaps.as_of >= date(gaps.as_of.year, 12, 31))
    ready = pd.to_datetime(options.frame["available_on"]).dt.year.fillna(first)
    year = np.maximum(ready.to_numpy(dtype=np.int64), first)
    if settings.mode != "phases" or not settings.budget_by_year:
        return np.where(size > 0, year, 0)
    last = settings.deadline.year if settings.deadline else max(map(int, settings.budget_by_year))
    years = range(first, max(last, first) + 1)
    money = [int(settings.budget_by_year.get(str(each), 0) * _FEN) for each in years]
    phase = open_in_phases(problem, size, earliest=year - first, budgets=money)
    return np.where(phase >= 0, phase + first, 0)
