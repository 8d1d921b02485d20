"""Names of the township pages: safe on every file system, whatever a township's code is."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["township_files"]

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_RESERVED: Final = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]", re.IGNORECASE)


def township_files(codes: Iterable[str]) -> dict[str, str]:
    """Return a file name for each township code, without folder.

    A code of plain letters, digits, ``-`` and ``_`` is its own name. Anything else (a path, a
    device name of Windows, a code that differs from another only in case) becomes ``t-`` and the
    first 16 digits of its SHA-256.

    Parameters
    ----------
    codes
        Codes of all townships, any text.

    Returns
    -------
    dict of str to str
        Code to file name, each name once whatever the case; sorted by code.

    Examples
    --------
    >>> township_files(["511724001", "../../x"])
    {'../../x': 't-9cdf6a50100a862e.html', '511724001': '511724001.html'}
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for code in sorted(codes):
        plain = _PLAIN.fullmatch(code) and not _RESERVED.fullmatch(code)
        name = code if plain and code.lower() not in taken else _hashed(code)
        taken.add(name.lower())
        names[code] = f"{name}.html"
    return names


def _hashed(code: str) -> str:
    return "t-" + hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()[:16]
