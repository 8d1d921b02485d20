"""Rows that belong together: zones and facilities to their townships.

People to zones are a room of their own, :mod:`~capacity_planner.loaders.joining.people`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from capacity_planner.loaders.joining.names import (
    AMBIGUOUS,
    UNKNOWN,
    match_names,
    plain_name,
    shown_name,
)
from capacity_planner.loaders.matching import NONE, nearest_of, shared_texts_of, texts_of
from capacity_planner.loaders.tell import MANY, ids_at, tell_rows, tell_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints

__all__ = ["assign_townships", "declared_townships", "settled"]

_MOST: Final = 0.5
_CODE_TAIL: Final = "000"
_UNNAMED: Final = "unassigned"
# What comes of broken coordinates is looked at and told; numpy need not warn of it as well.
_QUIET: Final = np.errstate(invalid="ignore", over="ignore", divide="ignore")


@_QUIET
def assign_townships(
    zones: gpd.GeoDataFrame, townships: gpd.GeoDataFrame | None, *, complaints: Complaints
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the zones, each with the code of its township, and the townships.

    Parameters
    ----------
    zones
        With ``township_code`` or ``township`` (a name) or neither; polygons in metres.
    townships
        With ``township_code`` and ``name``, polygons or ``None``; ``None`` if the county sends none:
        then they are derived from what the zones declare.
    complaints
        Grows by names that were normalised, townships that are unknown, and zones that lie mostly
        in another township than they declare.

    Returns
    -------
    tuple of geopandas.GeoDataFrame
        Zones in the same order with ``township_code`` and ``township``, its name, settled; townships.

    Notes
    -----
    What a zone declares decides, its code before its name; where it declares nothing that is known,
    the township with which it shares the largest area.
    """
    codes, names = (shared_texts_of(zones, each) for each in ("township_code", "township"))
    if townships is not None and townships.empty:
        # that the townships could not be used was told; a line for each zone would bury it
        return settled(zones, townships, np.full(len(zones), NONE)), townships
    if townships is None:
        townships = _derive(zones, codes, names, complaints)
    declared = declared_townships(zones, townships, codes, names, complaints)
    spatial, shares = _largest_share(zones, townships, guess=declared)
    _tell_disagreement(zones, townships, declared, spatial, shares, complaints)
    _tell_outside(zones, townships, spatial, complaints)
    lost = (declared == UNKNOWN) & (spatial == NONE)
    tell_rows(
        complaints,
        "zone_without_township",
        zones,
        at=lost,
        column="township_code",
        value=ids_at(zones, lost, "zones"),
    )
    return settled(zones, townships, np.where(declared >= 0, declared, spatial)), townships


def settled(
    rows: gpd.GeoDataFrame, townships: gpd.GeoDataFrame, chosen: NDArray[np.int64]
) -> gpd.GeoDataFrame:
    """Return zones or facilities with code and name of their township, empty where it is none (-1)."""
    out = rows.copy(deep=False)
    for column, theirs in (("township_code", "township_code"), ("township", "name")):
        known = pd.array([*texts_of(townships, theirs), ""], dtype="str")
        out[column] = pd.Series(known.take(np.maximum(chosen, NONE)), index=rows.index)
    return out


def _derive(
    zones: gpd.GeoDataFrame,
    codes: NDArray[np.object_],
    names: NDArray[np.object_],
    complaints: Complaints,
) -> gpd.GeoDataFrame:
    """Return the townships that zones declare, without shapes."""
    blank = (codes == "") & (names == "")
    tell_table(complaints, "townships_derived", zones)
    tell_rows(complaints, "zone_names_no_township", zones, at=blank, most=MANY)
    codes[blank], names[blank] = _UNNAMED, "未注明乡镇"
    keyed = pd.DataFrame(
        {
            "code": codes,
            "plain": [plain_name(each) for each in names],
            "name": [shown_name(each) for each in names],
        }
    )
    # of several spellings the same one is shown whatever the order of rows, and none is the last
    keyed["bare"] = keyed["name"] == ""
    keyed = keyed.sort_values(["bare", "name"], kind="stable")
    with_code = keyed[keyed["code"] != ""].drop_duplicates("code")
    named = set(with_code["plain"])
    without = keyed[(keyed["code"] == "") & ~keyed["plain"].isin(named)].drop_duplicates("plain")
    rows = pd.concat([with_code, without.assign(code=without["name"])]).sort_values("code")
    rows["name"] = rows["name"].where(rows["name"] != "", rows["code"])
    count = len(rows)
    return gpd.GeoDataFrame(
        {
            "township_code": rows["code"].astype("str").to_numpy(),
            "name": rows["name"].astype("str").to_numpy(),
            "kind": pd.Series([None] * count, dtype="str"),
            "population": pd.Series([None] * count, dtype="Int64"),
            "data_status": pd.Series(["derived"] * count, dtype="str"),
            "source_file": texts_of(zones, "source_file")[:1].repeat(count),
            "source_row": pd.Series([None] * count, dtype="Int64"),
        },
        geometry=gpd.GeoSeries([None] * count, crs=zones.crs),
    )


def declared_townships(
    rows: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame,
    codes: NDArray[np.object_],
    names: NDArray[np.object_],
    complaints: Complaints,
) -> NDArray[np.int64]:
    """Return the township that each zone or facility declares, ``int64[n]``, -1 where none is known."""
    by_code = _by_code(codes, texts_of(townships, "township_code"))
    by_name = _by_name(rows, names, texts_of(townships, "name"), complaints, asked=by_code < 0)
    differ = (by_code >= 0) & (by_name >= 0) & (by_code != by_name)
    told = [f"{code} / {name}" for code, name in zip(codes[differ], names[differ], strict=True)]
    tell_rows(
        complaints,
        "township_code_and_name_differ",
        rows,
        at=differ,
        column="township_code",
        value=told,
        most=MANY,
    )
    declared = np.where(by_code >= 0, by_code, by_name)
    lost = (declared < 0) & ((codes != "") | (names != ""))
    value = np.where(names[lost] != "", names[lost], codes[lost])
    known = np.concatenate([texts_of(townships, "name"), texts_of(townships, "township_code")])
    tell_rows(
        complaints,
        "township_unknown",
        rows,
        at=lost,
        column="township",
        value=value.tolist(),
        nearest=nearest_of(value.tolist(), known.tolist()),
        most=MANY,
    )
    return np.asarray(declared, dtype=np.int64)


def _by_code(codes: NDArray[np.object_], known: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return positions of codes; 511724101 and 511724101000 are one township."""

    def short(code: str) -> str:
        return code[: -len(_CODE_TAIL)] if len(code) == 12 and code.endswith(_CODE_TAIL) else code  # noqa: PLR2004

    positions = {short(code): at for at, code in reversed(list(enumerate(known)))}
    inverse, unique = pd.factorize(codes)
    found = [
        positions.get(short(plain_name(each)), UNKNOWN) if each else UNKNOWN for each in unique
    ]
    return np.array(found, dtype=np.int64)[inverse]


def _by_name(
    rows: gpd.GeoDataFrame,
    names: NDArray[np.object_],
    known: NDArray[np.object_],
    complaints: Complaints,
    *,
    asked: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return positions of names; a name read otherwise than to the letter is told once."""
    inverse, unique = pd.factorize(names)
    first = np.flatnonzero(~pd.Series(inverse).duplicated().to_numpy())
    count = np.bincount(inverse, minlength=len(unique))
    found = np.full(len(unique), UNKNOWN, dtype=np.int64)
    found[unique != ""] = match_names(unique[unique != ""].tolist(), known.tolist())
    needed = np.zeros(len(unique), dtype=np.bool_)
    needed[inverse[asked]] = True
    changed = (found >= 0) & needed
    changed &= unique != np.where(found >= 0, known[found] if len(known) else "", "")
    for code, which in (
        ("township_name_read", changed),
        ("township_name_ambiguous", (found == AMBIGUOUS) & needed),
    ):
        tell_rows(
            complaints,
            code,
            rows,
            at=first[which],
            column="township",
            value=unique[which].tolist(),
            read=known[np.maximum(found[which], 0)].tolist() if len(known) else [],
            count=count[which].tolist(),
        )
    return np.maximum(found, UNKNOWN)[inverse]


def _largest_share(
    zones: gpd.GeoDataFrame, townships: gpd.GeoDataFrame, *, guess: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the township that covers most of each zone, and which share of it.

    A zone that has its middle in the township it declares is there. Of the few others the township
    that was not declared is measured first: where it covers more than half, no other can.
    """
    cells = np.asarray(townships.geometry.to_numpy(), dtype=object)
    shapes = np.asarray(zones.geometry.to_numpy(), dtype=object)
    best = np.full(len(shapes), NONE, dtype=np.int64)
    share = np.zeros(len(shapes))
    if shapely.is_missing(cells).all() or not len(shapes):
        return best, share
    _keep_declared(best, share, guess, cells, shapes)
    rest = np.flatnonzero(best == NONE)
    cell, zone = shapely.STRtree(shapes[rest]).query(cells, predicate="contains")
    best[rest[zone[::-1]]], share[rest[zone]] = cell[::-1], 1.0
    split = np.flatnonzero(best == NONE)
    cell, zone = shapely.STRtree(shapes[split]).query(cells, predicate="intersects")
    zone = split[zone]
    declared = guess[zone] == cell
    for turn in (~declared, declared):
        open_ones = turn & (share[zone] <= _MOST)
        _keep_larger(best, share, (cell[open_ones], zone[open_ones]), cells, shapes)
    return best, share


def _keep_declared(
    best: NDArray[np.int64],
    share: NDArray[np.float64],
    guess: NDArray[np.int64],
    cells: NDArray[np.object_],
    shapes: NDArray[np.object_],
) -> None:
    """Let zones whose middle lies in the declared township be there, without measuring more."""
    at = np.flatnonzero((best == NONE) & (guess >= 0))
    middle = shapely.get_coordinates(shapely.centroid(shapes[at]))
    shapely.prepare(cells)
    inside = shapely.contains_xy(cells[guess[at]], middle[:, 0], middle[:, 1])
    best[at[inside]], share[at[inside]] = guess[at[inside]], 1.0


def _keep_larger(
    best: NDArray[np.int64],
    share: NDArray[np.float64],
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    cells: NDArray[np.object_],
    shapes: NDArray[np.object_],
) -> None:
    """Put the townships in that cover more of their zones than the best so far."""
    cell, zone = pairs
    covered = shapely.area(shapely.intersection(cells[cell], shapes[zone]))
    part = covered / shapely.area(shapes[zone])
    order = np.lexsort((-cell, part))  # the largest last, of equals the first township
    cell, zone, part = cell[order], zone[order], part[order]
    more = part > share[zone]
    best[zone[more]], share[zone[more]] = cell[more], part[more]


def _tell_disagreement(
    zones: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame,
    declared: NDArray[np.int64],
    spatial: NDArray[np.int64],
    shares: NDArray[np.float64],
    complaints: Complaints,
) -> None:
    names = texts_of(townships, "name")
    differ = (declared >= 0) & (spatial >= 0) & (declared != spatial)
    tell_rows(
        complaints,
        "township_differs_from_map",
        zones,
        at=differ,
        column="township_code",
        value=ids_at(zones, differ, "zones"),
        most=MANY,
        declared=names[declared[differ]].tolist(),
        spatial=names[spatial[differ]].tolist(),
        share=[f"{each:.0%}" for each in shares[differ]],
    )


def _tell_outside(
    zones: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame,
    spatial: NDArray[np.int64],
    complaints: Complaints,
) -> None:
    """Tell zones that lie in no township's shape, where all townships have one."""
    shapes = np.asarray(townships.geometry.to_numpy(), dtype=object)
    outside = np.flatnonzero(spatial == NONE)
    if not len(shapes) or shapely.is_missing(shapes).any() or not len(outside):
        return
    own = np.asarray(zones.geometry.to_numpy(), dtype=object)[outside]
    _, away = shapely.STRtree(shapes).query_nearest(own, return_distance=True, all_matches=False)
    tell_rows(
        complaints,
        "zone_outside_townships",
        zones,
        at=outside,
        value=ids_at(zones, outside, "zones"),
        distance=[round(float(each)) for each in away],
        most=MANY,
    )
