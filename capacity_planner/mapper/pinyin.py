"""Pinyin of every character that a page's names hold, so that typing ``zyjd`` finds 竹阳街道."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["syllables"]

_FIRST_IDEOGRAPH: Final = "\u2e80"


def syllables(names: Iterable[str]) -> dict[str, str]:
    """Return the readings of each Chinese character in the names, without tones.

    Parameters
    ----------
    names
        Names of zones, townships and facilities.

    Returns
    -------
    dict of str to str
        Character to its readings, separated by blanks, the commonest first; sorted.

    Examples
    --------
    >>> syllables(["竹阳街道", "A1"])["竹"]
    'zhu'
    """
    present = sorted({char for char in "".join(names) if char >= _FIRST_IDEOGRAPH})
    found = {char: _readings(char) for char in present}
    return {char: readings for char, readings in found.items() if readings}


@cache
def _readings(char: str) -> str:
    from pypinyin import Style, pinyin  # noqa: PLC0415 - its dictionary is read on first use only

    spoken = pinyin(char, style=Style.NORMAL, heteronym=True, errors="ignore")
    return " ".join(dict.fromkeys(spoken[0])) if spoken else ""
