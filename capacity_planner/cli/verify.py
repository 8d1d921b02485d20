"""``plan-gaps verify``: recompute a run from its manifest and compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from capacity_planner.cli.options import language_option
from capacity_planner.texts import label

__all__ = ["verify"]


@click.command(short_help="重算并核对一次结果。Recompute a run from its manifest and compare.")
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--county",
    metavar="NAME|DIR",
    help="县名或县域文件夹。The county, by default the shipped one of the run's code.",
)
@language_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def verify(ctx: click.Context, run: Path, county: str | None, lang: Any, form: str) -> None:  # noqa: ANN401
    """核对 RUN：文件是否改动、输入是否改动、数字能否重现。Name the first figure or input that differs."""
    from capacity_planner.runs.verify import verify_run

    verdict = verify_run(run, county=county)
    if form == "json":
        said = {
            "stands": verdict.stands,
            "files": verdict.files,
            "inputs": verdict.inputs,
            "figures": verdict.figures,
            "differences": [
                {"code": each.code, "file": each.file, "message": each.message(lang)}
                for each in (*verdict.differences, *verdict.remarks)
            ],
        }
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        for each in (*verdict.differences, *verdict.remarks):
            word = label(f"severity.{each.severity}", lang)
            click.echo(f"[{word} {each.code}] {each.message(lang)} {each.remedy(lang)}")
        key = "verify.stands" if verdict.stands else "verify.differs"
        counts = {name: getattr(verdict, name) for name in ("files", "inputs", "figures")}
        click.echo(label(key, lang, differences=len(verdict.differences), **counts))
    ctx.exit(0 if verdict.stands else 1)
