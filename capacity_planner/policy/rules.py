"""Rules as data: what a document says, from which day to which, and how it stands on a given day."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from capacity_planner.policy.known import PER_1000
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from decimal import Decimal

    from capacity_planner.texts import Lang

__all__ = ["Document", "Rule", "Standing", "announce"]

Confidence: TypeAlias = Literal["A", "B", "I"]
Precision: TypeAlias = Literal["day", "month", "year"]
_KNOWN: Final = {"day": 10, "month": 7, "year": 4}  # characters of an ISO date
Stands: TypeAlias = Literal["in_force", "stand_in", "lapsed", "not_yet"]


@dataclass(frozen=True, slots=True)
class Document:
    """What a rule is cited from.

    Parameters
    ----------
    id
        Short name within the policy file.
    title, title_en
        Title of the document.
    number
        Its official number (文号), empty where it has none.
    confidence
        ``A`` the text itself was read, ``B`` read second-hand, ``I`` inferred.
    note, note_en
        What a reader must know, such as a validity that was not verified.
    """

    id: str
    title: str
    title_en: str
    number: str = ""
    confidence: Confidence = "A"
    note: str = ""
    note_en: str = ""

    def name(self, lang: Lang) -> str:
        """Return the number, else the title."""
        return self.number or (self.title if lang == "zh" else self.title_en)

    def remark(self, lang: Lang) -> str:
        """Return the note with the document's name before it."""
        return (
            f"{self.name(lang)}：{self.note}"
            if lang == "zh"
            else f"{self.name(lang)}: {self.note_en}"
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One value of one rule, with its life and its citation.

    Parameters
    ----------
    id
        A key of :data:`KNOWN_RULES`.
    kind
        ``ratio``, ``duty``, ``check``, ``limit``, ``benchmark``, ``class_size``, ``counting``,
        ``means`` or ``department``.
    value
        Exact number, ``None`` for a rule without number.
    unit
        Unit of the value, empty without one.
    from_date
        First day in force. Where only the month or year is known (``from_precision``), its last
        day, so that the rule is never claimed too early.
    until
        First day no longer in force; ``None`` while no end is known.
    document
        Id of the :class:`Document` that says it.
    clause, clause_en
        Where in the document; in English only what is not a number in the original.
    confidence
        As of :class:`Document`, for this rule.
    zh, en
        What it says.
    applies_to
        Zone categories or facility types that it binds.
    from_precision
        ``day``, ``month`` or ``year``.
    note, note_en
        What a reader must know about this value.
    """

    id: str
    kind: str
    value: Decimal | None
    unit: str
    from_date: date
    until: date | None
    document: str
    clause: str
    confidence: Confidence
    zh: str
    en: str
    applies_to: tuple[str, ...] = ()
    from_precision: Precision = "day"
    note: str = ""
    note_en: str = ""
    clause_en: str = ""

    @property
    def since(self) -> str:
        """The first day as far as it is known: ``2021-09-15``, ``2020-06`` or ``2020``."""
        return self.from_date.isoformat()[: _KNOWN[self.from_precision]]

    def place(self, lang: Lang) -> str:
        """Return the clause."""
        return self.clause if lang == "zh" else self.clause_en or self.clause

    def stands(self, as_of: date) -> Stands:
        """Return ``not_yet``, ``in_force`` or ``lapsed``: in force from ``from_date`` until the day before ``until``."""
        if as_of < self.from_date:
            return "not_yet"
        return "lapsed" if self.until is not None and as_of >= self.until else "in_force"


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule as it stands on one day.

    Parameters
    ----------
    rule
        The rule.
    standing
        ``in_force``, ``stand_in`` (in force in place of ``replaces``), ``lapsed`` or ``not_yet``.
    document
        Where it is cited from.
    policy
        Id of the policy file that holds the rule.
    instead_of
        What it stands in for: the county's own rule, lapsed or not yet in force.
    """

    rule: Rule
    standing: Stands
    document: Document
    policy: str = ""
    instead_of: Standing | None = None

    @property
    def replaces(self) -> Rule | None:
        """The county's own rule that this one stands in for, if it does."""
        return self.instead_of.rule if self.instead_of else None

    @property
    def ratio_fraction(self) -> Fraction:
        """Slots per resident, exact; multiply by a population and take the ceiling.

        Raises
        ------
        ValueError
            If the rule is not a number of slots per 1,000 residents.
        """
        if self.rule.value is None or self.rule.unit != PER_1000:
            raise ValueError(f"{self.rule.id} is not a ratio")
        return Fraction(self.rule.value) / 1000

    def citation(self, lang: Lang) -> str:
        """Return document and clause; a standing other than in force follows in brackets."""
        cited = f"{self.document.name(lang)} {self.rule.place(lang)}"
        if self.standing == "in_force":
            return cited
        word = label(f"standing.{self.standing}", lang)
        return f"{cited}（{word}）" if lang == "zh" else f"{cited} ({word})"


def announce(standings: Iterable[Standing], lang: Lang) -> tuple[str, ...]:
    """Return what must be said about these rules' standing, clauses of one fate in one sentence.

    Parameters
    ----------
    standings
        The rules that a result rests on.
    lang
        ``"zh"`` or ``"en"``.

    Returns
    -------
    tuple[str, ...]
        The sentences in the rules' order, then what is to be known of the documents that stand in.
        Empty while all are in force.
    """
    told = [each for each in standings if each.standing != "in_force"]
    fates: dict[tuple[Document, Document | None, str, date, date | None], list[Standing]] = {}
    for each in told:
        own = each.instead_of or each
        other = each.document if each.instead_of else None
        fate = (own.document, other, own.standing, own.rule.from_date, own.rule.until)
        fates.setdefault(fate, []).append(each)
    said = [
        label(
            f"policy.instead_of_{standing}" if other else f"policy.{standing}",
            lang,
            own=_cited(own, [each.instead_of or each for each in several], lang),
            other=_cited(other, several, lang) if other else "",
            first=first,
            until=until,
        )
        for (own, other, standing, first, until), several in fates.items()
    ]
    standing_in = [each.document for each in told if each.instead_of]
    notes = [each.remark(lang) for each in standing_in if each.note]
    return tuple(dict.fromkeys([*said, *notes]))


def _cited(document: Document, standings: Iterable[Standing], lang: Lang) -> str:
    clauses = dict.fromkeys(each.rule.place(lang) for each in standings)
    return f"{document.name(lang)} {('、' if lang == 'zh' else ', ').join(clauses)}"
