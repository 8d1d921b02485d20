"""``gaps.gpkg``: zones, townships, facilities and links as GIS layers, and who could reach whom."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from capacity_planner.report.styles import add_styles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from capacity_planner.assessment import Gaps
    from capacity_planner.texts import Lang

__all__ = [
    "dated",
    "link_lines",
    "link_places",
    "plain_columns",
    "reach_table",
    "write_geopackage",
]

_VERSION: Final = {"VERSION": "1.2"}
"""Of GeoPackage: what Debian's QGIS, too, opens without a remark."""


def write_geopackage(gaps: Gaps, folder: Path, *, lang: Lang = "zh", run_hash: str = "") -> Path:
    """Write ``gaps.gpkg``: a layer each for zones, townships, facilities and links, with styles.

    Parameters
    ----------
    gaps
        A result.
    folder
        An existing folder.
    lang
        Language of legends, labels and aliases.
    run_hash
        Hash of the run's manifest, kept in the metadata.

    Returns
    -------
    pathlib.Path
        The file written. The table ``reach`` tells who could serve whom at which distance. Its time stamps are those of the assessment's date, so that equal figures
        give equal bytes.
    """
    path = folder / "gaps.gpkg"
    layers = {
        "zones": gaps.zones,
        "townships": gaps.townships,
        "facilities": gaps.facilities,
        "links": link_lines(gaps),
    }
    with dated(gaps.as_of):
        for name, frame in layers.items():
            pyogrio.write_dataframe(
                plain_columns(frame),
                path,
                layer=name,
                driver="GPKG",
                geometry_type=_geometry_type(frame),
                append=path.exists(),
                use_arrow=False,
                promote_to_multi=name in {"zones", "townships"},
                dataset_options={} if path.exists() else _VERSION,
            )
        pyogrio.write_dataframe(reach_table(gaps), path, layer="reach", driver="GPKG", append=True)
    add_styles(path, gaps, lang=lang, run_hash=run_hash)
    return path


def reach_table(gaps: Gaps) -> pd.DataFrame:
    """Return who could serve whom: every pair within reach, also those that carry no slot.

    Parameters
    ----------
    gaps
        A result.

    Returns
    -------
    pandas.DataFrame
        Columns facility_id, zone_id and distance_m (whole metres), sorted by the two ids.
    """
    pairs = gaps.pairs
    return pd.DataFrame(
        {
            "facility_id": gaps.facilities["facility_id"].to_numpy(dtype=object)[pairs.facility],
            "zone_id": gaps.zones["zone_id"].to_numpy(dtype=object)[pairs.zone],
            "distance_m": pairs.distance_m,
        }
    )


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
    starts, ends = link_places(gaps)
    there = np.flatnonzero(np.isfinite(starts).all(axis=1))
    lines: NDArray[Any] = np.full(len(starts), None, dtype=object)
    lines[there] = shapely.linestrings(np.stack([starts[there], ends[there]], axis=1))
    return gpd.GeoDataFrame(gaps.links, geometry=lines, crs=gaps.zones.crs, copy=False)


def link_places(gaps: Gaps) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return from where to where each link leads.

    Parameters
    ----------
    gaps
        A result.

    Returns
    -------
    tuple of NDArray[np.float64]
        Place of the facility, NaN where it has none, and inner point of the zone, each of shape
        (n, 2), metres.
    """
    points = gaps.facilities.geometry.to_numpy()
    places = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    giver, taker = gaps.link_ends
    return places[giver], gaps.inner_xy[taker]


def _geometry_type(frame: gpd.GeoDataFrame) -> str:
    kinds = set(frame.geometry.geom_type.dropna())
    for kind in ("Polygon", "LineString", "Point"):
        if kinds and kinds <= {kind, f"Multi{kind}"}:
            return f"Multi{kind}" if kind == "Polygon" else kind
    return "Unknown"


def plain_columns(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame with columns that every GIS reads: dates as ISO text, yes/no as words."""
    out = frame.copy(deep=False)
    for name in out.columns.drop("geometry"):
        column = out[name]
        if pd.api.types.is_bool_dtype(column.dtype):
            out[name] = column.map({True: "yes", False: "no"}, na_action="ignore").astype(object)
        elif pd.api.types.is_datetime64_any_dtype(column.dtype):
            out[name] = column.dt.strftime("%Y-%m-%d").astype(object)
    return out


@contextmanager
def dated(as_of: date) -> Iterator[None]:
    """Let GDAL stamp files with the assessment's date instead of the clock."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{as_of.isoformat()}T00:00:00.000Z"})
    try:
        yield
    finally:
        options: dict[str, Any] = {"OGR_CURRENT_DATE": None}
        pyogrio.set_gdal_config_options(options)
