"""Members of a GeoJSON that its readers change in silence: one written twice, a truth for a number."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capacity_planner.errors import Complaints
    from capacity_planner.loaders.files.raw import RawTable

__all__ = ["check_members"]

_TRUTH: Final = re.compile(rb":\s*(true|false)\b")
_MOST: Final = 20


def check_members(data: bytes, raw: RawTable, complaints: Complaints) -> None:
    """Tell of members that stand twice in one feature, and of ``true`` where a column has numbers.

    GDAL takes the last of two members of one name, and ``true`` among whole numbers for a 1.

    Parameters
    ----------
    data
        The file, UTF-8.
    raw
        As GDAL read it.
    complaints
        Grows by an error for each.

    Notes
    -----
    A file is only read a second time when a name stands in it more often than it has features, or a
    truth value anywhere: counting bytes costs a hundredth of reading them.
    """
    names = set(raw.headings)
    often = any(_count(data, name) > len(raw.rows) for name in names)
    numbers = {
        heading
        for heading, cells in zip(raw.headings, raw.cells, strict=True)
        if isinstance(cells, pa.Array)
        and (pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type))
    }
    if not often and not (numbers and _TRUTH.search(data)):
        return
    for told, (row, code, name, value) in enumerate(_odd(data, names, numbers)):
        if told == _MOST:
            break
        complaints.add(code, file=raw.file, row=row, column=name, value=value)


def _count(data: bytes, name: str) -> int:
    spellings = {json.dumps(name, ensure_ascii=plain).encode() for plain in (True, False)}
    return sum(data.count(spelling) for spelling in spellings)


def _odd(data: bytes, names: set[str], numbers: set[str]) -> Iterator[tuple[int, str, str, str]]:
    """Yield row, code, name and value of each odd member of a feature's properties."""
    try:
        tree = json.loads(data, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return  # GDAL has read it, in its own way
    features = dict(tree).get("features") if isinstance(tree, _Pairs) else None
    for row, feature in enumerate(features if isinstance(features, list) else [], start=1):
        properties = dict(feature).get("properties") if isinstance(feature, _Pairs) else None
        seen: dict[str, Any] = {}
        for name, value in properties if isinstance(properties, _Pairs) else ():
            if name in seen and name in names:
                yield row, "member_doubled", name, f"{seen[name]}, {value}"
            if isinstance(value, bool) and name in numbers:
                yield row, "number_is_yes_no", name, str(value).lower()
            seen[name] = value


class _Pairs(list[tuple[str, Any]]):
    """The members of one object in their order, repeated names and all."""
