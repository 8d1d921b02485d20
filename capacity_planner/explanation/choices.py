"""The choices in force, told beside every derivation: console, page and file copy say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capacity_planner.policy import load_choices
from capacity_planner.texts import label

if TYPE_CHECKING:
    from capacity_planner.assessment import Gaps
    from capacity_planner.texts import Lang

__all__ = ["choice_rows", "tell_choices"]


def choice_rows(gaps: Gaps) -> list[dict[str, str]]:
    """Return every choice in force: id, value, who decided it, and its name in both languages.

    Parameters
    ----------
    gaps
        A result.

    Returns
    -------
    list of dict
        In the order of the choices' file; a value that is not given is empty.
    """
    known = load_choices()
    return [
        {
            "id": name,
            "value_zh": known[name].tell(value, "zh"),
            "value_en": known[name].tell(value, "en"),
            "origin": origin,
            "zh": known[name].zh,
            "en": known[name].en,
        }
        for name, value, origin in gaps.choices.rows()
    ]


def tell_choices(gaps: Gaps, lang: Lang) -> str:
    """Return the choices in force as one sentence: what, value, decided by whom.

    Parameters
    ----------
    gaps
        A result.
    lang
        Language.

    Returns
    -------
    str
        Without the choices that are not given.
    """
    told = [
        label(
            "explained.choice",
            lang,
            choice=row[lang],
            value=row[f"value_{lang}"],
            origin=label(f"decided.{row['origin']}", lang),
        )
        for row in choice_rows(gaps)
        if row[f"value_{lang}"]
    ]
    return label("explained.choices", lang, choices=label("explained.joint", lang).join(told))
