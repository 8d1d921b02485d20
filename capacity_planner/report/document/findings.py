"""Sentences made from figures: what the county and each township have, lack and owe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from capacity_planner.schemas import DUTIES, HANDOVERS
from capacity_planner.texts import decimal_text, label

if TYPE_CHECKING:
    from capacity_planner.assessment import Gaps
    from capacity_planner.texts import Lang

__all__ = [
    "benchmark_sentence",
    "conclusions",
    "duty_rows",
    "handover_rows",
    "joined",
    "migrant_sentences",
    "most_missing",
    "place_name",
    "shape_limits",
    "township_name",
    "township_sentences",
]

_BENCHMARK: Final = "benchmark_slots_per_1000"
_NAMED: Final = 5


def joined(words: list[str], lang: Lang) -> str:
    """Return words as a list within a sentence."""
    return ("、" if lang == "zh" else ", ").join(words)


def place_name(gaps: Gaps, lang: Lang) -> str:
    """Return the county's name."""
    source = gaps.county.source
    return source.name if lang == "zh" else source.name_en


def township_name(row: pd.Series[Any], lang: Lang) -> str:
    """Return a township's name; in English with its pinyin, as a dictionary reads it."""
    name, kind = str(row["name"]), "" if pd.isna(row["kind"]) else str(row["kind"])
    suffix = label(f"kind.{kind}", "zh") if kind else ""
    proper = name.removesuffix(suffix)
    if lang == "zh" or not kind or not proper or proper.isascii():
        return name
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - its dictionary is read on first use only

    return f"{name} ({''.join(lazy_pinyin(proper)).capitalize()} {label(f'kind.{kind}', lang)})"


def shape_limits(gaps: Gaps, lang: Lang) -> list[str]:
    """Return what must be said of the townships' shapes on the maps, if anything."""
    drawn = gaps.township_shapes
    kinds = {"schematic": drawn.schematic.any(), "discs": drawn.discs.any()}
    return [label(f"doc.limit.{kind}", lang) for kind, there in kinds.items() if there]


def _whole(row: Any, *names: str) -> dict[str, int]:  # noqa: ANN401 (a pandas row or a mapping)
    return {name: int(row[name]) for name in names}


_PARTS: Final = ("required", "attributed", "in_reach", "out_of_reach", "shortfall")


def conclusions(gaps: Gaps, lang: Lang) -> list[str]:
    """Return the county's findings in a few sentences.

    Parameters
    ----------
    gaps
        A result.
    lang
        Language of the sentences.

    Returns
    -------
    list of str
        Parts of the requirement, supply, benchmark, the townships that lack most.
    """
    totals = gaps.totals
    place = place_name(gaps, lang)
    said = [
        label("doc.county_people", lang, place=place, zones=len(gaps.zones), **_people(totals)),
        label("doc.parts", lang, **_whole(totals, *_PARTS)),
        label("doc.pooled", lang, required_pooled=totals["required_pooled"]),
        label("doc.supply", lang, **_whole(totals, "counted", "attributed", "unused", "pipeline")),
    ]
    said += [
        label(f"doc.{name}", lang, slots=totals[name])
        for name in ("without_place", "without_township")
        if totals[name]
    ]
    said += benchmark_sentence(gaps, lang)
    if worst := most_missing(gaps, lang):
        said.append(label("doc.worst", lang, places=worst))
    return said


def _people(totals: Any) -> dict[str, int]:  # noqa: ANN401
    return _whole(totals, "population", "population_urban", "population_rural")


def most_missing(gaps: Gaps, lang: Lang) -> str:
    """Return the townships that lack most, with their shortfalls; empty if nothing is missing."""
    townships = gaps.townships[gaps.townships["shortfall"] > 0]
    worst = townships.sort_values(
        ["shortfall", "township_code"], ascending=[False, True], kind="stable"
    ).head(_NAMED)
    return joined(
        [
            label("doc.place_missing", lang, place=row["name"], shortfall=int(row["shortfall"]))
            for _, row in worst.iterrows()
        ],
        lang,
    )


def benchmark_sentence(gaps: Gaps, lang: Lang) -> list[str]:
    """Return how the county stands against the benchmark in force, nothing where there is none."""
    people = gaps.totals["population"]
    found = [each for each in gaps.standings if each.rule.id == _BENCHMARK]
    if not found or found[0].rule.value is None or not people:
        return []
    standing, value = found[0], found[0].rule.value
    key = (
        "doc.benchmark_met"
        if gaps.totals["counted"] * 1000 >= value * people
        else "doc.benchmark_below"
    )
    return [
        label(
            key,
            lang,
            rate=decimal_text(gaps.totals["counted"] * 1000, people, 2),
            value=f"{value:f}",
            citation=standing.citation(lang),
        )
    ]


def township_sentences(gaps: Gaps, row: pd.Series[Any], lang: Lang) -> list[str]:
    """Return a township's findings: people, supply, the three parts, range, duties, checks.

    Parameters
    ----------
    gaps
        A result.
    row
        A row of its townships.
    lang
        Language of the sentences.

    Returns
    -------
    list of str
        A sentence each.
    """
    inside = gaps.zones[gaps.zones["township_code"] == row["township_code"]]
    rural = int((inside["category"] == "rural").sum())
    said = [
        label(
            "doc.township_people",
            lang,
            place=row["name"],
            rural=rural,
            **_whole(row, "zones", "population", "counted_slots"),
        )
    ]
    if int(row["required"]) == 0:
        return [*said, label("doc.township_no_number", lang)]
    said.append(label("doc.parts", lang, **_whole(row, *_PARTS)))
    if row["shortfall_certain"] != row["shortfall_possible"]:
        said.append(
            label("doc.range", lang, **_whole(row, "shortfall_certain", "shortfall_possible"))
        )
    said += [
        label(
            "doc.township_duty",
            lang,
            duty=_first_large(label(f"duty.{duty}", lang)),
            zones=zones,
            shortfall=missing,
        )
        for duty, zones, missing in duty_rows(inside)
        if missing
    ]
    said += _township_migrants(row, lang)
    return said


def _first_large(words: str) -> str:
    """Return words as they begin a sentence."""
    return words[:1].upper() + words[1:]


def _township_migrants(row: pd.Series[Any], lang: Lang) -> list[str]:
    word = label(f"migrant.{row['migrant_status']}", lang)
    if pd.isna(row["migrant_required"]):
        return [label("doc.township_migrants_unknown", lang, status=word)]
    names = ("migrant_required", "migrant_shortfall_certain", "migrant_shortfall_at_risk")
    return [label("doc.township_migrants", lang, status=word, **_whole(row, *names))]


def duty_rows(zones: pd.DataFrame) -> list[tuple[str, int, int]]:
    """Return for each duty the zones that have it and the slots missing in them.

    Parameters
    ----------
    zones
        Rows of a result's zones.

    Returns
    -------
    list of (duty, zones, slots)
        In the order of the table contract, without duties that no zone has.
    """
    rows = []
    for duty in DUTIES:
        part = zones[zones["duty"] == duty]
        if len(part):
            rows.append((duty, len(part), int(part["shortfall"].fillna(0).sum())))
    return rows


def migrant_sentences(gaps: Gaps, lang: Lang) -> list[str]:
    """Return the migrant-child check of the county: totals, then townships by status."""
    totals = gaps.totals
    names = ("migrant_required", "migrant_shortfall_certain", "migrant_shortfall_at_risk")
    said = [label("doc.migrants_county", lang, **_whole(totals, *names))]
    for status in ("short", "at_risk", "not_checked", "met"):
        named = gaps.townships.loc[gaps.townships["migrant_status"] == status, "name"].tolist()
        if named:
            word = _first_large(label(f"migrant.{status}", lang))
            places = joined(named, lang)
            said.append(
                label("doc.migrants_status", lang, status=word, count=len(named), places=places)
            )
    return said


def handover_rows(gaps: Gaps) -> list[tuple[str, int, int]]:
    """Return for each state of the hand-over check its new zones and the slots missing there."""
    zones = gaps.zones
    rows = []
    for state in HANDOVERS:
        part = zones[zones["handover"] == state]
        if len(part):
            rows.append((state, len(part), int(part["shortfall"].fillna(0).sum())))
    return rows
