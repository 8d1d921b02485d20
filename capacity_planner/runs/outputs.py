"""Which files a run writes: everything for a county, what bears the size for a province."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

__all__ = ["MOST_IN_ALL", "OUTPUTS", "Outputs", "choose_outputs"]

Outputs: TypeAlias = Literal["tables", "overview", "all"]

OUTPUTS: Final[tuple[Outputs, ...]] = ("tables", "overview", "all")
"""``tables``: CSV, GeoParquet and the manifest; ``overview``: the map of townships besides; ``all``:
a page for each township, GeoPackage, workbook and report too."""

MOST_IN_ALL: Final = 40_000
"""A county with more zones gets ``overview`` unless more is asked for: nobody reads a workbook or a
report of so many rows, and they would take longer than all the rest together."""


def choose_outputs(asked: Outputs | None, zones: int) -> Outputs:
    """Return which outputs a run writes.

    Parameters
    ----------
    asked
        What was asked for; ``None`` to choose by size.
    zones
        How many zones the result has.

    Returns
    -------
    str
        One of :data:`OUTPUTS`.

    Examples
    --------
    >>> choose_outputs(None, 2_000), choose_outputs(None, 300_000), choose_outputs("all", 300_000)
    ('all', 'overview', 'all')
    """
    return asked or ("all" if zones <= MOST_IN_ALL else "overview")
