"""Rules as data: what a document says, from which day to which, and how it stands on a given day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias

from capacity_planner.errors import RuleNotInForceError
from capacity_planner.policy.known import PER_1000
from capacity_planner.settings import nearest
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from decimal import Decimal

    from capacity_planner.texts import Lang

__all__ = ["Document", "Policy", "Rule", "Standing", "announce"]

Confidence: TypeAlias = Literal["A", "B", "I"]
Precision: TypeAlias = Literal["day", "month", "year"]
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
    clause
        Where in the document.
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
        cited = f"{self.document.name(lang)} {self.rule.clause}".strip()
        if self.standing == "in_force":
            return cited
        word = label(f"standing.{self.standing}", lang)
        return f"{cited}（{word}）" if lang == "zh" else f"{cited} ({word})"

    def announcement(self, lang: Lang) -> str:
        """Return the sentence on this rule that every output must carry; empty while in force."""
        own = self.instead_of or self
        key = f"policy.instead_of_{own.standing}" if self.instead_of else f"policy.{self.standing}"
        if key == "policy.in_force":
            return ""
        return label(
            key,
            lang,
            own=f"{own.document.name(lang)} {own.rule.clause}",
            first=own.rule.from_date,
            until=own.rule.until,
            other=f"{self.document.name(lang)} {self.rule.clause}",
        )


def announce(standings: Iterable[Standing], lang: Lang) -> tuple[str, ...]:
    """Return what must be said about these rules' standing, each sentence once.

    Parameters
    ----------
    standings
        The rules that a result rests on.
    lang
        ``"zh"`` or ``"en"``.

    Returns
    -------
    tuple[str, ...]
        One sentence per rule that is not simply in force, in their order, then what is to be known
        of the documents that stand in. Empty while all are in force.
    """
    rules = tuple(standings)
    said = [each.announcement(lang) for each in rules]
    documents = [each.document for each in rules if each.standing == "stand_in"]
    said += [each.note if lang == "zh" else each.note_en for each in documents]
    return tuple(dict.fromkeys(sentence for sentence in said if sentence))


@dataclass(frozen=True)
class Policy:
    """The rules of one policy file and, behind it, the file that stands in for them.

    Parameters
    ----------
    id, name, name_en
        What the file is called.
    rules
        Sorted by id and first day.
    documents
        By id.
    stand_in
        Id of the policy file that stands in, if any.
    behind
        That policy.
    sha256
        Of the file, for the manifest of a run.
    """

    id: str
    name: str
    name_en: str
    rules: tuple[Rule, ...]
    documents: Mapping[str, Document] = field(default_factory=dict)
    stand_in: str | None = None
    behind: Policy | None = None
    sha256: str = ""

    def standing(self, rule_id: str, as_of: date) -> Standing:
        """Return the rule of that id that counts on a day.

        Parameters
        ----------
        rule_id
            A key of :data:`KNOWN_RULES`.
        as_of
            The day.

        Returns
        -------
        Standing
            The file's own rule ``in_force``, else the one that stands in for it. A rule that only
            a file behind this one states is ``in_force`` by itself.

        Raises
        ------
        RuleNotInForceError
            If neither is in force on that day, or no file states the rule.
        """
        found = self.find(rule_id, as_of)
        if found is None:
            stated = {rule.id for policy in self.chain for rule in policy.rules}
            near = nearest(rule_id, stated)
            raise RuleNotInForceError.of(
                "policy_rule_missing", file=self.id, value=rule_id, nearest=near
            )
        if found.standing in {"lapsed", "not_yet"}:
            raise RuleNotInForceError.of(
                f"policy_rule_{found.standing}",
                file=self.id,
                value=rule_id,
                as_of=as_of,
                first=found.rule.from_date,
                until=found.rule.until,
                document=found.document.name("zh"),
                document_en=found.document.name("en"),
            )
        return found

    def find(self, rule_id: str, as_of: date) -> Standing | None:
        """Return the rule of that id as it stands on a day, even lapsed or not yet in force.

        Parameters
        ----------
        rule_id
            A key of :data:`KNOWN_RULES`.
        as_of
            The day.

        Returns
        -------
        Standing or None
            ``None`` if no file states the rule at all.
        """
        own = self._own(rule_id, as_of)
        behind = self.behind.find(rule_id, as_of) if self.behind else None
        if own is None or own.standing == "in_force":
            return own or behind
        if behind is None or behind.standing in {"lapsed", "not_yet"}:
            return own
        return replace(behind, standing="stand_in", instead_of=own)

    def ratio(self, category: str, as_of: date) -> Standing:
        """Return the ratio that binds zones of a category on a day.

        Parameters
        ----------
        category
            ``new``, ``existing`` or ``old_town``.
        as_of
            The day.

        Returns
        -------
        Standing
            Its ``ratio_fraction`` is in slots per resident.

        Raises
        ------
        RuleNotInForceError
            If none is in force; always for ``rural``, for which no number exists.
        """
        return self.standing(f"ratio_{category}", as_of)

    def start(self, rule_id: str) -> date:
        """Return the first day on which the rule was ever in force.

        Parameters
        ----------
        rule_id
            A key of :data:`KNOWN_RULES`.

        Returns
        -------
        date
            Of this file's own rule; of the file behind only where this one does not state it.

        Raises
        ------
        RuleNotInForceError
            If no file states the rule.
        """
        for policy in self.chain:
            days = [rule.from_date for rule in policy.rules if rule.id == rule_id]
            if days:
                return min(days)
        raise RuleNotInForceError.of("policy_rule_missing", file=self.id, value=rule_id, nearest="")

    def register(self, as_of: date) -> tuple[Standing, ...]:
        """Return every value of every rule with its standing on a day.

        Parameters
        ----------
        as_of
            The day.

        Returns
        -------
        tuple[Standing, ...]
            By rule id; a rule's own values by first day, then what stands in for it on that day.
            Never raises.
        """
        ids = sorted({rule.id for policy in self.chain for rule in policy.rules})
        return tuple(each for rule_id in ids for each in self._listed(rule_id, as_of))

    @property
    def chain(self) -> tuple[Policy, ...]:
        """Itself and the policies behind it, nearest first."""
        return (self, *(self.behind.chain if self.behind else ()))

    def _listed(self, rule_id: str, as_of: date) -> tuple[Standing, ...]:
        stating = next(p for p in self.chain if any(rule.id == rule_id for rule in p.rules))
        own = tuple(
            stating._stands(rule, as_of)  # noqa: SLF001  # another policy, the same class
            for rule in stating.rules
            if rule.id == rule_id
        )
        found = self.find(rule_id, as_of)
        return (*own, found) if found and found.standing == "stand_in" else own

    def _own(self, rule_id: str, as_of: date) -> Standing | None:
        """Return the value in force, else the last that was, else the first that will be."""
        mine = [self._stands(rule, as_of) for rule in self.rules if rule.id == rule_id]
        begun = [each for each in mine if each.standing != "not_yet"]
        return begun[-1] if begun else mine[0] if mine else None

    def _stands(self, rule: Rule, as_of: date) -> Standing:
        document = self.documents[rule.document]
        return Standing(rule, rule.stands(as_of), document, policy=self.id)
