"""One row of the trust report: what was tried, how often it held, and what did not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Evidence", "Gather", "Size"]

Size: TypeAlias = Literal["small", "full"]
"""``small`` ends within about two minutes for all kinds together; ``full`` is what the README states."""


@dataclass(frozen=True)
class Evidence:
    """What one kind of trial showed.

    Parameters
    ----------
    name
        First cell of the row, such as ``kills survived``.
    held, tried
        How often the promise held, of how many trials.
    detail
        Figures beside the count: peak memory, score, longest wait.
    failures
        A line for each trial that did not hold, enough to repeat it.
    skipped
        Why this could not be tried here at all; such a row never counts as held.
    least
        How many must hold for the row to pass; all of them where it is not given.
    """

    name: str
    held: int = 0
    tried: int = 0
    detail: str = ""
    failures: tuple[str, ...] = ()
    skipped: str = ""
    least: int | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing went wrong; what was skipped did not go wrong, and is shown as skipped."""
        if self.skipped:
            return True
        needed = self.tried if self.least is None else self.least
        return self.tried > 0 and self.held >= needed and not self.failures

    @property
    def count(self) -> str:
        """The second cell: ``500/500``, or the word ``skipped``."""
        return "skipped" if self.skipped else f"{self.held:,}/{self.tried:,}"


Gather: TypeAlias = Callable[[Size], Iterator[Evidence]]
"""What each module of this folder gives under the name ``gather``."""
