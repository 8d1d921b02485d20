"""Base maps that a planner may ask for; a page without one needs no network at all.

Tianditu's web-Mercator (``vec_w``) and CGCS2000 (``vec_c``) tiles and Gaode's, whose datum is GCJ-02
(the page's own coordinates are moved to it). Each carries its attribution and a field for the map
approval number (审图号), which the publishing office fills in.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from capacity_planner.errors import OutputError

__all__ = ["BASE_MAPS", "KEY_VARIABLE", "BaseMap", "choose_base_map"]

KEY_VARIABLE: Final = "TIANDITU_KEY"
_TIANDITU: Final = (
    "https://t{{s}}.tianditu.gov.cn/{layer}_{grid}/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
    "&LAYER={layer}&STYLE=default&TILEMATRIXSET={grid}&FORMAT=tiles"
    "&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)
_GAODE: Final = (
    "https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8"
    "&x={x}&y={y}&z={z}"
)
BASE_MAPS: Final = ("tianditu", "tianditu-c", "gaode")
"""Names that :func:`choose_base_map` knows; anything else must be a tile address."""


@dataclass(frozen=True, slots=True)
class BaseMap:
    """Tiles beneath the layers.

    Parameters
    ----------
    layers
        Tile addresses with ``{s}``, ``{x}``, ``{y}``, ``{z}``, drawn one above the other.
    attribution
        Whose map it is, plain text.
    approval
        Map approval number (审图号), empty until the office knows it.
    crs
        Leaflet's name of the grid: ``EPSG3857``, or ``EPSG4326`` for ``vec_c``.
    zoom_offset
        Added to the zoom in the address.
    gcj02
        Whether the tiles lie in GCJ-02, so that the page's coordinates must be moved.
    subdomains
        What ``{s}`` stands for, a character each.
    """

    layers: tuple[str, ...]
    attribution: str
    approval: str = ""
    crs: str = "EPSG3857"
    zoom_offset: int = 0
    gcj02: bool = False
    subdomains: str = "1234"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Origins that the page may then fetch pictures from, sorted."""
        letters = self.subdomains or "_"
        return tuple(
            sorted({_origin(layer.replace("{s}", s)) for layer in self.layers for s in letters})
        )


def _origin(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[A-Za-z0-9.:-]+", parts.netloc):
        raise OutputError.of(
            "base_map_unknown", value=address.split("?", maxsplit=1)[0], known=", ".join(BASE_MAPS)
        )
    return f"{parts.scheme}://{parts.netloc}"


def choose_base_map(wanted: str | BaseMap | None, *, approval: str = "") -> BaseMap | None:
    """Return the base map of that name or address; ``None`` stays ``None``.

    Parameters
    ----------
    wanted
        One of :data:`BASE_MAPS`, a tile address, or a ready :class:`BaseMap`.
    approval
        Map approval number (审图号) to print beside the attribution.

    Returns
    -------
    BaseMap or None
        What the pages lay beneath their layers.

    Raises
    ------
    OutputError
        If the name is unknown, the address is not one, or Tianditu's key is not set in the
        environment (:data:`KEY_VARIABLE`).

    Examples
    --------
    >>> choose_base_map("gaode").gcj02
    True
    """
    if wanted is None or isinstance(wanted, BaseMap):
        return wanted
    if wanted in {"tianditu", "tianditu-c"}:
        return _tianditu("c" if wanted.endswith("c") else "w", approval)
    if wanted == "gaode":
        return BaseMap((_GAODE,), "高德地图 Gaode", approval, gcj02=True)
    _origin(wanted.replace("{s}", "a"))
    return BaseMap(
        (wanted,), urlsplit(wanted).netloc.replace("{s}.", ""), approval, subdomains="abc"
    )


def _tianditu(grid: str, approval: str) -> BaseMap:
    key = os.environ.get(KEY_VARIABLE, "")
    if not re.fullmatch(r"[0-9A-Za-z]+", key):
        raise OutputError.of("base_map_key_missing", column=KEY_VARIABLE)
    layers = tuple(_TIANDITU.format(layer=layer, grid=grid, key=key) for layer in ("vec", "cva"))
    words = "国家地理信息公共服务平台 天地图 Tianditu"
    if grid == "w":
        return BaseMap(layers, words, approval, subdomains="01234567")
    return BaseMap(layers, words, approval, crs="EPSG4326", zoom_offset=1, subdomains="01234567")
