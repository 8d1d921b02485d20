"""Changes to the code that decides a figure: each noticed by a test, or argued to change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutate import trial
from mutation.making import ROOMS
from trust.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trust.evidence import Size

TRIED = {"small": ["calculator"], "full": list(ROOMS)}


def gather(size: Size) -> Iterator[Evidence]:
    """Yield one row a room."""
    for room in TRIED[size]:
        found = trial([room])
        open_ = [f"{each.where}: {each.was} → {each.now}" for each in found.unlisted]
        stale = [f"listed, but does not live: {' · '.join(place)}" for place in found.stale]
        yield Evidence(
            f"mutants of {room} killed or argued equal",
            held=found.killed + found.listed,
            tried=found.tried,
            detail=f"{found.killed} killed ({found.killed / found.tried:.1%}), {found.listed} equal",
            failures=(*open_, *stale),
        )
