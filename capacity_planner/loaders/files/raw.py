"""What a reader hands on: headings and values as the file holds them, each row with its place."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    import numpy as np
    from numpy.typing import NDArray
    from pyproj import CRS

    from capacity_planner.errors import Complaints
    from capacity_planner.stored import StoredShapes

__all__ = ["Cells", "RawTable", "Teller"]

Cells: TypeAlias = "pa.Array | NDArray[np.object_]"
"""One column: an Arrow array where the file has one type, else Python objects."""


@dataclass(frozen=True)
class Teller:
    """A list of complaints, and the file and sheet that the next ones are about."""

    complaints: Complaints
    file: str
    sheet: str = ""

    def add(
        self,
        code: str,
        *,
        row: int | None = None,
        column: str = "",
        value: object = "",
        **params: object,
    ) -> None:
        """Note one fault of this file."""
        self.complaints.add(
            code,
            file=self.file,
            sheet=self.sheet,
            row=row,
            column=column,
            value=value,
            **params,
        )


@dataclass(frozen=True)
class RawTable:
    """One table or layer as read.

    Parameters
    ----------
    file
        Path as ``county.toml`` gives it.
    sheet
        Sheet or layer, empty where the file has none.
    headings
        The office's own, in order.
    cells
        A column for each heading, all of length ``n``.
    rows
        Shape ``(n,)``: row as the office sees it.
    letters
        Excel's column letters, or empty texts.
    geometry
        Shape ``(n,)``: shapely objects in ``crs``, or ``None`` for a plain table.
    stored
        Where those shapes lie in a file that can be read by parts, undisturbed by :meth:`keep`: row ``i``
        is entry ``i - 1``.
    crs
        What the file says about its coordinates, or ``None``.
    cut
        Headings that fill the width that the format allows.
    units
        Factor by index of the heading, from a row of units below it.
    epoch
        Day 0 of bare date serials in a workbook.
    """

    file: str
    sheet: str
    headings: tuple[str, ...]
    cells: tuple[Cells, ...]
    rows: NDArray[np.int64]
    letters: tuple[str, ...] = ()
    geometry: NDArray[np.object_] | None = None
    stored: StoredShapes | None = None
    crs: CRS | None = None
    cut: frozenset[str] = frozenset()
    units: Mapping[int, Decimal] = field(default_factory=dict)
    epoch: dt.date = dt.date(1899, 12, 30)  # dates do not change

    def keep(self, kept: NDArray[np.bool_]) -> RawTable:
        """Return the table with only the rows where ``kept``, shape ``(n,)``, is true."""
        if kept.all():
            return self
        mask = pa.array(kept)
        cells = tuple(
            column.filter(mask) if isinstance(column, pa.Array) else column[kept]
            for column in self.cells
        )
        geometry = None if self.geometry is None else self.geometry[kept]
        return replace(self, cells=cells, rows=self.rows[kept], geometry=geometry)

    def shown(self, row: int) -> str:
        """Return what stands in a row, by its position, as a complaint shows it."""
        cells = (column[row] for column in self.cells)
        values = (each.as_py() if isinstance(each, pa.Scalar) else each for each in cells)
        return " ".join(str(value) for value in values if value is not None)[:80]

    def place(self, index: int) -> str:
        """Return a column's heading with its letter, as a complaint shows it."""
        letter = self.letters[index] if self.letters else ""
        return f"{letter} {self.headings[index]}".strip()
