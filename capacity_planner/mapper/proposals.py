"""A plan's sites as a page carries them: their own layer, and what they bring each place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from capacity_planner.mapper.columns import choice_column, count_column, number_column, text_column
from capacity_planner.mapper.shapes import pack, pack_points
from capacity_planner.mapper.tables import link_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity_planner.mapper.shapes import Drawing
    from capacity_planner.planning import Plan

__all__ = ["closed_columns", "proposal_table"]

_KINDS: Final = ("own_building", "expand", "candidate", "to_find")
_MEANS: Final = ("build", "purchase", "swap", "lease", "expand")
_STATUS: Final = ("proposed",)
_TEXTS: Final = ("site_id", "name", "cost_source", "area_source")
_COUNTS: Final = ("slots", "attributed_slots", "opens_in")
_NUMBERS: Final = ("cost", "floor_m2", "land_m2")


def proposal_table(
    plan: Plan, zones: pd.Series[Any], townships: Sequence[str], drawing: Drawing, *, whole: bool
) -> dict[str, Any]:
    """Return the sites that lie in a page's townships or serve its zones.

    Parameters
    ----------
    plan
        A plan.
    zones
        Ids of the page's zones.
    townships
        Codes of the page's townships.
    drawing
        How coordinates are made.
    whole
        Whether the page shows the county, and so every site, also those in no known township.

    Returns
    -------
    dict
        ``n``, ``columns``, ``points`` of the rows ``pointed``, and the ``links`` from site to zone
        (``facility`` is the site's row) with the sites built.
    """
    links = plan.after.links[plan.after.links["zone_id"].isin(zones)]
    inside = plan.sites["township_code"].isin(list(townships))
    sites = plan.sites[whole | inside | plan.sites["site_id"].isin(links["facility_id"])]
    at = pd.Index(list(townships)).get_indexer(pd.Index(sites["township_code"]))
    columns = {name: text_column(sites[name]) for name in _TEXTS}
    columns |= {name: count_column(sites[name]) for name in _COUNTS}
    columns |= {name: number_column(sites[name]) for name in _NUMBERS}
    columns |= {
        "kind": choice_column(sites["kind"], _KINDS),
        "means": choice_column(sites["means"], _MEANS),
        "data_status": choice_column(sites["data_status"], _STATUS),
        "available_on": text_column(sites["available_on"].dt.strftime("%Y-%m-%d")),
        "township": {"pack": pack(at.astype(np.int64))},
    }
    return {
        "n": len(sites),
        "columns": columns,
        "points": pack_points(np.asarray(sites.geometry.to_numpy(), dtype=object), drawing),
        "pointed": pack(np.arange(len(sites))),
        "links": link_table(
            links[links["facility_id"].isin(sites["site_id"])], sites["site_id"], zones
        ),
    }


def closed_columns(plan: Plan, zones: pd.Series[Any], townships: Sequence[str]) -> dict[str, Any]:
    """Return what a plan closes, by zone, and by township with its sites, new slots and cost.

    Parameters
    ----------
    plan
        A plan.
    zones
        Ids of the page's zones.
    townships
        Codes of the page's townships.

    Returns
    -------
    dict
        Columns for ``zones`` and for ``townships``; cost in yuan. Where the sites change who is
        served first, a zone may lose what others gain: ``worse`` counts such slots.
    """
    left = plan.after.zones.set_index("zone_id")["shortfall"].reindex(zones)
    change = plan.before.zones.set_index("zone_id")["shortfall"].reindex(zones) - left
    towns = plan.townships.set_index("township_code").reindex(list(townships))
    return {
        "zones": {
            "closed": count_column(change.clip(lower=0)),
            "worse": count_column((-change).clip(lower=0)),
        },
        "townships": {
            "closed": count_column(towns["closed"].clip(lower=0)),
            "worse": count_column((-towns["closed"]).clip(lower=0)),
            "sites": count_column(towns["sites"]),
            "new_slots": count_column(towns["slots"]),
            "cost": number_column(towns["cost"]),
        },
    }
