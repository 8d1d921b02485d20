"""Childcare slots that residential areas must have, the slots they have, and what is missing.

The step-by-step interface for notebooks: :func:`load_county`, :func:`assess`, :func:`forecast`,
:func:`site`, :func:`map_gaps`; results show, explain and draw themselves.
Rooms are imported when they are first used, so that ``plan-gaps --help`` answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from capacity_planner.assessment import Gaps
    from capacity_planner.explanation import explain_facility, explain_township, explain_zone
    from capacity_planner.mapper import map_gaps
    from capacity_planner.notebook import assess, forecast, load_county, site
    from capacity_planner.runs import write_run

__all__ = [
    "Gaps",
    "assess",
    "explain_facility",
    "explain_township",
    "explain_zone",
    "forecast",
    "load_county",
    "map_gaps",
    "site",
    "write_run",
]

_HOMES: Final = {
    "Gaps": "assessment",
    "assess": "notebook",
    "explain_facility": "explanation",
    "explain_township": "explanation",
    "explain_zone": "explanation",
    "forecast": "notebook",
    "load_county": "notebook",
    "map_gaps": "mapper",
    "site": "notebook",
    "write_run": "runs",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 (whatever the room gives)
    """Return a name of the public interface from its room."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
