"""``plan-gaps explain``: the derivation of a zone's, a facility's or a township's figures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from capacity_planner.cli.options import Run, run_options
from capacity_planner.texts import label

if TYPE_CHECKING:
    from capacity_planner.explanation import Kind

__all__ = ["explain"]


@click.command(short_help="一个数字的来历。Why a zone, facility or township has its figures.")
@run_options(forms=("text", "json", "html"))
@click.option(
    "--kind",
    type=click.Choice(["zone", "facility", "township"]),
    help="编号属于哪类；默认自动判断。What the id is; found by itself when left out.",
)
@click.argument("name", metavar="ID")
def explain(run: Run, kind: Kind | None, name: str) -> None:
    """说明 ID 的数字从何而来：条款、来源行、算式、设施、口径。Show clauses, source rows, sums and choices behind ID."""
    from capacity_planner import explanation

    gaps = run.assess()
    found = explanation.explain(gaps, name, kind=kind)
    if run.form == "json":
        told = {**found.to_dict(), "choices": explanation.choice_rows(gaps)}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    if run.form == "html":
        from capacity_planner.mapper.explained import derivation_page

        click.echo(derivation_page(found, gaps, run.lang), nl=False)
        return
    click.echo(found.text(run.lang))
    click.echo(explanation.tell_choices(gaps, run.lang))
    if gaps.county.source.demonstration:
        click.echo(f"※ {label('notice.demonstration', run.lang)}")
