"""Zones, townships and facilities as squares and points drawn in code, in metres of EPSG:4545."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

if TYPE_CHECKING:
    from capacity_planner.errors import Complaints

MEASURE = pyproj.CRS.from_epsg(4545)
DEGREES = pyproj.CRS.from_epsg(4490)
EAST, NORTH = 420_000.0, 3_400_000.0


def square(column: float, row: float, side: float = 100.0) -> shapely.Polygon:
    """Return a square whose south-west corner lies at a cell of a grid of 100 m."""
    x, y = EAST + 100 * column, NORTH + 100 * row
    return shapely.box(x, y, x + side, y + side)


def table(file: str, geometry: Any = None, **columns: Any) -> gpd.GeoDataFrame:
    """Return a frame with rows numbered as an office sees them."""
    frame = pd.DataFrame(columns)
    frame["source_file"] = pd.Series([file] * len(frame), dtype="str")
    frame["source_row"] = pd.array(np.arange(len(frame)) + 2, dtype="Int64")
    if geometry is None:
        geometry = [None] * len(frame)
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(geometry, crs=MEASURE))


def zones(geometry: Any, **columns: Any) -> gpd.GeoDataFrame:
    """Return zones Z1, Z2, … of these shapes."""
    ids = pd.Series([f"Z{at + 1}" for at in range(len(geometry))], dtype="str")
    return table("zones.geojson", geometry, **{"zone_id": ids, **columns})


def townships(names: dict[str, str], geometry: Any = None) -> gpd.GeoDataFrame:
    """Return townships of these codes and names."""
    codes = pd.Series(list(names), dtype="str")
    named = pd.Series(list(names.values()), dtype="str")
    population = pd.array([None] * len(codes), dtype="Int64")
    return table("townships.csv", geometry, township_code=codes, name=named, population=population)


def facilities(places: Any, **columns: Any) -> gpd.GeoDataFrame:
    """Return facilities F1, F2, … with 60 slots at these points (metres) or nowhere (``None``)."""
    points = [None if place is None else shapely.Point(place) for place in places]
    ids = pd.Series([f"F{at + 1}" for at in range(len(points))], dtype="str")
    given = {"facility_id": ids, "slots": pd.array([60] * len(points), dtype="Int64"), **columns}
    return table("facilities.csv", points, **given)


def lying(points: gpd.GeoDataFrame, homes: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return facility and zone, by row, of every facility that lies in a zone, in order."""
    point, home = shapely.STRtree(homes.geometry.to_numpy()).query(
        points.geometry.to_numpy(), predicate="intersects"
    )
    order = np.lexsort((home, point))
    return point[order], home[order]


def counts(*values: int | None) -> pd.Series[Any]:
    """Return a column of counts."""
    return pd.Series(list(values), dtype="Int64")


def texts(*values: str | None) -> pd.Series[Any]:
    """Return a column of texts."""
    return pd.Series(list(values), dtype="str")


def codes(complaints: Complaints) -> list[str]:
    """Return the codes told, in order."""
    return [each.code for each in complaints]
