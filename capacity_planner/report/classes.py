"""Classes of shortfall, the same on figures and GIS layers as on the review map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from capacity_planner.texts import label

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from capacity_planner.texts import Lang

Ints: TypeAlias = "NDArray[np.int64]"

__all__ = ["COUNTIES", "TOWNSHIPS", "ZONES", "Classes"]


@dataclass(frozen=True, slots=True)
class Classes:
    """Fixed classes: no number set, none missing, then from each bound up to the next.

    Parameters
    ----------
    bounds
        Least shortfall of each class, slots.
    fills
        Colours: no number, none missing, then one a bound (YlOrBr: safe for colour-blind readers and
        in grey print).
    """

    bounds: tuple[int, ...]
    fills: tuple[str, ...] = (
        "#eceef1",
        "#ffffff",
        "#ffefb0",
        "#fed16a",
        "#fba035",
        "#d9661a",
        "#8c3a06",
    )

    def of(self, shortfall: Ints, has_number: NDArray[np.bool_]) -> Ints:
        """Return the class of each entry.

        Parameters
        ----------
        shortfall
            Missing slots, ``int64[n]``.
        has_number
            Whether the rules set a number, ``bool[n]``.

        Returns
        -------
        NDArray[np.int64]
            Positions in :attr:`fills`, ``int64[n]``.

        Examples
        --------
        >>> ZONES.of(np.array([0, 0, 5, 60]), np.array([False, True, True, True]))
        array([0, 1, 2, 6])
        """
        reached = np.searchsorted(np.array(self.bounds), shortfall, side="right")
        return np.where(has_number, 1 + reached, 0).astype(np.int64)

    def words(self, lang: Lang) -> list[str]:
        """Return what each class is called."""
        ends = (*self.bounds[1:], None)
        ranges = [
            label("figure.from", lang, least=least)
            if end is None
            else label("figure.range", lang, least=least, most=end - 1)
            for least, end in zip(self.bounds, ends, strict=True)
        ]
        return [label("figure.no_number", lang), label("figure.none_missing", lang), *ranges]


ZONES: Final = Classes((1, 6, 11, 21, 51))
TOWNSHIPS: Final = Classes((1, 21, 51, 101, 201))
COUNTIES: Final = Classes((1, 501, 1_001, 2_501, 5_001))
