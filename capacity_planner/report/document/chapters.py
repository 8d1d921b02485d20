"""The chapters of the report, in the order of a planning note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from capacity_planner.policy import announce, load_choices
from capacity_planner.report.document import findings
from capacity_planner.schemas import DATA_STATUSES
from capacity_planner.texts import decimal_text, label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from capacity_planner.assessment import Gaps
    from capacity_planner.report.document.page import Note
    from capacity_planner.texts import Lang

__all__ = [
    "add_annexes",
    "add_basis",
    "add_checks",
    "add_county",
    "add_data",
    "add_duties",
    "add_limits",
    "add_method",
    "add_townships",
]

_CITED: Final = ("ratio", "duty", "check", "benchmark", "limit", "counting")
_METHOD: Final = ("required", "counted", "attribution", "parts", "range", "duty", "migrants")
_LIMITS: Final = ("base", "radius", "convention", "top_up", "rural", "migrants", "data")
_DEPARTMENTS: Final = ("build_with_housing", "provide_by_deadline", "top_up", "consider")
_LONGEST: Final = 400
"""Rows of an annex table; further zones are in the workbook."""


def add_basis(note: Note, gaps: Gaps) -> None:
    """Add purpose, the clauses that the figures rest on, and how each stands."""
    lang = note.lang
    note.heading(label("doc.h.basis", lang))
    note.say(label("doc.purpose", lang, place=findings.place_name(gaps, lang)))
    used = set(gaps.zones["rule_id"])
    cited = [
        each
        for each in gaps.standings
        if each.rule.kind in _CITED
        and (each.rule.kind != "ratio" or each.rule.id in used)
        and each.rule.unit != "children_per_carer"
    ]
    cited.sort(key=lambda each: (_CITED.index(each.rule.kind), each.rule.id))
    heads = ("rule_kind", "says", "citation", "standing", "confidence")
    rows = [
        (
            label(f"rule_kind.{each.rule.kind}", lang),
            each.rule.zh if lang == "zh" else each.rule.en,
            each.citation(lang),
            label(f"standing.{each.standing}", lang),
            label(f"confidence.{each.rule.confidence}", lang),
        )
        for each in cited
    ]
    note.caption(label("doc.t.basis", lang))
    note.table(_heads(heads, lang), rows)
    ratios = [each for each in cited if each.rule.kind == "ratio"]
    for sentence in announce(ratios, lang):
        note.alarm(sentence)
    for each in ratios:
        if each.rule.until is not None and each.standing == "in_force":
            until = each.rule.until.isoformat()
            note.say(label("doc.valid_until", lang, citation=each.citation(lang), until=until))
            break


def add_data(note: Note, gaps: Gaps) -> None:
    """Add what data there are, their status, and what was repaired."""
    lang, tables = note.lang, gaps.county.tables
    note.heading(label("doc.h.data", lang))
    facilities = gaps.facilities
    note.say(
        label(
            "doc.data",
            lang,
            zones=len(gaps.zones),
            facilities=len(facilities),
            townships=len(gaps.townships),
            not_counted=int((facilities["counted_slots"] == 0).sum()),
            as_of=gaps.as_of.isoformat(),
        )
    )
    note.caption(label("doc.t.status", lang))
    kinds = {"zone": gaps.zones, "facility": facilities, "township": gaps.townships}
    rows = []
    for kind, frame in kinds.items():
        given = frame["data_status"].fillna("").tolist()
        counts = [given.count(status) for status in DATA_STATUSES]
        rows.append((label(f"noun.{kind}", lang), *counts, given.count("")))
    heads = [label("doc.th.table", lang)]
    heads += [label(f"data_status.{each}", lang) for each in DATA_STATUSES]
    note.table([*heads, label("doc.th.unsaid", lang)], rows, numbers=(1, 2, 3, 4))
    if gaps.county.source.demonstration:
        note.alarm(f"※ {label('notice.demonstration', lang)}")
    severities = [each.severity for each in gaps.problems]
    note.say(
        label(
            "doc.problems",
            lang,
            repaired=severities.count("repaired"),
            warnings=severities.count("warning"),
            files=len(tables.files),
        )
    )


def add_method(note: Note, gaps: Gaps) -> None:
    """Add the arithmetic in words and every choice with who decided it."""
    lang = note.lang
    note.heading(label("doc.h.method", lang))
    note.points(
        label(f"doc.method.{each}", lang, radius_m=gaps.choices.radius_m) for each in _METHOD
    )
    note.caption(label("doc.t.choices", lang))
    _add_choices(note, gaps, fixed=False)
    note.say(label("doc.conventions", lang))


def _add_choices(note: Note, gaps: Gaps, *, fixed: bool, small: bool = False) -> None:
    """Add the table of the choices that a county may make, or of the tool's fixed conventions."""
    lang, known = note.lang, load_choices()
    rows = [
        (
            known[name].title(lang),
            known[name].tell(value, lang),
            label(f"decided.{origin}", lang),
            known[name].reason(lang),
        )
        for name, value, origin in gaps.choices.rows(fixed=fixed)
        if known[name].fixed == fixed
    ]
    note.table(_heads(("question", "answer", "decided", "why"), lang), rows, small=small)


def add_county(note: Note, gaps: Gaps, picture: bytes | None) -> None:
    """Add the county's findings with its map."""
    lang = note.lang
    note.heading(label("doc.h.county", lang))
    note.say(*findings.conclusions(gaps, lang))
    note.caption(label("doc.t.duties", lang))
    rows = [
        (label(f"duty.{duty}", lang), zones, missing)
        for duty, zones, missing in findings.duty_rows(gaps.zones)
    ]
    note.table(_heads(("duty", "zones", "shortfall"), lang), rows, numbers=(1, 2))
    note.caption(label("doc.t.indicators", lang))
    note.table(_heads(("item", "value"), lang), list(_indicators(gaps, lang)), numbers=(1,))
    if picture is not None:
        note.picture(picture, width_mm=130)
    said = [label("doc.f.county", lang), *findings.shape_limits(gaps, lang)]
    note.caption(" ".join(said) if picture else label("doc.f.none", lang), above=False)


def _indicators(gaps: Gaps, lang: Lang) -> Iterator[tuple[str, str]]:
    for row in gaps.indicators.to_dict("records"):
        name, above, below = str(row["indicator"]), row["numerator"], row["denominator"]
        if pd.isna(row["value"]):
            said = "–"
        elif row["unit"] == "share":
            said = f"{decimal_text(int(above) * 100, int(below), 1)}%"
        elif name == "slots_per_1000":
            said = decimal_text(int(above), int(below), 2)
        else:
            said = f"{int(row['value']):,}"
        yield label(f"indicator.{name}", lang), said


def add_townships(note: Note, gaps: Gaps, pictures: Mapping[str, bytes]) -> None:
    """Add each township: heading, map, sentences."""
    lang = note.lang
    note.heading(label("doc.h.townships", lang))
    note.say(label("doc.legend", lang))
    for _, row in gaps.townships.iterrows():
        note.heading(findings.township_name(row, lang), level=2)
        sentences = findings.township_sentences(gaps, row, lang)
        picture = pictures.get(str(row["township_code"]))
        if picture is None:
            note.say(*sentences)
        else:
            note.beside(picture, sentences, width_mm=58)


def add_checks(note: Note, gaps: Gaps) -> None:
    """Add the migrant-child check and the hand-over check of new zones."""
    lang = note.lang
    note.heading(label("doc.h.migrants", lang))
    note.say(label("doc.migrants_how", lang))
    note.say(*findings.migrant_sentences(gaps, lang))
    note.heading(label("doc.h.handover", lang))
    rows = [
        (label(f"handover.{state}", lang), zones, missing)
        for state, zones, missing in findings.handover_rows(gaps)
    ]
    if not rows:
        note.say(label("doc.no_new_zones", lang))
        return
    note.say(label("doc.handover_how", lang, zones=sum(row[1] for row in rows)))
    note.caption(label("doc.t.handover", lang))
    note.table(_heads(("handover", "zones", "shortfall"), lang), rows, numbers=(1, 2))
    late = gaps.zones[gaps.zones["handover"] == "late"]
    note.points(
        label(
            "doc.late",
            lang,
            zone=zone["name"],
            zone_id=zone["zone_id"],
            facility_id=zone["handover_facility_id"],
            days=int(zone["handover_days"]),
        )
        for _, zone in late.iterrows()
    )


def add_duties(note: Note, gaps: Gaps) -> None:
    """Add who has to act: by duty, with means, departments and slots."""
    lang = note.lang
    note.heading(label("doc.h.duties", lang))
    note.say(label("doc.duties_how", lang))
    by_duty = {duty: (zones, missing) for duty, zones, missing in findings.duty_rows(gaps.zones)}
    rows = [
        (
            label(f"duty.{duty}", lang),
            label(f"means.{duty}", lang),
            label(f"department.{duty}", lang),
            *by_duty[duty],
        )
        for duty in _DEPARTMENTS
        if duty in by_duty
    ]
    heads = ("duty", "means", "department", "zones", "shortfall")
    note.caption(label("doc.t.departments", lang))
    note.table(_heads(heads, lang), rows, numbers=(3, 4))


def add_limits(note: Note, gaps: Gaps) -> None:
    """Add what the figures cannot say."""
    lang = note.lang
    note.heading(label("doc.h.limits", lang))
    said = [label(f"doc.limit.{each}", lang) for each in _LIMITS]
    if gaps.choices.distance == "network":
        said[1] = label("doc.limit.network", lang)
    note.points([*said, *findings.shape_limits(gaps, lang)])


def add_annexes(note: Note, gaps: Gaps) -> None:
    """Add the tables: townships, zones with a shortfall, facilities that do not count, conventions."""
    lang = note.lang
    note.page_break()
    note.heading(label("doc.h.annex", lang))
    names = (
        "population",
        "counted_slots",
        "required",
        "attributed",
        "in_reach",
        "out_of_reach",
        "shortfall",
        "shortfall_certain",
        "shortfall_possible",
    )
    rows: list[tuple[Any, ...]] = [
        (row["name"], *(int(row[name]) for name in names)) for _, row in gaps.townships.iterrows()
    ]
    totals = {**gaps.totals, "counted_slots": gaps.totals["counted"]}
    rows.append((label("workbook.total", lang), *(totals[name] for name in names)))
    note.caption(label("doc.t.townships", lang))
    note.table(
        _heads(("township", *names), lang),
        rows,
        numbers=range(1, 10),
        small=True,
        last_is_total=True,
    )
    _add_short_zones(note, gaps)
    _add_not_counted(note, gaps)
    note.caption(label("doc.t.conventions", lang))
    _add_choices(note, gaps, fixed=True, small=True)


def _add_short_zones(note: Note, gaps: Gaps) -> None:
    """Add the zones with a shortfall, a table for each duty."""
    lang = note.lang
    short = gaps.zones[gaps.zones["shortfall"].fillna(0) > 0]
    heads = (
        "zone_id",
        "name",
        "township",
        "category",
        "population",
        "required",
        "attributed",
        "shortfall",
    )
    for duty, zones, missing in findings.duty_rows(short):
        duty_words = label(f"duty.{duty}", lang)
        note.caption(label("doc.t.zones", lang, duty=duty_words, zones=zones, shortfall=missing))
        part = short[short["duty"] == duty]
        rows = [
            (
                row["zone_id"],
                row["name"],
                row["township"],
                label(f"category.{row['category']}", lang),
                *(int(row[name]) for name in heads[4:]),
            )
            for row in part.head(_LONGEST).to_dict("records")
        ]
        note.table(_heads(heads, lang), rows, numbers=range(4, 8), small=True)
        if len(part) > _LONGEST:
            note.say(label("doc.more_rows", lang, count=len(part) - _LONGEST))


def _add_not_counted(note: Note, gaps: Gaps) -> None:
    lang = note.lang
    facilities = gaps.facilities[gaps.facilities["not_counted_reason"] != ""]
    note.caption(label("doc.t.not_counted", lang))
    rows = [
        (
            row["facility_id"],
            row["name"],
            label(f"type.{row['type']}", lang) if row["type"] else "",
            int(row["slots"]),
            int(row["counted_slots"]),
            label(f"reason.{row['not_counted_reason']}", lang),
        )
        for _, row in facilities.head(_LONGEST).iterrows()
    ]
    heads = ("facility_id", "facility_name", "type", "slots", "counted_slots", "not_counted_reason")
    note.table(_heads(heads, lang), rows, numbers=(3, 4), small=True)


def _heads(names: tuple[str, ...], lang: Lang) -> list[str]:
    return [label(f"col.{name}", lang) for name in names]
