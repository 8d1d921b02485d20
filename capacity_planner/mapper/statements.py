"""What every page must say beside its figures: rules, notices and the words themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from capacity_planner.policy import announce
from capacity_planner.texts import LANGUAGES, load_catalogue

if TYPE_CHECKING:
    from capacity_planner.assessment import Gaps
    from capacity_planner.policy import Standing

__all__ = ["notices", "page_words", "rule_rows"]

_KINDS: Final = ("ratio", "duty", "check", "counting", "benchmark", "limit", "class_size")
_PREFIXES: Final = (
    "page.",
    "category.",
    "data_status.",
    "decided.",
    "duty.",
    "facility_status.",
    "handover.",
    "means.",
    "migrant.",
    "notice.",
    "origin.",
    "quantity.",
    "reason.",
    "site_kind.",
    "standing.",
    "type.",
    "unit.",
)


def page_words() -> dict[str, dict[str, str]]:
    """Return the words of the page in each language, by key.

    Returns
    -------
    dict
        Language to key to words.
    """
    labels = load_catalogue("labels")
    keys = sorted(key for key in labels if key.startswith(_PREFIXES))
    return {lang: {key: labels[key][lang] for key in keys} for lang in LANGUAGES}


def notices(gaps: Gaps) -> list[dict[str, str]]:
    """Return what must stand on top of every page, in both languages: kind, zh, en.

    Parameters
    ----------
    gaps
        A result.

    Returns
    -------
    list of dict
        Demonstration data, rules that lapsed or stand in, schematic outlines.
    """
    labels = load_catalogue("labels")
    told: list[dict[str, str]] = []
    if gaps.county.source.demonstration:
        told.append({"kind": "demonstration", **labels["notice.demonstration"]})
    told += [
        {"kind": "rule", "zh": zh, "en": en}
        for zh, en in zip(
            announce(gaps.standings, "zh"), announce(gaps.standings, "en"), strict=True
        )
    ]
    if gaps.township_shapes.schematic.any():
        told.append({"kind": "schematic", **labels["notice.schematic"]})
    return told


def rule_rows(gaps: Gaps) -> list[dict[str, Any]]:
    """Return the rules that the figures rest on, each with value, citation and standing.

    Parameters
    ----------
    gaps
        A result.

    Returns
    -------
    list of dict
        What the figures rest on first.
    """
    return [
        {
            "kind": standing.rule.kind,
            "zh": standing.rule.zh,
            "en": standing.rule.en,
            "value": "" if standing.rule.value is None else str(standing.rule.value),
            "cited_zh": standing.citation("zh"),
            "cited_en": standing.citation("en"),
            "standing": standing.standing,
            "until": "" if standing.rule.until is None else standing.rule.until.isoformat(),
        }
        for standing in sorted(gaps.standings, key=_rank)
    ]


def _rank(standing: Standing) -> tuple[int, str]:
    """Return the place of a rule in the list: what the figures rest on comes first."""
    kind = standing.rule.kind
    return (_KINDS.index(kind) if kind in _KINDS else len(_KINDS), standing.rule.id)
