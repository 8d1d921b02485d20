"""Shapes that lie in a GeoParquet file as bytes: those of a large file are read again when needed.

A zone's shape is held once, as an object. Its bytes, kept from reading to writing, would be another
seventh of all memory, of which a province has none to spare; read again by parts they take a few MiB.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["ChangedFileError", "StoredShapes"]

_AT_ONCE: Final = 1 << 12
"""Rows that are read together: with more, the reader holds several times as much and is no faster."""

_BUFFER: Final = 1 << 20
_LARGE: Final = 1 << 26
"""Bytes of a file whose shapes are not held: more than a city's has, less than a province's."""


class ChangedFileError(Exception):
    """A file is no longer as it was when its shapes were read."""


@dataclass(frozen=True, eq=False)
class StoredShapes:
    """Where shapes lie as WKB.

    Parameters
    ----------
    path
        A Parquet file.
    column
        Its column of shapes.
    rows
        Row of each shape in the file from 0, shape (n,), rising; −1 where a shape is not as stored.
    stamp
        What told this state of the file from others: device, number, size and time of change.
    held
        The bytes of all the file's rows by parts; none of a large file.
    """

    path: Path
    column: str
    rows: NDArray[np.int64]
    stamp: tuple[int, ...]
    held: tuple[pa.Array, ...] = ()

    @classmethod
    def of(cls, path: Path, column: str, count: int) -> Self:
        """Return all shapes of a file as it is now.

        Parameters
        ----------
        path
            A Parquet file.
        column
            Its column of shapes.
        count
            How many rows it has.

        Returns
        -------
        StoredShapes
            In the order of the rows.

        Raises
        ------
        OSError
            If the file is not there.
        pyarrow.ArrowException
            If it cannot be read.
        """
        stored = cls(path, column, np.arange(count, dtype=np.int64), _stamp(path))
        if path.stat().st_size > _LARGE:
            return stored
        return replace(stored, held=tuple(stored.batches()))

    def only(self, rows: NDArray[np.int64]) -> Self | None:
        """Return some of the shapes, or ``None`` where their order in the file is another.

        Parameters
        ----------
        rows
            Rows in the file from 0, −1 for none, shape (m,).

        Returns
        -------
        StoredShapes or None
            A file is read from its beginning to its end, never to and fro.
        """
        known = rows[rows >= 0]
        return replace(self, rows=rows) if len(known) and (np.diff(known) > 0).all() else None

    def batches(self) -> Iterator[pa.Array]:
        """Yield the bytes of the file's rows, some thousand at once, whatever the file's parts."""
        import pyarrow.parquet as pq  # noqa: PLC0415 (only where such a file is sent)

        if self.held:
            yield from self.held
            return
        with pq.ParquetFile(self.path, buffer_size=_BUFFER, pre_buffer=False) as file:
            for batch in file.iter_batches(_AT_ONCE, columns=[self.column], use_threads=False):
                column = batch.column(0)
                yield column.storage if isinstance(column.type, pa.BaseExtensionType) else column

    def parts(self, size: int) -> Iterator[pa.ChunkedArray]:
        """Yield the shapes' bytes, so many shapes at once, null where one is not as stored.

        Parameters
        ----------
        size
            How many at once; the last part may be smaller.

        Yields
        ------
        pyarrow.ChunkedArray
            Binary.

        Raises
        ------
        ChangedFileError
            If the file is not as it was; what came before may then be from another state.
        """
        try:
            self._check()
            yield from _cut(self.batches(), self.rows, size)
            self._check()
        except (OSError, EOFError, pa.ArrowException) as error:
            raise ChangedFileError(self.path.name) from error

    def _check(self) -> None:
        if _stamp(self.path) != self.stamp:
            raise ChangedFileError(self.path.name)


def _stamp(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _cut(
    batches: Iterator[pa.Array], rows: NDArray[np.int64], size: int
) -> Iterator[pa.ChunkedArray]:
    """Yield the wanted rows of consecutive batches, so many at once."""
    held: list[Any] = []
    first = 0  # row of what is held first
    for start in range(0, len(rows), size):
        wanted = rows[start : start + size]
        end = int(wanted.max()) + 1
        while first + sum(map(len, held)) < end:
            batch = next(batches, None)
            if batch is None:
                raise EOFError
            held.append(batch.cast(pa.binary()))
        there = pa.chunked_array(held, pa.binary())
        yield _taken(there, wanted - first)
        passed = max(end - first, 0)
        held, first = there.slice(passed).chunks, first + passed


def _taken(there: pa.ChunkedArray, at: NDArray[np.int64]) -> pa.ChunkedArray:
    """Return the entries at rising positions, null at negative ones; of a whole run nothing is copied."""
    if at[0] >= 0 and at[-1] - at[0] == len(at) - 1 and (at >= 0).all():
        return there.slice(at[0], len(at))
    return there.take(pa.array(at, mask=at < 0))
