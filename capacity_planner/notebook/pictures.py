"""Pictures that show themselves in a cell and save themselves by a file's ending."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from capacity_planner.errors import OutputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from capacity_planner.assessment import Gaps
    from capacity_planner.planning import Outlook, Plan
    from capacity_planner.texts import Lang

__all__ = ["Picture", "picture_of_gaps", "picture_of_outlook", "picture_of_plan"]

_DPI = 110


@dataclass(frozen=True)
class Picture:
    """A map or chart.

    Parameters
    ----------
    figure
        To be changed as one likes before it is shown.
    """

    figure: Figure

    def save(self, path: str | Path) -> Path:
        """Write the picture and return its path; the ending says the format.

        Parameters
        ----------
        path
            Ends with ``.png``, ``.svg`` or ``.pdf``.

        Returns
        -------
        pathlib.Path
            Equal figures give equal bytes.

        Raises
        ------
        OutputError
            If the ending is another, or a character is in none of the fonts.
        """
        from capacity_planner.report.figures import FORMATS, save_figure  # noqa: PLC0415

        target = Path(path)
        if target.suffix[1:] not in FORMATS:
            raise OutputError.of(
                "figure_format_unknown", file=target.name, known="、".join(FORMATS)
            )
        return save_figure(self.figure, target)

    def _repr_png_(self) -> bytes:
        from capacity_planner.report.drawing import strict_glyphs, to_png  # noqa: PLC0415

        with strict_glyphs():
            return to_png(self.figure, dpi=_DPI)


# Matplotlib takes a second to import: tables in a notebook need none of it.


def picture_of_gaps(gaps: Gaps, township: str | None, lang: Lang) -> Picture:
    """Return the map of the county, or of a township by code or name."""
    from capacity_planner.report.drawing import strict_glyphs  # noqa: PLC0415
    from capacity_planner.report.figures import Atlas  # noqa: PLC0415

    atlas = Atlas(gaps, lang)
    with strict_glyphs():
        return Picture(atlas.county() if township is None else atlas.township(township))


def picture_of_outlook(outlook: Outlook, township: str | None, lang: Lang) -> Picture:
    """Return the chart of a forecast's years."""
    from capacity_planner.report.drawing import strict_glyphs  # noqa: PLC0415
    from capacity_planner.report.forecasts import draw_outlook  # noqa: PLC0415

    first = next(iter(outlook.years.values()))
    code = "" if township is None else str(first.township(township)["township_code"])
    with strict_glyphs():
        return Picture(draw_outlook([outlook], code, lang=lang))


def picture_of_plan(plan: Plan, lang: Lang) -> Picture:
    """Return the chart of each township's shortfall before and after."""
    from capacity_planner.report.drawing import strict_glyphs  # noqa: PLC0415
    from capacity_planner.report.plans import draw_plan  # noqa: PLC0415

    with strict_glyphs():
        return Picture(draw_plan(plan, lang=lang))
