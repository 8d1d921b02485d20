"""The HTML of a notebook cell; everything from data passes :func:`~capacity_planner.mapper.page.embed_text`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from capacity_planner.mapper.page import embed_text
from capacity_planner.policy import announce
from capacity_planner.texts import LANGUAGES, label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from capacity_planner.assessment import Gaps
    from capacity_planner.county import County
    from capacity_planner.errors import Complaint
    from capacity_planner.explanation import Explanation
    from capacity_planner.planning import Outlook, Plan

__all__ = ["show_county", "show_explanation", "show_gaps", "show_outlook", "show_plan"]

_PARTS: Final = {"attributed": "#2C7FB8", "in_reach": "#FDB863", "out_of_reach": "#B35806"}
_TOWNSHIP: Final = (
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
_YEAR: Final = ("population", "required", "counted", "attributed", "shortfall")
_PLAN: Final = ("before", "after", "closed", "sites", "slots", "cost")
_SHARE: Final = 100


def show_county(county: County) -> str:
    """Return what was read: tables with their rows and files, repairs and warnings."""
    tables, source = county.tables, county.source
    head = _head(county, county.as_of.isoformat())
    rows = [
        (name, f"{len(getattr(tables, name)):,}", source.tables[name].file)
        for name in ("zones", "facilities", "townships")
        if name in source.tables
    ]
    return _section(
        head,
        _table([_both("notebook.table"), _both("notebook.rows"), _both("notebook.file")], rows),
        _problems(tables.complaints),
    )


def show_gaps(gaps: Gaps) -> str:
    """Return the county's three plain numbers and its townships, most missing first."""
    ranked = gaps.townships.sort_values(
        ["shortfall", "township_code"], ascending=[False, True], kind="stable"
    )
    rows = [
        (row["name"], *(_number(row[name]) for name in _TOWNSHIP))
        for row in ranked.drop(columns="geometry").to_dict("records")
    ]
    heads = [_both("col.township"), *(_both(f"col.{name}") for name in _TOWNSHIP)]
    return _section(
        _head(gaps.county, gaps.as_of.isoformat()),
        _announced(gaps),
        _bar(gaps.totals),
        _scrolled(_table(heads, rows)),
        _choices(gaps),
        _problems(gaps.problems),
        _hint("notebook.hint_gaps"),
    )


def show_outlook(outlook: Outlook) -> str:
    """Return the county's years."""
    rows = [
        (str(year), *(_number(gaps.totals[name]) for name in _YEAR))
        for year, gaps in outlook.years.items()
    ]
    heads = [_both("notebook.year"), *(_both(f"quantity.{name}") for name in _YEAR)]
    last = outlook.years[max(outlook.years)]
    return _section(
        _head(outlook.county, f"{outlook.plan.zh} / {outlook.plan.en}"),
        _announced(last),
        _table(heads, rows),
        _hint("notebook.hint_outlook"),
    )


def show_plan(plan: Plan) -> str:
    """Return what a plan closes, at what cost, with its proof, by township."""
    totals = plan.totals
    said = {
        name: _number(totals[name])
        for name in ("sites", "slots", "cost", "shortfall_before", "shortfall_after", "unreachable")
    }
    proof = {"gap": f"{float(totals['gap']) * _SHARE:.2f}%"}
    sentences = [
        _said(
            "notebook.plan",
            lang,
            **said,
            **proof,
            status=label(f"site.status.{totals['status']}", lang),
        )
        for lang in LANGUAGES
    ]
    touched = plan.townships[plan.townships["before"] > 0]
    rows = [
        (row["name"], *(_number(row[name]) for name in _PLAN)) for row in touched.to_dict("records")
    ]
    heads = [_both("col.township"), *(_both(f"plan.{name}") for name in _PLAN)]
    return _section(
        _head(plan.before.county, plan.before.as_of.isoformat()),
        *(f"<p>{each}</p>" for each in sentences),
        _scrolled(_table(heads, rows)),
        _hint("notebook.hint_plan"),
    )


def show_explanation(found: Explanation) -> str:
    """Return a derivation's lines in both languages."""
    lists = [
        f"<ol>{''.join(f'<li>{embed_text(line.text(lang))}</li>' for line in found.lines)}</ol>"
        for lang in LANGUAGES
    ]
    return _section(*lists)


def _section(*parts: str) -> str:
    return f"<section>{''.join(parts)}</section>"


def _said(key: str, lang: Any, **params: object) -> str:  # noqa: ANN401 (a language)
    return embed_text(label(key, lang, **params))


def _both(key: str) -> str:
    return " / ".join(label(key, lang) for lang in LANGUAGES)


def _head(county: County, when: str) -> str:
    """Return the place and date, and what nobody may overlook about the data."""
    source = county.source
    title = embed_text(f"{source.name} / {source.name_en}　{when}")
    alarm = ""
    if source.demonstration:
        alarm = f'<p style="color:#9c2a00"><b>※ {embed_text(_both("notice.demonstration"))}</b></p>'
    return f"<h4>{title}</h4>{alarm}"


def _announced(gaps: Gaps) -> str:
    """Return what must be said about rules that have lapsed or stand in."""
    ratios = [each for each in gaps.standings if each.rule.kind == "ratio"]
    return "".join(
        f'<p style="color:#9c2a00">{embed_text(sentence)}</p>'
        for lang in LANGUAGES
        for sentence in announce(ratios, lang)
    )


def _bar(totals: Mapping[str, int]) -> str:
    """Return the requirement as a bar of its three parts, with their numbers in words."""
    required = totals["required"]
    sentences = "".join(f"<p>{_said('doc.parts', lang, **totals)}</p>" for lang in LANGUAGES)
    if not required:
        return sentences
    parts = "".join(
        f'<div title="{embed_text(_both(f"quantity.{name}"))}" '
        f'style="width:{totals[name] / required:.4%};background:{colour};height:14px"></div>'
        for name, colour in _PARTS.items()
    )
    return f'{sentences}<div style="display:flex;max-width:60em">{parts}</div>'


def _choices(gaps: Gaps) -> str:
    """Return the choices in force, each with who made it."""
    rows = [
        (name, "–" if value is None else str(value), _both(f"decided.{origin}"))
        for name, value, origin in gaps.choices.rows()
    ]
    heads = [_both(f"notebook.{each}") for each in ("choice", "value", "decided")]
    return _folded(_both("notebook.choices"), _table(heads, rows))


def _problems(found: Iterable[Complaint]) -> str:
    """Return repairs and warnings, folded away but counted."""
    told = list(found)
    rows = [
        (each.severity, each.place("zh"), each.message("zh"), each.remedy("zh")) for each in told
    ]
    heads = [_both(f"notebook.{each}") for each in ("severity", "place", "message", "remedy")]
    if not rows:
        return ""
    return _folded(f"{_both('notebook.problems')}: {len(rows)}", _table(heads, rows))


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{embed_text(title)}</summary>{content}</details>"


def _scrolled(content: str) -> str:
    return f'<div style="max-height:28em;overflow:auto">{content}</div>'


def _hint(key: str) -> str:
    return f"<p><code>{embed_text(label(key, 'en'))}</code></p>"


def _number(value: Any) -> str:  # noqa: ANN401 (a cell)
    return "" if pd.isna(value) else f"{int(value):,}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{embed_text(each)}</th>" for each in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{embed_text(str(each))}</td>' for each in row)}</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
