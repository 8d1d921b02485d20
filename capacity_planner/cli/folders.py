"""``plan-gaps init`` and ``plan-gaps list``: county folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from capacity_planner.cli.options import language_option
from capacity_planner.texts import label

__all__ = ["init", "list_counties"]


@click.command(short_help="新建县域文件夹（带模板）。A new county folder with filled-in templates.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@language_option
def init(folder: Path, lang: Any) -> None:  # noqa: ANN401 (a Lang)
    """在 DIR 建县域文件夹：county.toml 与带说明、下拉列表和示例行的表格。Make a county folder in DIR."""
    from capacity_planner.loaders import write_template

    write_template(folder, lang=lang)
    click.echo(label("cli.initialised", lang, folder=str(folder)))


@click.command("list", short_help="列出随附的县。The shipped counties.")
@language_option
def list_counties(lang: Any) -> None:  # noqa: ANN401 (a Lang)
    """列出随附的县域数据。List the counties that come with the tool."""
    from capacity_planner.county import open_county, shipped_counties

    for name in shipped_counties():
        source = open_county(name)
        title = source.name if lang == "zh" else source.name_en
        notice = label("notice.demonstration", lang) if source.demonstration else ""
        click.echo("  ".join(part for part in (name, title, source.code, notice) if part))
