"""Names of townships as offices write them, matched without guessing.

竹阳街道, 竹阳街道办事处, 竹陽街道, ``竹阳　街道 `` and 大竹县竹阳街道 are one place; 竹阳 is it too
unless a 竹阳镇 exists beside it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["AMBIGUOUS", "UNKNOWN", "bare_name", "match_names", "plain_name", "shown_name"]

UNKNOWN: Final = -1
AMBIGUOUS: Final = -2

_OFFICE: Final = re.compile(r"(?:人民政府|办事处|(?<=街道)办)$")
_KIND: Final = re.compile(r"(?:街道|街办|民族乡|镇|乡)$")
_BESIDE_CHINESE: Final = re.compile(r"(?<=[^\x00-\xff]) | (?=[^\x00-\xff])")
_ABOVE: Final = re.compile(r"^.*(?:省|自治区|地区|自治州|市|县|区|旗)(?=..)")


def plain_name(name: str) -> str:
    """Return a name with full-width letters narrowed and every blank taken out.

    Examples
    --------
    >>> plain_name("竹阳　街道 "), plain_name("Ｎｏ．１")
    ('竹阳街道', 'No.1')
    """
    return "".join(unicodedata.normalize("NFKC", name).split())


def shown_name(name: str) -> str:
    """Return a name as it is shown: narrowed, blanks kept between Latin words only.

    Examples
    --------
    >>> shown_name("竹阳　街道 "), shown_name(" Don  Valley East")
    ('竹阳街道', 'Don Valley East')
    """
    single = " ".join(unicodedata.normalize("NFKC", name).split())
    return _BESIDE_CHINESE.sub("", single)


def bare_name(name: str) -> str:
    """Return a township's name without office, kind and what lies above it.

    Examples
    --------
    >>> bare_name("大竹县竹阳街道办事处"), bare_name("庙坝镇"), bare_name("乡")
    ('竹阳', '庙坝', '乡')
    """
    short = _OFFICE.sub("", plain_name(name))
    short = _ABOVE.sub("", short)
    return _KIND.sub("", short) or plain_name(name)


def match_names(asked: Sequence[str], known: Sequence[str]) -> list[int]:
    """Return which known name each asked one means.

    Parameters
    ----------
    asked
        Names as declared.
    known
        Names of the townships.

    Returns
    -------
    list of int
        Positions in ``known``; :data:`UNKNOWN` where none fits and :data:`AMBIGUOUS` where several
        do. The strictest reading that fits anything decides: to the letter, without blanks, in
        simplified characters, without what lies above, without office and kind.

    Examples
    --------
    >>> match_names(["竹陽街道", "竹阳", "石河", "双溪镇"], ["竹阳街道", "石河镇", "石河乡"])
    [0, 0, -2, -1]
    """
    found = [UNKNOWN] * len(asked)
    for reading in (str, plain_name, _simplified, _below, _bare_simplified):
        open_ones = [at for at, each in enumerate(found) if each == UNKNOWN]
        if not open_ones:
            break
        places = _positions(known, reading)
        for at in open_ones:
            hits = places.get(reading(asked[at]), [])
            if hits:
                found[at] = hits[0] if len(hits) == 1 else AMBIGUOUS
    return found


def _positions(names: Sequence[str], reading: Callable[[str], str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        places.setdefault(reading(name), []).append(at)
    return places


def _simplified(name: str) -> str:
    return _converter()(plain_name(name))


def _below(name: str) -> str:
    return _ABOVE.sub("", _OFFICE.sub("", _simplified(name)))


def _bare_simplified(name: str) -> str:
    return bare_name(_simplified(name))


@cache
def _converter() -> Callable[[str], str]:
    """Return the conversion to simplified characters; its tables are only read when needed."""
    import opencc  # noqa: PLC0415  # slow to load, rarely needed

    convert: Callable[[str], str] = opencc.OpenCC("t2s").convert
    return convert
