"""The table of a Shapefile, looked at byte by byte for what its readers pass over in silence.

Rows that were marked as deleted are skipped, and a number too long for its column is a row of
asterisks that reads as nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["TableFile", "look_at"]

_HEAD: Final = 32
_FIELD: Final = 32
_END: Final = 0x0D
_DELETED: Final = ord("*")
_NUMBERS: Final = frozenset(b"NF")


@dataclass(frozen=True)
class TableFile:
    """What the head of a ``.dbf`` says and its rows show.

    Parameters
    ----------
    records
        Rows that it announces, deleted ones included.
    whole
        Whether the file is long enough to hold them.
    deleted
        Numbers, from 1, of the rows marked as deleted.
    overflowed
        First row, from 1, of each numeric column that holds asterisks, by the column's name as
        ISO-8859-1.
    """

    records: int
    whole: bool
    deleted: tuple[int, ...] = ()
    overflowed: tuple[tuple[str, int], ...] = ()


def look_at(path: Path) -> TableFile:
    """Return what a ``.dbf`` announces, and its rows that readers pass over.

    Parameters
    ----------
    path
        The file; none of it is trusted.

    Returns
    -------
    TableFile
        Without deleted or overflowed rows where the file is too short to hold its rows.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        records, start, width = (
            int.from_bytes(head[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12))
        )
        fields = stream.read(max(start - _HEAD, 0))
    if size < start + records * width or not width or not records:
        return TableFile(records, whole=size >= start + records * width)
    rows = np.memmap(path, dtype=np.uint8, mode="r", offset=start, shape=(records, width))
    gone = np.flatnonzero(rows[:, 0] == _DELETED) + 1
    overflowed = []
    at = 1
    for name, kind, length in _columns(fields):
        if kind in _NUMBERS and length and at + length <= width:
            starred = np.flatnonzero(rows[:, at + length - 1] == _DELETED)
            if len(starred):
                overflowed.append((name, int(starred[0]) + 1))
        at += length
    return TableFile(
        records, whole=True, deleted=tuple(gone.tolist()), overflowed=tuple(overflowed)
    )


def _columns(fields: bytes) -> list[tuple[str, int, int]]:
    """Return name, kind (a letter's byte) and length of each column."""
    found = []
    for at in range(0, len(fields) - _FIELD + 1, _FIELD):
        field = fields[at : at + _FIELD]
        if field[0] == _END:
            break
        name = field[:11].split(b"\0", 1)[0].decode("latin-1")
        found.append((name, field[11], field[16]))
    return found
