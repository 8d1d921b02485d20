"""What a county knows of its walks: ready distances or minutes, and the gates of its zones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capacity_planner.loaders.tell import MANY, tell_rows

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from capacity_planner.county import CountyFolder
    from capacity_planner.errors import Complaints
    from capacity_planner.loaders.records.inputs import Records

__all__ = ["settle_distances", "settle_gates"]


def settle_distances(
    folder: CountyFolder,
    records: Records | None,
    facility_ids: pd.Series[str],
    zone_ids: pd.Series[str],
    *,
    complaints: Complaints,
) -> pd.DataFrame | None:
    """Return the county's own distances in metres; minutes become metres by the chosen pace.

    A blank distance says that there is no way; so does a pair without a row.

    Parameters
    ----------
    folder
        The county folder.
    records
        Its ``distances``, if it sends any.
    facility_ids, zone_ids
        What the county has.
    complaints
        Grows by negative distances, rows of unknown facilities or zones, and pairs sent twice.

    Returns
    -------
    pd.DataFrame or None
        Sorted by facility and zone.
    """
    if records is None:
        return None
    frame = records.frame
    below = (frame["distance_m"] < 0).fillna(value=False).to_numpy(dtype=bool)
    shown = frame["distance_m"][below].astype(str).tolist()
    tell_rows(complaints, "distance_negative", frame, at=below, column="distance_m", value=shown)
    for column, ids in (("facility_id", facility_ids), ("zone_id", zone_ids)):
        lost = (frame[column].notna() & ~frame[column].isin(ids)).to_numpy(dtype=bool)
        named = frame[column][lost].astype(str).tolist()
        tell_rows(
            complaints, "distance_of_unknown", frame, at=lost, column=column, value=named, most=MANY
        )
    twice = frame.duplicated(["facility_id", "zone_id"]).to_numpy(dtype=bool)
    pairs = (frame["facility_id"] + " – " + frame["zone_id"])[twice].astype(str).tolist()
    tell_rows(complaints, "distance_doubled", frame, at=twice, value=pairs, most=MANY)
    pace = folder.choices.walking_m_per_min if folder.tables["distances"].unit == "min" else 1
    metres = frame.drop(columns="source_sheet").assign(distance_m=frame["distance_m"] * pace)
    metres.attrs = {}
    return metres.sort_values(["facility_id", "zone_id"], kind="stable").reset_index(drop=True)


def settle_gates(
    gates: gpd.GeoDataFrame | None, zone_ids: pd.Series[str], *, complaints: Complaints
) -> gpd.GeoDataFrame | None:
    """Return the gates sorted by zone.

    Parameters
    ----------
    gates
        With places, in the measuring CRS, if the county sends any.
    zone_ids
        What the county has.
    complaints
        Grows by gates of unknown zones.

    Returns
    -------
    gpd.GeoDataFrame or None
        Sorted by zone, then as sent.
    """
    if gates is None or "zone_id" not in gates:
        return None
    lost = ~gates["zone_id"].isin(zone_ids).to_numpy(dtype=np.bool_)
    named = gates["zone_id"][lost].astype(str).tolist()
    tell_rows(complaints, "gate_zone_unknown", gates, at=lost, column="zone_id", value=named)
    bare = gates.drop(columns=["source_sheet", "lon", "lat"], errors="ignore")
    bare.attrs = {}
    return bare.sort_values("zone_id", kind="stable").reset_index(drop=True)
