"""Totals of townships or villages, or the cells of a population raster, in whole persons to zones.

Whole persons by largest remainder: each zone gets the whole part of its exact share, the persons left
over go to the largest remainders, the earlier zone first where they are equal. Totals stay exact.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyproj
import shapely

from capacity_planner.crs import refused_datum
from capacity_planner.errors import InputError
from capacity_planner.loaders.matching import numbers_of
from capacity_planner.loaders.tell import MANY, tell_rows, tell_table

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints

__all__ = ["apportion", "distribute", "distribute_raster"]

_PARENTS: Final = {
    "children_u3": "population",
    "migrant_population": "population",
    "migrant_u3": "children_u3",
}
"""Whose distribution a part of the people follows, so that no part outgrows its whole."""
_PERSON_SCALE: Final = 1_000_000
"""People of a raster's cells become whole millionths before they weigh anything."""
_BEYOND: Final = 0.01
"""Share of a zone that may lie outside a raster: its outline and the cells' edges differ a little."""
_AREA_SCALE: Final = 100
"""Areas become whole numbers of 0.01 m² before they weigh anything."""


def apportion(
    totals: NDArray[np.int64], weights: NDArray[np.int64], group: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return whole shares of each group's total, by largest remainder.

    Parameters
    ----------
    totals
        Shape (g,), ≥ 0: what each group shares out.
    weights
        Shape (n,), ≥ 0, whole.
    group
        Shape (n,): the group of each weight, 0 to g - 1.

    Returns
    -------
    NDArray[np.int64]
        Shape (n,); sums to each group's total. Equal remainders: the earlier comes first. A group
        without weight shares evenly.

    Raises
    ------
    ValueError
        If a group with something to share has no members.

    Examples
    --------
    >>> apportion(np.array([10]), np.array([1, 1, 1]), np.array([0, 0, 0])).tolist()
    [4, 3, 3]
    """
    totals, weights = np.asarray(totals, np.int64), np.asarray(weights, np.int64)
    sums = np.zeros(len(totals), dtype=np.int64)
    np.add.at(sums, group, weights)
    weights = np.where(sums[group] > 0, weights, 1)
    sums = np.zeros(len(totals), dtype=np.int64)
    np.add.at(sums, group, weights)
    if (totals[sums == 0] > 0).any():
        raise ValueError("a group without members has a total to share")
    # Beyond 64 bits the products are taken in Python's own integers.
    wide = float(totals.max(initial=0)) * float(weights.max(initial=0)) >= 2.0**62
    kind = object if wide else np.int64
    product = totals.astype(kind)[group] * weights.astype(kind)
    share = (product // sums.astype(kind)[group]).astype(np.int64)
    rest = (product - share.astype(kind) * sums.astype(kind)[group]).astype(np.int64)
    left = totals.copy()
    np.subtract.at(left, group, share)
    order = np.lexsort((np.arange(len(group)), -rest, group))
    rank = np.empty(len(group), dtype=np.int64)
    starts = np.searchsorted(group[order], np.arange(len(totals)))
    rank[order] = np.arange(len(group)) - starts[group[order]]
    return np.asarray(share + (rank < left[group]), dtype=np.int64)


def distribute(
    zones: gpd.GeoDataFrame,
    totals: pd.DataFrame,
    *,
    by: str = "township_code",
    complaints: Complaints,
) -> gpd.GeoDataFrame:
    """Return the zones with shares of larger totals, whole persons, nobody lost.

    Parameters
    ----------
    zones
        With ``by``, perhaps ``dwellings`` and ``floor_area_m2``, and polygons in metres. Zones that
        have a population of their own keep it and take it off the total.
    totals
        With ``by`` and the counts of :data:`~capacity_planner.loaders.joining.townships.COUNTS`, persons.
    by
        Column of both that says who belongs together: ``township_code`` or a village's.
    complaints
        Grows by totals without zone and totals smaller than what their zones already have (errors),
        and by the weights used (dwellings, else floor area, else area).

    Returns
    -------
    geopandas.GeoDataFrame
        Same order; ``population_origin`` is ``distributed`` where a share was given.
    """
    keys = pd.Index(zones[by].astype("str").fillna(""))
    totals = _usable(totals, by, complaints)
    names = pd.Index(totals[by].astype("str").fillna(""))
    group = np.asarray(names.get_indexer(keys), dtype=np.int64)
    own = numbers_of(zones, "population")
    open_ones = np.flatnonzero((group >= 0) & np.isnan(own))
    members = np.bincount(group[open_ones], minlength=len(totals))
    people = _left_over(totals, own, group, complaints)
    homeless = (members == 0) & (people > 0)
    value, left = names[homeless].tolist(), people[homeless].tolist()
    tell_rows(
        complaints, "total_without_zone", totals, at=homeless, column=by, value=value, people=left
    )
    bare = (group < 0) & np.isnan(own)
    tell_rows(
        complaints,
        "zone_without_total",
        zones,
        at=bare,
        column=by,
        value=keys[bare].tolist(),
        most=MANY,
    )
    weights, basis = _weights(zones, group, open_ones, len(totals))
    _tell_basis(totals, basis, members, complaints)
    return _shared_out(zones, totals, (open_ones, group[open_ones], weights[open_ones]), people)


def _usable(totals: pd.DataFrame, by: str, complaints: Complaints) -> pd.DataFrame:
    """Return the totals that say how many, each place once."""
    blank = totals["population"].isna().to_numpy()
    told = totals[blank]
    tell_rows(complaints, "total_missing", told, column=by, value=told[by].astype(str).tolist())
    again = totals[by].duplicated().to_numpy() & ~blank
    told = totals[again]
    tell_rows(complaints, "total_twice", told, column=by, value=told[by].astype(str).tolist())
    return totals[~(blank | again)]


def _shared_out(
    zones: gpd.GeoDataFrame,
    totals: pd.DataFrame,
    takers: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    people: NDArray[np.int64],
) -> gpd.GeoDataFrame:
    """Return the zones with shares of the people, and of each part of them, put in.

    ``takers``: positions of the zones that take a share, their groups and weights.
    """
    out = zones.copy(deep=False)
    at, group, weights = takers
    members = np.bincount(group, minlength=len(totals))
    shares = {"population": apportion(np.where(members > 0, people, 0), weights, group)}
    _set(out, "population", at, shares["population"])
    for column, parent in _PARENTS.items():
        told = numbers_of(totals, column)
        told[members == 0] = np.nan
        given = ~np.isnan(told)
        if not given.any():
            continue
        part = np.nan_to_num(told).astype(np.int64)
        shares[column] = apportion(part, shares.get(parent, shares["population"]), group)
        mine = given[group]
        _set(out, column, at[mine], shares[column][mine])
    return _with_origin(out, at)


def _with_origin(zones: gpd.GeoDataFrame, at: NDArray[np.int64]) -> gpd.GeoDataFrame:
    zones["population_origin"] = pd.Series([None] * len(zones), index=zones.index, dtype="str")
    zones.iloc[at, zones.columns.get_loc("population_origin")] = "distributed"
    return zones


def _tell_basis(
    totals: pd.DataFrame,
    basis: NDArray[np.object_],
    members: NDArray[np.int64],
    complaints: Complaints,
) -> None:
    for name, code in (
        ("dwellings", "population_by_dwellings"),
        ("floor_area", "population_by_floor_area"),
        ("area", "population_by_area"),
    ):
        used = (basis == name) & (members > 0)
        count = int(members[used].sum())
        tell_table(complaints, code, totals[used], count=count)


_MANKIND: Final = 10**10
"""More people than there are on earth: such a raster does not hold persons."""


def distribute_raster(
    zones: gpd.GeoDataFrame, raster: Path, *, complaints: Complaints
) -> gpd.GeoDataFrame:
    """Return the zones with the people of a population raster, whole persons.

    Parameters
    ----------
    zones
        Polygons in metres.
    raster
        A GeoTIFF of persons per cell.
    complaints
        Grows by the people whose cells no zone covers.

    Returns
    -------
    geopandas.GeoDataFrame
        Same order; those inside zones and those outside add up to the raster's own total.

    Raises
    ------
    InputError
        If the packages of the extra ``raster`` are not installed or the raster cannot be used.
    """
    exact, inside, total, missed = _cells(zones, raster)
    beyond = missed > _BEYOND
    tell_rows(
        complaints,
        "raster_misses_zone",
        zones,
        at=beyond,
        value=zones["zone_id"][beyond].astype(str).tolist(),
        share=[f"{each:.0%}" for each in missed[beyond]],
        most=MANY,
    )
    if total > 0 and inside == 0 and not beyond.any():
        complaints.add("raster_elsewhere", file=raster.name)
    # Overlapping zones see the same cells; the people under their union are shared out once.
    weights = np.round(exact * _PERSON_SCALE).astype(np.int64)
    group = np.zeros(len(zones), dtype=np.int64)
    people = apportion(np.array([round(inside)]), weights, group)
    complaints.add("population_by_raster", file=raster.name, count=len(zones), people=round(inside))
    outside = round(total) - round(inside)
    if outside > 0:
        complaints.add("raster_outside_zones", file=raster.name, people=outside, total=round(total))
    out = zones.copy(deep=False)
    at = np.arange(len(zones))
    _set(out, "population", at, people)
    return _with_origin(out, at)


class _Cells(NamedTuple):
    """People under each zone, under all together, in the whole raster; share of each zone beyond it."""

    exact: NDArray[np.float64]
    inside: float
    total: float
    missed: NDArray[np.float64]


def _cells(zones: gpd.GeoDataFrame, raster: Path) -> _Cells:
    """Return what a raster says of the zones."""
    try:
        import exactextract  # noqa: PLC0415  # an extra
        import rasterio  # noqa: PLC0415
    except ImportError as missing:
        raise InputError.of("raster_extra_missing", file=raster.name) from missing
    try:
        with (
            rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"),
            rasterio.open(raster, driver="GTiff") as source,
        ):
            _check_raster(source, raster.name)
            total = _total(source)
            missed = _missed(zones, source)
            shapes = zones[["geometry"]].to_crs(source.crs)
            grid = _grid(source, shapes, raster.name)
    except (
        rasterio.errors.RasterioError,
        pyproj.exceptions.ProjError,
        UnicodeDecodeError,
    ) as fault:
        reason = str(fault).replace(str(raster), raster.name).rstrip(".")
        raise InputError.of("raster_unreadable", file=raster.name, value=reason) from fault
    if grid is None:
        return _Cells(np.zeros(len(zones)), 0.0, total, missed)
    together = shapes.dissolve()
    exact, inside = (
        exactextract.exact_extract(grid, each, ["sum"], output="pandas")["sum"]
        for each in (shapes, together)
    )
    people = np.nan_to_num(exact.to_numpy(dtype=np.float64))
    return _Cells(people, float(np.nan_to_num(inside)[0]), total, missed)


def _grid(source: Any, shapes: gpd.GeoDataFrame, file: str) -> Any:  # noqa: ANN401  # no types
    """Return the cells about the shapes as numbers in memory, ``None`` where they do not meet.

    What a damaged file says of its cells is looked at here, before the library that cuts them,
    which would not survive it, sees them.
    """
    from exactextract.raster import NumPyRasterSource  # noqa: PLC0415  # an extra
    from rasterio import windows  # noqa: PLC0415

    across, tilted, _, leaning, down, _ = tuple(source.transform)[:6]
    bounds = shapes.total_bounds
    if (
        tilted
        or leaning
        or not (across > 0 > down)
        or not np.isfinite([*bounds, *source.bounds]).all()
    ):
        raise InputError.of("raster_not_upright", file=file)
    west, south = np.maximum(bounds[:2], source.bounds[:2])
    east, north = np.minimum(bounds[2:], source.bounds[2:])
    if not (west < east and south < north):
        return None
    left, top = source.bounds[0], source.bounds[3]
    columns = (int((west - left) // across), math.ceil((east - left) / across))
    rows = (int((north - top) // down), math.ceil((south - top) / down))
    part = windows.Window.from_slices(rows, columns)
    cells = source.read(1, window=part, masked=True).astype(np.float64).filled(np.nan)
    xmin, xmax = (left + each * across for each in columns)
    ymax, ymin = (top + each * down for each in rows)
    return NumPyRasterSource(cells, xmin, ymin, xmax, ymax, srs_wkt=source.crs.to_wkt())


def _check_raster(source: Any, file: str) -> None:  # noqa: ANN401  # rasterio has no types
    """Refuse a raster without a usable system, or of more than persons."""
    if source.crs is None:
        raise InputError.of("raster_without_crs", file=file)
    if source.count != 1:
        raise InputError.of("raster_bands", file=file, value=source.count)
    system = pyproj.CRS.from_user_input(source.crs.to_wkt())
    if old := refused_datum(system):
        raise InputError.of(f"crs_{old}", file=file, value=system.name)


def _missed(zones: gpd.GeoDataFrame, source: Any) -> NDArray[np.float64]:  # noqa: ANN401  # as above
    """Return which share of each zone lies outside the raster."""
    shapes = np.asarray(zones.geometry.to_crs(source.crs).to_numpy(), dtype=object)
    covered = shapely.area(shapely.intersection(shapes, shapely.box(*source.bounds)))
    return np.asarray(1 - covered / shapely.area(shapes), dtype=np.float64)


def _total(source: Any) -> float:  # noqa: ANN401  # rasterio has no types
    """Return the people of all cells, block by block."""
    sums = []
    for _, window in source.block_windows(1):
        cells = source.read(1, window=window, masked=True).astype(np.float64)
        sums.append(float(np.ma.masked_invalid(cells).sum() or 0.0))
        if float(np.ma.masked_invalid(cells).min() or 0.0) < 0:
            raise InputError.of("raster_negative", file=Path(source.name).name)
    total = math.fsum(sums)
    if not total < _MANKIND:
        value = f"{total:.3g}"
        raise InputError.of("raster_beyond_belief", file=Path(source.name).name, value=value)
    return total


def _left_over(
    totals: pd.DataFrame,
    own: NDArray[np.float64],
    group: NDArray[np.int64],
    complaints: Complaints,
) -> NDArray[np.int64]:
    """Return what is left of each total when the zones' own counts are taken off."""
    told = totals["population"].fillna(0).to_numpy(dtype=np.int64)
    counted = np.zeros(len(totals), dtype=np.int64)
    known = (group >= 0) & ~np.isnan(own)
    np.add.at(counted, group[known], own[known].astype(np.int64))
    over = counted > told
    tell_rows(
        complaints,
        "total_below_zones",
        totals,
        at=over,
        column="population",
        value=told[over].astype(str).tolist(),
        zones=counted[over].tolist(),
    )
    return np.maximum(told - counted, 0)


def _weights(
    zones: gpd.GeoDataFrame, group: NDArray[np.int64], open_ones: NDArray[np.int64], groups: int
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return a whole weight for each zone, and for each group what the weight is."""
    area = shapely.area(np.asarray(zones.geometry.to_numpy(), dtype=object))
    weights = np.round(area * _AREA_SCALE).astype(np.int64)
    basis = np.full(groups, "area", dtype=object)
    for name, values in (
        ("floor_area", numbers_of(zones, "floor_area_m2") * _AREA_SCALE),
        ("dwellings", numbers_of(zones, "dwellings")),
    ):
        complete = np.ones(groups, dtype=np.bool_)
        complete[group[open_ones][~(values[open_ones] >= 0)]] = False
        some = np.zeros(groups, dtype=np.bool_)
        some[group[open_ones][values[open_ones] > 0]] = True
        use = complete & some
        mine = (group >= 0) & use[group] & ~np.isnan(values)
        weights[mine] = np.round(values[mine]).astype(np.int64)
        basis[use] = name
    return weights, basis


def _set(
    zones: gpd.GeoDataFrame, column: str, at: NDArray[np.int64], values: NDArray[np.int64]
) -> None:
    empty = pd.Series([None] * len(zones), index=zones.index, dtype="Int64")
    series = zones[column].astype("Int64").copy() if column in zones else empty
    series.iloc[at] = values
    zones[column] = series
