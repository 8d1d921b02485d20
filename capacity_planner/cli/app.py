"""The main command, its subcommands by name, and what happens when something goes wrong."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from capacity_planner.cli.console import say, tell_error
from capacity_planner.cli.options import Run, run_options
from capacity_planner.cli.stopping import INTERRUPTED
from capacity_planner.errors import PlannerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capacity_planner.cli.stopping import Stop
    from capacity_planner.runs.outputs import Outputs

__all__ = ["COMMANDS", "plan_gaps", "run_command"]

COMMANDS: Final = {
    "batch": "capacity_planner.cli.batch:batch",
    "check": "capacity_planner.cli.check:check",
    "diff": "capacity_planner.cli.diff:diff",
    "explain": "capacity_planner.cli.explain:explain",
    "forecast": "capacity_planner.cli.forecast:forecast",
    "figures": "capacity_planner.cli.figures:figures",
    "init": "capacity_planner.cli.folders:init",
    "list": "capacity_planner.cli.folders:list_counties",
    "pages": "capacity_planner.cli.pages:pages",
    "review": "capacity_planner.cli.review:review",
    "rules": "capacity_planner.cli.rules:rules",
    "verify": "capacity_planner.cli.verify:verify",
    "site": "capacity_planner.cli.site:site",
}
"""Every subcommand and where it is defined; a module is imported only when its command runs."""


class _LazyGroup(click.Group):
    """A group that imports a subcommand only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by their one-line help, without importing what they need to run."""
        rows = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.get_short_help_str(88)) for name, each in rows if each])


@click.group(
    cls=_LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@run_options(out=True)
@click.option(
    "--outputs",
    type=click.Choice(["all", "overview", "tables"]),
    help="写出哪些结果：全部、总览图与表、只要表；大县默认总览。What to write. [all; above 40,000 zones overview]",
)
@click.option(
    "--gis",
    type=click.Choice(["shp", "fgb", "parquet", "geojson"]),
    multiple=True,
    help="另写这种 GIS 格式，可重复。A further GIS format, may be repeated.",
)
@click.option(
    "--pdf", is_flag=True, help="报告另存为 PDF（需 LibreOffice）。The report as PDF too."
)
@click.option(
    "--base-map",
    metavar="NAME|URL",
    help="底图（需联网）：tianditu、tianditu-c、gaode 或瓦片地址；默认无。Tiles beneath the maps; none by default.",
)
@click.option(
    "--map-approval",
    metavar="NUMBER",
    default="",
    help="底图的审图号，印在地图上。Map approval number of the base map, printed on the maps.",
)
@click.version_option(package_name="capacity_planner", prog_name="plan-gaps")
@click.pass_context
def plan_gaps(
    ctx: click.Context,
    run: Run,
    outputs: Outputs | None,
    gis: tuple[str, ...],
    pdf: bool,
    base_map: str | None,
    map_approval: str,
) -> None:
    """托位缺口：应配多少、已有多少、缺多少、谁的责任。Childcare slots: required, served, missing, whose duty.

    Without a command, assesses the county and writes maps and tables to out/<county>/.
    """
    if ctx.invoked_subcommand is None:
        from capacity_planner.cli.assess import assess_and_write

        if map_approval and base_map is None:
            raise click.UsageError("审图号属于底图：--base-map。--map-approval needs --base-map.")
        assess_and_write(
            run,
            outputs=outputs,
            gis=gis,
            pdf=pdf,
            base_map=base_map,
            map_approval=map_approval,
        )


def run_command(arguments: Sequence[str], stop: Stop) -> int:
    """Run the main command or a subcommand and return the exit code.

    Parameters
    ----------
    arguments
        Words of the command line.
    stop
        Whether the command was told to stop.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console in GBK has no m² and no ⌈
    words = list(arguments)
    try:
        code: Any = plan_gaps.main(words, prog_name="plan-gaps", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except Exception as error:
        if stop.code is not None:  # libraries make errors of their own of what a signal raises
            return stop.code
        if {"-v", "--verbose"} & set(words) and not isinstance(error, PlannerError):
            raise
        _tell_failure(error, words)
        return 1
    return code if isinstance(code, int) else 0


def _tell_failure(error: Exception, words: Sequence[str]) -> None:
    """Say what went wrong as a planner would understand it."""
    if isinstance(error, PlannerError):
        tell_error(error, words)
    elif isinstance(error, MemoryError):
        say("cli.out_of_memory", words=words)
    else:
        say("cli.fault", words=words, kind=type(error).__name__, detail=str(error)[:300])
