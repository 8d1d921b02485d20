"""``gaps.xlsx``: every table of a run with live formulas where a planner would check them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from capacity_planner.report.workbook.book import Book
from capacity_planner.report.workbook.checks import action_grid, handover_grid, migrant_grid
from capacity_planner.report.workbook.grid import Grid, Ranges
from capacity_planner.report.workbook.places import township_grid, unit_grid, zone_grid
from capacity_planner.report.workbook.plans import site_grid, step_grid
from capacity_planner.report.workbook.registers import (
    complaint_grid,
    write_rules,
    write_sources,
)
from capacity_planner.report.workbook.summary import write_summary
from capacity_planner.report.workbook.supply import facility_grid, link_grid, not_counted_grid

if TYPE_CHECKING:
    from pathlib import Path

    from capacity_planner.assessment import Gaps
    from capacity_planner.planning import Plan
    from capacity_planner.texts import Lang

__all__ = ["write_workbook"]

_FILE: Final = "gaps.xlsx"


def write_workbook(
    gaps: Gaps, folder: Path, *, lang: Lang = "zh", run_hash: str = "", plan: Plan | None = None
) -> Path:
    """Write ``gaps.xlsx`` and return its path.

    Parameters
    ----------
    gaps
        A result.
    folder
        An existing folder.
    lang
        Language that stands first.
    run_hash
        Hash of the run's manifest, printed on every sheet.
    plan
        A plan for this result, for its sites and its list of actions.

    Returns
    -------
    pathlib.Path
        The file. Requirement, shortfall and sums are formulas that follow the ratios on the rules
        sheet; each carries its value. Equal figures give equal bytes.
    """
    book = Book(folder / _FILE, gaps, lang=lang, run_hash=run_hash)
    grids = {each.name: each for each in _grids(gaps, book, plan)}
    ranges: dict[str, Any] = {name: Ranges(grid, book.title(name)) for name, grid in grids.items()}
    ranges["yes"] = f'"{book.word("word.yes")}"'
    write_summary(book, grids, ranges)
    for grid in grids.values():
        grid.write(book, ranges)
    write_rules(book)
    write_sources(book)
    book.file.close()
    return folder / _FILE


def _grids(gaps: Gaps, book: Book, plan: Plan | None) -> list[Grid]:
    """Return the tables in the order of their sheets."""
    made = (
        township_grid(gaps),
        zone_grid(gaps),
        unit_grid(gaps),
        facility_grid(gaps),
        link_grid(gaps),
        not_counted_grid(gaps),
        migrant_grid(gaps),
        handover_grid(gaps),
        action_grid(gaps),
        *(() if plan is None else (site_grid(plan), step_grid(plan, book))),
        complaint_grid(gaps, book),
    )
    return [each for each in made if each is not None]
