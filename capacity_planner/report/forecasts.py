"""The files of a forecast: ``forecast.csv``, its benchmark lines, and a chart a township."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from capacity_planner.report.csv_tables import write_csv
from capacity_planner.report.manifest import build_manifest
from capacity_planner.texts import label

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from capacity_planner.planning import Outlook
    from capacity_planner.texts import Lang

__all__ = ["draw_outlook", "outlook_manifest", "write_charts", "write_outlook_tables"]

_LOOKS: Final = {"low": ":", "middle": "-", "high": "--"}
_WIDE: Final = 36


def write_outlook_tables(outlooks: Sequence[Outlook], folder: Path) -> list[Path]:
    """Write ``forecast.csv`` and ``forecast_lines.csv`` of one or more scenarios.

    Parameters
    ----------
    outlooks
        Of one county.
    folder
        An existing folder.

    Returns
    -------
    list of pathlib.Path
        The files written.
    """
    notice = outlooks[0].county.source.demonstration
    figures = pd.concat([each.table for each in outlooks], ignore_index=True)
    lines = pd.concat(
        [each.lines.assign(scenario=each.scenario) for each in outlooks], ignore_index=True
    )
    return [
        write_csv(figures, folder / "forecast.csv", demonstration=notice),
        write_csv(lines, folder / "forecast_lines.csv", demonstration=notice),
    ]


def outlook_manifest(outlooks: Sequence[Outlook]) -> dict[str, Any]:
    """Return the manifest of a forecast: that of its last year, and every scenario as it was read.

    Parameters
    ----------
    outlooks
        Of one county.

    Returns
    -------
    dict
        Plain data.
    """
    last = max(outlooks[0].years)
    return {
        **build_manifest(outlooks[0].years[last]),
        "from": outlooks[0].county.as_of.isoformat(),
        "scenarios": {each.scenario: each.plan.model_dump(mode="json") for each in outlooks},
        "years": sorted(outlooks[0].years),
    }


def draw_outlook(outlooks: Sequence[Outlook], township_code: str, *, lang: Lang = "zh") -> Figure:
    """Return a chart by year: slots, and slots per 1,000 residents beside benchmark and targets.

    Parameters
    ----------
    outlooks
        Of one county.
    township_code
        A township's code; empty for the county.
    lang
        Language of the words.

    Returns
    -------
    matplotlib.figure.Figure
        To be saved under :func:`~capacity_planner.report.drawing.strict_glyphs`.
    """
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 (tables need no charts)

    from capacity_planner.report.drawing import new_figure  # noqa: PLC0415

    figure = new_figure(160, 150)
    slots, share = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    place = _draw_slots(slots, outlooks, township_code, lang)
    _draw_share(share, outlooks, township_code, lang)
    title = label("forecast.chart", lang, place=place)
    if outlooks[0].county.source.demonstration:
        title = f"{title}\n{label('notice.demonstration', lang)}"
    slots.set_title(title)
    share.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in (slots, share):
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", color="#e0e4ea", linewidth=0.6)
        axes.legend(fontsize=6, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)
    figure.tight_layout()
    return figure


def _rows_of(outlook: Outlook, township_code: str) -> pd.DataFrame:
    table = outlook.table
    level = "township" if township_code else "county"
    return table[(table["level"] == level) & (table["township_code"] == township_code)]


def _draw_slots(axes: Axes, outlooks: Sequence[Outlook], township_code: str, lang: Lang) -> str:
    """Draw required, counted and served slots, and return the place's name."""
    colours = {"required": "#7a0403", "counted": "#1f77b4", "attributed": "#2a6f2a"}
    place = township_code
    for outlook in outlooks:
        rows = _rows_of(outlook, township_code)
        place = str(rows["name"].iloc[0]) if len(rows) else place
        for quantity, colour in colours.items():
            axes.plot(
                rows["year"],
                rows[quantity].astype("int64"),
                _LOOKS.get(outlook.scenario, "-."),
                color=colour,
                label=f"{label(f'quantity.{quantity}', lang)} · {_name(outlook, lang)}",
            )
    if not township_code:
        _draw_lines(axes, outlooks[0], "slots", lang)
    axes.set_ylabel(label("unit.slots", lang))
    return place


def _draw_share(axes: Axes, outlooks: Sequence[Outlook], township_code: str, lang: Lang) -> None:
    """Draw counted slots per 1,000 residents beside the benchmark and the county's targets."""
    for outlook in outlooks:
        rows = _rows_of(outlook, township_code)
        look = _LOOKS.get(outlook.scenario, "-.")
        axes.plot(
            rows["year"],
            rows["slots_per_1000"].astype("float64"),
            look,
            color="#1f77b4",
            label=_name(outlook, lang),
        )
    _draw_lines(axes, outlooks[0], "slots_per_1000_residents", lang)
    axes.set_ylabel(label("col.slots_per_1000", lang))


def _draw_lines(axes: Axes, outlook: Outlook, unit: str, lang: Lang) -> None:
    """Draw each benchmark or target in a unit, with the standing that it has in the last year."""
    lines = outlook.lines
    chosen = lines[(lines["unit"] == unit) & (lines["line"] != "counted")]
    for at, (_, rows) in enumerate(chosen.groupby("line", sort=False)):
        last = rows.iloc[-1]
        kind = "standing" if last["line"] == "benchmark" else "target"
        standing = label(f"{kind}.{last['standing']}", lang)
        axes.axhline(
            float(last["value"]),
            color="#8a5a00",
            linestyle=("-", "--", ":")[at % 3],
            linewidth=1.2,
            label=f"{float(last['value']):g} · {_short(str(last[lang]))}\n（{standing}）",
        )


def _short(text: str) -> str:
    """Return a rule's words in lines that fit beside a chart."""
    return "\n".join(textwrap.wrap(text, _WIDE if text.isascii() else _WIDE // 2))


def _name(outlook: Outlook, lang: Lang) -> str:
    return outlook.plan.zh if lang == "zh" else outlook.plan.en


def write_charts(outlooks: Sequence[Outlook], folder: Path, *, lang: Lang = "zh") -> list[Path]:
    """Write a chart of the county and of each township into ``charts/``.

    Parameters
    ----------
    outlooks
        Of one county.
    folder
        An existing folder.
    lang
        Language of the words.

    Returns
    -------
    list of pathlib.Path
        PNG files, ``county.png`` and one by township code.

    Raises
    ------
    OutputError
        If no Chinese font is installed.
    """
    from capacity_planner.report.drawing import strict_glyphs, to_png  # noqa: PLC0415

    target = folder / "charts"
    target.mkdir()
    codes = ["", *outlooks[0].county.tables.townships["township_code"]]
    written = []
    with strict_glyphs():
        for code in codes:
            figure = draw_outlook(outlooks, code, lang=lang)
            path = target / f"{code or 'county'}.png"
            path.write_bytes(to_png(figure, dpi=110))
            written.append(path)
    return written
