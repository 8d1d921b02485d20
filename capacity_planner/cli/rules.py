"""``plan-gaps rules``: the register of rules at a date, with standing."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from capacity_planner.cli.console import table
from capacity_planner.cli.options import language_option
from capacity_planner.policy import load_choices, load_policy
from capacity_planner.texts import label

__all__ = ["rules"]


@click.command(short_help="规则登记簿。The register of rules and choices at a date.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    default=lambda: datetime.now().astimezone().date().isoformat(),
    help="日期。Date. [today]",
)
@click.option(
    "--policy", default="dazhu-2021-57", metavar="ID|FILE", help="政策编号或文件。[dazhu-2021-57]"
)
@language_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def rules(as_of: datetime, policy: str, lang: Any, form: str) -> None:  # noqa: ANN401 (a Lang)
    """列出某日的规则：数值、条款、效力、可信度，以及规则未定而由本项目选择的事项。Print the register."""
    register = load_policy(policy).register(as_of.date())
    rows = [
        {
            "rule": each.rule.id,
            "value": "" if each.rule.value is None else str(each.rule.value),
            "unit": each.rule.unit,
            "standing": label(f"standing.{each.standing}", lang),
            "from": each.rule.since,
            "until": "" if each.rule.until is None else each.rule.until.isoformat(),
            "confidence": each.rule.confidence,
            "clause": each.citation(lang),
            "text": each.rule.zh if lang == "zh" else each.rule.en,
        }
        for each in register
    ]
    choices = [
        {
            "choice": choice.id,
            "default": "" if choice.default is None else str(choice.default),
            "title": choice.title(lang),
            "why": choice.reason(lang),
        }
        for choice in load_choices().values()
    ]
    if form == "json":
        click.echo(json.dumps({"rules": rows, "choices": choices}, ensure_ascii=False, indent=2))
        return
    for title, part in (("cli.rules", rows), ("cli.rule_choices", choices)):
        click.echo(label(title, lang, as_of=as_of.date().isoformat()))
        heads = list(part[0])
        click.echo(table(heads, [list(row.values()) for row in part], text_columns=len(heads)))
        click.echo()
