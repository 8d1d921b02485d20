"""Whether this machine can draw Chinese text, told where pictures would be left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capacity_planner.cli.console import log
from capacity_planner.texts import label

if TYPE_CHECKING:
    from capacity_planner.cli.options import Run

__all__ = ["can_draw"]


def can_draw(run: Run) -> bool:
    """Return whether there is a Chinese font; where there is none, say so and what to install."""
    from capacity_planner.errors import OutputError
    from capacity_planner.report.drawing import cjk_font

    try:
        cjk_font()
    except OutputError as missing:
        line = missing.complaints[0].line(run.lang)
        log(label("cli.no_pictures", run.lang, why=line), loudness=run.loudness, least=-1)
        return False
    return True
