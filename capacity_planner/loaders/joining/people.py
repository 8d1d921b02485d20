"""People to zones: every row of a population table finds its zone, or is told with its people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity_planner.loaders.joining.names import match_names
from capacity_planner.loaders.matching import counts_of, nearest_of, positions_of, texts_of
from capacity_planner.loaders.tell import MANY, tell_rows, tell_table

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity_planner.errors import Complaints

__all__ = ["COUNTS", "join_population"]

COUNTS: Final = ("population", "children_u3", "migrant_u3", "migrant_population")
"""Counts of people that a population table can bring to the zones."""


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
    out = zones.copy(deep=False)
    ids = _named_zones(zones, population_rows, complaints)
    if len(ids) and not (ids != "").any():
        tell_table(complaints, "population_needs_distribute", population_rows, column="zone_id")
        return out
    at = positions_of(ids, texts_of(zones, "zone_id"))
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
        people=counts_of(repeated, "population").tolist(),
    )
    use = (at >= 0) & ~again
    for column in COUNTS:
        if column in population_rows:
            out[column] = _filled(out, population_rows[use], column, at[use], complaints)
    return out


def _named_zones(
    zones: gpd.GeoDataFrame, rows: pd.DataFrame, complaints: Complaints
) -> NDArray[np.object_]:
    """Return the zone ids of a population table; where none is written, a name that is one zone's."""
    ids = texts_of(rows, "zone_id")
    names = texts_of(rows, "name")
    asked = np.flatnonzero((ids == "") & (names != ""))
    if not len(asked):
        return ids
    found = np.array(match_names(names[asked].tolist(), texts_of(zones, "name").tolist()))
    known = texts_of(zones, "zone_id")
    hit = found >= 0
    ids[asked[hit]] = known[found[hit]]
    ids[asked[~hit]] = names[asked[~hit]]
    tell_rows(
        complaints,
        "population_zone_by_name",
        rows,
        at=asked[hit],
        column="name",
        value=names[asked[hit]].tolist(),
        zone=known[found[hit]].tolist(),
    )
    return ids


def _totals(rows: pd.DataFrame, at: NDArray[np.int64]) -> dict[str, int]:
    people = counts_of(rows, "population")
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
    known = texts_of(zones, "zone_id")
    tell_rows(
        complaints,
        "population_without_zone",
        rows,
        at=lost,
        column="zone_id",
        value=ids[lost].tolist(),
        people=counts_of(rows[lost], "population").tolist(),
        nearest=nearest_of(ids[lost].tolist(), known.tolist()),
        before=totals["before"],
        joined=totals["joined"],
    )
    missing = np.ones(len(zones), dtype=np.bool_)
    missing[at[at >= 0]] = False
    empty = zones["population"].isna().to_numpy() if "population" in zones else missing
    tell_rows(
        complaints,
        "zone_without_population_row",
        zones,
        at=missing & empty,
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
        rows[given],
        at=differ,
        column=column,
        value=told[differ].astype(str).tolist(),
        zone=texts_of(rows[given][differ], "zone_id").tolist(),
        other=[int(each) for each in before[differ]],
        most=MANY,
    )
    own.iloc[place] = told.to_numpy()
    return own
