"""``plan-gaps site``: where the missing slots go, at what cost, with proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from capacity_planner.cli.console import log, table
from capacity_planner.cli.options import Run, run_options
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from capacity_planner.assessment import Gaps
    from capacity_planner.planning import Plan
    from capacity_planner.texts import Lang

__all__ = ["site"]

_WAN = 10_000


@click.command(short_help="缺的托位建在哪里。Where the missing slots go, and at what cost.")
@run_options(out=True)
@click.option(
    "--mode",
    type=click.Choice(["least_cost", "budget", "phases", "shortest"]),
    help="最省、限额内最多、分年实施、限额内路最短。"
    "Least cost, most within a budget, year by year, or shortest ways within a budget.",
)
@click.option(
    "--budget", type=click.IntRange(0), metavar="YUAN", help="预算（元）。Budget in yuan."
)
@click.option(
    "--close",
    type=click.Choice(["duties", "all"]),
    help="只补义务缺口或全部。Close duties only, or benchmarks too.",
)
@click.option("--deadline", type=click.DateTime(["%Y-%m-%d"]), help="期限。Day to be done by.")
@click.option(
    "--alternatives",
    type=click.IntRange(0, 20),
    help="另列几个费用相近的方案。How many other plans of similar cost.",
)
@click.option(
    "--year",
    type=click.IntRange(1900, 2200),
    help="按预测年末的缺口选址。Plan for the shortfall at the end of a forecast year.",
)
@click.option("--outlook", metavar="NAME", help="预测情景。Forecast scenario for --year. [middle]")
@click.option(
    "--time-limit", "time_limit_s", type=click.IntRange(1, 86_400), metavar="S", help="限时（秒）。"
)
def site(run: Run, year: int | None, outlook: str | None, **asked: Any) -> None:  # noqa: ANN401 (click hands over anything)
    """为缺口选址，写出地点、费用与行动清单。Choose sites; write sites.csv and actions.csv."""
    from capacity_planner.planning import site as plan_sites
    from capacity_planner.runs.plans import write_plan

    if asked["deadline"] is not None:
        asked["deadline"] = asked["deadline"].date()
    settings = {name: value for name, value in asked.items() if value is not None}
    if year is None:
        gaps = run.assess()
    else:
        gaps, by_then = _in_year(run, year, outlook)
        settings = by_then | settings
    log(label("site.solving", run.lang), loudness=run.loudness)
    plan = plan_sites(gaps, **settings)
    out = run.out or Path("out") / f"{gaps.county.source.folder.name}-sites"
    write_plan(plan, out, lang=run.lang)
    if run.form == "json":
        click.echo(json.dumps(dict(plan.totals), ensure_ascii=False, indent=2))
        return
    click.echo(site_findings(plan, run.lang))
    click.echo(label("cli.written", run.lang, out=str(out)))


def _in_year(run: Run, year: int, outlook: str | None) -> tuple[Gaps, dict[str, Any]]:
    """Return the assessment at the end of a forecast year, and that sites open from now till then."""
    from datetime import date

    from capacity_planner.assessment import assess
    from capacity_planner.planning import county_on

    day = date(year, 12, 31)
    today = run.load()
    gaps = assess(county_on(today, day, outlook), as_of=day, **run.choices)
    return gaps, {"first_year": min(today.as_of.year + 1, year), "deadline": day}


def site_findings(plan: Plan, lang: Lang) -> str:
    """Return a plan's findings as text: notice, totals, proof, the townships it helps."""
    source, totals = plan.before.county.source, dict(plan.totals)
    name = source.name if lang == "zh" else source.name_en
    lines = [label("site.title", lang, county=name, as_of=plan.before.as_of.isoformat())]
    if source.demonstration:
        lines.append(
            f"※ {' / '.join(label('notice.demonstration', each) for each in ('zh', 'en'))}"
        )
    shown = {**totals, "cost": _money(float(totals["cost"]), lang)}
    lines.append(label("site.totals", lang, **shown))
    lines.append(label("site.duties", lang, **shown))
    lines.append(_proof(plan, lang))
    if totals["unreachable"]:
        lines.append(label("site.unreachable", lang, **shown, zones=len(plan.unreachable)))
    for number, each in enumerate(plan.alternatives, start=1):
        cost = _money(float(each["cost"].sum()), lang)
        same = len(set(each["site_id"]) & set(plan.sites["site_id"]))
        lines.append(
            label(
                "site.alternative",
                lang,
                number=number,
                sites=len(each),
                slots=int(each["slots"].sum()),
                cost=cost,
                same=same,
            )
        )
    if plan.settings.mode == "phases":
        lines += ["", *_phases(plan, lang)]
    heads = [
        label("noun.township", lang),
        *(
            label(f"site.head.{each}", lang)
            for each in ("before", "after", "sites", "slots", "cost")
        ),
    ]
    rows = [
        [row["name"], int(row["before"]), int(row["after"]), int(row["sites"]), int(row["slots"]),
         _money(float(row["cost"]), lang)]
        for _, row in plan.townships.iterrows()
    ]  # fmt: skip
    return "\n".join([*lines, "", table(heads, rows), ""])


def _phases(plan: Plan, lang: Lang) -> Iterator[str]:
    """Yield what each year opens, and what the years cannot pay for or reach in time."""
    totals = plan.totals
    if totals["proof"] == "slots":
        yield label(
            "site.money_short",
            lang,
            money=_money(float(plan.phases["money_so_far"].iloc[-1]), lang),
            least=_money(float(totals["least_cost"]), lang),
        )
    elif totals["behind"]:
        yield label("site.behind", lang, slots=totals["behind"])
    names = ("year", "sites", "slots", "cost", "money_so_far", "closed", "asked", "after")
    heads = [label(f"site.head.{name}", lang) for name in names]
    given = plan.phases["money_so_far"].notna().tolist()
    rows = [
        [
            str(row["year"]),
            int(row["sites"]),
            int(row["slots"]),
            _money(row["cost"], lang),
            _money(float(row["money_so_far"]), lang) if paid else label("site.no_limit", lang),
            int(row["closed"]),
            int(row["asked"]),
            int(row["shortfall"]),
        ]
        for row, paid in zip(plan.phases.to_dict("records"), given, strict=True)
    ]
    yield table(heads, rows)


def _proof(plan: Plan, lang: Lang) -> str:
    totals = plan.totals
    cost = totals["proof"] == "cost"
    figures = {
        name: _money(float(totals[name]), lang) if cost else f"{float(totals[name]):,.0f}"
        for name in ("bound", "linear_bound", "greedy")
    }
    return label(
        "site.proof" if cost else f"site.proof_{totals['proof']}",
        lang,
        status=label(f"site.status.{totals['status']}", lang),
        gap=f"{float(totals['gap']):.2%}",
        **figures,
    )


def _money(yuan: float, lang: Lang) -> str:
    return f"{yuan / _WAN:,.1f}" if lang == "zh" else f"{yuan:,.0f}"
