"""Longitude and latitude in one column, taken apart before headings are matched."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import pyarrow as pa

from capacity_planner.loaders.records.headings import (
    fold_heading,
    known_headings,
    together_headings,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capacity_planner.errors import Complaints
    from capacity_planner.loaders.files.raw import RawTable

__all__ = ["part_places"]

T = TypeVar("T")

_TABLES: Final = frozenset({"facilities", "candidates"})
_BETWEEN: Final = re.compile(r"\s*[,，;；、/|]\s*|\s+")
_PAIR: Final = 2


def part_places(
    raw: RawTable, *, table: str, named: Mapping[str, str], complaints: Complaints
) -> RawTable:
    """Return a table of points with ``lon`` and ``lat`` in place of one column that holds both.

    Parameters
    ----------
    raw
        As read.
    table
        Name of the input table.
    named
        The county's ``[table.columns]``: where it names ``lon`` or ``lat``, nothing is taken apart.
    complaints
        Grows by one repair. A cell that does not hold two parts is left whole under ``lon``, where
        it is refused by row.

    Returns
    -------
    RawTable
        The same object where nothing was to be done. Which of the two numbers is the longitude is
        told from the numbers later, as for any table.
    """
    if table not in _TABLES or raw.geometry is not None or {"lon", "lat"} & set(named):
        return raw
    known = known_headings(table, "resident")
    ours = {known.get(fold_heading(heading)) for heading in raw.headings}
    both = [i for i, h in enumerate(raw.headings) if fold_heading(h) in together_headings()]
    if {"lon", "lat"} & ours or len(both) != 1:
        return raw
    at = both[0]
    complaints.add("places_parted", file=raw.file, sheet=raw.sheet, column=raw.place(at))
    cells = [None if cell is None else str(cell) for cell in _listed(raw, at)]
    parts = [_BETWEEN.split(cell.strip("()（）[] ")) if cell else [None, None] for cell in cells]
    first = [p[0] if len(p) == _PAIR else cell for p, cell in zip(parts, cells, strict=True)]
    second = [p[1] if len(p) == _PAIR else None for p in parts]
    letters = raw.letters and (*_without(raw.letters, at), raw.letters[at], raw.letters[at])
    return replace(
        raw,
        headings=(*_without(raw.headings, at), "lon", "lat"),
        cells=(
            *_without(raw.cells, at),
            pa.array(first, pa.string()),
            pa.array(second, pa.string()),
        ),
        letters=letters,
        units={},
    )


def _listed(raw: RawTable, at: int) -> list[object]:
    cells = raw.cells[at]
    listed: list[object] = cells.to_pylist() if isinstance(cells, pa.Array) else list(cells)
    return [None if isinstance(each, float) and np.isnan(each) else each for each in listed]


def _without(values: tuple[T, ...], at: int) -> tuple[T, ...]:
    return values[:at] + values[at + 1 :]
