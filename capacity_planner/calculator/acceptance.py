"""The hand-over check: a new zone's facility against its housing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capacity_planner.calculator.arrays import Bools, Days, Ints, Words


@dataclass(frozen=True, slots=True)
class Handover:
    """State (``str[z]``), days of delay and facility that stands for the zone (``int64[z]``, -1)."""

    state: Words
    days: Ints
    facility: Ints


def handover(
    *,
    is_new: Bools,
    zone_accepted_on: Days,
    zone_delivered_on: Days,
    on_site_zone: Ints,
    facility_accepted_on: Days,
    facility_handed_over_on: Days,
    closed: Bools,
    as_of: np.datetime64,
) -> Handover:
    """Return whether each new zone's facility was accepted and handed over with the housing.

    Parameters
    ----------
    is_new
        Which zones are new, ``bool[z]``; the others get an empty state.
    zone_accepted_on, zone_delivered_on
        The housing's dates, ``datetime64[z]``, ``NaT`` where not given.
    on_site_zone
        Zone in which each facility stands or which it is for, ``int64[f]``, -1 none.
    facility_accepted_on, facility_handed_over_on
        The facility's dates, ``datetime64[f]``, ``NaT`` where not given.
    closed
        Facilities that no longer exist at the date, ``bool[f]``.
    as_of
        The date of the check.

    Returns
    -------
    Handover
        ``missing`` (no facility on site), ``unknown`` (a date that decides is missing), ``planned``
        (the housing is not delivered yet), ``late`` with days, or ``together``. Of several facilities
        on site the one in the best state stands for the zone.

    Notes
    -----
    同步验收、同步交付, 竹府办〔2021〕57号 二(二)1: each of the facility's two dates against the same
    date of the housing; the longer delay counts.

    Examples
    --------
    >>> day = lambda *words: np.array(words, dtype="datetime64[s]")
    >>> found = handover(
    ...     is_new=np.array([True]), zone_accepted_on=day("2023-05-01"), zone_delivered_on=day("2023-06-01"),
    ...     on_site_zone=np.array([0]), facility_accepted_on=day("2023-05-01"),
    ...     facility_handed_over_on=day("2023-07-01"), closed=np.array([False]), as_of=day("2025-12-31")[0])
    >>> found.state.tolist(), found.days.tolist()
    (['late'], [30])
    """
    n = len(is_new)
    state = np.where(is_new, "missing", "").astype("U12")
    days = np.zeros(n, dtype=np.int64)
    facility = np.full(n, -1, dtype=np.int64)
    best: dict[int, tuple[int, int]] = {}
    standing = np.flatnonzero((on_site_zone >= 0) & ~closed)
    for at in standing[is_new[on_site_zone[standing]]]:
        zone = int(on_site_zone[at])
        word, late = _compare_dates(
            (zone_accepted_on[zone], facility_accepted_on[at]),
            (zone_delivered_on[zone], facility_handed_over_on[at]),
            as_of,
        )
        rank = _HANDOVER_RANK[word], late
        if zone not in best or rank < best[zone]:
            best[zone], state[zone], days[zone], facility[zone] = rank, word, late, at
    ahead = is_new & (state == "missing") & (zone_delivered_on > as_of)
    state[ahead] = "planned"
    return Handover(state, days, facility)


_HANDOVER_RANK: Final[Mapping[str, int]] = {"together": 0, "planned": 1, "late": 2, "unknown": 3}


def _compare_dates(
    accepted: tuple[np.datetime64, np.datetime64],
    delivered: tuple[np.datetime64, np.datetime64],
    as_of: np.datetime64,
) -> tuple[str, int]:
    """Return the state and the longer delay in days; each pair is (housing, facility)."""
    if delivered[0] > as_of:  # housing that is not delivered yet need not be accepted either
        return "planned", 0
    if np.isnat([*accepted, *delivered]).any():
        return "unknown", 0
    late = max(int((own - house) / np.timedelta64(1, "D")) for house, own in (accepted, delivered))
    return ("late", late) if late > 0 else ("together", 0)
