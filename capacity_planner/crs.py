"""Places on the earth: China's map datums, survey grids, and the projection to measure in.

Map services in China show places shifted by an official, position-dependent offset: GCJ-02 (Gaode,
Tencent; 300–700 m) and BD-09 on top of it (Baidu; a further 700–1,300 m). The shift is a closed formula,
the way back is not: here it is a fixed-point iteration, carried on until nothing moves, so that a
round trip closes to far less than a micrometre. WGS 84 and CGCS2000 differ by centimetres and are
taken as one.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

import numpy as np
import pyproj
import shapely

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Datum: TypeAlias = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
DATUMS: Final[tuple[Datum, ...]] = get_args(Datum)

__all__ = [
    "DATUMS",
    "Datum",
    "bd09_to_gcj02",
    "bd09_to_wgs84",
    "gauss_crs",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "in_china",
    "measure_crs_for",
    "refused_datum",
    "to_wgs84",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]

# The offset is defined on the Krassowsky ellipsoid, about the point 105° E 35° N.
_SEMI_MAJOR_M: Final = 6_378_245.0
_ECCENTRICITY_SQUARED: Final = 0.006_693_421_622_965_943
_CENTRE: Final = (105.0, 35.0)
# Amplitudes in metres and frequencies in half turns per degree of the offset's three waves.
_FINE_WAVES: Final = ((20.0, 6.0), (20.0, 2.0))
_NORTH_WAVES: Final = ((20.0, 1.0), (40.0, 1 / 3), (160.0, 1 / 12), (320.0, 1 / 30))
_EAST_WAVES: Final = ((20.0, 1.0), (40.0, 1 / 3), (150.0, 1 / 12), (300.0, 1 / 30))
# Outside this box (degrees: west, south, east, north) the map services do not shift.
_SHIFTED_BOX: Final = (72.004, 0.8293, 137.8347, 55.8271)

_BD_TURN: Final = np.pi * 3000.0 / 180.0
_BD_OFFSET: Final = (0.0065, 0.006)

_STEPS: Final = 50
_STILL_DEG: Final = 1e-13

# A coarse outline of China (degrees): it only decides whether a county is measured in a CGCS2000
# zone or in a UTM zone; near the border either is a good place to measure in.
# fmt: off
_CHINA_OUTLINE: Final = (
    (73.3, 39.5), (75.0, 36.8), (78.0, 35.3), (78.5, 32.4), (81.0, 30.0), (86.0, 27.8), (88.8, 27.2),
    (92.0, 26.7), (97.0, 27.6), (98.4, 25.6), (97.5, 24.0), (98.9, 22.9), (99.2, 21.8), (101.3, 21.1),
    (102.3, 22.4), (105.3, 23.2), (106.6, 22.7), (106.7, 21.9), (108.0, 21.4), (108.3, 18.0),
    (109.5, 3.3), (114.0, 3.3), (118.0, 12.0), (119.5, 18.0), (122.6, 21.5), (122.6, 25.6),
    (124.3, 32.0), (124.0, 39.7), (126.2, 41.1), (128.2, 41.5), (129.5, 42.2), (130.7, 42.3),
    (131.4, 44.8), (133.2, 45.0), (135.3, 48.5), (130.9, 48.9), (127.5, 50.8), (125.5, 53.7),
    (120.0, 53.7), (119.7, 50.2), (116.7, 49.9), (115.5, 47.7), (119.8, 46.8), (116.0, 45.6),
    (111.8, 45.1), (111.5, 43.5), (105.0, 41.5), (96.4, 42.7), (91.0, 45.1), (90.5, 47.7),
    (87.8, 49.3), (85.5, 48.4), (82.5, 47.2), (82.3, 45.3), (80.2, 45.1), (80.0, 42.0), (76.5, 40.5),
)
# fmt: on

# Chinese datums whose shift to CGCS2000 is a local secret; PROJ would apply none at all.
_REFUSED: Final = {
    "xian80": ("xian1980", "xian80", "西安1980", "西安80", "iag1975", "iag75"),
    # An own .prj on Krassowsky's ellipsoid without a named datum is Beijing 54 as well.
    "beijing54": (
        *("beijing1954", "beijing54", "newbeijing", "北京1954", "北京54"),
        *("basedonkrassowsky", "krasovsky"),
    ),
}


def to_wgs84(xy: NDArray[np.float64], datum: str) -> NDArray[np.float64]:
    """Return longitudes and latitudes in WGS 84, whatever map datum they were given in.

    Parameters
    ----------
    xy
        Shape (n, 2): longitude and latitude, degrees.
    datum
        One of :data:`DATUMS`; ``cgcs2000`` counts as WGS 84 (they differ by centimetres).

    Returns
    -------
    NDArray[np.float64]
        Shape (n, 2), degrees.

    Raises
    ------
    ValueError
        If the datum is unknown.

    Examples
    --------
    >>> to_wgs84(np.array([[107.204, 30.736]]), "cgcs2000").tolist()
    [[107.204, 30.736]]
    """
    back: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
        "wgs84": np.copy,
        "cgcs2000": np.copy,
        "gcj02": gcj02_to_wgs84,
        "bd09": bd09_to_wgs84,
    }
    if datum not in back:
        raise ValueError(f"datum {datum!r} is none of {DATUMS}")
    return back[datum](np.asarray(xy, dtype=np.float64))


def wgs84_to_gcj02(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return WGS 84 places as the map services of China show them (GCJ-02).

    Parameters
    ----------
    xy
        Shape (n, 2): longitude and latitude, degrees.

    Returns
    -------
    NDArray[np.float64]
        Shape (n, 2), degrees; places outside the box in which the services shift stay.

    Notes
    -----
    The offset has no official publication; it is the formula in public use since 2013, which every
    open converter shares.

    Examples
    --------
    >>> wgs84_to_gcj02(np.array([[107.204, 30.736]])).round(6).tolist()
    [[107.208443, 30.733536]]
    """
    xy = np.asarray(xy, dtype=np.float64)
    return np.where(_shifted(xy)[:, None], xy + _gcj_offset(xy), xy)


def gcj02_to_wgs84(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return GCJ-02 places in WGS 84: the exact inverse of :func:`wgs84_to_gcj02`.

    Parameters
    ----------
    xy
        Shape (n, 2): longitude and latitude, degrees.

    Returns
    -------
    NDArray[np.float64]
        Shape (n, 2), degrees.

    Examples
    --------
    >>> there = np.array([[107.204, 30.736]])
    >>> bool(np.abs(gcj02_to_wgs84(wgs84_to_gcj02(there)) - there).max() < 1e-12)
    True
    """
    return _invert(wgs84_to_gcj02, xy)


def gcj02_to_bd09(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return GCJ-02 places as Baidu's maps show them (BD-09).

    Parameters
    ----------
    xy
        Shape (n, 2): longitude and latitude, degrees.

    Returns
    -------
    NDArray[np.float64]
        Shape (n, 2), degrees.

    Examples
    --------
    >>> gcj02_to_bd09(np.array([[107.208416, 30.733357]])).round(6).tolist()
    [[107.215004, 30.739096]]
    """
    xy = np.asarray(xy, dtype=np.float64)
    x, y = xy[:, 0], xy[:, 1]
    radius = np.hypot(x, y) + 2e-5 * np.sin(y * _BD_TURN)
    angle = np.arctan2(y, x) + 3e-6 * np.cos(x * _BD_TURN)
    turned = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return turned + _BD_OFFSET


def bd09_to_gcj02(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return BD-09 places in GCJ-02: the exact inverse of :func:`gcj02_to_bd09`.

    Parameters
    ----------
    xy
        Shape (n, 2): longitude and latitude, degrees.

    Returns
    -------
    NDArray[np.float64]
        Shape (n, 2), degrees.
    """
    return _invert(gcj02_to_bd09, xy)


def wgs84_to_bd09(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return WGS 84 places (shape (n, 2), degrees) as Baidu's maps show them."""
    return gcj02_to_bd09(wgs84_to_gcj02(xy))


def bd09_to_wgs84(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return BD-09 places (shape (n, 2), degrees) in WGS 84."""
    return gcj02_to_wgs84(bd09_to_gcj02(xy))


def in_china(lon: float, lat: float) -> bool:
    """Return whether a place (degrees) lies in China, by a coarse outline.

    Examples
    --------
    >>> in_china(107.2, 30.7), in_china(-79.4, 43.7), in_china(127.0, 37.5)
    (True, False, False)
    """
    return bool(shapely.contains_xy(shapely.Polygon(_CHINA_OUTLINE), lon, lat))


def gauss_crs(central_meridian: int, *, width: int = 3, prefixed: bool = False) -> pyproj.CRS:
    """Return the CGCS2000 Gauss-Krüger grid about a central meridian.

    Parameters
    ----------
    central_meridian
        Degrees east.
    width
        Width of the zone: 3 or 6 degrees.
    prefixed
        Whether eastings carry the number of the zone in front (36,500,000 instead of 500,000).

    Returns
    -------
    pyproj.CRS
        EPSG:4491–4554.

    Raises
    ------
    ValueError
        If there is no such zone.

    Examples
    --------
    >>> gauss_crs(108).to_epsg(), gauss_crs(108, prefixed=True).to_epsg()
    (4545, 4524)
    >>> gauss_crs(105, width=6).to_epsg(), gauss_crs(105, width=6, prefixed=True).to_epsg()
    (4507, 4496)
    """
    first = 75
    zones = {3: 21, 6: 11}
    step, left = divmod(central_meridian - first, width if width in zones else 1)
    if width not in zones or left or not 0 <= step < zones[width]:
        raise ValueError(f"no CGCS2000 zone of {width} degrees has the meridian {central_meridian}")
    start = {(6, True): 4491, (6, False): 4502, (3, True): 4513, (3, False): 4534}[width, prefixed]
    return _from_epsg(start + step)


def measure_crs_for(lon: float, lat: float) -> pyproj.CRS:
    """Return the projection in which a county at a place is measured.

    Parameters
    ----------
    lon, lat
        A place in the county, WGS 84, degrees.

    Returns
    -------
    pyproj.CRS
        In China the CGCS2000 3-degree zone without prefix, elsewhere the UTM zone; metres.

    Raises
    ------
    ValueError
        If the place is not on the earth.

    Examples
    --------
    >>> measure_crs_for(107.2, 30.7).to_epsg(), measure_crs_for(-79.4, 43.7).to_epsg()
    (4545, 32617)
    """
    if not (abs(lon) <= 180 and abs(lat) <= 90):  # noqa: PLR2004 - a full turn is 360 degrees
        raise ValueError(f"no place on earth has longitude {lon} and latitude {lat}")
    if in_china(lon, lat):
        return gauss_crs(3 * int(np.clip(np.floor(lon / 3 + 0.5), 25, 45)))
    zone = int((lon + 180) // 6) % 60 + 1
    return _from_epsg((32600 if lat >= 0 else 32700) + zone)


def refused_datum(crs: pyproj.CRS) -> str | None:
    """Return which of China's old datums a CRS stands on, if any.

    Their shift to CGCS2000 (tens of metres and more) is kept locally; PROJ knows none and would
    convert as if there were none, without a word.

    Parameters
    ----------
    crs
        As read from a file or ``county.toml``.

    Returns
    -------
    str or None
        ``"xian80"``, ``"beijing54"`` or nothing.

    Examples
    --------
    >>> refused_datum(pyproj.CRS("EPSG:4610")), refused_datum(pyproj.CRS("EPSG:4490"))
    ('xian80', None)
    """
    geodetic = crs.geodetic_crs
    names = [crs.name, geodetic.name if geodetic else ""]
    names += [crs.datum.name if crs.datum else "", crs.ellipsoid.name if crs.ellipsoid else ""]
    letters = "".join(each for each in " ".join(names).lower() if each.isalnum())
    for datum, words in _REFUSED.items():
        if any(word in letters for word in words):
            return datum
    return None


@cache
def _from_epsg(code: int) -> pyproj.CRS:
    return pyproj.CRS.from_epsg(code)


def _shifted(xy: NDArray[np.float64]) -> NDArray[np.bool_]:
    west, south, east, north = _SHIFTED_BOX
    lon, lat = xy[:, 0], xy[:, 1]
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _waves(
    degrees: NDArray[np.float64], waves: tuple[tuple[float, float], ...]
) -> NDArray[np.float64]:
    total = sum(height * np.sin(degrees * turns * np.pi) for height, turns in waves)
    return np.asarray(total * (2.0 / 3.0), dtype=np.float64)


def _gcj_offset(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the offset of GCJ-02 in degrees, shape (n, 2)."""
    x, y = xy[:, 0] - _CENTRE[0], xy[:, 1] - _CENTRE[1]
    root = np.sqrt(np.abs(x))
    fine = _waves(x, _FINE_WAVES)
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m += fine + _waves(x, _EAST_WAVES)
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m += fine + _waves(y, _NORTH_WAVES)
    lat = np.radians(xy[:, 1])
    bend = 1.0 - _ECCENTRICITY_SQUARED * np.sin(lat) ** 2
    meridian_m = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / (bend * np.sqrt(bend))
    parallel_m = _SEMI_MAJOR_M / np.sqrt(bend) * np.cos(lat)
    return np.degrees(np.column_stack([east_m / parallel_m, north_m / meridian_m]))


def _invert(
    forward: Callable[[NDArray[np.float64]], NDArray[np.float64]], xy: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return where ``forward`` lands on ``xy``: each step subtracts what the last one missed by.

    The shift changes by less than a fiftieth of a step, so that every step gains two digits.
    """
    target = np.asarray(xy, dtype=np.float64)
    guess = target.copy()
    for _ in range(_STEPS):
        miss = forward(guess) - target
        guess -= miss
        if not np.any(np.abs(miss) > _STILL_DEG):  # NaN stays NaN and does not keep us here
            break
    return guess
