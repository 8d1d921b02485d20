"""What must be settled before anything is reckoned: each zone's category and its population."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from capacity_planner.errors import RuleNotInForceError
from capacity_planner.loaders.joining.names import match_names, plain_name
from capacity_planner.loaders.matching import nearest_of
from capacity_planner.loaders.tell import tell_rows, tell_table

if TYPE_CHECKING:
    import datetime as dt

    import geopandas as gpd
    from numpy.typing import NDArray

    from capacity_planner.county import Choices
    from capacity_planner.errors import Complaints
    from capacity_planner.policy import Policy

__all__ = [
    "settle_categories",
    "settle_facilities",
    "settle_population",
    "village_keys",
    "with_codes",
]

_TOLD: Final = 50
_FEW: Final = 10


def settle_categories(
    zones: gpd.GeoDataFrame, *, policy: Policy, choices: Choices, complaints: Complaints
) -> gpd.GeoDataFrame:
    """Return zones that all have a category, with ``category_origin``.

    A zone is what its file says; else it is new when its planning permission (else its delivery)
    is dated on or after the first day of the county's rule for new areas; else what the county
    chose for zones without either.

    Parameters
    ----------
    zones
        With ``category``, ``permitted_on``, ``delivered_on``.
    policy
        Whose rule ``ratio_new`` starts on a known day.
    choices
        ``undated``: ``refuse``, ``existing`` or ``new``.
    complaints
        Grows by every zone whose category was reckoned or refused.

    Returns
    -------
    gpd.GeoDataFrame
        Same rows; ``category_origin`` is ``filed``, ``dated`` or ``undated``.
    """
    settled = zones.copy(deep=False)
    filed = settled["category"].notna()
    default = "category" in zones.attrs.get("defaults", ())
    origin = pd.Series("default" if default else "filed", index=settled.index, dtype="str")
    dated = settled["permitted_on"].fillna(settled["delivered_on"])
    open_cases = ~filed & dated.notna()
    if open_cases.any():
        start = _start(policy, complaints)
        if start is not None:
            new = dated >= pd.Timestamp(start)
            settled.loc[open_cases & new, "category"] = "new"
            settled.loc[open_cases & ~new, "category"] = "existing"
            _tell_coarse(settled, open_cases, dated, start, complaints)
        origin[open_cases] = "dated"
        tell_rows(
            complaints,
            "category_dated",
            settled[open_cases].head(1),
            count=int(open_cases.sum()),
            start=start,
        )
    _tell_contradicted(settled, filed & dated.notna(), dated, policy, complaints)
    bare = ~filed & dated.isna()
    if bare.any() and choices.undated == "refuse":
        tell_rows(complaints, "category_missing", settled[bare], column="category", most=_TOLD)
    elif bare.any():
        settled.loc[bare, "category"] = choices.undated
        origin[bare] = "undated"
        tell_rows(
            complaints,
            "category_undated",
            settled[bare].head(1),
            count=int(bare.sum()),
            read=choices.undated,
        )
    settled["category_origin"] = origin
    return settled


def _tell_contradicted(
    zones: gpd.GeoDataFrame,
    both: pd.Series,
    dated: pd.Series,
    policy: Policy,
    complaints: Complaints,
) -> None:
    """Tell zones filed as new that are older than the rule, and as built that are younger."""
    if not both.any():
        return
    try:
        start = pd.Timestamp(policy.start("ratio_new"))
    except (RuleNotInForceError, LookupError):
        return
    new, built = (
        zones["category"].isin(words).to_numpy() for words in (["new"], ["existing", "old_town"])
    )
    wrong = both.to_numpy() & np.where((dated >= start).to_numpy(), built, new)
    if not wrong.any():
        return
    tell_rows(
        complaints,
        "category_differs_from_date",
        zones,
        at=wrong,
        column="category",
        value=zones["category"][wrong].tolist(),
        most=_FEW,
        date=dated[wrong].dt.strftime("%Y-%m-%d").tolist(),
        start=start.date().isoformat(),
    )


def settle_facilities(facilities: gpd.GeoDataFrame, *, complaints: Complaints) -> gpd.GeoDataFrame:
    """Return facilities that all have a type and a status, and a filing where no file tells of it.

    Parameters
    ----------
    facilities
        With ``type``, ``status``, ``filed`` and ``slots``.
    complaints
        Grows by one warning for each of the three that was not stated, with facilities and slots.

    Returns
    -------
    gpd.GeoDataFrame
        Same rows. A facility without type is taken for a centre, one without status for one that
        operates. Where the whole table has no ``filed``, all are taken as filed; where it has, a
        blank stays blank, and the slots do not count as filed.
    """
    settled = facilities.copy(deep=False)
    for column, read in (("type", "centre"), ("status", "operating"), ("filed", True)):
        blank = settled[column].isna().to_numpy()
        stated = column in facilities.attrs.get("headings", {})
        if column == "filed" and stated:
            _tell_unfiled(facilities, blank, complaints)
            continue
        if not blank.any():
            continue
        settled.loc[blank, column] = read
        if complaints.has_errors_in(str(facilities["source_file"].iloc[0])):
            continue  # what looks blank may be what was refused
        tell = tell_table if blank.all() else tell_rows
        tell(
            complaints,
            f"facility_{column}_unstated",
            facilities[blank].head(1),
            column=column,
            count=int(blank.sum()),
            slots=int(facilities["slots"][blank].sum()),
        )
    return settled


def _tell_unfiled(
    facilities: gpd.GeoDataFrame, blank: NDArray[np.bool_], complaints: Complaints
) -> None:
    """Tell facilities that leave open whether they have filed, among others that say so."""
    slots = int(facilities["slots"][blank].sum())
    if slots:
        first, count = np.flatnonzero(blank)[:1], int(blank.sum())
        tell_rows(
            complaints, "facility_filed_blank", facilities, at=first, column="filed", count=count,
            slots=slots,
        )  # fmt: skip


def _start(policy: Policy, complaints: Complaints) -> dt.date | None:
    try:
        return policy.start("ratio_new")
    except (RuleNotInForceError, LookupError):
        complaints.add("category_without_rule", value=policy.id)
        return None


def _tell_coarse(
    zones: gpd.GeoDataFrame,
    open_cases: pd.Series,
    dated: pd.Series,
    start: dt.date,
    complaints: Complaints,
) -> None:
    """Refuse to date by a month alone a zone of the very month in which the rule starts."""
    months = zones.attrs.get("months", frozenset())
    if start.day == 1 or not months:
        return
    same = (dated.dt.year == start.year) & (dated.dt.month == start.month)
    rows = zones["source_row"].isin(months)
    coarse = open_cases & same & rows & (dated.dt.day == 1)
    if coarse.any():
        tell_rows(complaints, "date_too_coarse", zones[coarse], column="permitted_on", start=start)


def settle_population(
    zones: gpd.GeoDataFrame, *, choices: Choices, complaints: Complaints
) -> gpd.GeoDataFrame:
    """Return zones that all have a population, with ``population_origin``.

    Parameters
    ----------
    zones
        With ``population``, ``migrant_population``, ``dwellings`` and perhaps
        ``population_origin`` where totals were distributed.
    choices
        ``population_base``: with ``registered`` the migrants are added, and a zone without their
        number is refused. ``persons_per_dwelling``: exact; a zone without a population is planned
        as ``ceil(dwellings × persons_per_dwelling)``, never rounded down.
    complaints
        Grows by every zone that was planned or refused.

    Returns
    -------
    gpd.GeoDataFrame
        Same rows; ``population_origin`` is ``counted``, ``planned`` or ``distributed``.
    """
    settled = zones.copy(deep=False)
    if "population_origin" not in settled:
        settled["population_origin"] = pd.Series("counted", index=settled.index, dtype="str")
    settled["population_origin"] = settled["population_origin"].fillna("counted")
    if choices.population_base == "registered":
        settled = _with_migrants(settled, complaints)
    return _planned(settled, choices.persons_per_dwelling, complaints)


def _with_migrants(zones: gpd.GeoDataFrame, complaints: Complaints) -> gpd.GeoDataFrame:
    counted = zones["population"].notna() & (zones["population_origin"] == "counted")
    bare = counted & zones["migrant_population"].isna()
    if bare.any():
        tell_rows(
            complaints,
            "migrant_population_missing",
            zones[bare],
            column="migrant_population",
            most=_TOLD,
        )
    both = counted & ~bare
    zones.loc[both, "population"] = zones["population"][both] + zones["migrant_population"][both]
    return zones


def _planned(
    zones: gpd.GeoDataFrame, factor: Decimal | None, complaints: Complaints
) -> gpd.GeoDataFrame:
    blank = zones["population"].isna() & ~_refused(zones, complaints)
    if not blank.any():
        return zones
    plannable = blank & zones["dwellings"].notna()
    if (blank & ~plannable).any():
        tell_rows(
            complaints,
            "population_missing",
            zones[blank & ~plannable],
            column="population",
            most=_TOLD,
        )
    if not plannable.any():
        return zones
    if factor is None:
        tell_rows(
            complaints,
            "persons_per_dwelling_missing",
            zones[plannable],
            column="dwellings",
            most=_TOLD,
        )
        return zones
    num, den = Decimal(factor).as_integer_ratio()
    dwellings = zones["dwellings"][plannable].to_numpy(dtype=object)
    planned = np.array([-(-int(count) * num // den) for count in dwellings], dtype=np.int64)
    zones.loc[plannable, "population"] = planned
    zones.loc[plannable, "population_origin"] = "planned"
    tell_rows(
        complaints, "population_planned", zones[plannable].head(1),
        column="dwellings", count=int(plannable.sum()), factor=str(factor), persons=int(planned.sum()),
    )  # fmt: skip
    return zones


def _refused(zones: gpd.GeoDataFrame, complaints: Complaints) -> pd.Series:
    """Return which zones have a population that could not be read, and was told."""
    heading = zones.attrs.get("headings", {}).get("population")
    rows = {
        (each.file, each.row)
        for each in complaints
        if each.severity == "error" and each.column == heading
    }
    places = zip(zones["source_file"], zones["source_row"], strict=True) if rows else ()
    told = [place in rows for place in places] or False
    return pd.Series(told, index=zones.index, dtype=bool)


def with_codes(
    totals: pd.DataFrame, townships: gpd.GeoDataFrame, *, complaints: Complaints
) -> pd.DataFrame:
    """Return totals of townships with the townships' codes; names stand in where codes are blank.

    Parameters
    ----------
    totals
        With ``township_code`` or ``township``.
    townships
        With ``township_code`` and ``name``.
    complaints
        Grows by every total that names no township.

    Returns
    -------
    pd.DataFrame
        Same rows.
    """
    coded = totals.copy()
    blank = coded["township_code"].isna()
    names = coded["township"][blank].fillna("").astype("str").tolist()
    found = match_names(names, townships["name"].fillna("").astype("str").tolist())
    codes = townships["township_code"].tolist()
    coded.loc[blank, "township_code"] = [codes[at] if at >= 0 else pd.NA for at in found]
    lost = coded["township_code"].isna()
    if lost.any():
        told, known = coded[lost], townships["name"].fillna("").astype("str").tolist()
        value = told["township"].fillna("").astype("str").tolist()
        people = told["population"].fillna(0).astype("int64").tolist()
        tell_rows(
            complaints, "total_without_township", told, column="township", value=value,
            nearest=nearest_of(value, known), people=people,
        )  # fmt: skip
    return coded[~lost]


def village_keys(rows: pd.DataFrame) -> pd.Series:
    """Return what tells the villages of a county apart: township and name; a township alone where blank.

    Parameters
    ----------
    rows
        Zones or totals, with ``township_code`` and ``village``.

    Returns
    -------
    pd.Series
        Texts, same index.

    Examples
    --------
    >>> rows = pd.DataFrame({"township_code": ["511724001"], "village": ["东湖 社区"]}, dtype="str")
    >>> village_keys(rows).tolist()
    ['511724001 东湖社区']
    """
    names = [plain_name(each) for each in rows["village"].fillna("").astype("str")]
    keys = [
        f"{code} {name}".strip() for code, name in zip(rows["township_code"], names, strict=True)
    ]
    return pd.Series(keys, index=rows.index, dtype="str")
