"""Which coordinate reference system a table's numbers are in, told by the file, checked by the numbers.

A file's or the county's word is taken when the numbers fit it. When they do not, the known mix-ups are
tried: X and Y of survey tables (X is the northing there), latitude before longitude, eastings with or
without the number of the zone. One that fits is used and told; none is ever used in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj

from capacity_planner import crs as geodesy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

__all__ = [
    "Reading",
    "Unreadable",
    "convert",
    "in_degrees",
    "lonlat_of",
    "near",
    "read_reference",
    "same_place",
]

_WGS84: Final = pyproj.CRS.from_epsg(4326)
_NEAR_DEG: Final = 3.0
"""How far from where its system is used, and from the county, a table may lie: a 3-degree zone."""
_MENDED_DEG: Final = 0.5
"""The same for a system that we propose ourselves: a third of the way to another zone's meridian."""
_SPARE_DEG: Final = 0.5
"""More than lines that are straight in a grid bend between two of the points looked at."""
_ALONG: Final = np.linspace(0, 1, 17)
_FULL_TURN: Final = 360.0
_ZONE: Final = 1_000_000
_NORTHINGS: Final = (300_000.0, 6_200_000.0)
"""Northings of China in metres: 3° to 54° north, a little wider."""
_EASTINGS: Final = (100_000.0, 900_000.0)
"""Eastings without the number of the zone, in metres, with the usual false easting of 500,000."""
_ZONES_3: Final = range(25, 46)
_ZONES_6: Final = range(13, 24)


@dataclass(frozen=True, eq=False)
class Reading:
    """How to read pairs of numbers.

    Parameters
    ----------
    crs
        The reference system, to be used with x (longitude, easting) first.
    swapped
        Whether the second number is x.
    told
        Code of the complaint that tells of it; empty when the file was as it said.
    places
        Shape (n, 2): longitude and latitude of the pairs so read, degrees; none where all of them
        lie where the system is used, and need not be looked at one by one.
    """

    crs: pyproj.CRS
    swapped: bool = False
    told: str = ""
    places: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))


class Unreadable(Exception):  # noqa: N818  # a verdict handed to the caller, never to a user
    """The numbers fit no reference system; the one argument is the complaint's code."""


@cache
def _transformer(source: str, target: str) -> pyproj.Transformer:
    """Return what converts; by the texts of both systems, for theirs are hashed at once."""
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def convert(xy: NDArray[np.float64], source: pyproj.CRS, target: pyproj.CRS) -> NDArray[np.float64]:
    """Return coordinates in another system, x first.

    Parameters
    ----------
    xy
        Shape (n, 2), in the units of ``source``.
    source, target
        Two reference systems.

    Returns
    -------
    NDArray[np.float64]
        Shape (n, 2), in the units of ``target``; infinite where it has no such place.
    """
    x, y = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
    return np.column_stack(_transformer(source.srs, target.srs).transform(x, y))


def lonlat_of(xy: NDArray[np.float64], crs: pyproj.CRS) -> NDArray[np.float64]:
    """Return longitudes and latitudes of coordinates.

    Parameters
    ----------
    xy
        Shape (n, 2), in the units of ``crs``.
    crs
        Their reference system.

    Returns
    -------
    NDArray[np.float64]
        Shape (n, 2), degrees, infinite where there is no such place.
    """
    if crs.is_geographic and crs.prime_meridian and crs.prime_meridian.longitude == 0:
        return np.array(xy, dtype=np.float64)
    return convert(xy, crs, _WGS84)


def in_degrees(xy: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which pairs of numbers (shape (n, 2)) are small enough to be degrees, shape (n,)."""
    x, y = np.abs(xy[:, 0]), np.abs(xy[:, 1])
    return np.asarray((x <= _FULL_TURN) & (y <= _FULL_TURN), dtype=np.bool_)


def same_place(xy: NDArray[np.float64], one: pyproj.CRS, other: pyproj.CRS) -> bool:
    """Return whether two systems mean the same place by these numbers, within a centimetre.

    Parameters
    ----------
    xy
        Shape (n, 2).
    one, other
        Two reference systems.

    Returns
    -------
    bool
        True for WGS 84 against CGCS2000, for one grid under two names.
    """
    first, second = lonlat_of(xy, one), lonlat_of(xy, other)
    close = np.abs(first - second) < 1e-7  # noqa: PLR2004  # a centimetre in degrees
    return bool(close.all() and np.isfinite(first).all())


def read_reference(
    xy: NDArray[np.float64], *, declared: pyproj.CRS | None, measure: pyproj.CRS | None
) -> Reading:
    """Return how pairs of numbers are to be read.

    Parameters
    ----------
    xy
        Shape (n, 2), n ≥ 1, finite: the first and second number of each place, as in the file.
    declared
        What the file or ``county.toml`` says; ``None`` if nothing does.
    measure
        The county's measuring system, where known: it tells where the county lies.

    Returns
    -------
    Reading
        With the code to tell if the numbers were not what was declared.

    Raises
    ------
    Unreadable
        If degrees were declared and the numbers are metres, the reverse, or nothing fits.
    """
    degrees = bool(in_degrees(xy).mean() > 0.5)  # noqa: PLR2004  # most of them
    if declared is None:
        if not degrees:
            return _read_survey(xy, measure)
        declared = _WGS84
    if declared.is_geographic and not degrees:
        raise Unreadable("coordinates_not_degrees")
    if not declared.is_geographic and degrees:
        raise Unreadable("coordinates_not_metres")
    # Lazily: to recognise a grid by its definition takes longer than to read a whole table.
    candidates = chain(_either_order(declared, "axes_swapped"), _other_prefix(declared))
    found = _first_fit(xy, candidates, measure)
    if found is None:
        raise Unreadable("crs_elsewhere")
    return found


def _read_survey(xy: NDArray[np.float64], measure: pyproj.CRS | None) -> Reading:
    """Return the CGCS2000 grid that undeclared metres fit, the county's own zone before others.

    A county near the edge of its zone may fit another one too; a wrong choice lies hundreds of
    kilometres off, where later checks refuse it.
    """
    candidates = (
        Reading(grid, swapped, "survey_grid_assumed")
        for swapped in (False, True)
        for grid in _survey_grids(xy[:, ::-1] if swapped else xy, measure)
    )
    found = _first_fit(xy, candidates, measure)
    if found is None:
        raise Unreadable("survey_grid_unknown")
    return found


def _survey_grids(xy: NDArray[np.float64], measure: pyproj.CRS | None) -> Iterator[pyproj.CRS]:
    """Yield the grids that eastings and northings of this size can belong to."""
    east, north = np.median(xy, axis=0)
    if not _NORTHINGS[0] <= north <= _NORTHINGS[1]:
        return
    zone = int(east // _ZONE)
    if zone in _ZONES_3:
        yield geodesy.gauss_crs(3 * zone, prefixed=True)
    elif zone in _ZONES_6:
        yield geodesy.gauss_crs(6 * zone - 3, width=6, prefixed=True)
    elif _EASTINGS[0] <= east <= _EASTINGS[1] and measure is not None:
        centre = _centre_lon(measure)
        three = 3 * round(centre / 3)
        six = [6 * round((centre + side - 3) / 6) + 3 for side in (-1.5, 1.5)]
        for meridian, width in ((three, 3), *((each, 6) for each in sorted(set(six)))):
            if 75 <= meridian <= 135:  # noqa: PLR2004  # China's zones
                yield geodesy.gauss_crs(meridian, width=width)


def _other_prefix(declared: pyproj.CRS) -> Iterator[Reading]:
    """Yield the declared grid with the zone's number in front of its eastings, or without it."""
    grid = _grid_of(declared)
    if grid is None:
        return
    meridian, width, prefixed = grid
    other = geodesy.gauss_crs(meridian, width=width, prefixed=not prefixed)
    for reading in _either_order(other, "survey_prefix"):
        yield Reading(other, reading.swapped, "survey_prefix")


def _grid_of(crs: pyproj.CRS) -> tuple[int, int, bool] | None:
    """Return meridian, width and prefix of a CGCS2000 Gauss-Krüger grid, else nothing."""
    code = crs.to_epsg()  # never with less confidence: a lookalike is a wrong grid
    starts = {4491: (6, True, 11), 4502: (6, False, 11), 4513: (3, True, 21), 4534: (3, False, 21)}
    for start, (width, prefixed, zones) in starts.items():
        if code is not None and start <= code < start + zones:
            return 75 + (code - start) * width, width, prefixed
    return None


def _either_order(crs: pyproj.CRS, told: str) -> Iterator[Reading]:
    yield Reading(crs)
    yield Reading(crs, swapped=True, told=told)


def _first_fit(
    xy: NDArray[np.float64], candidates: Iterable[Reading], measure: pyproj.CRS | None
) -> Reading | None:
    for reading in candidates:
        if not reading.told and _all_near(xy, reading.crs, measure):
            return reading
        places = lonlat_of(xy[:, ::-1] if reading.swapped else xy, reading.crs)
        if _fits(places, reading, measure):
            return replace(reading, places=places)
    return None


def _all_near(xy: NDArray[np.float64], crs: pyproj.CRS, measure: pyproj.CRS | None) -> bool:
    """Return whether all pairs surely lie where a grid is used and where the county is.

    Told from the edges of the box around them: in a grid, degrees change steadily within it.
    """
    if crs.is_geographic or measure is None:
        return False
    low, high = xy.min(axis=0), xy.max(axis=0)
    across, zero = _ALONG, np.zeros_like(_ALONG)
    edges = [(across, zero), (across, zero + 1), (zero, across), (zero + 1, across)]
    around = np.concatenate([np.column_stack(each) for each in edges])
    places = lonlat_of(low + around * (high - low), crs)
    margin = _NEAR_DEG - _SPARE_DEG
    return all(near(places, each, margin).all() for each in (crs, measure))


def _fits(places: NDArray[np.float64], reading: Reading, measure: pyproj.CRS | None) -> bool:
    """Return whether most places lie where the system is used and where the county is."""
    lon, lat = np.median(places, axis=0)
    margin = _MENDED_DEG if reading.told else _NEAR_DEG
    if not _inside(lon, lat, reading.crs, margin):
        return False
    if measure is not None:
        return _inside(lon, lat, measure, margin)
    # Nobody says where the county is: if only the other order lies in China, it is that one.
    return not (
        reading.crs.is_geographic and not geodesy.in_china(lon, lat) and geodesy.in_china(lat, lon)
    )


def _inside(lon: float, lat: float, crs: pyproj.CRS, margin: float) -> bool:
    return bool(near(np.array([[lon, lat]]), crs, margin)[0])


def near(
    places: NDArray[np.float64], crs: pyproj.CRS, margin: float = _NEAR_DEG
) -> NDArray[np.bool_]:
    """Return which places lie where a system is used.

    Parameters
    ----------
    places
        Shape (n, 2): longitude and latitude, degrees.
    crs
        A system; one that does not say where it is used counts as used everywhere.
    margin
        How far outside still counts, degrees.

    Returns
    -------
    NDArray[np.bool_]
        Shape (n,); false where a place is none on earth.
    """
    lon, lat = places[:, 0], places[:, 1]
    on_earth = (np.abs(lon) <= _FULL_TURN / 2) & (np.abs(lat) <= _FULL_TURN / 4)
    area = crs.area_of_use
    if area is None:
        return np.asarray(on_earth, dtype=np.bool_)
    return np.asarray(
        on_earth
        & (lon >= area.west - margin)
        & (lon <= area.east + margin)
        & (lat >= area.south - margin)
        & (lat <= area.north + margin),
        dtype=np.bool_,
    )


def _centre_lon(crs: pyproj.CRS) -> float:
    area = crs.area_of_use
    if area is not None:
        return (area.west + area.east) / 2
    place = lonlat_of(np.array([[500_000.0, 3_000_000.0]]), crs)
    return float(place[0, 0])
