"""What a derivation is made of: lines of the catalogue with their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from capacity_planner.texts import label

if TYPE_CHECKING:
    from capacity_planner.texts import Lang

__all__ = ["Explanation", "Line", "Row", "Value", "Word", "line", "numbers", "rows", "text"]


class Word(str):
    """A value that is a key of the labels catalogue, put into words when it is shown."""

    __slots__ = ()


Value: TypeAlias = int | str | Word
Row: TypeAlias = Any
"""A row of a result's table: its values differ in type from column to column."""


@dataclass(frozen=True, slots=True)
class Line:
    """One step of a derivation: a key of the labels catalogue and the values it names."""

    key: str
    params: dict[str, Value]

    def text(self, lang: Lang) -> str:
        """Return the sentence in one language."""
        said = {
            name: label(value, lang) if isinstance(value, Word) else value
            for name, value in self.params.items()
        }
        return label(self.key, lang, **said)

    def to_dict(self) -> dict[str, Any]:
        """Return the line as plain data; words as ``{"label": key}``."""
        params = {
            name: {"label": str(value)} if isinstance(value, Word) else value
            for name, value in self.params.items()
        }
        return {"key": self.key, "params": params}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The derivation of one zone's, facility's or township's figures."""

    kind: str
    id: str
    lines: tuple[Line, ...]

    def text(self, lang: Lang) -> str:
        """Return all lines in one language."""
        return "\n".join(line.text(lang) for line in self.lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the derivation as plain data."""
        return {"kind": self.kind, "id": self.id, "lines": [line.to_dict() for line in self.lines]}


def line(key: str, **params: Value) -> Line:
    """Return a line by the last part of its key."""
    return Line(f"explain.{key}", params)


def numbers(row: Row, *names: str) -> dict[str, Value]:
    """Return whole numbers of a row by name."""
    return {name: int(row[name]) for name in names}


def text(value: Any) -> str:  # noqa: ANN401 (a cell)
    """Return a cell as text, empty where nothing is known."""
    return "" if value is None or pd.isna(value) else str(value)


def rows(table: pd.DataFrame) -> list[Row]:
    """Return a table's rows as dictionaries, without the geometry, which is slow to carry along."""
    plain = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    found: list[Row] = plain.to_dict("records")
    return found
