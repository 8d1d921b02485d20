"""The zones' shapes with what several checks ask of all of them, each found out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
import shapely

from capacity_planner.loaders.files.shapes import answers_of
from capacity_planner.loaders.space.boxes import Bands

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["Outlines"]


@dataclass(frozen=True, eq=False)
class Outlines:
    """Shapes in metres.

    Parameters
    ----------
    shapes
        Shape (n,): valid polygons, none missing.

    Examples
    --------
    >>> square = Outlines(np.array([shapely.box(0, 0, 2, 1)], dtype=object))
    >>> square.boxes.tolist(), square.areas.tolist()
    ([[0.0, 0.0, 2.0, 1.0]], [2.0])
    >>> [each.tolist() for each in square.holding(np.array([[9.0, 9.0], [2.0, 1.0]]))]
    [[1], [0]]
    """

    shapes: NDArray[np.object_]

    @classmethod
    def of(cls, layer: gpd.GeoDataFrame) -> Self:
        """Return the outlines of a layer, in its order."""
        return cls(np.asarray(layer.geometry.to_numpy(), dtype=object))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """What finds the nearest shape."""
        return shapely.STRtree(self.shapes)

    @cached_property
    def bands(self) -> Bands:
        """The shapes' boxes, laid out to be asked all at once."""
        return Bands(self.boxes)

    def holding(self, xy: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return which shapes hold which places, their edges included.

        Parameters
        ----------
        xy
            Shape (m, 2), metres; what is not finite lies nowhere.

        Returns
        -------
        tuple of NDArray[np.int64]
            Each of shape (p,): places in ascending order, and the shapes of each in ascending order.
        """
        place, shape = self.bands.holding(xy)
        inside = shapely.intersects_xy(self.shapes[shape], xy[place, 0], xy[place, 1])
        return place[inside], shape[inside]

    @property
    def boxes(self) -> NDArray[np.float64]:
        """West, south, east and north of each shape, shape (n, 4)."""
        return self._sizes[0]

    @property
    def areas(self) -> NDArray[np.float64]:
        """Square metres, shape (n,)."""
        return self._sizes[1]

    @cached_property
    def _sizes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        boxes, areas = answers_of(self.shapes, shapely.bounds, shapely.area)
        return boxes, areas
