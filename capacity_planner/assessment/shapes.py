"""How townships lie on a map: their outlines, or a disc each where the county gave none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import KDTree

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

Flags: TypeAlias = "NDArray[np.bool_]"
Geometries: TypeAlias = "NDArray[np.object_]"

__all__ = ["TownshipShapes", "township_shapes"]

_SCHEMATIC: Final = ("derived", "synthetic")
_DISC_SHARE: Final = 0.45
"""A disc's radius as a part of the way to the next disc's middle, so that the two stay apart."""

_LEAST_SHARE: Final = 0.1
"""The smallest disc's radius as a part of the usual way, so that it is still seen."""

_LONE_SHARE: Final = 0.25
"""The radius of a disc without neighbours as a part of the zones' extent."""


@dataclass(frozen=True)
class TownshipShapes:
    """What stands for each township on a map, in the order of the townships.

    Parameters
    ----------
    shapes
        ``object[t]`` in metres: the township's outline; without one, a disc where its zones are;
        ``None`` without either.
    outlined
        ``bool[t]``, whether the shape is an outline that the county gave.
    schematic
        ``bool[t]``, whether it is an outline that is marked as derived or synthetic.
    """

    shapes: Geometries
    outlined: Flags
    schematic: Flags

    @property
    def discs(self) -> Flags:
        """Which townships are shown as discs, ``bool[t]``."""
        return np.asarray(~self.outlined & ~shapely.is_missing(self.shapes))

    def take(self, rows: NDArray[np.int64], *, discs: bool) -> TownshipShapes:
        """Return the shapes of some townships, by position, with or without the discs among them."""
        outlined = self.outlined[rows]
        shapes = self.shapes[rows]
        if not discs:
            shapes[~outlined] = None
        return TownshipShapes(shapes, outlined, self.schematic[rows])


def township_shapes(townships: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> TownshipShapes:
    """Return what stands for each township on a map.

    A list of townships often comes without outlines. No border is invented for them: a disc in the
    middle of a township's zones carries its colour and its name, and overlaps no other disc unless
    two middles all but coincide.

    Parameters
    ----------
    townships
        With ``township_code``, ``data_status`` and geometry, length t.
    zones
        With ``township_code`` and geometry, in the same measuring CRS.

    Returns
    -------
    TownshipShapes
        Length t.
    """
    outlines = np.asarray(townships.geometry.to_numpy(), dtype=object)
    outlined = np.asarray(~(shapely.is_missing(outlines) | shapely.is_empty(outlines)))
    schematic = outlined & townships["data_status"].isin(_SCHEMATIC).to_numpy(dtype=bool)
    shapes = outlines.copy()
    shapes[~outlined] = None
    if not outlined.all():
        bare = townships["township_code"][~outlined]
        shapes[~outlined] = _discs(bare, zones[zones["township_code"].isin(bare)])
    return TownshipShapes(shapes, outlined, schematic)


def _discs(codes: pd.Series[str], zones: gpd.GeoDataFrame) -> Geometries:
    """Return a disc where the zones of each code are, ``None`` where there are none."""
    boxes = shapely.bounds(np.asarray(zones.geometry.to_numpy(), dtype=object))
    places = pd.DataFrame({"x": boxes[:, [0, 2]].mean(axis=1), "y": boxes[:, [1, 3]].mean(axis=1)})
    middles = places.groupby(zones["township_code"].to_numpy()).median().dropna().reindex(codes)
    xy = middles.to_numpy(dtype=np.float64)
    there = ~np.isnan(xy).any(axis=1)
    out = np.full(len(xy), None, dtype=object)
    if there.any():
        out[there] = shapely.buffer(shapely.points(xy[there]), _radii(xy[there], boxes))
    return out


def _radii(middles: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the radius of each disc, metres, so that discs are alike as far as there is room."""
    apart = KDTree(middles).query(middles, k=2)[0][:, 1]
    some = np.isfinite(apart) & (apart > 0)
    if some.any():
        usual = float(np.median(apart[some]))
        least, most = usual * _LEAST_SHARE, usual * _DISC_SHARE
        return np.asarray(np.clip(apart * _DISC_SHARE, least, most))
    across = np.nanmax(boxes[:, 2:], axis=0) - np.nanmin(boxes[:, :2], axis=0)
    return np.full(len(middles), max(float(across.max()), 1.0) * _LONE_SHARE)
