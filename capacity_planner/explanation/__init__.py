"""Why this number: the derivation of a figure as lines that lead to clauses and source rows.

A line is a key of the labels catalogue and its values; console, page and notebook render the same
lines in either language. A value that is itself a word of the catalogue is a :class:`Word`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from capacity_planner.explanation.choices import choice_rows, tell_choices
from capacity_planner.explanation.facilities import Facilities
from capacity_planner.explanation.lines import Explanation, Line, Value, Word
from capacity_planner.explanation.townships import Townships
from capacity_planner.explanation.zones import Zones

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from capacity_planner.assessment import Gaps

Kind: TypeAlias = Literal["zone", "facility", "township"]

__all__ = [
    "Explanation",
    "Facilities",
    "Kind",
    "Line",
    "Townships",
    "Value",
    "Word",
    "Zones",
    "choice_rows",
    "explain",
    "explain_facility",
    "explain_township",
    "explain_zone",
    "tell_choices",
]


def explain(gaps: Gaps, name: str, *, kind: Kind | None = None) -> Explanation:
    """Return why whatever is called that has its figures.

    Parameters
    ----------
    gaps
        A result.
    name
        A zone's or facility's id, a township's code or name.
    kind
        What it is; found by itself if not given, a zone before a facility before a township.

    Returns
    -------
    Explanation
        As :func:`explain_zone`, :func:`explain_facility` or :func:`explain_township` gives it.

    Raises
    ------
    UnknownNameError
        If nothing is called that.
    """
    return _BY_KIND[kind or _kind_of(gaps, name)](gaps, name)


def _kind_of(gaps: Gaps, name: str) -> Kind:
    if name in set(gaps.zones["zone_id"]):
        return "zone"
    if name in set(gaps.facilities["facility_id"]):
        return "facility"
    townships = gaps.townships
    return "township" if name in {*townships["township_code"], *townships["name"]} else "zone"


def explain_zone(gaps: Gaps, zone_id: str) -> Explanation:
    """Return why a zone has its figures: population × ratio, who serves it, what is missing, duty.

    Parameters
    ----------
    gaps
        A result.
    zone_id
        The zone's id, to the letter.

    Returns
    -------
    Explanation
        In the order in which the figures arise.

    Raises
    ------
    UnknownNameError
        If there is no such zone.
    """
    return next(iter(Zones(gaps, only=gaps.zone(zone_id)["zone_id"])))


def explain_facility(gaps: Gaps, facility_id: str) -> Explanation:
    """Return where a facility's slots go, which stay unused and why.

    Parameters
    ----------
    gaps
        A result.
    facility_id
        The facility's id, to the letter.

    Returns
    -------
    Explanation
        What counts, each link, what is left over and the reason.

    Raises
    ------
    UnknownNameError
        If there is no such facility.
    """
    return next(iter(Facilities(gaps, only=gaps.facility(facility_id)["facility_id"])))


def explain_township(gaps: Gaps, code_or_name: str) -> Explanation:
    """Return a township's sums, ranges and checks.

    Parameters
    ----------
    gaps
        A result.
    code_or_name
        The township's code or name.

    Returns
    -------
    Explanation
        Requirement summed and pooled, the three parts, range, supply, migrants, zones by duty.

    Raises
    ------
    UnknownNameError
        If there is no such township.
    """
    return next(iter(Townships(gaps, only=gaps.township(code_or_name)["township_code"])))


_BY_KIND: Final[Mapping[Kind, Callable[[Gaps, str], Explanation]]] = {
    "zone": explain_zone,
    "facility": explain_facility,
    "township": explain_township,
}
