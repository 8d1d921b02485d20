"""``plan-gaps diff``: why each township's shortfall moved between two runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from capacity_planner.cli.console import table
from capacity_planner.cli.options import language_option
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from capacity_planner.runs.diff import Difference
    from capacity_planner.texts import Lang

__all__ = ["diff"]

_MOST_LISTED = 20


@click.command(short_help="两次结果为何不同。Why each township's shortfall moved between two runs.")
@click.argument("before", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("after", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--all", "every", is_flag=True, help="没有变化的乡镇也列出。List every township.")
@language_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def diff(before: Path, after: Path, every: bool, lang: Any, form: str) -> None:  # noqa: ANN401
    """把 BEFORE 到 AFTER 的缺口变化分为人口、规则、选择、供给、可及五部分，合计分毫不差。Parts add up exactly."""
    from capacity_planner.runs.diff import compare_runs

    found = compare_runs(before, after)
    if form == "json":
        said = {
            "townships": found.townships.to_dict("records"),
            "changed": found.changed.to_dict("records"),
        }
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return
    click.echo(_told(found, lang, every=every))


_WORDS: Final = {"category": "category", "type": "type", "status": "facility_status"}
"""Columns that hold words of ours, by where their labels stand."""


def _change(row: Mapping[Any, Any], lang: Lang) -> str:
    """Return what stood there before and what stands there now; nothing where the place changed."""
    if not row["before"] and not row["after"]:
        return ""
    kind = _WORDS.get(row["column"])
    shown = [
        label(f"{kind}.{value}", lang) if kind and value else value or "–"
        for value in (row["before"], row["after"])
    ]
    return " → ".join(shown)


def _told(found: Difference, lang: Lang, *, every: bool) -> str:
    columns = list(found.townships.columns)[2:]
    heads = [label("noun.township", lang), *(label(f"diff.{name}", lang) for name in columns)]
    rows = []
    for row in found.townships.to_dict("records"):
        numbers = [int(row[name]) for name in columns]
        if every or not row["township_code"] or any(numbers[2:]):
            rows.append([row["name"] or label("cli.whole", lang), *numbers])
    lines = [table(heads, rows), "", label("diff.order", lang), ""]
    kinds = found.changed.groupby(["what", "column"], sort=False)
    for (what, column), part in kinds:
        name = label(f"diff.what.{what}", lang)
        of = f" {label(f'diff.column.{column}', lang)}" if column else ""
        lines.append(f"{name}{of}: {len(part)}")
        lines += [
            f"  {each['id']} {_change(each, lang)}".rstrip()
            for each in part.head(_MOST_LISTED).to_dict("records")
        ]
    if found.changed.empty:
        lines.append(label("diff.nothing", lang))
    return "\n".join(lines)
