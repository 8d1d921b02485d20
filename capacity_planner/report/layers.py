"""``gaps.gpkg``: zones, townships, facilities and links as GIS layers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from capacity_planner.assessment import Gaps

__all__ = ["link_lines", "write_geopackage"]


def write_geopackage(gaps: Gaps, folder: Path) -> Path:
    """Write ``gaps.gpkg`` with a layer each for zones, townships, facilities and links.

    Parameters
    ----------
    gaps
        A result.
    folder
        An existing folder.

    Returns
    -------
    pathlib.Path
        The file written; its time stamps are those of the assessment's date, so that equal figures
        give equal bytes.
    """
    path = folder / "gaps.gpkg"
    layers = {
        "zones": gaps.zones,
        "townships": gaps.townships,
        "facilities": gaps.facilities,
        "links": link_lines(gaps),
    }
    with _dated(gaps.as_of):
        for name, frame in layers.items():
            pyogrio.write_dataframe(
                _plain(frame),
                path,
                layer=name,
                driver="GPKG",
                geometry_type=_geometry_type(frame),
                append=path.exists(),
                use_arrow=False,
                promote_to_multi=name in {"zones", "townships"},
            )
    return path


def link_lines(gaps: Gaps) -> gpd.GeoDataFrame:
    """Return the links as straight lines from a facility to its zone's inner point.

    Parameters
    ----------
    gaps
        A result.

    Returns
    -------
    geopandas.GeoDataFrame
        The columns of ``links.csv`` and lines in the measuring CRS; a facility without a place has
        none.
    """
    facility = gaps.facilities.set_index("facility_id").geometry.reindex(gaps.links["facility_id"])
    zone = gaps.zones.set_index("zone_id").geometry.reindex(gaps.links["zone_id"])
    starts = facility.to_numpy()
    ends = shapely.point_on_surface(zone.to_numpy())
    lines = [
        None if start is None else shapely.LineString([start, end])
        for start, end in zip(starts, ends, strict=True)
    ]
    return gpd.GeoDataFrame(gaps.links.copy(), geometry=lines, crs=gaps.zones.crs)


def _geometry_type(frame: gpd.GeoDataFrame) -> str:
    kinds = set(frame.geometry.geom_type.dropna())
    if not kinds:
        return "Unknown"
    for kind in ("Polygon", "LineString", "Point"):
        if kinds <= {kind, f"Multi{kind}"}:
            return f"Multi{kind}" if kind == "Polygon" else kind
    return "Unknown"


def _plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame with columns that every GIS reads: dates as ISO text, yes/no as words."""
    out = frame.copy()
    for name in out.columns.drop("geometry"):
        column = out[name]
        if pd.api.types.is_bool_dtype(column.dtype):
            out[name] = column.map({True: "yes", False: "no"}, na_action="ignore").astype(object)
        elif pd.api.types.is_datetime64_any_dtype(column.dtype):
            out[name] = column.dt.strftime("%Y-%m-%d").astype(object)
    return out


@contextmanager
def _dated(as_of: date) -> Iterator[None]:
    """Let GDAL stamp files with the assessment's date instead of the clock."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{as_of.isoformat()}T00:00:00.000Z"})
    try:
        yield
    finally:
        options: dict[str, Any] = {"OGR_CURRENT_DATE": None}
        pyogrio.set_gdal_config_options(options)
