"""Rows that belong together: zones and facilities to townships, people to zones; nobody is lost."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from capacity_planner.loaders.names import AMBIGUOUS, UNKNOWN, match_names, plain_name
from capacity_planner.loaders.tell import MANY, tell_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints

__all__ = ["COUNTS", "assign_townships", "join_population", "locate_facilities"]

COUNTS: Final = ("population", "children_u3", "migrant_u3", "migrant_population")
"""Counts of people that a population table can bring to the zones."""

_NONE: Final = -1
_CODE_TAIL: Final = "000"
_UNNAMED: Final = "unassigned"


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
        Zones in the same order with ``township_code`` filled; townships.

    Notes
    -----
    What a zone declares decides, its code before its name; where it declares nothing that is known,
    the township with which it shares the largest area.
    """
    codes, names = _texts(zones, "township_code"), _texts(zones, "township")
    if townships is None:
        townships = _derive(zones, codes, names, complaints)
    declared = _declared(zones, townships, codes, names, complaints)
    spatial, shares = _largest_share(zones, townships)
    _tell_disagreement(zones, townships, declared, spatial, shares, complaints)
    lost = (declared == UNKNOWN) & (spatial == _NONE)
    tell_rows(
        complaints,
        "zone_without_township",
        zones[lost],
        column="township_code",
        value=_texts(zones[lost], "zone_id").tolist(),
    )
    chosen = np.where(declared >= 0, declared, spatial)
    known = _texts(townships, "township_code")
    settled = np.where(chosen >= 0, known[chosen] if len(known) else "", "")
    out = zones.copy()
    out["township_code"] = pd.Series(settled, index=zones.index, dtype="str")
    return out, townships


def locate_facilities(
    facilities: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    *,
    complaints: Complaints,
) -> gpd.GeoDataFrame:
    """Return the facilities with the code of the township that each lies in, else empty.

    Parameters
    ----------
    facilities
        Points in metres or ``None``; ``zone_id`` names the zone a facility is on site for.
    townships
        Polygons or ``None``.
    zones
        With ``township_code``: they tell the township where townships have no shape.
    complaints
        Grows by facilities that name an unknown zone.

    Returns
    -------
    geopandas.GeoDataFrame
        Same order, with ``township_code``.
    """
    points = np.asarray(facilities.geometry.to_numpy(), dtype=object)
    codes = _texts(townships, "township_code")
    inside = _first_holder(points, np.asarray(townships.geometry.to_numpy(), dtype=object))
    found = np.where(inside >= 0, codes[inside] if len(codes) else "", "")
    zone_codes = _texts(zones, "township_code")
    in_zone = _first_holder(points, np.asarray(zones.geometry.to_numpy(), dtype=object))
    named = _texts(facilities, "zone_id")
    on_site = (
        pd.Index(_texts(zones, "zone_id")).get_indexer(pd.Index(named)) if len(zones) else in_zone
    )
    for at in (in_zone, on_site):
        open_ones = (found == "") & (at >= 0)
        found[open_ones] = zone_codes[at[open_ones]]
    unknown = (named != "") & (on_site < 0)
    tell_rows(
        complaints,
        "facility_zone_unknown",
        facilities[unknown],
        column="zone_id",
        value=named[unknown].tolist(),
        nearest=[_nearest(each, _texts(zones, "zone_id")) for each in named[unknown]],
    )
    out = facilities.copy()
    out["township_code"] = pd.Series(found, index=facilities.index, dtype="str")
    return out


def join_population(
    zones: gpd.GeoDataFrame, population_rows: pd.DataFrame, *, complaints: Complaints
) -> gpd.GeoDataFrame:
    """Return the zones with the counts of a population table; nobody is lost on the way.

    Parameters
    ----------
    zones
        With ``zone_id`` and perhaps counts of their own.
    population_rows
        With ``zone_id`` and the counts of :data:`COUNTS`, persons.
    complaints
        Grows by rows without zone (an error that says how many people they hold), zones without
        row, zones with two rows, and counts that the zones' own file gives differently.

    Returns
    -------
    geopandas.GeoDataFrame
        Same order; ``population_origin`` is ``counted`` where the table gave a number.
    """
    out = zones.copy()
    ids = _texts(population_rows, "zone_id")
    known = pd.Index(_texts(zones, "zone_id"))
    at = known.get_indexer(pd.Index(ids)) if known.is_unique else _first_positions(known, ids)
    totals = _totals(population_rows, at)
    _tell_unjoined(zones, population_rows, ids, at, totals, complaints)
    again = (at >= 0) & pd.Series(at).duplicated().to_numpy()
    repeated = population_rows[again]
    tell_rows(
        complaints,
        "population_row_twice",
        repeated,
        column="zone_id",
        value=ids[again].tolist(),
        people=_counts(repeated, "population").tolist(),
    )
    use = (at >= 0) & ~again
    for column in COUNTS:
        if column in population_rows:
            out[column] = _filled(out, population_rows[use], column, at[use], complaints)
    return out


def _texts(frame: pd.DataFrame, column: str) -> NDArray[np.object_]:
    """Return a column as trimmed texts, empty where it has nothing."""
    if column not in frame:
        return np.full(len(frame), "", dtype=object)
    return frame[column].astype("str").fillna("").str.strip().to_numpy(dtype=object)


def _counts(frame: pd.DataFrame, column: str) -> NDArray[np.int64]:
    if column not in frame:
        return np.zeros(len(frame), dtype=np.int64)
    return frame[column].fillna(0).to_numpy(dtype=np.int64)


# --- zones to townships


def _derive(
    zones: gpd.GeoDataFrame,
    codes: NDArray[np.object_],
    names: NDArray[np.object_],
    complaints: Complaints,
) -> gpd.GeoDataFrame:
    """Return the townships that zones declare, without shapes."""
    blank = (codes == "") & (names == "")
    tell_rows(complaints, "townships_derived", zones.iloc[:1].assign(source_row=None))
    tell_rows(complaints, "zone_names_no_township", zones[blank], most=MANY)
    codes[blank], names[blank] = _UNNAMED, "未注明乡镇"
    plain = np.array([plain_name(each) for each in names], dtype=object)
    keyed = pd.DataFrame({"code": codes, "name": plain})
    with_code = keyed[keyed["code"] != ""].drop_duplicates("code")
    named = set(with_code["name"])
    without = keyed[(keyed["code"] == "") & ~keyed["name"].isin(named)].drop_duplicates("name")
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
            "source_file": _texts(zones, "source_file")[:1].repeat(count),
            "source_row": pd.Series([None] * count, dtype="Int64"),
        },
        geometry=gpd.GeoSeries([None] * count, crs=zones.crs),
    )


def _declared(
    zones: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame,
    codes: NDArray[np.object_],
    names: NDArray[np.object_],
    complaints: Complaints,
) -> NDArray[np.int64]:
    """Return the township that each zone declares, ``int64[z]``, -1 where none that is known."""
    by_code = _by_code(codes, _texts(townships, "township_code"))
    by_name = _by_name(zones, names, _texts(townships, "name"), complaints, asked=by_code < 0)
    differ = (by_code >= 0) & (by_name >= 0) & (by_code != by_name)
    told = [f"{code} / {name}" for code, name in zip(codes[differ], names[differ], strict=True)]
    tell_rows(
        complaints,
        "township_code_and_name_differ",
        zones[differ],
        column="township_code",
        value=told,
        most=MANY,
    )
    declared = np.where(by_code >= 0, by_code, by_name)
    lost = (declared < 0) & ((codes != "") | (names != ""))
    value = np.where(names[lost] != "", names[lost], codes[lost])
    known = np.concatenate([_texts(townships, "name"), _texts(townships, "township_code")])
    hints = {each: _nearest(each, known) for each in set(value.tolist())}
    tell_rows(
        complaints,
        "township_unknown",
        zones[lost],
        column="township",
        value=value.tolist(),
        nearest=[hints[each] for each in value.tolist()],
        most=MANY,
    )
    return np.asarray(declared, dtype=np.int64)


def _by_code(codes: NDArray[np.object_], known: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return positions of codes; 511724101 and 511724101000 are one township."""

    def short(code: str) -> str:
        return code[: -len(_CODE_TAIL)] if len(code) == 12 and code.endswith(_CODE_TAIL) else code  # noqa: PLR2004

    positions = {short(code): at for at, code in reversed(list(enumerate(known)))}
    unique, inverse = np.unique(codes.astype(str), return_inverse=True)
    found = [
        positions.get(short(plain_name(each)), UNKNOWN) if each else UNKNOWN for each in unique
    ]
    return np.array(found, dtype=np.int64)[inverse]


def _by_name(
    zones: gpd.GeoDataFrame,
    names: NDArray[np.object_],
    known: NDArray[np.object_],
    complaints: Complaints,
    *,
    asked: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return positions of names; a name read otherwise than to the letter is told once."""
    unique, first, inverse, count = np.unique(
        names.astype(str), return_index=True, return_inverse=True, return_counts=True
    )
    found = np.array(match_names(unique.tolist(), known.tolist()), dtype=np.int64)
    found[unique == ""] = UNKNOWN
    needed = np.zeros(len(unique), dtype=np.bool_)
    needed[inverse[asked]] = True
    changed = (found >= 0) & needed
    changed &= unique != np.where(found >= 0, known[found] if len(known) else "", "").astype(str)
    for code, which in (
        ("township_name_read", changed),
        ("township_name_ambiguous", (found == AMBIGUOUS) & needed),
    ):
        tell_rows(
            complaints,
            code,
            zones.iloc[first[which]],
            column="township",
            value=unique[which].tolist(),
            read=known[np.maximum(found[which], 0)].tolist() if len(known) else [],
            count=count[which].tolist(),
        )
    return np.maximum(found, UNKNOWN)[inverse]


def _largest_share(
    zones: gpd.GeoDataFrame, townships: gpd.GeoDataFrame
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the township that covers most of each zone, and which share of it."""
    cells = np.asarray(townships.geometry.to_numpy(), dtype=object)
    shapes = np.asarray(zones.geometry.to_numpy(), dtype=object)
    best = np.full(len(shapes), _NONE, dtype=np.int64)
    share = np.zeros(len(shapes))
    if shapely.is_missing(cells).all() or not len(shapes):
        return best, share
    tree = shapely.STRtree(shapes)
    cell, zone = tree.query(cells, predicate="contains")
    best[zone[::-1]], share[zone] = cell[::-1], 1.0
    open_ones = np.flatnonzero(best == _NONE)
    cell, zone = shapely.STRtree(shapes[open_ones]).query(cells, predicate="intersects")
    zone = open_ones[zone]
    area = shapely.area(shapely.intersection(cells[cell], shapes[zone]))
    order = np.lexsort((-cell, area))
    best[zone[order]] = cell[order]
    share[zone[order]] = (area / shapely.area(shapes[zone]))[order]
    best[share == 0] = _NONE
    return best, share


def _tell_disagreement(
    zones: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame,
    declared: NDArray[np.int64],
    spatial: NDArray[np.int64],
    shares: NDArray[np.float64],
    complaints: Complaints,
) -> None:
    names = _texts(townships, "name")
    differ = (declared >= 0) & (spatial >= 0) & (declared != spatial)
    tell_rows(
        complaints,
        "township_differs_from_map",
        zones[differ],
        column="township_code",
        value=_texts(zones, "zone_id")[differ].tolist(),
        most=MANY,
        declared=names[declared[differ]].tolist(),
        spatial=names[spatial[differ]].tolist(),
        share=[f"{each:.0%}" for each in shares[differ]],
    )


def _first_holder(points: NDArray[np.object_], shapes: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return the first shape that each point lies in or on, -1 where none does."""
    holder = np.full(len(points), _NONE, dtype=np.int64)
    point, shape = shapely.STRtree(shapes).query(points, predicate="intersects")
    order = np.argsort(-shape, kind="stable")
    holder[point[order]] = shape[order]
    return holder


def _nearest(value: str, known: NDArray[np.object_]) -> str:
    close = difflib.get_close_matches(value, [str(each) for each in known], n=1)
    return close[0] if close else "—"


# --- people to zones


def _first_positions(known: pd.Index[str], ids: NDArray[np.object_]) -> NDArray[np.int64]:
    first = {each: at for at, each in reversed(list(enumerate(known)))}
    return np.array([first.get(each, _NONE) for each in ids], dtype=np.int64)


def _totals(rows: pd.DataFrame, at: NDArray[np.int64]) -> dict[str, int]:
    people = _counts(rows, "population")
    return {"before": int(people.sum()), "joined": int(people[at >= 0].sum())}


def _tell_unjoined(
    zones: gpd.GeoDataFrame,
    rows: pd.DataFrame,
    ids: NDArray[np.object_],
    at: NDArray[np.int64],
    totals: dict[str, int],
    complaints: Complaints,
) -> None:
    lost = at < 0
    known = _texts(zones, "zone_id")
    few = ids[lost][: MANY * MANY]  # comparing every stray id with every zone would take minutes
    hints = {each: _nearest(each, known) if len(known) < 20_000 else "—" for each in set(few)}  # noqa: PLR2004
    tell_rows(
        complaints,
        "population_without_zone",
        rows[lost],
        column="zone_id",
        value=ids[lost].tolist(),
        people=_counts(rows[lost], "population").tolist(),
        nearest=[hints.get(each, "—") for each in ids[lost]],
        before=totals["before"],
        joined=totals["joined"],
    )
    missing = np.ones(len(zones), dtype=np.bool_)
    missing[at[at >= 0]] = False
    empty = zones["population"].isna().to_numpy() if "population" in zones else missing
    tell_rows(
        complaints,
        "zone_without_population_row",
        zones[missing & empty],
        value=known[missing & empty].tolist(),
        most=MANY,
        before=totals["before"],
        joined=totals["joined"],
    )


def _filled(
    zones: gpd.GeoDataFrame,
    rows: pd.DataFrame,
    column: str,
    at: NDArray[np.int64],
    complaints: Complaints,
) -> pd.Series[int]:
    """Return a count of the zones with the table's numbers put in."""
    empty = pd.Series([None] * len(zones), index=zones.index, dtype="Int64")
    own = zones[column].astype("Int64").copy() if column in zones else empty
    given = rows[column].notna().to_numpy()
    told, place = rows[column][given].astype("Int64"), at[given]
    before = own.iloc[place]
    differ = (before.notna().to_numpy()) & (before.fillna(-1).to_numpy() != told.to_numpy())
    tell_rows(
        complaints,
        "population_given_twice",
        rows[given][differ],
        column=column,
        value=told[differ].astype(str).tolist(),
        zone=_texts(rows[given][differ], "zone_id").tolist(),
        other=[int(each) for each in before[differ]],
        most=MANY,
    )
    own.iloc[place] = told.to_numpy()
    return own
