"""Options that the commands share, gathered into one :class:`Run`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from capacity_planner.assessment import Gaps
    from capacity_planner.county import County
    from capacity_planner.texts import Lang

__all__ = ["Run", "language_option", "run_options"]


@dataclass(frozen=True, slots=True)
class Run:
    """What the command line asks for."""

    county: str | None
    as_of: date | None
    lang: Lang
    form: Literal["text", "json", "html"]
    strict: bool
    loudness: int
    out: Path | None = None
    choices: dict[str, object] = field(default_factory=dict)
    scenarios: tuple[Path, ...] = ()

    def load(self) -> County:
        """Return the county that was asked for, loaded and checked.

        Raises
        ------
        click.UsageError
            If no county was named.
        InputError
            If its data cannot be used, or ``--strict`` was given and there are warnings.
        """
        from capacity_planner.errors import InputError
        from capacity_planner.loaders import load_county
        from capacity_planner.memory import release_memory, save_memory

        if self.county is None:
            raise click.UsageError("县域未指定：--county 名称或文件夹。Missing option --county.")
        save_memory()
        county = load_county(self.county)
        release_memory()
        if self.strict and county.tables.complaints:
            raise InputError(county.tables.complaints)
        if self.scenarios:
            from capacity_planner.planning import apply_scenario

            for path in self.scenarios:
                county = apply_scenario(county, path)
        return county

    def assess(self) -> Gaps:
        """Return the assessment that was asked for."""
        from capacity_planner.assessment import assess
        from capacity_planner.errors import InputError

        gaps = assess(self.load(), as_of=self.as_of, **self.choices)
        if self.strict and gaps.problems:
            raise InputError(gaps.problems)
        return gaps


def language_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--lang``."""
    return click.option(
        "--lang", type=click.Choice(["zh", "en"]), default="zh", help="语言 Language. [zh]"
    )(command)


def run_options(
    *, out: bool = False, forms: tuple[str, ...] = ("text", "json")
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds the shared options and passes them on as ``run``.

    Parameters
    ----------
    out
        Whether the command writes a folder and takes ``--out``.
    forms
        What ``--format`` may be; the first is the default.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def wrapped(*args: Any, **given: Any) -> Any:  # noqa: ANN401 (click hands over anything)
            return command(*args, run=_gather(given), **given)

        shown: Callable[..., Any] = wrapped
        for option in reversed(_options(out=out, forms=forms)):
            shown = option(shown)
        return shown

    return decorate


def _options(*, out: bool, forms: tuple[str, ...]) -> list[Callable[..., Any]]:
    options: list[Callable[..., Any]] = [
        click.option(
            "--county",
            metavar="NAME|DIR",
            help="县名（plan-gaps list）或县域文件夹。A shipped county or a county folder.",
        ),
        click.option(
            "--as-of",
            type=click.DateTime(["%Y-%m-%d"]),
            help="基准日。Date for rules and slots. [county.toml]",
        ),
        click.option(
            "--radius",
            "radius_m",
            type=click.IntRange(0, 100_000),
            metavar="M",
            help="服务半径（米）。Service radius in metres. [county.toml]",
        ),
        click.option(
            "--basis",
            type=click.Choice(["filed", "statistical"]),
            help="计入口径。Which slots count. [county.toml]",
        ),
        click.option(
            "--scenario",
            "scenarios",
            type=click.Path(path_type=Path),
            multiple=True,
            metavar="FILE",
            help="假设情景文件，可重复。A what-if file over the county, may be repeated.",
        ),
        click.option("--strict", is_flag=True, help="有提醒即停止。Warnings end the run."),
        language_option,
        click.option(
            "--format",
            "form",
            type=click.Choice(forms),
            default=forms[0],
            help="输出格式。Form of the findings on stdout. [text]",
        ),
        click.option("-q", "--quiet", count=True, help="少说。Say less."),
        click.option("-v", "--verbose", count=True, help="多说。Say more."),
    ]
    if out:
        options.insert(
            1,
            click.option(
                "--out",
                type=click.Path(path_type=Path),
                metavar="DIR",
                help="输出文件夹。Where to write. [out/<county>]",
            ),
        )
    return options


def _gather(given: dict[str, Any]) -> Run:
    """Take the shared options out of click's keywords."""
    when = cast("datetime | None", given.pop("as_of"))
    choices = {name: given.pop(name) for name in ("radius_m", "basis")}
    return Run(
        county=given.pop("county"),
        as_of=when.date() if when else None,
        lang=given.pop("lang"),
        form=given.pop("form"),
        strict=given.pop("strict"),
        loudness=given.pop("verbose") - given.pop("quiet"),
        out=given.pop("out", None),
        choices={name: value for name, value in choices.items() if value is not None},
        scenarios=tuple(given.pop("scenarios")),
    )
