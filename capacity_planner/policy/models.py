"""What a policy file and the file of choices must look like."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BeforeValidator, Field, PlainValidator
from pydantic_core import PydanticCustomError

from capacity_planner.policy.rules import Confidence, Precision
from capacity_planner.settings import Day, Model, Number, Schema, Text, Words

__all__ = ["ChoiceModel", "ChoicesFile", "DocumentModel", "Moment", "PolicyFile", "ValueModel"]

_PARTIAL: Final = re.compile(r"(19\d\d|2[01]\d\d)(?:-(0[1-9]|1[0-2]))?")


@dataclass(frozen=True, slots=True)
class Moment:
    """A first day, and how exactly it is known."""

    day: date
    precision: Precision


def _moment(value: object) -> Moment:
    """Return a full date as it is; of a lone year or month its last day."""
    if isinstance(value, date) and not isinstance(value, datetime):
        if not 1900 <= value.year <= 2200:  # noqa: PLR2004  # the bounds of settings.Day
            raise PydanticCustomError("settings_day_absurd", "no such year")
        return Moment(value, "day")
    found = _PARTIAL.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise PydanticCustomError("policy_from_unclear", "not a day, month or year")
    year, month = int(found[1]), int(found[2] or 12)
    last = date(year, month, calendar.monthrange(year, month)[1])
    return Moment(last, "month" if found[2] else "year")


def _believed(value: object) -> object:
    if isinstance(value, str) and value not in get_args(Confidence):
        raise PydanticCustomError("policy_confidence_unread", "not read, not cited")
    return value


def _several(value: object) -> object:
    return [value] if isinstance(value, dict) else value


Believed = Annotated[Confidence, BeforeValidator(_believed)]


class DocumentModel(Model):
    """``[documents.<id>]``."""

    title: Words
    title_en: Words
    number: Text | None = None
    confidence: Believed
    note: Words | None = None
    note_en: Words | None = None


class ValueModel(Model):
    """``[rules.<id>]``, or each of several ``[[rules.<id>]]``."""

    value: Number | None = None
    unit: Text | None = None
    from_: Annotated[Moment, PlainValidator(_moment)] = Field(alias="from")
    until: Day | None = None
    document: Text
    clause: Text
    clause_en: Text | None = None
    confidence: Believed | None = None
    zh: Words | None = None
    en: Words | None = None
    note: Words | None = None
    note_en: Words | None = None


class PolicyFile(Model):
    """A whole policy file."""

    schema_: Schema = Field(alias="schema")
    id: Annotated[Text, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    name: Words
    name_en: Words
    stand_in: Text | None = None
    documents: Annotated[dict[str, DocumentModel], Field(min_length=1)]
    rules: dict[str, Annotated[list[ValueModel], BeforeValidator(_several), Field(min_length=1)]]


class WordsModel(Model):
    """A pair of texts."""

    zh: Words
    en: Words


class PracticeModel(WordsModel):
    """What another place does, and where that stands."""

    source: Words


class ChoiceModel(Model):
    """``[<id>]`` of ``choices.toml``."""

    zh: Words
    en: Words
    why: WordsModel
    kind: Literal["one_of", "whole", "decimal"] = "one_of"
    values: dict[str, WordsModel] = Field(default_factory=dict)
    default: Any = None
    fixed: bool = False
    shapes_tables: bool = False
    least: Number | None = None
    most: Number | None = None
    unit: Text | None = None
    elsewhere: list[PracticeModel] = Field(default_factory=list)


class ChoicesFile(Model):
    """The whole of ``choices.toml``."""

    schema_: Schema = Field(alias="schema")
    choices: dict[str, ChoiceModel]
