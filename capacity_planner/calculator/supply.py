"""Which slots count at a date, and why others do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from capacity_planner.calculator.arrays import Bools, Days, Ints, Words


@dataclass(frozen=True, slots=True)
class Counted:
    """What each facility gives: counted and pipeline slots (``int64[f]``), why not (``str[f]``)."""

    slots: Ints
    pipeline: Ints
    reason: Words


def counted_slots(
    slots: Ints,
    *,
    kind: Words,
    status: Words,
    filed: Bools,
    enrolled: Ints,
    opened_on: Days,
    closed_on: Days,
    as_of: np.datetime64,
    basis: str,
    home_based_cap: int | None,
) -> Counted:
    """Return the slots that count at a date, and the reason where some do not.

    Parameters
    ----------
    slots
        Design slots, ``int64[f]``.
    kind, status
        Facility type and status, ``str[f]``, in the words of the facilities table.
    filed
        Whether the record filing (备案) is done, ``bool[f]``.
    enrolled
        Children enrolled, ``int64[f]``; :data:`UNKNOWN` where not given.
    opened_on, closed_on
        ``datetime64[f]``; ``NaT`` where not given. Open from ``opened_on``, no longer on ``closed_on``.
    as_of
        The date for which slots count.
    basis
        ``"filed"``: operating and filed, design slots, home-based points at most ``home_based_cap``.
        ``"statistical"``: centres by slots, kindergarten classes and home-based points by children
        enrolled (国卫办人口函〔2021〕404号).
    home_based_cap
        Children that a home-based point may take (家庭托育点管理办法（试行）, 2023: 5); ``None`` where
        no such rule is in force.

    Returns
    -------
    Counted
        Counted and pipeline slots and reasons; an empty reason means that all slots count.

    Raises
    ------
    ValueError
        If ``basis`` is neither of the two.

    Examples
    --------
    >>> never = np.full(4, np.datetime64("NaT"), dtype="datetime64[s]")
    >>> counted_slots(
    ...     np.array([60, 40, 5, 30]),
    ...     kind=np.array(["centre", "kindergarten_class", "home_based", "early_education"]),
    ...     status=np.array(["operating"] * 4), filed=np.ones(4, bool),
    ...     enrolled=np.array([50, 25, 4, 30]), opened_on=never, closed_on=never,
    ...     as_of=np.datetime64("2025-12-31"), basis="statistical", home_based_cap=5,
    ... ).slots
    array([60, 25,  4,  0])
    """
    if basis not in {"filed", "statistical"}:
        raise ValueError(f"basis must be 'filed' or 'statistical', not {basis!r}")
    count = slots.copy()
    reason = np.full(len(slots), "", dtype="U24")
    by_enrolment = np.isin(kind, ("kindergarten_class", "home_based"))
    if basis == "statistical":
        known = enrolled >= 0
        count[by_enrolment & known] = np.minimum(enrolled, slots)[by_enrolment & known]
        reason[by_enrolment & (count < slots)] = "not_enrolled"
        _refuse(count, reason, by_enrolment & ~known, "enrolment_unknown")
    else:
        if home_based_cap is not None:
            above = (kind == "home_based") & (slots > home_based_cap)
            count[above], reason[above] = home_based_cap, "home_based_cap"
        _refuse(count, reason, ~filed, "not_filed")
    ended = (status == "closed") | (closed_on <= as_of)
    waiting = np.isin(status, ("building", "planned"))
    _refuse(count, reason, opened_on > as_of, "not_open_yet")
    _refuse(count, reason, waiting, "pipeline")
    _refuse(count, reason, ended, "closed")
    _refuse(count, reason, kind == "early_education", "early_education")
    coming = (waiting | (opened_on > as_of)) & ~ended & (kind != "early_education")
    return Counted(count, np.where(coming, slots, 0).astype(np.int64), reason)


def _refuse(count: Ints, reason: Words, where: Bools, why: str) -> None:
    count[where] = 0
    reason[where] = why
