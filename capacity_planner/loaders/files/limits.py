"""How large an input may be; every limit is named in the complaint that it causes."""

from __future__ import annotations

from typing import Final

__all__ = [
    "ARCHIVE_BYTES",
    "ARCHIVE_ENTRIES",
    "ARCHIVE_RATIO",
    "CELL_CHARACTERS",
    "FEATURES",
    "FILE_BYTES",
    "SHEET_CELLS",
    "SHEET_COLUMNS",
    "SHEET_ROWS",
    "TEXT_BYTES",
    "VERTICES",
    "WORKBOOK_BYTES",
    "WORKBOOK_MEMORY",
    "WORKBOOK_SECONDS",
]

FILE_BYTES: Final = 2 * 1024**3
"""Any file; a county's cadastre with every building stays below."""
TEXT_BYTES: Final = 256 * 1024**2
"""A text table or an HTML table, which are read whole."""
WORKBOOK_BYTES: Final = 512 * 1024**2
"""A workbook after unpacking."""
ARCHIVE_BYTES: Final = 2 * 1024**3
"""A zip of layers after unpacking."""
ARCHIVE_ENTRIES: Final = 5_000
"""Files in an archive or a workbook."""
ARCHIVE_RATIO: Final = 400
"""Unpacked to packed size; office sheets of equal rows reach 60 to 100, bombs 1,000."""
SHEET_ROWS: Final = 200_000
SHEET_COLUMNS: Final = 500
SHEET_CELLS: Final = 6_000_000
CELL_CHARACTERS: Final = 200_000
"""One cell; the outline of a zone as WKT is the longest honest one."""
WORKBOOK_SECONDS: Final = 60
WORKBOOK_MEMORY: Final = 2 * 1024**3
FEATURES: Final = 2_000_000
"""The nation's residential zones are about 1.5 million."""
VERTICES: Final = 40_000_000
