"""The choices in force for one county: the project's answers, the county's, the command line's."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from capacity_planner.errors import Complaint, CountyError
from capacity_planner.policy import load_choices
from capacity_planner.settings import nearest, show

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from capacity_planner.policy import ChoiceValue

__all__ = ["Choices", "Origin", "judge_choices"]

Origin: TypeAlias = Literal["project", "county", "command", "open"]


@dataclass(frozen=True)
class Choices:
    """One field per question that the rules leave open; their meaning stands in ``choices.toml``.

    Parameters
    ----------
    radius_m
        Service radius in metres.
    distance
        ``straight`` or ``network``.
    snap_limit_m
        Farthest that a zone or facility may lie from the nearest street, in metres.
    walking_m_per_min
        Metres a minute, for distances given in minutes.
    basis
        ``filed`` or ``statistical``.
    population_base
        ``resident`` or ``registered``.
    persons_per_dwelling
        Exact; ``None`` as long as nobody has said it: there is no default.
    undated
        ``refuse``, ``existing`` or ``new``.
    facility_presence
        ``inside`` or ``reach``.
    inside_serves
        ``yes`` or ``no``.
    unknown_accepts_migrants
        ``no`` or ``yes``.
    origin
        Who decided each: ``project`` (the default), ``county``, ``command``, or ``open`` (nobody,
        and there is no default).

    Examples
    --------
    >>> choices = Choices.of({"radius_m": 500})
    >>> choices.radius_m, choices.origin["radius_m"], choices.origin["basis"]
    (500, 'county', 'project')
    >>> choices.replace(basis="statistical").origin["basis"]
    'command'
    """

    radius_m: int
    distance: str
    snap_limit_m: int
    walking_m_per_min: int
    basis: str
    population_base: str
    persons_per_dwelling: Decimal | None
    undated: str
    facility_presence: str
    inside_serves: str
    unknown_accepts_migrants: str
    origin: Mapping[str, Origin] = field(compare=False)

    @classmethod
    def of(cls, given: Mapping[str, object], *, file: str = "county.toml") -> Self:
        """Return the project's choices with a county's own in their place.

        Parameters
        ----------
        given
            ``[choices]`` of the county's file.
        file
            The file's name, for complaints.

        Returns
        -------
        Choices
            With origin ``county`` for what was given.

        Raises
        ------
        CountyError
            If a choice is unknown, fixed, or its value not allowed.
        """
        if faults := judge_choices(given, file=file):
            raise CountyError(faults)
        known = load_choices()
        values: dict[str, Any] = {}
        origin: dict[str, Origin] = {}
        for each in dataclasses.fields(cls):
            if each.name == "origin":
                continue
            default = known[each.name].default
            values[each.name] = default
            origin[each.name] = "open" if default is None else "project"
            if each.name in given:
                values[each.name] = known[each.name].accept(given[each.name])
                origin[each.name] = "county"
        return cls(**values, origin=origin)

    def replace(self, **changes: object) -> Self:
        """Return these choices with some answered anew, as on the command line.

        Parameters
        ----------
        **changes
            Choice to answer.

        Returns
        -------
        Choices
            With origin ``command`` for what was changed, even where the answer is the same.

        Raises
        ------
        CountyError
            If a choice is unknown, fixed, or its value not allowed.
        """
        if faults := judge_choices(changes, file="", prefix=""):
            raise CountyError(faults)
        known = load_choices()
        values: dict[str, Any] = {key: known[key].accept(value) for key, value in changes.items()}
        told: dict[str, Origin] = dict.fromkeys(changes, "command")
        return dataclasses.replace(self, **values, origin={**self.origin, **told})

    def rows(self, *, fixed: bool = False) -> list[tuple[str, ChoiceValue | None, Origin]]:
        """Return every choice with its answer and who gave it, as outputs print them.

        Parameters
        ----------
        fixed
            Whether to list the tool's fixed conventions too.

        Returns
        -------
        list[tuple[str, ChoiceValue | None, Origin]]
            In the order of ``choices.toml``.
        """
        return [
            (choice.id, choice.default, "project")
            if choice.fixed
            else (choice.id, getattr(self, choice.id), self.origin[choice.id])
            for choice in load_choices().values()
            if fixed or not choice.fixed
        ]


def judge_choices(
    given: Mapping[str, object], *, file: str, prefix: str = "choices."
) -> list[Complaint]:
    """Return what is wrong with given choices.

    Parameters
    ----------
    given
        Choice to answer.
    file
        The file they stand in, empty for the command line.
    prefix
        What stands before their names in the file.

    Returns
    -------
    list[Complaint]
        Empty if all are known and allowed.
    """
    known = load_choices()
    open_ones = [each.id for each in known.values() if not each.fixed]
    faults = []
    for name, value in given.items():
        key = f"{prefix}{show(name)}"
        if name not in known:
            params = {"nearest": nearest(name, open_ones), "known": "、".join(open_ones)}
            faults.append(
                Complaint("choice_unknown", file, column=key, value=show(name), params=params)
            )
        elif known[name].accept(value) is None:
            faults.append(known[name].complaint(value, file=file, key=key))
    return faults
