"""Counties drawn in code: squares of 100 m on a grid in metres, so that every distance is known."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from capacity_planner.county import Choices, County, CountyFolder
from capacity_planner.policy import load_policy
from capacity_planner.schemas import INPUT_TABLES, Tables

CRS = "EPSG:4545"
ORIGIN = (420_000.0, 3_400_000.0)
SIDE = 100.0

_DTYPES = {
    "id": "str",
    "text": "str",
    "one_of": "str",
    "count": "Int64",
    "number": "Float64",
    "date": "datetime64[s]",
    "yes_no": "boolean",
}


def square(column: float, row: float) -> shapely.Polygon:
    """Return a zone's square; its inner point is its middle."""
    west, south = ORIGIN[0] + column * SIDE, ORIGIN[1] + row * SIDE
    return shapely.box(west, south, west + SIDE, south + SIDE)


def middle(column: float, row: float, *, east: float = 0.0, north: float = 0.0) -> shapely.Point:
    """Return the middle of a square, shifted by metres."""
    west, south = ORIGIN[0] + column * SIDE, ORIGIN[1] + row * SIDE
    return shapely.Point(west + SIDE / 2 + east, south + SIDE / 2 + north)


def frame(table: str, rows: list[dict[str, Any]], **extra: Any) -> gpd.GeoDataFrame:
    """Return rows as a loaded table: all columns of its schema, in the measuring CRS, sorted."""
    columns: dict[str, Any] = {}
    for column in INPUT_TABLES[table].columns:
        values = [row.get(column.name) for row in rows]
        if column.kind == "geometry":
            continue
        if column.name in {"source_file", "source_row"}:
            name = column.name
            values = [
                f"{table}.csv" if name == "source_file" else at + 2 for at in range(len(rows))
            ]
        series = pd.Series(values, dtype=object)
        if column.kind == "date":
            columns[column.name] = pd.to_datetime(series).astype("datetime64[s]")
        else:
            columns[column.name] = series.astype(_DTYPES[column.kind])
    for name, value in extra.items():
        columns[name] = pd.Series([row.get(name, value) for row in rows], dtype="str")
    geometry = np.array([row.get("geometry") for row in rows], dtype=object)
    made = gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS)
    first = INPUT_TABLES[table].columns[0].name
    return made.sort_values(first).reset_index(drop=True)


def county(
    zones: list[dict[str, Any]],
    facilities: list[dict[str, Any]],
    *,
    townships: list[dict[str, Any]] | None = None,
    policy: str = "dazhu-2021-57",
    as_of: date = date(2025, 12, 31),
    **choices: Any,
) -> County:
    """Return a loaded county of squares; zones are existing and facilities count by default."""
    zones = [{"category": "existing", "township_code": "T1", **zone} for zone in zones]
    defaults = {"type": "centre", "status": "operating", "filed": True, "accepts_migrants": True}
    facilities = [{**defaults, **facility} for facility in facilities]
    codes = sorted({zone["township_code"] for zone in zones})
    townships = townships or [{"township_code": code, "name": f"乡{code}"} for code in codes]
    source = CountyFolder(
        folder=Path("squares"),
        name="方格县",
        name_en="Squares",
        code="000000",
        as_of=as_of,
        policy=load_policy(policy),
        measure_crs=CRS,
        demonstration=False,
        tables=MappingProxyType({}),
        choices=Choices.of(choices),
    )
    tables = Tables(
        zones=frame("zones", zones, category_origin="filed", population_origin="counted"),
        facilities=frame("facilities", facilities, township_code=""),
        townships=frame("townships", townships),
    )
    return County(source, tables)
