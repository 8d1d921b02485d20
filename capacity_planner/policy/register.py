"""A policy: the rules of one file, those of the files behind it, and which of them counts on a day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from capacity_planner.errors import RuleNotInForceError
from capacity_planner.policy.rules import Standing
from capacity_planner.settings import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from capacity_planner.policy.rules import Document, Rule

__all__ = ["Policy"]


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
            raise self._unstated(rule_id)
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
        raise self._unstated(rule_id)

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

    def _unstated(self, rule_id: str) -> RuleNotInForceError:
        near = nearest(rule_id, {rule.id for policy in self.chain for rule in policy.rules})
        return RuleNotInForceError.of(
            "policy_rule_missing", file=self.id, value=rule_id, nearest=near
        )

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
