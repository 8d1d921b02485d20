"""GeoParquet through Arrow: shapes that nobody moved are written as the bytes that were read."""

from __future__ import annotations

import json
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from capacity_planner.report.columns import as_arrow
from capacity_planner.stored import ChangedFileError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping
    from pathlib import Path

    import geopandas as gpd
    import pyproj
    from numpy.typing import NDArray

    from capacity_planner.stored import StoredShapes

__all__ = ["write_geoparquet", "write_lines"]

_GEOMETRY: Final = "geometry"
_ROWS_AT_ONCE: Final = 1 << 16
_VERSION: Final = "1.0.0"
_KINDS: Final = (
    "Point",
    "LineString",
    "LinearRing",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)
"""By shapely's number of the kind."""
_LINE: Final = np.dtype([("order", "u1"), ("kind", "<u4"), ("count", "<u4"), ("corners", "<f8", 4)])
"""A line of two corners as well-known binary."""


def write_geoparquet(
    frame: gpd.GeoDataFrame, path: Path, *, stored: StoredShapes | None = None
) -> Path:
    """Write a layer as GeoParquet and return its path.

    Parameters
    ----------
    frame
        Any columns and a geometry, its CRS known.
    path
        Where to write.
    stored
        Where the shapes lie as WKB in the frame's CRS and order, length n; what does not, or no
        longer does because its file has changed since, is encoded anew.

    Returns
    -------
    pathlib.Path
        ``path``. Numbers, yes/no and dates keep their kinds; equal tables give equal bytes.
    """
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    box = shapely.total_bounds(shapes) if len(shapes) else np.full(4, np.nan)
    ids = np.unique(shapely.get_type_id(shapes)).tolist()
    told = _metadata(sorted(_KINDS[each] for each in ids if each >= 0), box, frame.crs)
    # The bytes go first: they are drawn to their end, where their file is looked at once more.
    sent = repeat(None) if stored is None else stored.parts(_ROWS_AT_ONCE)
    try:
        _write(frame, path, told, map(_encoded, sent, _parts_of(shapes)))
    except ChangedFileError:
        _write(frame, path, told, map(_encoded, repeat(None), _parts_of(shapes)))
    return path


def write_lines(
    table: pd.DataFrame,
    path: Path,
    *,
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    crs: pyproj.CRS,
) -> Path:
    """Write rows with a straight line each as GeoParquet and return its path.

    The lines are never made: their bytes are laid out in whole arrays.

    Parameters
    ----------
    table
        Any columns, n rows.
    path
        Where to write.
    starts, ends
        From where to where each line leads, shape (n, 2); NaN where a row has none.
    crs
        Of the coordinates.

    Returns
    -------
    pathlib.Path
        ``path``, the same bytes as :func:`write_geoparquet` gives for such lines.
    """
    corners = np.concatenate([starts, ends], axis=1)
    there = np.isfinite(corners).all(axis=1)
    known = corners[there].reshape(-1, 2)
    box = np.concatenate([known.min(axis=0), known.max(axis=0)]) if len(known) else np.array([])
    told = _metadata(["LineString"] if len(known) else [], box, crs)
    _write(table, path, told, map(_line_bytes, _parts_of(corners), _parts_of(there)))
    return path


def _parts_of(rows: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield rows by parts, one without any where there are none."""
    for start in range(0, max(len(rows), 1), _ROWS_AT_ONCE):
        yield rows[start : start + _ROWS_AT_ONCE]


def _write(frame: pd.DataFrame, path: Path, told: bytes, shapes: Iterable[pa.ChunkedArray]) -> None:
    """Write a layer by parts, given what is told of its shapes and their bytes by parts."""
    # Plain, and column by column: pandas would first copy numbers of a kind together.
    columns = {name: column for name, column in pd.DataFrame(frame).items() if name != _GEOMETRY}
    cells = {name: _arrow(column) for name, column in columns.items()}
    parts = _packed(cells, shapes)
    first = next(parts)
    schema = first.schema.with_metadata({b"geo": told})
    # A dictionary helps where values repeat; shapes never do.
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=list(cells)) as writer:
        for part in chain([first], parts):
            writer.write_table(part)


def _packed(
    cells: Mapping[Hashable, pa.Array | pa.ChunkedArray], shapes: Iterable[pa.ChunkedArray]
) -> Iterator[pa.Table]:
    """Yield a layer by parts, as its shapes come."""
    start = 0
    for wkb in shapes:
        part = {name: column.slice(start, len(wkb)) for name, column in cells.items()}
        yield pa.table(part | {_GEOMETRY: wkb})
        start += len(wkb)


def _arrow(column: pd.Series[Any]) -> pa.Array | pa.ChunkedArray:
    """Return a column as Arrow holds it; a day is a day, without a time."""
    mixed = pd.api.types.is_object_dtype(column.dtype)
    found = as_arrow(column, pa.string() if mixed else None)
    return found.cast(pa.date32()) if pa.types.is_timestamp(found.type) else found


def _encoded(wkb: pa.ChunkedArray | None, geometry: NDArray[np.object_]) -> pa.ChunkedArray:
    """Return shapes as WKB: the given bytes, and what is null among them encoded anew."""
    if wkb is None:
        return pa.array(shapely.to_wkb(geometry, flavor="iso"), pa.binary())
    anew = wkb.is_null().to_numpy(zero_copy_only=False)
    if not anew.any():
        return wkb
    encoded = np.full(len(geometry), None, dtype=object)
    encoded[anew] = shapely.to_wkb(geometry[anew], flavor="iso")
    return pc.coalesce(wkb, pa.array(encoded, wkb.type))


def _line_bytes(corners: NDArray[np.float64], there: NDArray[np.bool_]) -> pa.Array:
    """Return lines of two corners as WKB, null where there is none."""
    lines = np.zeros(len(corners), _LINE)
    lines["order"], lines["kind"], lines["count"], lines["corners"] = 1, 2, 2, corners
    fixed = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(_LINE.itemsize), len(lines), [None, pa.py_buffer(lines)]
    )
    return pc.if_else(pa.array(there), fixed.cast(pa.binary()), None)


def _metadata(kinds: list[str], box: NDArray[np.float64], crs: pyproj.CRS | None) -> bytes:
    """Return what GeoParquet 1.0 wants to know of the geometry."""
    column: dict[str, Any] = {"encoding": "WKB", "geometry_types": kinds}
    column["crs"] = None if crs is None else crs.to_json_dict()
    if len(box) and np.isfinite(box).all():
        column["bbox"] = box.tolist()
    told = {"version": _VERSION, "primary_column": _GEOMETRY, "columns": {_GEOMETRY: column}}
    return json.dumps(told, ensure_ascii=False).encode("utf-8")
