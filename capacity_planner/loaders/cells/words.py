"""Synonyms and units that offices use, read from ``words.toml``."""

from __future__ import annotations

import tomllib
import unicodedata
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from capacity_planner.texts import load_catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capacity_planner.schemas import Column

__all__ = ["fold", "nothing_words", "offered", "plain_words", "synonyms", "units"]


def fold(text: str) -> str:
    """Return a word without differences of width, case and blanks.

    Examples
    --------
    >>> fold(" Ｎｅｗ　")
    'new'
    """
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


@cache
def _words() -> Mapping[str, Any]:
    source = files(__package__).joinpath("words.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def _lists(table: str, column: Column) -> Mapping[str, list[str]]:
    """Return the words of a column by our value (``"yes"`` and ``"no"`` for a yes/no)."""
    words = _words()
    if column.kind == "yes_no":
        own = words["yes_no_of"].get(column.name, {})
        return {key: words["yes_no"][key] + own.get(key, []) for key in ("yes", "no")}
    found: Mapping[str, list[str]] = words.get(table, {}).get(column.name, {})
    return found or words["any"].get(column.name, {})


@cache
def synonyms(table: str, column: Column) -> Mapping[str, str]:
    """Return our value by folded word, for a ``one_of`` or ``yes_no`` column.

    Examples
    --------
    >>> from capacity_planner.schemas import INPUT_TABLES
    >>> synonyms("zones", INPUT_TABLES["zones"].column("category"))["老旧小区"]
    'old_town'
    """
    found = {fold(value): value for value in column.values}
    for value, words in _lists(table, column).items():
        found.update({fold(word): value for word in words})
    return found


@cache
def offered(table: str, column: Column) -> tuple[str, ...]:
    """Return the Chinese words that our templates offer for a column, in the order of its values."""
    return tuple(words[0] for words in _lists(table, column).values())


@cache
def plain_words(table: str, column: Column) -> frozenset[str]:
    """Return the folded words that are read without a complaint: our own, ours in both languages."""
    plain = {fold(value) for value in column.values}
    plain |= {fold(words[0]) for words in _lists(table, column).values()}
    if column.kind == "yes_no":
        plain |= {fold(word) for word in _words()["yes_no"]["yes"] + _words()["yes_no"]["no"]}
    labels = load_catalogue("labels")
    stem = {"status": "facility_status"}.get(column.name, column.name)
    for value in column.values:
        entry = labels.get(f"{stem}.{value}", {})
        plain |= {fold(entry[lang]) for lang in ("zh", "en") if lang in entry}
    return frozenset(plain)


@cache
def nothing_words() -> Mapping[str, str]:
    """Return ``"none"``, ``"dash"`` or ``"unknown"`` by folded word.

    Examples
    --------
    >>> nothing_words()["无"], nothing_words()["n/a"]
    ('none', 'unknown')
    """
    return {fold(word): key for key, words in _words()["nothing"].items() for word in words}


@cache
def units(unit: str) -> Mapping[str, Decimal]:
    """Return the factor into a column's own unit by the folded unit that an office may write.

    Examples
    --------
    >>> units("m²")["公顷"]
    Decimal('10000')
    """
    return {fold(name): Decimal(size) for name, size in _words()["units"].get(unit, {}).items()}


@cache
def all_units() -> frozenset[str]:
    """Return every folded unit of any measure, to tell a wrong unit from no number at all."""
    return frozenset(fold(name) for each in _words()["units"].values() for name in each)
