"""Which heading stands over which column, and where in a sheet the headings are.

Offices write titles above the headings, merge headings over two rows and put units in brackets.
Known headings lie in ``headings.toml``; what is not known is never guessed, only suggested.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from capacity_planner.loaders.cells.words import fold
from capacity_planner.schemas import INPUT_TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from capacity_planner.loaders.files.raw import Teller

__all__ = [
    "Matching",
    "complain",
    "first_heading",
    "fold_heading",
    "known_headings",
    "match",
    "read_heading",
    "together_headings",
]

_BRACKETS: Final = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_YEAR: Final = re.compile(r"^(19|20)[0-9]{2}(年(末|底|初|度)?)?")
_NOISE: Final = re.compile(r"[\s_\-*:.。、,;#'\"“”·]+")
_FOOTNOTE: Final = re.compile(r"[①-⑳⓪¹²³⁰⁴-⁹]+$|[(（\[【]注\s*[0-9]*[)）\]】]$")
_CLOSE: Final = 0.75
_BACKGROUND: Final = frozenset({"roads", "boundary"})
"""Layers whose attributes nobody asked for."""
_SHOWN: Final = 12
"""Headings named where a required column is missing."""


@dataclass(frozen=True)
class Matching:
    """Which heading holds which column.

    Parameters
    ----------
    columns
        Index of the heading by our name.
    factors
        By our name, for headings such as 万人.
    unused
        Indices of headings that name nothing of ours.
    completed
        Our names whose heading was cut off by the file's format and completed here.
    """

    columns: Mapping[str, int]
    factors: Mapping[str, Decimal]
    unused: tuple[int, ...]
    completed: tuple[str, ...] = ()


@cache
def _known() -> Mapping[str, Any]:
    source = files(__package__).joinpath("headings.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def fold_heading(text: str) -> str:
    r"""Return a heading without width, case, blanks, punctuation and the year in front.

    Examples
    --------
    >>> fold_heading("2023年末 常住\n人口＊")
    '常住人口'
    """
    bare = _NOISE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    bare = _YEAR.sub("", bare) or bare
    return bare.removeprefix("其中") or bare


@cache
def known_headings(table: str, base: str) -> Mapping[str, str]:
    """Return our column by folded heading.

    Parameters
    ----------
    table
        Name of an input table.
    base
        The population base: 户籍人口 is the population only where it is ``"registered"``.

    Returns
    -------
    Mapping[str, str]
        Our own names are always among them.
    """
    found = {fold_heading(name): name for name in INPUT_TABLES[table].names}
    for column, headings in _known().get(table, {}).items():
        found.update({fold_heading(heading): column for heading in headings})
    if base == "registered" and "population" in found.values():
        found = {heading: name for heading, name in found.items() if not _resident(heading)}
        found.update({fold_heading(h): "population" for h in _known()["registered"]["population"]})
    return found


def first_heading(column: str, table: str) -> str:
    """Return the Chinese heading that our templates write over a column.

    Examples
    --------
    >>> first_heading("slots", "facilities")
    '托位数'
    """
    headings: list[str] = _known()[table][column]
    return headings[0]


def _resident(heading: str) -> bool:
    """Return whether a heading speaks of residents, which a registered base must not take."""
    return "常住" in heading or "resident" in heading


def read_heading(heading: str, table: str, base: str) -> tuple[str, Decimal] | None:
    """Return the column that a heading names and the factor of its unit, or ``None``.

    Examples
    --------
    >>> read_heading("常住人口（万人）", "zones", "resident")
    ('population', Decimal('10000'))
    >>> read_heading("户籍人口", "zones", "resident") is None
    True
    """
    known = known_headings(table, base)
    plain = unicodedata.normalize("NFKC", _FOOTNOTE.sub("", heading.strip()))
    column = known.get(fold_heading(plain))
    if column is not None:
        return column, Decimal(1)
    brackets = _BRACKETS.findall(plain)
    bare = fold_heading(_BRACKETS.sub("", plain))
    for remark in brackets:
        for spelling in (fold_heading(remark) + bare, bare + fold_heading(remark)):
            if spelling in known and len(brackets) == 1:
                return known[spelling], Decimal(1)
    if not brackets or bare not in known:
        return None
    factor = Decimal(1)
    for remark in brackets:
        scale = remark_factor(remark)
        if scale is None:
            return None
        factor *= scale
    return known[bare], factor


def remark_factor(remark: str) -> Decimal | None:
    """Return the factor of a remark in brackets, or ``None`` where it may change the meaning.

    Examples
    --------
    >>> remark_factor("万人"), remark_factor("人"), remark_factor("户籍")
    (Decimal('10000'), Decimal('1'), None)
    """
    word = fold(remark).removeprefix("单位").lstrip(":")
    factors = {fold(unit): Decimal(size) for unit, size in _known()["factors"].items()}
    if word in factors:
        return factors[word]
    return Decimal(1) if word in {fold(each) for each in _known()["remarks"]["plain"]} else None


def match(
    headings: Sequence[str],
    *,
    table: str,
    named: Mapping[str, str],
    base: str,
    cut: frozenset[str] = frozenset(),
    units: Mapping[int, Decimal] = MappingProxyType({}),
) -> Matching:
    """Return which heading holds which column, the county's own naming first.

    Parameters
    ----------
    headings
        As the file has them.
    table
        Name of the input table.
    named
        The county's ``[table.columns]``: our name to their heading.
    base
        The population base.
    cut
        Headings that fill the width a Shapefile allows and so may be the beginning of longer ones.
    units
        Factor by index, from a row of units below the headings.

    Returns
    -------
    Matching
        A column for which several headings compete has the first of them; :func:`complain` tells.
    """
    columns: dict[str, int] = {}
    factors: dict[str, Decimal] = {}
    for name, theirs in named.items():
        index = _index_of(theirs, headings, cut)
        if index is not None:
            columns[name] = index
            remarks = _BRACKETS.findall(unicodedata.normalize("NFKC", theirs))
            factors[name] = (remark_factor(remarks[-1]) if remarks else None) or Decimal(1)
    taken = set(columns.values())
    for index, heading in enumerate(headings):
        found = read_heading(heading, table, base) if index not in taken else None
        if found and found[0] not in named and found[0] not in columns:
            columns[found[0]], factors[found[0]] = index, found[1]
    completed = _complete(columns, headings, table, named, base, cut)
    columns |= completed
    used = set(columns.values())
    unused = tuple(i for i, heading in enumerate(headings) if i not in used and heading)
    scaled = {n: factors.get(n, Decimal(1)) * units.get(i, 1) for n, i in columns.items()}
    scaled = {name: factor for name, factor in scaled.items() if factor != 1}
    return Matching(columns, scaled, unused, tuple(completed))


def _complete(
    columns: Mapping[str, int],
    headings: Sequence[str],
    table: str,
    named: Mapping[str, str],
    base: str,
    cut: frozenset[str],
) -> dict[str, int]:
    """Return columns whose heading is the cut-off beginning of headings of that column alone."""
    completed: dict[str, int] = {}
    used = set(columns.values())
    known = known_headings(table, base)
    for index, heading in enumerate(headings):
        if heading not in cut or index in used:
            continue
        start = fold_heading(heading)
        means = {name for spelling, name in known.items() if spelling.startswith(start)}
        name = means.pop() if len(means) == 1 else ""
        if name and name not in columns and name not in named and name not in completed:
            completed[name] = index
    return completed


def _index_of(theirs: str, headings: Sequence[str], cut: frozenset[str]) -> int | None:
    """Return where a named heading stands: to the letter, else without differences of width."""
    if theirs in headings:
        return list(headings).index(theirs)
    folded = [fold_heading(heading) for heading in headings]
    wanted = fold_heading(theirs)
    if wanted in folded:
        return folded.index(wanted)
    starts = [i for i, each in enumerate(headings) if each in cut and theirs.startswith(each)]
    return starts[0] if len(starts) == 1 else None


def complain(
    matching: Matching,
    headings: Sequence[str],
    *,
    table: str,
    named: Mapping[str, str],
    defaults: Mapping[str, object],
    base: str,
    teller: Teller,
) -> None:
    """Tell of headings that are missing, doubled, unknown or nearly known.

    Parameters
    ----------
    matching, headings, table, named, base
        As for :func:`match`.
    defaults
        The county's ``[table.defaults]``, which stand in for columns.
    teller
        Grows.
    """
    for name, theirs in named.items():
        if list(headings).count(theirs) > 1:
            teller.add("heading_doubled", column=theirs, first=theirs, our=name)
        if name not in matching.columns and name not in defaults:
            nearest = ", ".join(difflib.get_close_matches(theirs, headings, 3, 0.5)) or "—"
            teller.add("heading_not_there", column=theirs, our=name, nearest=nearest)
    _complain_shared(matching, headings, table, named, teller)
    for name in _missing(matching, table, defaults, named):
        nearest = _nearest(name, [headings[i] for i in matching.unused], table, base)
        teller.add("column_missing", column=name, our=name, nearest=nearest)
    for name in matching.completed:
        teller.add("heading_cut_off", column=headings[matching.columns[name]], our=name)
    _complain_doubles(matching, headings, table, named, base, teller)
    for name, factor in matching.factors.items():
        heading = headings[matching.columns[name]]
        teller.add("heading_unit", column=heading, our=name, factor=f"{factor:f}")
    _complain_unused(matching, headings, table, base, teller)


def _complain_shared(
    matching: Matching,
    headings: Sequence[str],
    table: str,
    named: Mapping[str, str],
    teller: Teller,
) -> None:
    """Tell of one heading named for two columns of figures; an id may well be a name too."""
    figures = [
        n for n in named if INPUT_TABLES[table].column(n).kind in ("count", "number", "date")
    ]
    first: dict[int, str] = {}
    for name in figures:
        index = matching.columns.get(name, -1)
        other = first.setdefault(index, name)
        if index >= 0 and other != name:
            teller.add("heading_shared", column=headings[index], our=name, other=other)


def _missing(
    matching: Matching, table: str, defaults: Mapping[str, object], named: Mapping[str, str]
) -> list[str]:
    return [
        column.name
        for column in INPUT_TABLES[table].columns
        if column.required
        and column.kind != "geometry"
        and column.name not in matching.columns
        and column.name not in defaults
        and column.name not in named
    ]


def _nearest(name: str, unused: Sequence[str], table: str, base: str) -> str:
    """Return the headings that mean nothing yet, those like the missing column first."""
    spellings = [
        heading for heading, column in known_headings(table, base).items() if column == name
    ]
    close = [h for h in unused if difflib.get_close_matches(fold_heading(h), spellings, 1, 0.5)]
    named = [*close, *(heading for heading in unused if heading not in close)]
    return ", ".join(named[:_SHOWN]) or "—"


def _complain_doubles(
    matching: Matching,
    headings: Sequence[str],
    table: str,
    named: Mapping[str, str],
    base: str,
    teller: Teller,
) -> None:
    for index in matching.unused:
        found = read_heading(headings[index], table, base)
        if found and found[0] not in named and found[0] in matching.columns:
            first = headings[matching.columns[found[0]]]
            teller.add("heading_doubled", column=headings[index], first=first, our=found[0])


@cache
def _ignored() -> frozenset[str]:
    """Return the folded headings of columns that number or describe rows and mean nothing here."""
    return frozenset(fold_heading(heading) for heading in _known()["ignored"]["headings"])


@cache
def together_headings() -> frozenset[str]:
    """Return the folded headings of columns that hold longitude and latitude in one.

    Examples
    --------
    >>> fold_heading("经纬度") in together_headings()
    True
    """
    return frozenset(fold_heading(heading) for heading in _known()["together"]["headings"])


def _complain_unused(
    matching: Matching,
    headings: Sequence[str],
    table: str,
    base: str,
    teller: Teller,
) -> None:
    known = known_headings(table, base)
    unused = [
        headings[i]
        for i in matching.unused
        if fold_heading(headings[i]) not in _ignored()
        and (
            not (found := read_heading(headings[i], table, base))
            or found[0] not in matching.columns
        )
    ]
    for heading in unused:
        close = difflib.get_close_matches(fold_heading(heading), known, 1, _CLOSE)
        if close and known[close[0]] not in matching.columns:
            teller.add("heading_nearly", column=heading, our=known[close[0]])
    if unused and table not in _BACKGROUND:
        teller.add("columns_unused", names=", ".join(unused[:40]), count=len(unused))
