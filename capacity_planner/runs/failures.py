"""What the writing libraries raise when a disk is full, told as one error of this tool."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyogrio.errors import DataSourceError, FeatureError
from xlsxwriter.exceptions import XlsxWriterException

from capacity_planner.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["told_failures"]


@contextmanager
def told_failures(out: Path) -> Iterator[None]:
    """Turn a library's failure to write into an :class:`~capacity_planner.errors.OutputError`.

    Parameters
    ----------
    out
        The folder to name.

    Yields
    ------
    None
        The block writes; errors of the operating system itself pass through.

    Raises
    ------
    OutputError
        If GDAL, SQLite or the workbook's writer could not write.
    """
    try:
        yield
    except (DataSourceError, FeatureError, sqlite3.Error, XlsxWriterException) as error:
        raise OutputError.of("out_not_writable", file=str(out), value=str(error)[:200]) from error
