"""GeoParquet through Arrow: shapes that nobody moved are written as the bytes that were read."""

from __future__ import annotations

import json
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from capacity_planner.memory import release_memory
from capacity_planner.stored import ChangedFileError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import geopandas as gpd

    from capacity_planner.stored import StoredShapes

__all__ = ["write_geoparquet"]

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
    try:
        _write(frame, path, repeat(None) if stored is None else stored.parts(_ROWS_AT_ONCE))
    except ChangedFileError:
        _write(frame, path, repeat(None))
    return path


def _write(frame: gpd.GeoDataFrame, path: Path, sent: Iterable[pa.ChunkedArray | None]) -> None:
    """Write a layer by parts, given the bytes of each part's shapes or ``None``."""
    # column by column, since pandas would first copy numbers of a kind together
    cells = {name: column for name, column in frame.items() if name != _GEOMETRY}
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    kinds = [(name, _arrow(column.iloc[:0]).type) for name, column in cells.items()]
    schema = pa.schema([*kinds, (_GEOMETRY, pa.binary())], metadata={b"geo": _metadata(frame)})
    # A dictionary helps where values repeat; shapes never do. By parts, so that a table of a million
    # rows is never there a second time.
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=list(cells)) as writer:
        # The bytes go first: they are drawn to their end, where their file is looked at once more.
        for wkb, start in zip(sent, range(0, max(len(frame), 1), _ROWS_AT_ONCE), strict=False):
            if start:
                release_memory()  # what packing the last part has left in holes
            part = slice(start, start + _ROWS_AT_ONCE)
            columns = [_arrow(column.iloc[part]) for column in cells.values()]
            writer.write_table(pa.table([*columns, _shapes(shapes[part], wkb)], schema=schema))


def _arrow(column: pd.Series[Any]) -> pa.Array | pa.ChunkedArray:
    """Return a column as Arrow holds it; a day is a day, without a time."""
    mixed = pd.api.types.is_object_dtype(column.dtype)
    found = pa.array(column, type=pa.string() if mixed else None, from_pandas=True)
    return found.cast(pa.date32()) if pa.types.is_timestamp(found.type) else found


def _shapes(geometry: np.ndarray[Any, Any], wkb: pa.ChunkedArray | None) -> pa.ChunkedArray:
    """Return shapes as WKB: the given bytes, and what is null among them encoded anew."""
    if wkb is None:
        return pa.array(shapely.to_wkb(geometry, flavor="iso"), pa.binary())
    anew = wkb.is_null().to_numpy(zero_copy_only=False)
    if not anew.any():
        return wkb
    encoded = np.full(len(geometry), None, dtype=object)
    encoded[anew] = shapely.to_wkb(geometry[anew], flavor="iso")
    return pc.coalesce(wkb, pa.array(encoded, wkb.type))


def _metadata(frame: gpd.GeoDataFrame) -> bytes:
    """Return what GeoParquet 1.0 wants to know of the geometry."""
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    box = shapely.total_bounds(shapes) if len(shapes) else np.full(4, np.nan)
    ids = np.unique(shapely.get_type_id(shapes)).tolist()
    kinds = sorted(_KINDS[each] for each in ids if each >= 0)
    column: dict[str, Any] = {"encoding": "WKB", "geometry_types": kinds}
    column["crs"] = None if frame.crs is None else frame.crs.to_json_dict()
    if np.isfinite(box).all():
        column["bbox"] = box.tolist()
    told = {"version": _VERSION, "primary_column": _GEOMETRY, "columns": {_GEOMETRY: column}}
    return json.dumps(told, ensure_ascii=False).encode("utf-8")
