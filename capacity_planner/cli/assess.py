"""The main job: assess a county, write the run, print the findings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capacity_planner.assessment import complaint_table
from capacity_planner.cli.console import log, table
from capacity_planner.cli.fonts import can_draw
from capacity_planner.explanation import tell_choices
from capacity_planner.memory import peak_memory_mib
from capacity_planner.policy import announce
from capacity_planner.report import build_manifest
from capacity_planner.runs import choose_outputs, write_run
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity_planner.assessment import Gaps
    from capacity_planner.cli.options import Run
    from capacity_planner.runs.outputs import Outputs
    from capacity_planner.texts import Lang

__all__ = ["assess_and_write", "findings"]

_NUMBERS = (
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


def assess_and_write(
    run: Run,
    *,
    outputs: Outputs | None = None,
    gis: Sequence[str] = (),
    pdf: bool = False,
    base_map: str | None = None,
    map_approval: str = "",
) -> None:
    """Assess the county, write the run's folder and print the findings.

    Parameters
    ----------
    run
        What the command line asks for.
    outputs
        Which files; by default by the number of zones.
    gis
        Further GIS formats.
    pdf
        Whether to turn the report into PDF too.
    base_map
        Tiles beneath the maps, by default none.
    map_approval
        Their map approval number (审图号).
    """
    log(label("cli.loading", run.lang), loudness=run.loudness)
    gaps = run.assess()
    out = run.out or Path("out") / (gaps.county.source.folder.name)

    extent = choose_outputs(outputs, len(gaps.zones))
    if outputs is None and extent != "all":
        log(label("cli.large", run.lang, zones=len(gaps.zones)), loudness=run.loudness)

    def progress(step: str) -> None:
        log(label("cli.writing", run.lang, step=step), loudness=run.loudness)

    write_run(
        gaps,
        out,
        lang=run.lang,
        outputs=extent,
        gis=gis,
        pdf=pdf,
        base_map=base_map,
        map_approval=map_approval,
        progress=progress,
    )
    if extent == "all":
        can_draw(run)
    for form in dict.fromkeys(gis):
        log(label(f"gis.about.{form}", run.lang), loudness=run.loudness)
    _tell_problems(gaps, run)
    if run.form == "json":
        click.echo(json.dumps(_as_json(gaps), ensure_ascii=False, indent=2))
    else:
        click.echo(findings(gaps, run.lang))
        click.echo(label("cli.written", run.lang, out=str(out)))
    _tell_life(gaps, run)
    spent = label("cli.spent", run.lang, mib=peak_memory_mib())
    log(spent, loudness=run.loudness)


def _tell_problems(gaps: Gaps, run: Run) -> None:
    """Say how many repairs and warnings there are, a line for each kind."""
    if run.loudness < 0:
        return  # the sentences of all complaints are long to make, and nobody would see them
    found = complaint_table(gaps.problems, run.lang)
    for (severity, code), part in found.groupby(["severity", "code"], sort=True):
        word = label(f"severity.{severity}", run.lang)
        first = part["message"].iloc[0]
        log(f"[{word} {code}] ×{len(part)} {first}", loudness=run.loudness)


def _tell_life(gaps: Gaps, run: Run) -> None:
    """Say loudly when a rule behind the figures has lapsed, at the run's date or by today."""
    ratios = [each for each in gaps.standings if each.rule.kind == "ratio"]
    for sentence in announce(ratios, run.lang):
        click.secho(sentence, err=True, bold=True)
    today = datetime.now(tz=UTC).astimezone().date()
    ended = {
        (each.citation(run.lang), each.rule.until)
        for each in ratios
        if each.replaces is None and each.rule.until and gaps.as_of < each.rule.until <= today
    }
    for citation, until in sorted(ended):
        said = label("cli.lapsed_today", run.lang, citation=citation, date=until.isoformat())
        click.secho(said, err=True, bold=True)


def findings(gaps: Gaps, lang: Lang) -> str:
    """Return the county's findings as text: notice, totals, the township table, the choices.

    Parameters
    ----------
    gaps
        A result.
    lang
        Language of the words.

    Returns
    -------
    str
        Lines joined by newlines.
    """
    source, totals = gaps.county.source, gaps.totals
    name = source.name if lang == "zh" else source.name_en
    lines = [label("cli.title", lang, county=name, as_of=gaps.as_of.isoformat())]
    if source.demonstration:
        notice = (label("notice.demonstration", each) for each in ("zh", "en"))
        lines.append(f"※ {' / '.join(notice)}")
    lines += [label("cli.totals", lang, **totals), label("cli.parts", lang, **totals), ""]
    heads = [label("noun.township", lang), *(label(f"cli.head.{each}", lang) for each in _NUMBERS)]
    heads.append(label("cli.head.migrant_status", lang))
    shown = [gaps.townships[name] for name in ("name", *_NUMBERS, "migrant_status")]
    rows = [_township_row(row, lang) for row in zip(*shown, strict=True)]
    total = [label("cli.whole", lang), *(_total(gaps, each) for each in _NUMBERS), ""]
    lines += [table(heads, [*rows, total]), ""]
    lines += [
        label(f"cli.{name}", lang, slots=totals[name])
        for name in ("without_place", "without_township")
        if totals[name]
    ]
    lines.append(tell_choices(gaps, lang))
    return "\n".join(lines)


def _township_row(row: tuple[Any, ...], lang: Lang) -> list[object]:
    name, *numbers, status = row
    return [name, *map(int, numbers), label(f"migrant.{status}", lang) if status else ""]


def _total(gaps: Gaps, name: str) -> int:
    return gaps.totals["counted" if name == "counted_slots" else name]


def _as_json(gaps: Gaps) -> dict[str, Any]:
    townships = gaps.townships.drop(columns="geometry").to_json(orient="records")
    return {**build_manifest(gaps), "townships": json.loads(townships)}
