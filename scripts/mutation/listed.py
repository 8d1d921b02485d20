"""The list of mutants that no test can tell from the original, each with its reason."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from mutation.making import Mutant

__all__ = ["LIST", "Judgement", "judge", "read_list"]

LIST = Path(__file__).parents[2] / "tests" / "mutants.toml"


@dataclass(frozen=True)
class Judgement:
    """What a trial of some rooms says.

    Parameters
    ----------
    tried, killed
        How many mutants.
    listed
        How many survived that the list argues to be equal to the original.
    unlisted
        Survivors that nobody has looked at.
    stale
        Entries of the list, of the rooms tried, that did not survive or do not exist any more.
    """

    tried: int
    killed: int
    listed: int
    unlisted: tuple[Mutant, ...]
    stale: tuple[tuple[str, str, str], ...]


def read_list(path: Path = LIST) -> dict[tuple[str, str, str], str]:
    """Return the reason of each listed place (function, line before, line after)."""
    groups = tomllib.loads(path.read_text("utf-8"))["equivalent"]
    return {
        (each["in"], each["was"], each["now"]): group["why"]
        for group in groups
        for each in group["mutants"]
    }


def judge(mutants: Collection[Mutant], survived: Iterable[str], rooms: Iterable[str]) -> Judgement:
    """Hold what survived against the list."""
    names = set(survived)
    alive = [each for each in mutants if each.name in names]
    places = {each.place for each in alive}
    known = read_list()
    rooms = tuple(f"{room}." for room in rooms)
    return Judgement(
        tried=len(mutants),
        killed=len(mutants) - len(alive),
        listed=sum(each.place in known for each in alive),
        unlisted=tuple(each for each in alive if each.place not in known),
        stale=tuple(place for place in known if place[0].startswith(rooms) and place not in places),
    )
