"""``plan-gaps forecast``: the shortfall of later years, and how an earlier forecast fared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from capacity_planner.cli.console import log, table
from capacity_planner.cli.fonts import can_draw
from capacity_planner.cli.options import Run, run_options
from capacity_planner.policy import announce
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity_planner.planning import Outlook
    from capacity_planner.texts import Lang

__all__ = ["forecast"]

_NUMBERS = ("population", "required", "counted", "attributed", "shortfall")


@click.command(short_help="今后各年的缺口。The shortfall of later years.")
@run_options(out=True)
@click.option(
    "--outlook",
    metavar="NAME",
    multiple=True,
    help="情景，可重复；默认全部。Scenario of county.toml, may be repeated. [all]",
)
@click.option("--horizon", type=click.IntRange(1900, 2200), help="最后一年。Last year.")
@click.option(
    "--charts/--no-charts",
    default=None,
    help="是否画全县和各乡镇曲线图。Whether to draw charts. [where a Chinese font is installed]",
)
@click.option(
    "--backtest",
    "earlier",
    metavar="NAME|DIR",
    help="去年的县域文件夹：当时的预测与今年实数之差。Last year's folder: its forecast against now.",
)
def forecast(
    run: Run,
    outlook: tuple[str, ...],
    horizon: int | None,
    earlier: str | None,
    *,
    charts: bool | None,
) -> None:
    """按情景逐年预测人口、设施和缺口。Forecast people, facilities and shortfalls year by year."""
    if earlier is not None:
        _tell_backtest(run, earlier, outlook[0] if outlook else None)
        return
    from capacity_planner.assessment import assess
    from capacity_planner.planning import forecast as look_ahead
    from capacity_planner.runs.plans import write_outlook

    county = run.load()
    section = county.source.forecast
    names: tuple[str | None, ...] = outlook or (tuple(section.scenarios) if section else (None,))
    found = []
    for name in names:
        log(label("forecast.reckoning", run.lang, scenario=name or ""), loudness=run.loudness)
        found.append(look_ahead(county, name, horizon=horizon, **run.choices))
    out = run.out or Path("out") / f"{county.source.folder.name}-forecast"
    log(label("forecast.writing", run.lang), loudness=run.loudness)
    today = assess(county, as_of=run.as_of, **run.choices)
    drawn = can_draw(run) if charts is None else charts
    write_outlook(today, found, out, charts=drawn, lang=run.lang)
    if run.form == "json":
        tables = [each.table[each.table["level"] == "county"] for each in found]
        rows = [row for each in tables for row in json.loads(each.to_json(orient="records"))]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    click.echo(_findings(found, run.lang))
    click.echo(label("cli.written", run.lang, out=str(out)))
    _tell_standing(found, run.lang)


def _findings(outlooks: Sequence[Outlook], lang: Lang) -> str:
    source = outlooks[0].county.source
    name = source.name if lang == "zh" else source.name_en
    lines = [label("forecast.title", lang, county=name)]
    if source.demonstration:
        lines.append(
            f"※ {' / '.join(label('notice.demonstration', each) for each in ('zh', 'en'))}"
        )
    heads = [label("forecast.head.year", lang)]
    heads += [label(f"cli.head.{'counted_slots' if n == 'counted' else n}", lang) for n in _NUMBERS]
    for outlook in outlooks:
        said = outlook.plan.zh if lang == "zh" else outlook.plan.en
        rows = outlook.table[outlook.table["level"] == "county"]
        cells = [
            [str(row["year"]), *(int(row[each]) for each in _NUMBERS)] for _, row in rows.iterrows()
        ]
        lines += ["", said, table(heads, cells)]
    lines.append("")
    for _, line in outlooks[0].lines.drop_duplicates("line").iterrows():
        if line["line"] != "counted":
            said = line["zh"] if lang == "zh" else line["en"]
            lines.append(
                f"{said}（{line['source']}）" if lang == "zh" else f"{said} ({line['source']})"
            )
    return "\n".join(lines)


def _tell_standing(outlooks: Sequence[Outlook], lang: Lang) -> None:
    """Say loudly which rules stand in, or have lapsed, in the years forecast."""
    said: dict[str, None] = {}
    for gaps in outlooks[0].years.values():
        ratios = [each for each in gaps.standings if each.rule.kind == "ratio"]
        said |= dict.fromkeys(announce(ratios, lang))
    for sentence in said:
        click.secho(sentence, err=True, bold=True)


def _tell_backtest(run: Run, earlier: str, scenario: str | None) -> None:
    from capacity_planner.loaders import load_county
    from capacity_planner.planning import backtest
    from capacity_planner.report.csv_tables import write_csv

    before, now = load_county(earlier), run.load()
    found = backtest(before, now, scenario)
    if run.form == "json":
        click.echo(json.dumps(json.loads(found.to_json(orient="records")), ensure_ascii=False))
        return
    heads = [label("noun.township", run.lang)]
    names = ("forecast", "counted", "error", "percent")
    others = ("required_error", "counted_slots_error", "shortfall_error")
    heads += [label(f"forecast.head.{each}", run.lang) for each in (*names, *others)]
    rows = [
        [
            row["name"] or label("cli.whole", run.lang),
            *(int(row[f"population_{each}"]) for each in names[:3]),
            f"{float(row['population_error_percent']):.1f}",
            *(int(row[each]) for each in others),
        ]
        for _, row in found.fillna(0).iterrows()
    ]
    days = {"earlier": before.as_of.isoformat(), "later": now.as_of.isoformat()}
    click.echo(label("forecast.backtest", run.lang, **days))
    click.echo(table(heads, rows))
    if run.out is not None:
        run.out.mkdir(parents=True, exist_ok=True)
        click.echo(
            label("cli.written", run.lang, out=str(write_csv(found, run.out / "backtest.csv")))
        )
