"""Policy files, found by id or path, checked whole, with the files that stand behind them."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from capacity_planner.errors import Complaints, PolicyError
from capacity_planner.policy.known import KNOWN_RULES
from capacity_planner.policy.models import PolicyFile
from capacity_planner.policy.register import Policy
from capacity_planner.policy.rules import Document, Rule
from capacity_planner.settings import check, inside, nearest, read_toml, sha256_of, show
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capacity_planner.policy.models import DocumentModel, ValueModel

__all__ = ["load_policy", "shipped_policies"]

SHIPPED: Final = Path(__file__).parents[1] / "policies"
_NOT_POLICIES: Final = frozenset({"choices"})


class _Source(NamedTuple):
    """Where a policy file lies, the name that complaints give it, and what its paths may not leave."""

    path: Path
    file: str
    folder: Path | None


def shipped_policies() -> tuple[str, ...]:
    """Return the ids of the policies that come with the package, sorted.

    Returns
    -------
    tuple[str, ...]
        Each may stand as ``policy = "…"`` in a county.

    Examples
    --------
    >>> shipped_policies()
    ('china-national', 'dazhu-2021-57', 'sichuan-2020-8')
    """
    return tuple(sorted({path.stem for path in SHIPPED.glob("*.toml")} - _NOT_POLICIES))


def load_policy(id_or_path: str | Path, *, folder: Path | None = None) -> Policy:
    """Return a policy, checked, with the policy that stands in for it.

    A policy of one's own is one small file, named by its path in ``county.toml``::

        schema = 1
        id = "our-rules"
        name = "本市规定"
        name_en = "Rules of our city"

        [documents.rule]
        title = "本市托育服务规定"
        title_en = "Childcare rules of our city"
        confidence = "A"

        [rules]
        ratio_new = { value = 35, unit = "slots_per_1000_residents", from = 2024-01-01, document = "rule", clause = "1" }
        ratio_existing = { value = 35, unit = "slots_per_1000_residents", from = 2024-01-01, document = "rule", clause = "1" }
        ratio_old_town = { value = 35, unit = "slots_per_1000_residents", from = 2024-01-01, document = "rule", clause = "1" }

    ``until`` is the first day no longer in force; a value that changed over the years stands as
    several ``[[rules.ratio_new]]``, each with its own ``from``; where only the year or month of a
    document is known, ``from = "2020"`` or ``"2020-06"``; ``stand_in`` names the policy to ask
    where a rule is not in force. Rules without a number (duties, checks) say in ``zh`` and ``en``
    what they ask for.

    Parameters
    ----------
    id_or_path
        Id of a shipped policy, or the path of a ``.toml`` file.
    folder
        The county folder: relative paths start there and may not leave it. Without it the path is
        one that the user gave on the command line.

    Returns
    -------
    Policy
        Frozen.

    Raises
    ------
    PolicyError
        With every fault of the file: not found, unknown or missing keys, wrong types, undefined
        documents, values that overlap in time, a circle of stand-ins.

    Examples
    --------
    >>> from datetime import date
    >>> policy = load_policy("dazhu-2021-57")
    >>> policy.ratio("new", date(2025, 12, 31)).rule.value
    Decimal('10')
    >>> policy.ratio("new", date(2026, 9, 15)).document.number
    '川卫规〔2020〕8号'
    """
    key = ("county.toml", "policy") if folder else ("", "")
    source = _find(str(id_or_path), folder=folder, key=key)
    return _load(source, seen=())


@cache
def _shipped(policy_id: str) -> Policy:
    return _read(_Source(SHIPPED / f"{policy_id}.toml", f"{policy_id}.toml", None), seen=())


def _find(
    name: str, *, start: Path | None = None, folder: Path | None, key: tuple[str, str]
) -> _Source:
    """Return where a policy lies; ``key`` is the file and key that name it, empty for a command."""
    file, column = key
    known = shipped_policies()
    if name in known:
        return _Source(SHIPPED / f"{name}.toml", f"{name}.toml", None)
    if not name.endswith(".toml"):
        raise PolicyError.of(
            "policy_unknown",
            file=file,
            column=column,
            value=show(name),
            nearest=nearest(name, known),
            known="、".join(known),
        )
    if folder is None:
        return _Source((start or Path()) / name, Path(name).name, None)
    path = inside(folder, name, start=start, file=file, column=column, error=PolicyError)
    return _Source(path, name, folder)


def _load(source: _Source, *, seen: tuple[Path, ...]) -> Policy:
    if source.path.parent == SHIPPED:
        return _shipped(source.path.stem)
    return _read(source, seen=seen)


def _read(source: _Source, *, seen: tuple[Path, ...]) -> Policy:
    data = read_toml(source.path, file=source.file, error=PolicyError)
    model = check(PolicyFile, data, file=source.file, error=PolicyError)
    documents = {key: _document(key, each) for key, each in model.documents.items()}
    found = Complaints()
    for rule_id, values in model.rules.items():
        _judge(rule_id, values, documents=documents, file=source.file, found=found)
    if found.has_errors:
        raise PolicyError(found)
    rules = (
        rule
        for rule_id in sorted(model.rules)
        for rule in _settled(rule_id, model.rules[rule_id], documents)
    )
    behind = _behind(model.stand_in, source, seen=seen)
    return Policy(
        id=model.id,
        name=model.name,
        name_en=model.name_en,
        rules=tuple(rules),
        documents=documents,
        stand_in=model.stand_in,
        behind=behind,
        sha256=sha256_of(source.path),
    )


def _behind(stand_in: str | None, source: _Source, *, seen: tuple[Path, ...]) -> Policy | None:
    if stand_in is None:
        return None
    key = (source.file, "stand_in")
    other = _find(stand_in, start=source.path.parent, folder=source.folder, key=key)
    passed = (*seen, source.path.resolve())
    if other.path.resolve() in passed:
        raise PolicyError.of(
            "policy_stand_in_circle", file=source.file, column="stand_in", value=show(stand_in)
        )
    return _load(other, seen=passed)


def _document(document_id: str, model: DocumentModel) -> Document:
    return Document(
        id=document_id,
        title=model.title,
        title_en=model.title_en,
        number=model.number or "",
        confidence=model.confidence,
        note=model.note or "",
        note_en=model.note_en or model.note or "",
    )


def _judge(
    rule_id: str,
    values: list[ValueModel],
    *,
    documents: Mapping[str, Document],
    file: str,
    found: Complaints,
) -> None:
    """Note what a well-formed rule still gets wrong."""
    key = f"rules.{show(rule_id)}"
    known = KNOWN_RULES.get(rule_id)
    if known is None:
        near = nearest(rule_id, KNOWN_RULES)
        found.add("policy_rule_unknown", file=file, column=key, value=show(rule_id), nearest=near)
        return
    for each in values:
        _judge_number(each, key=key, unit=known.unit, file=file, found=found)
        if each.document not in documents:
            found.add(
                "policy_document_undefined",
                file=file,
                column=f"{key}.document",
                value=show(each.document),
                nearest=nearest(each.document, documents),
            )
        if known.kind != "ratio" and not (each.zh and each.en):
            found.add("policy_text_missing", file=file, column=key)
        if each.until and each.until <= each.from_.day:
            found.add(
                "policy_until_before_from", file=file, column=f"{key}.until", value=each.until
            )
    for earlier, later in pairwise(sorted(values, key=lambda each: each.from_.day)):
        if earlier.from_.day == later.from_.day:
            day = later.from_.day
            found.add("policy_date_twice", file=file, column=f"{key}.from", value=day)
        elif earlier.until and earlier.until > later.from_.day:
            day = earlier.until
            found.add("policy_overlap", file=file, column=f"{key}.until", value=day)


def _judge_number(each: ValueModel, *, key: str, unit: str, file: str, found: Complaints) -> None:
    if bool(unit) != (each.value is not None):
        code = "policy_value_missing" if unit else "policy_value_surplus"
        found.add(code, file=file, column=f"{key}.value", unit=unit)
    elif (each.unit or "") != unit:
        found.add("policy_unit", file=file, column=f"{key}.unit", value=each.unit or "", unit=unit)
    elif each.value is not None and not 0 < each.value <= 1000:  # noqa: PLR2004  # per thousand
        found.add("policy_value_absurd", file=file, column=f"{key}.value", value=each.value)


def _settled(
    rule_id: str, values: list[ValueModel], documents: Mapping[str, Document]
) -> tuple[Rule, ...]:
    """Return the rule's values by first day; an open end ends where the next value begins."""
    known = KNOWN_RULES[rule_id]
    ordered = sorted(values, key=lambda each: each.from_.day)
    nexts = [each.from_.day for each in ordered[1:]]
    return tuple(
        Rule(
            id=rule_id,
            kind=known.kind,
            value=each.value,
            unit=known.unit,
            from_date=each.from_.day,
            until=each.until or following,
            document=each.document,
            clause=each.clause,
            confidence=each.confidence or documents[each.document].confidence,
            zh=each.zh or label("policy.ratio", "zh", value=each.value),
            en=each.en or label("policy.ratio", "en", value=each.value),
            applies_to=known.applies_to,
            from_precision=each.from_.precision,
            note=each.note or "",
            note_en=each.note_en or each.note or "",
            clause_en=each.clause_en or "",
        )
        for each, following in zip(ordered, [*nexts, None], strict=True)
    )
